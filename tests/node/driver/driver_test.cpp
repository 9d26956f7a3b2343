#include "node/driver/driver.h"

#include "api/errc.h"
#include "storage/errc.h"
#include "tests/support/catch.h"

namespace tally::node::driver {
namespace {

using consensus::Index;
using consensus::NodeId;
using consensus::Term;

const crypto::Digest kNetwork = crypto::domain_hash("test", {});

/// A driver whose log and state are done as soon as it asks, unless a test holds them back.
struct Bench {
    Moment now{Clock::time_point(std::chrono::seconds(1000)), consensus::Millis(1'700'000'000'000)};
    Driver driver;
    std::vector<SubmissionAnswer> answers;
    std::vector<ReadAnswer> reads;
    std::vector<Forward> forwards;
    std::vector<consensus::Message> messages;
    std::vector<consensus::AppendTask> held;
    std::vector<consensus::Block> log;
    Index applied;
    std::uint64_t entries = 0;
    std::uint64_t sealed = 0;
    bool hold_writes = false;
    std::size_t seals = 0;
    std::size_t blocks = 0;  // of submissions

    explicit Bench(std::vector<NodeId> voters = {NodeId(1)}, const DriverConfig& config = {})
        : driver(core(voters), config, now) {
        // The thread that drives begins with a turn, as in a process.
        turn();
    }
    static consensus::RawNode core(const std::vector<NodeId>& voters) {
        consensus::Config config;
        config.id = NodeId(1);
        config.voters = voters;
        config.network = kNetwork;
        consensus::PersistedState state;
        state.base = {Index(0), Term(0), consensus::Millis(0), kNetwork};
        return consensus::RawNode::restore(config, state, Index(0), 1, 7).value();
    }
    void turn() {
        for (bool more = true; more;) {
            Actions actions = driver.take_actions(now);
            more = !actions.appends.empty() || actions.apply_to;
            for (auto& answer : actions.submission_answers) answers.push_back(std::move(answer));
            for (auto& answer : actions.read_answers) reads.push_back(std::move(answer));
            for (auto& forward : actions.forwards) forwards.push_back(std::move(forward));
            for (auto& message : actions.messages) messages.push_back(std::move(message));
            for (auto& task : actions.appends) write(std::move(task));
            if (actions.apply_to) apply_to(*actions.apply_to);
        }
    }
    void write(consensus::AppendTask task) {
        for (const auto& block : task.write.blocks) {
            log.resize(block.header.index.value - 1);
            log.push_back(block);
            if (block.header.kind == consensus::BlockKind::seal) ++seals;
            if (block.header.kind == consensus::BlockKind::submissions) ++blocks;
        }
        if (hold_writes) {
            held.push_back(std::move(task));
        } else {
            driver.handle(WritesDone{{task.sequence}}, now);
        }
    }
    void apply_to(Index target) {
        while (applied < target) {
            applied = applied.next();
            const consensus::Block& block = log.at(applied.value - 1);
            BlockApplied notice;
            notice.index = applied;
            notice.term = block.header.term;
            if (block.header.kind == consensus::BlockKind::submissions) {
                notice.submissions.resize(ledger::decode_payload(*block.payload)->size());
            }
            entries += notice.submissions.size();
            if (block.header.kind == consensus::BlockKind::seal) sealed = ++entries;
            notice.entry_count = entries;
            notice.sealed_size = sealed;
            driver.handle(std::move(notice), now);
        }
    }
    void pass(std::chrono::milliseconds time) {
        const auto until = now.steady + time;
        while (now.steady < until) {
            now.steady += std::chrono::milliseconds(10);
            now.wall += consensus::Millis(10);
            turn();
        }
    }
    void submit(Ticket ticket, bool forwarded_to_us = false) {
        SubmissionArrived arrived;
        arrived.ticket = ticket;
        arrived.bytes = share(Bytes(100, static_cast<std::uint8_t>(ticket)));
        arrived.digest = submission_digest(*arrived.bytes);
        arrived.ids.push_back({});
        arrived.forwarded_to_us = forwarded_to_us;
        driver.handle(std::move(arrived), now);
    }
    void lead() {
        pass(std::chrono::seconds(3));
        REQUIRE(driver.view().soft.role == consensus::Role::leader);
        REQUIRE(driver.view().ready);
    }
};

TEST_CASE("what arrives together becomes one block, is answered after apply, and is sealed") {
    // Goal: the whole life of a submission through events alone.
    Bench bench;
    bench.lead();
    bench.submit(1);
    bench.submit(2);
    bench.turn();
    CHECK(bench.blocks == 1);
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[0].ticket == 1);
    REQUIRE(bench.answers[0].result);
    CHECK(bench.answers[0].result->block == bench.answers[1].result->block);
    bench.pass(std::chrono::seconds(3));
    // One seal covers it; with nothing new after it there is no other.
    CHECK(bench.seals == 1);
}

TEST_CASE("a node that nobody can replace says so when it is asked to hand its lead over") {
    Bench bench;
    bench.lead();
    CHECK(bench.driver.view().transfers_asked == 0);
    bench.driver.handle(LeadTransferAsked{}, bench.now);
    bench.turn();
    CHECK(bench.driver.view().transfers_asked == 1);
    CHECK(bench.driver.view().transfer_refused.find("no follower") != std::string::npos);
    CHECK(bench.driver.view().soft.role == consensus::Role::leader);
    // To itself it has nothing to hand over.
    bench.driver.handle(LeadTransferAsked{NodeId(1)}, bench.now);
    bench.turn();
    CHECK(bench.driver.view().transfers_asked == 2);
    CHECK(bench.driver.view().transfer_refused.empty());
    bench.driver.handle(ShutDown{}, bench.now);
    bench.driver.handle(LeadTransferAsked{}, bench.now);
    CHECK(bench.driver.view().transfers_asked == 2);
}

TEST_CASE("while two blocks wait for the disk, the rest gathers") {
    // Goal: batches follow the load; nothing is answered before it is durable.
    Bench bench;
    bench.lead();
    bench.hold_writes = true;
    for (Ticket ticket = 1; ticket <= 5; ++ticket) {
        bench.submit(ticket);
        bench.turn();
    }
    CHECK(bench.blocks == 2);
    CHECK(bench.answers.empty());
    bench.hold_writes = false;
    for (auto& task : bench.held) bench.driver.handle(WritesDone{{task.sequence}}, bench.now);
    bench.turn();
    CHECK(bench.blocks == 3);
    CHECK(bench.answers.size() == 5);
}

TEST_CASE("read-only, nothing is proposed") {
    // Goal: the promise of SpaceChanged: no block of submissions and no seal, and waiting ends.
    Bench bench;
    bench.lead();
    bench.submit(1);
    bench.turn();
    REQUIRE(bench.answers.size() == 1);
    const std::size_t log = bench.log.size();
    bench.driver.handle(SpaceChanged{"storage_full"}, bench.now);
    bench.submit(2);
    bench.pass(std::chrono::seconds(4));
    CHECK(bench.log.size() == log);
    CHECK(bench.seals == 0);
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[1].result.error().code == api::errc::storage_full);
    bench.driver.handle(SpaceChanged{""}, bench.now);
    bench.submit(3);
    bench.pass(std::chrono::seconds(1));
    REQUIRE(bench.answers.size() == 3);
    CHECK(bench.answers[2].result);
    CHECK(bench.seals == 1);
}

