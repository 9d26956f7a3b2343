#include <node/peer/peer.pb.h>

#include <functional>
#include <random>
#include <string>

#include "consensus/errc.h"
#include "ledger/outcome.h"
#include "node/peer/codec.h"
#include "random_messages.h"
#include "tests/support/catch.h"

namespace tally::node::peer::test {
namespace {

void require_refused(ByteView bytes) {
    const Result<Envelope> envelope = decode(bytes);
    REQUIRE_FALSE(envelope.has_value());
    CHECK(envelope.error().code == consensus::errc::bad_message);
    CHECK_FALSE(envelope.error().context.empty());
}

void require_refused(const wire::Envelope& envelope) {
    const std::string bytes = envelope.SerializeAsString();
    require_refused(view_of(bytes));
}

/// A good envelope, spoiled by one change.
void require_refused_after(const Bytes& good, const std::function<void(wire::Envelope&)>& spoil) {
    REQUIRE(decode(good).has_value());
    wire::Envelope envelope;
    REQUIRE(envelope.ParseFromArray(good.data(), static_cast<int>(good.size())));
    spoil(envelope);
    require_refused(envelope);
}

Bytes encoded_append() {
    RandomMessages random(5);
    consensus::Message message = random.message(0);
    consensus::AppendRequest request;
    request.blocks = {random.block(10), random.block(2000)};
    message.body = request;
    return envelope_bytes(encode(message));
}

}  // namespace

TEST_CASE("frames are plain Protobuf") {
    // Goal: another implementation can be written from peer.proto alone.
    const std::uint64_t seed = std::random_device{}();
    CAPTURE(seed);
    RandomMessages random(seed);
    for (int round = 0; round < 50; ++round) {
        for (const Bytes& bytes : random.all_encoded()) {
            wire::Envelope envelope;
            REQUIRE(envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
            REQUIRE(envelope.body_case() != wire::Envelope::BODY_NOT_SET);
            REQUIRE(envelope.SerializeAsString() == text_of(bytes));
        }
    }
}

TEST_CASE("no damaged envelope is more than refused") {
    // Goal: whatever bytes a peer sends, the decoder answers; it never crashes or reads beyond.
    const std::uint64_t seed = std::random_device{}();
    CAPTURE(seed);
    RandomMessages random(seed);
    std::size_t accepted = 0;
    for (int round = 0; round < 40; ++round) {
        for (const Bytes& good : random.all_encoded()) {
            REQUIRE(decode(good).has_value());
            for (int change = 0; change < 20; ++change) {
                Bytes bad = good;
                if (bad.empty()) continue;
                const std::size_t at = random.number(bad.size());
                const auto place = bad.begin() + static_cast<std::ptrdiff_t>(at);
                const Bytes other = random.bytes(1);
                switch (random.number(4)) {
                    case 0:
                        bad[at] = other[0];
                        break;
                    case 1:
                        bad.resize(at);
                        break;
                    case 2:
                        bad.insert(place, other[0]);
                        break;
                    default:
                        bad.erase(place);
                        break;
                }
                if (decode(bad)) ++accepted;
            }
        }
    }
    INFO("accepted " << accepted);  // a flipped bit of a number is still a message
    for (int round = 0; round < 20'000; ++round) {
        (void)decode(random.bytes(random.number(200))).has_value();
    }
}

TEST_CASE("every truncation of an append is refused") {
    // Goal: a frame cut anywhere never passes for a shorter append.
    const Bytes good = encoded_append();
    for (std::size_t size = 0; size < good.size(); ++size) {
        require_refused(ByteView(good).first(size));
    }
}

TEST_CASE("what no correct node sends is refused") {
    // Goal: each bound and rule of the decoder, one at a time.
    RandomMessages random(3);
    const Bytes append = encoded_append();
    const auto append_of = [](wire::Envelope& envelope) {
        return envelope.mutable_consensus()->mutable_append_request();
    };
    require_refused_after(append, [&](auto& it) { append_of(it)->set_previous_hash("short"); });
    require_refused_after(append, [&](auto& it) { append_of(it)->set_blocks(1); });
    require_refused_after(append, [&](auto& it) { append_of(it)->set_commit(~0ull); });
    require_refused_after(append, [](auto& it) { it.mutable_consensus()->set_term(1ull << 62); });
    require_refused_after(append, [](auto& it) { it.mutable_attachments(0)->pop_back(); });
    require_refused_after(append, [](auto& it) { it.mutable_attachments(0)->push_back('x'); });
    require_refused_after(append, [](auto& it) { it.mutable_attachments(1)->resize(125); });
    require_refused_after(append, [](auto& it) { it.mutable_ping(); });
    require_refused_after(append, [](auto& it) { it.mutable_consensus()->clear_body(); });

    const Bytes hello = envelope_bytes(encode(random.hello()));
    require_refused_after(hello, [](auto& it) { it.mutable_hello()->set_channel(3); });
    require_refused_after(hello, [](auto& it) { it.mutable_hello()->set_network("other"); });
    require_refused_after(hello, [](auto& it) { it.add_attachments("x"); });

    const Bytes forward = envelope_bytes(encode(random.forward()));
    require_refused_after(forward, [](auto& it) { it.add_attachments("another"); });
    require_refused_after(forward, [](auto& it) { it.clear_attachments(); });

    ForwardReply reply = random.receipt();
    reply.result->result.transactions.push_back({});
    const Bytes receipt = envelope_bytes(encode(reply));
    const auto transaction_of = [](wire::Envelope& envelope) {
        return envelope.mutable_forward_reply()->mutable_receipt()->mutable_transactions(0);
    };
    std::uint16_t unknown = 0;
    while (ledger::outcome_from(unknown)) ++unknown;
    require_refused_after(receipt, [&](auto& it) { transaction_of(it)->set_outcome(unknown); });
    require_refused_after(receipt, [&](auto& it) { transaction_of(it)->set_outcome(1 << 16); });
    require_refused_after(receipt,
                          [&](auto& it) { transaction_of(it)->set_id("15 bytes only.."); });
    require_refused_after(receipt, [](auto& it) { it.mutable_forward_reply()->clear_result(); });

    const Bytes signatures = envelope_bytes(encode(random.signatures()));
    require_refused_after(signatures, [](auto& it) {
        for (int i = 0; i < 3; ++i) {
            it.mutable_signatures()->add_lines()->set_blob(std::string(64, 'x'));
        }
    });
    require_refused_after(signatures, [](auto& it) {
        it.mutable_signatures()->clear_lines();
        it.mutable_signatures()->add_lines()->set_blob(std::string(65, 'x'));
    });
    require_refused(ByteView());
}

TEST_CASE("fields after the attachments are refused") {
    // Goal: one order only, so that finding the attachments and parsing the rest cannot disagree.
    const Bytes another_body = envelope_bytes(encode(Ping{}));
    const Bytes unknown_field{0x80, 0x01, 0x00};
    for (const Bytes& addition : {another_body, unknown_field}) {
        Bytes bytes = encoded_append();
        append(bytes, addition);
        require_refused(bytes);
    }
}

TEST_CASE("many small attachments are refused before they are kept") {
    // Goal: an envelope within its byte bound cannot become a much larger list.
    Bytes bytes = envelope_bytes(encode(ForwardRequest{1, share({})}));
    for (std::size_t i = 0; i < kAppendBlocksMax; ++i) append(bytes, Bytes{0x7a, 0x00});
    require_refused(bytes);
}

}  // namespace tally::node::peer::test
