#include "node/pipeline/submissions.h"

#include "api/errc.h"
#include "tests/support/catch.h"

namespace tally::node::pipeline {
namespace {

constexpr consensus::NodeId kSelf{1};
constexpr consensus::NodeId kOther{2};

/// The table with surroundings that a test controls.
struct Bench {
    std::vector<consensus::Proposal> proposals;
    std::vector<peer::ForwardRequest> forwards;
    bool leads = true;
    bool connected = true;
    std::uint64_t certified = 0;
    std::uint64_t next_index = 10;
    Submissions table{
        {[this](std::span<const consensus::Proposal> list) -> Result<consensus::Proposed> {
             if (!leads) return fail(consensus::errc::not_leader);
             proposals.insert(proposals.end(), list.begin(), list.end());
             return consensus::Proposed{consensus::Term(3), consensus::Index(next_index++)};
         },
         [this](consensus::NodeId, peer::ForwardRequest request) {
             if (connected) forwards.push_back(std::move(request));
             return connected;
         },
         [this] { return certified; }},
        1 << 20};
    std::vector<Result<SubmitReceipt>> answers;

    void add(std::size_t bytes = 100, SubmitWait wait = SubmitWait::committed) {
        auto pending = std::make_shared<PendingSubmission>();
        pending->bytes = share(Bytes(bytes, 1));
        pending->ids.push_back({});
        pending->wait = wait;
        pending->deadline = Clock::time_point(std::chrono::seconds(5));
        pending->done = [this](Result<SubmitReceipt> answer) {
            answers.push_back(std::move(answer));
        };
        table.add(std::move(pending));
    }
    void pump(consensus::Role role, consensus::NodeId leader) {
        table.pump({role, leader, consensus::Term(3), consensus::Index(9)}, kSelf, true);
    }
    void apply(std::uint64_t index, std::uint64_t term, std::size_t count) {
        AppliedNotice notice{consensus::Index(index),
                             consensus::Term(term),
                             {},
                             40,
                             std::vector<ledger::SubmissionResult>(count)};
        table.on_applied(notice);
    }
    void expire() { table.expire(Clock::time_point(std::chrono::seconds(6))); }
};

TEST_CASE("what waits becomes one block and is answered when the block is applied") {
    // Goal: group commit, and an answer only after apply.
    Bench bench;
    bench.add();
    bench.add();
    bench.pump(consensus::Role::leader, kSelf);
    REQUIRE(bench.proposals.size() == 1);
    CHECK(bench.answers.empty());
    CHECK(bench.table.queued_bytes() == 200);
    bench.apply(10, 3, 2);
    REQUIRE(bench.answers.size() == 2);
    REQUIRE(bench.answers[0]);
    CHECK(bench.answers[0]->block == 10);
    CHECK(bench.table.queued_bytes() == 0);
}

TEST_CASE("a block stays within its bytes and the rest waits") {
    // Goal: no block beyond its bound, whatever waits.
    Bench bench;
    for (int number = 0; number < 3; ++number) bench.add(500'000);
    bench.pump(consensus::Role::leader, kSelf);
    REQUIRE(bench.proposals.size() == 1);
    CHECK(bench.proposals[0].payload->size() < (1 << 20));
    CHECK(bench.table.waiting() == 1);
}

TEST_CASE("silence means no_quorum before it left and outcome_unknown after") {
    // Goal: a client learns whether reissuing under new ids could credit twice.
    Bench bench;
    bench.add();
    bench.pump(consensus::Role::follower, consensus::kNobody);
    bench.expire();
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].error().code == api::errc::no_quorum);

    bench.add();
    bench.pump(consensus::Role::leader, kSelf);
    bench.expire();
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[1].error().code == api::errc::outcome_unknown);
    CHECK_THAT(bench.answers[1].error().context, Catch::Matchers::Contains("retry the same ids"));
    // The place in the block is empty now: its late application answers nobody twice.
    bench.apply(10, 3, 1);
    CHECK(bench.answers.size() == 2);
}

TEST_CASE("an ended submission does not come back with a new leader") {
    // Goal: an empty place in a lost block is not proposed again.
    Bench bench;
    bench.add();
    bench.pump(consensus::Role::leader, kSelf);
    bench.expire();
    bench.table.on_leader_change();
    CHECK(bench.table.waiting() == 0);
}

TEST_CASE("a block of another term at the same place sends its submissions again") {
    // Goal: a lost proposal is proposed again and never answered with another block's result.
    Bench bench;
    bench.add();
    bench.pump(consensus::Role::leader, kSelf);
    bench.apply(10, 4, 1);
    CHECK(bench.answers.empty());
    CHECK(bench.table.waiting() == 1);
    bench.pump(consensus::Role::leader, kSelf);
    bench.apply(11, 3, 1);
    CHECK(bench.answers.size() == 1);
}

TEST_CASE("a follower forwards, and what was refused there is tried again") {
    // Goal: a change of leader is invisible to the client but for time.
    Bench bench;
    bench.leads = false;
    bench.connected = false;
    bench.add();
    bench.pump(consensus::Role::follower, kOther);
    CHECK(bench.table.waiting() == 1);
    bench.connected = true;
    bench.pump(consensus::Role::follower, kOther);
    REQUIRE(bench.forwards.size() == 1);
    bench.table.on_forward_reply(kOther, {bench.forwards[0].id, fail(api::errc::no_quorum)});
    CHECK(bench.answers.empty());
    bench.pump(consensus::Role::follower, kOther);
    REQUIRE(bench.forwards.size() == 2);
    // An answer to the older attempt is nobody's any more.
    bench.table.on_forward_reply(kOther, {bench.forwards[0].id, SubmitReceipt{}});
    CHECK(bench.answers.empty());
    bench.table.on_forward_reply(kOther, {bench.forwards[1].id, SubmitReceipt{}});
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0]);
}

TEST_CASE("a wish for a certificate is answered when one covers the block") {
    // Goal: wait=certified waits for the checkpoint, but a deadline still tells of the commit.
    Bench bench;
    bench.add(100, SubmitWait::certified);
    bench.pump(consensus::Role::leader, kSelf);
    bench.apply(10, 3, 1);
    CHECK(bench.answers.empty());
    bench.table.on_certified(39);
    CHECK(bench.answers.empty());
    bench.table.on_certified(41);
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0]->certified_size == 41);

    bench.add(100, SubmitWait::certified);
    bench.pump(consensus::Role::leader, kSelf);
    bench.apply(11, 3, 1);
    bench.expire();
    REQUIRE(bench.answers.size() == 2);
    REQUIRE(bench.answers[1]);
    CHECK_FALSE(bench.answers[1]->certified_size.has_value());
}

TEST_CASE("shutting down answers everybody") {
    // Goal: no callback is lost.
    Bench bench;
    bench.add();
    bench.pump(consensus::Role::leader, kSelf);
    bench.add();
    bench.table.fail_all(fail(api::errc::shutting_down, "bye"));
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[0].error().code == api::errc::shutting_down);
    CHECK(bench.answers[1].error().code == api::errc::outcome_unknown);
    CHECK(bench.table.queued_bytes() == 0);
}

}  // namespace
}  // namespace tally::node::pipeline
