#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "node/config.h"
#include "node/keys.h"
#include "node/peer/transport.h"
#include "node/pipeline/apply_loop.h"
#include "node/pipeline/checked_cache.h"
#include "node/pipeline/checkpoint_keeper.h"
#include "node/pipeline/core_loop.h"
#include "node/pipeline/log_writer.h"
#include "node/service.h"
#include "storage/applier.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// Everything of one node but its HTTP server, wired together: network -> verify pool -> core ->
/// log writer and apply, each a thread or pool with bounded queues (DESIGN section 10).
class NodeService final : public Service {
public:
    struct Parts {
        NodeConfig config;
        ledger::Genesis genesis;
        NodeKeys keys;
        std::unique_ptr<storage::BlockStore> blocks;
        std::unique_ptr<storage::StateStore> state;
        std::uint64_t incarnation = 0;
        /// The process must end: the disk failed. Called from any thread, at most a few times.
        std::function<void(const Error&)> fatal;
    };
    /// Restores the consensus core and binds the peer port. Nothing runs before start.
    static Result<std::unique_ptr<NodeService>> create(boost::asio::io_context& network,
                                                       Parts parts);
    ~NodeService() override;

    void start();
    /// Answers what is pending, makes derived data durable, joins every thread. The network's
    /// io_context must still run.
    void stop();
    /// Looks at the disk's free space; called about once a second.
    void check_free_space();
    std::uint16_t peer_port() const { return transport_->port(); }

    void submit(SharedBytes submission, SubmitWait wait,
                std::function<void(Result<SubmitReceipt>)> done) override;
    void read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) override;
    NodeStatus status() const override;
    NodeCounters counters() const override;
    const ledger::Genesis& genesis() const override { return parts_.genesis; }
    const storage::BlockStore& blocks() const override { return *parts_.blocks; }

private:
    explicit NodeService(Parts parts);
    Status build(boost::asio::io_context& network);
    peer::PeerHandlers peer_handlers();
    CoreHooks core_hooks();
    void build_writer_and_apply(consensus::Index committed);

    void admit(SharedBytes submission, SubmitWait wait, bool forwarded_to_us,
               std::function<void(Result<SubmitReceipt>)> done);
    void check_and_queue(SharedBytes submission, SubmitWait wait, bool forwarded_to_us,
                         std::function<void(Result<SubmitReceipt>)> done);
    /// The first answers, when every transaction is on record with these bytes: a retry costs no
    /// block.
    std::optional<Result<SubmitReceipt>> answer_known(const ledger::CheckedSubmission& checked,
                                                      const storage::StateView& view) const;
    void note_commit();
    void on_message(consensus::Message message);
    void fetch(const consensus::FetchRequest& request);
    Result<consensus::FetchResult> read_for_peer(const consensus::FetchRequest& request) const;

    Parts parts_;
    CheckedCache cache_;
    storage::Applier applier_;
    boost::asio::thread_pool verify_;
    /// Appends keep their order per sender while the pool checks them.
    std::map<consensus::NodeId, boost::asio::strand<boost::asio::thread_pool::executor_type>>
        append_order_;
    std::unique_ptr<peer::PeerTransport> transport_;
    std::unique_ptr<CoreLoop> core_;
    std::unique_ptr<CheckpointKeeper> keeper_;
    std::unique_ptr<LogWriter> writer_;
    std::unique_ptr<ApplyLoop> apply_;
    consensus::Index committed_at_start_;
    std::atomic<std::uint64_t> admitting_bytes_{0};
    std::atomic<bool> stopping_{false};
    /// A majority certified another root than this node's: nothing it says may be believed.
    std::atomic<bool> contradicted_{false};
    std::atomic<std::uint64_t> free_bytes_{0};
    std::atomic<std::uint64_t> submissions_{0};
    std::atomic<std::uint64_t> admission_refused_{0};
    std::atomic<std::uint64_t> forwarded_{0};
    std::atomic<std::uint64_t> policy_refusals_{0};
    consensus::Millis started_{0};
};

/// What this node thinks of the submissions in an append of that term: the first block that it
/// would refuse. Blocks of earlier terms and committed ones are not judged (DESIGN section 14).
consensus::PolicyVerdict judge(const consensus::AppendRequest& append, consensus::Term term,
                               CheckedCache& cache);

}  // namespace tally::node::pipeline
