#include "node/driver/submissions.h"

#include "api/errc.h"
#include "ledger/submission.h"
#include "tests/support/catch.h"

namespace tally::node::driver {
namespace {

constexpr consensus::NodeId kOther{2};
constexpr std::chrono::milliseconds kRetry{50};

/// The table with surroundings that a test controls.
struct Bench {
    std::vector<Batch> proposals;
    std::vector<Forward> forwards;
    bool connected = true;
    std::uint64_t next_index = 10;
    Clock::time_point now{};
    Submissions table{1 << 20, 1, kRetry};
    std::vector<SubmissionAnswer> answers;

    void add(std::size_t bytes = 100, SubmitWait wait = SubmitWait::committed) {
        Bytes content(bytes, 1);
        content[0] = static_cast<std::uint8_t>(tickets + 1);
        add(share(std::move(content)), wait);
    }
    void add(SharedBytes bytes, SubmitWait wait = SubmitWait::committed) {
        PendingSubmission pending;
        pending.ticket = ++tickets;
        pending.digest = submission_digest(*bytes);
        pending.bytes = std::move(bytes);
        pending.ids.push_back({});
        pending.wait = wait;
        pending.deadline = Clock::time_point(std::chrono::seconds(5));
        table.add(std::move(pending));
    }
    /// One that is on record, its last transaction at this entry.
    void add_recorded(std::uint64_t entry, SubmitWait wait) {
        PendingSubmission pending;
        pending.ticket = ++tickets;
        pending.wait = wait;
        pending.deadline = Clock::time_point(std::chrono::seconds(5));
        SubmitReceipt receipt;
        receipt.replayed = true;
        receipt.result.header_entry = entry - 2;
        receipt.result.transactions.resize(2);
        receipt.result.transactions[0].entry = entry;
        receipt.result.transactions[1].entry = entry - 1;
        table.add_recorded(std::move(pending), std::move(receipt));
        look();
    }
    void propose() {
        const auto batch = table.next_batch();
        if (!batch) return;
        table.on_proposed(*batch, {consensus::Term(3), consensus::Index(next_index)});
        proposals.push_back(*batch);
        append(next_index++, 3, batch->payload);
    }
    /// A block with this payload, or of another kind, comes into the log.
    void append(std::uint64_t index, std::uint64_t term, SharedBytes payload) {
        consensus::Block block;
        block.header.index = consensus::Index(index);
        block.header.term = consensus::Term(term);
        block.header.kind =
            payload ? consensus::BlockKind::submissions : consensus::BlockKind::noop;
        block.payload = std::move(payload);
        table.on_append({&block, 1});
    }
    void forward() {
        for (Forward& next : table.forward_waiting(kOther, now)) {
            if (connected) {
                forwards.push_back(std::move(next));
            } else {
                table.on_forward_dropped(next.request.id);
            }
        }
        look();
    }
    void apply(std::uint64_t index, std::uint64_t term, std::size_t count,
               std::uint64_t entries = 40) {
        BlockApplied notice;
        notice.index = consensus::Index(index);
        notice.term = consensus::Term(term);
        notice.entry_count = entries;
        notice.submissions.resize(count);
        table.on_applied(notice);
        look();
    }
    void certify(std::uint64_t size) {
        table.on_certified(size);
        look();
    }
    void reply(consensus::NodeId from, ForwardReply reply) {
        table.on_forward_reply(from, std::move(reply), now);
        look();
    }
    void expire() {
        table.expire(Clock::time_point(std::chrono::seconds(6)));
        look();
    }
    void look() {
        for (auto& answer : table.take_answers()) answers.push_back(std::move(answer));
    }

private:
    Ticket tickets = 0;
};

TEST_CASE("what waits becomes one block and is answered when the block is applied") {
    // Goal: group commit, and an answer only after apply.
    Bench bench;
    bench.add();
    bench.add();
    bench.propose();
    REQUIRE(bench.proposals.size() == 1);
    CHECK(bench.answers.empty());
    bench.apply(10, 3, 2);
    REQUIRE(bench.answers.size() == 2);
    REQUIRE(bench.answers[0].result);
    CHECK(bench.answers[0].result->block == 10);
}

TEST_CASE("a replayed answer waits for its certificate as a first one does") {
    // Goal: whoever asks again for a certificate is not told "committed" and taken for certified.
    Bench bench;
    bench.add_recorded(20, SubmitWait::committed);
    REQUIRE(bench.answers.size() == 1);
    bench.add_recorded(20, SubmitWait::certified);
    bench.certify(20);  // without the last entry
    CHECK(bench.answers.size() == 1);
    bench.certify(21);
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[1].result->certified_size == 21);
    CHECK(bench.answers[1].result->replayed);
    bench.add_recorded(12, SubmitWait::certified);  // covered long ago
    REQUIRE(bench.answers.size() == 3);
    CHECK(bench.answers[2].result->certified_size == 21);
    CHECK(bench.table.waiting() == 0);  // none was to be proposed

