#include <limits>

#include "ledger/apr.h"
#include "ledger/costs.h"
#include "ledger/usual_terms.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// What a purchase costs over all parties, and that the borrower has seen it.
namespace {

constexpr Day kToday = Drafts::kToday;
const auto kOther = id_of<ContractId>(9);

CostRow row(std::string item, CostBasis basis, Ppm ppm, CostWhen when = CostWhen::normal) {
    return {std::move(item), CostCollector::guarantor, {}, basis, ppm, when};
}

/// 100'000 over three rows, as the stage captures it.
Schedule usual_rows() {
    ScheduleTerms terms;
    terms.principal = 100'000;
    terms.rate_ppm = 5'000;
    terms.periods = 3;
    terms.anchor = kToday;
    return compute_schedule(terms);
}

std::vector<Amount> fees(const CostFlows& flows) {
    std::vector<Amount> all;
    for (const Instalment& one : flows.rows) all.push_back(one.fee);
    return all;
}

/// With a cost table and an acknowledgement.
struct Told : Stage {
    Told() : Stage({.captured = false}) {
        accept(cost_table());
        accept(disclosure());
    }
    Capture told(Amount principal = 100'000, ContractId contract = kContract) const {
        Capture body = capture(principal, 3, contract);
        body.cost_table = kTable;
        body.disclosure = kDisclosure;
        return body;
    }
};

}  // namespace

