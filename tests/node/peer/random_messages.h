#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "node/peer/codec.h"

namespace tally::node::peer::test {

/// Everything that can travel, filled at random from one seed.
class RandomMessages {
public:
    explicit RandomMessages(std::uint64_t seed) : random_(seed) {}

    std::uint64_t number(std::uint64_t below);
    Bytes bytes(std::size_t size);
    crypto::Digest digest();
    consensus::Block block(std::size_t payload_size);

    Hello hello();
    /// Of each kind in turn: the position in consensus::MessageBody.
    consensus::Message message(std::size_t kind);
    ForwardRequest forward();
    ForwardReply receipt();
    ForwardReply failure();
    CheckpointSignatures signatures();
    BlocksWanted blocks_wanted();
    BlocksGiven blocks_given();
    BlocksGiven blocks_refused();
    /// One of everything, encoded, without the length.
    std::vector<Bytes> all_encoded();

private:
    consensus::MessageBody body(std::size_t kind);
    // One for each kind: a kind without one does not compile.
    void fill(consensus::VoteRequest& body);
    void fill(consensus::VoteReply& body);
    void fill(consensus::AppendRequest& body);
    void fill(consensus::AppendReply& body);
    void fill(consensus::Heartbeat& body);
    void fill(consensus::HeartbeatReply& body);
    void fill(consensus::ReadRequest& body);
    void fill(consensus::ReadReply& body);
    bool flag() { return number(2) != 0; }

    std::mt19937_64 random_;
};

/// What a decoder is given: a frame without its length.
Bytes envelope_bytes(const Frame& frame);

}  // namespace tally::node::peer::test
