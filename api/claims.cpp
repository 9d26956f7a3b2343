#include "api/claims.h"

#include <array>
#include <string_view>

#include "api/errc.h"
#include "ledger/propose.h"
#include "ledger/schedule.h"

namespace tally::api {
namespace {

using boost::json::object;
using boost::json::value;

/// What stands in for a claim until it is known.
enum class Placeholder : unsigned char { number, list, schedule };
struct Claim {
    std::string_view type;
    std::string_view field;
    Placeholder placeholder = Placeholder::number;
};

// As ledger/propose.h computes them.
constexpr std::array kClaims{
    Claim{"CAPTURE", "schedule", Placeholder::schedule},
    Claim{"CAPTURE", "rate_ppm"},
    Claim{"CAPTURE", "apr_ppm"},
    Claim{"REPAYMENT", "allocation", Placeholder::list},
    Claim{"PREPAY_SETTLE", "amount"},
    Claim{"PENALTY_ASSESS", "amount"},
    Claim{"OVERDUE_MARK", "days_past_due"},
    Claim{"OVERDUE_MARK", "bucket"},
    Claim{"OVERDUE_MARK", "asset_class"},
    Claim{"RESCHEDULE", "carried_penalty"},
    Claim{"RESCHEDULE", "carried_fee"},
    Claim{"RESCHEDULE", "carried_interest"},
    Claim{"RESCHEDULE", "schedule", Placeholder::schedule},
    Claim{"CHARGE_OFF", "penalty"},
    Claim{"CHARGE_OFF", "fee"},
    Claim{"CHARGE_OFF", "interest"},
    Claim{"CHARGE_OFF", "principal"},
    Claim{"DAY_CLOSE", "balances", Placeholder::list},
};

/// Empty rows, as many as `periods` says.
Result<boost::json::array> rows_of(object& whole) {
    const auto* given = whole.if_contains("periods");
    const auto* periods = given == nullptr ? nullptr : given->if_int64();
    if (periods == nullptr || *periods < 1 || *periods > ledger::kPeriodsMax) {
        return fail(errc::invalid_argument, "schedule: is missing; give it, or periods (1 to " +
                                                std::to_string(ledger::kPeriodsMax) +
                                                ") to have it computed");
    }
    const object row{{"due", "1970-01-01"}, {"principal", 0}, {"fee", 0}, {"interest", 0}};
    boost::json::array rows(static_cast<std::size_t>(*periods), row);
    whole.erase("periods");
    return rows;
}

}  // namespace

Result<std::vector<std::string>> fill_claims(object& whole) {
    std::vector<std::string> missing;
    const auto* type = whole.if_contains("type");
    if (type == nullptr || !type->is_string()) return missing;
    for (const Claim& claim : kClaims) {
        if (type->get_string() != claim.type || whole.contains(claim.field)) continue;
        value placeholder = 0;
        if (claim.placeholder == Placeholder::list) placeholder = boost::json::array{};
        if (claim.placeholder == Placeholder::schedule) {
            auto rows = rows_of(whole);
            if (!rows) return rows.error();
            placeholder = std::move(*rows);
        }
        whole[claim.field] = std::move(placeholder);
        missing.emplace_back(claim.field);
    }
    return missing;
}

Result<CompletedDraft> complete_draft(object draft, const ledger::RecordReader& records,
                                      const MemberResolver& resolver) {
    const auto missing = fill_claims(draft);
    if (!missing) return missing.error();
    auto transaction = transaction_from_json(draft, resolver);
    if (!transaction) return transaction.error();
    CompletedDraft completed{*std::move(transaction)};
    if (missing->empty()) return completed;
    ledger::Transaction proposed = completed.transaction;
    const auto outcome = ledger::propose(proposed, records);
    if (!outcome) return outcome.error();
    completed.claims = *outcome;
    if (*outcome != ledger::Outcome::accepted) return completed;
    const object whole = to_json(proposed);
    for (const std::string& name : *missing) draft[name] = whole.at(name);
    transaction = transaction_from_json(draft, resolver);
    if (!transaction) return transaction.error();
    completed.transaction = *std::move(transaction);
    return completed;
}

}  // namespace tally::api
