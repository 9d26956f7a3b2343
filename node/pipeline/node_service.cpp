#include "node/pipeline/node_service.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include "api/errc.h"
#include "base/hex.h"
#include "base/wall_clock.h"
#include "node/driver/admission.h"
#include "node/driver/errors.h"
#include "node/pipeline/node_status.h"
#include "node/pipeline/peer_reading.h"
#include "node/pipeline/policy.h"
#include "node/way_out.h"
#include "storage/audit.h"
#include "storage/errc.h"
#include "storage/free_space.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kCacheBytesMax = 64 << 20;

ledger::SubmissionBounds bounds_of(const ledger::Genesis& genesis) {
    return {genesis.submission_bytes_max, genesis.transactions_max};
}

}  // namespace

NodeService::NodeService(Parts parts)
    : parts_(std::move(parts)),
      cache_(parts_.genesis.network_id(), bounds_of(parts_.genesis), kCacheBytesMax),
      applier_(parts_.genesis, *parts_.state, parts_.rules_newest),
      verify_(parts_.config.verify_threads),
      accusations_(parts_.genesis, *parts_.blocks),
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

Result<consensus::RawNode> NodeService::restore_core() {
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
    if (!stands) return stands.error();
    const consensus::Index applied = parts_.state->view()->applied().index;
    committed_at_start_ = std::max(applied, persisted->hard_state.commit);
    return consensus::RawNode::restore(config, std::move(*persisted), applied, parts_.seed,
                                       parts_.incarnation);
}

Status NodeService::build(boost::asio::io_context& network) {
    auto core = restore_core();
    if (!core) return core.error();
    auto transport =
        peer::PeerTransport::create(network, parts_.config, parts_.genesis, parts_.keys.tls,
                                    {parts_.incarnation, parts_.rules_newest}, peer_handlers());
    if (!transport) return transport.error();
    transport_ = std::move(*transport);

    driver::DriverConfig config;
    config.id = parts_.config.id;
    config.name = node_name(parts_.genesis, parts_.config.id);
    config.incarnation = parts_.incarnation;
    config.tick = parts_.config.tick;
    config.election_ticks = parts_.config.election_ticks;
    config.request_timeout = parts_.config.request_timeout;
    config.seal_interval = parts_.config.seal_interval;
    config.free_bytes_min = parts_.config.free_bytes_min;
    core_ = std::make_unique<CoreLoop>(driver::Driver(std::move(*core), config, moment_now()),
                                       *parts_.state,
                                       [this](driver::Actions& actions) { perform(actions); });
    build_admission();
    check_free_space();
    return {};
}

peer::PeerHandlers NodeService::peer_handlers() {
    peer::PeerHandlers handlers;
    handlers.message = [this](consensus::Message message) { on_message(std::move(message)); };
    handlers.forward = [this](consensus::NodeId from, ForwardRequest request) {
        on_forward(from, std::move(request));
    };
    handlers.forward_reply = [this](consensus::NodeId from, ForwardReply reply) {
        core_->tell(driver::ForwardAnswered{from, std::move(reply)});
    };
    handlers.signatures = [this](consensus::NodeId from, CheckpointSignatures signatures) {
        if (keeper_) keeper_->on_signatures(from, std::move(signatures));
    };
    handlers.blocks_wanted = [this](consensus::NodeId from, BlocksWanted wanted) {
        on_wanted(from, wanted);
    };
    handlers.blocks_given = [this](consensus::NodeId from, BlocksGiven given) {
        if (scrub_) scrub_->on_given(from, std::move(given));
    };
    return handlers;
}

void NodeService::build_admission() {
    admission_ = std::make_unique<Admission>(Admission::Parts{
        parts_.config, node_name(parts_.genesis, parts_.config.id), parts_.genesis.created,
        *parts_.blocks, *parts_.state, condition_, cache_, *core_, verify_,
        [this] { return certified_size(); }, [this] { return rules_newest(); }});
}

void NodeService::build_keeper() {
    keeper_ = std::make_unique<KeeperLoop>(
        parts_.genesis, parts_.config.id, parts_.keys, *parts_.blocks, accusations_,
        [this](const driver::KeeperActions& actions) { perform(actions); },
        [this](const Error& error) { parts_.fatal(error); });
}

void NodeService::build_scrub() {
    driver::ScrubConfig config;
    for (const auto& node : parts_.genesis.nodes) {
        if (consensus::NodeId(node.id) != parts_.config.id) config.peers.emplace_back(node.id);
    }
    config.round = parts_.config.scrub_round;
    config.pause = parts_.config.scrub_pause;
    ScrubLoop::Duties duties;
    duties.send = [this](consensus::NodeId to, const BlocksWanted& wanted) {
        transport_->send(to, wanted);
    };
    duties.unreadable = [this](const std::string& problem) { note_unreadable(problem); };
    duties.failed = [this](const Error& error) { parts_.fatal(error); };
    scrub_ = std::make_unique<ScrubLoop>(std::move(config), *parts_.blocks, std::move(duties));
}

