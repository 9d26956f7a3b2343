// Independent on purpose: what a threshold is compared with, when a first payment is judged, how
// many at once, and how an alert's id follows, is written down here once more and never taken from
// ledger/alerts.cpp.
#include "storage/audit_book_alerts.h"

#include <algorithm>
#include <limits>

#include "crypto/codec.h"
#include "ledger/queries.h"
#include "storage/audit_book_records.h"

namespace tally::storage {
namespace {

using ledger::AlertId;
using ledger::AlertRule;
using ledger::ContractId;
using ledger::Day;
using ledger::Disposition;
using ledger::LineId;
using ledger::Wide;

constexpr Wide kWhole = 1'000'000;
constexpr Day kLastDay = 2'932'896;  // 9999-12-31
constexpr std::size_t kContractsAtOnce = 256;
constexpr std::size_t kEventsAtOnce = 20'000;
constexpr Day kDaysAtOnce = 4096;

AlertId node_id(ledger::AccountClass on, const std::array<std::uint8_t, 16>& subject,
                AlertRule rule, std::uint64_t place) {
    crypto::Writer writer;
    writer.u8(static_cast<std::uint8_t>(on));
    writer.raw(subject);
    writer.u8(static_cast<std::uint8_t>(rule));
    writer.u64(place);
    const Bytes bytes = writer.take();
    const crypto::Digest digest = crypto::domain_hash("alert", {ByteView(bytes)});
    AlertId id;
    id.bytes.fill(0xff);
    for (std::size_t byte = 2; byte < id.bytes.size(); ++byte) {
        id.bytes[byte] = digest.bytes[byte - 2];
    }
    return id;
}

bool same_answers(const std::vector<ledger::AlertAnswer>& left,
                  const std::vector<ledger::AlertAnswer>& right) {
    return std::ranges::equal(left, right, [](const auto& one, const auto& other) {
        return one.disposition == other.disposition && one.entry == other.entry &&
               one.value_date == other.value_date && one.reason == other.reason;
    });
}

/// The first row of the plan of the day was due, is open, and nothing excuses it.
bool never_began_to_pay(const ledger::Position& position, Day days) {
    if (position.status != ledger::ContractStatus::active || position.rows.empty()) return false;
    const ledger::PlanRow& first = position.rows.front();
    const Wide open = Wide{first.open(ledger::Component::principal)} +
                      first.open(ledger::Component::fee) + first.open(ledger::Component::interest);
    const bool excused = position.in_grace || position.ageing.delinquent_days == 0;
    return open > 0 && !excused && position.ageing.days_past_due >= days;
}

}  // namespace

void AuditAlerts::take(const ledger::RulesetRegister& ruleset) {
    rulesets_[ruleset.ruleset] = {ruleset.alert_limit_use_ppm, ruleset.alert_first_payment_days,
                                  ruleset.alert_missed_debits};
}

void AuditAlerts::take(const ledger::ProductRegister& product) {
    products_[product.product] = product.ruleset;
}

void AuditAlerts::take(const ledger::Capture& capture) {
    Contract& contract = contracts_[capture.contract];
    contract.line = capture.line;
    contract.ruleset = products_[capture.product];
    Line& line = lines_[capture.line];
    line.principal[capture.contract] = 0;
    line.newest = capture.contract;
    const Day days = rulesets_[contract.ruleset].first_payment_days;
    if (days == 0 || capture.schedule.empty()) return;
    const std::int64_t day = std::int64_t{capture.schedule.front().due} + days;
    if (day > kLastDay) return;
    const auto awaited = static_cast<Day>(day);
    awaited_from_ = awaited_.empty() ? awaited : std::min(awaited_from_, awaited);
    awaited_[awaited].push_back(capture.contract);
}

void AuditAlerts::take(const ledger::DebitResult& result, const ContractId& contract,
                       const At& at) {
    std::vector<Outcome>& results = contracts_[contract].debits;
    const Outcome came{at.value_date, at.entry, result.result == ledger::DebitOutcome::failed,
                       false, result.debit};
    // Entries go up, so that it comes after all others of its day.
    const auto place =
        std::upper_bound(results.begin(), results.end(), came.value_date,
                         [](Day day, const Outcome& other) { return day < other.value_date; });
    results.insert(place, came);
    debited_[result.debit] = contract;
}

void AuditAlerts::take_back_debit(const ledger::DebitId& id) {
    const auto found = debited_.find(id);
    if (found == debited_.end()) return;
    for (Outcome& result : contracts_[found->second].debits) {
        if (result.debit == id) result.taken_back = true;
    }
}

void AuditAlerts::take_back_capture(const ContractId& id) { contracts_[id].gone = true; }

AuditAlerts::Wrong AuditAlerts::take(const ledger::Alert& alert, const At& at) {
    if (alerts_.contains(alert.alert)) return "raises an alert that is there";
    if (alert.alert.bytes[0] == 0xff && alert.alert.bytes[1] == 0xff) {
        return "an alert by hand under an id of the nodes";
    }
    Kept kept;
    kept.rule = alert.rule;
    kept.by_hand = true;
    kept.line = contracts_[alert.contract].line;
    kept.contract = alert.contract;
    kept.entry = at.entry;
    kept.business_date = at.business_date;
    kept.as_of = at.value_date;
    keep({ledger::AccountClass::contract, alert.contract.bytes}, alert.alert, std::move(kept));
    return std::nullopt;
}

AuditAlerts::Wrong AuditAlerts::take(const ledger::AlertDisposition& disposition, const At& at) {
    const auto found = alerts_.find(disposition.alert);
    if (found == alerts_.end()) return "decides on an alert that nothing raised";
    std::vector<ledger::AlertAnswer>& answers = found->second.answers;
    const bool escalated =
        answers.size() == 1 && answers.front().disposition == Disposition::escalated;
    if (!answers.empty() && (!escalated || disposition.disposition == Disposition::escalated)) {
        return "decides on an alert a second time";
    }
    answers.push_back({disposition.disposition, at.entry, at.value_date, disposition.reason});
    touched_.insert(disposition.alert);
    return std::nullopt;
}

const AuditAlerts::Kept* AuditAlerts::alert(const AlertId& id) const {
    const auto found = alerts_.find(id);
    return found == alerts_.end() ? nullptr : &found->second;
}

void AuditAlerts::keep(const Subject& on, const AlertId& id, Kept kept) {
    alerts_[id] = std::move(kept);
    lists_[on].push_back(id);
    touched_.insert(id);
    touched_lists_.insert(on);
}

void AuditAlerts::expect(const Subject& on, Kept kept) {
    const AlertId id = node_id(on.first, on.second, kept.rule, lists_[on].size());
    keep(on, id, std::move(kept));
}

void AuditAlerts::look(const ContractId& id, const At& at) {
    const auto found = contracts_.find(id);
    if (found == contracts_.end()) return;
    Contract& contract = found->second;
    std::uint32_t missed = 0;
    for (const Outcome& result : contract.debits) {
        if (result.taken_back) continue;
        missed = result.failed ? missed + 1 : 0;
    }
    if (contract.gone) missed = 0;
    const std::uint32_t before = std::exchange(contract.missed, missed);
    const std::uint32_t most = rulesets_[contract.ruleset].missed_debits;
    if (most == 0 || before >= most || missed < most) return;
    Kept kept;
    kept.rule = AlertRule::missed_debits;
    kept.line = contract.line;
    kept.contract = id;
    kept.entry = at.entry;
    kept.business_date = at.business_date;
    kept.as_of = at.value_date;
    kept.measured = missed;
    kept.threshold = most;
    expect({ledger::AccountClass::contract, id.bytes}, std::move(kept));
}

Status AuditAlerts::look(const LineId& id, const LineNow& now, const std::set<ContractId>& moved,
                         const At& at, const ledger::RecordReader& after) {
    Line& line = lines_[id];
    const ledger::Ppm most =
        line.newest ? rulesets_[contracts_[*line.newest].ruleset].limit_use_ppm : 0;
    if (most == 0) {
        line.known = false;
        line.reached = false;
        return {};
    }
    Wide taken = now.reserved;
    for (auto& [contract, principal] : line.principal) {
        if (!line.known || moved.contains(contract)) {
            const auto then =
                stored_contract(after, contract, {std::numeric_limits<Day>::max(), at.entry});
            if (!then) return then.error();
            principal = then->position.outstanding[ledger::place_of(ledger::Component::principal)];
        }
        taken += principal;
    }
    line.known = true;
    const bool reached = taken * kWhole >= Wide{now.limit} * most;
    if (!std::exchange(line.reached, reached) && reached) {
        Kept kept;
        kept.rule = AlertRule::limit_use;
        kept.line = id;
        kept.entry = at.entry;
        kept.business_date = at.business_date;
        kept.as_of = at.value_date;
        kept.measured = static_cast<std::int64_t>(
            std::min<Wide>(taken * kWhole / now.limit, std::numeric_limits<std::int64_t>::max()));
        kept.threshold = most;
        expect({ledger::AccountClass::line, id.bytes}, std::move(kept));
    }
    return {};
}

void AuditAlerts::warn(const ledger::PoolId& id, AlertRule rule, Day as_of, const Measure& measure,
                       const At& at) {
    Kept kept;
    kept.rule = rule;
    kept.pool = id;
    kept.entry = at.entry;
    kept.business_date = at.business_date;
    kept.as_of = as_of;
    kept.measured = measure.measured;
    kept.threshold = measure.threshold;
    expect({ledger::AccountClass::pool, id.bytes}, std::move(kept));
}

Status AuditAlerts::judge(const ContractId& id, Day awaited, const At& at,
                          const ledger::RecordReader& after, std::size_t& events) {
    const auto then = stored_contract(after, id, {awaited, at.entry});
    if (!then) return then.error();
    events += static_cast<std::size_t>(std::ranges::count_if(
        then->body.events,
        [&at](const ledger::ContractEvent& event) { return event.entry <= at.entry; }));
    const Contract& contract = contracts_[id];
    const Day days = rulesets_[contract.ruleset].first_payment_days;
    if (!never_began_to_pay(then->position, days)) return {};
    Kept kept;
    kept.rule = AlertRule::first_payment_default;
    kept.line = contract.line;
    kept.contract = id;
    kept.entry = at.entry;
    kept.business_date = at.business_date;
    kept.as_of = awaited;
    kept.measured = then->position.ageing.days_past_due;
    kept.threshold = days;
    expect({ledger::AccountClass::contract, id.bytes}, std::move(kept));
    return {};
}

Status AuditAlerts::close(Day day, const At& at, const ledger::RecordReader& after) {
    std::size_t contracts = 0;
    std::size_t events = 0;
    Day passed = 0;
    while (!awaited_.empty() && awaited_from_ <= day) {
        const auto next = awaited_.begin();
        // Days on which nobody waits are passed, up to the day that is closed and the day after.
        const Day empty = std::min(next->first, day + 1) - awaited_from_;
        const Day pass = std::min(empty, kDaysAtOnce - passed);
        passed += pass;
        awaited_from_ += pass;
        if (awaited_from_ != next->first || awaited_from_ > day) return {};
        if (contracts == kContractsAtOnce || events >= kEventsAtOnce) return {};
        ++contracts;
        const ContractId id = next->second.front();
        next->second.pop_front();
        const Day awaited = next->first;
        if (next->second.empty()) awaited_.erase(next);
        if (Status judged = judge(id, awaited, at, after, events); !judged) return judged;
    }
    return {};
}

void AuditAlerts::begin_block() {
    touched_.clear();
    touched_lists_.clear();
}

Result<AuditAlerts::Wrong> AuditAlerts::compare_alert(const AlertId& id,
                                                      const ledger::RecordReader& after) const {
    const auto record = ledger::read_alert(after, id);
    if (!record) return record.error();
    const Kept& kept = alerts_.at(id);
    if (!*record) {
        return Wrong(name_of("alert", id) + ": entry " + std::to_string(kept.entry) +
                     " raises it, and it is not on record");
    }
    const ledger::AlertRecord& stored = **record;
    const bool same = stored.rule == kept.rule && stored.by_hand == kept.by_hand &&
                      stored.line == kept.line && stored.contract == kept.contract &&
                      stored.pool == kept.pool && stored.entry == kept.entry &&
                      stored.business_date == kept.business_date && stored.as_of == kept.as_of &&
                      stored.measured == kept.measured && stored.threshold == kept.threshold &&
                      same_answers(stored.answers, kept.answers);
    if (same) return Wrong{};
    return Wrong(name_of("alert", id) + ": is not what its entries lead to");
}

Result<AuditAlerts::Wrong> AuditAlerts::compare(const ledger::BlockResult& block,
                                                const ledger::RecordReader& after) const {
    for (const ledger::RecordChange& change : block.changes) {
        if (change.key.front() != ledger::kAlertRecord) continue;
        AlertId id;
        if (change.key.size() != 1 + id.bytes.size()) return Wrong("an alert's key is none");
        std::copy(change.key.begin() + 1, change.key.end(), id.bytes.begin());
        if (!touched_.contains(id)) {
            return Wrong(name_of("alert", id) + ": nothing in the block warrants it");
        }
    }
    for (const AlertId& id : touched_) {
        auto wrong = compare_alert(id, after);
        if (!wrong || wrong->has_value()) return wrong;
    }
    for (const Subject& on : touched_lists_) {
        const auto value = after.get(ledger::alert_list_key(on.first, on.second));
        if (!value) return value.error();
        const std::vector<AlertId>& list = lists_.at(on);
        const auto stored = ledger::decode_alert_list(value->value_or(Bytes{}));
        if (!stored) return stored.error();
        if (stored->count != list.size() || stored->last != list.back()) {
            return Wrong("the alerts on " + to_hex(on.second) + " are not those raised");
        }
    }
    return Wrong{};
}

}  // namespace tally::storage