    bench.add_recorded(30, SubmitWait::certified);
    bench.expire();
    REQUIRE(bench.answers.size() == 4);
    REQUIRE(bench.answers[3].result);
    CHECK_FALSE(bench.answers[3].result->certified_size);  // committed is committed
}

TEST_CASE("a block stays within its bytes and the rest waits") {
    // Goal: no block beyond its bound, whatever waits.
    Bench bench;
    for (int number = 0; number < 3; ++number) bench.add(500'000);
    bench.propose();
    REQUIRE(bench.proposals.size() == 1);
    CHECK(bench.proposals[0].payload->size() < (1 << 20));
    CHECK(bench.table.waiting() == 1);
}

TEST_CASE("silence means no_quorum before it left and outcome_unknown after") {
    // Goal: a client learns whether reissuing under new ids could credit twice.
    Bench bench;
    bench.add();
    bench.expire();
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].result.error().code == api::errc::no_quorum);

    bench.add();
    bench.propose();
    bench.expire();
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[1].result.error().code == api::errc::outcome_unknown);
    CHECK_THAT(bench.answers[1].result.error().context,
               Catch::Matchers::Contains("retry the same ids"));
    // The place in the block is empty now: its late application answers nobody twice.
    bench.apply(10, 3, 1);
    CHECK(bench.answers.size() == 2);
}

TEST_CASE("an ended submission does not come back with a new leader") {
    // Goal: an empty place in a lost block is not proposed again.
    Bench bench;
    bench.add();
    bench.propose();
    bench.expire();
    bench.table.on_leader_change();
    CHECK(bench.table.waiting() == 0);
}

TEST_CASE("a block of another term at the same place sends its submissions again") {
    // Goal: a lost proposal is proposed again and never answered with another block's result.
    Bench bench;
    bench.add();
    bench.propose();
    bench.append(10, 4, nullptr);
    bench.apply(10, 4, 0);
    CHECK(bench.answers.empty());
    CHECK(bench.table.waiting() == 1);
    bench.propose();
    bench.apply(11, 3, 1);
    CHECK(bench.answers.size() == 1);
}

TEST_CASE("a follower forwards, and what was refused there is tried again") {
    // Goal: a change of leader is invisible to the client but for time.
    Bench bench;
    bench.connected = false;
    bench.add();
    bench.forward();
    CHECK(bench.table.waiting() == 1);
    bench.connected = true;
    bench.forward();
    REQUIRE(bench.forwards.size() == 1);
    bench.reply(kOther, {bench.forwards[0].request.id, fail(api::errc::no_quorum)});
    CHECK(bench.answers.empty());
    // Not at once: a leader that refuses is not asked hundreds of times.
    bench.forward();
    CHECK(bench.forwards.size() == 1);
    bench.now += kRetry;
    bench.forward();
    REQUIRE(bench.forwards.size() == 2);
    // An answer to the older attempt is nobody's any more.
    bench.reply(kOther, {bench.forwards[0].request.id, SubmitReceipt{}});
    CHECK(bench.answers.empty());
    bench.reply(kOther, {bench.forwards[1].request.id, SubmitReceipt{}});
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].result);
}

