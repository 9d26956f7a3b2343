#include "tests/ledger/second_opinion.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace tally::testing::opinion {

using namespace ledger;

namespace {

constexpr Wide kMillion = 1'000'000;
constexpr Component kAll[] = {Component::penalty, Component::fee, Component::interest,
                              Component::principal};

}  // namespace

Wide in(const Sums& sums, Component component) {
    const auto found = sums.find(component);
    return found == sums.end() ? 0 : found->second;
}

Amount narrow(Wide amount) {
    TALLY_CHECK(amount >= 0 && amount <= std::numeric_limits<Amount>::max());
    return static_cast<Amount>(amount);
}

Wide sum_of(const Sums& sums) {
    Wide sum = 0;
    for (const auto& [component, amount] : sums) sum += amount;
    return sum;
}

bool Row::paid_off() const {
    const Wide money = sum_of(paid) - in(paid, Component::penalty);
    return owed_without_penalty() == 0 && money > 0 && !forgiven;
}

Wide Row::owed_without_penalty() const { return sum_of(owed) - in(owed, Component::penalty); }

Wide Row::for_its_time(Component charge) const {
    const Wide had = in(owed, charge) + in(paid, charge);
    return std::max<Wide>(0, had - in(given_back, charge) - in(earned_before, charge));
}

Wide Row::may_lapse(Component charge) const {
    return std::min(in(owed, charge), for_its_time(charge));
}

Wide Picture::owed(Component component) const {
    Wide sum = 0;
    for (const Row& row : rows) sum += in(row.owed, component);
    return sum;
}

Wide Picture::owed() const {
    Wide sum = 0;
    for (const Component component : kAll) sum += owed(component);
    return sum;
}

ContractStatus Picture::status() const {
    if (!captured) return ContractStatus::none;
    if (gave_up) {
        if (sum_of(charged_off) == 0 || recoverable() > 0) return ContractStatus::charged_off;
        return sum_of(forgone) > 0 ? ContractStatus::closed_settled
                                   : ContractStatus::closed_recovered;
    }
    if (owed() > 0) return ContractStatus::active;
    if (refunds == principal && !compromised) return ContractStatus::closed_refunded;
    if (credit > 0) return ContractStatus::overpaid;
    if (compromised) return ContractStatus::closed_settled;
    return in(waived, Component::principal) > 0 ? ContractStatus::closed_waived
                                                : ContractStatus::closed_paid;
}

std::size_t Picture::oldest_overdue() const {
    std::size_t place = 0;
    while (place < rows.size() &&
           (rows[place].due >= day || rows[place].owed_without_penalty() == 0))
        ++place;
    return place;
}

std::set<Day> Picture::late_days(bool in_truth) const {
    std::set<Day> most;
    for (const Row& row : rows) {
        std::set<Day> late = late_of(row, in_truth);
        if (late.size() > most.size()) most = std::move(late);
    }
    return most;
}

std::set<Day> Picture::late_by_rows() const {
    std::set<Day> most;
    for (const Row& row : rows) {
        std::set<Day> late = late_by_rows_of(row);
        if (late.size() > most.size()) most = std::move(late);
    }
    return most;
}

std::set<Day> Picture::late_of(const Row& row, bool in_truth) const {
    if (row.due >= day || row.owed_without_penalty() == 0) return {};
    std::vector<Again> lists = row.again;
    if (lists.empty()) lists.push_back({row.due, {}, {}});
    std::set<Day> most;
    for (const Again& again : lists) {
        std::set<Day> late;
        for (Day one = row.due + 1; one <= day; ++one) {
            const bool counts = one > again.since || again.before.contains(one);
            if (counts) late.insert(late.end(), one);
        }
        late = relieved(std::move(late), row.due, row.again.empty() ? -1 : again.since, in_truth);
        if (late.size() > most.size()) most = std::move(late);
    }
    return most;
}

std::set<Day> Picture::late_by_rows_of(const Row& row) const {
    if (row.due >= day || row.owed_without_penalty() == 0) return {};
    std::vector<Again> lists = row.again;
    if (lists.empty()) lists.push_back({row.due, {}, {}});
    std::set<Day> most;
    for (const Again& again : lists) {
        std::set<Day> late;
        for (Day one = row.due + 1; one <= day; ++one) {
            const bool counts = one > again.since || again.before_by_rows.contains(one);
            if (counts) late.insert(late.end(), one);
        }
        if (late.size() > most.size()) most = std::move(late);
    }
    return most;
}

