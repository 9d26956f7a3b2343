#include <limits>

#include "ledger/trial_balance.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// The accounting day: opened, closed with a trial balance, corrected afterwards.
namespace {

constexpr Day kToday = Drafts::kToday;

DaysRecord days(const Stage& stage) { return read_days(stage.book.records()).value(); }

Transaction close_of(Stage& stage, Day day) {
    return stage.book.proposed(stage.book.drafts().draft(DayClose{}, day));
}

Amount balance(const Stage& stage, Day day, BookAccount account) {
    const auto rows = trial_balance(stage.book.records(), day).value();
    for (const BookBalance& row : rows) {
        if (row.account == static_cast<std::uint32_t>(account)) return row.balance;
    }
    return 0;
}

/// A payment of 500 on a day that is closed since, while the next one is open.
struct Closed {
    Stage stage;
    Transaction payment = stage.draft(stage.payment(500, "bank-1"));

    Closed() {
        stage.accept(payment);
        stage.book.ensure_day(kToday + 1);
        stage.close_days(kToday);
    }
    Transaction reversal() { return stage.draft(stage.reversal(payment)); }
    /// Claims what it would claim once the payment is reversed.
    Transaction repost(Amount amount, std::string source = "bank-1", Day day = kToday) {
        Transaction transaction = stage.book.drafts().draft(stage.payment(amount, source), day);
        std::get<Repayment>(transaction.body).allocation = {{0, Component::fee, amount}};
        return transaction;
    }
    std::vector<Outcome> atomic(const std::vector<Transaction>& transactions,
                                std::initializer_list<const Party*> signers) {
        std::vector<Outcome> outcomes;
        for (const auto& row : stage.book.submit(transactions, signers, true).transactions) {
            outcomes.push_back(row.outcome);
        }
        return outcomes;
    }
    std::vector<Outcome> by_both_keys(const std::vector<Transaction>& transactions) {
        return atomic(transactions, {stage.servicer, stage.servicer_2});
    }
};

const std::vector kBothAccepted(2, Outcome::accepted);

}  // namespace

TEST_CASE("Days open in any order, 31 at a time", "[ledger][rules][day]") {
    // Goal: each once, gaps filled later, none behind a closed one; the ends of the calendar; who
    // signs.
    Book book({}, Opening::none);
    const Party* servicer = &book.cast().servicer();
    const auto open = [&](Day day) { return book.drafts().open_day(day); };
    require_refused(book, open(kToday), {&book.cast().originator()}, Outcome::role_missing);
    for (const Day day :
         {-1, kDayMax + 1, std::numeric_limits<Day>::max(), std::numeric_limits<Day>::min()}) {
        require_refused(book, open(day), {servicer}, Outcome::date_out_of_range);
    }
    for (const Day day : {0, 5, 1}) {
        CHECK(book.submit_one(open(day), {servicer}) == Outcome::accepted);
    }
    for (const Day day : {0, 1, 5}) {
        require_refused(book, open(day), {servicer}, Outcome::day_out_of_order);
    }
    for (Day day = 33; day > 5; --day) {
        REQUIRE(book.submit_one(open(day), {servicer}) == Outcome::accepted);
    }
    require_refused(book, open(2), {servicer}, Outcome::day_out_of_order);
    CHECK(book.propose_one(book.drafts().draft(DayClose{}, 0), {servicer}) == Outcome::accepted);
    require_refused(book, open(0), {servicer}, Outcome::day_out_of_order);
    CHECK(book.submit_one(open(kDayMax), {servicer}) == Outcome::accepted);
    CHECK(read_days(book.records()).value().open.size() == 31);
}

