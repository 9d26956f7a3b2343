#include "tests/ledger/link_table.h"

#include <algorithm>
#include <optional>
#include <set>
#include <type_traits>

#include "ledger/entry.h"
#include "ledger/genesis.h"
#include "ledger/submission.h"
#include "ledger/type_table.h"
#include "tests/support/catch.h"
#include "tests/support/format_document.h"

namespace tally::testing {
namespace {

using namespace ledger;

std::vector<std::string> split(const std::string& text, const std::string& by) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(by, begin), text.size());
        if (end > begin) parts.push_back(text.substr(begin, end - begin));
        begin = end + by.size();
    }
    return parts;
}

using Ids = std::map<AccountClass, std::array<std::uint8_t, 16>>;

/// The ids that stand in a transaction, without a look at the state.
Ids named_in(const TransactionBody& body) {
    return std::visit(
        [](const auto& said) {
            Ids ids;
            if constexpr (requires { said.contract.bytes; }) {
                ids[AccountClass::contract] = said.contract.bytes;
            }
            if constexpr (requires { said.line.bytes; }) ids[AccountClass::line] = said.line.bytes;
            if constexpr (requires { said.borrower.bytes; }) {
                ids[AccountClass::borrower] = said.borrower.bytes;
            }
            if constexpr (requires { said.pool.bytes; }) ids[AccountClass::pool] = said.pool.bytes;
            using Body = std::decay_t<decltype(said)>;
            if constexpr (std::is_same_v<Body, MemberAdd>) {
                ids[AccountClass::member] = member_id_of(said.name).bytes;
            } else if constexpr (std::is_same_v<Body, ReconResult> ||
                                 std::is_same_v<Body, AuditOpinion>) {
                ids[AccountClass::member] = said.lender.bytes;
            } else if constexpr (requires { said.member.bytes; }) {
                ids[AccountClass::member] = said.member.bytes;
            }
            return ids;
        },
        body);
}

std::optional<AccountClass> class_of(const std::string& word) {
    static const std::map<std::string, AccountClass> kClasses{{"line", AccountClass::line},
                                                              {"contract", AccountClass::contract},
                                                              {"borrower", AccountClass::borrower},
                                                              {"member", AccountClass::member},
                                                              {"pool", AccountClass::pool}};
    const auto found = kClasses.find(word);
    return found == kClasses.end() ? std::nullopt : std::optional(found->second);
}

/// The classes before the submitter are those of the row; of what was refused some may be missing,
/// for the state does not know them.
void check_before(const std::vector<AccountLink>& links, const std::string& words, const Ids& named,
                  bool accepted) {
    std::vector<std::string> wanted = split(words, ", ");
    if (words == "none") wanted.clear();
    if (words == "what the alert is on") {
        const bool pool = !links.empty() && links[0].account_class == AccountClass::pool;
        const bool line = !links.empty() && links[0].account_class == AccountClass::line;
        wanted = pool   ? std::vector<std::string>{"pool"}
                 : line ? std::vector<std::string>{"line", "borrower"}
                        : std::vector<std::string>{"contract", "line", "borrower"};
    }
    auto link = links.begin();
    for (const std::string& word : wanted) {
        const auto what = class_of(word);
        REQUIRE(what);
        const bool there = link != links.end() && link->account_class == *what;
        const auto id = named.find(*what);
        INFO(word);
        CHECK((there || (!accepted && id == named.end())));
        if (!there) continue;
        if (id != named.end()) CHECK(link->id == id->second);
        ++link;
    }
    CHECK(link == links.end());
}

/// Only members stand behind the submitter: one a word, and of funders any number.
void check_behind(const std::vector<AccountLink>& links, const std::string& words, bool accepted) {
    const std::vector<std::string> wanted = split(words, ", ");
    for (const AccountLink& link : links) CHECK(link.account_class == AccountClass::member);
    if (words == "none" || !accepted) CHECK(links.empty());
    if (words != "none" && !words.ends_with("funders")) CHECK(links.size() <= wanted.size());
}

void check_entry(const TransactionEntry& entry, const MemberId& submitter, const Transaction& said,
                 const std::pair<std::string, std::string>& row) {
    std::set<std::pair<AccountClass, std::array<std::uint8_t, 16>>> once;
    for (const AccountLink& link : entry.links) {
        CHECK(once.emplace(link.account_class, link.id).second);
    }
    const bool accepted = entry.outcome == Outcome::accepted;
    const Ids named = named_in(said.body);
    const auto signer = std::ranges::find_if(entry.links, [&submitter](const AccountLink& link) {
        return link.account_class == AccountClass::member && link.id == submitter.bytes;
    });
    REQUIRE(signer != entry.links.end());
    // Who names itself stands where the named member does.
    const bool itself = row.first == "member" && named.at(AccountClass::member) == submitter.bytes;
    check_before({entry.links.begin(), itself ? signer + 1 : signer}, row.first, named, accepted);
    check_behind({signer + 1, entry.links.end()}, row.second, accepted);
}

}  // namespace

LinkTable::LinkTable() {
    std::ifstream file = open_document("FORMAT.md");
    REQUIRE(file);
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| before the submitter |")) inside = true;
        if (line.empty()) inside = false;
        const std::vector<std::string> cells = split(line, " | ");
        if (!inside || cells.size() != 3 || cells[2].find('`') == std::string::npos) continue;
        for (std::string type : split(cells[2], " ")) {
            std::erase_if(type, [](char letter) { return letter == '`' || letter == '|'; });
            if (type.empty()) continue;
            INFO(type);
            CHECK(rows_.emplace(type, std::pair(cells[0].substr(2), cells[1])).second);
        }
    }
}

std::map<std::string, std::size_t> LinkTable::check(std::span<const Bytes> log) const {
    std::map<std::string, std::size_t> accepted;
    for (const Bytes& bytes : log) {
        const Entry decoded = decode_entry(bytes).value();
        const auto* entry = std::get_if<TransactionEntry>(&decoded);
        if (entry == nullptr) continue;
        const auto said = decode_transaction(entry->transaction, kRulesVersion);
        if (!said) continue;
        const Entry above = decode_entry(log[entry->header_entry]).value();
        const SubmissionHeader header =
            SubmissionHeader::decode(std::get<HeaderEntry>(above).header).value();
        const std::string type(facts_of(said->body).name);
        INFO(type << ", " << outcome_code(entry->outcome));
        REQUIRE(rows_.contains(type));
        check_entry(*entry, header.signers.front().member, *said, rows_.at(type));
        if (entry->outcome == Outcome::accepted) ++accepted[type];
    }
    return accepted;
}

}  // namespace tally::testing
