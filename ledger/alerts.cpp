#include "ledger/alerts.h"

#include <algorithm>
#include <limits>

#include "ledger/dates.h"
#include "ledger/ownership.h"

// What crosses a threshold is asked of the state before and after a transaction, so that there is
// nothing to remember: an alert is raised once, and again only after it fell below. First payments
// alone come due by themselves, and wait in a queue for a DAY_CLOSE.

namespace tally::ledger {
namespace {

constexpr Wide kWhole = kWholePpm;

struct Warning {
    AlertRule rule = AlertRule::other;
    Day as_of = 0;
    std::int64_t measured = 0;
    std::int64_t threshold = 0;
};

/// Puts a record on the chain of what it is on. The first stands should two ids ever be the same.
void raise(Run& run, AccountClass on, const std::array<std::uint8_t, 16>& subject,
           AlertRecord record, const Warning& warning) {
    // Not by the entry: a book that is read into another network has other ones there.
    const std::uint64_t place = run.workspace.alert_lists().view({on, subject}).count;
    const AlertId id = alert_id_of(on, subject, warning.rule, place);
    if (run.workspace.alerts().exists(id)) return;
    record.rule = warning.rule;
    record.as_of = warning.as_of;
    record.measured = warning.measured;
    record.threshold = warning.threshold;
    add_alert(run, id, {on, subject}, std::move(record));
}

void raise_on(Run& run, const ContractId& id, const Warning& warning) {
    const ContractBody& contract = *run.workspace.contracts().view(id).body;
    AlertRecord record;
    record.line = contract.line;
    record.contract = id;
    record.owner = owner_of(contract);
    raise(run, AccountClass::contract, id.bytes, std::move(record), warning);
}

/// Of the ruleset of the line's newest contract; 0: none.
Ppm limit_use_threshold(const Run& run, const LineBody& line) {
    if (!line.last_contract) return 0;
    const auto& contract = run.workspace.contracts().view(*line.last_contract).body;
    if (!contract) return 0;
    return run.workspace.rulesets().view(contract->ruleset).terms.alert_limit_use_ppm;
}

/// Takes the contract that waits longest for a day off its queue.
ContractId take_first(Run& run, std::uint32_t day) {
    const ContractId id = run.workspace.awaited_days().view(day).first;
    if (!run.workspace.awaited_contracts().exists(id)) {
        run.workspace.contradiction("the queue of first payments is broken");
    }
    const std::optional<ContractId> next = run.workspace.awaited_contracts().view(id).next;
    run.workspace.awaited_contracts().erase(id);
    if (next) {
        run.workspace.awaited_days().edit(day).first = *next;
    } else {
        run.workspace.awaited_days().erase(day);
    }
    return id;
}

/// Whether the first row of the plan in force on the day was to be met by then, and is not. Returns
/// how many events it took.
std::uint64_t judge(Run& run, const ContractId& id, Day day) {
    const std::optional<ContractBody>& contract = run.workspace.contracts().view(id).body;
    const std::optional<ContractRules> rules = contract ? run.rules_of(*contract) : std::nullopt;
    if (!rules) {
        run.workspace.contradiction("a contract that waits for its first payment is not there");
        return 0;
    }
    const Position position = run.replayed(*contract, *rules, {day});
    const Day threshold = rules->ruleset.alert_first_payment_days;
    const Ageing& ageing = position.ageing;
    const bool overdue = position.status == ContractStatus::active && !position.in_grace &&
                         ageing.delinquent_days > 0 && ageing.days_past_due >= threshold;
    const std::uint64_t events = replayed_events(*contract);
    if (overdue && !position.rows.empty() && position.rows.front().base() > 0) {
        raise_on(run, id, {AlertRule::first_payment_default, day, ageing.days_past_due, threshold});
    }
    return events;
}

}  // namespace

void add_alert(Run& run, const AlertId& id, const Workspace::AlertSubject& on, AlertRecord record) {
    AlertListRecord& list = run.workspace.alert_lists().edit(on);
    record.entry = run.entry;
    record.business_date = run.transaction.business_date;
    record.previous = list.last;
    list.last = id;
    ++list.count;
    run.workspace.alerts().edit(id) = std::move(record);
}

bool limit_use_reached(const Run& run, const LineBody& line) {
    const Wide taken = Wide{line.used} + line.reserved;
    if (taken <= 0) return false;  // no threshold is so low, and none has to be read
    const Ppm threshold = limit_use_threshold(run, line);
    return threshold > 0 && taken * kWhole >= Wide{line.limit} * threshold;
}

void warn_of_limit_use(Run& run, const LineId& id) {
    const LineBody& line = *run.workspace.lines().view(id).body;
    if (!limit_use_reached(run, line)) return;
    const Wide taken = (Wide{line.used} + line.reserved) * kWhole / std::max<Amount>(1, line.limit);
    const auto measured =
        static_cast<std::int64_t>(std::min<Wide>(taken, std::numeric_limits<std::int64_t>::max()));
    AlertRecord record;
    record.line = id;
    record.owner = line.owner;
    raise(run, AccountClass::line, id.bytes, std::move(record),
          {AlertRule::limit_use, run.transaction.value_date, measured,
           limit_use_threshold(run, line)});
}

void warn_of_missed_debits(Run& run, const ContractId& id, std::uint32_t before,
                           std::uint32_t after) {
    if (after <= before) return;
    const ContractBody& contract = *run.workspace.contracts().view(id).body;
    const std::uint32_t threshold =
        run.workspace.rulesets().view(contract.ruleset).terms.alert_missed_debits;
    if (threshold == 0 || before >= threshold || after < threshold) return;
    raise_on(run, id, {AlertRule::missed_debits, run.transaction.value_date, after, threshold});
}

void warn_of_pool(Run& run, const PoolId& id, AlertRule rule, std::int64_t measured,
                  std::int64_t threshold) {
    AlertRecord record;
    record.pool = id;
    record.owner = run.workspace.pools().view(id).owner;
    raise(run, AccountClass::pool, id.bytes, std::move(record),
          {rule, run.newest_day(), measured, threshold});
}

void await_first_payment(Run& run, const ContractId& id, Day due) {
    const ContractBody& contract = *run.workspace.contracts().view(id).body;
    const Day threshold =
        run.workspace.rulesets().view(contract.ruleset).terms.alert_first_payment_days;
    const std::int64_t day = std::int64_t{due} + threshold;
    // A day that the book cannot hold never comes.
    if (threshold == 0 || day > kDayMax) return;
    AwaitedRecord& queue = run.workspace.awaited().edit({});
    const auto awaited = static_cast<Day>(day);
    queue.first = queue.count == 0 ? awaited : std::min(queue.first, awaited);
    ++queue.count;
    const auto key = static_cast<std::uint32_t>(awaited);
    AwaitedDayRecord waiting{id, id};
    if (run.workspace.awaited_days().exists(key)) {
        waiting.first = run.workspace.awaited_days().view(key).first;
        const ContractId last = run.workspace.awaited_days().view(key).last;
        run.workspace.awaited_contracts().edit(last).next = id;
    }
    run.workspace.awaited_days().edit(key) = waiting;
    run.workspace.awaited_contracts().edit(id) = {};
}

void judge_first_payments(Run& run, Day through) {
    const AwaitedRecord& before = run.workspace.awaited().view({});
    AwaitedRecord queue = before;
    std::size_t contracts = 0;
    std::uint64_t events = 0;
    std::size_t days = 0;
    while (queue.count > 0 && queue.first <= through) {
        const auto key = static_cast<std::uint32_t>(queue.first);
        if (!run.workspace.awaited_days().exists(key)) {
            if (days == kJudgedDaysMax) break;
            ++days;
            ++queue.first;
            continue;
        }
        if (contracts == kJudgedContractsMax || events >= kJudgedEventsMax) break;
        ++contracts;
        events += judge(run, take_first(run, key), queue.first);
        --queue.count;
    }
    if (queue.count == 0) queue.first = 0;
    if (queue != before) run.workspace.awaited().edit({}) = queue;
}

}  // namespace tally::ledger
