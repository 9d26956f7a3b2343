#include <set>
#include <string>
#include <vector>

#include "api/claims.h"
#include "api/ids.h"
#include "book/local_ledger.h"
#include "ledger/dates.h"
#include "ledger/queries.h"
#include "ledger/transaction_layout.h"
#include "ledger/type_table.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"
#include "tests/support/format_document.h"

namespace tally::book {
namespace {

using boost::json::value;

/// The fenced JSON blocks of docs/CREDIT.md, in order.
std::vector<value> examples() {
    std::ifstream file = testing::open_document("CREDIT.md");
    REQUIRE(file);
    std::vector<value> found;
    std::string text;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line == "```json") {
            inside = true;
            text.clear();
        } else if (inside && line == "```") {
            inside = false;
            INFO(text);
            boost::json::error_code failure;
            found.push_back(boost::json::parse(text, failure));
            REQUIRE(!failure);
        } else if (inside) {
            text += line + "\n";
        }
    }
    return found;
}

/// Every member that the examples name signs with each of its keys, the one that answers for the
/// first transaction of the submission first: an originator, unless the type says otherwise.
Signers everybody(const testing::Cast& cast, const ledger::TypeFacts& first) {
    const bool by_servicer = first.signing.answers == ledger::Role::servicer;
    Signers signers;
    const testing::Party& submitter = cast.party(by_servicer ? "servicer" : "lender");
    signers.push_back({submitter.id, submitter.key.public_key()});
    for (const char* name :
         {"lender", "lender/2", "funder", "servicer", "servicer/2", "regulator", "collector",
          "bank", "governor-a", "governor-b", "auditor", "trustee"}) {
        const testing::Party& party = cast.party(name);
        if (&party == &submitter) continue;
        signers.push_back({party.id, party.key.public_key()});
    }
    return signers;
}

class Story {
public:
    /// What the rules make of a draft, after those before. `first`: of its submission.
    ledger::Outcome submit(boost::json::object draft, const ledger::TypeFacts& first) {
        if (!draft.contains("id")) {
            draft["id"] = api::id_text(testing::id_of<ledger::TransactionId>(++last_id_));
        }
        draft["value_date"] = draft.at("business_date");
        const auto completed =
            api::complete_draft(std::move(draft), ledger_.records(),
                                [this](std::string_view name) -> std::optional<ledger::MemberId> {
                                    for (const auto& member : cast_.genesis().members) {
                                        if (member.name == name) return member.id;
                                    }
                                    return std::nullopt;
                                });
        REQUIRE(completed);
        CHECK(completed->claims == ledger::Outcome::accepted);
        types_.insert(std::string(ledger::type_name(completed->transaction.body)));
        const auto outcome =
            ledger_.apply(std::span(&completed->transaction, 1), everybody(cast_, first));
        REQUIRE(outcome);
        return outcome->front();
    }
    const std::set<std::string>& types() const { return types_; }
    const ledger::RecordReader& records() const { return ledger_.records(); }

private:
    testing::Cast cast_;
    LocalLedger ledger_{cast_.genesis()};
    std::uint64_t last_id_ = 1000;
    std::set<std::string> types_;
};

}  // namespace

TEST_CASE("The examples of docs/CREDIT.md are one story that the rules accept") {
    // Goal: what the document shows works as written, for every type.
    Story story;
    for (const value& example : examples()) {
        boost::json::array drafts;
        if (example.is_object()) drafts.push_back(example);
        if (example.is_array()) drafts = example.get_array();
        if (drafts.empty()) continue;
        const auto type = ledger::type_from_name(drafts.front().at("type").as_string());
        REQUIRE(type);
        for (const value& draft : drafts) {
            INFO(boost::json::serialize(draft));
            const ledger::Outcome outcome =
                story.submit(draft.get_object(), ledger::kTypeFacts.at(*type));
            INFO(ledger::outcome_code(outcome));
            CHECK(outcome == ledger::Outcome::accepted);
        }
    }
    CHECK(story.types().size() == ledger::kTransactionTypes.size());
}

}  // namespace tally::book
