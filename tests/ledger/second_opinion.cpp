#include "tests/ledger/second_opinion.h"

#include <algorithm>

#include "base/check.h"
#include "ledger/schedule.h"

namespace tally::testing::opinion {

using namespace ledger;

namespace {

/// Lets a charge of a row lapse.
void lapse(Picture& picture, Row& row, Component component) {
    picture.lapsed[component] += row.owed[component];
    row.owed[component] = 0;
}

void bill(Picture& picture, Row& row, Component component, Wide amount) {
    row.agreed[component] += amount;
    row.owed[component] += amount;
    picture.billed[component] += amount;
}

void start(Picture& picture, const ProductRegister& product, const Capture& capture, Day day) {
    picture.captured = true;
    picture.principal = capture.principal;
    picture.rate_ppm = capture.rate_ppm;
    picture.terms.method = product.method;
    picture.terms.day_count = product.day_count;
    picture.terms.month_end = product.month_end;
    picture.terms.remainder = product.remainder;
    picture.terms.principal = capture.principal;
    picture.terms.rate_ppm = capture.rate_ppm;
    picture.terms.periods = static_cast<std::uint32_t>(capture.schedule.size());
    picture.terms.anchor = day;
    for (const Instalment& instalment : compute_schedule(picture.terms).rows) {
        Row& row = picture.rows.emplace_back();
        row.due = instalment.due;
        bill(picture, row, Component::fee, instalment.fee);
        bill(picture, row, Component::interest, instalment.interest);
        bill(picture, row, Component::principal, instalment.principal);
    }
}

void take(Picture& picture, const std::vector<Allocation>& parts, Sums& into, bool payment) {
    for (const Allocation& part : parts) {
        Row& row = picture.rows.at(part.instalment);
        TALLY_CHECK(row.owed[part.component] >= part.amount);
        row.owed[part.component] -= part.amount;
        if (payment) row.paid[part.component] += part.amount;
        into[part.component] += part.amount;
    }
}

void refund(Picture& picture, Effect& effect, Wide amount) {
    picture.refunds += amount;
    for (std::size_t place = picture.rows.size(); place-- > 0;) {
        const Wide part = std::min(amount, in(picture.rows[place].owed, Component::principal));
        if (part == 0) continue;
        amount -= part;
        effect.allocation.push_back(
            {static_cast<std::uint32_t>(place), Component::principal, narrow(part)});
    }
    take(picture, effect.allocation, picture.refunded, false);
    effect.credit = amount;
    if (picture.refunds != picture.principal) return;
    for (Row& row : picture.rows) {
        lapse(picture, row, Component::fee);
        lapse(picture, row, Component::interest);
    }
}

void penalise(Picture& picture, Wide amount) {
    std::size_t place = picture.oldest_overdue();
    if (place == picture.rows.size()) {
        const std::size_t running = picture.running_row();
        place = running == 0 ? 0 : running - 1;
    }
    bill(picture, picture.rows.at(place), Component::penalty, amount);
    picture.assessed += amount;
}

void replan(Picture& picture, std::uint32_t periods, Ppm rate) {
    const Sums carried = picture.arrears();
    const ScheduleTerms terms = picture.replanned(periods, rate);
    for (Row& row : picture.rows) {
        if (row.due <= picture.day) continue;
        lapse(picture, row, Component::fee);
        lapse(picture, row, Component::interest);
    }
    picture.rows.clear();
    for (const Instalment& instalment : compute_schedule(terms).rows) {
        Row& row = picture.rows.emplace_back();
        row.due = instalment.due;
        if (picture.rows.size() == 1) row.agreed = row.owed = carried;
        bill(picture, row, Component::fee, instalment.fee);
        bill(picture, row, Component::interest, instalment.interest);
        // The principal was billed by the capture.
        row.agreed[Component::principal] = row.owed[Component::principal] = instalment.principal;
    }
    picture.terms = terms;
    ++picture.plans;
}

struct Doer {
    Picture& picture;
    Effect& effect;
    const RulesetRegister& ruleset;
    const ProductRegister& product;

