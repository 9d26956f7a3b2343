#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "node/config.h"
#include "node/keys.h"
#include "node/peer/transport.h"
#include "node/pipeline/accusations.h"
#include "node/pipeline/admission.h"
#include "node/pipeline/apply_loop.h"
#include "node/pipeline/checked_cache.h"
#include "node/pipeline/condition.h"
#include "node/pipeline/core_loop.h"
#include "node/pipeline/keeper_loop.h"
#include "node/pipeline/log_writer.h"
#include "node/pipeline/peer_reading.h"
#include "node/pipeline/scrub_loop.h"
#include "node/service.h"
#include "storage/applier.h"
#include "storage/block_store.h"
#include "storage/held_folder.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// Everything of one node but its HTTP server, wired together: network -> verify pool -> driver ->
/// log writer and apply, each a thread or pool with bounded queues (docs/ARCHITECTURE.md). Wiring
/// alone: what is decided, is decided in the parts.
class NodeService final : public Service {
public:
    struct Parts {
        NodeConfig config;
        ledger::Genesis genesis;
        NodeKeys keys;
        std::shared_ptr<const storage::HeldFolder> folder;
        std::unique_ptr<storage::BlockStore> blocks;
        std::unique_ptr<storage::StateStore> state;
        std::uint64_t incarnation = 0;  ///< random, new with each start
        std::uint64_t seed = 0;         ///< of the election timeouts
        /// The process must end: the disk failed. Called from any thread, at most a few times.
        std::function<void(const Error&)> fatal;
        std::uint32_t rules_newest = ledger::kRulesVersion;  ///< that this build applies
        std::optional<RecoveryManifest> recovery{};          ///< kept in the folder
    };
    /// Restores the consensus core and binds the peer port. Nothing runs before start.
    static Result<std::unique_ptr<NodeService>> create(boost::asio::io_context& network,
                                                       Parts parts);
    ~NodeService() override;

    void start();
    /// A leader: begins to hand the lead over to `to`, or with kNobody to whoever keeps up best.
    /// The status says why not.
    void transfer_leader(consensus::NodeId to);
    /// Does that and waits until another node leads, or nobody can, two election timeouts at most,
    /// so that nobody has to wait for an election once this node has stopped.
    void give_up_lead();
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
    Result<consensus::RawNode> restore_core();
    peer::PeerHandlers peer_handlers();
    void build_admission();
    void build_keeper();
    void build_scrub();
    void build_writer();
    void build_apply();

    void perform(driver::Actions& actions);
    void keep(const consensus::Divergence& found);
    void perform(const driver::KeeperActions& actions);
    void halt(const std::string& reason, bool contradicted);
    void note_commit();
    void on_message(consensus::Message message);
    void on_forward(consensus::NodeId from, ForwardRequest request);
    void on_wanted(consensus::NodeId from, BlocksWanted wanted);
    void note_unreadable(const std::string& problem);
    /// The newest rules version that a majority of the nodes applies, as they say.
    std::uint32_t rules_newest() const;
    std::uint64_t certified_size() const { return keeper_ ? keeper_->certified_size() : 0; }
    void send_signatures(consensus::NodeId to, const CheckpointSignatures& signatures);

    Parts parts_;
    CheckedCache cache_;
    storage::Applier applier_;
    boost::asio::thread_pool verify_;
    /// Appends keep their order per sender while the pool checks them.
    std::map<consensus::NodeId, boost::asio::strand<boost::asio::thread_pool::executor_type>>
        append_order_;
    Condition condition_;
    Accusations accusations_;
    std::unique_ptr<peer::PeerTransport> transport_;
    std::unique_ptr<CoreLoop> core_;
    std::unique_ptr<Admission> admission_;
    std::unique_ptr<KeeperLoop> keeper_;
    std::unique_ptr<ScrubLoop> scrub_;
    GivingBounds giving_;
    std::unique_ptr<LogWriter> writer_;
    std::unique_ptr<ApplyLoop> apply_;
    consensus::Index committed_at_start_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> free_bytes_{0};
    std::atomic<std::uint64_t> submissions_{0};
    std::atomic<std::uint64_t> forwarded_{0};
    std::atomic<std::uint64_t> policy_refusals_{0};
    std::atomic<std::uint64_t> checkpoint_messages_{0};
    consensus::Millis started_{0};
};

}  // namespace tally::node::pipeline