std::set<Day> Picture::relieved(std::set<Day> late, Day due, Day since, bool in_truth) const {
    for (const Relief& relief : reliefs) {
        const bool shown = relief.oldest.contains(day) && !in_truth;
        if (relief.from > day || (relief.from <= since && !shown)) continue;
        std::set<Day> less = relief.less(late, due, day, !shown);
        if (less.size() < late.size()) late = std::move(less);
    }
    return late;
}

std::set<Day> Relief::less(const std::set<Day>& late, Day due, Day day, bool truth) const {
    std::set<Day> with, without;
    for (Day one = due + 1; one <= day; ++one) {
        if (counts_with(one, day)) with.insert(with.end(), one);
    }
    for (const Day one : late) {
        if (one < from || one > until) without.insert(without.end(), one);
    }
    return truth && without.size() >= with.size() ? without : with;
}

bool Relief::counts_with(Day late, Day day) const {
    return late > until || late > oldest.at(std::min(day, until));
}

Day Picture::oldest_open() const {
    for (const Row& row : rows) {
        if (row.owed_without_penalty() > 0) return row.due;
    }
    return kForEver;
}

Day Picture::counts_after() const {
    const Day oldest = oldest_open();
    return oldest >= day ? oldest : day - static_cast<Day>(late_days().size());
}

Day Picture::by_rows_after() const {
    const Day oldest = oldest_open();
    return oldest >= day ? oldest : day - static_cast<Day>(late_by_rows().size());
}

bool Picture::by_calendar() const { return reliefs.empty() && charged_back_on == 0; }

Day Picture::days_past_due() const {
    // As long as nothing was taken back, the calendar says it: lives are long.
    if (!by_calendar()) return static_cast<Day>(late_days().size());
    const std::size_t oldest = oldest_overdue();
    return oldest == rows.size() ? 0 : day - rows[oldest].due;
}

Day Picture::delinquent_days(const RulesetRegister& ruleset, bool in_truth, Day last) const {
    Day days = -ruleset.grace_days;
    if (by_calendar() && last >= day) {
        const Day late = days_past_due();
        const auto first = paused.upper_bound(day - late);
        days += late - static_cast<Day>(std::distance(first, paused.upper_bound(day)));
        return std::max(0, days);
    }
    for (const Day late : late_days(in_truth)) {
        if (late <= last && !paused.contains(late)) ++days;
    }
    return std::max(0, days);
}

std::uint32_t Picture::bucket(const RulesetRegister& ruleset) const {
    const Day days = delinquent_days(ruleset);
    if (days == 0) return 0;
    std::uint32_t bucket = 1;
    for (const Day bound : ruleset.bucket_days) {
        if (bound < days) ++bucket;
    }
    return bucket;
}

std::uint32_t Picture::asset_class(const RulesetRegister& ruleset, bool in_truth, Day last) const {
    if (gave_up) return 4;
    std::uint32_t reached = 0;
    const Day delinquent = delinquent_days(ruleset, in_truth, last);
    for (const Day first : ruleset.class_days) {
        if (first <= delinquent) ++reached;
    }
    return std::max(reached, kept(ruleset));
}

std::uint32_t Picture::class_of(const RulesetRegister& ruleset, const std::set<Day>& late) const {
    const auto counts = std::ranges::count_if(late, [&](Day one) { return !paused.contains(one); });
    const Wide left = Wide{counts} - ruleset.grace_days;
    const auto reached = std::ranges::count_if(
        ruleset.class_days, [left](Day first) { return left > 0 && first <= left; });
    return static_cast<std::uint32_t>(reached);
}

std::uint32_t Picture::kept(const RulesetRegister& ruleset) const {
    if (status() != ContractStatus::active) return 0;
    std::uint32_t longest = 0, running = 0;
    for (const Row& row : rows) {
        if (row.due <= observed_since || row.due > day) continue;
        ++running;
        if (!row.in_time.value_or(row.paid_off())) running = 0;
        longest = std::max(longest, running);
    }
    return longest < ruleset.observation_rows ? class_kept : 0;
}

Wide Picture::accrued(const RulesetRegister& ruleset) const {
    struct Run {
        Wide base = 0;
        Wide days = 0;
    };
    std::vector<Run> runs;
    for (const auto& [date, found] : base) {
        if (runs.empty() || runs.back().base != found) runs.push_back({found, 0});
        if (!paused.contains(date) && !unburdened.contains(date)) ++runs.back().days;
    }
    Wide sum = 0;
    for (const Run& run : runs) {
        const Wide product = run.base * ruleset.penalty_ppm_day * run.days;
        sum += product / kMillion + (product % kMillion >= kMillion / 2 ? 1 : 0);
    }
    for (const Wide owed_days : out_of_grace) {
        const Wide product = owed_days * ruleset.penalty_ppm_day;
        sum += product / kMillion + (product % kMillion >= kMillion / 2 ? 1 : 0);
    }
    return std::min(sum, principal * ruleset.penalty_cap_ppm / kMillion);
}

