#include <string>
#include <type_traits>

#include "ledger/dates.h"
#include "tests/ledger/second_opinion_trial.h"

// What a failing trial shows: enough to write it down as a case of its own.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

std::string number(std::uint8_t byte) { return std::to_string(static_cast<int>(byte)); }
template <typename Id>
std::string tail(const Id& id) {
    return number(id.bytes[13]) + "." + number(id.bytes[14]) + "." + number(id.bytes[15]);
}

struct Describer {
    std::string operator()(const Capture& body) const {
        return " " + std::to_string(body.principal) + " at " + std::to_string(body.rate_ppm) +
               " over " + std::to_string(body.schedule.size());
    }
    std::string operator()(const Repayment& body) const {
        std::string all = " " + std::to_string(body.amount);
        for (const Allocation& part : body.allocation) {
            all += " " + std::to_string(part.instalment) + "/" +
                   number(static_cast<std::uint8_t>(part.component)) + ":" +
                   std::to_string(part.amount);
        }
        return all;
    }
    std::string operator()(const Waive& body) const {
        return (*this)(Repayment{{}, 0, {}, body.parts});
    }
    std::string operator()(const OverdueMark& body) const {
        return " " + std::to_string(body.days_past_due) + " days, M" + std::to_string(body.bucket) +
               ", class " + std::to_string(body.asset_class);
    }
    std::string operator()(const GraceGrant& body) const {
        return " " + std::to_string(body.from) + " to " + std::to_string(body.to) +
               (body.request ? " on request " + tail(*body.request) : "");
    }
    std::string operator()(const Reschedule& body) const {
        return " at " + std::to_string(body.rate_ppm) + " over " +
               std::to_string(body.schedule.size()) + " carries " +
               std::to_string(body.carried_penalty) + " " + std::to_string(body.carried_fee) + " " +
               std::to_string(body.carried_interest) +
               (body.request ? " on request " + tail(*body.request) : "");
    }
    std::string operator()(const ChargeOff& body) const {
        return " " + std::to_string(body.penalty) + " " + std::to_string(body.fee) + " " +
               std::to_string(body.interest) + " " + std::to_string(body.principal);
    }
    std::string operator()(const DebtSettle& body) const {
        return " " + std::to_string(body.amount) + " lets go" +
               (*this)(ChargeOff{{}, body.penalty, body.fee, body.interest, body.principal, {}});
    }
    std::string operator()(const HardshipRequest& body) const {
        return std::string(body.stage == HardshipStage::requested ? " asks " : " refuses ") +
               tail(body.request);
    }
    std::string operator()(const Reversal& body) const { return " of " + tail(body.target); }
    template <typename Other>
    std::string operator()(const Other& body) const {
        if constexpr (requires { body.amount; }) return " " + std::to_string(body.amount);
        return "";
    }
};

}  // namespace

std::optional<ContractId> contract_of(const TransactionBody& body) {
    return std::visit(
        [](const auto& one) -> std::optional<ContractId> {
            if constexpr (requires { one.contract; }) return one.contract;
            return std::nullopt;
        },
        body);
}

std::string reference_of(const TransactionBody& body) {
    return std::visit(
        [](const auto& one) -> std::string {
            if constexpr (requires { one.source_ref; }) return one.source_ref;
            return {};
        },
        body);
}

std::string describe(const Transaction& transaction) {
    const auto contract = contract_of(transaction.body);
    return tail(transaction.id) + " " + std::string(type_name(transaction.body)) +
           (contract ? " on " + tail(*contract) : "") + ", " + day_text(transaction.value_date) +
           " (" + std::to_string(transaction.value_date) + ") booked " +
           std::to_string(transaction.business_date) + ":" +
           std::visit(Describer{}, transaction.body);
}

std::string describe(const RulesetRegister& ruleset) {
    std::string all = "ruleset: buckets";
    for (const Day day : ruleset.bucket_days) all += " " + std::to_string(day);
    all += ", classes";
    for (const Day day : ruleset.class_days) all += " " + std::to_string(day);
    all += ", order";
    for (const Component one : ruleset.order) all += " " + number(static_cast<std::uint8_t>(one));
    return all + ", principal first after " + std::to_string(ruleset.principal_first_after) +
           ", penalty " + std::to_string(ruleset.penalty_ppm_day) + " up to " +
           std::to_string(ruleset.penalty_cap_ppm) + ", grace " +
           std::to_string(ruleset.grace_days) + ", grants " +
           std::to_string(ruleset.grace_grants_max) + " of " +
           std::to_string(ruleset.grace_grant_days_max) + " days, re-plans " +
           std::to_string(ruleset.reschedules_max) + ", backdating " +
           std::to_string(ruleset.backdating_days_max) +
           (ruleset.overpayment == Overpayment::credit ? ", credits" : ", refuses") + "\n";
}

std::string describe(const ProductRegister& product) {
    return std::string("product: ") +
           (product.method == ScheduleMethod::annuity ? "annuity" : "equal principal") +
           ", day count " + number(static_cast<std::uint8_t>(product.day_count)) + ", month end " +
           number(static_cast<std::uint8_t>(product.month_end)) + ", remainder " +
           number(static_cast<std::uint8_t>(product.remainder)) + ", prepayment " +
           number(static_cast<std::uint8_t>(product.prepayment)) + "\n";
}

}  // namespace tally::testing::opinion
