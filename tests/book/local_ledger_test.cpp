#include "book/local_ledger.h"

#include "api/ids.h"
#include "book/planner.h"
#include "ledger/dates.h"
#include "ledger/propose.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using ledger::Outcome;
using testing::id_of;

namespace {

const std::initializer_list<const char*> kNames{"lender",     "lender/2",  "funder",   "servicer",
                                                "servicer/2", "regulator", "collector"};

book::Signers signers_of(const testing::Cast& cast) {
    book::Signers signers;
    for (const char* name : kNames) {
        signers.push_back({cast.party(name).id, cast.party(name).key.public_key()});
    }
    return signers;
}

/// A local ledger beside a real book that gets the same transactions, truly signed.
class Pair {
public:
    explicit Pair(book::LocalLedger& local) : local_(local) {
        for (auto& transaction : book_.drafts().opening()) both({transaction});
    }

    Outcome both(const std::vector<ledger::Transaction>& transactions, bool atomic = false) {
        const auto& cast = book_.cast();
        const auto result =
            book_.submit(transactions,
                         {&cast.party("lender"), &cast.party("lender/2"), &cast.party("funder"),
                          &cast.party("servicer"), &cast.party("servicer/2"),
                          &cast.party("regulator"), &cast.party("collector")},
                         atomic);
        const auto outcomes = local_.apply(transactions, signers_of(cast), atomic);
        REQUIRE(outcomes.has_value());
        REQUIRE(outcomes->size() == result.transactions.size());
        for (std::size_t i = 0; i < outcomes->size(); ++i) {
            CHECK((*outcomes)[i] == result.transactions[i].outcome);
        }
        return outcomes->back();
    }
    Outcome both(ledger::TransactionBody body) {
        auto transaction = book_.drafts().draft(std::move(body));
        REQUIRE(ledger::propose(transaction, local_.records()).has_value());
        return both({transaction});
    }
    testing::Book& book() { return book_; }

private:
    testing::Book book_{{}, testing::Opening::none};
    book::LocalLedger& local_;
};

const auto kContract = id_of<ledger::ContractId>(7);
const auto kLine = id_of<ledger::LineId>(1);

/// A line and a purchase of 1,000.00 in three instalments.
void buy(Pair& pair) {
    auto& drafts = pair.book().drafts();
    const auto borrower = id_of<ledger::BorrowerId>(1);
    CHECK(pair.both({drafts.assessment(borrower)}) == Outcome::accepted);
    CHECK(pair.both({drafts.grant(kLine, borrower, 500'000)}) == Outcome::accepted);
    CHECK(pair.both({drafts.capture(kContract, kLine, pair.book().cast().funder().id, 100'000)}) ==
          Outcome::accepted);
}

book::BookRow row_of(const boost::json::object& whole, const api::MemberResolver& resolver) {
    auto row = book::row_from_json(whole, resolver);
    INFO((row ? "" : row.error().context));
    REQUIRE(row.has_value());
    return *std::move(row);
}

}  // namespace

TEST_CASE("A local ledger becomes what a book of signed submissions becomes, byte for byte") {
    // Goal: the same code without signatures; refusals, ids, account logs and totals included.
    const testing::Cast cast;
    book::LocalLedger local(cast.genesis());
    Pair pair(local);
    buy(pair);
    CHECK(pair.both(ledger::Repayment{kContract, 33'833, "a-1", {}}) == Outcome::accepted);
    CHECK(pair.both(ledger::Repayment{kContract, 1, "a-1", {}}) == Outcome::source_ref_used);
    CHECK(pair.both(ledger::Waive{kContract, {{1, ledger::Component::fee, 500}}}) ==
          Outcome::accepted);
    CHECK(pair.both(ledger::PrepaySettle{kContract, 0, "b-1"}) == Outcome::accepted);
    CHECK(pair.both(ledger::DayClose{}) == Outcome::accepted);
    for (const auto& [key, value] : pair.book().records().all()) {
        const auto here = local.records().get(key);
        REQUIRE(here.has_value());
        CHECK(*here == value);
    }
}

TEST_CASE("A local ledger on a network's records goes on from them, and can go back to them") {
    const testing::Cast cast;
    book::LocalLedger first(cast.genesis());
    Pair pair(first);
    buy(pair);
    book::LocalLedger second(cast.genesis(), pair.book().records());
    auto payment = pair.book().drafts().draft(ledger::Repayment{kContract, 33'833, "a-1", {}});
    REQUIRE(ledger::propose(payment, second.records()).has_value());
    const auto signers = signers_of(cast);
    CHECK(*second.apply(std::span(&payment, 1), signers) == std::vector{Outcome::accepted});
    CHECK(ledger::read_contract(second.records(), kContract)->value().body.events.size() == 2);
    CHECK(pair.book().contract(kContract)->body.events.size() == 1);
    {
        book::LocalLedger branch = second.branch();
        auto more = pair.book().drafts().draft(ledger::Repayment{kContract, 5, "b-1", {}});
        REQUIRE(ledger::propose(more, branch.records()).has_value());
        CHECK(*branch.apply(std::span(&more, 1), signers) == std::vector{Outcome::accepted});
    }
    CHECK(ledger::read_contract(second.records(), kContract)->value().body.events.size() == 2);
    second.forget();
    CHECK(ledger::read_contract(second.records(), kContract)->value().body.events.size() == 1);
    CHECK(*second.apply(std::span(&payment, 1), signers) == std::vector{Outcome::accepted});
}

TEST_CASE("Rows get the claims that they leave out, and keep those that they state") {
    const testing::Cast cast;
    book::LocalLedger local(cast.genesis());
    Pair pair(local);
    buy(pair);
    const auto signers = signers_of(cast);
    const api::MemberResolver nobody;
    const std::string day = ledger::day_text(testing::Drafts::kToday);
    boost::json::object payment{{"type", "REPAYMENT"},
                                {"business_date", day},
                                {"contract", api::id_text(kContract)},
                                {"amount", 1'000},
                                {"source_ref", "x-1"}};
    boost::json::object wrong = payment;
    wrong["allocation"] = {{{"instalment", 0}, {"component", "principal"}, {"amount", 1'000}}};
    const std::vector<book::BookRow> rows{row_of(wrong, nobody), row_of(payment, nobody)};
    const std::vector ids{id_of<ledger::TransactionId>(901), id_of<ledger::TransactionId>(902)};
    const auto stated =
        book::plan_rows(local, std::span(rows).first(1), std::span(ids).first(1), signers, nobody);
    REQUIRE(stated.has_value());
    CHECK(stated->front().outcome == Outcome::allocation_differs);
    const auto computed =
        book::plan_rows(local, std::span(rows).last(1), std::span(ids).last(1), signers, nobody);
    REQUIRE(computed.has_value());
    CHECK(computed->front().outcome == Outcome::accepted);
    CHECK(std::get<ledger::Repayment>(computed->front().transaction.body).allocation ==
          std::vector<ledger::Allocation>{{0, ledger::Component::fee, 500},
                                          {0, ledger::Component::principal, 500}});
}

TEST_CASE("A row that no claim follows from is a transaction all the same, refused") {
    const testing::Cast cast;
    book::LocalLedger local(cast.genesis());
    Pair pair(local);
    const std::string day = ledger::day_text(testing::Drafts::kToday);
    const auto row = row_of({{"type", "REPAYMENT"},
                             {"business_date", day},
                             {"contract", api::id_text(kContract)},
                             {"amount", 5},
                             {"source_ref", "x-1"}},
                            {});
    const auto id = id_of<ledger::TransactionId>(901);
    const auto planned =
        book::plan_rows(local, std::span(&row, 1), std::span(&id, 1), signers_of(cast), {});
    REQUIRE(planned.has_value());
    CHECK(planned->front().outcome == Outcome::contract_unknown);
    CHECK(std::get<ledger::Repayment>(planned->front().transaction.body).allocation.empty());
}

TEST_CASE("In a group, a payment posted again on a closed day sees the reversal before it") {
    // Goal: what was 33,833 on the first row becomes 20,000: the allocation begins anew.
    const testing::Cast cast;
    book::LocalLedger local(cast.genesis());
    Pair pair(local);
    buy(pair);
    auto payment = pair.book().drafts().draft(ledger::Repayment{kContract, 33'833, "a-1", {}});
    REQUIRE(ledger::propose(payment, local.records()).has_value());
    CHECK(pair.both({payment}) == Outcome::accepted);
    CHECK(pair.both(ledger::DayClose{}) == Outcome::accepted);
    const std::string day = ledger::day_text(testing::Drafts::kToday);
    const std::string contract = api::id_text(kContract);
    const auto lender = api::id_text(cast.originator().id);
    const std::vector<book::BookRow> rows{row_of({{"type", "REVERSAL"},
                                                  {"business_date", day},
                                                  {"submitter", lender},
                                                  {"target", api::id_text(payment.id)},
                                                  {"contract", contract},
                                                  {"reason", "mistyped"}},
                                                 {}),
                                          row_of({{"type", "REPAYMENT"},
                                                  {"business_date", day},
                                                  {"contract", contract},
                                                  {"amount", 20'000},
                                                  {"source_ref", "a-1"}},
                                                 {})};
    const std::vector ids{id_of<ledger::TransactionId>(901), id_of<ledger::TransactionId>(902)};
    const auto planned = book::plan_rows(local, rows, ids, signers_of(cast), {});
    REQUIRE(planned.has_value());
    CHECK((*planned)[0].outcome == Outcome::accepted);
    CHECK((*planned)[1].outcome == Outcome::accepted);
    CHECK(std::get<ledger::Repayment>((*planned)[1].transaction.body).allocation ==
          std::vector<ledger::Allocation>{{0, ledger::Component::fee, 500},
                                          {0, ledger::Component::principal, 19'500}});
    // The book says the same of the same transactions.
    const auto& party = [&cast](const char* name) { return &cast.party(name); };
    const std::vector transactions{(*planned)[0].transaction, (*planned)[1].transaction};
    const auto result = pair.book().submit(
        transactions, {party("lender"), party("servicer"), party("servicer/2")}, true);
    CHECK(result.transactions[0].outcome == Outcome::accepted);
    CHECK(result.transactions[1].outcome == Outcome::accepted);
}
