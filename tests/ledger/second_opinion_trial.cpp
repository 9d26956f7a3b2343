#include "tests/ledger/second_opinion_trial.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "ledger/propose.h"
#include "ledger/trial_balance.h"

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
    if (product_.apr_cap_ppm == 0) product_.apr_cap_ppm = kYearlyPpmMax;
    product_.servicer = book_.cast().servicer().id;
    invariants_.emplace(book_, ruleset_, product_);
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

Trial::Signers Trial::usual_signers(const TransactionBody& body) const {
    const auto contract = concerned(body);
    const auto known = contract ? contracts_.find(*contract) : contracts_.end();
    const bool other =
        known != contracts_.end() && known->second.servicer() == cast().other_servicer().id;
    const std::string servicer = other ? "servicer-b" : "servicer";
    const auto title = contract ? titles_.find(*contract) : titles_.end();
    const std::string owner = title == titles_.end() ? "lender" : name_of(title->second.owner());
    Signers originator{"lender"};
    if (owner != "lender") originator.push_back(owner);
    const auto with = [&originator](const Signers& more) {
        Signers all = originator;
        for (const std::string& one : more) all.push_back(one);
        return all;
    };
    if (is_one_of<Pledge, Release>(body)) {
        const auto* pledge = std::get_if<Pledge>(&body);
        const MemberId to =
            pledge != nullptr ? pledge->funder : title->second.pledgee.value_or(cast().funder().id);
        return {"lender", name_of(to)};
    }
    if (is_one_of<PoolTrigger>(body)) return {"trustee"};
    if (is_one_of<PoolCreate, PoolAdd, PoolSeal, PoolIssue, PoolClose, BuybackInit, BuybackSettle,
                  PoolRemove>(body)) {
        return {"lender", "trustee"};
    }
    if (is_one_of<TransferInit, TransferCancel>(body)) return {owner};
    if (is_one_of<TransferSettle, TransferDecline>(body)) {
        const auto& offer = title->second.offer;
        const std::string buyer = offer ? name_of(offer->buyer) : "funder";
        if (is_one_of<TransferDecline>(body) || buyer == owner) return {buyer};
        return {owner, buyer};
    }
    if (is_one_of<Capture>(body)) return {"lender", "funder"};
    if (is_one_of<Waive, Reschedule, DebtSettle>(body)) return with({"lender/2"});
    if (is_one_of<Recovery>(body)) return {"collector", servicer};
    if (is_one_of<ContactLog>(body) && known != contracts_.end()) {
        return {known->second.collector() ? "collector" : servicer};
    }
    if (is_one_of<Chargeback, MandateRegister>(body)) return {"bank", servicer};
    if (is_one_of<DebitResult>(body)) return {"bank"};
    if (is_one_of<ServicerChange>(body)) return with({"servicer", "servicer-b"});
    if (is_one_of<CollectionAssign, CollectionRecall>(body)) return with({"collector"});
    if (is_one_of<Reversal>(body)) {
        return {servicer,     other ? "servicer" : "servicer-b",
                "servicer/2", "lender",
                "lender/2",   "funder",
                "collector",  "bank",
                "bank/2",     "funder-b"};
    }
    if (answers(body) == Role::servicer) return {servicer};
    return originator;
}

std::vector<Outcome> Trial::submit(const std::vector<Transaction>& transactions,
                                   const Signers& signers, bool atomic) {
    std::vector<SigningKey> keys;
    for (const std::string& name : signers) keys.push_back(cast().party(name).signing());
    std::vector<Bytes> encoded;
    for (const Transaction& one : transactions) encoded.push_back(encode_transaction(one));
    const SharedBytes submission =
        share(sign_submission(cast().network(), encoded, keys, atomic, Millis(0)).encode());
    std::vector<Outcome> outcomes;
    const BlockResult result = book_.apply(std::span(&submission, 1));
    for (const TransactionResult& row : result.submissions.at(0).transactions) {
        outcomes.push_back(row.outcome);
    }
    return outcomes;
}

