#include "node/pipeline/node_service.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "api/errc.h"
#include "base/wall_clock.h"
#include "ledger/admission.h"
#include "ledger/errc.h"
#include "ledger/queries.h"
#include "storage/errc.h"
#include "storage/free_space.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kCacheBytesMax = 64 << 20;
constexpr std::size_t kFetchBytesMax = 4 << 20;

ledger::SubmissionBounds bounds_of(const ledger::Genesis& genesis) {
    return {genesis.submission_bytes_max, genesis.transactions_max};
}

std::string node_name(const ledger::Genesis& genesis, consensus::NodeId id) {
    const ledger::GenesisNode* node = genesis.node(id.value);
    return node == nullptr ? std::string() : node->name;
}

}  // namespace

consensus::PolicyVerdict judge(const consensus::AppendRequest& append, consensus::Term term,
                               CheckedCache& cache) {
    for (const auto& block : append.blocks) {
        // What an earlier term left, or what is committed, is nobody's to refuse any more.
        if (block.header.term != term || block.header.index <= append.commit) continue;
        if (block.header.kind != consensus::BlockKind::submissions) continue;
        const auto submissions = ledger::decode_payload(*block.payload);
        if (!submissions) {
            return {block.header.index, consensus::Refusal::submission,
                    "the payload is not a list of submissions"};
        }
        for (const ByteView bytes : *submissions) {
            const CheckedPointer checked = cache.check(bytes);
            if (checked->status) continue;
            const Error& error = checked->status.error();
            const bool signature = error.code == ledger::errc::bad_signature;
            return {block.header.index,
                    signature ? consensus::Refusal::signature : consensus::Refusal::submission,
                    error.code.message() + ": " + error.context};
        }
    }
    return {};
}

NodeService::NodeService(Parts parts)
    : parts_(std::move(parts)),
      cache_(parts_.genesis.network_id(), bounds_of(parts_.genesis), kCacheBytesMax),
      applier_(parts_.genesis, *parts_.state),
      verify_(parts_.config.verify_threads),
      started_(wall_now()) {
    for (const auto& node : parts_.genesis.nodes) {
        append_order_.emplace(consensus::NodeId(node.id),
                              boost::asio::make_strand(verify_.get_executor()));
    }
}

Result<std::unique_ptr<NodeService>> NodeService::create(boost::asio::io_context& network,
                                                         Parts parts) {
    std::unique_ptr<NodeService> service(new NodeService(std::move(parts)));
    const Status built = service->build(network);
    if (!built) return built.error();
    return service;
}

Status NodeService::build(boost::asio::io_context& network) {
    consensus::Config config;
    config.id = parts_.config.id;
    for (const auto& node : parts_.genesis.nodes) config.voters.emplace_back(node.id);
    config.network = parts_.genesis.network_id();
    config.election_ticks = parts_.config.election_ticks;
    config.heartbeat_ticks = parts_.config.heartbeat_ticks;

    auto persisted = parts_.blocks->load();
    if (!persisted) return persisted.error();
    // Target 0 replays nothing: it only discards derived data that does not stand in this log. What
    // is left is committed, also where the hint in the log lags behind it.
    const Status stands =
        storage::replay(*parts_.blocks, *parts_.state, applier_, consensus::Index{},
                        storage::plain_checker(parts_.genesis));
    if (!stands) return stands;
    const consensus::Index applied = parts_.state->view()->applied().index;
    committed_at_start_ = std::max(applied, persisted->hard_state.commit);
    auto core =
        consensus::RawNode::restore(config, std::move(*persisted), applied,
                                    parts_.incarnation ^ 0x9e3779b97f4a7c15u, parts_.incarnation);
    if (!core) return core.error();
    auto transport =
        peer::PeerTransport::create(network, parts_.config, parts_.genesis, parts_.keys.tls,
                                    parts_.incarnation, peer_handlers());
    if (!transport) return transport.error();
    transport_ = std::move(*transport);
    core_ = std::make_unique<CoreLoop>(std::move(*core), parts_.config, core_hooks());
    check_free_space();
    return {};
}

