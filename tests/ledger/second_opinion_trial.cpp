#include "tests/ledger/second_opinion_trial.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "ledger/propose.h"

namespace tally::testing::opinion {

using namespace ledger;

namespace {

std::string text(Wide number) {
    // Amounts and days of the tests fit; what does not is shown as the largest.
    constexpr Wide kMax = std::numeric_limits<std::int64_t>::max();
    return std::to_string(static_cast<std::int64_t>(std::clamp(number, -kMax, kMax)));
}

std::string text(const std::vector<Allocation>& parts) {
    std::string all;
    for (const Allocation& part : parts) {
        all += " " + std::to_string(part.instalment) + "/" +
               std::to_string(static_cast<int>(part.component)) + ":" + text(part.amount);
    }
    return all;
}

std::string text(const std::vector<Outcome>& outcomes) {
    std::string all;
    for (const Outcome outcome : outcomes) all += " " + std::string(outcome_code(outcome));
    return all.empty() ? " accepted" : all;
}

/// The order within a payment is a claim; that within a refund or waiver means nothing.
std::vector<Allocation> sorted(std::vector<Allocation> parts) {
    std::sort(parts.begin(), parts.end(), [](const Allocation& left, const Allocation& right) {
        return std::pair(left.instalment, left.component) <
               std::pair(right.instalment, right.component);
    });
    return parts;
}

template <typename... Bodies>
bool is_one_of(const TransactionBody& body) {
    return (std::holds_alternative<Bodies>(body) || ...);
}

}  // namespace

Trial::Trial(RulesetRegister ruleset, ProductRegister product, Amount limit)
    : ruleset_(std::move(ruleset)), product_(std::move(product)), limit_(limit) {
    ruleset_.ruleset = kRuleset;
    product_.product = kProduct;
    product_.ruleset = kRuleset;
    product_.currency = "CNY";
    product_.minimum = 1;
    product_.apr_cap_ppm = kYearlyPpmMax;
    const Cast& cast = book_.cast();
    log_ = describe(ruleset_) + describe(product_) + "limit " + text(limit_) + "\n";
    TALLY_CHECK(book_.submit_one(draft(ruleset_, today_),
                                 {&cast.originator(), &cast.regulator()}) == Outcome::accepted);
    TALLY_CHECK(book_.submit_one(draft(product_, today_),
                                 {&cast.originator(), &cast.regulator()}) == Outcome::accepted);
    TALLY_CHECK(book_.grant(kLine, kBorrower, limit) == Outcome::accepted);
}

Transaction Trial::draft(TransactionBody body, Day value_date) {
    Transaction transaction = book_.drafts().draft(std::move(body), value_date);
    transaction.business_date = today_;
    return transaction;
}

Transaction Trial::proposed(Transaction transaction) const {
    TALLY_CHECK(propose(transaction, book_.records()).has_value());
    return transaction;
}

void Trial::advance(Day day) {
    if (day <= today_) return;
    today_ = day;
    book_.ensure_day(day);
}

Wide Trial::available() const {
    Wide left = limit_;
    for (const auto& [id, amount] : reserved_) left -= amount;
    for (const auto& [id, contract] : contracts_) {
        left -= contract.at(today_).owed(Component::principal);
    }
    return left;
}

MemberId Trial::poster(const TransactionBody& body) const {
    const Cast& cast = book_.cast();
    if (is_one_of<Recovery>(body)) return cast.collector().id;
    if (is_one_of<Repayment, PrepaySettle, PenaltyAssess, OverdueMark, HardshipRequest, Reversal>(
            body)) {
        return cast.servicer().id;
    }
    return cast.originator().id;
}

std::pair<MemberId, std::string> Trial::posting(const TransactionBody& body) const {
    const bool merchant = is_one_of<MerchantRefund>(body);
    const Party& party = merchant ? book_.cast().originator() : book_.cast().servicer();
    return {party.id, reference_of(body)};
}

Outcome Trial::submit(const Transaction& transaction) {
    const Cast& cast = book_.cast();
    const TransactionBody& body = transaction.body;
    const Party *lender = &cast.originator(), *lender_2 = &cast.originator_second_key(),
                *servicer = &cast.servicer(), *servicer_2 = &cast.servicer_second_key(),
                *funder = &cast.funder(), *collector = &cast.collector();
    if (is_one_of<Capture>(body)) return book_.submit_one(transaction, {lender, funder});
    if (is_one_of<Waive>(body)) return book_.submit_one(transaction, {lender, lender_2});
    if (is_one_of<Recovery>(body)) return book_.submit_one(transaction, {collector, servicer});
    if (is_one_of<Reversal>(body)) {
        return book_.submit_one(transaction,
                                {servicer, servicer_2, lender, lender_2, funder, collector});
    }
    if (poster(body) == servicer->id) return book_.submit_one(transaction, {servicer});
    return book_.submit_one(transaction, {lender});
}

std::vector<Outcome> Trial::judge_capture(const Transaction& transaction) const {
    const auto& body = std::get<Capture>(transaction.body);
    std::vector<Outcome> broken;
    const auto refuse_if = [&](bool wrong, Outcome outcome) {
        if (wrong) broken.push_back(outcome);
    };
    const auto periods = static_cast<std::uint32_t>(body.schedule.size());
    refuse_if(transaction.value_date > transaction.business_date, Outcome::value_date_ahead);
    refuse_if(body.principal <= 0, Outcome::amount_not_positive);
    refuse_if(periods < 1 || periods > kPeriodsMax, Outcome::periods_out_of_range);
    refuse_if(contracts_.contains(body.contract), Outcome::contract_exists);
    const auto term = std::find_if(product_.terms.begin(), product_.terms.end(),
                                   [&](const ProductTerm& one) { return one.periods == periods; });
    refuse_if(term == product_.terms.end() || term->rate_ppm != body.rate_ppm,
              Outcome::rate_differs);
    refuse_if(transaction.business_date - transaction.value_date > ruleset_.backdating_days_max,
              Outcome::backdated_too_far);
    const Schedule schedule = compute_schedule(
        {product_.method, product_.day_count, product_.month_end, product_.remainder,
         body.principal, body.rate_ppm, periods, transaction.value_date});
    refuse_if(schedule.outcome != Outcome::accepted, schedule.outcome);
    refuse_if(schedule.rows != body.schedule, Outcome::schedule_differs);
    refuse_if(!body.authorisation && body.principal > available(), Outcome::limit_exceeded);
    if (body.authorisation) {
        const auto reserved = reserved_.find(*body.authorisation);
        refuse_if(reserved == reserved_.end(), Outcome::authorisation_not_open);
        refuse_if(reserved != reserved_.end() && body.principal > reserved->second,
                  Outcome::above_authorisation);
    }
    return broken;
}

std::vector<Outcome> Trial::judge_reversal(const Reversal& reversal) const {
    const Contract& contract = contracts_.at(reversal.contract);
    for (std::size_t place = 0; place < contract.story().size(); ++place) {
        const Happening& target = contract.story()[place];
        const TransactionBody& body = target.transaction.body;
        if (target.transaction.id != reversal.target || poster(body) != reversal.submitter)
            continue;
        if (is_one_of<OverdueMark, HardshipRequest>(body)) return {Outcome::target_not_reversible};
        if (target.undone) return {Outcome::target_reversed};
        return contract.judge_undoing(place);
    }
    return {Outcome::target_unknown};
}

std::vector<Outcome> Trial::judge(const Transaction& transaction) const {
    const TransactionBody& body = transaction.body;
    if (const auto* reserve = std::get_if<PurchaseAuth>(&body)) {
        if (reserve->amount <= 0) return {Outcome::amount_not_positive};
        if (reserve->amount > available()) return {Outcome::limit_exceeded};
        return {};
    }
    if (const auto* release = std::get_if<PurchaseVoid>(&body)) {
        if (!reserved_.contains(release->authorisation)) return {Outcome::authorisation_not_open};
        return {};
    }
    if (std::holds_alternative<Capture>(body)) return judge_capture(transaction);
    if (const auto* reversal = std::get_if<Reversal>(&body)) return judge_reversal(*reversal);
    std::vector<Outcome> broken = contracts_.at(contract_of(body).value()).judge(transaction);
    if (!reference_of(body).empty() && references_.contains(posting(body))) {
        broken.push_back(Outcome::source_ref_used);
    }
    return broken;
}

void Trial::book(const Transaction& transaction) {
    const TransactionBody& body = transaction.body;
    if (const auto* reserve = std::get_if<PurchaseAuth>(&body)) {
        reserved_[reserve->authorisation] = reserve->amount;
        return;
    }
    if (const auto* release = std::get_if<PurchaseVoid>(&body)) {
        reserved_.erase(release->authorisation);
        return;
    }
    Contract& contract =
        contracts_.try_emplace(contract_of(body).value(), ruleset_, product_).first->second;
    if (const auto* reversal = std::get_if<Reversal>(&body)) {
        for (std::size_t place = 0; place < contract.story().size(); ++place) {
            const Transaction& target = contract.story()[place].transaction;
            if (target.id != reversal->target || poster(target.body) != reversal->submitter)
                continue;
            references_.erase(posting(target.body));
            contract.undo(place, last_entry());
        }
        return;
    }
    if (const auto* capture = std::get_if<Capture>(&body)) {
        if (capture->authorisation) reserved_.erase(*capture->authorisation);
    }
    if (!reference_of(body).empty()) references_.insert(posting(body));
    contract.add(transaction, last_entry());
}

bool Trial::send(const Transaction& transaction) {
    const std::vector<Outcome> broken = judge(transaction);
    const Outcome outcome = submit(transaction);
    log_ += describe(transaction) + " -> " + std::string(outcome_code(outcome)) + " at entry " +
            std::to_string(last_entry()) + "\n";
    const bool accepted = outcome == Outcome::accepted;
    auto& [yes, no] = counts[std::string(type_name(transaction.body))];
    ++(accepted ? yes : no);
    // Where several rules are broken, which one is named first is the tables' business.
    const bool agreed = accepted ? broken.empty()
                                 : std::find(broken.begin(), broken.end(), outcome) != broken.end();
    if (!agreed) differ("outcome: second opinion" + text(broken));
    if (accepted && agreed) book(transaction);
    return accepted && agreed;
}

void Trial::differ(const std::string& what) { difference_ += what + "\n"; }

void Trial::expect(const std::string& what, Wide theirs, Wide ours) {
    if (theirs != ours) differ(what + ": " + text(theirs) + ", second opinion " + text(ours));
}

void Trial::expect(const std::string& what, const ByComponent& theirs, const Sums& ours) {
    for (std::size_t place = 0; place < theirs.size(); ++place) {
        const auto found = ours.find(static_cast<Component>(place + 1));
        expect(what + " of component " + std::to_string(place + 1), theirs[place],
               found == ours.end() ? 0 : found->second);
    }
}

void Trial::compare_rows(const Position& position, const Picture& picture) {
    expect("rows", static_cast<Wide>(position.rows.size()), static_cast<Wide>(picture.rows.size()));
    for (std::size_t place = 0; place < std::min(position.rows.size(), picture.rows.size());
         ++place) {
        const std::string row = "row " + std::to_string(place) + " ";
        expect(row + "due", position.rows[place].due, picture.rows[place].due);
        expect(row + "agreed", position.rows[place].agreed, picture.rows[place].agreed);
        expect(row + "paid", position.rows[place].paid, picture.rows[place].paid);
        expect(row + "outstanding", position.rows[place].outstanding, picture.rows[place].owed);
    }
}

void Trial::compare_effects(const ContractView& view, const Picture& picture) {
    expect("effects", static_cast<Wide>(view.position.effects.size()),
           static_cast<Wide>(picture.effects.size()));
    for (const EventEffect& theirs : view.position.effects) {
        const ContractEvent& event = view.body.events.at(theirs.event);
        const std::string name = "entry " + std::to_string(event.entry) + " ";
        const auto found = picture.effects.find(event.entry);
        if (found == picture.effects.end()) return differ(name + "should not count");
        const Effect& ours = found->second;
        const bool payment = event.kind == EventKind::repayment || event.kind == EventKind::prepay;
        const auto left = payment ? theirs.allocation : sorted(theirs.allocation);
        const auto right = payment ? ours.allocation : sorted(ours.allocation);
        if (left != right) differ(name + "parts" + text(left) + ", second opinion" + text(right));
        expect(name + "credit", theirs.credit, ours.credit);
        expect(name + "outstanding", theirs.outstanding, ours.outstanding);
        expect(name + "days past due", theirs.days_past_due, ours.days_past_due);
    }
}

void Trial::compare(ContractId id, const PointInTime& point) {
    const Contract& contract = contracts_.at(id);
    const auto view = book_.contract(id, point);
    const Day as_of = view ? view->as_of : std::min(point.as_of, today_);
    const Picture picture = contract.at(as_of, point.known_at);
    const Happening& capture = contract.story().front();
    const bool there = capture.entry <= point.known_at && contract.begin() <= as_of;
    if (view.has_value() != there) return differ("contract there: " + std::to_string(there));
    const auto line = book_.line(kLine, point);
    Wide used = 0;
    for (const auto& [other, one] : contracts_) {
        used += one.at(as_of, point.known_at).owed(Component::principal);
    }
    if (line) expect("line used", line->used, used);
    if (!there) return;
    const Position& position = view->position;
    if (!picture.captured) {
        expect("status", static_cast<int>(position.status),
               static_cast<int>(ContractStatus::reversed));
        expect("outstanding", position.outstanding_total, 0);
        return;
    }
    expect("misfit", position.misfit.has_value(), false);
    expect("status", static_cast<int>(position.status), static_cast<int>(picture.status()));
    expect("plan", position.plan, picture.plans);
    compare_rows(position, picture);
    compare_effects(*view, picture);
    for (std::size_t place = 0; place < kComponents; ++place) {
        const auto component = static_cast<Component>(place + 1);
        expect("outstanding", position.outstanding[place], picture.owed(component));
        const ContractTotals& sums = position.totals;
        expect("billed = what became of it", sums.billed[place],
               static_cast<Wide>(position.outstanding[place]) + sums.repaid[place] +
                   sums.waived[place] + sums.refunded[place] + sums.lapsed[place] +
                   sums.charged_off[place]);
    }
    expect("outstanding in all", position.outstanding_total, picture.owed());
    expect("billed", position.totals.billed, picture.billed);
    expect("repaid", position.totals.repaid, picture.repaid);
    expect("waived", position.totals.waived, picture.waived);
    expect("refunded", position.totals.refunded, picture.refunded);
    expect("lapsed", position.totals.lapsed, picture.lapsed);
    expect("charged off", position.totals.charged_off, picture.charged_off);
    expect("refunds", position.totals.refunded_total, picture.refunds);
    expect("credit", position.totals.credit, picture.credit);
    expect("recovered", position.totals.recovered, picture.recovered);
    expect("commission", position.totals.commission, picture.commission);
    expect("days past due", position.ageing.days_past_due, picture.days_past_due());
    expect("delinquent", position.ageing.delinquent_days, picture.delinquent_days(ruleset_));
    expect("bucket", position.ageing.bucket, picture.bucket(ruleset_));
    expect("class", position.ageing.asset_class, picture.asset_class(ruleset_));
    expect("in grace", position.in_grace, picture.paused.contains(as_of));
    expect("penalty accrued", position.penalty_accrued, picture.accrued(ruleset_));
    expect("penalty assessed", position.penalty_assessed, picture.assessed);
    const std::set<HardshipId> open(position.open_requests.begin(), position.open_requests.end());
    expect("open requests differ", open == picture.open, true);
}

}  // namespace tally::testing::opinion