TEST_CASE("A day that nobody opened ends with a later one", "[ledger][rules][day]") {
    // Goal: nothing is dated on it any more, for the same reason as on the closed ones; but nobody
    // has reconciled it. A day that was cancelled is such a day.
    Stage stage;
    const Party* servicer = stage.servicer;
    stage.book.ensure_day(kToday + 1);
    stage.book.ensure_day(kToday + 3);
    CHECK(stage.book.submit_one(stage.book.drafts().draft(DayCancel{}, kToday + 1),
                                {servicer, stage.lender}) == Outcome::accepted);
    stage.close_days(kToday + 3);
    stage.book.ensure_day(kToday + 4);
    const auto dated = [&](TransactionBody body, Day day) {
        return stage.book.drafts().draft(std::move(body), day);
    };
    for (const Day day : {kToday - 1, kToday + 1, kToday + 2}) {
        stage.refuse(dated(stage.payment(500), day), Outcome::day_closed);
        stage.refuse(dated(DayClose{}, day), Outcome::day_closed);
        stage.refuse(dated(DayCancel{}, day), Outcome::day_closed);
        ReconResult result = stage.recon(id_of<ReconId>(7));
        result.day = day;
        stage.refuse(result, Outcome::day_not_open, kToday + 4);
        require_refused(stage.book, stage.book.drafts().open_day(day), {servicer},
                        Outcome::day_out_of_order);
    }
    stage.refuse(dated(stage.payment(500), kToday), Outcome::day_closed);
    stage.refuse(dated(DayClose{}, kToday + 3), Outcome::day_closed);
    ReconResult result = stage.recon(id_of<ReconId>(7));
    result.day = kToday;
    stage.accept(result, kToday + 4);
}

TEST_CASE("No day opens or closes ahead of the calendar", "[ledger][rules][day]") {
    // Goal: one servicer's slip must not end the book for everybody. Today is the day of the
    // block's time in the network's zone, eight hours ahead of UTC.
    Book book({}, Opening::none);
    const Party* servicer = &book.cast().servicer();
    const auto at = [&](Day day, int hour) {
        book.set_next_time(std::chrono::days(day) + std::chrono::hours(hour));
    };
    const auto open = [&](Day day) { return book.drafts().open_day(day); };
    const auto close = [&](Day day) { return book.proposed(book.drafts().draft(DayClose{}, day)); };
    at(kToday, 15);  // 23:00
    for (const Day day : {kToday + 2, kToday + 400, kDayMax}) {
        require_refused(book, open(day), {servicer}, Outcome::day_ahead);
    }
    CHECK(book.submit_one(open(kToday + 1), {servicer}) == Outcome::accepted);
    require_refused(book, close(kToday + 1), {servicer}, Outcome::day_ahead);
    CHECK(book.submit_one(open(kToday), {servicer}) == Outcome::accepted);
    CHECK(book.submit_one(close(kToday), {servicer}) == Outcome::accepted);
    at(kToday, 16);  // midnight
    CHECK(book.submit_one(open(kToday + 2), {servicer}) == Outcome::accepted);
    CHECK(book.submit_one(close(kToday + 1), {servicer}) == Outcome::accepted);
}

TEST_CASE("A day on which nothing was booked is taken back by two", "[ledger][rules][day]") {
    // Goal: servicer and originator; not a day in use, closed, or never opened.
    Stage stage;
    const auto cancel = [&](Day day) { return stage.book.drafts().draft(DayCancel{}, day); };
    stage.book.ensure_day(kToday + 1);
    require_refused(stage.book, cancel(kToday + 1), {stage.servicer}, Outcome::role_missing);
    require_refused(stage.book, cancel(kToday + 1), {stage.lender}, Outcome::role_missing);
    stage.refuse(cancel(kToday), Outcome::day_in_use);
    stage.accept(cancel(kToday + 1));
    CHECK(days(stage).open == std::vector{kToday});
    stage.refuse(cancel(kToday + 1), Outcome::day_not_open);
    stage.book.ensure_day(kToday + 1);
    stage.close_days(kToday);
    stage.refuse(cancel(kToday), Outcome::day_closed);
}

