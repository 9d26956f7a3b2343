#include "node/peer/codec.h"

#include <random>
#include <set>
#include <utility>

#include "api/errc.h"
#include "consensus/errc.h"
#include "ledger/errc.h"
#include "random_messages.h"
#include "tests/support/catch.h"

namespace tally::node::peer::test {
namespace {

/// A fresh seed per run, printed with every failure.
std::uint64_t new_seed() { return std::random_device{}(); }

template <typename Content>
Content round_trip(const Content& content) {
    const Frame frame = encode(content);
    const Bytes bytes = frame.flatten();
    REQUIRE(bytes.size() == frame.size_bytes());
    REQUIRE(frame_length(bytes) == bytes.size() - Frame::kLengthBytes);
    Result<Envelope> envelope = decode(ByteView(bytes).subspan(Frame::kLengthBytes));
    if (!envelope) FAIL(envelope.error().context);
    REQUIRE(std::holds_alternative<Content>(*envelope));
    return std::get<Content>(*std::move(envelope));
}

bool same(const consensus::Block& left, const consensus::Block& right) {
    return left.hash == right.hash && left.header.encode() == right.header.encode() &&
           *left.payload == *right.payload;
}

/// Same encoding and, where the encoding leaves something out, same fields.
void require_same(const consensus::Message& left, const consensus::Message& right) {
    REQUIRE(left.from == right.from);
    REQUIRE(left.to == right.to);
    REQUIRE(left.term == right.term);
    REQUIRE(left.incarnation == right.incarnation);
    REQUIRE(left.body.index() == right.body.index());
    REQUIRE(encode(left).flatten() == encode(right).flatten());
}

}  // namespace

TEST_CASE("every consensus message survives the journey") {
    // Goal: nothing that the core says is lost or changed on the way.
    const std::uint64_t seed = new_seed();
    CAPTURE(seed);
    RandomMessages random(seed);
    for (int round = 0; round < 200; ++round) {
        for (std::size_t kind = 0; kind < std::variant_size_v<consensus::MessageBody>; ++kind) {
            const consensus::Message message = random.message(kind);
            require_same(message, round_trip(message));
        }
    }
}

TEST_CASE("everything that can travel is among what these tests send") {
    // Goal: an envelope or a consensus message that is added is tested, or this fails.
    std::set<std::size_t> envelopes;
    std::set<std::size_t> messages;
    for (const Bytes& bytes : RandomMessages(new_seed()).all_encoded()) {
        const Result<Envelope> envelope = decode(bytes);
        REQUIRE(envelope);
        envelopes.insert(envelope->index());
        if (const auto* message = std::get_if<consensus::Message>(&*envelope)) {
            messages.insert(message->body.index());
        }
    }
    CHECK(envelopes.size() == std::variant_size_v<Envelope>);
    CHECK(messages.size() == std::variant_size_v<consensus::MessageBody>);
}

TEST_CASE("fields keep their places") {
    // Goal: two swapped fields of one message would pass a comparison of encodings; not this one.
    consensus::Message message;
    message.from = consensus::NodeId(1);
    message.to = consensus::NodeId(2);
    message.term = consensus::Term(3);
    message.incarnation = 4;
    consensus::AppendReply reply;
    reply.refusal = consensus::Refusal::clock;
    reply.match = consensus::Index(5);
    reply.refused_index = consensus::Index(6);
    reply.hint_index = consensus::Index(7);
    reply.hint_term = consensus::Term(8);
    reply.reason = "ahead";
    message.body = reply;
    const consensus::Message back = round_trip(message);
    CHECK_FALSE(back.from == back.to);
    const auto& received = std::get<consensus::AppendReply>(back.body);
    CHECK(received.refusal == consensus::Refusal::clock);
    CHECK(received.match.value == 5);
    CHECK(received.refused_index.value == 6);
    CHECK(received.hint_index.value == 7);
    CHECK(received.hint_term.value == 8);
    CHECK(received.reason == "ahead");

    message.body = consensus::VoteRequest{true, consensus::Index(9), consensus::Term(10)};
    const consensus::Message vote_back = round_trip(message);
    const auto& vote = std::get<consensus::VoteRequest>(vote_back.body);
    CHECK(vote.pre_vote);
    CHECK(vote.last_index.value == 9);
    CHECK(vote.last_term.value == 10);

    message.body = consensus::VoteReply{false, true, consensus::Millis(1'700)};
    const consensus::Message granted_back = round_trip(message);
    const auto& granted = std::get<consensus::VoteReply>(granted_back.body);
    CHECK_FALSE(granted.pre_vote);
    CHECK(granted.granted);
    CHECK(granted.clock == consensus::Millis(1'700));
}

TEST_CASE("blocks arrive with their hash and payload") {
    // Goal: the receiver of an append can check the chain without decoding again.
    RandomMessages random(7);
    consensus::Message message = random.message(0);
    consensus::AppendRequest request;
    request.previous_hash = random.digest();
    for (const std::size_t size : {0u, 1u, 1024u, 1025u, 300'000u}) {
        request.blocks.push_back(random.block(size));
    }
    message.body = request;
    const consensus::Message back = round_trip(message);
    const auto& received = std::get<consensus::AppendRequest>(back.body);
    REQUIRE(received.blocks.size() == request.blocks.size());
    CHECK(received.previous_hash == request.previous_hash);
    for (std::size_t i = 0; i < request.blocks.size(); ++i) {
        CHECK(same(received.blocks[i], request.blocks[i]));
    }
}

TEST_CASE("large payloads are shared with the frame, not copied") {
    // Goal: a leader that sends one block to six followers holds it once.
    RandomMessages random(11);
    consensus::Message message = random.message(0);
    consensus::AppendRequest request;
    request.blocks.push_back(random.block(1 << 20));
    const SharedBytes payload = request.blocks.front().payload;
    message.body = std::move(request);
    const long before = payload.use_count();
    const Frame frame = encode(message);
    CHECK(payload.use_count() == before + 1);
    std::vector<ByteView> parts;
    frame.gather(parts);
    CHECK(std::any_of(parts.begin(), parts.end(),
                      [&](ByteView part) { return part.data() == payload->data(); }));
}

TEST_CASE("greetings, forwards, replies and signatures survive the journey") {
    // Goal: as for consensus messages, for everything else that travels.
    const std::uint64_t seed = new_seed();
    CAPTURE(seed);
    RandomMessages random(seed);
    for (int round = 0; round < 200; ++round) {
        const Hello hello = random.hello();
        const Hello hello_back = round_trip(hello);
        REQUIRE(hello_back.network == hello.network);
        REQUIRE(hello_back.node == hello.node);
        REQUIRE(hello_back.incarnation == hello.incarnation);
        REQUIRE(hello_back.channel == hello.channel);
        REQUIRE(hello_back.refusal == hello.refusal);

        const ForwardRequest request = random.forward();
        const ForwardRequest request_back = round_trip(request);
        REQUIRE(request_back.id == request.id);
        REQUIRE(*request_back.submission == *request.submission);

        const ForwardReply reply = random.receipt();
        const ForwardReply reply_back = round_trip(reply);
        REQUIRE(reply_back.id == reply.id);
        REQUIRE(encode(reply_back).flatten() == encode(reply).flatten());
        REQUIRE(reply_back.result->certified_size == reply.result->certified_size);
        REQUIRE(reply_back.result->result.transactions.size() ==
                reply.result->result.transactions.size());

        const CheckpointSignatures signatures = random.signatures();
        const CheckpointSignatures signatures_back = round_trip(signatures);
        REQUIRE(signatures_back.size == signatures.size);
        REQUIRE(signatures_back.root == signatures.root);
        REQUIRE(signatures_back.answer_wanted == signatures.answer_wanted);
        REQUIRE(encode(signatures_back).flatten() == encode(signatures).flatten());

        const BlocksWanted wanted = random.blocks_wanted();
        const BlocksWanted wanted_back = round_trip(wanted);
        REQUIRE(wanted_back.id == wanted.id);
        REQUIRE(wanted_back.first == wanted.first);
        REQUIRE(wanted_back.last == wanted.last);

        const BlocksGiven given = random.blocks_given();
        const BlocksGiven given_back = round_trip(given);
        REQUIRE(given_back.id == given.id);
        REQUIRE(given_back.blocks.size() == given.blocks.size());
        for (std::size_t i = 0; i < given.blocks.size(); ++i) {
            REQUIRE(same(given_back.blocks[i], given.blocks[i]));
        }
        const BlocksGiven refused = random.blocks_refused();
        REQUIRE(round_trip(refused).problem == refused.problem);
    }
}

TEST_CASE("blocks for a damaged disk are asked and given within bounds") {
    // Goal: no peer has more read, or sends more, than a question may be about.
    const auto refused = [](const auto& message) {
        const Result<Envelope> envelope = decode(envelope_bytes(encode(message)));
        return !envelope && envelope.error().code == consensus::errc::bad_message;
    };
    using consensus::Index;
    CHECK(refused(BlocksWanted{1, Index(0), Index(1)}));
    CHECK(refused(BlocksWanted{1, Index(9), Index(8)}));
    CHECK(refused(BlocksWanted{1, Index(9), Index(9 + kGivenBlocksMax)}));
    CHECK_FALSE(refused(BlocksWanted{1, Index(9), Index(8 + kGivenBlocksMax)}));
    RandomMessages random(3);
    BlocksGiven given{1, {}, ""};
    CHECK(refused(given));
    given.blocks.push_back(random.block(kGivenBytesMax));
    CHECK_FALSE(refused(given));
    given.problem = "a block and a problem";
    CHECK(refused(given));
    given.problem.clear();
    given.blocks.push_back(random.block(1));
    CHECK(refused(given));
    given.blocks.assign(kGivenBlocksMax + 1, random.block(1));
    CHECK(refused(given));
    given.blocks.pop_back();
    CHECK_FALSE(refused(given));
}

TEST_CASE("a receipt's fields keep their places") {
    // Goal: an answer that went through a follower is the leader's answer.
    ForwardReply reply;
    SubmitReceipt receipt;
    receipt.block = 1;
    receipt.block_time = consensus::Millis(2);
    receipt.replayed = true;
    receipt.result.valid = false;
    receipt.result.header_entry = 3;
    receipt.applied_index = 4;
    receipt.result.transactions.push_back(
        {ledger::TransactionId{}, ledger::Outcome::limit_exceeded, 5, true});
    reply.id = 6;
    reply.result = receipt;
    const ForwardReply back = round_trip(reply);
    REQUIRE(back.result.has_value());
    CHECK(back.id == 6);
    CHECK(back.result->block == 1);
    CHECK(back.result->block_time.count() == 2);
    CHECK(back.result->replayed);
    CHECK_FALSE(back.result->result.valid);
    CHECK(back.result->result.header_entry == 3);
    CHECK(back.result->applied_index == 4);
    CHECK_FALSE(back.result->certified_size.has_value());
    REQUIRE(back.result->result.transactions.size() == 1);
    CHECK(back.result->result.transactions[0].outcome == ledger::Outcome::limit_exceeded);
    CHECK(back.result->result.transactions[0].entry == 5);
    CHECK(back.result->result.transactions[0].repeated);
}

TEST_CASE("errors cross by category and number") {
    // Goal: the client of a follower reads the leader's own code; what this build does not know
    // becomes the answer that is always safe.
    const ForwardReply known{1, fail(ledger::errc::unknown_member, "no such member")};
    const ForwardReply back = round_trip(known);
    REQUIRE_FALSE(back.result.has_value());
    CHECK(back.result.error().code == ledger::errc::unknown_member);
    CHECK(back.result.error().context == "no such member");

    const std::error_code foreign = std::make_error_code(std::errc::io_error);
    const ForwardReply foreign_back = round_trip(ForwardReply{2, Error{foreign, "disk"}});
    CHECK(foreign_back.result.error().code == api::errc::outcome_unknown);
    for (const std::error_category* category :
         {&api::category(), &ledger::category(), &consensus::category()}) {
        for (const int code : {0, 9999}) {
            const ForwardReply unknown_back =
                round_trip(ForwardReply{3, Error{{code, *category}, ""}});
            CHECK(unknown_back.result.error().code == api::errc::outcome_unknown);
        }
    }
}

TEST_CASE("long texts are cut, not refused") {
    // Goal: a long reason must not cost the reply that carries it.
    const ForwardReply reply =
        round_trip(ForwardReply{1, fail(api::errc::halted, std::string(5000, 'x'))});
    CHECK(reply.result.error().context == std::string(kTextBytesMax, 'x'));
}

}  // namespace tally::node::peer::test