Wide Picture::unassessed(const RulesetRegister& ruleset) const {
    if (status() != ContractStatus::active) return 0;
    return std::max<Wide>(0, accrued(ruleset) - assessed);
}

std::vector<Allocation> Picture::spread(const RulesetRegister& ruleset, Wide amount) const {
    std::vector<Component> order(ruleset.order.begin(), ruleset.order.end());
    if (ruleset.principal_first_after > 0 &&
        delinquent_days(ruleset) > ruleset.principal_first_after) {
        std::erase(order, Component::principal);
        order.insert(order.begin(), Component::principal);
    }
    std::vector<Allocation> parts;
    for (std::uint32_t place = 0; place < rows.size(); ++place) {
        for (const Component component : order) {
            const Wide part = std::min(amount, in(rows[place].owed, component));
            if (part > 0) parts.push_back({place, component, narrow(part)});
            amount -= part;
        }
    }
    return parts;
}

std::size_t Picture::running_row() const {
    std::size_t place = 0;
    while (place < rows.size() && rows[place].due < day) ++place;
    return place;
}

Wide Picture::settlement(Prepayment prepayment, const RulesetRegister& ruleset) const {
    Wide sum = owed() + unassessed(ruleset);
    if (prepayment == Prepayment::all_charges) return sum;
    for (std::size_t place = running_row() + 1; place < rows.size(); ++place) {
        sum -= rows[place].may_lapse(Component::fee) + rows[place].may_lapse(Component::interest);
    }
    return sum;
}

Sums Picture::arrears(const RulesetRegister& ruleset) const {
    Sums carried;
    carried[Component::penalty] = owed(Component::penalty) + unassessed(ruleset);
    for (const Row& row : rows) {
        for (const Component charge : {Component::fee, Component::interest}) {
            carried[charge] += in(row.owed, charge);
            if (row.due > day) carried[charge] -= row.may_lapse(charge);
        }
    }
    return carried;
}

Sums Picture::loss() const {
    Sums lost;
    lost[Component::penalty] = owed(Component::penalty);
    lost[Component::principal] = owed(Component::principal);
    for (const Row& row : rows) {
        for (const Component charge : {Component::fee, Component::interest}) {
            lost[charge] += in(row.owed, charge) - (row.due > day ? row.may_lapse(charge) : 0);
        }
    }
    return lost;
}

Wide Picture::recoverable() const { return sum_of(charged_off) - recovered - sum_of(forgone); }

Sums Picture::left_by(const RulesetRegister& ruleset, Wide money) const {
    Sums left;
    if (!gave_up) {
        Picture then = *this;
        for (Row& row : then.rows) {
            if (row.due <= day) continue;
            for (const Component charge : {Component::fee, Component::interest}) {
                row.owed[charge] -= row.may_lapse(charge);
            }
        }
        for (const Component component : kAll) left[component] = then.owed(component);
        for (const Allocation& part : then.spread(ruleset, money)) {
            left[part.component] -= part.amount;
        }
        return left;
    }
    // All that ever came in met what was given up in the ruleset's order.
    money += recovered;
    for (const Component component : ruleset.order) {
        const Wide lost = in(charged_off, component) - in(forgone, component);
        const Wide met = std::min(lost, money);
        money -= met;
        left[component] = lost - met;
    }
    return left;
}

Sums Picture::unearned() const {
    Sums sums;
    if (status() != ContractStatus::active) return sums;
    for (const Row& row : rows) {
        if (row.due <= day) continue;
        for (const Component charge : {Component::fee, Component::interest}) {
            sums[charge] += row.for_its_time(charge);
        }
    }
    for (const auto& [place, one] : early) {
        for (const auto& [charge, amount] : one.charges) {
            if (one.until > day) sums[charge] += amount;
        }
    }
    return sums;
}

ScheduleTerms Picture::replanned(std::uint32_t periods, Ppm rate) const {
    ScheduleTerms other = terms;
    other.principal = narrow(owed(Component::principal));
    other.rate_ppm = rate;
    other.periods = periods;
    other.anchor = day;
    return other;
}

bool Picture::credit_has_paid(Wide amount, bool in_this_plan) const {
    for (std::size_t place = paid_by_credit.size(); place-- > 0 && amount > 0;) {
        if ((paid_by_credit[place].plan == plans) != in_this_plan) return false;
        amount -= paid_by_credit[place].part.amount;
    }
    return amount <= 0;
}

}  // namespace tally::testing::opinion
