#include <map>
#include <random>
#include <string>

#include "ledger/usual_terms.h"
#include "tests/ledger/second_opinion_trial.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;
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
    CHECK(counts.size() == 15);
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
    Usual() : trial(usual_ruleset(Trial::kRuleset), product(), 100'000) {
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
        return {trial.poster(target.body), target.id, kContract, "by mistake"};
    }
};

}  // namespace

TEST_CASE("Rules and second opinion agree on random lives", "[ledger][second-opinion]") {
    // Goal: outcomes, balances, allocations, ageing and penalties, now and at any point in time.
    live_many(250);
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