void NodeService::build_writer() {
    writer_ = std::make_unique<LogWriter>(
        *parts_.blocks,
        [this](driver::CommitGroup group) {
            for (auto& message : group.release) transport_->send(std::move(message));
            core_->tell(driver::WritesDone{std::move(group.sequences)});
        },
        [this](const Error& error) { parts_.fatal(error); });
}

void NodeService::build_apply() {
    apply_ = std::make_unique<ApplyLoop>(
        ApplyLoop::Parts{*parts_.blocks, *parts_.state, applier_, cache_, committed_at_start_},
        [this](driver::Applied applied) {
            if (applied.seal) keeper_->on_seal(*applied.seal);
            core_->tell(std::move(applied.block));
        },
        [this](const Error& error) {
            const bool disk =
                error.code == storage::errc::io_error || error.code == storage::errc::no_space;
            if (disk) return parts_.fatal(error);
            halt(error.code.message() + ": " + error.context, false);
        });
}

void NodeService::start() {
    build_keeper();
    build_writer();
    build_apply();
    build_scrub();
    core_->tell(driver::CheckpointCertified{keeper_->certified_size()});
    core_->start();
    transport_->start();
}

void NodeService::transfer_leader(consensus::NodeId to) {
    core_->tell(driver::LeadTransferAsked{to});
}

void NodeService::give_up_lead() {
    constexpr std::chrono::milliseconds kLook{2};
    const driver::DriverView before = core_->view();
    if (before.soft.role != consensus::Role::leader) return;
    const auto deadline =
        driver::Clock::now() + 2 * parts_.config.tick * parts_.config.election_ticks;
    transfer_leader(consensus::kNobody);
    while (driver::Clock::now() < deadline) {
        std::this_thread::sleep_for(kLook);
        const driver::DriverView now = core_->view();
        const bool handled = now.transfers_asked > before.transfers_asked;
        if (handled && !now.transfer_refused.empty()) return;
        const bool follows = now.soft.role != consensus::Role::leader;
        if (handled && follows && now.soft.leader != consensus::kNobody) {
            spdlog::info("lead handed over to {}", node_name(parts_.genesis, now.soft.leader));
            return;
        }
    }
}

NodeService::~NodeService() { stop(); }

void NodeService::stop() {
    if (stopping_.exchange(true)) return;
    if (admission_) admission_->close();
    // What is being checked still reaches the driver, which then answers everything that waits.
    verify_.join();
    if (core_) core_->stop();
    if (transport_) transport_->stop();
    const bool ran = apply_ != nullptr;
    apply_.reset();
    writer_.reset();
    keeper_.reset();
    scrub_.reset();
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

/// What the driver wants done, in the order of its duties (node/driver/driver.h).
void NodeService::perform(driver::Actions& actions) {
    for (auto& message : actions.messages) transport_->send(std::move(message));
    for (auto& forward : actions.forwards) {
        const std::uint64_t id = forward.request.id;
        if (transport_->send(forward.to, std::move(forward.request))) {
            ++forwarded_;
        } else {
            core_->tell(driver::ForwardDropped{id});
        }
    }
    for (const auto& found : actions.divergences) {
        keep(found);
        spdlog::error("two histories: {}; both hashes in full: here {}, there {}",
                      consensus::describe(found), to_hex(found.own.view()),
                      to_hex(found.other.view()));
    }
    for (auto& task : actions.appends) writer_->append(std::move(task));
    if (actions.apply_to) apply_->apply_to(*actions.apply_to);
    for (const auto& request : actions.fetches) {
        boost::asio::post(verify_, [this, request] {
            core_->tell(read_for_peer(request, parts_.genesis.network_id(), *parts_.blocks));
        });
    }
}

/// Off the driver's thread: keeping waits for the disk.
void NodeService::keep(const consensus::Divergence& found) {
    // Without another block there is nothing to show to others.
    if (!found.committed || found.other == crypto::Digest{}) return;
    storage::BlockConflict conflict;
    conflict.node = found.from.value;
    conflict.index = found.index.value;
    conflict.own = found.own;
    conflict.other = found.other;
    boost::asio::post(verify_, [this, conflict] {
        if (Status kept = accusations_.keep({wall_now(), conflict}); !kept) {
            parts_.fatal(kept.error());
        }
    });
}

void NodeService::perform(const driver::KeeperActions& actions) {
    for (const auto& signatures : actions.broadcasts) {
        for (const auto& node : parts_.genesis.nodes) {
            const consensus::NodeId id(node.id);
            if (id != parts_.config.id) send_signatures(id, signatures);
        }
    }
    for (const auto& [to, signatures] : actions.messages) send_signatures(to, signatures);
    for (const std::uint64_t size : actions.certified) {
        core_->tell(driver::CheckpointCertified{size});
    }
    for (const auto& found : actions.diverged) halt(found.reason, found.contradicted);
}

void NodeService::send_signatures(consensus::NodeId to, const CheckpointSignatures& signatures) {
    ++checkpoint_messages_;
    transport_->send(to, signatures);
}

void NodeService::halt(const std::string& reason, bool contradicted) {
    if (condition_.words().halted != reason) {
        spdlog::error("halted: {}.{}", reason, way_out_of(reason));
    }
    condition_.set_halted(reason, contradicted);
    core_->tell(driver::Halted{reason, contradicted});
}

void NodeService::check_free_space() {
    const auto free = storage::free_bytes(parts_.folder->door());
    if (!free) return;
    free_bytes_ = *free;
    const std::string reason = *free < parts_.config.free_bytes_min ? "storage_full" : "";
    if (condition_.set_read_only(reason)) core_->tell(driver::SpaceChanged{reason});
}

/// By what the driver shows, not by what it was told: a follower's read that failed may have told
/// it of a block that is mended by now.
void NodeService::note_unreadable(const std::string& problem) {
    const bool shown = !core_->view().unreadable.empty();
    if (shown != problem.empty()) return;
    if (shown) core_->tell(driver::BlocksMended{});
    if (!shown) core_->tell(driver::BlockUnreadable{problem});
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
        if (const auto words = condition_.words(); !words.read_only.empty()) {
            verdict = driver::refuse_when_full(request, words.read_only);
        }
        if (verdict.refused_index) ++policy_refusals_;
        core_->on_message(std::move(message), std::move(verdict));
    });
}

