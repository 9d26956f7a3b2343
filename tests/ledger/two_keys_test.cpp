#include "ledger/governance.h"
#include "ledger/queries.h"
#include "ledger/usual_terms.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Types that two roles sign, and a member that has both of them.
namespace {

constexpr Day kToday = Drafts::kToday;
const auto kOwnProduct = id_of<ProductId>(71);
const auto kModel = id_of<ModelId>(72);
const auto kOwnBorrower = id_of<BorrowerId>(73);
const auto kOwnLine = id_of<LineId>(74);
const auto kOwnContract = id_of<ContractId>(75);
const auto kOwnComplaint = id_of<ComplaintId>(76);

/// A lender that services and collects its own book, with two keys, and a contract of it.
struct House : Stage {
    Party house{"house", member_id_of("house"), key_of(7, "house")};
    Party house_2{"house", member_id_of("house"), key_of(7, "house/2")};

    explicit House(std::vector<GivenRole> roles = {
                       {RoleName::originator}, {RoleName::servicer}, {RoleName::collector}}) {
        accept(MemberAdd{house.name,
                         std::move(roles),
                         {claim_key(house.id, house.key), claim_key(house_2.id, house_2.key)}});
        ProductRegister product = usual_product(kOwnProduct, kRuleset);
        product.servicer = house.id;
        sign(product, {&house, regulator});
        sign(ModelRegister{kModel, "own model", {}}, {&house});
        Assessment assessment;
        assessment.assessment = id_of<AssessmentId>(77);
        assessment.borrower = kOwnBorrower;
        assessment.model = kModel;
        assessment.band = 1;
        assessment.currency = "CNY";
        assessment.limit = 100'000;
        assessment.valid_to = kToday + 100;
        sign(assessment, {&house});
        LimitGrant grant;
        grant.line = kOwnLine;
        grant.borrower = kOwnBorrower;
        grant.currency = "CNY";
        grant.limit = 100'000;
        grant.valid_from = kToday;
        grant.valid_to = kToday + 1'000;
        grant.assessment = assessment.assessment;
        sign(grant, {&house});
        Capture purchase = capture(50'000, 3, kOwnContract);
        purchase.line = kOwnLine;
        purchase.product = kOwnProduct;
        purchase.servicer = house.id;
        sign(purchase, {&house, funder});
    }

    void sign(TransactionBody body, std::initializer_list<const Party*> signers, Day day = kToday) {
        INFO(type_name(body));
        REQUIRE(book.submit_one(draft(std::move(body), day), signers) == Outcome::accepted);
    }
    void bar(TransactionBody body, std::initializer_list<const Party*> signers, Outcome outcome,
             Day day = kToday) {
        INFO(type_name(body));
        require_refused(book, draft(std::move(body), day), signers, outcome);
    }
};

}  // namespace

TEST_CASE("A lender that services its own book works with one key", "[ledger][rules][signing]") {
    // Goal: what one role signs; the house opens the book's days too.
    House stage;
    stage.sign(Repayment{kOwnContract, 500, "own-1", {}}, {&stage.house});
    CHECK(stage.book.submit_one(stage.book.drafts().open_day(kToday + 1), {&stage.house}) ==
          Outcome::accepted);
}

TEST_CASE("One key does not stand for two roles", "[ledger][rules][signing]") {
    // Goal: two members, or two keys of the one, for all types that two roles sign.
    House stage;
    const Party *house = &stage.house, *second = &stage.house_2;
    const auto cancel = [&] { return stage.book.drafts().draft(DayCancel{}, kToday + 1); };
    stage.book.ensure_day(kToday + 1);
    require_refused(stage.book, cancel(), {house}, Outcome::two_keys_required);
    CHECK(stage.book.submit_one(cancel(), {house, second}) == Outcome::accepted);
    stage.book.ensure_day(kToday + 1);
    CHECK(stage.book.submit_one(cancel(), {house, stage.lender}) == Outcome::accepted);
    stage.book.ensure_day(kToday + 1);
    CHECK(stage.book.submit_one(cancel(), {stage.servicer, house}) == Outcome::accepted);

    const CollectionAssign assignment{kOwnContract, house->id, 5};
    stage.bar(assignment, {house}, Outcome::two_keys_required);
    stage.bar(assignment, {house, stage.collector}, Outcome::two_keys_required);
    stage.sign(assignment, {house, second});
    stage.bar(CollectionRecall{kOwnContract}, {house}, Outcome::two_keys_required);
    // Goal: whoever is named for both roles needs more than somebody uninvolved who has one.
    const auto first_or_last = [&](TransactionBody body, const Party* other) {
        stage.bar(body, {house, other}, Outcome::two_keys_required);
        stage.bar(body, {other, house}, Outcome::two_keys_required);
    };
    first_or_last(CollectionRecall{kOwnContract}, stage.collector);
    first_or_last(CollectionRecall{kOwnContract}, stage.lender);
    stage.sign(CollectionRecall{kOwnContract}, {house, second});
    const ServicerChange change{kOwnContract, stage.servicer->id};
    stage.bar(change, {house}, Outcome::two_keys_required);
    stage.sign(change, {house, stage.servicer});
}

TEST_CASE("Nobody answers a complaint against himself alone, whatever roles he has",
          "[ledger][rules][contact]") {
    // Goal: not with all keys, nor as a regulator; one that has no part in the contract does.
    House stage({{RoleName::originator}, {RoleName::servicer}, {RoleName::regulator}});
    const Party *house = &stage.house, *second = &stage.house_2;
    stage.sign(ComplaintOpen{kOwnComplaint, kOwnContract, ComplaintCategory::other, {}}, {house});
    const ComplaintClose answer{kOwnComplaint, ComplaintResult::rejected, {}};
    stage.bar(answer, {house}, Outcome::signer_missing);
    stage.bar(answer, {house, second}, Outcome::signer_missing);
    stage.bar(answer, {stage.lender}, Outcome::owner_differs);
    stage.bar(answer, {stage.servicer}, Outcome::servicer_differs);
    stage.bar(answer, {house, stage.lender}, Outcome::signer_missing);
    stage.sign(answer, {house, stage.regulator});
    // Who keeps a complaint to himself is not the only one that may put it on record.
    const auto other = id_of<ComplaintId>(78);
    stage.sign(ComplaintOpen{other, kOwnContract, ComplaintCategory::other, {}}, {stage.regulator});
    CHECK(read_complaint(stage.book.records(), other).value()->owner == stage.regulator->id);
    stage.sign(ComplaintClose{other, ComplaintResult::upheld, {}}, {stage.regulator});
    CHECK(read_complaint(stage.book.records(), other).value()->answer->owner ==
          stage.regulator->id);
}

TEST_CASE("What a collector or a bank brought no other one takes back",
          "[ledger][rules][signing]") {
    // Goal: whoever has the role by now, or somewhere, is a stranger to it.
    Stage stage;
    const Party stranger{"stranger", member_id_of("stranger"), key_of(7, "stranger")};
    stage.accept(MemberAdd{stranger.name,
                           {{RoleName::collector}, {RoleName::payment_provider}},
                           {claim_key(stranger.id, stranger.key)}});
    const Day late = day_of("2024-08-31");
    const auto bar = [&](const Transaction& transaction, Outcome outcome) {
        require_refused(stage.book, transaction, {stage.servicer, &stranger}, outcome);
    };
    SECTION("a recovery, also once the contract is another collector's") {
        stage.accept(ChargeOff{.contract = Stage::kContract}, late);
        stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 500'000}, late);
        const auto brought =
            stage.draft(Recovery{Stage::kContract, 1'000, 500, "collector-1"}, late);
        stage.accept(brought);
        const auto back = [&] { return stage.draft(stage.reversal(brought), late); };
        bar(back(), Outcome::collector_differs);
        const auto given =
            stage.draft(CollectionAssign{Stage::kContract, stranger.id, 500'000}, late);
        REQUIRE(stage.book.submit_one(given, {stage.lender, &stranger}) == Outcome::accepted);
        bar(back(), Outcome::collector_differs);
        CHECK(stage.book.submit_one(back(), {stage.servicer, stage.collector}) ==
              Outcome::accepted);
    }
    SECTION("a chargeback") {
        const auto paid = stage.draft(stage.payment(1'000), late);
        stage.accept(paid);
        const auto taken = stage.draft(
            Chargeback{Stage::kContract, stage.servicer->id, paid.id, 1'000, "back-1"}, late);
        stage.accept(taken);
        bar(stage.draft(stage.reversal(taken), late), Outcome::provider_differs);
        CHECK(stage.book.submit_one(stage.draft(stage.reversal(taken), late),
                                    {stage.servicer, stage.bank}) == Outcome::accepted);
    }
    SECTION("a debit's payment") {
        stage.accept(stage.mandate());
        stage.accept(stage.debit(Stage::kDebit, 5'000, late), late);
        const auto drawn = stage.draft(stage.drawn(Stage::kDebit), late);
        stage.accept(drawn);
        const auto back = [&] {
            return stage.draft(
                Chargeback{Stage::kContract, stage.bank->id, drawn.id, 5'000, "back-1"}, late);
        };
        bar(back(), Outcome::provider_differs);
        CHECK(stage.book.submit_one(back(), {stage.servicer, stage.bank}) == Outcome::accepted);
    }
}

TEST_CASE("A mandate's provider is the one beside the servicer", "[ledger][rules][signing]") {
    // Goal: a bank that signs is asked for results, whoever signs first.
    House stage({{RoleName::originator}, {RoleName::servicer}, {RoleName::payment_provider}});
    const Party *house = &stage.house, *second = &stage.house_2;
    const auto mandate = [&](std::uint8_t id) {
        MandateRegister registration = stage.mandate(id_of<MandateId>(id));
        registration.contract = kOwnContract;
        return registration;
    };
    const auto provider = [&](std::uint8_t id) {
        return read_mandate(stage.book.records(), id_of<MandateId>(id)).value()->record.provider;
    };
    stage.sign(mandate(81), {house, stage.bank});
    stage.sign(mandate(82), {stage.bank, house});
    CHECK(provider(81) == stage.bank->id);
    CHECK(provider(82) == stage.bank->id);
    stage.bar(mandate(83), {house}, Outcome::two_keys_required);
    stage.sign(mandate(83), {house, second});
    CHECK(provider(83) == house->id);
}
