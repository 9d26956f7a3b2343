#include <map>
#include <random>
#include <string>

#include "ledger/usual_terms.h"
#include "tests/ledger/second_opinion_writer.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;
using opinion::Contract;
using opinion::Trial;
using opinion::Writer;

// The rules against a second opinion on a contract and its line: the same transactions to both.
namespace {

using Counts = std::map<std::string, std::pair<int, int>>;

/// A life from a seed; fails with all of it where rules and second opinion differ.
void live(std::uint64_t seed, std::size_t events, Counts& counts) {
    Writer writer(seed);
    const RulesetRegister ruleset = writer.ruleset();
    const ProductRegister product = writer.product();
    Trial trial(ruleset, product, writer.limit());
    writer.run(trial, events);
    for (const auto& [type, count] : trial.counts) {
        counts[type].first += count.first;
        counts[type].second += count.second;
    }
    INFO("seed " << seed << ", " << events << " events\n" << trial.log());
    REQUIRE(trial.difference() == "");
}

/// Lives of 5 to 60 events.
void live_many(std::uint64_t lives) {
    const std::uint64_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    Counts counts;
    for (std::uint64_t life = 0; life < lives; ++life) {
        const std::uint64_t own_seed = random();
        live(own_seed, 5 + random() % 56, counts);
    }
    // A type that was never accepted or never refused would prove little.
    CHECK(counts.size() == 43);
    for (const auto& [type, count] : counts) {
        INFO(type << ": " << count.first << " accepted, " << count.second << " refused");
        CHECK(count.first > 0);
        CHECK(count.second > 0);
    }
}

/// A contract of 30000 over three months under the usual terms, captured on Drafts::kToday.
struct Usual {
    static constexpr ContractId kContract{{0x50, 9}};
    Trial trial;

