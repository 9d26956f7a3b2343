#include <algorithm>

#include "base/check.h"
#include "ledger/apr.h"
#include "ledger/schedule.h"
#include "tests/ledger/second_opinion.h"

// What each type does to a contract.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

constexpr Component kCharges[] = {Component::fee, Component::interest};

void bill(Picture& picture, Row& row, Component component, Wide amount) {
    row.agreed[component] += amount;
    row.owed[component] += amount;
    picture.billed[component] += amount;
}

void start(Picture& picture, const ProductRegister& product, const Capture& capture, Day day) {
    picture.captured = true;
    picture.principal = capture.principal;
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

void penalise(Picture& picture, Wide amount) {
    // Of rows that are late by the calendar, whatever days past due are counted from.
    std::size_t place = picture.oldest_overdue();
    if (place == picture.rows.size()) {
        const std::size_t running = picture.running_row();
        place = running == 0 ? 0 : running - 1;
    }
    bill(picture, picture.rows.at(place), Component::penalty, amount);
    picture.assessed += amount;
}

struct Doer {
    Picture& picture;
    Effect& effect;
    const RulesetRegister& ruleset;
    const ProductRegister& product;
    const Happening& happening;

    void close(const std::optional<HardshipId>& request) const {
        if (request) picture.open.erase(*request);
    }
    void lapse(Row& row, Component component, Wide amount) const {
        row.owed[component] -= amount;
        picture.lapsed[component] += amount;
        effect.lapsed += amount;
    }
    /// What was paid for months that have not ended, nothing of the purchase being left.
    Wide give_back() const {
        Wide sum = 0;
        for (Row& row : picture.rows) {
            for (const Component charge : kCharges) {
                if (row.due <= picture.day) break;
                const Wide back = row.for_its_time(charge);
                row.given_back[charge] += back;
                picture.given_back[charge] += back;
                sum += back;
            }
        }
        for (auto& [place, one] : picture.early) {
            if (one.until <= picture.day) continue;
            for (auto& [charge, amount] : one.charges) {
                picture.given_back[charge] += amount;
                sum += amount;
                amount = 0;
            }
        }
        return sum;
    }
    /// What a row still asks for its time is asked no more.
    void lapse_rest(Row& row) const {
        for (const Component charge : kCharges) lapse(row, charge, row.may_lapse(charge));
    }
    void pay(Wide amount) const {
        const auto parts = picture.spread(ruleset, amount);
        take(picture, parts, picture.repaid, true);
        effect.allocation.insert(effect.allocation.end(), parts.begin(), parts.end());
    }

    void operator()(const Capture& body) const { start(picture, product, body, picture.day); }
    void bring(Wide amount) const {
        effect.payment = amount;
        effect.credit = std::max<Wide>(0, amount - picture.owed());
        pay(amount);
    }
    void operator()(const Repayment& body) const { bring(body.amount); }
    void operator()(const DebitResult&) const {
        if (happening.drawn == 0) {
            ++picture.failed_in_a_row;
        } else {
            picture.failed_in_a_row = 0;
            bring(happening.drawn);
        }
    }
    void operator()(const PrepaySettle& body) const {
        effect.payment = body.amount;
        penalise(picture, picture.unassessed(ruleset));
        if (product.prepayment == Prepayment::running_period) {
            for (std::size_t place = picture.running_row() + 1; place < picture.rows.size();
                 ++place) {
                lapse_rest(picture.rows[place]);
            }
        }
        pay(picture.owed());
    }

    /// What a refund takes off each row's principal.
    std::vector<Wide> off_rows(Wide amount) const {
        const Wide open = picture.owed(Component::principal);
        std::vector<Wide> off(picture.rows.size());
        if (product.refund == RefundPolicy::last_rows_first) {
            for (std::size_t place = picture.rows.size(); place-- > 0;) {
                off[place] = std::min(amount, in(picture.rows[place].owed, Component::principal));
                amount -= off[place];
            }
            return off;
        }
        Wide owed_so_far = 0, left_so_far = 0;
        for (std::size_t place = 0; place < off.size() && open > 0; ++place) {
            const Wide owed = in(picture.rows[place].owed, Component::principal);
            owed_so_far += owed;
            const Wide left = owed_so_far * (open - amount) / open - left_so_far;
            left_so_far += left;
            off[place] = owed - left;
        }
        return off;
    }
    void operator()(const MerchantRefund& body) const {
        const Wide open = picture.owed(Component::principal);
        const Wide amount = std::min<Wide>(body.amount, open);
        const std::vector<Wide> off = off_rows(amount);
        for (std::uint32_t place = 0; place < off.size(); ++place) {
            if (off[place] == 0) continue;
            effect.allocation.push_back({place, Component::principal, narrow(off[place])});
        }
        take(picture, effect.allocation, picture.refunded, false);
        picture.refunds += body.amount;
        for (Row& row : picture.rows) {
            if (row.due <= picture.day) continue;
            if (in(row.owed, Component::principal) == 0) {
                lapse_rest(row);
                continue;
            }
            for (const Component charge : kCharges) {
                const Wide asked = row.may_lapse(charge);
                lapse(row, charge, asked - asked * (open - amount) / open);
            }
        }
        const bool dear = amount > 0 && !picture.rest_within(product.apr_cap_ppm);
        for (Row& row : picture.rows) {
            if (picture.refunds == picture.principal) {
                for (const Component charge : kCharges) lapse(row, charge, in(row.owed, charge));
            } else if (dear && row.due > picture.day) {
                lapse_rest(row);
            }
        }
        Wide rest = body.amount - amount;
        // Nobody paid what was waived.
        const Wide unpaid = std::min(rest, in(picture.waived, Component::principal));
        picture.waived[Component::principal] -= unpaid;
        picture.refunded[Component::principal] += unpaid;
        rest -= unpaid;
        if (picture.refunds == picture.principal) {
            rest += give_back();
            picture.compromised = false;
        }
        effect.credit = std::max<Wide>(0, rest - picture.owed());
        pay(std::min(rest, picture.owed()));
    }
    void operator()(const OverpayRefund& body) const { picture.credit -= body.amount; }
    void operator()(const Chargeback& body) const {
        Effect& payment = picture.effects.at(happening.target.value());
        picture.charged_back_on = picture.day;
        // Of all that the payment did, from its end: these many are gone already.
        Wide gone = payment.taken_back;
        Wide wanted = body.amount;
        payment.taken_back += wanted;
        const auto some_of = [&](Wide had) {
            const Wide passed = std::min(gone, had);
            const Wide part = std::min(wanted, had - passed);
            gone -= passed;
            wanted -= part;
            return part;
        };
        const Wide unowed = some_of(payment.credit);
        effect.credit = std::min(unowed, picture.credit);
        picture.credit -= effect.credit;
        std::vector<std::pair<std::uint32_t, Allocation>> again;  // and the plan of its row
        for (Wide missing = unowed - effect.credit; missing > 0;) {
            Allocation& last = picture.paid_by_credit.back().part;
            const Wide part = std::min<Wide>(missing, last.amount);
            again.emplace_back(picture.paid_by_credit.back().plan,
                               Allocation{last.instalment, last.component, narrow(part)});
            last.amount -= narrow(part);
            missing -= part;
            if (last.amount == 0) picture.paid_by_credit.pop_back();
        }
        const std::vector<Allocation> met = payment.allocation;
        for (std::size_t place = met.size(); place-- > 0;) {
            const Wide part = some_of(met[place].amount);
            if (part == 0) continue;
            again.emplace_back(payment.plan, Allocation{met[place].instalment, met[place].component,
                                                        narrow(part)});
        }
        for (const auto& [plan, part] : again) {
            open_again(part, plan, payment);
            effect.allocation.push_back(part);
        }
        // Credit beside a debt pays it.
        const Wide both = std::max<Wide>(0, std::min(picture.credit, picture.owed()));
        const auto paid = picture.spread(ruleset, both);
        take(picture, paid, picture.repaid, true);
        picture.credit -= both;
        for (const Allocation& part : paid) picture.paid_by_credit.push_back({picture.plans, part});
        if (payment.plan == picture.plans || picture.gave_up) return;
        // The re-plan since did not see how late it had been.
        for (const Allocation& part : met) {
            if (part.component == Component::penalty) continue;
            const std::set<Day>& late = payment.late[payment.dues.at(part.instalment)];
            const std::uint32_t reached = picture.class_of(ruleset, late);
            if (reached <= picture.kept(ruleset)) continue;
            picture.class_kept = reached;
            picture.observed_since = picture.day;
        }
    }
    /// Of a charge that was paid in an earlier plan: what was paid too early counts as not paid.
    Wide ask_again(const Allocation& part, std::uint32_t plan) const {
        const auto paid = picture.early.find({plan, part.instalment});
        if (paid == picture.early.end() || paid->second.until <= picture.day) return 0;
        Wide& charge = paid->second.charges[part.component];
        const Wide asked = std::min<Wide>(charge, part.amount);
        charge -= asked;
        return asked;
    }
    void open_again(const Allocation& part, std::uint32_t plan, Effect& payment) const {
        picture.repaid[part.component] -= part.amount;
        if (picture.gave_up) {
            picture.charged_off[part.component] += part.amount;
            return;
        }
        const bool same = plan == picture.plans;
        const std::size_t running = std::min(picture.running_row(), picture.rows.size() - 1);
        Row& row = picture.rows.at(same ? part.instalment : running);
        if (part.component != Component::penalty) {
            const bool met = row.owed_without_penalty() == 0;
            if (met) row.again.clear();
            // Of a row that was never met all days count anyway.
            if (met || !row.again.empty()) {
                row.again.push_back(
                    {picture.day, payment.late[row.due], payment.late_by_rows[row.due]});
            }
        }
        (same ? row.paid : row.agreed)[part.component] += same ? -part.amount : part.amount;
        if (!same) row.earned_before[part.component] += part.amount - ask_again(part, plan);
        row.owed[part.component] += part.amount;
        if (part.component == Component::penalty) return;
        if (row.in_time) row.in_time = false;
        row.open_again.emplace_back(picture.day, part.amount);
    }

    void operator()(const PenaltyAssess& body) const {
        const Wide stands = std::min<Wide>(body.amount, picture.unassessed(ruleset));
        effect.released = body.amount - stands;
        penalise(picture, stands);
    }
    void operator()(const Waive& body) const {
        effect.allocation = body.parts;
        take(picture, effect.allocation, picture.waived, false);
        for (const Allocation& part : body.parts) {
            if (part.component != Component::penalty) {
                picture.rows.at(part.instalment).forgiven = true;
            }
        }
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
        const auto periods = static_cast<std::uint32_t>(body.schedule.size());
        const Wide unassessed = picture.unassessed(ruleset);
        Sums carried = picture.arrears(ruleset);
        carried[Component::penalty] -= body.waived_penalty;
        picture.billed[Component::penalty] += unassessed;
        picture.assessed += unassessed;
        picture.waived[Component::penalty] += body.waived_penalty;
        picture.class_kept = picture.asset_class(ruleset, true);
        picture.observed_since = picture.day;
        ++picture.replans;
        const ScheduleTerms terms = picture.replanned(periods, body.rate_ppm);
        for (Row& row : picture.rows) {
            if (row.due > picture.day) lapse_rest(row);
        }
        for (std::uint32_t place = 0; place < picture.rows.size(); ++place) {
            const Row& row = picture.rows[place];
            if (row.due <= picture.day) continue;
            // What nobody paid of it has lapsed by now.
            Sums& charges = picture.early[{picture.plans, place}].charges;
            for (const Component charge : kCharges) charges[charge] = row.for_its_time(charge);
            picture.early[{picture.plans, place}].until = row.due;
        }
        picture.rows.clear();
        for (const Instalment& instalment : compute_schedule(terms).rows) {
            Row& row = picture.rows.emplace_back();
            row.due = instalment.due;
            if (picture.rows.size() == 1) row.agreed = row.owed = row.earned_before = carried;
            bill(picture, row, Component::fee, instalment.fee);
            bill(picture, row, Component::interest, instalment.interest);
            // The principal was billed by the capture.
            row.agreed[Component::principal] = row.owed[Component::principal] =
                instalment.principal;
        }
        picture.terms = terms;
        ++picture.plans;
        close(body.request);
    }
    void operator()(const ChargeOff&) const {
        for (Row& row : picture.rows) {
            if (row.due > picture.day) lapse_rest(row);
        }
        for (std::uint32_t place = 0; place < picture.rows.size(); ++place) {
            for (const auto& [component, amount] : picture.rows[place].owed) {
                if (amount > 0) effect.allocation.push_back({place, component, narrow(amount)});
            }
        }
        take(picture, effect.allocation, picture.charged_off, false);
        picture.gave_up = true;
    }
    void operator()(const DebtSettle& body) const {
        const std::map<Component, Wide> said{{Component::penalty, body.penalty},
                                             {Component::fee, body.fee},
                                             {Component::interest, body.interest},
                                             {Component::principal, body.principal}};
        if (picture.gave_up) {
            picture.recovered += body.amount;
            for (const auto& [component, amount] : said) picture.forgone[component] += amount;
            return;
        }
        for (Row& row : picture.rows) {
            if (row.due > picture.day) lapse_rest(row);
        }
        pay(body.amount);
        for (auto [component, rest] : said) {
            for (std::size_t place = picture.rows.size(); place-- > 0;) {
                Row& row = picture.rows[place];
                const Wide part = std::min(rest, in(row.owed, component));
                if (part == 0) continue;
                if (component != Component::penalty) row.forgiven = true;
                row.owed[component] -= part;
                picture.waived[component] += part;
                rest -= part;
            }
        }
        picture.compromised = true;
    }
    void operator()(const MerchantSettle& body) const { picture.to_merchant += body.amount; }
    void operator()(const Recovery& body) const {
        picture.recovered += body.amount;
        picture.commission += body.commission;
    }
    /// Marks and who works on it move nothing; other types are no events of a contract.
    template <typename Other>
    void operator()(const Other&) const {}
};

}  // namespace