peer::PeerHandlers NodeService::peer_handlers() {
    peer::PeerHandlers handlers;
    handlers.message = [this](consensus::Message message) { on_message(std::move(message)); };
    handlers.forward = [this](consensus::NodeId from, peer::ForwardRequest request) {
        const std::uint64_t id = request.id;
        admit(std::move(request.submission), SubmitWait::committed, true,
              [this, from, id](Result<SubmitReceipt> result) {
                  transport_->send(from, peer::ForwardReply{id, std::move(result)});
              });
    };
    handlers.forward_reply = [this](consensus::NodeId from, peer::ForwardReply reply) {
        core_->on_forward_reply(from, std::move(reply));
    };
    handlers.signatures = [this](consensus::NodeId from, peer::CheckpointSignatures signatures) {
        if (keeper_) keeper_->on_signatures(from, std::move(signatures));
    };
    return handlers;
}

CoreHooks NodeService::core_hooks() {
    CoreHooks hooks;
    hooks.send = [this](consensus::Message message) { transport_->send(std::move(message)); };
    hooks.forward = [this](consensus::NodeId to, peer::ForwardRequest request) {
        const bool sent = transport_->send(to, std::move(request));
        if (sent) ++forwarded_;
        return sent;
    };
    hooks.append = [this](consensus::AppendTask task) { writer_->append(std::move(task)); };
    hooks.apply_to = [this](consensus::Index target) { apply_->apply_to(target); };
    hooks.fetch = [this](consensus::FetchRequest request) {
        boost::asio::post(verify_, [this, request] { fetch(request); });
    };
    hooks.view = [this] { return parts_.state->view(); };
    hooks.certified_size = [this] { return keeper_->certified_size(); };
    return hooks;
}

void NodeService::build_writer_and_apply(consensus::Index committed) {
    const auto fatal = [this](const Error& error) { parts_.fatal(error); };
    CheckpointKeeper::Hooks keeper;
    keeper.broadcast = [this](const peer::CheckpointSignatures& signatures) {
        for (const auto& node : parts_.genesis.nodes) {
            const consensus::NodeId id(node.id);
            if (id != parts_.config.id) transport_->send(id, signatures);
        }
    };
    keeper.reply = [this](consensus::NodeId to, const peer::CheckpointSignatures& signatures) {
        transport_->send(to, signatures);
    };
    keeper.certified = [this](std::uint64_t size) { core_->on_certified(size); };
    keeper.diverged = [this](const std::string& reason, bool contradicted) {
        core_->set_halted(reason);
        if (contradicted) contradicted_ = true;
    };
    keeper.failed = fatal;
    keeper_ = std::make_unique<CheckpointKeeper>(parts_.genesis, parts_.config.id, parts_.keys,
                                                 *parts_.blocks, std::move(keeper));
    writer_ = std::make_unique<LogWriter>(
        *parts_.blocks,
        LogWriter::Hooks{
            [this](consensus::Message message) { transport_->send(std::move(message)); },
            [this](std::vector<std::uint64_t> done) { core_->on_append_done(std::move(done)); },
            fatal});
    ApplyLoop::Hooks apply;
    apply.applied = [this](AppliedNotice notice) { core_->on_applied(std::move(notice)); };
    apply.seal = [this](const storage::SealPoint& seal) { keeper_->on_seal(seal); };
    apply.halted = [this](const std::string& reason) { core_->set_halted(reason); };
    apply.failed = fatal;
    apply_ = std::make_unique<ApplyLoop>(*parts_.blocks, *parts_.state, applier_, cache_, committed,
                                         std::move(apply));
}

void NodeService::start() {
    build_writer_and_apply(committed_at_start_);
    core_->start();
    transport_->start();
}

NodeService::~NodeService() { stop(); }

void NodeService::stop() {
    if (stopping_.exchange(true)) return;
    // What is being checked still reaches the core, which then answers everything that waits.
    verify_.join();
    if (core_) core_->stop();
    if (transport_) transport_->stop();
    const bool ran = apply_ != nullptr;
    apply_.reset();
    writer_.reset();
    keeper_.reset();
    if (ran) note_commit();
    const Status flushed = parts_.state->flush();
    // Derived data is rebuilt from the blocks: a failed flush costs time at the next start only.
    static_cast<void>(flushed);
}

/// The hint in the log lags behind while it runs. At an orderly end it is made exact, so that an
/// audit of the folder covers everything that was acknowledged.
void NodeService::note_commit() {
    consensus::HardState state = core_->hard_state();
    state.commit = std::min(state.commit, parts_.blocks->tip().index);
    const Status written = parts_.blocks->write({{}, state});
    // It stays a hint: without it the next start learns the commit from its peers.
    static_cast<void>(written);
}

