#include <algorithm>
#include <map>
#include <numeric>

#include "ledger/dates.h"
#include "ledger/transaction_words.h"
#include "ledger/type_table.h"
#include "node/http/contract_json.h"

namespace tally::node::http {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using ledger::ContractEvent;
using ledger::EventKind;

/// The money that the event is about; null for those that move none. Sums fit, for they were within
/// the debt when they were accepted.
value amount_json(const ContractEvent& event, const ledger::ContractBody& contract) {
    switch (event.kind) {
        case EventKind::capture:
            return contract.terms.principal;
        case EventKind::charge_off:
            return std::accumulate(event.amounts.begin(), event.amounts.end(), ledger::Amount{0});
        case EventKind::waive:
            return std::accumulate(event.parts.begin(), event.parts.end(), ledger::Amount{0},
                                   [](ledger::Amount sum, const ledger::Allocation& part) {
                                       return sum + part.amount;
                                   });
        case EventKind::mark:
        case EventKind::hardship:
        case EventKind::grace:
        case EventKind::reschedule:
        case EventKind::servicer:
        case EventKind::assign:
        case EventKind::recall:
        case EventKind::contact:
        case EventKind::pledge:
        case EventKind::release:
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
        case EventKind::pool_add:
        case EventKind::pool_remove:
            return nullptr;
        case EventKind::debit:
            if (event.failed_debit()) return nullptr;
            break;
        case EventKind::overpay_refund:
        case EventKind::chargeback:
        case EventKind::refund:
        case EventKind::repayment:
        case EventKind::prepay:
        case EventKind::penalty:
        case EventKind::recovery:
        case EventKind::transfer_init:
        case EventKind::transfer_settle:
        case EventKind::buyback_init:
        case EventKind::buyback_settle:
        case EventKind::merchant_settle:
        case EventKind::debt_settle:
            break;
    }
    return event.amount;
}

const char* lost_or_let_go(const ContractEvent& event) {
    return event.kind == EventKind::charge_off ? "amounts" : "let_go";
}

/// What a pledge, a sale or a pool has.
void add_title(object& target, const ContractEvent& event, const api::MemberNames& names) {
    if (event.pool) target["pool"] = id_json(event.pool);
    if (ledger::pools(event.kind)) return;
    const bool pledged = event.kind == EventKind::pledge || event.kind == EventKind::release;
    target[pledged ? "funder" : "buyer"] = member_json(event.member, names);
    if (ledger::offers(event.kind)) target["valid_until"] = day_json(event.to);
}

void add_replan(object& target, const ContractEvent& event) {
    target["periods"] = event.periods;
    target["rate_ppm"] = event.rate_ppm;
    target["carried"] = to_json(event.amounts);
    target["waived_penalty"] = event.amount;
    target["request"] = id_json(event.request);
}

/// What only events of its kind have.
void add_particulars(object& target, const ContractEvent& event, const api::MemberNames& names) {
    switch (event.kind) {
        case EventKind::mark:
            target["marked"] = {{"days_past_due", event.from},
                                {"bucket", event.bucket},
                                {"class", asset_class_name(event.asset_class)}};
            break;
        case EventKind::hardship:
            target["stage"] = ledger::word_of(event.stage);
            target["request"] = id_json(event.request);
            break;
        case EventKind::grace:
            target["from"] = day_json(event.from);
            target["to"] = day_json(event.to);
            target["request"] = id_json(event.request);
            break;
        case EventKind::reschedule:
            add_replan(target, event);
            break;
        case EventKind::charge_off:
        case EventKind::debt_settle:
            target[lost_or_let_go(event)] = to_json(event.amounts);
            break;
        case EventKind::recovery:
            target["commission"] = event.commission;
            break;
        case EventKind::servicer:
            target["servicer"] = member_json(event.member, names);
            break;
        case EventKind::assign:
            target["collector"] = member_json(event.member, names);
            target["commission_ppm"] = event.rate_ppm;
            break;
        case EventKind::chargeback:
            target["target"] = event.target;
            break;
        case EventKind::debit:
            target["debit"] = api::id_text(event.debit);
            target["result"] =
                ledger::word_of(event.failed_debit() ? ledger::DebitOutcome::failed
                                                     : ledger::DebitOutcome::succeeded);
            break;
        case EventKind::contact:
            target["channel"] = ledger::word_of(event.channel);
            target["minute"] = event.minute;
            target["member"] = member_json(event.member, names);
            break;
        case EventKind::pledge:
        case EventKind::release:
        case EventKind::transfer_init:
        case EventKind::transfer_settle:
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
        case EventKind::pool_add:
        case EventKind::buyback_init:
        case EventKind::buyback_settle:
        case EventKind::pool_remove:
            add_title(target, event, names);
            break;
        case EventKind::recall:
        case EventKind::overpay_refund:
        case EventKind::merchant_settle:
        case EventKind::capture:
        case EventKind::refund:
        case EventKind::repayment:
        case EventKind::prepay:
        case EventKind::penalty:
        case EventKind::waive:
            break;
    }
}

object event_json(const ContractEvent& event, const ledger::EventEffect* effect,
                  const ledger::ContractBody& contract, const api::MemberNames& names) {
    object target;
    target["entry"] = event.entry;
    target["kind"] = ledger::facts_of(event.kind).name;
    target["business_date"] = day_json(event.business_date);
    target["value_date"] = day_json(event.value_date);
    target["amount"] = amount_json(event, contract);
    if (effect != nullptr) {
        target["allocation"] = to_json(effect->allocation);
        target["credit"] = effect->credit;
        target["lapsed"] = effect->lapsed;
        target["balance"] = effect->outstanding;
        target["days_past_due"] = effect->days_past_due;
    } else {
        target["allocation"] = array();
        target["credit"] = 0;
        target["lapsed"] = 0;
        target["balance"] = nullptr;
        target["days_past_due"] = nullptr;
    }
    if (event.kind == EventKind::penalty) {
        target["released"] = effect != nullptr ? effect->released : event.amount;
    }
    if (event.kind == EventKind::refund) {
        target["unwaived"] = effect != nullptr ? effect->unwaived : 0;
        target["returned"] = effect != nullptr ? effect->returned : 0;
    }
    target["reversed_by"] = entry_json(event.reversed_by);
    add_particulars(target, event, names);
    return target;
}

}  // namespace

array statement_json(const ledger::ContractView& contract, const api::MemberNames& names) {
    const std::vector<ContractEvent>& events = contract.body.events;
    std::vector<std::size_t> order;
    for (std::size_t place = 0; place < events.size(); ++place) {
        if (events[place].value_date <= contract.as_of) order.push_back(place);
    }
    // Events stand in the order of their entries, so that a stable sort keeps it within a day.
    std::ranges::stable_sort(order, {},
                             [&](std::size_t place) { return events[place].value_date; });
    std::map<std::size_t, const ledger::EventEffect*> effects;
    for (const ledger::EventEffect& effect : contract.position.effects) {
        effects[effect.event] = &effect;
    }
    array statement;
    statement.reserve(order.size());
    for (const std::size_t place : order) {
        const auto effect = effects.find(place);
        statement.push_back(event_json(events[place],
                                       effect == effects.end() ? nullptr : effect->second,
                                       contract.body, names));
    }
    return statement;
}

}  // namespace tally::node::http