void NodeService::on_forward(consensus::NodeId from, ForwardRequest request) {
    const std::uint64_t id = request.id;
    admission_->submit(std::move(request.submission), SubmitWait::committed, true,
                       [this, from, id](Result<SubmitReceipt> result) {
                           transport_->send(from, ForwardReply{id, std::move(result)});
                       });
}

void NodeService::on_wanted(consensus::NodeId from, BlocksWanted wanted) {
    if (stopping_) return;
    if (!giving_.begin(from, driver::Clock::now())) {
        return transport_->send(from, BlocksGiven{wanted.id, {}, "asked too often"});
    }
    boost::asio::post(verify_, [this, from, wanted] {
        transport_->send(from, give(wanted, *parts_.blocks));
        giving_.end(from);
    });
}

void NodeService::submit(SharedBytes submission, SubmitWait wait,
                         std::function<void(Result<SubmitReceipt>)> done) {
    ++submissions_;
    admission_->submit(std::move(submission), wait, false, std::move(done));
}

void NodeService::read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) {
    if (stopping_) return done(driver::shutting_down_error());
    if (const auto words = condition_.words(); words.contradicted) {
        return done(fail(api::errc::halted, "this node's data is not served: " + words.halted));
    }
    core_->read(options, std::move(done));
}

std::uint32_t NodeService::rules_newest() const {
    std::vector<std::uint32_t> versions{parts_.rules_newest};
    for (const peer::PeerState& peer : transport_->peers()) versions.push_back(peer.rules_newest);
    std::sort(versions.begin(), versions.end(), std::greater<>());
    return versions[storage::majority_of(versions.size()) - 1];
}

NodeStatus NodeService::status() const {
    const driver::DriverView view = core_->view();
    const Condition::Words words = condition_.words();
    const auto state = parts_.state->view();
    return status_of({.genesis = parts_.genesis,
                      .self = parts_.config.id,
                      .view = view,
                      .words = words,
                      .applied = state->applied(),
                      .recovering = parts_.blocks->recovering(),
                      .recovery = parts_.recovery,
                      .peers = transport_->peers(),
                      .keeper = keeper_ ? keeper_->view() : driver::KeeperView{},
                      .scrub = scrub_ ? scrub_->view() : driver::ScrubView{},
                      .scrubs = parts_.config.scrub_round.count() > 0,
                      .accused = accusations_.list(),
                      .now = driver::Clock::now(),
                      .queued_bytes = admission_->queued_bytes(),
                      .free_bytes = free_bytes_,
                      .started = started_,
                      .rules_newest = parts_.rules_newest,
                      .next_rules = next_rules_of(*state)});
}

NodeCounters NodeService::counters() const {
    NodeCounters counters;
    counters.submissions = submissions_;
    counters.admission_refused = admission_->refused();
    counters.forwarded = forwarded_;
    counters.policy_refusals = policy_refusals_;
    counters.checkpoint_messages = checkpoint_messages_;
    counters.elections = core_->view().elections;
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
