#include "random_messages.h"

#include <utility>

#include "api/errc.h"
#include "ledger/errc.h"

namespace tally::node::peer::test {
namespace {

using consensus::Index;
using consensus::Millis;
using consensus::NodeId;
using consensus::Term;

constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 62;
constexpr std::uint64_t kTimeMax = 4'000'000'000'000;

template <std::size_t kind = 0>
consensus::MessageBody empty_body(std::size_t wanted) {
    if constexpr (kind + 1 < std::variant_size_v<consensus::MessageBody>) {
        if (wanted != kind) return empty_body<kind + 1>(wanted);
    }
    return consensus::MessageBody(std::in_place_index<kind>);
}

}  // namespace

std::uint64_t RandomMessages::number(std::uint64_t below) {
    // Small and large alike: the length of a varint matters to a codec.
    const std::uint64_t drawn = random_();
    const std::uint64_t shifted = drawn >> (random_() % 64);
    return shifted % below;
}

Bytes RandomMessages::bytes(std::size_t size) {
    Bytes result(size);
    for (std::uint8_t& byte : result) byte = static_cast<std::uint8_t>(random_());
    return result;
}

crypto::Digest RandomMessages::digest() { return crypto::digest_from(bytes(32)); }

consensus::Block RandomMessages::block(std::size_t payload_size) {
    consensus::BlockHeader header;
    header.network = digest();
    header.index = Index(1 + number(kNumberMax - 1));
    header.term = Term(1 + number(kNumberMax - 1));
    header.time = Millis(number(kTimeMax));
    header.kind =
        payload_size == 0 ? consensus::BlockKind::noop : consensus::BlockKind::submissions;
    header.previous = digest();
    return consensus::make_block(header, share(bytes(payload_size)));
}

Hello RandomMessages::hello() {
    Hello hello;
    hello.network = digest();
    hello.node = NodeId(static_cast<std::uint32_t>(number(16)));
    hello.incarnation = random_();
    hello.channel = flag() ? Channel::urgent : Channel::bulk;
    if (flag()) hello.refusal = "other network";
    return hello;
}

void RandomMessages::fill(consensus::VoteRequest& body) {
    body = {flag(), Index(number(kNumberMax)), Term(number(kNumberMax))};
}

void RandomMessages::fill(consensus::VoteReply& body) {
    body = {flag(), flag(), Millis(number(kTimeMax))};
}

void RandomMessages::fill(consensus::AppendRequest& body) {
    body.previous_index = Index(number(kNumberMax));
    body.previous_term = Term(number(kNumberMax));
    body.previous_hash = digest();
    body.commit = Index(number(kNumberMax));
    // Payloads on both sides of the size from which they are not copied.
    for (std::uint64_t left = number(5); left > 0; --left) {
        body.blocks.push_back(block(number(2) * number(4000)));
    }
}

void RandomMessages::fill(consensus::AppendReply& body) {
    body.refusal = static_cast<consensus::Refusal>(number(7));
    body.match = Index(number(kNumberMax));
    body.refused_index = Index(number(kNumberMax));
    body.hint_index = Index(number(kNumberMax));
    body.hint_term = Term(number(kNumberMax));
    body.reason = std::string(number(201), 'x');
}

void RandomMessages::fill(consensus::Heartbeat& body) {
    body = {Index(number(kNumberMax)),
            random_(),
            Index(number(kNumberMax)),
            Index(number(kNumberMax)),
            random_(),
            Index(number(kNumberMax)),
            NodeId(static_cast<std::uint32_t>(number(15)))};
}

void RandomMessages::fill(consensus::HeartbeatReply& body) {
    body = {random_(), Millis(number(kTimeMax)), flag(), flag(), Index(number(kNumberMax))};
    for (std::uint8_t& byte : body.commit_hash.bytes) byte = std::uint8_t(number(255));
}

void RandomMessages::fill(consensus::ReadRequest& body) { body = {random_()}; }

void RandomMessages::fill(consensus::ReadReply& body) {
    body = {random_(), flag(), Index(number(kNumberMax))};
}

consensus::MessageBody RandomMessages::body(std::size_t kind) {
    consensus::MessageBody body = empty_body(kind);
    std::visit([this](auto& content) { fill(content); }, body);
    return body;
}

consensus::Message RandomMessages::message(std::size_t kind) {
    consensus::Message message;
    message.from = NodeId(static_cast<std::uint32_t>(number(16)));
    message.to = NodeId(static_cast<std::uint32_t>(number(16)));
    message.term = Term(number(kNumberMax));
    message.incarnation = random_();
    message.recovering = flag();
    message.body = body(kind);
    return message;
}

ForwardRequest RandomMessages::forward() { return {random_(), share(bytes(number(3000)))}; }

ForwardReply RandomMessages::receipt() {
    SubmitReceipt receipt;
    receipt.block = random_();
    receipt.block_time = Millis(number(kTimeMax));
    receipt.replayed = flag();
    receipt.result.valid = flag();
    receipt.result.header_entry = random_();
    receipt.applied_index = random_();
    if (flag()) receipt.certified_size = random_();
    for (std::uint64_t left = number(20); left > 0; --left) {
        ledger::TransactionResult transaction;
        const Bytes id = bytes(16);
        std::copy(id.begin(), id.end(), transaction.id.bytes.begin());
        transaction.outcome = static_cast<ledger::Outcome>(number(31));
        transaction.entry = random_();
        transaction.repeated = flag();
        receipt.result.transactions.push_back(transaction);
    }
    return {random_(), receipt};
}

ForwardReply RandomMessages::failure() {
    const Error errors[] = {fail(api::errc::overloaded, "later"),
                            fail(ledger::errc::wrong_root, "the root differs"),
                            fail(api::errc::outcome_unknown)};
    return {random_(), errors[number(3)]};
}

CheckpointSignatures RandomMessages::signatures() {
    CheckpointSignatures signatures;
    signatures.size = random_();
    signatures.root = digest();
    for (std::uint64_t left = number(3); left > 0; --left) {
        crypto::NoteSignature line;
        line.name = "ledger.example/node-" + std::to_string(left);
        line.key_id = static_cast<std::uint32_t>(random_());
        line.blob = bytes(flag() ? 64 : 72);
        signatures.lines.push_back(line);
    }
    signatures.answer_wanted = flag();
    return signatures;
}

BlocksWanted RandomMessages::blocks_wanted() {
    const std::uint64_t first = 1 + number(kNumberMax - kGivenBlocksMax);
    return {random_(), Index(first), Index(first + number(kGivenBlocksMax))};
}

BlocksGiven RandomMessages::blocks_given() {
    BlocksGiven given{random_(), {}, ""};
    for (std::uint64_t left = 1 + number(5); left > 0; --left) {
        given.blocks.push_back(block(number(2) * number(4000)));
    }
    return given;
}

BlocksGiven RandomMessages::blocks_refused() {
    return {random_(), {}, std::string(1 + number(kTextBytesMax), 'x')};
}

std::vector<Bytes> RandomMessages::all_encoded() {
    std::vector<Bytes> all;
    for (std::size_t kind = 0; kind < std::variant_size_v<consensus::MessageBody>; ++kind) {
        all.push_back(envelope_bytes(encode(message(kind))));
    }
    all.push_back(envelope_bytes(encode(hello())));
    all.push_back(envelope_bytes(encode(Ping{})));
    all.push_back(envelope_bytes(encode(Pong{})));
    all.push_back(envelope_bytes(encode(forward())));
    all.push_back(envelope_bytes(encode(receipt())));
    all.push_back(envelope_bytes(encode(failure())));
    all.push_back(envelope_bytes(encode(signatures())));
    all.push_back(envelope_bytes(encode(blocks_wanted())));
    all.push_back(envelope_bytes(encode(blocks_given())));
    all.push_back(envelope_bytes(encode(blocks_refused())));
    return all;
}

Bytes envelope_bytes(const Frame& frame) {
    Bytes bytes = frame.flatten();
    bytes.erase(bytes.begin(), bytes.begin() + Frame::kLengthBytes);
    return bytes;
}

}  // namespace tally::node::peer::test