void NodeService::check_free_space() {
    const auto free = storage::free_bytes(parts_.config.folder);
    if (!free) return;
    free_bytes_ = *free;
    const bool full = *free < parts_.config.free_bytes_min;
    core_->set_read_only(full ? "storage_full" : "");
}

void NodeService::on_message(consensus::Message message) {
    auto* append = std::get_if<consensus::AppendRequest>(&message.body);
    if (append == nullptr || append->blocks.empty()) {
        core_->on_message(std::move(message), {});
        return;
    }
    const auto strand = append_order_.find(message.from);
    if (strand == append_order_.end() || stopping_) return;
    boost::asio::post(strand->second, [this, message = std::move(message)]() mutable {
        const auto& request = std::get<consensus::AppendRequest>(message.body);
        consensus::PolicyVerdict verdict = judge(request, message.term, cache_);
        if (!core_->read_only().empty()) {
            verdict = {request.blocks.front().header.index, consensus::Refusal::not_ready,
                       core_->read_only()};
        }
        if (verdict.refused_index) ++policy_refusals_;
        core_->on_message(std::move(message), std::move(verdict));
    });
}

void NodeService::submit(SharedBytes submission, SubmitWait wait,
                         std::function<void(Result<SubmitReceipt>)> done) {
    ++submissions_;
    admit(std::move(submission), wait, false, std::move(done));
}

void NodeService::admit(SharedBytes submission, SubmitWait wait, bool forwarded_to_us,
                        std::function<void(Result<SubmitReceipt>)> done) {
    if (stopping_) return done(fail(api::errc::shutting_down, "the node is shutting down"));
    if (const std::string reason = core_->halted(); !reason.empty()) {
        return done(fail(api::errc::halted, "this node stopped applying: " + reason));
    }
    if (const std::string reason = core_->read_only(); !reason.empty()) {
        return done(fail(api::errc::storage_full,
                         "free space is below the floor of " +
                             std::to_string(parts_.config.free_bytes_min) +
                             " bytes (limits.free_bytes_min): free some, then retry"));
    }
    const std::size_t bytes = submission->size();
    if (admitting_bytes_ + core_->queued_bytes() + bytes > parts_.config.queue_bytes_max) {
        return done(fail(api::errc::overloaded, "the queue of submissions is full: retry later"));
    }
    admitting_bytes_ += bytes;
    boost::asio::post(verify_, [this, submission = std::move(submission), wait, forwarded_to_us,
                                bytes, done = std::move(done)]() mutable {
        check_and_queue(std::move(submission), wait, forwarded_to_us, std::move(done));
        admitting_bytes_ -= bytes;
    });
}

void NodeService::check_and_queue(SharedBytes submission, SubmitWait wait, bool forwarded_to_us,
                                  std::function<void(Result<SubmitReceipt>)> done) {
    const CheckedPointer checked = cache_.check(submission);
    const auto view = parts_.state->view();
    const auto& point = view->applied();
    const Status admitted = ledger::admit(
        *checked, *view, {point.head.rules_version, point.index.value + 1, wall_now()});
    if (!admitted) {
        ++admission_refused_;
        return done(admitted.error());
    }
    if (auto known = answer_known(*checked, *view)) return done(std::move(*known));
    auto pending = std::make_shared<PendingSubmission>();
    for (const ByteView transaction : checked->transactions) {
        if (const auto id = ledger::transaction_id_of(transaction)) pending->ids.push_back(*id);
    }
    pending->bytes = std::move(submission);
    pending->wait = wait;
    pending->forwarded_to_us = forwarded_to_us;
    pending->deadline = Clock::now() + parts_.config.request_timeout;
    pending->done = std::move(done);
    core_->submit(std::move(pending));
}

