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
                     Reschedule, ChargeOff>(body);
}

/// Whether a borrower relies on it, so that taking it back must not burden days that have passed.
bool relied_on(const TransactionBody& body) {
    return is_one_of<Repayment, PrepaySettle, DebitResult, MerchantRefund, Waive, GraceGrant,
                     Reschedule>(body);
}

/// What stays of an event that was taken back.
void leave_behind(Picture& picture, const Happening& gone) {
    const TransactionBody& body = gone.transaction.body;
    if (!relied_on(body)) return;
    Relief& relief = picture.reliefs.emplace_back();
    relief.from = gone.transaction.value_date;
    relief.until = gone.undone_on;
    relief.entry = gone.entry;
    for (Day ago = 0; ago < gone.late_then; ++ago) relief.with.insert(relief.until - ago);
    for (Day day = gone.shown_from + 1; day < relief.until; ++day) relief.shown.insert(day);
    for (Day day = relief.from + 1; day <= relief.until; ++day) picture.unburdened.insert(day);
    const auto* grace = std::get_if<GraceGrant>(&body);
    const bool passed = relief.from < relief.until;
    if (grace == nullptr || !passed || grace->from > relief.until) return;
    ++picture.grants;
    for (Day day = grace->from; day <= grace->to && day <= relief.until; ++day) {
        picture.paused.insert(day);
    }
}

/// When what was taken back is booked, on this picture in which it never was.
void note_gone(Picture& picture, const Happening& gone, const RulesetRegister& ruleset) {
    const TransactionBody& body = gone.transaction.body;
    for (Relief& relief : picture.reliefs) {
        if (relief.entry != gone.entry || !relied_on(body)) continue;
        relief.before = picture.late_days(true);
        const bool plan = is_one_of<Reschedule>(body) && relief.from < relief.until;
        if (plan) {
            ++picture.replans;
            picture.class_kept = picture.asset_class(ruleset, true);
            picture.observed_since = picture.day;
        }
        relief.booked = true;
        return;
    }
}

/// Where it stands in the order of days: what was taken back, where it was booked.
Day day_of(const Happening& happening) {
    return happening.undone ? happening.transaction.business_date
                            : happening.transaction.value_date;
}

/// What is past due in the morning, and what comes out of the ruleset's grace.
void begin_day(Picture& picture, const RulesetRegister& ruleset) {
    Wide overdue = 0;
    for (Row& row : picture.rows) {
        const Day patient_until = row.due + ruleset.grace_days;
        if (patient_until < picture.day) overdue += row.owed_without_penalty();
        if (patient_until + 1 == picture.day) row.in_time = row.paid_off();
        if (ruleset.grace_days == 0 || patient_until + 1 != picture.day) continue;
        // When it came out of grace, somebody could take it for met.
        if (picture.unburdened.contains(picture.day)) continue;
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
    const Transaction& transaction = story_.at(place).transaction;
    std::map<Day, Day> late;
    for (Day day = transaction.value_date; day <= newest; ++day) late[day] = 0;
    if (relied_on(transaction.body)) walk(known(~std::uint64_t{0}), newest, std::nullopt, &late);
    Happening& gone = story_.at(place);
    gone.undone = entry;
    gone.undone_on = newest;
    gone.late_then = late[newest];
    late.erase(newest);
    for (const auto& [day, days] : late) gone.shown_from = std::max(gone.shown_from, day - days);
}

std::optional<std::size_t> Contract::find(MemberId submitter, TransactionId id) const {
    for (std::size_t place = 0; place < story_.size(); ++place) {
        if (story_[place].submitter == submitter && story_[place].transaction.id == id) {
            return place;
        }
    }
    return std::nullopt;
}

Contract::Walk Contract::walk(std::vector<Happening> events, Day until,
                              std::optional<std::uint64_t> candidate,
                              std::map<Day, Day>* late) const {
    Walk walk;
    for (const Happening& event : events) {
        if (event.undone) leave_behind(walk.picture, event);
    }
    std::erase_if(events, [until](const Happening& event) { return day_of(event) > until; });
    std::sort(events.begin(), events.end(), [](const Happening& left, const Happening& right) {
        return std::pair(day_of(left), left.entry) < std::pair(day_of(right), right.entry);
    });
    std::size_t next = 0;
    const Day first = events.empty() ? until : day_of(events.front());
    for (Day day = first; day <= until; ++day) {
        Picture& picture = walk.picture;
        picture.day = day;
        if (picture.captured) begin_day(picture, ruleset_);
        for (; next < events.size() && day_of(events[next]) == day; ++next) {
            const Happening& event = events[next];
            if (event.undone) {
                note_gone(picture, event, ruleset_);
                continue;
            }
            walk.why = objections(picture, ruleset_, product_, event, candidate == event.entry);
            if (!walk.why.empty()) {
                walk.stopped_at = event.entry;
                return walk;
            }
            apply(picture, event);
        }
        if (late != nullptr && late->contains(day)) (*late)[day] = picture.days_past_due();
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
        broken.push_back(now.gave_up ? Outcome::contract_charged_off
                                     : Outcome::contract_not_active);
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

std::vector<Outcome> Contract::judge_undoing(std::size_t place, Day newest) const {
    Contract without = *this;
    without.undo(place, ~std::uint64_t{0} - 1, newest);
    Day last = begin();
    for (const Happening& event : without.story_) {
        if (!event.undone) last = std::max(last, event.transaction.value_date);
    }
    if (without.walk(without.story_, last).why.empty()) return {};
    return {Outcome::replay_conflict};
}

}  // namespace tally::testing::opinion
