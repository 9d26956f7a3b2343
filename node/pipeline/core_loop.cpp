#include "node/pipeline/core_loop.h"

#include <algorithm>
#include <utility>

#include "api/errc.h"
#include "base/wall_clock.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kQueueMax = 65'536;
constexpr std::size_t kBlockBytesMax = 1 << 20;
/// Own blocks on their way to the disk before the next is formed: while a sync runs, submissions
/// gather for the block after it.
constexpr std::size_t kUnsyncedMax = 2;

}  // namespace

CoreLoop::CoreLoop(consensus::RawNode core, const NodeConfig& config, CoreHooks hooks)
    : core_(std::move(core)),
      config_(config),
      hooks_(std::move(hooks)),
      submissions_({[this](std::span<const consensus::Proposal> proposals) {
                        return core_.propose(proposals, wall_now());
                    },
                    hooks_.forward, hooks_.certified_size},
                   kBlockBytesMax),
      queue_(kQueueMax) {}

CoreLoop::~CoreLoop() { stop(); }

void CoreLoop::start() {
    thread_ = std::thread([this] { run(); });
}

void CoreLoop::stop() {
    if (!thread_.joinable()) return;
    queue_.push_always(Stop{});
    thread_.join();
}

void CoreLoop::on_message(consensus::Message message, consensus::PolicyVerdict verdict) {
    queue_.push(MessageEvent{std::move(message), std::move(verdict)});
}
void CoreLoop::on_forward_reply(consensus::NodeId from, peer::ForwardReply reply) {
    queue_.push_always(ReplyEvent{from, std::move(reply)});
}
void CoreLoop::submit(std::shared_ptr<PendingSubmission> pending) {
    queue_.push_always(std::move(pending));
}
void CoreLoop::on_append_done(std::vector<std::uint64_t> sequences) {
    queue_.push_always(AppendDone{std::move(sequences)});
}
void CoreLoop::on_applied(AppliedNotice notice) { queue_.push_always(std::move(notice)); }
void CoreLoop::on_fetched(consensus::FetchResult result) { queue_.push_always(std::move(result)); }
void CoreLoop::on_certified(std::uint64_t size) { queue_.push_always(Certified{size}); }

void CoreLoop::read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) {
    const auto now = Clock::now();
    // A confirmation normally takes a heartbeat; two election timeouts without one mean no quorum.
    const auto patience = config_.tick * (config_.election_ticks * 2);
    ReadEvent event{options,
                    std::move(done),
                    now + std::min(patience, config_.request_timeout),
                    now + config_.request_timeout,
                    false,
                    false,
                    {}};
    queue_.push_always(std::move(event));
}

void CoreLoop::set_read_only(std::string reason) {
    const std::lock_guard lock(mutex_);
    read_only_ = std::move(reason);
}
void CoreLoop::set_halted(std::string reason) {
    const std::lock_guard lock(mutex_);
    halted_ = std::move(reason);
}
std::string CoreLoop::read_only() const {
    const std::lock_guard lock(mutex_);
    return read_only_;
}
std::string CoreLoop::halted() const {
    const std::lock_guard lock(mutex_);
    return halted_;
}
CoreLoop::Snapshot CoreLoop::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

void CoreLoop::run() {
    next_tick_ = Clock::now();
    // The restored core first says how far it may be applied: only then may it hear what was.
    drain();
    while (!stopping_) {
        for (auto& event : queue_.take_until(next_tick_)) {
            std::visit([this](auto&& content) { handle(std::move(content)); }, std::move(event));
        }
        const auto now = Clock::now();
        tick(now);
        ask_read_index();
        submissions_.pump(soft_, config_.id, unsynced_proposals_ < kUnsyncedMax);
        drain();
        settle_reads(now);
    }
    const Error reason =
        fail(api::errc::shutting_down, "the node is shutting down: use another one");
    submissions_.fail_all(reason);
    for (auto& [context, reads] : asked_reads_) unasked_reads_.splice(unasked_reads_.end(), reads);
    unasked_reads_.splice(unasked_reads_.end(), settled_reads_);
    for (auto& event : unasked_reads_) event.done(reason);
    // Whoever came after Stop is answered as well: a callback is never lost.
    for (auto& event : queue_.take_until(Clock::now())) {
        if (auto* late = std::get_if<ReadEvent>(&event)) late->done(reason);
        if (auto* late = std::get_if<std::shared_ptr<PendingSubmission>>(&event)) {
            (*late)->done(reason);
        }
    }
}

void CoreLoop::tick(Clock::time_point now) {
    if (now < next_tick_) return;
    // After a long pause of the process one tick is enough: time that nobody saw elects nobody.
    next_tick_ =
        now - next_tick_ > config_.tick * 10 ? now + config_.tick : next_tick_ + config_.tick;
    core_.tick(wall_now());
    propose_seal(now);
    submissions_.expire(now);
    publish_snapshot();
}

