#include "tests/consensus/cluster.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tally::consensus {
namespace {

constexpr int kRoundsMax = 10'000;

const char* name_of(Role role) {
    switch (role) {
        case Role::follower:
            return "follower";
        case Role::pre_candidate:
            return "pre-candidate";
        case Role::candidate:
            return "candidate";
        case Role::leader:
            return "leader";
    }
    return "?";
}

template <typename Number>
std::string text(Number number) {
    return std::to_string(number.value);
}

}  // namespace

std::string describe(const Message& message) {
    std::string line = text(message.from) + "->" + text(message.to) + " ";
    const std::string term = " term " + text(message.term);
    if (const auto* request = std::get_if<VoteRequest>(&message.body)) {
        return line + (request->pre_vote ? "pre-vote?" : "vote?") + term + " last " +
               text(request->last_index) + "@" + text(request->last_term);
    }
    if (const auto* vote = std::get_if<VoteReply>(&message.body)) {
        return line + (vote->pre_vote ? "pre-vote " : "vote ") +
               (vote->granted ? "granted" : "refused") + term;
    }
    if (const auto* append = std::get_if<AppendRequest>(&message.body)) {
        line += "append" + term + " after " + text(append->previous_index) + "@" +
                text(append->previous_term);
        if (!append->blocks.empty()) line += " blocks";
        for (const Block& block : append->blocks) {
            line += " " + text(block.header.index) + "@" + text(block.header.term);
        }
        return line + " commit " + text(append->commit);
    }
    if (const auto* reply = std::get_if<AppendReply>(&message.body)) {
        if (reply->refusal == Refusal::none)
            return line + "appended" + term + " " + text(reply->match);
        line += "refused" + term + " " + text(reply->refused_index) + " " +
                std::string(refusal_name(reply->refusal));
        if (reply->refusal != Refusal::log_mismatch) return line;
        return line + " hint " + text(reply->hint_index) + "@" + text(reply->hint_term);
    }
    if (const auto* beat = std::get_if<Heartbeat>(&message.body)) {
        return line + "heartbeat" + term + " round " + std::to_string(beat->round) + " commit " +
               text(beat->commit);
    }
    if (const auto* heard = std::get_if<HeartbeatReply>(&message.body)) {
        return line + "heard" + term + " round " + std::to_string(heard->round);
    }
    if (std::holds_alternative<ReadRequest>(message.body)) return line + "read?" + term;
    const auto& read = std::get<ReadReply>(message.body);
    return line + (read.granted ? "read at " + text(read.index) : "read denied") + term;
}

Cluster::Cluster(std::uint32_t nodes, const Config& bounds)
    : config_(bounds),
      oracles_([this](const std::string& what) { log_ += "VIOLATION " + what + "\n"; }) {
    config_.network = crypto::domain_hash("test network", {});
    for (std::uint32_t id = 1; id <= nodes; ++id) config_.voters.push_back(NodeId(id));
    for (NodeId id : config_.voters) nodes_.emplace(id, config_.network);
    for (NodeId id : config_.voters) start(id);
    log_.clear();
}

void Cluster::say(NodeId id, const std::string& what) {
    log_ += "n" + text(id) + ": " + what + "\n";
}

std::vector<NodeId> Cluster::ids() const { return config_.voters; }

void Cluster::start(NodeId id) {
    Node& node = nodes_.at(id);
    Config config = config_;
    config.id = id;
    ++node.starts;
    const std::uint64_t incarnation = id.value * 1000 + node.starts;
    Result<PersistedState> state = node.log.load();
    TALLY_CHECK(state.has_value());
    Result<RawNode> core =
        RawNode::restore(config, std::move(*state), node.applied, 7 * id.value, incarnation);
    if (!core) {
        say(id, "cannot start: " + core.error().context);
        return;
    }
    node.core = std::move(*core);
    process(id);
}

void Cluster::watch(NodeId id) {
    std::vector<simulation::Oracles::View> all;
    for (auto& [other, node] : nodes_) {
        all.push_back({other, node.core ? &*node.core : nullptr, &node.log, node.starts});
    }
    for (const auto& view : all) {
        if (view.id == id) oracles_.after_step(view);
        oracles_.check_matches(view, all);
    }
}