TEST_CASE("what the disk does not give keeps a node from leading until it is mended") {
    // Goal: a disk that was mended is a healthy one, without a restart.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    consensus::Message asked;
    asked.from = NodeId(2);
    asked.to = NodeId(1);
    asked.term = Term(9);
    asked.incarnation = 5;
    asked.body = consensus::Heartbeat{};
    // The first answer leaves with the write of the term.
    bench.driver.handle(MessageReceived{asked, {}}, bench.now);
    bench.turn();
    const auto says_may_lead = [&] {
        bench.messages.clear();
        bench.driver.handle(MessageReceived{asked, {}}, bench.now);
        bench.turn();
        for (const auto& message : bench.messages) {
            const auto* reply = std::get_if<consensus::HeartbeatReply>(&message.body);
            if (reply != nullptr) return reply->may_lead;
        }
        FAIL("no answer");
        return false;
    };
    CHECK(says_may_lead());
    bench.driver.handle(BlockUnreadable{"block 7"}, bench.now);
    CHECK_FALSE(says_may_lead());
    CHECK(bench.driver.view().unreadable == "block 7");
    bench.driver.handle(BlocksMended{}, bench.now);
    CHECK(says_may_lead());
    CHECK(bench.driver.view().unreadable.empty());
    // Also of one that a follower lacks: the store that could not read it knows it too.
    consensus::FetchResult failed;
    failed.problem = "block 8";
    bench.driver.handle(failed, bench.now);
    CHECK_FALSE(says_may_lead());
    bench.driver.handle(BlocksMended{}, bench.now);
    CHECK(says_may_lead());
}