    static ProductRegister product() {
        ProductRegister product = usual_product(Trial::kProduct, Trial::kRuleset);
        product.terms = {{1, 3, 5'000}};
        return product;
    }
    explicit Usual(const RulesetRegister& ruleset = usual_ruleset(Trial::kRuleset))
        : trial(ruleset, product(), 100'000) {
        Capture capture;
        capture.contract = kContract;
        capture.line = Trial::kLine;
        capture.principal = 30'000;
        capture.product = Trial::kProduct;
        capture.schedule.resize(3);
        capture.shares = {{trial.funder(), 1'000'000}};
        accept(std::move(capture), trial.today());
    }
    Transaction accept(TransactionBody body, Day value_date) {
        const Transaction sent = trial.proposed(trial.draft(std::move(body), value_date));
        INFO(trial.log());
        CHECK(trial.send(sent));
        trial.compare(kContract, {trial.today()});
        REQUIRE(trial.difference() == "");
        return sent;
    }
    Reversal reversal(const Transaction& target) const {
        return {trial.cast().party(trial.usual_signers(target.body).front()).id, target.id,
                kContract, "by mistake"};
    }
};

}  // namespace

TEST_CASE("Rules and second opinion agree on random lives", "[ledger][second-opinion]") {
    // Goal: outcomes, balances, allocations, ageing and penalties, now and at any point in time.
    live_many(350);
}

TEST_CASE("Rules and second opinion agree on a great many random lives", "[.soak]") {
    live_many(20'000);
}

TEST_CASE("A mark does not bar a payment that came before it", "[ledger][second-opinion]") {
    // Goal: nothing takes marks back, so a late booked payment in full must stand beside them.
    Usual usual;
    usual.trial.advance(Drafts::kToday + 40);
    usual.accept(OverdueMark{Usual::kContract, 0, 0, 0}, usual.trial.today());
    usual.accept(Repayment{Usual::kContract, 30'450, "bank-1", {}}, usual.trial.today() - 11);
    CHECK(usual.trial.contracts().at(Usual::kContract).at(usual.trial.today()).status() ==
          ContractStatus::closed_paid);
}

TEST_CASE("A bank takes a payment back whose money was paid out", "[ledger][second-opinion]") {
    // Goal: what a bank took is booked, though the contract's cash falls below zero by it.
    Usual usual;
    const Day today = usual.trial.today();
    const Transaction paid = usual.accept(Repayment{Usual::kContract, 20'300, "bank-1", {}}, today);
    usual.accept(MerchantRefund{Usual::kContract, 30'000, "shop-1"}, today);
    const Wide credit = usual.trial.contracts().at(Usual::kContract).at(today).credit;
    REQUIRE(credit > 0);
    usual.accept(OverpayRefund{Usual::kContract, static_cast<Amount>(credit), "out-1"}, today);
    usual.accept(
        Chargeback{Usual::kContract, usual.trial.cast().servicer().id, paid.id, 20'300, "back-1"},
        today);
    CHECK(usual.trial.contracts().at(Usual::kContract).at(today).owed() > 0);
}

TEST_CASE("No grace begins on a day whose penalty was billed", "[ledger][second-opinion]") {
    // Goal: no more is billed than has accrued; dated a day earlier the grace releases the bill.
    Usual usual;
    const Day late = Drafts::kToday + 60;
    usual.trial.advance(late);
    usual.accept(PenaltyAssess{Usual::kContract, 0}, late);
    const auto grace = [&](Day from) {
        return usual.trial.draft(GraceGrant{Usual::kContract, from, from + 10, std::nullopt}, from);
    };
    CHECK_FALSE(usual.trial.send(grace(late)));
    CHECK(usual.trial.difference() == "");
    CHECK(usual.trial.send(grace(late - 1)));
    usual.trial.compare(Usual::kContract, {late});
    CHECK(usual.trial.difference() == "");
}

TEST_CASE("A refund does not pay charges that are not due", "[ledger][second-opinion]") {
    // Goal: where nothing of principal is open, charges not due lapse; the refund is of what was
    // waived first, and beyond that the borrower's.
    Usual usual;
    const Day today = usual.trial.today();
    usual.accept(Waive{Usual::kContract, {{2, Component::principal, 10'000}}}, today);
    usual.accept(Repayment{Usual::kContract, 20'300, "bank-1", {}}, today);
    usual.accept(MerchantRefund{Usual::kContract, 10'500, "shop-1"}, today);
    const auto picture = usual.trial.contracts().at(Usual::kContract).at(today);
    CHECK(picture.credit == 500);
    CHECK(picture.owed() == 0);
}

TEST_CASE("A row that a chargeback opens again in its grace bears no day before",
          "[ledger][second-opinion]") {
    // Goal: a row met on its due date, taken back within the ruleset's grace, bears what follows.
    RulesetRegister ruleset = usual_ruleset(Trial::kRuleset);
    ruleset.grace_days = 10;
    ruleset.penalty_ppm_day = 10'000;
    Usual usual(ruleset);
    const Day due = usual.trial.contracts().at(Usual::kContract).at(Drafts::kToday).rows[0].due;
    usual.trial.advance(due);
    const Transaction paid = usual.accept(Repayment{Usual::kContract, 10'150, "bank-1", {}}, due);
    usual.trial.advance(due + 6);
    const MemberId servicer = usual.trial.cast().servicer().id;
    usual.accept(Chargeback{Usual::kContract, servicer, paid.id, 10'150, "back-1"}, due + 6);
    usual.trial.advance(due + 11);
    usual.accept(PenaltyAssess{Usual::kContract, 0}, due + 11);
    // Four days of grace after the chargeback at once, and the first day behind the grace.
    const auto picture = usual.trial.contracts().at(Usual::kContract).at(due + 11);
    CHECK(picture.assessed == 406 + 102);
}

TEST_CASE("A row that was taken for met when its grace ended bears nothing for it",
          "[ledger][second-opinion]") {
    // Goal: a payment within the ruleset's grace, taken back long after, leaves no penalty behind.
    RulesetRegister ruleset = usual_ruleset(Trial::kRuleset);
    ruleset.grace_days = 10;
    ruleset.penalty_ppm_day = 10'000;
    Usual usual(ruleset);
    const Day due = usual.trial.contracts().at(Usual::kContract).at(Drafts::kToday).rows[0].due;
    usual.trial.advance(due + 4);
    const Transaction paid =
        usual.accept(Repayment{Usual::kContract, 10'150, "bank-1", {}}, due + 4);
    usual.trial.advance(due + 20);
    usual.accept(usual.reversal(paid), due + 20);
    const Contract& contract = usual.trial.contracts().at(Usual::kContract);
    CHECK(contract.at(due + 20).accrued(ruleset) == 0);
    CHECK(contract.at(due + 21).accrued(ruleset) == 102);
}

TEST_CASE("Marks and requests do not bar taking a capture back", "[ledger][second-opinion]") {
    // Goal: a purchase booked by mistake can be undone whatever was said of it since.
    Usual usual;
    const auto capture = usual.trial.contracts().at(Usual::kContract).story().front().transaction;
    usual.trial.advance(Drafts::kToday + 30);
    usual.accept(OverdueMark{Usual::kContract, 0, 0, 0}, usual.trial.today());
    usual.accept(HardshipRequest{id_of<HardshipId>(1), Usual::kContract, HardshipStage::requested,
                                 "income lost", std::nullopt},
                 usual.trial.today());
    usual.accept(usual.reversal(capture), usual.trial.today());
    CHECK(usual.trial.available() == 100'000);
}

TEST_CASE("What a reversal makes room for is not read from events that were replaced",
          "[ledger][second-opinion]") {
    // Goal: the amount that must be posted again was once read after the commit had let go of the
    // event: whether the repost was refused depended on what had come to lie in its place.
    Counts counts;
    live(6526199126434999792ULL, 33, counts);
}
