#include "tests/ledger/second_opinion.h"

#include <algorithm>

#include "base/check.h"
#include "ledger/schedule.h"

namespace tally::testing::opinion {

using namespace ledger;

namespace {

template <typename... Bodies>
bool is_one_of(const TransactionBody& body) {
    return (std::holds_alternative<Bodies>(body) || ...);
}

/// Whether only a contract that is active now can have it.
bool only_while_active(const TransactionBody& body) {
    return is_one_of<PrepaySettle, PenaltyAssess, OverdueMark, Waive, HardshipRequest, GraceGrant,
                     Reschedule, ChargeOff, Pledge, TransferInit, TransferSettle, PoolAdd,
                     PoolRemove, BuybackInit, BuybackSettle>(body);
}

/// Whether a borrower relies on it, so that taking it back must not burden days that have passed.
bool relied_on(const TransactionBody& body) {
    return is_one_of<Repayment, PrepaySettle, DebitResult, MerchantRefund, Waive, GraceGrant,
                     Reschedule, DebtSettle>(body);
}

/// The days on which it stood, up to one.
std::vector<Day> days_of(const Happening& gone, Day until = kForEver) {
    std::vector<Day> days;
    for (Day day = gone.booked_on + 1; day <= gone.undone_on && day <= until; ++day) {
        days.push_back(day);
    }
    return days;
}

/// What stays of an event that was taken back.
void leave_behind(Picture& picture, const Happening& gone) {
    const TransactionBody& body = gone.transaction.body;
    if (!relied_on(body)) return;
    const auto* grace = std::get_if<GraceGrant>(&body);
    bool used = false;
    for (const Day day : days_of(gone)) {
        picture.unburdened.insert(day);
        const bool granted = grace != nullptr && grace->from <= day && day <= grace->to;
        if (granted) picture.paused.insert(day);
        used = used || granted || is_one_of<Reschedule>(body);
    }
    if (!used) return;
    ++(grace != nullptr ? picture.grants : picture.replans);
}

/// On the morning after a day, on the picture of its evening: a re-plan that was booked on it and
/// taken back later keeps the class that it found.
void keep_class(Picture& picture, const Happening& gone, const RulesetRegister& ruleset) {
    const bool kept = gone.undone && is_one_of<Reschedule>(gone.transaction.body) &&
                      gone.booked_on == picture.day && !days_of(gone).empty();
    if (!kept) return;
    picture.class_kept = picture.asset_class(ruleset, true, gone.transaction.value_date);
    picture.observed_since = picture.day;
}

/// What met or may have met a row stood on a day.
std::set<std::uint64_t> standing_on(const std::vector<Happening>& gone, Day day) {
    std::set<std::uint64_t> standing;
    for (const Happening& event : gone) {
        const TransactionBody& body = event.transaction.body;
        const bool stood = event.booked_on < day && day <= event.undone_on;
        if (stood && relied_on(body) && !is_one_of<GraceGrant>(body)) standing.insert(event.entry);
    }
    return standing;
}

/// The same morning: the day that begins is one on which somebody could rely on less. Days in a row
/// on which the same stood are one relief.
void relieve(Picture& picture, const std::vector<Happening>& gone, Day day, Day oldest) {
    // What a bank opens again is a row more that may be late.
    const bool same = standing_on(gone, picture.day) == standing_on(gone, day) &&
                      picture.charged_back_on != picture.day;
    for (Relief& relief : picture.reliefs) {
        if (relief.until != picture.day || !same) continue;
        relief.until = day;
        relief.oldest[day] = oldest;
        return;
    }
    Relief relief;
    relief.from = relief.until = day;
    relief.oldest[day] = oldest;
    picture.reliefs.push_back(std::move(relief));
}

/// What was known just before an entry. What met rows then and is gone now counts only if it is one
/// of these, for else it had not stood for a day yet; and a loss that is gone never was.
std::vector<Happening> before_entry(const std::vector<Happening>& events, std::uint64_t entry,
                                    const std::set<std::uint64_t>& these) {
    std::vector<Happening> then;
    for (Happening event : events) {
        const TransactionBody& body = event.transaction.body;
        if (event.entry > entry) continue;
        if (event.undone && *event.undone >= entry) {
            const bool meets = relied_on(body) && !is_one_of<GraceGrant>(body);
            if ((meets && !these.contains(event.entry)) || is_one_of<ChargeOff>(body)) continue;
            event.undone.reset();
        }
        then.push_back(std::move(event));
    }
    return then;
}

bool taken_for_met(const Picture& picture, const Row& row, Day day) {
    return std::any_of(picture.reliefs.begin(), picture.reliefs.end(), [&](const Relief& relief) {
        const auto oldest = relief.oldest.find(day);
        return oldest != relief.oldest.end() && oldest->second > row.due;
    });
}

/// What is past due in the morning, and what comes out of the ruleset's grace.
void begin_day(Picture& picture, const RulesetRegister& ruleset) {
    Wide overdue = 0;
    for (Row& row : picture.rows) {
        const Day patient_until = row.due + ruleset.grace_days;
        if (patient_until < picture.day) overdue += row.owed_without_penalty();
        if (patient_until + 1 == picture.day) row.in_time = row.paid_off();
        if (ruleset.grace_days == 0 || patient_until >= picture.day) continue;
        // Its grace is borne on the first day that bears anything.
        Day bears = patient_until + 1;
        while (picture.unburdened.contains(bears)) ++bears;
        if (bears != picture.day || taken_for_met(picture, row, patient_until + 1)) continue;
        Wide borne = 0;
        for (Day past = row.due + 1; past <= patient_until; ++past) {
            if (picture.paused.contains(past) || picture.unburdened.contains(past)) continue;
            Wide owed_then = row.owed_without_penalty();
            for (const auto& [opened, amount] : row.open_again) {
                if (opened >= past) owed_then -= amount;
            }
            borne += std::max<Wide>(0, owed_then);
        }
        picture.out_of_grace.push_back(borne);
    }
    picture.base[picture.day] = overdue;
}

}  // namespace

void Contract::add(Happening happening) {
    const TransactionBody& body = happening.transaction.body;
    if (const auto* capture = std::get_if<Capture>(&body)) {
        servicer_ = capture->servicer;
    } else if (const auto* change = std::get_if<ServicerChange>(&body)) {
        servicer_ = change->servicer;
    } else if (const auto* assignment = std::get_if<CollectionAssign>(&body)) {
        collector_ = assignment->collector;
        commission_ppm_ = assignment->commission_ppm;
    } else if (is_one_of<CollectionRecall>(body)) {
        collector_.reset();
        commission_ppm_ = 0;
    } else if (const auto* back = std::get_if<Chargeback>(&body)) {
        happening.target = story_.at(find(back->submitter, back->target).value()).entry;
    }
    story_.push_back(std::move(happening));
}

void Contract::undo(std::size_t place, std::uint64_t entry, Day newest) {
    story_.at(place).undone = entry;
    story_.at(place).undone_on = newest;
}

std::optional<std::size_t> Contract::find(MemberId submitter, TransactionId id) const {
    for (std::size_t place = 0; place < story_.size(); ++place) {
        if (story_[place].submitter == submitter && story_[place].transaction.id == id) {
            return place;
        }
    }
    return std::nullopt;
}

Contract::Walk Contract::walk(const std::vector<Happening>& events, Day until,
                              std::optional<std::uint64_t> candidate) const {
    Stood stood{events, {}, {}};
    for (const Happening& event : events) {
        const TransactionBody& body = event.transaction.body;
        if (!event.undone || !relied_on(body) || is_one_of<GraceGrant>(body)) continue;
        for (const Day day : days_of(event, until)) stood.on[day].insert(event.entry);
    }
    return go(events, until, candidate, stood, ~std::uint64_t{0}, nullptr);
}

std::optional<Day> Contract::excused(Stood& stood, const Picture& now, std::uint64_t entry) const {
    const Day day = now.day;
    const Day rows = now.by_rows_after();
    const auto these = stood.on.find(day);
    if (rows >= day || these == stood.on.end()) return std::nullopt;
    Day best = 0, counts = 0;
    for (const Happening& event : stood.events) {
        if (!these->second.contains(event.entry) || *event.undone >= entry) continue;
        const Seen& then = seen(stood, these->second, event);
        best = std::max(best, then.rows.at(day));
        counts = std::max(counts, then.days.at(day));
    }
    if (best <= rows && counts <= now.counts_after()) return std::nullopt;
    return counts;
}

const Contract::Seen& Contract::seen(Stood& stood, const Entries& these,
                                     const Happening& gone) const {
    const auto [found, is_new] = stood.seen.try_emplace({these, gone.entry});
    if (!is_new) return found->second;
    Day last = 0;
    for (const auto& [date, entries] : stood.on) {
        if (entries == these) last = date;
    }
    const auto then = before_entry(stood.events, *gone.undone, these);
    go(then, last, std::nullopt, stood, *gone.undone, &found->second);
    return found->second;
}

bool Contract::spend(Walk& walk, Day day, const std::vector<Happening>& events,
                     std::optional<std::uint64_t> candidate, bool leave_out) const {
    Picture& picture = walk.picture;
    picture.day = day;
    if (picture.captured) begin_day(picture, ruleset_);
    for (const Happening& event : events) {
        walk.why = objections(picture, ruleset_, product_, event, candidate == event.entry);
        if (walk.why.empty()) {
            apply(picture, event);
        } else if (!leave_out) {
            walk.stopped_at = event.entry;
            return false;
        }
    }
    return true;
}

Contract::Walk Contract::go(std::vector<Happening> events, Day until,
                            std::optional<std::uint64_t> candidate, Stood& stood,
                            std::uint64_t entry, Seen* seen) const {
    Walk walk;
    Picture& picture = walk.picture;
    std::vector<Happening> gone;
    for (const Happening& event : events) {
        if (!event.undone) continue;
        leave_behind(picture, event);
        gone.push_back(event);
    }
    std::map<Day, std::vector<Happening>> days;
    for (const Happening& event : events) {
        const Day day = event.transaction.value_date;
        if (!event.undone && day <= until) days[day].push_back(event);
    }
    const Day first = days.empty() ? until : days.begin()->first;
    picture.day = first - 1;
    for (Day day = first; day <= until; ++day) {
        for (const Happening& event : gone) keep_class(picture, event, ruleset_);
        const auto found = days.find(day);
        const auto today = found == days.end() ? std::vector<Happening>{} : found->second;
        if (!standing_on(gone, day).empty()) {
            // By what the day would come to if it were not excused.
            Walk so{today.empty() ? Picture{} : picture, 0, {}};
            if (!today.empty()) spend(so, day, today, std::nullopt, true);
            picture.day = day;
            const auto counts = excused(stood, today.empty() ? picture : so.picture, entry);
            picture.day = day - 1;
            if (counts) relieve(picture, gone, day, *counts);
        }
        if (!spend(walk, day, today, candidate, seen != nullptr)) return walk;
        if (seen == nullptr) continue;
        seen->rows[day] = picture.by_rows_after();
        seen->days[day] = picture.counts_after();
    }
    return walk;
}

std::vector<Happening> Contract::known(std::uint64_t known_at) const {
    std::vector<Happening> events;
    for (Happening happening : story_) {
        if (happening.entry > known_at) continue;
        if (happening.undone && *happening.undone > known_at) happening.undone.reset();
        events.push_back(std::move(happening));
    }
    return events;
}

Picture Contract::at(Day as_of, std::uint64_t known_at) const {
    Walk walked = walk(known(known_at), as_of);
    // What was accepted fits for ever.
    TALLY_CHECK(walked.why.empty());
    return walked.picture;
}

Picture Contract::latest() const {
    Day last = begin();
    for (const Happening& event : story_) {
        if (!event.undone) last = std::max(last, event.transaction.value_date);
    }
    return at(last);
}

std::vector<Outcome> Contract::judge(const Transaction& transaction, Wide drawn) const {
    std::vector<Outcome> broken;
    const TransactionBody& body = transaction.body;
    const Day back = transaction.business_date - transaction.value_date;
    if (back < 0) broken.push_back(Outcome::value_date_ahead);
    if (transaction.value_date < begin()) broken.push_back(Outcome::date_outside_validity);
    if (back > ruleset_.backdating_days_max) broken.push_back(Outcome::backdated_too_far);
    if (is_one_of<Chargeback, Reschedule>(body) && back != 0)
        broken.push_back(Outcome::backdated_too_far);
    std::vector<Happening> events = known(~std::uint64_t{0});
    Day last = transaction.value_date;
    for (const Happening& event : events) {
        if (event.undone) continue;
        last = std::max(last, event.transaction.value_date);
        if (is_one_of<PenaltyAssess>(body) && is_one_of<PenaltyAssess>(event.transaction.body) &&
            event.transaction.value_date > transaction.value_date) {
            broken.push_back(Outcome::penalty_differs);
        }
    }
    const Picture now = walk(events, last).picture;
    if (only_while_active(body) && now.status() != ContractStatus::active) {
        const bool lost = now.gave_up && now.status() != ContractStatus::closed_settled;
        broken.push_back(lost ? Outcome::contract_charged_off : Outcome::contract_not_active);
    }
    if (is_one_of<DebtSettle>(body) && now.status() != ContractStatus::active &&
        now.status() != ContractStatus::charged_off) {
        broken.push_back(now.gave_up && now.status() != ContractStatus::closed_settled
                             ? Outcome::contract_charged_off
                             : Outcome::contract_not_active);
    }
    if (const auto* payment = std::get_if<MerchantSettle>(&body)) {
        const auto& capture = std::get<Capture>(story_.front().transaction.body);
        if (!capture.merchant) broken.push_back(Outcome::merchant_missing);
        if (payment->amount > now.principal - now.refunds - now.to_merchant) {
            broken.push_back(Outcome::above_merchant_payable);
        }
    }
    constexpr std::uint64_t kCandidate = ~std::uint64_t{0} - 1;
    Happening candidate;
    candidate.transaction = transaction;
    candidate.entry = kCandidate;
    candidate.drawn = drawn;
    if (const auto* charge = std::get_if<Chargeback>(&body)) {
        const auto target = find(charge->submitter, charge->target);
        if (target) candidate.target = story_[*target].entry;
    }
    events.push_back(candidate);
    const Walk walked = walk(events, last, kCandidate);
    if (walked.stopped_at == kCandidate) {
        broken.insert(broken.end(), walked.why.begin(), walked.why.end());
    }
    // A wrong claim does not hide that something later would no longer fit.
    const Walk unclaimed = walk(events, last);
    if (!unclaimed.why.empty() && unclaimed.stopped_at != kCandidate) {
        broken.push_back(Outcome::replay_conflict);
    }
    return broken;
}

std::vector<Outcome> Contract::judge_undoing(std::size_t place, Day newest,
                                             bool two_parties) const {
    Contract without = *this;
    without.undo(place, ~std::uint64_t{0} - 1, newest);
    Day last = begin();
    for (const Happening& event : without.story_) {
        if (!event.undone) last = std::max(last, event.transaction.value_date);
    }
    std::vector<Outcome> broken;
    if (!without.walk(without.story_, last).why.empty()) broken.push_back(Outcome::replay_conflict);
    // This one included.
    const Happening& wanted = without.story_.at(place);
    std::size_t alike = 0, stood = 0;
    for (const Happening& event : without.story_) {
        const TransactionBody& body = event.transaction.body;
        if (!event.undone) continue;
        if (body.index() == wanted.transaction.body.index()) ++alike;
        if (relied_on(body) && !days_of(event).empty()) ++stood;
    }
    const bool stands = relied_on(wanted.transaction.body) && !days_of(wanted).empty();
    const std::size_t more = two_parties ? 4 : 0;
    if (alike > 12 + more || (stands && stood > 8 + more)) broken.push_back(Outcome::history_full);
    return broken;
}

}  // namespace tally::testing::opinion
