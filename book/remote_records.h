#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/result.h"
#include "client/client.h"
#include "ledger/record_reader.h"

namespace tally::book {

/// The records of a network as its nodes give them, to plan transactions on. What was read once is
/// kept until `forget`, whatever happens on the network: a guess, which the network judges. It is
/// what two nodes say alike: people sign what is planned on it.
///
/// Transaction ids and payment references count as free, without asking: a book has new ones, and
/// each would cost a request. Where that is wrong, the network refuses what was planned.
class RemoteRecords : public ledger::RecordReader {
public:
    /// The client must outlive it.
    explicit RemoteRecords(client::Client& client) : client_(client) {}

    /// Fails with the client's error, or bad_answer. Not thread-safe.
    Result<std::optional<Bytes>> get(ByteView key) const override;
    /// Asks for this key whatever its kind.
    void ask_for(Bytes key) { asked_.insert(std::move(key)); }
    /// Forgets everything read; from now on, reads see at least this block.
    void forget(std::uint64_t min_index);
    /// Records that nodes were asked for.
    std::uint64_t requests() const { return requests_; }

private:
    client::Client& client_;
    std::uint64_t min_index_ = 0;
    std::set<Bytes> asked_;
    mutable std::map<Bytes, std::optional<Bytes>> cache_;
    mutable std::uint64_t requests_ = 0;
};

}  // namespace tally::book
