#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/importer.h"
#include "client/client.h"
#include "client/on_record.h"

namespace tally::cli {

/// What the history of a member says of one id that it submitted.
struct HistoryRow {
    Recorded first;                       ///< of the oldest entry
    std::vector<std::uint64_t> accepted;  ///< entries at which it took effect: one, if any

    bool operator==(const HistoryRow& other) const;
};

/// What the nodes of a network say, each for itself, in the history of one member. A history is one
/// node's word, and no proof shows that nothing is missing in it.
class Histories {
public:
    struct Query {
        ledger::MemberId member;
        std::set<ledger::TransactionId> wanted;
        std::set<ledger::TransactionId> whole;  ///< whose transactions are kept too
        std::uint64_t min_index = 0;
        /// Ends where all that is wanted was met; else at the end, for what was accepted twice.
        bool until_found = false;
        /// Under this, the newest certified checkpoint bounds what one node alone can say.
        const ledger::Genesis* genesis = nullptr;
    };
    struct Node {
        std::string url;
        std::map<ledger::TransactionId, HistoryRow> rows;
    };

    /// Walks one node's history after the other, until two say the same of everything that is
    /// wanted, or no other can be asked. `progress` gets the number of entries so far. Fails where
    /// no node gave its history.
    static Result<Histories> walk(client::Client& client, Query query,
                                  const std::function<void(std::uint64_t)>& progress);

    /// Two nodes say the same of this id: what, or that there is nothing.
    std::optional<std::optional<HistoryRow>> agreed(const ledger::TransactionId& id) const;
    const std::vector<Node>& nodes() const { return nodes_; }
    std::uint64_t entries() const { return entries_; }
    /// Why the others gave none, each with its URL.
    const std::vector<std::string>& faults() const { return faults_; }

private:
    explicit Histories(Query query) : query_(std::move(query)) {}
    bool is_settled() const;
    Status walk_node(client::Client& client, std::size_t position,
                     std::chrono::milliseconds patience,
                     const std::function<void(std::uint64_t)>& progress);
    void note(Node& node, const boost::json::value& value) const;

    Query query_;
    std::optional<std::uint64_t> newest_;  // entry that a history may begin with
    std::vector<Node> nodes_;
    std::vector<std::string> faults_;
    std::uint64_t entries_ = 0;
};

/// How many nodes these URLs are, as far as can be told.
std::size_t nodes_named(const client::Client& client);

}  // namespace tally::cli
