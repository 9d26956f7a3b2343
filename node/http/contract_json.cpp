#include "node/http/contract_json.h"

#include <algorithm>
#include <array>

#include "base/hex.h"
#include "ledger/dates.h"
#include "ledger/ownership.h"
#include "ledger/transaction_words.h"
#include "node/http/conduct_json.h"

namespace tally::node::http {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using ledger::ContractStatus;

object terms_json(const ledger::ScheduleTerms& terms) {
    return {{"method", ledger::word_of(terms.method)},
            {"day_count", ledger::word_of(terms.day_count)},
            {"month_end", ledger::word_of(terms.month_end)},
            {"remainder", ledger::word_of(terms.remainder)},
            {"principal", terms.principal},
            {"rate_ppm", terms.rate_ppm},
            {"periods", terms.periods},
            {"anchor", ledger::day_text(terms.anchor)}};
}

array schedule_json(const ledger::Position& position) {
    array rows;
    for (const ledger::PlanRow& row : position.rows) {
        rows.push_back({{"instalment", rows.size()},
                        {"due", ledger::day_text(row.due)},
                        {"agreed", to_json(row.agreed)},
                        {"paid", to_json(row.paid)},
                        {"outstanding", to_json(row.outstanding)}});
    }
    return rows;
}

object totals_json(const ledger::ContractTotals& totals) {
    return {{"billed", to_json(totals.billed)},        {"repaid", to_json(totals.repaid)},
            {"waived", to_json(totals.waived)},        {"refunded", to_json(totals.refunded)},
            {"lapsed", to_json(totals.lapsed)},        {"charged_off", to_json(totals.charged_off)},
            {"refunded_total", totals.refunded_total}, {"credit", totals.credit},
            {"recovered", totals.recovered},           {"commission", totals.commission},
            {"forgone", to_json(totals.forgone)},      {"returned", to_json(totals.returned)},
            {"merchant_paid", totals.merchant_settled}};
}

object penalty_json(const ledger::Position& position) {
    return {{"accrued", position.penalty_accrued},
            {"assessed", position.penalty_assessed},
            {"to_assess", ledger::unassessed_of(position)}};
}

array shares_json(const ledger::ContractBody& contract, const api::MemberNames& names) {
    array shares;
    for (const ledger::FundingShare& share : contract.shares) {
        object one = member_json(share.funder, names);
        one["share"] = share.share;
        shares.push_back(std::move(one));
    }
    return shares;
}

/// Whose it is on the view's date, who had it before and will have it, and what it is bound to.
void add_ownership(object& target, const ledger::ContractView& contract,
                   const api::MemberNames& names) {
    const ledger::Ownership ownership =
        ledger::ownership_of(contract.body, ledger::PointInTime{contract.as_of});
    target["originator"] = member_json(contract.body.originator, names);
    target["owner"] = member_json(ownership.owner_on(contract.as_of), names);
    array chain;
    for (std::size_t place = 0; place < ownership.chain.size(); ++place) {
        const ledger::OwnedSince& one = ownership.chain[place];
        const bool last = place + 1 == ownership.chain.size();
        object owned = member_json(one.owner, names);
        owned["from"] = day_json(one.from);
        owned["to"] = last ? value(nullptr) : day_json(ownership.chain[place + 1].from - 1);
        owned["entry"] = one.entry;
        chain.push_back(std::move(owned));
    }
    target["owners"] = std::move(chain);
    target["pledge"] = nullptr;
    if (ownership.pledge) {
        target["pledge"] = {{"funder", member_json(ownership.pledge->funder, names)},
                            {"since", day_json(ownership.pledge->since)},
                            {"entry", ownership.pledge->entry}};
    }
    target["sale"] = nullptr;
    if (ownership.pending) {
        const ledger::PendingSale& pending = *ownership.pending;
        target["sale"] = {{"buyer", member_json(pending.buyer, names)},
                          {"price", pending.price},
                          {"since", day_json(pending.since)},
                          {"valid_until", day_json(pending.valid_until)},
                          {"expired", !pending.live_on(contract.as_of)},
                          {"buyback", pending.buyback},
                          {"entry", pending.entry}};
    }
}

void add_identity(object& target, const ledger::ContractView& contract,
                  const api::MemberNames& names) {
    const ledger::ContractBody& body = contract.body;
    target["id"] = api::id_text(contract.id);
    target["status"] = status_name(contract.position.status);
    target["state"] = state_json(contract.position);
    target["line"] = api::id_text(body.line);
    target["borrower"] = api::id_text(body.borrower);
    add_ownership(target, contract, names);
    target["servicer"] = member_json(body.servicer, names);
    target["collector"] = nullptr;
    if (body.collector) {
        object collector = member_json(*body.collector, names);
        collector["commission_ppm"] = body.commission_ppm;
        target["collector"] = std::move(collector);
    }
    target["currency"] = currency_text(body.currency);
    target["product"] = api::id_text(body.product);
    target["ruleset"] = api::id_text(body.ruleset);
    target["principal"] = body.terms.principal;
    target["value_date"] = ledger::day_text(body.terms.anchor);
    target["apr_ppm"] = body.apr_ppm;
    target["shares"] = shares_json(body, names);
    target["merchant"] = id_json(body.merchant);
    target["order"] = body.order ? value(to_hex(body.order->view())) : value(nullptr);
    target["cost_table"] = id_json(body.cost_table);
    target["disclosure"] = id_json(body.disclosure);
}

/// What the merchant is still to be paid, and what he has to pay back.
void add_merchant(object& target, const ledger::ContractTotals& totals) {
    // Within what was captured, or within what was refunded of it.
    const auto payable = static_cast<ledger::Amount>(totals.merchant_payable());
    target["merchant_payable"] = std::max<ledger::Amount>(0, payable);
    target["merchant_claim"] = std::max<ledger::Amount>(0, -payable);
}

}  // namespace

