#include "ledger/type_table.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/format_document.h"

using namespace tally;
using namespace tally::ledger;

namespace {

std::string text_of(Role role) {
    switch (role) {
        case Role::originator:
            return "originator";
        case Role::funder:
            return "funder";
        case Role::servicer:
            return "servicer";
        case Role::collector:
            return "collector";
        case Role::payment_provider:
            return "payment provider";
        case Role::trustee:
            return "trustee";
        case Role::auditor:
            return "auditor";
        case Role::regulator:
            return "regulator";
        case Role::governance:
            return "governance";
    }
    return "unknown";
}

std::string text_of(const Signing& signing) {
    std::string text;
    for (const Role role : signing.roles) text += (text.empty() ? "" : ", ") + text_of(role);
    switch (signing.also) {
        case Signing::Also::nobody:
            break;
        case Signing::Also::every_funder:
            return text + ", every funder";
        case Signing::Also::second_key:
            return text + " with two keys";
        case Signing::Also::both_servicers:
            return text + " and the new one";
        case Signing::Also::quorum:
            return "quorum";
        case Signing::Also::quorum_and_member:
            return "quorum, member";
        case Signing::Also::member_or_quorum:
            return "member or quorum";
        case Signing::Also::one_of:
            for (const Role role : signing.any) {
                text += (text.empty() ? "" : " or ") + text_of(role);
            }
            return text;
        case Signing::Also::owner:
            return "owner";
        case Signing::Also::owner_and_buyer:
            return "owner, buyer";
        case Signing::Also::buyer:
            return "buyer";
    }
    return text.empty() ? "as its target" : text;
}

std::string text_of(Accounts accounts) {
    switch (accounts) {
        case Accounts::none:
            return "none";
        case Accounts::member:
            return "member";
        case Accounts::borrower:
            return "borrower";
        case Accounts::line:
        case Accounts::authorisation:
            return "line, borrower";
        case Accounts::new_line:
            return "line, borrower, owner";
        case Accounts::contract:
        case Accounts::mandate:
        case Accounts::debit:
        case Accounts::complaint:
        case Accounts::alert:
            return "contract, line, borrower";
        case Accounts::parties:
            return "contract, line, borrower, owner, other party";
        case Accounts::pool:
            return "pool";
        case Accounts::new_pool:
            return "pool, originator, trustee, buyer";
        case Accounts::pool_contract:
            return "contract, line, borrower, pool";
        case Accounts::buyback:
            return "contract, line, borrower, pool, owner, other party";
        case Accounts::new_contract:
            return "contract, line, borrower, owner, funders";
    }
    return "unknown";
}

std::string text_of(const EventFacts& event) {
    if (event.on_contract) {
        return "contract " + std::to_string(static_cast<unsigned>(*event.on_contract));
    }
    if (event.on_line) return "line " + std::to_string(static_cast<unsigned>(*event.on_line));
    return "none";
}

std::string text_of(Claims claims) {
    std::string text;
    for (const Claim& claim : claims) {
        text += (text.empty() ? "`" : " `") + std::string(claim.field) + "`";
    }
    return text.empty() ? "none" : text;
}

/// As docs/CREDIT.md writes it.
std::string row_of(const TypeFacts& facts) {
    return "| `" + std::string(facts.name) + "` | " + text_of(facts.signing) + " | " +
           (facts.posts ? "lender" : "none") + " | " + text_of(facts.accounts) + " | " +
           text_of(facts.event) + " | " + (facts.event.reversible ? "yes" : "no") + " | " +
           text_of(facts.claims) + " |";
}

}  // namespace

TEST_CASE("The types at a glance in docs/CREDIT.md are the table of the code", "[ledger][format]") {
    // Goal: row by row in the same order, so that none is missing, left over or out of date.
    std::ifstream file = testing::open_document("CREDIT.md");
    REQUIRE(file);
    std::vector<std::string> rows;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| type | signed by |")) inside = true;
        if (line.empty()) inside = false;
        if (inside && line.starts_with("| `")) rows.push_back(line);
    }
    for (std::size_t type = 0; type < kTypeFacts.size(); ++type) {
        const std::string row = row_of(kTypeFacts[type]);
        INFO("docs/CREDIT.md needs\n" << row);
        REQUIRE(type < rows.size());
        CHECK(rows[type] == row);
    }
    CHECK(rows.size() == kTypeFacts.size());
}

TEST_CASE("Every type has a section in docs/CREDIT.md", "[ledger][format]") {
    // Goal: the rules of a type stand under its name.
    std::ifstream file = testing::open_document("CREDIT.md");
    REQUIRE(file);
    std::set<std::string> headed;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("## ")) continue;
        for (std::size_t begin = 3; begin < line.size();) {
            const std::size_t end = std::min(line.find(',', begin), line.size());
            headed.insert(line.substr(begin, end - begin));
            begin = end + 2;
        }
    }
    for (const std::string_view type : kTransactionTypes) {
        INFO(type);
        CHECK(headed.contains(std::string(type)));
    }
}

TEST_CASE("Names of types are all different", "[ledger]") {
    const std::set<std::string_view> names(kTransactionTypes.begin(), kTransactionTypes.end());
    CHECK(names.size() == kTransactionTypes.size());
}
