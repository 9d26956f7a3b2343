#include "tests/ledger/stage.h"

#include "ledger/trial_balance.h"
#include "ledger/usual_terms.h"
#include "tests/ledger/refusal.h"
#include "tests/support/catch.h"

namespace tally::testing {

using namespace ledger;

namespace {

template <typename... Bodies>
bool is_one_of(const TransactionBody& body) {
    return (std::holds_alternative<Bodies>(body) || ...);
}

}  // namespace

Day day_of(std::string_view text) { return day_from_text(text).value(); }

Stage::Stage(const StageOptions& options) {
    RulesetRegister ruleset = usual_ruleset(kRuleset);
    ProductRegister product = usual_product(kProduct, kRuleset);
    product.servicer = servicer->id;
    ruleset.apr_caps.clear();  // whoever tests them sets them
    if (options.rules) options.rules(ruleset, product);
    REQUIRE(send(ruleset) == Outcome::accepted);
    REQUIRE(send(product) == Outcome::accepted);
    REQUIRE(book.grant(kLine, kBorrower, options.limit) == Outcome::accepted);
    if (options.captured) REQUIRE(send(capture(100'000)) == Outcome::accepted);
}

template <typename Then>
auto Stage::with_signers(const TransactionBody& body, Then then) const {
    using Signers = std::initializer_list<const Party*>;
    if (is_one_of<RulesetRegister, ProductRegister, CostTable>(body))
        return then(Signers{lender, regulator});
    if (is_one_of<Capture, Pledge, Release, TransferSettle>(body)) {
        return then(Signers{lender, funder});
    }
    if (is_one_of<PoolCreate, PoolAdd, PoolSeal, PoolIssue, PoolClose, BuybackInit, BuybackSettle,
                  PoolRemove>(body)) {
        return then(Signers{lender, trustee});
    }
    if (is_one_of<PoolTrigger>(body)) return then(Signers{trustee});
    if (is_one_of<TransferDecline>(body)) return then(Signers{funder});
    if (is_one_of<Waive, Reschedule, DebtSettle>(body)) return then(Signers{lender, lender_2});
    if (is_one_of<Recovery>(body)) return then(Signers{servicer, collector});
    if (is_one_of<Reversal>(body)) return then(Signers{servicer, lender, bank});
    if (is_one_of<Chargeback, MandateRegister>(body)) return then(Signers{servicer, bank});
    if (is_one_of<DebitResult>(body)) return then(Signers{bank});
    if (is_one_of<AuditOpinion>(body)) return then(Signers{auditor});
    if (is_one_of<HedgeRegister>(body)) return then(Signers{funder});
    if (is_one_of<DayCancel, ComplaintClose>(body)) return then(Signers{servicer, lender});
    if (is_one_of<CollectionAssign, CollectionRecall>(body)) {
        return then(Signers{lender, collector});
    }
    if (is_one_of<MemberAdd, KeyRotate, KeyRevoke, RulesActivate>(body)) {
        return then(Signers{&book.cast().governor('a'), &book.cast().governor('b'), lender});
    }
    if (is_one_of<ServicerChange>(body)) {
        return then(Signers{lender, servicer, &book.cast().other_servicer()});
    }
    if (is_one_of<Repayment, PrepaySettle, PenaltyAssess, OverdueMark, HardshipRequest, DayOpen,
                  DayClose, OverpayRefund, MandateRevoke, DebitInstruct, ContactLog, ComplaintOpen,
                  ReconResult, Alert>(body)) {
        return then(Signers{servicer});
    }
    return then(Signers{lender});
}

Transaction Stage::draft(TransactionBody body, Day day) {
    return backdated(std::move(body), day, day);
}

Transaction Stage::backdated(TransactionBody body, Day business_date, Day value_date) {
    if (!read_days(book.records()).value().is_closed(business_date)) book.ensure_day(business_date);
    Transaction transaction = book.drafts().draft(std::move(body), value_date);
    transaction.business_date = business_date;
    return book.proposed(std::move(transaction));
}

Outcome Stage::send(const Transaction& transaction) {
    return with_signers(transaction.body, [&](std::initializer_list<const Party*> signers) {
        return book.submit_one(transaction, signers);
    });
}

void Stage::refuse(const Transaction& transaction, Outcome expected) {
    with_signers(transaction.body, [&](std::initializer_list<const Party*> signers) {
        require_refused(book, transaction, signers, expected);
    });
}

void Stage::accept(const Transaction& transaction) {
    const Outcome outcome = send(transaction);
    INFO(type_name(transaction.body)
         << " on " << day_text(transaction.value_date) << ": " << outcome_code(outcome));
    REQUIRE(outcome == Outcome::accepted);
}

void Stage::close_days(Day last) {
    const DaysRecord days = read_days(book.records()).value();
    for (const Day day : days.open) {
        if (day > last) break;
        REQUIRE(book.propose_one(book.drafts().draft(DayClose{}, day), {servicer}) ==
                Outcome::accepted);
    }
}

Capture Stage::capture(Amount principal, std::uint32_t periods, ContractId contract) const {
    Capture capture;
    capture.contract = contract;
    capture.line = kLine;
    capture.principal = principal;
    capture.product = kProduct;
    capture.schedule.resize(periods);
    capture.shares = {{funder->id, 1'000'000}};
    capture.servicer = servicer->id;
    capture.merchant = kMerchant;
    return capture;
}

CostTable Stage::cost_table(CostTableId id, ProductId product) const {
    return {
        id,
        product,
        {{"fee", CostCollector::originator, lender->id, CostBasis::principal, 60'000,
          CostWhen::normal},
         {"guarantee", CostCollector::guarantor, {}, CostBasis::balance, 24'000, CostWhen::normal},
         {"penalty", CostCollector::originator, lender->id, CostBasis::balance, 182'500,
          CostWhen::in_default}}};
}

DisclosureAck Stage::disclosure(DisclosureId id, CostTableId table) const {
    return {id, kBorrower, table, Drafts::kToday, 30, {}};
}

Repayment Stage::payment(Amount amount) { return payment(amount, next_ref()); }

Repayment Stage::payment(Amount amount, std::string source_ref) const {
    return {kContract, amount, std::move(source_ref), {}};
}

Reversal Stage::reversal(const Transaction& target, const Party* submitter) const {
    return {submitter == nullptr ? servicer->id : submitter->id,
            target.id,
            kContract,
            "by mistake",
            {}};
}

HardshipRequest Stage::request(HardshipId id, HardshipStage stage) const {
    return {id, kContract, stage, "income lost", {}};
}

GraceGrant Stage::grace(Day from, Day to, std::optional<HardshipId> request) const {
    return {kContract, from, to, request};
}

Reschedule Stage::replan(Ppm rate_ppm, std::uint32_t periods,
                         std::optional<HardshipId> request) const {
    Reschedule replan;
    replan.contract = kContract;
    replan.rate_ppm = rate_ppm;
    replan.schedule.resize(periods);
    replan.request = request;
    return replan;
}

MandateRegister Stage::mandate(MandateId id, Amount most) const {
    return {id, kContract, most, Drafts::kToday, Drafts::kToday + 400, {}};
}

DebitInstruct Stage::debit(DebitId id, Amount amount, Day due, MandateId mandate) const {
    return {id, mandate, amount, due};
}

ContactLog Stage::contact(std::uint32_t minute, ContractId contract) const {
    return {contract, ContactChannel::call, minute, {}};
}

ComplaintOpen Stage::complaint(ComplaintId id) const {
    return {id, kContract, ComplaintCategory::collection, {}};
}

ComplaintClose Stage::answer(ComplaintId id) const { return {id, ComplaintResult::upheld, {}}; }

ReconResult Stage::recon(ReconId id) const {
    ReconResult result;
    result.recon = id;
    result.lender = lender->id;
    result.day = Drafts::kToday;
    result.match = 7;
    result.only_file = 1;
    return result;
}

AuditOpinion Stage::opinion(OpinionId id) const {
    return {id, lender->id, Drafts::kToday - 30, Drafts::kToday, AuditConclusion::qualified, 3, {}};
}

HedgeRegister Stage::hedge(HedgeId id) const {
    return {
        id, HedgeKind::interest_rate_swap, "CNY", 5'000'000, Drafts::kToday, Drafts::kToday + 365,
        {}};
}

PoolCreate Stage::pool(PoolId id) const {
    return {id, "CNY", trustee->id, vehicle->id, Drafts::kToday + 366, 60'000, 3, 100'000};
}

PoolIssue Stage::notes(Amount amount, PoolId pool) { return {pool, {{"senior", amount, 45'000}}}; }

void Stage::sell(Day day, ContractId contract) {
    const Amount price = book.contract(contract).value().body.terms.principal / 100 * 98;
    accept(TransferInit{contract, vehicle->id, price, day}, day);
    const Transaction settlement = draft(TransferSettle{contract, next_ref()}, day);
    REQUIRE(book.submit_one(settlement, {lender, vehicle}) == Outcome::accepted);
}

void Stage::issue_pool(const PoolCreate& terms, Day day, ContractId contract) {
    accept(terms, day);
    accept(PoolAdd{terms.pool, contract}, day);
    accept(PoolSeal{terms.pool}, day);
    sell(day, contract);
    accept(notes(50'000, terms.pool), day);
}

PoolRecord Stage::pool_record(PoolId id) const {
    return read_pool(book.records(), id).value().value();
}

DebitResult Stage::drawn(DebitId id, std::string source_ref) {
    return {id, DebitOutcome::succeeded, "", source_ref.empty() ? next_ref() : source_ref};
}

DebitResult Stage::bounced(DebitId id, std::string reason) const {
    return {id, DebitOutcome::failed, std::move(reason), ""};
}

Position Stage::position(const PointInTime& point) const {
    return book.contract(kContract, point).value().position;
}

}  // namespace tally::testing
