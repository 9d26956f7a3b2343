#include "tests/simulation/simulator.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ledger/submission.h"
#include "tests/support/book.h"
#include "tests/support/node_keys.h"

namespace tally::simulation {

using consensus::Index;
using consensus::Message;

Simulator::Simulator(SimOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      oracles_([this](const std::string& what) {
          result_.failed = true;
          result_.what = what;
      }) {
    if (!options_.state_machine) {
        options_.state_machine = [] { return std::make_unique<HashChain>(); };
    }
    if (!options_.workload) {
        unique_payloads_ = true;
        options_.workload = [](std::uint64_t operation, Random& random) {
            return share(to_bytes(std::to_string(operation) + std::string(random.below(90), '.')));
        };
    }
}

consensus::Config Simulator::draw_config(const std::vector<NodeId>& voters) {
    consensus::Config config;
    config.voters = voters;
    config.election_ticks = 10;
    config.heartbeat_ticks = 1 + static_cast<std::uint32_t>(random_.below(3));
    config.append_bytes_max = 100 + random_.below(2000);
    config.inflight_bytes_max = config.append_bytes_max * (1 + random_.below(5));
    config.uncommitted_bytes_max =
        random_.below(3) == 0 ? 300 + random_.below(1200) : 2000 + random_.below(20'000);
    config.unapplied_bytes_max = 2000 + random_.below(20'000);
    config.cache_bytes_max = random_.below(3) == 0 ? 0 : random_.below(10'000);
    config.block_bytes_max = 100'000;
    config.reads_max = 4 + random_.below(20);
    return config;
}

node::driver::DriverConfig Simulator::draw_driver(const consensus::Config& config) {
    node::driver::DriverConfig driver;
    driver.tick = Millis(10);
    driver.election_ticks = config.election_ticks;
    driver.request_timeout = between(400, 3000);
    driver.seal_interval = between(200, 3000);
    driver.block_bytes_max = 200 + random_.below(4000);
    return driver;
}

/// Genesis and keys of a network with so many nodes, made once: keys cost more than a run's steps.
const testing::Cast& cast_of(std::uint32_t count) {
    static std::map<std::uint32_t, testing::Cast> casts;
    const auto found = casts.find(count);
    if (found != casts.end()) return found->second;
    testing::CastOptions options;
    options.nodes = count;
    return casts.emplace(count, testing::Cast(options)).first->second;
}

void Simulator::build() {
    static constexpr std::uint32_t kSizes[] = {3, 3, 3, 3, 5, 5, 5, 5, 4, 2, 1};
    const std::uint32_t count =
        options_.nodes > 0 ? options_.nodes : kSizes[random_.below(std::size(kSizes))];
    for (std::uint32_t id = 1; id <= count; ++id) ids_.push_back(NodeId(id));
    const testing::Cast& cast = cast_of(count);
    consensus::Config config = draw_config(ids_);
    config.network = cast.network();
    node::driver::DriverConfig driver = draw_driver(config);
    for (NodeId id : ids_) {
        config.id = driver.id = id;
        SimNodeParts parts{config,
                           driver,
                           &cast.genesis(),
                           testing::node_keys_of(cast.node(id.value - 1)),
                           options_.state_machine,
                           options_.faults};
        nodes_[id] = std::make_unique<SimNode>(*this, std::move(parts));
    }
    std::vector<const SimLog*> logs;
    for (NodeId id : ids_) logs.push_back(&nodes_[id]->log());
    oracles_.know_logs(std::move(logs));
    for (NodeId id : ids_) nodes_[id]->start();
    result_.nodes = count;
}

void Simulator::schedule(Millis delay, std::function<void()> event) {
    events_.push_back({now_ + delay, order_++, std::move(event)});
    std::push_heap(events_.begin(), events_.end(), Later{});
}

void Simulator::run_until(Millis end, const std::function<bool()>& enough) {
    while (!events_.empty() && !oracles_.failed() && events_.front().time <= end) {
        std::pop_heap(events_.begin(), events_.end(), Later{});
        Event event = std::move(events_.back());
        events_.pop_back();
        now_ = event.time;
        ++result_.events;
        hash_.add(static_cast<std::uint64_t>(now_.count()) ^ (event.order << 20U));
        event.action();
        if (enough()) return;
    }
}

/// How long something takes between two nodes; nothing if it is lost.
std::optional<Millis> Simulator::delay_of(NodeId from, NodeId to) {
    if (cut_.contains({from, to}) || chance(loss_percent_)) return std::nullopt;
    Millis delay = between(1, delay_slowest_.count());
    // Now and then one message is far behind all others.
    if (harmful_ && late_ && random_.below(200) == 0) delay += between(0, 3000);
    const auto clogged = clogged_until_.find({from, to});
    if (clogged != clogged_until_.end() && clogged->second > now_) {
        delay += clogged->second - now_;
    }
    oracles_.on_slowness(delay);
    return delay;
}

void Simulator::transmit(const Message& message) {
    const int copies = chance(repeat_percent_) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
        auto delay = delay_of(message.from, message.to);
        if (!delay) continue;
        // What comes a second time may come when nobody thinks of it any more.
        if (copy > 0 && harmful_ && chance(40)) *delay += between(0, 15'000);
        oracles_.on_slowness(*delay);
        Message sent = message;
        if (random_.below(1000) < damage_permille_) {
            auto* append = std::get_if<consensus::AppendRequest>(&sent.body);
            if (append != nullptr && !append->blocks.empty()) {
                append->blocks[random_.below(append->blocks.size())].payload =
                    share(to_bytes("damaged"));
            }
        }
        schedule(*delay, [this, sent = std::move(sent)] { deliver(sent); });
    }
}

void Simulator::deliver(const Message& message) {
    hash_.add(message);
    const auto* append = std::get_if<consensus::AppendRequest>(&message.body);
    SimNode& to = *nodes_.at(message.to);
    if (append != nullptr && !append->blocks.empty() && mute_.contains(message.from)) return;
    if (append != nullptr && message.from == liar_ && harmful_ && chance(2)) {
        to.receive_lie(message);
    } else {
        to.receive(message);
    }
}

void Simulator::carry(NodeId from, NodeId to, std::function<void(SimNode&)> arrive) {
    const auto delay = delay_of(from, to);
    if (!delay) return;
    schedule(*delay, [this, to, arrive = std::move(arrive)] { arrive(*nodes_.at(to)); });
}

Oracles::View Simulator::view_of(const SimNode& node) const {
    return {node.id(), node.core(), &node.log(), node.incarnation()};
}

void Simulator::watch(NodeId id) {
    const SimNode& node = *nodes_.at(id);
    oracles_.after_step(view_of(node), now_);
    if (oracles_.failed() || node.core() == nullptr) return;
    if (node.core()->soft_state().role == consensus::Role::leader) {
        watching_.insert(id);
    } else {
        watching_.erase(id);
    }
    result_.elections = std::max(result_.elections, node.core()->soft_state().term.value);
    if (watching_.empty()) return;
    std::vector<Oracles::View> all;
    for (NodeId other : ids_) all.push_back(view_of(*nodes_.at(other)));
    for (NodeId leader : watching_) oracles_.check_matches(view_of(*nodes_.at(leader)), all);
}

void Simulator::trace(NodeId node, const std::function<std::string()>& line) {
    if (!options_.traced) return;
    result_.trace.push_back({now_, node, line()});
    if (result_.trace.size() > 2 * options_.trace_lines) {
        const auto begin = result_.trace.begin();
        result_.trace.erase(begin, begin + static_cast<std::ptrdiff_t>(options_.trace_lines));
    }
}

/// What stands in the history at the end is one more read of each log.
void Simulator::judge_history() {
    std::vector<std::uint64_t> final;
    std::set<std::uint64_t> seen;
    for (NodeId id : ids_) {
        const SimLog& log = nodes_.at(id)->log();
        if (dead_.contains(id) || log.last() < oracles_.committed()) continue;
        for (Index index(1); index <= oracles_.committed(); index = index.next()) {
            const consensus::Block& block = *log.block(index);
            if (block.header.kind != consensus::BlockKind::submissions) continue;
            const auto held = ledger::decode_payload(*block.payload);
            if (!held) continue;
            for (const ByteView one : *held) {
                const std::uint64_t number = operation_of(one);
                if (seen.insert(number).second) final.push_back(number);
            }
        }
        break;
    }
    place_ += 2;
    if (const auto wrong = history_.judge(final, place_)) oracles_.fail(*wrong);
}

/// Runs until everybody is served; false if that takes too long.
bool Simulator::settle() {
    std::uint64_t steps = 0;
    bool served = false;
    run_until(now_ + options_.liveness + patience_, [&] {
        // The judgement is not free: now and then is enough.
        if (++steps % 64 == 0) served = judge_liveness();
        return served;
    });
    return served;
}

SimResult Simulator::run() {
    build();
    start_clients();
    start_nemesis();
    run_until(now_ + options_.safety, [] { return false; });
    if (!oracles_.failed()) {
        stop_harm();
        if (settle()) {
            heal();
            check_silence();
        } else {
            oracles_.fail("a healthy quorum makes no progress");
        }
        if (!oracles_.failed() && unique_payloads_) judge_history();
        for (NodeId id : ids_) {
            if (dead_.contains(id)) continue;
            oracles_.check_complete(view_of(*nodes_.at(id)));
            oracles_.check_evidence(view_of(*nodes_.at(id)));
            oracles_.check_refused(view_of(*nodes_.at(id)));
        }
    }
    result_.blocks = oracles_.committed().value;
    result_.undecided = history_.undecided();
    result_.hash = hash_.value();
    return std::move(result_);
}

SimResult simulate(SimOptions options) {
    SimResult result = Simulator(options).run();
    if (!result.failed) return result;
    options.traced = true;
    result = Simulator(options).run();
    TALLY_CHECK(result.failed);  // one seed, one story
    result.what = "seed " + std::to_string(options.seed) + ": " + result.what +
                  "\nreplay with TALLY_SEED=" + std::to_string(options.seed);
    return result;
}

}  // namespace tally::simulation