std::string bucket_name(std::uint32_t bucket, const ledger::RulesetRegister& ruleset) {
    const bool last = bucket > ruleset.bucket_days.size();
    return "M" + std::to_string(bucket) + (last ? "+" : "");
}

std::string_view status_name(ContractStatus status) {
    switch (status) {
        case ContractStatus::none:
            break;  // such a contract is not found
        case ContractStatus::active:
            return "ACTIVE";
        case ContractStatus::closed_paid:
            return "CLOSED_PAID";
        case ContractStatus::overpaid:
            return "OVERPAID";
        case ContractStatus::charged_off:
            return "CHARGED_OFF";
        case ContractStatus::closed_recovered:
            return "CLOSED_RECOVERED";
        case ContractStatus::closed_refunded:
            return "CLOSED_REFUNDED";
        case ContractStatus::closed_waived:
            return "CLOSED_WAIVED";
        case ContractStatus::closed_settled:
            return "CLOSED_SETTLED";
        case ContractStatus::reversed:
            return "REVERSED";
    }
    return "UNKNOWN";
}

value state_json(const ledger::Position& position) {
    if (position.status != ContractStatus::active) return nullptr;
    const ledger::Ageing& ageing = position.ageing;
    if (position.in_grace) return "GRACE";
    if (ageing.days_past_due == 0) return "CURRENT";
    return ageing.delinquent_days == 0 ? "GRACE" : "OVERDUE";
}

std::string_view asset_class_name(std::uint32_t asset_class) {
    constexpr std::array<std::string_view, 5> kClasses{"normal", "special_mention", "substandard",
                                                       "doubtful", "loss"};
    return asset_class < kClasses.size() ? kClasses[asset_class] : "unknown";
}

object ageing_json(const ledger::Position& position, const ledger::RulesetRegister& ruleset) {
    const ledger::Ageing& ageing = position.ageing;
    return {{"days_past_due", ageing.days_past_due},
            {"delinquent_days", ageing.delinquent_days},
            {"bucket", bucket_name(ageing.bucket, ruleset)},
            {"bucket_number", ageing.bucket},
            {"class", asset_class_name(ageing.asset_class)},
            {"in_grace", position.in_grace}};
}

object to_json(const ledger::MandateRecord& mandate, const api::MemberNames& names) {
    return {{"mandate", api::id_text(mandate.terms.mandate)},
            {"status", mandate.revoked() ? "REVOKED" : "REGISTERED"},
            {"amount_max", mandate.terms.amount_max},
            {"valid_from", day_json(mandate.terms.valid_from)},
            {"valid_to", day_json(mandate.terms.valid_to)},
            {"provider", member_json(mandate.provider, names)},
            {"entry", mandate.entry},
            {"revoked_on", mandate.revoked() ? day_json(mandate.revoked_on) : value(nullptr)},
            {"revoked_by", entry_json(mandate.revoked_by)}};
}

object to_json(const ledger::ContractView& contract, const ledger::ContractTerms& terms,
               const ContractPapers& papers, std::uint64_t known_at,
               const api::MemberNames& names) {
    const ledger::Position& position = contract.position;
    object target;
    add_identity(target, contract, names);
    target["pool"] = id_json(papers.pool);
    add_point(target, {contract.as_of, known_at});
    target["plan"] = position.plan;
    target["terms"] = terms_json(position.terms);
    target["schedule"] = schedule_json(position);
    target["totals"] = totals_json(position.totals);
    target["outstanding"] = to_json(position.outstanding);
    target["payable"] = position.payable();
    add_merchant(target, position.totals);
    target["ageing"] = ageing_json(position, terms.ruleset.terms);
    target["penalty"] = penalty_json(position);
    target["settlement"] = nullptr;
    if (position.status == ContractStatus::active) {
        target["settlement"] =
            ledger::settlement_of(position, terms.product.terms.prepayment, contract.as_of);
    }
    array requests;
    for (const ledger::HardshipId& id : position.open_requests)
        requests.push_back(id_json(std::optional(id)));
    target["open_requests"] = std::move(requests);
    target["failed_debits"] = position.failed_debits;
    array given;
    for (const ledger::MandateRecord& mandate : papers.mandates) {
        given.push_back(to_json(mandate, names));
    }
    target["mandates"] = std::move(given);
    array complaints;
    for (const ledger::ComplaintRecord& complaint : papers.complaints) {
        complaints.push_back(to_json(complaint, names));
    }
    target["complaints"] = std::move(complaints);
    target["statement"] = statement_json(contract, names);
    add_log(target, contract.log);
    return target;
}

}  // namespace tally::node::http