void Cluster::process(NodeId id) {
    Node& node = nodes_.at(id);
    while (node.core && node.core->has_ready()) {
        Ready ready = node.core->take_ready();
        if (ready.soft_state) {
            const SoftState& state = *ready.soft_state;
            std::string line = std::string(name_of(state.role)) + " term " + text(state.term);
            if (state.leader != kNobody) line += " leader " + text(state.leader);
            say(id, line + " commit " + text(state.commit));
        }
        for (const Message& message : ready.messages) transmit(message, id);
        if (ready.append) {
            node.log.note_append(ready.append->write);
            node.waiting.push_back(std::move(*ready.append));
        }
        for (const ReadState& read : ready.read_states) {
            say(id, "read " + std::to_string(read.context) +
                        (read.granted ? " at " + text(read.index) : std::string(" denied")));
        }
        for (const FetchRequest& fetch : ready.fetches) serve_fetch(id, fetch);
        if (ready.apply_to) {
            TALLY_CHECK(*ready.apply_to <= Index(node.log.blocks().size()));
            node.applied = *ready.apply_to;
            node.core->on_apply_done(node.applied);
        }
    }
    watch(id);
}

void Cluster::serve_fetch(NodeId id, const FetchRequest& request) {
    Node& node = nodes_.at(id);
    say(id, "fetches " + text(request.first) + ".." + text(request.last));
    FetchResult result = fetch(node, request);
    if (!result.problem.empty()) {
        say(id, "cannot read " + text(request.first));
        node.core->set_may_lead(false);
    }
    node.core->on_blocks_fetched(std::move(result));
}

FetchResult Cluster::fetch(const Node& node, const FetchRequest& request) const {
    FetchResult result{request.id, node.log.tip_before(request.first), {}};
    Index last = request.last;
    if (const auto at = node.damaged.lower_bound(request.first);
        at != node.damaged.end() && *at <= last) {
        if (*at == request.first) {
            result.problem = "damaged";
            return result;
        }
        last = at->previous();
    }
    Result<std::vector<Block>> blocks = node.log.read(request.first, last, 4096);
    if (blocks) result.blocks = std::move(*blocks);
    return result;
}

void Cluster::transmit(const Message& message, NodeId sender) {
    oracles_.on_send(message, nodes_.at(sender).log);
    if (cut_.contains({message.from, message.to})) return;
    wire_.push_back(message);
}

PolicyVerdict Cluster::verdict_on(const Message& message, const Node& node) const {
    const auto* append = std::get_if<AppendRequest>(&message.body);
    if (append == nullptr || node.verdict == Refusal::none) return {};
    for (const Block& block : append->blocks) {
        if (block.header.term != message.term || block.header.kind != BlockKind::submissions ||
            block.header.index <= append->commit) {
            continue;
        }
        return {block.header.index, node.verdict, "a test refuses it"};
    }
    return {};
}

void Cluster::deliver_one(const Message& message) {
    if (traced_) log_ += "  " + describe(message) + "\n";
    Node& node = nodes_.at(message.to);
    if (!node.core) return;
    if (Status status = node.core->step(message, node.clock, verdict_on(message, node)); !status) {
        say(message.to, "rejects message: " + status.error().context);
    }
    process(message.to);
}

std::vector<Message> Cluster::take_matching(const LinkFilter& filter) {
    std::vector<Message> matching;
    std::deque<Message> others;
    for (Message& message : wire_) {
        if (filter({message.from, message.to})) {
            matching.push_back(std::move(message));
        } else {
            others.push_back(std::move(message));
        }
    }
    wire_ = std::move(others);
    return matching;
}

void Cluster::deliver(const LinkFilter& filter) {
    for (const Message& message : take_matching(filter)) deliver_one(message);
}

void Cluster::drop(const LinkFilter& filter) { take_matching(filter); }

void Cluster::postpone(const LinkFilter& filter) {
    for (Message& message : take_matching(filter)) postponed_.push_back(std::move(message));
}

void Cluster::resume() {
    wire_.insert(wire_.end(), postponed_.begin(), postponed_.end());
    postponed_.clear();
}

void Cluster::sync(NodeId id, std::size_t count) {
    Node& node = nodes_.at(id);
    for (; count > 0 && !node.waiting.empty(); --count) {
        const AppendTask task = std::move(node.waiting.front());
        node.waiting.pop_front();
        TALLY_CHECK(node.log.write(task.write).has_value());
        for (const Message& message : task.release) transmit(message, id);
        if (node.core) node.core->on_append_done(task.sequence);
        process(id);
    }
}

