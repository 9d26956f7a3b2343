#include "node/http/pool_json.h"

#include "api/transaction_json.h"
#include "base/hex.h"
#include "ledger/transaction_words.h"

namespace tally::node::http {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

/// What a step of a pool adds to its value date and entry.
template <typename Step>
value step_json(const std::optional<Step>& step, object said = {}) {
    if (!step) return nullptr;
    said["value_date"] = day_json(step->on);
    said["entry"] = step->entry;
    return said;
}

value sealed_json(const ledger::PoolRecord& pool) {
    if (!pool.sealed) return nullptr;
    const ledger::PoolSeal& seal = pool.sealed->said;
    return step_json(pool.sealed, {{"contracts", seal.contracts},
                                   {"principal", seal.principal},
                                   {"root", to_hex(seal.root.view())}});
}

value issued_json(const ledger::PoolRecord& pool) {
    if (!pool.issued) return nullptr;
    array notes;
    for (const ledger::PoolNote& note : pool.issued->said.notes) {
        notes.push_back(
            {{"name", note.name}, {"amount", note.amount}, {"rate_ppm", note.rate_ppm}});
    }
    return step_json(pool.issued, {{"notes", std::move(notes)}});
}

value triggered_json(const ledger::PoolRecord& pool) {
    if (!pool.triggered) return nullptr;
    const ledger::PoolTrigger& trigger = pool.triggered->said;
    const bool below = trigger.reason == ledger::TriggerReason::balance_below;
    return step_json(pool.triggered,
                     {{"reason", ledger::word_of(trigger.reason)},
                      {"below_since", below ? day_json(trigger.below_since) : value(nullptr)}});
}

value rolled_json(const ledger::PoolRecord& pool) {
    const ledger::Rolled& rolled = pool.rolled;
    if (rolled.amount == 0) return nullptr;
    return object{{"day", day_json(rolled.on)}, {"amount", rolled.amount}};
}

}  // namespace

std::string_view status_name(const ledger::PoolRecord& pool, ledger::Day day) {
    switch (pool.status) {
        case ledger::PoolStatus::draft:
            return "DRAFT";
        case ledger::PoolStatus::sealed:
            return "SEALED";
        case ledger::PoolStatus::issued:
            return pool.revolving_on(day) ? "REVOLVING" : "AMORTISING";
        case ledger::PoolStatus::closed:
            return "CLOSED";
    }
    return "UNKNOWN";
}

object to_json(const ledger::PoolId& id, const ledger::PoolRecord& pool,
               std::optional<ledger::Day> as_of, const api::MemberNames& names) {
    const ledger::PoolCreate& terms = pool.terms;
    object target;
    target["id"] = api::id_text(id);
    target["status"] = status_name(pool, as_of.value_or(0));
    target["owner"] = member_json(pool.owner, names);
    target["trustee"] = member_json(terms.trustee, names);
    target["buyer"] = member_json(terms.buyer, names);
    target["currency"] = terms.currency;
    target["revolving_until"] =
        terms.revolving_until == 0 ? value(nullptr) : day_json(terms.revolving_until);
    target["balance_min"] = terms.balance_min;
    target["below_days"] = terms.below_days;
    target["roll_ppm"] = terms.roll_ppm;
    target["entry"] = pool.entry;
    target["contracts"] = pool.contracts.size();
    target["root"] = to_hex(pool.contracts.root().view());
    target["live"] = pool.live;
    target["owned"] = pool.owned;
    target["balance"] = pool.balance;
    target["below_since"] = day_json(pool.below.since);
    target["rolled"] = rolled_json(pool);
    target["sealed"] = sealed_json(pool);
    target["issued"] = issued_json(pool);
    target["triggered"] = triggered_json(pool);
    target["closed"] = step_json(pool.closed);
    return target;
}

}  // namespace tally::node::http
