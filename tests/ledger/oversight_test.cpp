#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Reconciliations, audit opinions, hedges.
namespace {

constexpr Day kToday = Drafts::kToday;

}  // namespace

TEST_CASE("A reconciliation is of a lender's book at a day", "[ledger][rules][oversight]") {
    // Goal: auditor or servicer; a day that was opened; a member that has a book or a share.
    Stage stage;
    const Transaction good = stage.draft(stage.recon());
    require_refused(stage.book, good, {stage.lender}, Outcome::role_missing);
    CHECK(stage.book.submit_one(good, {stage.auditor}) == Outcome::accepted);
    const ReconRecord record = read_recon(stage.book.records(), Stage::kRecon).value().value();
    CHECK(record.owner == stage.auditor->id);
    CHECK(record.terms.match == 7);
    CHECK(record.terms.only_file == 1);
    stage.refuse(stage.recon(), Outcome::recon_exists);
    const auto changed = [&](auto change) {
        ReconResult body = stage.recon(id_of<ReconId>(2));
        change(body);
        return body;
    };
    const auto refuse = [&](Outcome expected, auto change) {
        stage.refuse(changed(change), expected);
    };
    refuse(Outcome::lender_unknown, [&](ReconResult& body) { body.lender = stage.servicer->id; });
    refuse(Outcome::lender_unknown, [](ReconResult& body) { body.lender = id_of<MemberId>(1); });
    refuse(Outcome::date_out_of_range, [](ReconResult& body) { body.day = -1; });
    refuse(Outcome::day_not_open, [](ReconResult& body) { body.day = kToday + 1; });
    stage.accept(changed([&](ReconResult& body) { body.lender = stage.funder->id; }));
    stage.close_days(kToday);
    // Closing ended the days before it, but nobody had opened them.
    for (const Day day : {Day{0}, kToday - 1}) {
        stage.refuse(changed([&](ReconResult& body) { body.day = day; }), Outcome::day_not_open,
                     kToday + 1);
    }
    ReconResult later = stage.recon(id_of<ReconId>(3));
    later.match = std::numeric_limits<std::uint32_t>::max();
    stage.accept(later, kToday + 1);
    // Both signed: the auditor answers for it.
    const Transaction both = stage.draft(stage.recon(id_of<ReconId>(4)), kToday + 1);
    REQUIRE(stage.book.submit_one(both, {stage.servicer, stage.auditor}) == Outcome::accepted);
    CHECK(read_recon(stage.book.records(), id_of<ReconId>(4)).value()->owner == stage.auditor->id);
    // The lender's history has it.
    const auto head =
        account_head(stage.book.records(), AccountClass::member, stage.lender->id.bytes).value();
    CHECK(head->last == stage.known());
}

TEST_CASE("An audit opinion rests on entries that are there", "[ledger][rules][oversight]") {
    // Goal: no more than were before it; no day that is to come.
    Stage stage;
    const Transaction good = stage.draft(stage.opinion());
    require_refused(stage.book, good, {stage.servicer}, Outcome::role_missing);
    const auto changed = [&](auto change) {
        AuditOpinion body = stage.opinion(id_of<OpinionId>(2));
        change(body);
        return body;
    };
    const auto refuse = [&](Outcome expected, auto change) {
        stage.refuse(changed(change), expected);
    };
    refuse(Outcome::lender_unknown, [&](AuditOpinion& body) { body.lender = stage.auditor->id; });
    refuse(Outcome::date_out_of_range, [](AuditOpinion& body) { body.from = -1; });
    refuse(Outcome::date_out_of_range, [](AuditOpinion& body) { body.to = body.from - 1; });
    refuse(Outcome::date_outside_validity, [](AuditOpinion& body) { body.to = kToday + 1; });
    refuse(Outcome::size_out_of_range, [](AuditOpinion& body) { body.ledger_size = 0; });
    refuse(Outcome::size_out_of_range,
           [](AuditOpinion& body) { body.ledger_size = std::numeric_limits<std::int64_t>::min(); });
    // The next entry is the submission's header, and the one after it the opinion.
    const auto before = static_cast<std::int64_t>(stage.book.entries().size()) + 1;
    const Transaction beyond =
        stage.draft(changed([&](AuditOpinion& body) { body.ledger_size = before + 1; }));
    stage.refuse(beyond, Outcome::size_out_of_range);
    const auto now = static_cast<std::int64_t>(stage.book.entries().size()) + 1;
    stage.accept(changed([&](AuditOpinion& body) { body.ledger_size = now; }));
    CHECK(stage.book.submit_one(good, {stage.auditor}) == Outcome::accepted);
    stage.refuse(stage.opinion(), Outcome::opinion_exists);
    const OpinionRecord record =
        read_opinion(stage.book.records(), Stage::kOpinion).value().value();
    CHECK(record.owner == stage.auditor->id);
    CHECK(record.terms.conclusion == AuditConclusion::qualified);
}

TEST_CASE("A hedge is its funder's", "[ledger][rules][oversight]") {
    // Goal: currency, notional and days of their forms; registered once.
    Stage stage;
    require_refused(stage.book, stage.draft(stage.hedge()), {stage.lender}, Outcome::role_missing);
    const auto refuse = [&](Outcome expected, auto change) {
        HedgeRegister body = stage.hedge();
        change(body);
        stage.refuse(body, expected);
    };
    refuse(Outcome::currency_unknown, [](HedgeRegister& body) { body.currency = "XXX"; });
    refuse(Outcome::amount_not_positive, [](HedgeRegister& body) { body.notional = 0; });
    refuse(Outcome::date_out_of_range, [](HedgeRegister& body) { body.to = body.from - 1; });
    refuse(Outcome::date_out_of_range, [](HedgeRegister& body) { body.to = kDayMax + 1; });
    stage.accept(stage.hedge());
    stage.refuse(stage.hedge(), Outcome::hedge_exists);
    CHECK(read_hedge(stage.book.records(), Stage::kHedge).value()->owner == stage.funder->id);
}
