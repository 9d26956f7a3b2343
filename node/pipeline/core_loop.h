#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <variant>
#include <vector>

#include "consensus/raw_node.h"
#include "node/config.h"
#include "node/pipeline/apply_loop.h"
#include "node/pipeline/event_queue.h"
#include "node/pipeline/submissions.h"
#include "node/service.h"

namespace tally::node::pipeline {

/// What the consensus thread asks of the rest of the node. Called on that thread; must not block.
struct CoreHooks {
    std::function<void(consensus::Message)> send;
    std::function<bool(consensus::NodeId, peer::ForwardRequest)> forward;
    std::function<void(consensus::AppendTask)> append;
    std::function<void(consensus::Index)> apply_to;
    std::function<void(consensus::FetchRequest)> fetch;
    std::function<std::shared_ptr<const storage::StateView>()> view;
    std::function<std::uint64_t()> certified_size;
};

/// The thread that owns the consensus core: it turns events into calls, and what the core wants
/// done into hooks. It also decides when waiting submissions become a block and when a seal is due.
class CoreLoop {
public:
    CoreLoop(consensus::RawNode core, const NodeConfig& config, CoreHooks hooks);
    ~CoreLoop();

    void start();
    /// Ends the thread; every pending callback is answered first.
    void stop();

    // Events, from any thread.
    void on_message(consensus::Message message, consensus::PolicyVerdict verdict);
    void on_forward_reply(consensus::NodeId from, peer::ForwardReply reply);
    void submit(std::shared_ptr<PendingSubmission> pending);
    void read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done);
    void on_append_done(std::vector<std::uint64_t> sequences);
    void on_applied(AppliedNotice notice);
    void on_fetched(consensus::FetchResult result);
    void on_certified(std::uint64_t size);
    /// From now on nothing is proposed (storage_full, diverged); empty: again writable.
    void set_read_only(std::string reason);
    void set_halted(std::string reason);

    struct Snapshot {
        consensus::SoftState soft;
        consensus::Index last_index;
        std::vector<consensus::ProgressView> progress;
        bool ready = false;
        std::uint64_t elections = 0;
    };
    Snapshot snapshot() const;
    std::uint64_t queued_bytes() const { return submissions_.queued_bytes(); }
    std::string read_only() const;
    std::string halted() const;
    /// Only after stop.
    consensus::HardState hard_state() const { return core_.hard_state(); }

private:
    struct MessageEvent {
        consensus::Message message;
        consensus::PolicyVerdict verdict;
    };
    struct ReplyEvent {
        consensus::NodeId from;
        peer::ForwardReply reply;
    };
    struct ReadEvent {
        ReadOptions options;
        std::function<void(Result<ReadPoint>)> done;
        Clock::time_point confirm_by;  ///< then the answer is stale
        Clock::time_point deadline;    ///< for min_index
        bool confirmed = false;
        bool stale = false;
        consensus::Index index;  ///< must be applied before the answer
    };
    struct AppendDone {
        std::vector<std::uint64_t> sequences;
    };
    struct Certified {
        std::uint64_t size;
    };
    struct Stop {};
    using Event =
        std::variant<MessageEvent, ReplyEvent, std::shared_ptr<PendingSubmission>, ReadEvent,
                     AppendDone, AppliedNotice, consensus::FetchResult, Certified, Stop>;

    void run();
    void handle(MessageEvent event);
    void handle(ReplyEvent event);
    void handle(std::shared_ptr<PendingSubmission> pending);
    void handle(ReadEvent event);
    void handle(AppendDone event);
    void handle(AppliedNotice event);
    void handle(consensus::FetchResult event);
    void handle(Certified event);
    void handle(Stop);

    void tick(Clock::time_point now);
    void drain();
    void on_soft_state(const consensus::SoftState& soft);
    void on_read_state(const consensus::ReadState& state);
    void ask_read_index();
    void settle_reads(Clock::time_point now);
    void answer_read(ReadEvent& event);
    void propose_seal(Clock::time_point now);
    void publish_snapshot();

    consensus::RawNode core_;
    const NodeConfig config_;
    CoreHooks hooks_;
    Submissions submissions_;
    EventQueue<Event> queue_;

    // Owned by the consensus thread.
    consensus::SoftState soft_;
    std::list<ReadEvent> unasked_reads_;
    std::map<std::uint64_t, std::list<ReadEvent>> asked_reads_;  // by context
    std::list<ReadEvent> settled_reads_;                         // waiting to be applied
    std::uint64_t next_context_ = 1;
    consensus::Index applied_;
    std::uint64_t entry_count_ = 0;
    std::uint64_t sealed_entries_ = 0;  ///< entry_count_ after the last seal
    consensus::Index seal_proposed_;
    Clock::time_point next_seal_{};
    Clock::time_point next_tick_{};
    std::size_t unsynced_proposals_ = 0;
    std::set<std::uint64_t> proposal_tasks_;  ///< sequences of own blocks not yet durable
    bool caught_up_ = false;
    bool stopping_ = false;
    std::uint64_t elections_ = 0;

    mutable std::mutex mutex_;
    Snapshot snapshot_;      // guarded by mutex_
    std::string read_only_;  // guarded by mutex_
    std::string halted_;     // guarded by mutex_
    std::thread thread_;
};

}  // namespace tally::node::pipeline