void Contract::apply(Picture& picture, const Happening& happening) const {
    Effect effect;
    effect.plan = picture.plans;
    effect.days_past_due = picture.days_past_due();
    const TransactionBody& body = happening.transaction.body;
    const bool matters = std::holds_alternative<Repayment>(body) ||
                         std::holds_alternative<PrepaySettle>(body) ||
                         std::holds_alternative<DebitResult>(body);
    if (matters) {
        for (const Row& row : picture.rows) {
            effect.dues.push_back(row.due);
            effect.late[row.due] = picture.late_of(row, true);
            effect.late_by_rows[row.due] = picture.late_by_rows_of(row);
        }
    }
    std::visit(Doer{picture, effect, ruleset_, product_, happening}, happening.transaction.body);
    // A chargeback's credit is one that is gone.
    if (!std::holds_alternative<Chargeback>(happening.transaction.body)) {
        picture.credit += effect.credit;
    }
    effect.outstanding = picture.owed();
    picture.effects[happening.entry] = std::move(effect);
}

bool Picture::rest_within(Ppm cap) const {
    std::vector<Instalment> rest;
    for (const Row& row : rows) {
        if (row.due <= day) continue;
        rest.push_back({row.due, narrow(in(row.owed, Component::principal)),
                        narrow(row.may_lapse(Component::fee)),
                        narrow(row.may_lapse(Component::interest))});
    }
    Wide principal_left = 0;
    for (const Instalment& row : rest) principal_left += row.principal;
    if (principal_left == 0) return true;
    const auto rate = apr_ppm(narrow(principal_left), rest);
    return rate && *rate <= cap;
}

}  // namespace tally::testing::opinion
