#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "network/network_folder.h"
#include "node/pipeline/recover_node.h"
#include "storage/log_seals.h"

namespace tally::cli {

/// A node's folder, and what could be read from it.
struct LeftLog {
    const network::NodeFolder* node = nullptr;
    std::optional<node::pipeline::NodeStanding> standing;
    std::string problem;  ///< without a standing
    node::pipeline::NodeTraces traces;

    bool recovers() const { return standing && !standing->recovering.empty(); }
    /// Its folder is here, and what is in it may be kept by `node recover` alone.
    bool unreadable() const;
    bool is(const std::string& name) const;
    /// For people: one line.
    std::string words() const;
};

/// What those who decide say of it themselves.
struct RecoverWish {
    std::string from;  ///< the node whose log it is, with the others' blocks set aside
    std::optional<std::uint64_t> give_up_from;
    std::vector<std::string> without;  ///< nodes of which nothing is here
};

/// What an audit of a log finds; empty: nothing.
struct CertifiedBeside {
    std::string lacks;    ///< it ends before a certified checkpoint
    std::string differs;  ///< a certified checkpoint is of another history, or it does not hold
};

/// From which of the logs a network whose majority has forgotten can go on, and which of its nodes
/// then do.
class LeftLogs {
public:
    explicit LeftLogs(std::vector<LeftLog> logs) : logs_(std::move(logs)) {}

    /// Refused while blocks are here that nobody has read: what is in them is given up by no
    /// decision about the others.
    Status check_readable() const;
    /// Refused where a node is left out of which that was not said, or said of one that is here.
    Status check_without(const RecoverWish& wish) const;
    /// The newest log, as an election compares them: the highest term of its last block, and among
    /// those the most blocks; or the one that is wished.
    Status find(const RecoverWish& wish);
    /// Refused where another history would be given up that nobody chose, more than was said, or
    /// where too few nodes would go on.
    Status check(const RecoverWish& wish) const;

    const std::vector<LeftLog>& logs() const { return logs_; }
    const LeftLog& chosen() const { return *chosen_; }
    /// Its blocks must be set aside before it goes on: they are known to be committed and others.
    bool contradicts(const LeftLog& log) const;
    /// The first that this node has signed of another history than the chosen log is.
    std::optional<storage::LogSeals::Other> signed_other(const LeftLog& log) const;
    /// It is let go by the manifest.
    bool goes_on(const LeftLog& log) const {
        return log.recovers() || contradicts(log) || signed_other(log);
    }

private:
    Status find_newest();
    Status find_wished(const std::string& name);
    std::string contradictions() const;
    std::string command_on_parted(const std::string& word) const;
    struct Losses {
        std::string given_up;     ///< what would be, of what is known to have been there
        std::string contradicts;  ///< what is certified of another history; whose it is
    };
    Losses losses() const;
    bool is_of_another(const LeftLog& log) const;
    Result<storage::AuditReport> audit_with_others() const;
    Status audit_chosen();
    std::string signed_words() const;
    Status check_majority() const;

    std::vector<LeftLog> logs_;
    const LeftLog* chosen_ = nullptr;
    CertifiedBeside certified_;               // of the chosen log, with what the others have
    std::optional<storage::LogSeals> seals_;  // of it
};

/// What a log lacks that this mark named; empty: nothing.
std::string lacks_marked(const node::pipeline::NodeStanding& log,
                         const node::pipeline::NodeTraces& traces, const std::string& whose);
CertifiedBeside certified_beside(const storage::AuditReport& report);
/// What the mark and the checkpoints of one node's folder show beside the end of its log.
Result<CertifiedBeside> shown_beside(const node::pipeline::NodeStanding& log,
                                     const node::pipeline::NodeTraces& traces,
                                     const std::string& folder);
/// The refusal to go on from a log that lacks this, unless exactly that was said.
Status check_given_up(const std::string& losses, std::uint64_t last,
                      const std::optional<std::uint64_t>& said);

}  // namespace tally::cli