    void close(const std::optional<HardshipId>& request) const {
        if (request) picture.open.erase(*request);
    }
    void operator()(const Capture& body) const { start(picture, product, body, picture.day); }
    void operator()(const Repayment& body) const {
        effect.allocation = picture.spread(ruleset, body.amount);
        effect.credit = std::max<Wide>(0, body.amount - picture.owed());
        take(picture, effect.allocation, picture.repaid, true);
    }
    void operator()(const PrepaySettle&) const {
        if (product.prepayment == Prepayment::running_period) {
            for (std::size_t place = picture.running_row() + 1; place < picture.rows.size();
                 ++place) {
                lapse(picture, picture.rows[place], Component::fee);
                lapse(picture, picture.rows[place], Component::interest);
            }
        }
        effect.allocation = picture.spread(ruleset, picture.owed());
        take(picture, effect.allocation, picture.repaid, true);
    }
    void operator()(const MerchantRefund& body) const { refund(picture, effect, body.amount); }
    void operator()(const PenaltyAssess& body) const { penalise(picture, body.amount); }
    void operator()(const Waive& body) const {
        effect.allocation = body.parts;
        take(picture, effect.allocation, picture.waived, false);
    }
    void operator()(const HardshipRequest& body) const {
        if (body.stage == HardshipStage::refused) {
            picture.open.erase(body.request);
        } else {
            picture.asked.insert(body.request);
            picture.open.insert(body.request);
        }
    }
    void operator()(const GraceGrant& body) const {
        for (Day day = body.from; day <= body.to; ++day) picture.paused.insert(day);
        ++picture.grants;
        close(body.request);
    }
    void operator()(const Reschedule& body) const {
        replan(picture, static_cast<std::uint32_t>(body.schedule.size()), body.rate_ppm);
        close(body.request);
    }
    void operator()(const ChargeOff&) const {
        for (std::uint32_t place = 0; place < picture.rows.size(); ++place) {
            for (const auto& [component, amount] : picture.rows[place].owed) {
                if (amount > 0) effect.allocation.push_back({place, component, narrow(amount)});
            }
        }
        take(picture, effect.allocation, picture.charged_off, false);
        picture.gave_up = true;
    }
    void operator()(const Recovery& body) const {
        picture.recovered += body.amount;
        picture.commission += body.commission;
    }
    /// Marks move nothing; other types are no events of a contract.
    template <typename Other>
    void operator()(const Other&) const {}
};

}  // namespace

void Contract::apply(Picture& picture, const Happening& happening) const {
    Effect& effect = picture.effects[happening.entry];
    effect.days_past_due = picture.days_past_due();
    std::visit(Doer{picture, effect, ruleset_, product_}, happening.transaction.body);
    picture.credit += effect.credit;
    effect.outstanding = picture.owed();
}

Contract::Walk Contract::walk(std::vector<Happening> events, Day until,
                              std::optional<std::uint64_t> candidate) const {
    std::sort(events.begin(), events.end(), [](const Happening& left, const Happening& right) {
        return std::pair(left.transaction.value_date, left.entry) <
               std::pair(right.transaction.value_date, right.entry);
    });
    Walk walk;
    std::size_t next = 0;
    const Day first = events.empty() ? until : events.front().transaction.value_date;
    for (Day day = first; day <= until; ++day) {
        Picture& picture = walk.picture;
        picture.day = day;
        if (picture.captured) {
            Wide overdue = 0;
            for (const Row& row : picture.rows) {
                if (row.due < day) overdue += row.owed_without_penalty();
            }
            picture.base[day] = overdue;
        }
        for (; next < events.size() && events[next].transaction.value_date == day; ++next) {
            const Happening& event = events[next];
            walk.why = objections(picture, ruleset_, product_, event.transaction,
                                  candidate == event.entry);
            if (!walk.why.empty()) {
                walk.stopped_at = event.entry;
                return walk;
            }
            apply(picture, event);
        }
    }
    return walk;
}

std::vector<Happening> Contract::live() const {
    std::vector<Happening> events;
    for (const Happening& happening : story_) {
        if (!happening.undone) events.push_back(happening);
    }
    return events;
}

Picture Contract::at(Day as_of, std::uint64_t known_at) const {
    std::vector<Happening> events;
    for (const Happening& happening : story_) {
        if (happening.entry > known_at || happening.transaction.value_date > as_of) continue;
        if (!happening.undone || *happening.undone > known_at) events.push_back(happening);
    }
    Walk walked = walk(std::move(events), as_of);
    // What was accepted fits for ever.
    TALLY_CHECK(walked.why.empty());
    return walked.picture;
}

std::vector<Outcome> Contract::judge(const Transaction& transaction) const {
    std::vector<Outcome> broken;
    const Day back = transaction.business_date - transaction.value_date;
    if (back < 0) broken.push_back(Outcome::value_date_ahead);
    if (transaction.value_date < begin()) broken.push_back(Outcome::date_outside_validity);
    if (back > ruleset_.backdating_days_max) broken.push_back(Outcome::backdated_too_far);
    std::vector<Happening> events = live();
    Day last = transaction.value_date;
    for (const Happening& event : events) last = std::max(last, event.transaction.value_date);
    constexpr std::uint64_t kCandidate = ~std::uint64_t{0} - 1;
    events.push_back({transaction, kCandidate, std::nullopt});
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

std::vector<Outcome> Contract::judge_undoing(std::size_t place) const {
    std::vector<Happening> events = live();
    std::erase_if(events,
                  [&](const Happening& event) { return event.entry == story_.at(place).entry; });
    Day last = begin();
    for (const Happening& event : events) last = std::max(last, event.transaction.value_date);
    if (walk(std::move(events), last).why.empty()) return {};
    return {Outcome::replay_conflict};
}

}  // namespace tally::testing::opinion