void Cluster::stabilize() {
    for (int round = 0; round < kRoundsMax; ++round) {
        bool idle = wire_.empty();
        for (auto& [id, node] : nodes_) {
            if (node.stuck || !node.core || node.waiting.size() == 0) continue;
            idle = false;
            sync(id, node.waiting.size());
        }
        if (idle) return;
        deliver([](const Link&) { return true; });
    }
    log_ += "VIOLATION never quiet\n";
}

void Cluster::tick(NodeId id, int count) {
    Node& node = nodes_.at(id);
    for (int done = 0; done < count && node.core; ++done) {
        node.core->tick(node.clock);
        process(id);
    }
}

void Cluster::campaign(NodeId id) {
    Node& node = nodes_.at(id);
    const Role before = node.core->soft_state().role;
    for (std::uint32_t done = 0; done < 4 * config_.election_ticks; ++done) {
        tick(id, 1);
        if (node.core->soft_state().role != before) return;
    }
    say(id, "does not campaign");
}

void Cluster::propose(NodeId id, const std::string& text_of_block) {
    Node& node = nodes_.at(id);
    const Proposal proposal{BlockKind::submissions, share(to_bytes(text_of_block))};
    const Result<Proposed> place = node.core->propose({&proposal, 1}, node.clock);
    if (place) {
        say(id, "proposes " + text(place->first) + "@" + text(place->term));
    } else {
        say(id, "cannot propose: " + place.error().code.message());
    }
    process(id);
}

void Cluster::transfer(NodeId id, NodeId to) {
    if (Status status = nodes_.at(id).core->transfer_leader(to); !status) {
        say(id, "does not hand over: " + status.error().context);
    }
    process(id);
}

void Cluster::read(NodeId id, std::uint64_t context) {
    Node& node = nodes_.at(id);
    if (Status status = node.core->read_index(context); !status) {
        say(id, "cannot read: " + status.error().code.message());
    }
    process(id);
}

void Cluster::crash(NodeId id, std::size_t kept) {
    Node& node = nodes_.at(id);
    node.core.reset();
    // The oldest writes had reached the disk, unbeknown to the node.
    for (; kept > 0 && !node.waiting.empty(); --kept) {
        TALLY_CHECK(node.log.write(node.waiting.front().write).has_value());
        node.waiting.pop_front();
    }
    node.waiting.clear();
    TALLY_CHECK(node.log.crash(0).has_value());
    watch(id);
}

void Cluster::restart(NodeId id) { start(id); }

void Cluster::put_back(NodeId id, const simulation::SimLog::Copy& copy) {
    Node& node = nodes_.at(id);
    TALLY_CHECK(!node.core);
    const Status written = node.log.put_back(copy);
    TALLY_CHECK(written.has_value());
    node.applied = Index(0);
}
void Cluster::set_clock(NodeId id, Millis time) { nodes_.at(id).clock = time; }
void Cluster::set_stuck(NodeId id, bool stuck) { nodes_.at(id).stuck = stuck; }
void Cluster::set_verdict(NodeId id, Refusal refusal) { nodes_.at(id).verdict = refusal; }

void Cluster::print_status() {
    for (auto& [id, node] : nodes_) {
        if (!node.core) {
            say(id, "down");
            continue;
        }
        const SoftState state = node.core->soft_state();
        say(id, std::string(name_of(state.role)) + " term " + text(state.term) + " last " +
                    text(node.core->last_index()) + " commit " + text(state.commit) + " applied " +
                    text(node.applied));
    }
}

void Cluster::print_log(NodeId id) {
    const simulation::SimLog& log = nodes_.at(id).log;
    std::string line = "log";
    for (Index index(1); index <= log.last(); index = index.next()) {
        const Block& block = *log.block(index);
        line += " " + text(index) + "@" + text(block.header.term);
        if (block.header.payload_size > 0) line += "=" + to_string(*block.payload);
    }
    say(id, line);
}

void Cluster::print_progress(NodeId id) {
    for (const ProgressView& view : nodes_.at(id).core->progress()) {
        std::string line = "n" + text(view.id) + " match " + text(view.match);
        if (!view.active) line += " silent";
        if (view.last_refusal != Refusal::none) {
            line += " refuses: " + std::string(refusal_name(view.last_refusal));
        }
        say(id, line);
    }
}

}  // namespace tally::consensus