TEST_CASE("A day that anything is dated on is not taken back", "[ledger][rules][day]") {
    // Goal: what moves no money of a lender's book, too: assessments, lines, what is said of a
    // contract; also once it was refused before, and not for what was refused.
    Stage stage;
    Day day = kToday;
    const auto cancel = [&] { return stage.book.drafts().draft(DayCancel{}, day); };
    const std::vector<TransactionBody> bodies{
        stage.book.drafts().assessment(id_of<BorrowerId>(77)).body,
        LimitFreeze{Stage::kLine, "review"},
        LimitUnfreeze{Stage::kLine, "reviewed"},
        PurchaseAuth{id_of<AuthorisationId>(7), Stage::kLine, 5, kToday + 100},
        OverdueMark{Stage::kContract, 0, 0, 0},
        stage.request(id_of<HardshipId>(3)),
        ServicerChange{Stage::kContract, stage.book.cast().other_servicer().id},
    };
    for (const TransactionBody& body : bodies) {
        INFO(type_name(body));
        ++day;
        stage.book.ensure_day(day);
        stage.refuse(stage.draft(stage.payment(900'000), day), Outcome::above_payable);
        stage.accept(cancel());
        stage.book.ensure_day(day);
        stage.accept(body, day);
        stage.refuse(cancel(), Outcome::day_in_use);
    }
    const DaysRecord record = days(stage);
    CHECK(record.used == record.open);
    stage.close_days(day - 1);
    CHECK(days(stage).used == std::vector{day});
}

TEST_CASE("A ruleset bounds how late a business date may be", "[ledger][rules][day]") {
    // Goal: the last day that passes and the first that does not; corrections are exempt.
    Stage stage(
        {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.lag_days_max = 3; },
         .captured = false});
    stage.book.set_next_time(std::chrono::days(kToday));
    stage.accept(stage.capture(100'000));
    stage.book.set_next_time(std::chrono::days(kToday + 3));
    stage.accept(stage.payment(5));
    stage.book.set_next_time(std::chrono::days(kToday + 4));
    stage.refuse(stage.payment(5), Outcome::business_date_late);
}

TEST_CASE("Days close in order", "[ledger][rules][day]") {
    // Goal: the oldest first, each once; a day never opened is not open, one passed over closed.
    Stage stage;
    stage.book.ensure_day(kToday + 3);
    stage.refuse(close_of(stage, kToday + 3), Outcome::day_out_of_order);
    stage.refuse(close_of(stage, kToday + 1), Outcome::day_not_open);
    require_refused(stage.book, close_of(stage, kToday), {stage.lender}, Outcome::role_missing);
    stage.accept(close_of(stage, kToday));
    CHECK(days(stage).last_closed == kToday);
    CHECK(days(stage).open == std::vector{kToday + 3});
    stage.refuse(close_of(stage, kToday), Outcome::day_closed);
    stage.refuse(stage.book.drafts().open_day(kToday), Outcome::day_out_of_order);
    stage.accept(close_of(stage, kToday + 3));
    for (const Day day : {kToday + 1, kToday + 3}) {
        stage.refuse(stage.book.drafts().open_day(day), Outcome::day_out_of_order);
    }
    stage.refuse(stage.backdated(stage.payment(5), kToday + 2, kToday + 2), Outcome::day_closed);
    stage.book.ensure_day(kToday + 4);
    stage.accept(stage.payment(5), kToday + 4);
}

TEST_CASE("Nothing is booked on a day that is not open", "[ledger][rules][day]") {
    // Goal: before its opening and after its closing, for a body of each side.
    Stage stage;
    Transaction early = stage.book.drafts().draft(stage.payment(5), kToday + 1);
    stage.refuse(early, Outcome::day_not_open);
    Transaction grant = stage.book.drafts().grant(id_of<LineId>(5), Stage::kBorrower, 5);
    grant.business_date = kToday + 1;
    grant.value_date = kToday + 1;
    stage.refuse(grant, Outcome::day_not_open);
    stage.book.ensure_day(kToday + 1);
    stage.close_days(kToday);
    stage.refuse(stage.book.drafts().grant(id_of<LineId>(5), Stage::kBorrower, 5),
                 Outcome::day_closed);
    stage.refuse(stage.book.drafts().draft(OverdueMark{Stage::kContract, 0, 0, 0}),
                 Outcome::day_closed);
}

TEST_CASE("DAY_CLOSE states the book's own balances", "[ledger][rules][day]") {
    // Goal: each row, its order and its completeness; debits and credits of the money accounts.
    Stage stage;
    stage.accept(stage.payment(33'833));
    const auto good = close_of(stage, kToday);
    const auto& rows = std::get<DayClose>(good.body).balances;
    const MemberId lender = stage.lender->id;
    CHECK(rows == std::vector<BookBalance>{{lender, "CNY", 4, 66'667},
                                           {lender, "CNY", 5, 1'000},
                                           {lender, "CNY", 6, -100'000},
                                           {lender, "CNY", 8, 33'833},
                                           {lender, "CNY", 19, -1'500}});
    const auto changed = [&](auto change) {
        Transaction transaction = good;
        transaction.id = stage.book.drafts().next_id();
        change(std::get<DayClose>(transaction.body).balances);
        stage.refuse(transaction, Outcome::trial_balance_differs);
    };
    using Rows = std::vector<BookBalance>;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        changed([&](Rows& r) { ++r[row].balance; });
        changed([&](Rows& r) { r[row].balance = std::numeric_limits<Amount>::min(); });
        changed([&](Rows& r) { r[row].account = 0xFFFF'FFFF; });
        changed([&](Rows& r) { r[row].currency = "JPY"; });
        changed([&](Rows& r) { r[row].lender = stage.servicer->id; });
        changed([&](Rows& r) { r.erase(r.begin() + static_cast<std::ptrdiff_t>(row)); });
    }
    changed([](Rows& r) { std::swap(r[0], r[1]); });
    changed([&](Rows& r) { r.push_back({lender, "CNY", 9, 0}); });
    changed([](Rows& r) { r.clear(); });
    stage.accept(good);
}

TEST_CASE("A trial balance holds what was booked up to its day", "[ledger][rules][day]") {
    // Goal: bookings of a later open day are not in it, corrections of closed days are.
    Stage stage;
    stage.book.ensure_day(kToday + 1);
    stage.accept(stage.payment(700), kToday + 1);
    CHECK(balance(stage, kToday, BookAccount::cash) == 0);
    CHECK(balance(stage, kToday + 1, BookAccount::cash) == 700);
    stage.accept(stage.payment(40));
    CHECK(balance(stage, kToday, BookAccount::cash) == 40);
    stage.accept(close_of(stage, kToday));
    CHECK(balance(stage, kToday + 1, BookAccount::cash) == 740);
    stage.accept(close_of(stage, kToday + 1));
    CHECK(balance(stage, kToday + 1, BookAccount::cash) == 740);
    CHECK_FALSE(stage.book.records()
                    .get(totals_key({stage.lender->id, {'C', 'N', 'Y'}}, kToday + 1))
                    .value());
}

TEST_CASE("A closed day takes a reversal together with its repost", "[ledger][rules][day]") {
    // Goal: in one atomic submission of two keys, and the closed balances follow.
    Closed closed;
    const Amount before = balance(closed.stage, kToday + 1, BookAccount::cash);
    CHECK(closed.by_both_keys({closed.reversal(), closed.repost(400)}) == kBothAccepted);
    CHECK(closed.stage.position().totals.repaid == ByComponent{0, 400, 0, 0});
    CHECK(balance(closed.stage, kToday + 1, BookAccount::cash) == before - 100);
    closed.stage.refuse(closed.stage.payment(5, "bank-1"), Outcome::source_ref_used, kToday + 1);
    closed.stage.accept(close_of(closed.stage, kToday + 1));
}

TEST_CASE("A closed day takes nothing else", "[ledger][rules][day]") {
    // Goal: alone, not atomic, in the wrong order, with one key, of another type or day, or more
    // reposts than reversals: refused, and nothing of it stands.
    Closed closed;
    Stage& stage = closed.stage;
    const Outcome sibling = Outcome::atomic_sibling;
    const Outcome shut = Outcome::day_closed;
    using Outcomes = std::vector<Outcome>;
    const auto records = [&] { return stage.position().totals.repaid; };
    const ByComponent before = records();
    CHECK(closed.by_both_keys({closed.reversal()}) == Outcomes{shut});
    CHECK(closed.by_both_keys({closed.repost(400)}) == Outcomes{shut});
    CHECK(closed.by_both_keys({closed.repost(400), closed.reversal()}) == Outcomes{shut, shut});
    CHECK(closed.atomic({closed.reversal(), closed.repost(400)}, {stage.servicer}) ==
          Outcomes{Outcome::two_keys_required, shut});
    CHECK(closed.by_both_keys({closed.reversal(), closed.repost(400, "bank-1", kToday + 1)}) ==
          Outcomes{shut, Outcome::source_ref_used});
    CHECK(closed.by_both_keys(
              {closed.reversal(), stage.book.drafts().draft(PenaltyAssess{Stage::kContract, 5})}) ==
          Outcomes{shut, shut});
    CHECK(closed.by_both_keys({closed.reversal(), closed.repost(400),
                               closed.repost(30, "bank-2")}) == Outcomes{sibling, sibling, shut});
    CHECK(closed.by_both_keys({closed.reversal(), closed.repost(102'000)}) ==
          Outcomes{sibling, Outcome::above_payable});
    const auto apart = stage.book.submit(std::vector{closed.reversal(), closed.repost(400)},
                                         {stage.servicer, stage.servicer_2}, false);
    CHECK(apart.transactions[0].outcome == shut);
    CHECK(apart.transactions[1].outcome == shut);
    CHECK(records() == before);
}

TEST_CASE("Only what was booked on the closed day is reversed on it", "[ledger][rules][day]") {
    // Goal: a payment of the open day cannot be moved back by a correction.
    Closed closed;
    Stage& stage = closed.stage;
    const auto later = stage.draft(stage.payment(30, "bank-9"), kToday + 1);
    stage.accept(later);
    const auto outcomes =
        closed.by_both_keys({stage.draft(stage.reversal(later)), closed.repost(30, "bank-9")});
    CHECK(outcomes == std::vector(2, Outcome::day_closed));
}

TEST_CASE("A repost is of the same contract, or of a stated other one", "[ledger][rules][day]") {
    // Goal: a closed day's cash does not move from one contract to another by a correction, unless
    // it is said so, with the same amount, and both servicers sign.
    Stage stage;
    const auto other = id_of<ContractId>(7);
    const Party* second = &stage.book.cast().other_servicer();
    Capture capture = stage.capture(30'000, 3, other);
    capture.servicer = second->id;
    stage.accept(capture);
    const auto payment = stage.draft(stage.payment(500, "bank-1"));
    stage.accept(payment);
    stage.book.ensure_day(kToday + 1);
    stage.close_days(kToday);
    const auto reversal = [&](std::optional<ContractId> reposted_on) {
        Reversal body = stage.reversal(payment);
        body.reposted_on = reposted_on;
        return stage.draft(body);
    };
    const auto repost = [&](Amount amount) {
        Repayment body{other, amount, "bank-1", {}};
        body.allocation = {{0, Component::fee, std::min<Amount>(amount, 150)}};
        if (amount > 150) body.allocation.push_back({0, Component::principal, amount - 150});
        return stage.book.drafts().draft(body);
    };
    const auto send = [&](const std::vector<Transaction>& both,
                          std::initializer_list<const Party*> signers) {
        return stage.book.submit(both, signers, true).transactions[0].outcome;
    };
    const std::initializer_list<const Party*> one{stage.servicer, stage.servicer_2};
    const std::initializer_list<const Party*> all{stage.servicer, stage.servicer_2, second};
    CHECK(send({reversal({}), repost(500)}, all) == Outcome::day_closed);
    CHECK(send({reversal(other), repost(1)}, all) == Outcome::day_closed);
    CHECK(send({reversal(other), repost(500)}, one) == Outcome::servicer_differs);
    CHECK(send({reversal(id_of<ContractId>(8)), repost(500)}, all) == Outcome::contract_unknown);
    CHECK(send({reversal(other), repost(500)}, all) == Outcome::accepted);
    CHECK(stage.position().totals.repaid == ByComponent{});
    CHECK(balance(stage, kToday + 1, BookAccount::cash) == 500);
    const auto today = stage.draft(stage.payment(500, "bank-2"), kToday + 1);
    stage.accept(today);
    Reversal open = stage.reversal(today);
    open.reposted_on = other;
    CHECK(stage.book.submit_one(stage.draft(open, kToday + 1), all) == Outcome::day_not_closed);
}

TEST_CASE("Two corrections of a closed day go together", "[ledger][rules][day]") {
    // Goal: each reversal needs a repost of its own; malformed siblings are no reposts.
    Stage stage;
    const auto first = stage.draft(stage.payment(500, "bank-1"));
    stage.accept(first);
    const auto second = stage.draft(stage.payment(300, "bank-2"));
    stage.accept(second);
    stage.book.ensure_day(kToday + 1);
    stage.close_days(kToday);
    const auto repost = [&](Amount amount, std::string source) {
        Transaction transaction = stage.book.drafts().draft(stage.payment(amount, source));
        std::get<Repayment>(transaction.body).allocation = {{0, Component::fee, amount}};
        return transaction;
    };
    const auto reversal = [&](const Transaction& target) {
        return stage.draft(stage.reversal(target));
    };
    const std::initializer_list<const Party*> keys{stage.servicer, stage.servicer_2};
    const auto one = stage.book.submit(
        std::vector{reversal(first), reversal(second), repost(200, "bank-1")}, keys, true);
    CHECK(one.transactions[1].outcome == Outcome::day_closed);
    const std::vector<Bytes> malformed{encode_transaction(reversal(first)), Bytes{0}};
    const SharedBytes bytes = stage.book.cast().sign_bytes(malformed, keys, true);
    CHECK(stage.book.apply(std::span(&bytes, 1)).submissions[0].transactions[0].outcome ==
          Outcome::day_closed);
    auto last = repost(150, "bank-2");
    std::get<Repayment>(last.body).allocation = {{0, Component::fee, 150}};
    const auto both = stage.book.submit(
        std::vector{reversal(first), reversal(second), repost(200, "bank-1"), last}, keys, true);
    for (const auto& row : both.transactions) CHECK(row.outcome == Outcome::accepted);
    CHECK(stage.position().totals.repaid == ByComponent{0, 350, 0, 0});
}

TEST_CASE("A lender's book has no more than 8 currencies", "[ledger][rules][day]") {
    // Goal: the last that fits and the first that does not, another lender's is not in the way; a
    // close of them all fits.
    Stage stage({.captured = false});
    std::uint64_t number = 100;
    const auto buy = [&](const Party& lender, const std::string& currency) {
        ++number;
        ProductRegister product =
            read_product(stage.book.records(), Stage::kProduct).value()->terms;
        product.product = id_of<ProductId>(number);
        product.currency = currency;
        const auto send = [&](const TransactionBody& body,
                              std::initializer_list<const Party*> signers) {
            return stage.book.submit_one(stage.draft(body), signers);
        };
        REQUIRE(send(product, {&lender, stage.regulator}) == Outcome::accepted);
        const ModelRegister model{id_of<ModelId>(number), "m", {}};
        REQUIRE(send(model, {&lender}) == Outcome::accepted);
        auto assessment = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
        assessment.assessment = id_of<AssessmentId>(number);
        assessment.model = model.model;
        assessment.currency = currency;
        REQUIRE(send(assessment, {&lender}) == Outcome::accepted);
        auto grant = std::get<LimitGrant>(
            Drafts().grant(id_of<LineId>(number), Stage::kBorrower, 1'000).body);
        grant.assessment = assessment.assessment;
        grant.currency = currency;
        REQUIRE(send(grant, {&lender}) == Outcome::accepted);
        Capture capture = stage.capture(1'000, 3, id_of<ContractId>(number));
        capture.line = grant.line;
        capture.product = product.product;
        return send(capture, {&lender, stage.funder});
    };
    const std::vector<std::string> currencies{"AED", "CHF", "EUR", "GBP",
                                              "HKD", "JPY", "KWD", "USD"};
    REQUIRE(currencies.size() == kCurrenciesMax);
    for (const std::string& currency : currencies) {
        CHECK(buy(*stage.lender, currency) == Outcome::accepted);
    }
    CHECK(days(stage).books.size() == kCurrenciesMax);
    CHECK(buy(*stage.lender, "SGD") == Outcome::overflow);
    CHECK(buy(stage.book.cast().other_originator(), "SGD") == Outcome::accepted);
    stage.accept(close_of(stage, kToday));
}
