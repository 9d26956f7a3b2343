#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/result.h"
#include "client/client.h"
#include "ledger/record_reader.h"
#include "ledger/transaction.h"

namespace tally::book {

/// The records of a network as its nodes give them, to plan transactions on. What was read once is
/// kept until `forget`, whatever happens on the network: a guess, which the network judges. It is
/// what two nodes say alike: people sign what is planned on it.
///
/// Transaction ids count as free, without asking, and payment references too unless they are said
/// to be asked for: a book has new ones, and each would cost a request. Where that is wrong, the
/// network refuses what was planned. Ids on which something else depends are asked for by name.
class RemoteRecords : public ledger::RecordReader {
public:
    enum class References : std::uint8_t { taken_for_free, asked_for };

    /// The client must outlive it.
    explicit RemoteRecords(client::Client& client,
                           References references = References::taken_for_free)
        : client_(client), references_(references) {}

    /// Fails with the client's error, or bad_answer. Not thread-safe.
    Result<std::optional<Bytes>> get(ByteView key) const override;
    /// Asks for this key whatever its kind.
    void ask_for(Bytes key) { asked_.insert(std::move(key)); }
    /// Asks for the transactions whose ids this one cites: what it takes back is judged by them.
    void ask_for_cited(const ledger::Transaction& transaction);
    /// Forgets everything read; from now on, reads see at least this block.
    void forget(std::uint64_t min_index);
    /// Records that nodes were asked for.
    std::uint64_t requests() const { return requests_; }

private:
    bool taken_for_free(ByteView key) const;

    client::Client& client_;
    References references_;
    std::uint64_t min_index_ = 0;
    std::set<Bytes> asked_;
    mutable std::map<Bytes, std::optional<Bytes>> cache_;
    mutable std::uint64_t requests_ = 0;
};

}  // namespace tally::book
