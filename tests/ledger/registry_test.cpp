#include <limits>

#include "ledger/dates.h"
#include "ledger/queries.h"
#include "ledger/usual_terms.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// What is registered once and never changes; and assessments.
namespace {

constexpr std::int32_t kInt32Max = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kInt32Min = std::numeric_limits<std::int32_t>::min();
constexpr std::uint32_t kUint32Max = std::numeric_limits<std::uint32_t>::max();

/// A body with an id of its own each time, so that only what was changed can be at fault.
struct Fresh {
    Stage stage{{.captured = false}};
    std::uint64_t last = 0;

    template <typename Change>
    void ruleset(Change change, Outcome expected) {
        RulesetRegister body = usual_ruleset(id_of<RulesetId>(++last));
        change(body);
        check(body, expected);
    }
    template <typename Change>
    void product(Change change, Outcome expected) {
        ProductRegister body = usual_product(id_of<ProductId>(++last), Stage::kRuleset);
        change(body);
        check(body, expected);
    }
    template <typename Change>
    void assessment(Change change, Outcome expected) {
        auto body = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
        body.assessment = id_of<AssessmentId>(++last);
        change(body);
        check(body, expected);
    }
    void check(const TransactionBody& body, Outcome expected) {
        if (expected == Outcome::accepted) {
            stage.accept(body);
        } else {
            stage.refuse(body, expected);
        }
    }
};

}  // namespace