std::vector<MemberId> Trial::members(const Signers& signers) const {
    std::vector<MemberId> all;
    for (const std::string& name : signers) all.push_back(cast().party(name).id);
    return all;
}

void Trial::close_days(std::size_t count) {
    for (; count > 0; --count) {
        const Day oldest = read_days(book_.records()).value().open.front();
        if (oldest >= today_) return;
        TALLY_CHECK(book_.propose_one(book_.drafts().draft(DayClose{}, oldest),
                                      {&cast().servicer()}) == Outcome::accepted);
    }
}

bool Trial::is_closed(Day day) const { return read_days(book_.records()).value().is_closed(day); }

void Trial::book_reversal(const Reversal& reversal, std::uint64_t entry) {
    Contract& contract = contracts_.at(reversal.contract);
    const std::size_t place = contract.find(reversal.submitter, reversal.target).value();
    const auto reference = alike(reference_of(contract.story()[place].transaction.body));
    std::erase_if(references_, [&](const auto& posted) {
        return posted.second == reversal.contract && posted.first.second == reference;
    });
    contract.undo(place, entry, today_);
}

void Trial::book(const Transaction& transaction, const Signers& signers, std::uint64_t entry) {
    const TransactionBody& body = transaction.body;
    if (const auto* reserve = std::get_if<PurchaseAuth>(&body)) {
        reserved_[reserve->authorisation] = reserve->amount;
        return;
    }
    if (const auto* release = std::get_if<PurchaseVoid>(&body)) {
        reserved_.erase(release->authorisation);
        return;
    }
    if (is_one_of<LimitUnfreeze>(body)) {
        frozen_ = false;
        return;
    }
    if (const auto* reversal = std::get_if<Reversal>(&body)) return book_reversal(*reversal, entry);
    if (book_debit(transaction, signers, entry)) return;
    if (book_pool(transaction, signers)) return;
    Contract& contract =
        contracts_.try_emplace(contract_of(body).value(), ruleset_, product_).first->second;
    if (const auto* capture = std::get_if<Capture>(&body)) {
        if (capture->authorisation) reserved_.erase(*capture->authorisation);
    }
    if (is_one_of<ChargeOff>(body)) frozen_ = true;
    if (is_one_of<ContactLog>(body)) ++contacts_[transaction.value_date];
    const ContractId id = contract_of(body).value();
    if (is_one_of<Capture>(body)) {
        titles_[id].owners = {{cast().originator().id, transaction.value_date}};
    }
    // A price is the seller's.
    const auto reference = alike(reference_of(body));
    if (reference) references_[{titles_.at(id).owner(), *reference}] = id;
    book_title(transaction, id);
    Happening happening;
    happening.transaction = transaction;
    happening.entry = entry;
    happening.booked_on = today_;
    happening.submitter = cast().party(signers.front()).id;
    contract.add(std::move(happening));
}

void Trial::log(const Transaction& transaction, Outcome outcome) {
    log_ += describe(transaction) + " -> " + std::string(outcome_code(outcome)) + " by entry " +
            std::to_string(last_entry()) + "\n";
    auto& [yes, no] = counts[std::string(type_name(transaction.body))];
    ++(outcome == Outcome::accepted ? yes : no);
}

bool Trial::agree(const Transaction& transaction, Outcome outcome, const Outcomes& broken) {
    // Where several rules are broken, which one is named first is the tables' business.
    const bool agreed = outcome == Outcome::accepted
                            ? broken.empty()
                            : std::find(broken.begin(), broken.end(), outcome) != broken.end();
    if (!agreed) {
        differ("outcome of " + std::string(type_name(transaction.body)) + " " +
               std::string(outcome_code(outcome)) + ", second opinion" + text(broken));
    }
    return agreed;
}