TEST_CASE("a halt answers everybody at once and proposes nothing any more") {
    // Goal: the promise of fail_all, also on a halt: what left is unknown, the rest is told.
    Bench bench;
    bench.lead();
    bench.hold_writes = true;
    bench.submit(1);
    bench.turn();
    bench.driver.handle(Halted{"block 7 does not hold"}, bench.now);
    bench.submit(2);
    bench.turn();
    REQUIRE(bench.answers.size() == 2);
    std::map<Ticket, std::error_code> codes;
    for (const auto& answer : bench.answers) codes[answer.ticket] = answer.result.error().code;
    CHECK(codes[1] == api::errc::outcome_unknown);
    CHECK(codes[2] == api::errc::halted);
    const std::size_t log = bench.log.size();
    bench.pass(std::chrono::seconds(2));
    CHECK(bench.log.size() == log);
}

TEST_CASE("a shutdown answers all that waits and all that comes after it") {
    // Goal: no ticket is lost.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    bench.submit(1);
    bench.driver.handle(ReadArrived{2, {}}, bench.now);
    bench.turn();
    CHECK(bench.answers.empty());
    bench.driver.handle(ShutDown{}, bench.now);
    bench.submit(3);
    bench.driver.handle(ReadArrived{4, {}}, bench.now);
    bench.turn();
    CHECK(bench.driver.stopped());
    REQUIRE(bench.answers.size() == 2);
    for (const auto& answer : bench.answers) {
        CHECK(answer.result.error().code == api::errc::shutting_down);
    }
    // The first read was answered as stale, since nobody leads; the second is told of the end.
    REQUIRE(bench.reads.size() == 2);
    CHECK(bench.reads[1].status.error().code == api::errc::shutting_down);
}

TEST_CASE("without a leader a submission ends as no_quorum, a forwarded one at once") {
    // Goal: nothing left, so its ids may be reissued anywhere; the forwarder tries elsewhere.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    bench.submit(1);
    bench.submit(2, true);
    bench.turn();
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].ticket == 2);
    CHECK(bench.answers[0].result.error().code == api::errc::no_quorum);
    bench.pass(std::chrono::seconds(6));
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[1].result.error().code == api::errc::no_quorum);
}

TEST_CASE("a dropped forward waits for the next tick and has not left") {
    // Goal: no busy loop against a peer that is not connected, and still no_quorum in the end.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    consensus::Message heartbeat;
    heartbeat.from = NodeId(2);
    heartbeat.to = NodeId(1);
    heartbeat.term = Term(5);
    heartbeat.incarnation = 9;
    consensus::Heartbeat body;
    heartbeat.body = body;
    bench.driver.handle(MessageReceived{heartbeat, {}}, bench.now);
    bench.submit(1);
    bench.turn();
    REQUIRE(bench.driver.view().soft.leader == NodeId(2));
    REQUIRE(bench.forwards.size() == 1);
    bench.driver.handle(ForwardDropped{bench.forwards[0].request.id}, bench.now);
    bench.turn();
    bench.turn();
    CHECK(bench.forwards.size() == 1);
    bench.pass(std::chrono::milliseconds(60));
    REQUIRE(bench.forwards.size() == 2);
    bench.driver.handle(ForwardDropped{bench.forwards[1].request.id}, bench.now);
    bench.driver.handle(ShutDown{}, bench.now);
    bench.turn();
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].result.error().code == api::errc::shutting_down);
}

TEST_CASE("a leader takes no more than it can apply in time, but repetitions are free") {
    // Goal: what is taken is answered in time; beyond that the client is told to come later.
    DriverConfig config;
    config.block_bytes_max = 250;
    config.request_timeout = std::chrono::seconds(5);
    Bench bench({NodeId(1)}, config);
    bench.lead();
    bench.hold_writes = true;
    Ticket ticket = 0;
    while (ticket < 3) {
        bench.submit(++ticket);
        bench.pass(std::chrono::milliseconds(100));
    }
    // A hundred bytes are applied in a tick while others wait, and nothing in the ticks after it.
    bench.driver.handle(WritesDone{{bench.held.front().sequence}}, bench.now);
    bench.pass(std::chrono::milliseconds(100));
    REQUIRE(bench.answers.size() == 1);
    while (bench.answers.size() == 1 && ticket < 200) {
        bench.submit(++ticket);
        bench.turn();
    }
    REQUIRE(bench.answers.size() == 2);
    CHECK(bench.answers[1].result.error().code == api::errc::overloaded);
    // That is 2,000 bytes a second, and less by now; half of the five seconds may wait.
    CHECK(ticket > 30);
    CHECK(ticket < 60);
    bench.submit(3);
    bench.turn();
    CHECK(bench.answers.size() == 2);
}