TEST_CASE("RULESET_REGISTER holds each value to its form", "[ledger][rules][registry]") {
    // Goal: the last good value beside the first bad one, at both ends, field by field.
    Fresh fresh;
    using Rules = RulesetRegister;
    constexpr auto kGood = Outcome::accepted;
    constexpr auto kBad = Outcome::ruleset_invalid;
    const auto with = [&](auto member, auto value, Outcome expected) {
        fresh.ruleset([&](Rules& rules) { rules.*member = value; }, expected);
    };
    for (Day Rules::*days : {&Rules::principal_first_after, &Rules::grace_days,
                             &Rules::grace_grant_days_max, &Rules::backdating_days_max}) {
        for (const Day good : {0, 1, 3650}) with(days, good, kGood);
        for (const Day bad : {-1, 3651, kInt32Max, kInt32Min}) with(days, bad, kBad);
    }
    for (std::uint32_t Rules::*count : {&Rules::grace_grants_max, &Rules::reschedules_max}) {
        for (const std::uint32_t good : {0U, 36U}) with(count, good, kGood);
        for (const std::uint32_t bad : {37U, kUint32Max}) with(count, bad, kBad);
    }
    for (const Ppm good : {0, 1'000'000}) with(&Rules::penalty_ppm_day, good, kGood);
    for (const Ppm bad : {-1, 1'000'001, kInt32Min}) with(&Rules::penalty_ppm_day, bad, kBad);
    for (const Ppm good : {0, 10'000'000}) with(&Rules::penalty_cap_ppm, good, kGood);
    for (const Ppm bad : {-1, 10'000'001, kInt32Max}) with(&Rules::penalty_cap_ppm, bad, kBad);
    using Days = std::vector<Day>;
    for (const Days& good : {Days{1}, Days{3650}, Days{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}) {
        with(&Rules::bucket_days, good, kGood);
    }
    for (const Days& bad : {Days{}, Days{0}, Days{-1}, Days{3651}, Days{30, 30}, Days{60, 30},
                            Days{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}}) {
        with(&Rules::bucket_days, bad, kBad);
    }
    with(&Rules::class_days, Days{1, 2, 3, 3650}, kGood);
    for (const Days& bad : {Days{}, Days{1, 2, 3}, Days{1, 2, 3, 4, 5}, Days{0, 1, 2, 3},
                            Days{1, 2, 2, 3}, Days{1, 2, 3, 3651}}) {
        with(&Rules::class_days, bad, kBad);
    }
    fresh.ruleset([](Rules& rules) { rules.order[0] = Component::principal; }, kBad);
    fresh.ruleset([](Rules& rules) { std::swap(rules.order[0], rules.order[3]); }, kGood);
}

TEST_CASE("A ruleset is registered once by an originator and a regulator",
          "[ledger][rules][registry]") {
    // Goal: who signs, and that it never changes; no day need be open.
    Book book({}, Opening::none);
    const Party* lender = &book.cast().originator();
    const Party* regulator = &book.cast().regulator();
    const auto rules = [&](Day grace_days) {
        RulesetRegister body = usual_ruleset(id_of<RulesetId>(1));
        body.grace_days = grace_days;
        return book.drafts().draft(body);
    };
    require_refused(book, rules(0), {lender}, Outcome::role_missing);
    require_refused(book, rules(0), {regulator}, Outcome::role_missing);
    require_refused(book, rules(0), {regulator, &book.cast().servicer()}, Outcome::role_missing);
    REQUIRE(book.submit_one(rules(3), {lender, regulator}) == Outcome::accepted);
    const std::uint64_t entry = book.entries().size() - 1;
    require_refused(book, rules(4), {lender, regulator}, Outcome::ruleset_exists);
    const auto record = read_ruleset(book.records(), id_of<RulesetId>(1)).value().value();
    CHECK(record.terms.grace_days == 3);
    CHECK(record.entry == entry);
    Transaction ahead = rules(0);
    ++ahead.value_date;
    require_refused(book, ahead, {lender, regulator}, Outcome::value_date_ahead);
    Transaction outside = rules(0);
    outside.business_date = kDayMax + 1;
    require_refused(book, outside, {lender, regulator}, Outcome::date_out_of_range);
}

TEST_CASE("PRODUCT_REGISTER holds each value to its form", "[ledger][rules][registry]") {
    // Goal: bounds of amounts, caps, terms and rates by method.
    Fresh fresh;
    using Product = ProductRegister;
    constexpr auto kGood = Outcome::accepted;
    constexpr auto kBad = Outcome::product_invalid;
    const auto with = [&](auto member, auto value, Outcome expected) {
        fresh.product([&](Product& product) { product.*member = value; }, expected);
    };
    for (const Amount good : {Amount{1}, kPrincipalEnd}) with(&Product::minimum, good, kGood);
    for (const Amount bad :
         {Amount{0}, Amount{-1}, kPrincipalEnd + 1, std::numeric_limits<Amount>::min(),
          std::numeric_limits<Amount>::max()}) {
        with(&Product::minimum, bad, kBad);
    }
    for (const Ppm good : {0, kYearlyPpmMax}) with(&Product::apr_cap_ppm, good, kGood);
    for (const Ppm bad : {-1, kYearlyPpmMax + 1}) with(&Product::apr_cap_ppm, bad, kBad);
    for (const char* bad : {"", "CN", "CNYX", "cny", "C1Y", "XXX", "XAU", "DEM"}) {
        with(&Product::currency, std::string(bad), Outcome::currency_unknown);
    }
    with(&Product::servicer, member_id_of("lender"), Outcome::servicer_unknown);
    with(&Product::servicer, id_of<MemberId>(9), Outcome::servicer_unknown);
    with(&Product::ruleset, id_of<RulesetId>(99), Outcome::ruleset_unknown);
    using Terms = std::vector<ProductTerm>;
    const auto many = [](std::uint32_t count) {
        Terms terms;
        for (std::uint32_t index = 0; index < count; ++index) {
            terms.push_back({1 + index / 36, 1 + index % 36, 0});
        }
        return terms;
    };
    for (const Terms& good : {Terms{{255, 36, kFeePpmMax}}, Terms{{1, 1, 0}}, many(128)}) {
        with(&Product::terms, good, kGood);
    }
    for (const Terms& bad :
         {Terms{}, many(129), Terms{{0, 3, 0}}, Terms{{256, 3, 0}}, Terms{{1, 0, 0}},
          Terms{{1, 37, 0}}, Terms{{1, 3, -1}}, Terms{{1, 3, kFeePpmMax + 1}},
          Terms{{1, 3, 5}, {1, 3, 6}}, Terms{{kUint32Max, 3, 0}}, Terms{{1, kUint32Max, 0}}}) {
        with(&Product::terms, bad, kBad);
    }
    const auto annuity = [&](Ppm rate, Outcome expected) {
        fresh.product(
            [&](Product& product) {
                product.method = ScheduleMethod::annuity;
                product.terms = {{1, 3, rate}};
            },
            expected);
    };
    annuity(kYearlyPpmMax, kGood);
    annuity(kYearlyPpmMax + 1, kBad);
}

TEST_CASE("A product and a model are registered once", "[ledger][rules][registry]") {
    // Goal: signers, owner and ids.
    Stage stage({.captured = false});
    const auto product = id_of<ProductId>(1);
    const auto draft = stage.draft(usual_product(product, Stage::kRuleset));
    require_refused(stage.book, draft, {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft, {stage.regulator}, Outcome::role_missing);
    stage.accept(usual_product(product, Stage::kRuleset));
    stage.refuse(usual_product(product, Stage::kRuleset), Outcome::product_exists);
    CHECK(read_product(stage.book.records(), product).value()->owner == stage.lender->id);

    const auto model = id_of<ModelId>(1);
    stage.refuse(ModelRegister{model, "", {}}, Outcome::text_out_of_range);
    stage.refuse(ModelRegister{model, std::string(65, 'x'), {}}, Outcome::text_out_of_range);
    require_refused(stage.book, stage.draft(ModelRegister{model, "m", {}}), {stage.servicer},
                    Outcome::role_missing);
    stage.accept(ModelRegister{model, std::string(64, 'x'), {}});
    stage.refuse(ModelRegister{model, "m", {}}, Outcome::model_exists);
    CHECK(read_model(stage.book.records(), model).value()->owner == stage.lender->id);
}

TEST_CASE("ASSESSMENT holds each value to its form", "[ledger][rules][registry]") {
    // Goal: model and its owner, band by decision, limit, currency, reasons and last day.
    Fresh fresh;
    constexpr auto kGood = Outcome::accepted;
    constexpr auto kBad = Outcome::assessment_invalid;
    const auto with = [&](auto member, auto value, Outcome expected) {
        fresh.assessment([&](Assessment& body) { body.*member = value; }, expected);
    };
    with(&Assessment::model, id_of<ModelId>(9), Outcome::model_unknown);
    with(&Assessment::assessment, Drafts::assessment_of(Stage::kBorrower),
         Outcome::assessment_exists);
    for (const std::uint32_t good : {1U, 255U}) with(&Assessment::band, good, kGood);
    for (const std::uint32_t bad : {0U, 256U, kUint32Max}) with(&Assessment::band, bad, kBad);
    for (const Amount bad : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        with(&Assessment::limit, bad, kBad);
    }
    for (const char* bad : {"", "CN", "cny", "XXX"}) {
        with(&Assessment::currency, std::string(bad), Outcome::currency_unknown);
    }
    with(&Assessment::reasons, std::string(256, 'x'), kGood);
    with(&Assessment::reasons, std::string(257, 'x'), Outcome::text_out_of_range);
    for (const Day good : {0, kDayMax}) with(&Assessment::valid_to, good, kGood);
    for (const Day bad : {-1, kDayMax + 1, kInt32Max, kInt32Min}) {
        with(&Assessment::valid_to, bad, Outcome::date_out_of_range);
    }
    const auto declined = [&](std::uint32_t band, Amount limit, const char* currency,
                              Outcome expected) {
        fresh.assessment(
            [&](Assessment& body) {
                body.decision = Decision::declined;
                body.band = band;
                body.limit = limit;
                body.currency = currency;
            },
            expected);
    };
    declined(0, 0, "", kGood);
    declined(255, 0, "", kGood);
    declined(256, 0, "", kBad);
    declined(0, 1, "", kBad);
    declined(0, 0, "CNY", kBad);
}

TEST_CASE("An assessment belongs to the model's originator", "[ledger][rules][registry]") {
    // Goal: another lender cannot speak through a model that is not its own.
    Stage stage({.captured = false});
    auto body = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
    body.assessment = id_of<AssessmentId>(1);
    const auto draft = stage.draft(body);
    require_refused(stage.book, draft, {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    require_refused(stage.book, stage.draft(body), {stage.servicer}, Outcome::role_missing);
    // And a line granted by both belongs to the assessment's.
    stage.accept(body);
    const auto line = id_of<LineId>(5);
    auto grant = std::get<LimitGrant>(Drafts().grant(line, Stage::kBorrower, 5).body);
    grant.assessment = body.assessment;
    REQUIRE(stage.book.submit_one(stage.draft(grant), {&stage.book.cast().other_originator(),
                                                       stage.lender}) == Outcome::accepted);
    CHECK(stage.book.line(line)->body.owner == stage.lender->id);
}