std::optional<Result<SubmitReceipt>> NodeService::answer_known(
    const ledger::CheckedSubmission& checked, const storage::StateView& view) const {
    SubmitReceipt receipt;
    receipt.replayed = true;
    receipt.applied_index = view.applied().index.value;
    const ledger::MemberId& submitter = checked.header.signers.front().member;
    std::optional<ledger::TransactionView> first;
    for (std::size_t number = 0; number < checked.transactions.size(); ++number) {
        const auto id = ledger::transaction_id_of(checked.transactions[number]);
        if (!id) return std::nullopt;
        const auto known = ledger::find_transaction(view, submitter, *id);
        if (!known) return known.error();
        if (!*known || (*known)->leaf_hash != checked.transaction_hashes[number]) {
            return std::nullopt;
        }
        if (!first) first = **known;
        receipt.result.transactions.push_back({*id, (*known)->outcome, (*known)->entry, true});
    }
    if (!first) return std::nullopt;
    receipt.block = first->block_index;
    const consensus::Index index(first->block_index);
    const auto block = parts_.blocks->read(index, index, 1);
    if (!block) return block.error();
    receipt.block_time = block->front().header.time;
    const auto leaf = storage::read_entry(*parts_.blocks, view, first->entry);
    if (!leaf) return leaf.error();
    const auto entry = ledger::decode_entry(*leaf);
    if (!entry) return entry.error();
    if (const auto* transaction = std::get_if<ledger::TransactionEntry>(&*entry)) {
        receipt.result.header_entry = transaction->header_entry;
    }
    const std::uint64_t certified = keeper_ ? keeper_->certified_size() : 0;
    if (certified > first->entry) receipt.certified_size = certified;
    return receipt;
}

void NodeService::read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) {
    if (stopping_) return done(fail(api::errc::shutting_down, "the node is shutting down"));
    if (contradicted_) {
        return done(fail(api::errc::halted, "this node's data is not served: " + core_->halted()));
    }
    core_->read(options, std::move(done));
}

Result<consensus::FetchResult> NodeService::read_for_peer(
    const consensus::FetchRequest& request) const {
    consensus::FetchResult result;
    result.id = request.id;
    result.previous = {consensus::Index{}, consensus::Term{}, consensus::Millis{0},
                       parts_.genesis.network_id()};
    if (request.first.value > 1) {
        const auto before =
            parts_.blocks->read(request.first.previous(), request.first.previous(), 1);
        if (!before) return before.error();
        result.previous = consensus::tip_of(before->front());
    }
    auto blocks = parts_.blocks->read(request.first, request.last, kFetchBytesMax);
    if (!blocks) return blocks.error();
    result.blocks = std::move(*blocks);
    return result;
}

void NodeService::fetch(const consensus::FetchRequest& request) {
    auto result = read_for_peer(request);
    core_->on_fetched(result ? std::move(*result) : consensus::FetchResult{request.id, {}, {}});
}

NodeStatus NodeService::status() const {
    NodeStatus status;
    const CoreLoop::Snapshot core = core_->snapshot();
    status.id = parts_.config.id;
    status.name = node_name(parts_.genesis, status.id);
    status.soft = core.soft;
    status.leader_name = node_name(parts_.genesis, core.soft.leader);
    status.last_index = core.last_index.value;
    status.applied = parts_.state->view()->applied();
    if (keeper_ && keeper_->certified_size() > 0) status.certified_size = keeper_->certified_size();
    for (const peer::PeerState& peer : transport_->peers()) {
        PeerStatus shown{peer.id,      node_name(parts_.genesis, peer.id),
                         peer.address, peer.reachable,
                         peer.since,   peer.last_error,
                         {},           {}};
        for (const auto& progress : core.progress) {
            if (progress.id != peer.id) continue;
            shown.match = progress.match.value;
            shown.last_refusal = consensus::refusal_name(progress.last_refusal);
        }
        status.peers.push_back(std::move(shown));
    }
    status.queued_bytes = admitting_bytes_ + core_->queued_bytes();
    status.free_bytes = free_bytes_;
    status.read_only = core_->read_only();
    status.halted = core_->halted();
    status.started = started_;
    status.ready = core.ready && status.halted.empty();
    return status;
}

NodeCounters NodeService::counters() const {
    NodeCounters counters;
    counters.submissions = submissions_;
    counters.admission_refused = admission_refused_;
    counters.forwarded = forwarded_;
    counters.policy_refusals = policy_refusals_;
    counters.elections = core_->snapshot().elections;
    if (apply_) {
        counters.transactions_accepted = apply_->accepted();
        counters.transactions_refused = apply_->refused();
        counters.blocks_applied = apply_->blocks_applied();
        counters.seals = apply_->seals();
    }
    if (writer_) {
        counters.log_syncs = writer_->syncs();
        counters.log_bytes = writer_->bytes();
    }
    return counters;
}

}  // namespace tally::node::pipeline