TEST_CASE("a node whose leader holds another history answers nothing and says so") {
    // Goal: a contradiction is never swallowed.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    const auto chain = [](std::uint8_t mark) {
        consensus::BlockHeader header;
        header.network = kNetwork;
        header.index = Index(1);
        header.term = Term(mark);
        header.previous = kNetwork;
        return consensus::make_block(header, share({}));
    };
    const auto send = [&](std::uint64_t term, NodeId from, consensus::Block block) {
        consensus::AppendRequest append;
        append.previous_hash = kNetwork;
        append.blocks.push_back(std::move(block));
        append.commit = Index(1);
        bench.driver.handle(
            MessageReceived{{from, NodeId(1), Term(term), 9, std::move(append)}, {}}, bench.now);
        bench.turn();
    };
    send(1, NodeId(2), chain(1));
    REQUIRE(bench.driver.view().ready);
    bench.driver.handle(ReadArrived{1, {}}, bench.now);
    bench.turn();
    send(3, NodeId(2), chain(2));
    // Node 2 led the term in which it showed the other block, so this node follows nobody now.
    CHECK_FALSE(bench.driver.view().ready);
    CHECK(bench.driver.view().diverged.find("block 1") != std::string::npos);
    CHECK(bench.driver.view().faults.at(NodeId(2)).count == 1);
    REQUIRE(bench.reads.size() == 1);
    CHECK(bench.reads[0].status.error().code == storage::errc::diverged);
    bench.driver.handle(ReadArrived{2, ReadOptions{.confirm = false}}, bench.now);
    bench.submit(3);
    bench.turn();
    REQUIRE(bench.reads.size() == 2);
    CHECK(bench.reads[1].status.error().code == storage::errc::diverged);
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].result.error().code == storage::errc::diverged);
    send(4, NodeId(3), chain(1));
    CHECK(bench.driver.view().diverged.empty());
    CHECK(bench.driver.view().ready);
}

TEST_CASE("a node that does not keep up is not ready") {
    // Goal: `readyz` is false for a node that is far behind, and true again once it is not.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    std::uint64_t round = 0;
    const auto hear = [&](std::uint64_t network_commit) {
        const consensus::Heartbeat body{Index(0), ++round, Index(network_commit)};
        bench.driver.handle(MessageReceived{{NodeId(2), NodeId(1), Term(5), 9, body}, {}},
                            bench.now);
        bench.pass(std::chrono::milliseconds(100));
    };
    for (int beat = 0; beat < 10; ++beat) hear(40);
    CHECK_FALSE(bench.driver.view().behind);
    for (int beat = 0; beat < 20; ++beat) hear(40);
    CHECK(bench.driver.view().behind);
    CHECK(bench.driver.view().network_commit == Index(40));
    CHECK_FALSE(bench.driver.view().ready);
}

TEST_CASE("a node that was away is ready once it has what was committed meanwhile, not before") {
    // Goal: who has just heard of a leader again is not sent readers, for whom it has old news.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    std::uint64_t round = 0;
    const auto beat = [&](std::uint64_t network_commit) {
        const consensus::Heartbeat body{Index(0), ++round, Index(network_commit)};
        bench.driver.handle(MessageReceived{{NodeId(2), NodeId(1), Term(5), 9, body}, {}},
                            bench.now);
        bench.turn();
    };
    const auto append = [&] {
        consensus::BlockHeader header;
        header.network = kNetwork;
        header.index = Index(bench.log.size() + 1);
        header.term = Term(5);
        header.previous = bench.log.empty() ? kNetwork : bench.log.back().hash;
        consensus::AppendRequest request;
        request.previous_index = Index(bench.log.size());
        request.previous_term = Term(bench.log.empty() ? 0 : 5);
        request.previous_hash = header.previous;
        request.commit = header.index;
        request.blocks.push_back(consensus::make_block(header, share({})));
        bench.driver.handle(
            MessageReceived{{NodeId(2), NodeId(1), Term(5), 9, std::move(request)}, {}}, bench.now);
        bench.turn();
    };
    beat(2);
    append();
    CHECK(bench.applied == Index(1));
    CHECK_FALSE(bench.driver.view().ready);
    append();
    CHECK(bench.driver.view().ready);
    bench.pass(std::chrono::seconds(10));
    REQUIRE(bench.driver.view().soft.leader == consensus::kNobody);
    CHECK_FALSE(bench.driver.view().ready);
    beat(3);
    REQUIRE(bench.driver.view().soft.leader == NodeId(2));
    CHECK_FALSE(bench.driver.view().ready);
    CHECK_FALSE(bench.driver.view().behind);
    append();
    CHECK(bench.driver.view().ready);
}

TEST_CASE("after a long pause one tick counts") {
    // Goal: a process that slept starts no election because of it.
    Bench bench({NodeId(1), NodeId(2), NodeId(3)});
    bench.now.steady += std::chrono::hours(1);
    bench.turn();
    CHECK(bench.messages.empty());
    CHECK(bench.driver.next_tick() > bench.now.steady);
}

}  // namespace
}  // namespace tally::node::driver