TEST_CASE("Each basis enters the flows to the fen", "[ledger][costs]") {
    // Goal: the four formulas by hand, roundings included; defaults and own charges enter nothing.
    const Schedule rows = usual_rows();
    const auto under = [&](CostRow cost) {
        return flows_under({{}, {}, {std::move(cost)}}, 100'000, rows.rows);
    };
    using Fees = std::vector<Amount>;
    // 100'000 * 1.2 % / 12, each row.
    CHECK(fees(under(row("guarantee", CostBasis::principal, 12'000))) == Fees{600, 600, 600});
    // Of 100'000, 66'667 and 33'334.
    CHECK(fees(under(row("guarantee", CostBasis::balance, 12'000))) == Fees{600, 567, 533});
    // Of rows of 33'833, 33'833 and 33'834: 338.33 and 338.34.
    CHECK(fees(under(row("channel", CostBasis::per_row, 10'000))) == Fees{838, 838, 838});
    const CostFlows once = under(row("stamp", CostBasis::once, 10'005));
    CHECK(once.principal == 100'000 - 1'001);  // 1000.5, half up
    CHECK(fees(once) == Fees{500, 500, 500});
    for (const CostRow& cost : {row("court", CostBasis::once, 50'000, CostWhen::in_default),
                                row("fee", CostBasis::principal, 60'000)}) {
        const CostFlows flows = under(cost);
        CHECK(flows.principal == 100'000);
        CHECK(flows.rows == rows.rows);
    }
    // The ends of the ranges stay within 64 bits.
    const CostFlows wide =
        flows_under({{}, {}, std::vector<CostRow>(32, row("x", CostBasis::principal, 10'000'000))},
                    kPrincipalEnd - 1, rows.rows);
    CHECK(wide.rows[0].fee > 0);
}

TEST_CASE("COST_TABLE is kept with those before it", "[ledger][rules][costs]") {
    // Goal: the newest of a date counts; dates never go back; each is found by its id.
    Stage stage({.captured = false});
    stage.accept(stage.cost_table(), kToday + 1);
    stage.accept(stage.cost_table(id_of<CostTableId>(2)), kToday + 3);
    stage.refuse(stage.cost_table(id_of<CostTableId>(3)), Outcome::date_out_of_order, kToday + 2);
    stage.accept(stage.backdated(stage.disclosure(), kToday + 3, kToday + 2));
    stage.accept(stage.disclosure(id_of<DisclosureId>(2), id_of<CostTableId>(2)), kToday + 3);
    const auto cite = [&](CostTableId table, DisclosureId disclosure, ContractId id = kOther) {
        Capture body = stage.capture(1'000, 3, id);
        body.cost_table = table;
        body.disclosure = disclosure;
        return body;
    };
    const Capture older = cite(Stage::kTable, Stage::kDisclosure);
    const Capture newer = cite(id_of<CostTableId>(2), id_of<DisclosureId>(2));
    stage.refuse(older, Outcome::cost_table_differs, kToday + 3);
    stage.refuse(stage.backdated(newer, kToday + 3, kToday + 2), Outcome::cost_table_differs);
    stage.refuse(stage.backdated(older, kToday + 3, kToday), Outcome::cost_table_differs);
    stage.accept(newer, kToday + 3);
    const Capture then = cite(Stage::kTable, Stage::kDisclosure, Stage::kContract);
    stage.accept(stage.backdated(then, kToday + 3, kToday + 2));
    const ContractBody body = stage.book.contract(kOther)->body;
    CHECK(body.cost_table == id_of<CostTableId>(2));
    CHECK(body.disclosure == id_of<DisclosureId>(2));
    const auto product = read_product(stage.book.records(), Stage::kProduct).value().value();
    const auto tables = read_cost_tables(stage.book.records(), product).value();
    REQUIRE(tables.size() == 2);
    CHECK(tables[0].terms.table == id_of<CostTableId>(2));
    CHECK(tables[1].terms.table == Stage::kTable);
}

TEST_CASE("COST_TABLE is refused, each rule with its code", "[ledger][rules][costs]") {
    // Goal: rows at the ends of their ranges, items, own charges, signers.
    Stage stage({.captured = false});
    const auto with = [&](std::vector<CostRow> rows) {
        CostTable table = stage.cost_table();
        table.rows = std::move(rows);
        return table;
    };
    const CostRow good = row("guarantee", CostBasis::principal, 12'000);
    std::vector<CostRow> many;
    for (int item = 0; item < 33; ++item) {
        many.push_back(row("item " + std::to_string(item), CostBasis::once, 0));
    }
    CostRow below = good, above = good;
    below.rate_ppm = -1;
    above.rate_ppm = 10'000'001;
    for (const std::vector<CostRow>& rows : {std::vector<CostRow>{},
                                             many,
                                             {good, good},
                                             {below},
                                             {above},
                                             {row("", CostBasis::once, 1)},
                                             {row(std::string(65, 'x'), CostBasis::once, 1)},
                                             {row("fee", CostBasis::once, 1)},
                                             {row("interest", CostBasis::principal, 1)},
                                             {row("penalty", CostBasis::balance, 1)}}) {
        stage.refuse(with(rows), Outcome::cost_table_invalid);
    }
    stage.refuse(stage.cost_table(Stage::kTable, id_of<ProductId>(9)), Outcome::product_unknown);
    CostRow of_nobody = good;
    of_nobody.member = id_of<MemberId>(9);
    stage.refuse(with({of_nobody}), Outcome::member_unknown);
    require_refused(stage.book, stage.draft(stage.cost_table()), {stage.lender},
                    Outcome::role_missing);
    require_refused(stage.book, stage.draft(stage.cost_table()),
                    {&stage.book.cast().other_originator(), stage.regulator},
                    Outcome::owner_differs);
    many.pop_back();
    stage.accept(with(many));
    stage.refuse(stage.cost_table(), Outcome::cost_table_exists);
}

TEST_CASE("DISCLOSURE_ACK is refused, each rule with its code", "[ledger][rules][costs]") {
    // Goal: days at their ends, seconds, table, signer.
    Stage stage({.captured = false});
    stage.refuse(stage.disclosure(), Outcome::cost_table_unknown);
    stage.accept(stage.cost_table());
    DisclosureAck ack = stage.disclosure();
    for (const Day day : {Day{-1}, kDayMax + 1}) {
        ack.shown_on = day;
        stage.refuse(ack, Outcome::date_out_of_range);
    }
    ack.shown_on = kToday + 1;
    stage.refuse(ack, Outcome::disclosure_ahead);
    ack.shown_on = kToday;
    ack.seconds_read = 0;
    stage.refuse(ack, Outcome::disclosure_unread);
    require_refused(stage.book, stage.draft(stage.disclosure()),
                    {&stage.book.cast().other_originator()}, Outcome::owner_differs);
    ack.seconds_read = 1;
    stage.accept(ack);
    stage.refuse(ack, Outcome::disclosure_exists);
}

TEST_CASE("A purchase cites the table and that its borrower saw it", "[ledger][rules][costs]") {
    // Goal: both, of the product, of the borrower, in time; and nothing of the sort elsewhere.
    Told stage;
    Capture body = stage.told();
    body.disclosure.reset();
    stage.refuse(body, Outcome::disclosure_missing);
    body = stage.told();
    body.cost_table.reset();
    stage.refuse(body, Outcome::disclosure_missing);
    Transaction unknown = stage.draft(stage.told());
    std::get<Capture>(unknown.body).cost_table = id_of<CostTableId>(9);
    stage.refuse(unknown, Outcome::cost_table_unknown);
    body = stage.told();
    body.disclosure = id_of<DisclosureId>(9);
    stage.refuse(body, Outcome::disclosure_unknown);
    const auto other = id_of<DisclosureId>(2);
    DisclosureAck ack = stage.disclosure(other);
    ack.borrower = id_of<BorrowerId>(9);
    stage.accept(ack);
    body.disclosure = other;
    stage.refuse(body, Outcome::disclosure_differs);
    // Seen after the purchase.
    const auto late = id_of<DisclosureId>(3);
    stage.accept(stage.disclosure(late), kToday + 2);
    body.disclosure = late;
    stage.refuse(body, Outcome::disclosure_differs, kToday + 1);
    // Nor before it took effect, whenever it is booked.
    stage.refuse(stage.backdated(body, kToday + 2, kToday + 1), Outcome::disclosure_differs);
    stage.accept(body, kToday + 2);

    Stage plain({.captured = false});
    unknown = plain.draft(plain.capture(1'000));
    std::get<Capture>(unknown.body).cost_table = Stage::kTable;
    plain.refuse(unknown, Outcome::cost_table_unknown);
    body = plain.capture(1'000);
    body.disclosure = Stage::kDisclosure;
    plain.refuse(body, Outcome::disclosure_unknown);
}

TEST_CASE("The disclosed rate counts all parties", "[ledger][rules][costs]") {
    // Goal: the guarantee of the stage's table is in it; the caps are held against the whole.
    Told stage;
    const Transaction capture = stage.draft(stage.told());
    const CostFlows flows = flows_under(stage.cost_table(), 100'000, usual_rows().rows);
    const Ppm all = apr_ppm(flows.principal, flows.rows).value();
    CHECK(std::get<Capture>(capture.body).apr_ppm == all);
    CHECK(all > 89'777);  // of the fee alone
    Transaction short_of_it = capture;
    std::get<Capture>(short_of_it.body).apr_ppm = 89'777;
    stage.refuse(short_of_it, Outcome::apr_differs);
    stage.accept(stage.told());
    CHECK(stage.book.contract(Stage::kContract)->body.apr_ppm == all);

    for (const Ppm by : {0, -1}) {
        Stage capped(
            {.rules =
                 [&](RulesetRegister& ruleset, ProductRegister&) {
                     ruleset.apr_caps = {{0, 500'000}, {kToday + 10, all + by}, {kToday + 20, 0}};
                 },
             .captured = false});
        capped.accept(capped.cost_table());
        capped.accept(capped.disclosure());
        Capture body = capped.capture(100'000);
        body.cost_table = Stage::kTable;
        body.disclosure = Stage::kDisclosure;
        // The cap of the day before, of the day, and of a later day.
        capped.accept(body, by == 0 ? kToday + 10 : kToday + 9);
        body.contract = kOther;
        capped.refuse(body, Outcome::apr_above_dated_cap, by == 0 ? kToday + 20 : kToday + 10);
    }
}

TEST_CASE("Nothing is charged that the table does not say", "[ledger][rules][costs]") {
    // Goal: a fee above its row, a penalty above or without its row, on both sides of the edge.
    const auto with = [](Ppm fee, std::optional<Ppm> penalty) {
        auto stage = std::make_unique<Stage>(StageOptions{.captured = false});
        CostTable table = stage->cost_table();
        table.rows = {row("fee", CostBasis::principal, fee)};
        if (penalty) {
            table.rows.push_back(
                row("penalty", CostBasis::balance, *penalty, CostWhen::in_default));
        }
        stage->accept(table);
        stage->accept(stage->disclosure());
        return stage;
    };
    const auto told = [](const Stage& stage) {
        Capture body = stage.capture(100'000);
        body.cost_table = Stage::kTable;
        body.disclosure = Stage::kDisclosure;
        return body;
    };
    const Day late = day_of("2024-04-10");
    const auto dear = with(59'999, 182'500);
    dear->refuse(told(*dear), Outcome::undisclosed_cost);
    const auto fair = with(60'000, 182'500);
    fair->accept(told(*fair));
    fair->accept(PenaltyAssess{Stage::kContract}, late);
    CHECK(fair->position().totals.billed[0] > 0);
    for (const std::optional<Ppm> penalty : {std::optional<Ppm>(182'499), std::optional<Ppm>()}) {
        const auto quiet = with(60'000, penalty);
        quiet->accept(told(*quiet));
        quiet->refuse(PenaltyAssess{Stage::kContract, 169}, Outcome::undisclosed_cost, late);
        // Nor by a settlement or re-plan, which bill what has accrued.
        CHECK(quiet->position_on(late).penalty_accrued == 0);
        quiet->accept(PrepaySettle{Stage::kContract, 0, "s-1"}, late);
        CHECK(quiet->position().totals.billed[0] == 0);
    }
}

TEST_CASE("Dated caps are in order and within their range", "[ledger][rules][costs]") {
    // Goal: what RULESET_REGISTER takes of them.
    Stage stage({.captured = false});
    const auto with = [](std::vector<DatedCap> caps) {
        RulesetRegister ruleset = usual_ruleset(id_of<RulesetId>(9));
        ruleset.apr_caps = std::move(caps);
        return ruleset;
    };
    std::vector<DatedCap> many;
    for (Day day = 0; day < 17; ++day) many.push_back({day, 1});
    for (const std::vector<DatedCap>& caps : {many,
                                              {{5, 1}, {5, 2}},
                                              {{5, 1}, {4, 2}},
                                              {{-1, 1}},
                                              {{kDayMax + 1, 1}},
                                              {{0, -1}},
                                              {{0, 10'000'001}}}) {
        stage.refuse(with(caps), Outcome::ruleset_invalid);
    }
    many.pop_back();
    stage.accept(with(many));
}