bool Trial::send(const Transaction& transaction, const Signers& signers) {
    const Outcomes broken = judge(transaction, signers);
    invariants_->before(transaction, today_);
    const auto about = concerned(transaction.body);
    const Outcome outcome = submit({transaction}, signers, false).at(0);
    log(transaction, outcome);
    const bool accepted = outcome == Outcome::accepted;
    const bool agreed = agree(transaction, outcome, broken);
    if (accepted) difference_ += invariants_->after(transaction, today_, members(signers), about);
    if (!accepted || !agreed) return false;
    book(transaction, signers, last_entry());
    follow_pools(transaction);
    compare_pools();
    return true;
}

bool Trial::correct(const Transaction& reversal, const Transaction& repost,
                    const Signers& signers) {
    Outcomes first = judge(reversal, signers, &repost);
    Outcomes second;
    if (first.empty()) {
        // The repost sees what the reversal did.
        const auto contracts = contracts_;
        const auto references = references_;
        book_reversal(std::get<Reversal>(reversal.body), last_entry() + 2);
        second = judge(repost, signers, nullptr, true);
        contracts_ = contracts;
        references_ = references;
        if (!second.empty()) first = {Outcome::atomic_sibling};
    } else {
        second = judge(repost, signers);
        second.push_back(Outcome::atomic_sibling);
    }
    const auto outcomes = submit({reversal, repost}, signers, true);
    log(reversal, outcomes.at(0));
    log(repost, outcomes.at(1));
    const bool agreed =
        agree(reversal, outcomes.at(0), first) && agree(repost, outcomes.at(1), second);
    if (!agreed || !first.empty()) return false;
    book_reversal(std::get<Reversal>(reversal.body), last_entry() - 1);
    follow_pools(reversal);
    book(repost, signers, last_entry());
    follow_pools(repost);
    compare_pools();
    // The repost may burden: of it nothing stood before.
    difference_ += invariants_->after(repost, today_, members(signers), concerned(repost.body));
    return true;
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
        const bool payment = event.kind == EventKind::repayment ||
                             event.kind == EventKind::prepay || event.kind == EventKind::debit;
        const auto left = payment ? theirs.allocation : sorted(theirs.allocation);
        const auto right = payment ? ours.allocation : sorted(ours.allocation);
        if (left != right) differ(name + "parts" + text(left) + ", second opinion" + text(right));
        expect(name + "credit", theirs.credit, ours.credit);
        expect(name + "released", theirs.released, ours.released);
        expect(name + "lapsed", theirs.lapsed, ours.lapsed);
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
    if (line) {
        expect("line used", line->used, used);
        expect("line frozen", line->body.status == LineStatus::frozen, frozen_);
    }
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
    expect("given back", position.totals.returned, picture.given_back);
    expect("refunds", position.totals.refunded_total, picture.refunds);
    expect("credit", position.totals.credit, picture.credit);
    expect("recovered", position.totals.recovered, picture.recovered);
    expect("commission", position.totals.commission, picture.commission);
    expect("forgone", position.totals.forgone, picture.forgone);
    expect("paid to the merchant", position.totals.merchant_settled, picture.to_merchant);
    expect("days past due", position.ageing.days_past_due, picture.days_past_due());
    expect("delinquent", position.ageing.delinquent_days, picture.delinquent_days(ruleset_));
    expect("bucket", position.ageing.bucket, picture.bucket(ruleset_));
    expect("class", position.ageing.asset_class, picture.asset_class(ruleset_));
    expect("unearned", position.unearned, picture.unearned());
    expect("servicer differs", view->body.servicer == contract.servicer(), true);
    expect("collector differs", view->body.collector == contract.collector(), true);
    expect("commission", view->body.commission_ppm, contract.commission_ppm());
    expect("in grace", position.in_grace, picture.paused.contains(as_of));
    expect("penalty accrued", position.penalty_accrued, picture.accrued(ruleset_));
    expect("penalty assessed", position.penalty_assessed, picture.assessed);
    const std::set<HardshipId> open(position.open_requests.begin(), position.open_requests.end());
    expect("open requests differ", open == picture.open, true);
    expect("failed debits", position.failed_debits, picture.failed_in_a_row);
    compare_debits(id);
    compare_title(id);
}

}  // namespace tally::testing::opinion