TEST_CASE("one submission that comes several times is one submission") {
    // Goal: retries cost no second copy, and everybody who asks is answered.
    Bench bench;
    const SharedBytes bytes = share(Bytes(100, 9));
    bench.add(bytes);
    bench.add(bytes);
    CHECK(bench.table.waiting() == 1);
    CHECK(bench.table.bytes() == 100);
    bench.propose();
    bench.add(bytes);
    CHECK(bench.table.waiting() == 0);
    bench.table.on_leader_change();
    CHECK(bench.table.waiting() == 0);
    bench.apply(10, 3, 1);
    CHECK(bench.answers.size() == 3);
    CHECK(bench.table.bytes() == 0);
}

TEST_CASE("what stands in the log is answered from there, whoever proposed it") {
    // Goal: a retry on a node that holds the block is not sent again, and is not told that nothing
    // was proposed; once the block is replaced it is sent like any other.
    Bench bench;
    const SharedBytes bytes = share(Bytes(100, 9));
    const SharedBytes payload = share(ledger::encode_payload(std::vector<SharedBytes>{bytes}));
    bench.append(10, 2, payload);
    bench.append(11, 2, payload);
    bench.add(bytes);
    CHECK(bench.table.waiting() == 0);
    bench.append(11, 3, nullptr);
    CHECK(bench.table.waiting() == 0);
    SECTION("applied") {
        bench.apply(10, 2, 1);
        REQUIRE(bench.answers.size() == 1);
        CHECK(bench.answers[0].result->block == 10);
    }
    SECTION("not in time") {
        bench.expire();
        REQUIRE(bench.answers.size() == 1);
        CHECK(bench.answers[0].result.error().code == api::errc::outcome_unknown);
    }
    SECTION("replaced") {
        bench.append(10, 3, nullptr);
        CHECK(bench.table.waiting() == 1);
        bench.forward();
        CHECK(bench.forwards.size() == 1);
    }
}

TEST_CASE("what waits and comes into the log by another way is not sent any more") {
    // Goal: a copy that another node forwarded, or an earlier leader proposed, is enough.
    Bench bench;
    const SharedBytes bytes = share(Bytes(100, 9));
    bench.add(bytes);
    CHECK(bench.table.waiting() == 1);
    bench.append(10, 2, share(ledger::encode_payload(std::vector<SharedBytes>{bytes})));
    CHECK(bench.table.waiting() == 0);
    bench.apply(10, 2, 1);
    CHECK(bench.answers.size() == 1);
}

TEST_CASE("a refusal that may pass is told only when the time is over") {
    // Goal: another leader may take it; and where none does, the client hears what the last one
    // said.
    Bench bench;
    bench.add();
    std::size_t sent = 0;
    for (int number = 0; number < 1000; ++number, bench.now += std::chrono::milliseconds(5)) {
        bench.forward();
        if (bench.forwards.size() == sent) continue;
        sent = bench.forwards.size();
        bench.reply(kOther, {bench.forwards.back().request.id, fail(api::errc::storage_full, "b")});
    }
    CHECK(bench.answers.empty());
    CHECK(sent > 5);
    CHECK(sent < 12);
    bench.expire();
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].result.error().code == api::errc::storage_full);
}

TEST_CASE("a wish for a certificate is answered when one covers the block") {
    // Goal: wait=certified waits for the checkpoint, but a deadline still tells of the commit.
    Bench bench;
    bench.add(100, SubmitWait::certified);
    bench.propose();
    bench.apply(10, 3, 1);
    CHECK(bench.answers.empty());
    bench.certify(39);
    CHECK(bench.answers.empty());
    bench.certify(41);
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].result->certified_size == 41);

    bench.add(100, SubmitWait::certified);
    bench.propose();
    bench.apply(11, 3, 1, 50);
    bench.expire();
    REQUIRE(bench.answers.size() == 2);
    REQUIRE(bench.answers[1].result);
    CHECK_FALSE(bench.answers[1].result->certified_size.has_value());
}

TEST_CASE("shutting down answers everybody") {
    // Goal: no callback is lost.
    Bench bench;
    bench.add();
    bench.propose();
    bench.add();
    bench.table.fail_all(fail(api::errc::shutting_down, "bye"));
    bench.look();
    REQUIRE(bench.answers.size() == 2);
    for (const auto& answer : bench.answers) {
        const bool left = answer.ticket == 1;
        CHECK(answer.result.error().code ==
              (left ? api::errc::outcome_unknown : api::errc::shutting_down));
    }
}

}  // namespace
}  // namespace tally::node::driver