void CoreLoop::handle(MessageEvent event) {
    // A message that makes no sense changes nothing; the transport already knows who sent it.
    const Status stepped = core_.step(event.message, wall_now(), event.verdict);
    static_cast<void>(stepped);
    drain();
}
void CoreLoop::handle(ReplyEvent event) {
    submissions_.on_forward_reply(event.from, std::move(event.reply));
}
void CoreLoop::handle(std::shared_ptr<PendingSubmission> pending) {
    submissions_.add(std::move(pending));
}
void CoreLoop::handle(ReadEvent event) { unasked_reads_.push_back(std::move(event)); }
void CoreLoop::handle(AppendDone event) {
    for (const std::uint64_t sequence : event.sequences) {
        const auto found = proposal_tasks_.find(sequence);
        if (found != proposal_tasks_.end()) {
            proposal_tasks_.erase(found);
            --unsynced_proposals_;
        }
        core_.on_append_done(sequence);
    }
    drain();
}
void CoreLoop::handle(AppliedNotice event) {
    applied_ = event.index;
    if (event.entry_count > entry_count_) entry_count_ = event.entry_count;
    if (event.index == seal_proposed_ && event.index.value != 0)
        sealed_entries_ = event.entry_count;
    core_.on_apply_done(event.index);
    submissions_.on_applied(event);
}
void CoreLoop::handle(consensus::FetchResult event) {
    core_.on_blocks_fetched(std::move(event));
    drain();
}
void CoreLoop::handle(Certified event) { submissions_.on_certified(event.size); }
void CoreLoop::handle(Stop) { stopping_ = true; }

void CoreLoop::drain() {
    while (core_.has_ready()) {
        consensus::Ready ready = core_.take_ready();
        if (ready.soft_state) on_soft_state(*ready.soft_state);
        for (auto& message : ready.messages) hooks_.send(std::move(message));
        if (ready.append) {
            if (soft_.role == consensus::Role::leader && !ready.append->write.blocks.empty()) {
                proposal_tasks_.insert(ready.append->sequence);
                ++unsynced_proposals_;
            }
            hooks_.append(std::move(*ready.append));
        }
        if (ready.apply_to) hooks_.apply_to(*ready.apply_to);
        for (const auto& state : ready.read_states) on_read_state(state);
        for (const auto& request : ready.fetches) hooks_.fetch(request);
    }
}

void CoreLoop::on_soft_state(const consensus::SoftState& soft) {
    const consensus::SoftState before = std::exchange(soft_, soft);
    if (before.leader != soft.leader || before.term != soft.term) {
        submissions_.on_leader_change();
        seal_proposed_ = consensus::Index{};
        sealed_entries_ = 0;
        if (soft.role == consensus::Role::leader) ++elections_;
    }
    publish_snapshot();
}

void CoreLoop::ask_read_index() {
    if (unasked_reads_.empty()) return;
    std::list<ReadEvent> asking;
    for (auto place = unasked_reads_.begin(); place != unasked_reads_.end();) {
        const auto next = std::next(place);
        if (!place->options.confirm) {
            place->confirmed = true;
            settled_reads_.splice(settled_reads_.end(), unasked_reads_, place);
        } else {
            asking.splice(asking.end(), unasked_reads_, place);
        }
        place = next;
    }
    if (asking.empty()) return;
    // One question serves all reads that arrived before it was asked.
    const std::uint64_t context = next_context_++;
    if (!core_.read_index(context)) {
        for (auto& event : asking) event.stale = true;
        settled_reads_.splice(settled_reads_.end(), asking);
        return;
    }
    asked_reads_.emplace(context, std::move(asking));
}

void CoreLoop::on_read_state(const consensus::ReadState& state) {
    const auto found = asked_reads_.find(state.context);
    if (found == asked_reads_.end()) return;
    for (auto& event : found->second) {
        event.confirmed = state.granted;
        event.stale = !state.granted;
        event.index = state.granted ? state.index : consensus::Index{};
    }
    settled_reads_.splice(settled_reads_.end(), found->second);
    asked_reads_.erase(found);
}

void CoreLoop::answer_read(ReadEvent& event) {
    auto view = hooks_.view();
    event.done(ReadPoint{std::move(view), event.stale});
}

void CoreLoop::settle_reads(Clock::time_point now) {
    for (auto found = asked_reads_.begin(); found != asked_reads_.end();) {
        if (found->second.front().confirm_by > now) {
            ++found;
            continue;
        }
        for (auto& event : found->second) event.stale = true;
        settled_reads_.splice(settled_reads_.end(), found->second);
        found = asked_reads_.erase(found);
    }
    for (auto place = settled_reads_.begin(); place != settled_reads_.end();) {
        const bool has_minimum = applied_.value >= place->options.min_index;
        if (has_minimum && (place->stale || applied_ >= place->index)) {
            answer_read(*place);
        } else if (now >= place->deadline) {
            if (has_minimum) {
                place->stale = true;
                answer_read(*place);
            } else {
                place->done(fail(api::errc::not_ready,
                                 "min_index " + std::to_string(place->options.min_index) +
                                     " is not applied here yet (applied: " +
                                     std::to_string(applied_.value) + ")"));
            }
        } else {
            ++place;
            continue;
        }
        place = settled_reads_.erase(place);
    }
}

void CoreLoop::propose_seal(Clock::time_point now) {
    if (soft_.role != consensus::Role::leader || now < next_seal_) return;
    if (applied_ < seal_proposed_) return;  // one at a time
    if (sealed_entries_ == 0) {
        const auto point = hooks_.view()->applied();
        sealed_entries_ = point.last_seal ? point.last_seal->size : 0;
    }
    if (entry_count_ <= sealed_entries_ || !read_only().empty()) return;
    const consensus::Proposal seal{consensus::BlockKind::seal, share(Bytes{1})};
    const auto proposed = core_.propose({&seal, 1}, wall_now());
    if (!proposed) return;
    seal_proposed_ = proposed->first;
    next_seal_ = now + config_.seal_interval;
}

void CoreLoop::publish_snapshot() {
    if (!caught_up_ && soft_.leader != consensus::kNobody && soft_.commit.value > 0 &&
        applied_ >= soft_.commit) {
        caught_up_ = true;
    }
    Snapshot next{soft_, core_.last_index(), core_.progress(),
                  caught_up_ && soft_.leader != consensus::kNobody, elections_};
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(next);
}

}  // namespace tally::node::pipeline
