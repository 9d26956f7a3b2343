#include "node/pipeline/run_node.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "api/errc.h"
#include "base/open_files.h"
#include "base/presence.h"
#include "base/shown_text.h"
#include "node/http/server.h"
#include "node/pipeline/file_budget.h"
#include "node/pipeline/lead_orders.h"
#include "node/pipeline/logging.h"
#include "node/pipeline/node_service.h"
#include "node/placement.h"
#include "storage/audit_source.h"
#include "storage/errc.h"
#include "storage/free_space.h"
#include "storage/held_folder.h"
#include "storage/node_files.h"

namespace tally::node::pipeline {
namespace {

/// What to do about data that are damaged; nothing is repaired in silence.
std::string damage_advice(const Error& error, const std::string& folder) {
    const bool damaged =
        error.code == storage::errc::corrupt_block || error.code == storage::errc::corrupt_state;
    if (!damaged) return {};
    return "; `tallystick audit " + folder +
           "` shows how far the damage goes, `tallystick node recover --dir " + folder +
           "` keeps the blocks that can be read, and lets the node get what it lacks from the "
           "others; while no majority of them can be read either, first keep every disk as it is "
           "(docs/OPERATIONS.md, \"A damaged disk\")";
}

int report(const Error& error, const std::string& config_path) {
    const auto config = NodeConfig::load(config_path);
    std::string advice = config ? damage_advice(error, config->folder) : std::string();
    if (error.code == api::errc::address_in_use) advice = " (the file is " + config_path + ")";
    std::fprintf(stderr, "error[%s]: %s\n", api::error_name(error.code).c_str(),
                 escaped(error.context + advice).c_str());
    return 1;
}

Result<ledger::Genesis> read_genesis_file(const std::string& folder,
                                          const std::string& config_path) {
    auto genesis = storage::read_genesis(folder);
    if (genesis) return genesis;
    const bool absent = genesis.error().code == storage::errc::not_found;
    return fail(api::errc::bad_config,
                genesis.error().context +
                    (absent ? ": cannot open; " + config_path + " says folder = \"" + folder +
                                  "\": if the node was moved, name its new folder there"
                            : ""));
}

/// By which the node went on once, if it did; for display, so that one that cannot be read is only
/// told.
std::optional<RecoveryManifest> read_recovery(const storage::HeldFolder& folder) {
    const std::string path = folder.path() + "/" + std::string(kRecoveryFile);
    const auto there = is_there(folder.reach(path));
    if (there && !*there) return std::nullopt;
    if (const auto document = read_recovery_document(folder.reach(path))) return document->manifest;
    spdlog::warn("{}: cannot be read", path);
    return std::nullopt;
}

/// The keys on disk must be those that genesis pins for this node.
Status check_identity(const NodeConfig& config, const ledger::Genesis& genesis,
                      const NodeKeys& keys) {
    const ledger::GenesisNode* node = genesis.node(config.id.value);
    if (node == nullptr) {
        return fail(api::errc::bad_config, "id " + std::to_string(config.id.value) +
                                               " is not a node of this network's genesis");
    }
    if (node->tls_key == keys.tls.public_key() &&
        node->statement_key == keys.statement.public_key() &&
        node->log_key == keys.log.public_key() &&
        node->cosignature_key == keys.cosignature.public_key()) {
        return {};
    }
    return fail(api::errc::bad_config, config.folder + "/keys: not the keys of node " + node->name +
                                           " in genesis.bin; use the folder that was made for it");
}

std::string run_file(const storage::HeldFolder& folder) {
    return folder.reach(folder.path() + "/run.json");
}

Status write_run_file(const NodeConfig& config, const storage::HeldFolder& folder,
                      std::uint16_t api, std::uint16_t peer) {
    const std::string path = run_file(folder);
    const auto host = [](const std::string& listen) { return listen.substr(0, listen.rfind(':')); };
    const boost::json::object content{
        {"pid", ::getpid()},
        {"api", host(config.api_listen) + ":" + std::to_string(api)},
        {"peer", host(config.peer_listen) + ":" + std::to_string(peer)}};
    {
        std::ofstream file(path + ".new", std::ios::binary | std::ios::trunc);
        file << boost::json::serialize(content) << "\n";
        if (!file.flush())
            return fail(api::errc::io_failed, folder.whereabouts() + "/run.json.new: cannot write");
    }
    std::error_code renamed;
    std::filesystem::rename(path + ".new", path, renamed);
    if (!renamed) return {};
    return fail(api::errc::io_failed, folder.whereabouts() + "/run.json: " + renamed.message());
}

/// A disk that cannot be trusted ends the process at once: nothing may be said any more.
class Undertaker {
public:
    Undertaker(std::string node, std::shared_ptr<const storage::HeldFolder> folder)
        : node_(std::move(node)), folder_(std::move(folder)) {}

    [[noreturn]] void operator()(const Error& error) const {
        // What was read wrongly may be a loss; a write that failed was never acknowledged.
        const bool loss = error.code == storage::errc::corrupt_block;
        std::fprintf(stderr, "error[%s]: %s: %s; the node stops%s%s\n",
                     api::error_name(error.code).c_str(), node_.c_str(),
                     escaped(error.context).c_str(), loss ? "" : ", nothing acknowledged is lost",
                     advice(error).c_str());
        std::fflush(stderr);
        std::_Exit(1);
    }

private:
    std::string advice(const Error& error) const {
        const std::string now = folder_->whereabouts();
        if (error.code != storage::errc::no_space) return escaped(damage_advice(error, now));
        const auto free = storage::free_bytes(folder_->door());
        return ". The disk of " + escaped(now) + " has " +
               (free ? std::to_string(*free) + " bytes free" : std::string("no space")) +
               ": make room on it, then start " + node_ + " again";
    }

    std::string node_;
    std::shared_ptr<const storage::HeldFolder> folder_;
};

std::uint64_t random_number() {
    std::uint64_t number = 0;
    crypto::random_bytes({reinterpret_cast<std::uint8_t*>(&number), sizeof number});
    return number;
}

struct Opened {
    std::unique_ptr<storage::NodeFiles> files;  // before parts, which it outlives
    NodeService::Parts parts;
    std::size_t connections_max;
};

/// A configuration may lie anywhere, but that of one node's folder in another's is a copy: the node
/// that it starts is not the one that was named.
Status check_place(const std::string& config_path, const NodeConfig& config) {
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::path path = fs::absolute(config_path, failure);
    const std::string folder = path.parent_path().string();
    if (failure || path.filename() != "node.toml") return {};
    const auto is_nodes = is_there(folder + "/genesis.bin");
    if (!is_nodes || !*is_nodes) return {};
    const std::string wrong = misplaced(folder, config);
    return wrong.empty() ? Status() : fail(api::errc::bad_config, wrong);
}

Result<Opened> open_parts(const std::string& config_path) {
    auto config = NodeConfig::load(config_path);
    if (!config) return config.error();
    if (Status placed = check_place(config_path, *config); !placed) return placed.error();
    auto genesis = read_genesis_file(config->folder, config_path);
    if (!genesis) return genesis.error();
    auto keys = NodeKeys::read(config->folder);
    if (!keys) return keys.error();
    const Status identity = check_identity(*config, *genesis, *keys);
    if (!identity) return identity.error();

    const auto connections = connections_for(raise_open_files_limit(), genesis->nodes.size() - 1);
    if (!connections) return connections.error();

    auto folder = storage::HeldFolder::open(config->folder);
    if (!folder) return folder.error();
    const Undertaker undertaker(genesis->node(config->id.value)->name, *folder);
    auto files = std::make_unique<storage::NodeFiles>(undertaker, *folder);
    storage::BlockStoreOptions block_options;
    block_options.folder = config->folder;
    block_options.network = genesis->network_id();
    block_options.node = config->id.value;
    block_options.strict_mark = config->strict_mark;
    block_options.mark_folder = config->mark_dir;
    block_options.held = *folder;
    block_options.env = files->env();
    auto blocks = storage::open_block_store(block_options);
    if (!blocks) return blocks.error();
    storage::StateStoreOptions state_options;
    state_options.folder = config->folder;
    state_options.held = *folder;
    state_options.env = files->env();
    std::string rebuilt;
    auto state = storage::open_state_store(state_options, *genesis, rebuilt);
    if (!state) return state.error();
    if (const std::string why = (*blocks)->recovering(); !why.empty()) {
        spdlog::warn(
            "recovering: {}. This node may have forgotten votes and acknowledgements, so it counts "
            "in no quorum until a majority without it has given it all that it may have promised; "
            "that goes on by itself",
            why);
    }
    if (!rebuilt.empty()) spdlog::warn("derived data is rebuilt from the blocks: {}", rebuilt);

    NodeService::Parts parts{std::move(*config), std::move(*genesis), std::move(*keys),
                             std::move(*folder), std::move(*blocks),  std::move(*state),
                             random_number(),    random_number(),     undertaker};
    parts.recovery = read_recovery(*parts.folder);
    return Opened{std::move(files), std::move(parts), *connections};
}

/// SIGINT and SIGTERM from the first moment on: what comes before there is anything to stop is
/// kept. Belongs to the thread that runs `network`.
class EndSignals {
public:
    explicit EndSignals(boost::asio::io_context& network)
        : network_(network), signals_(network, SIGINT, SIGTERM) {
        signals_.async_wait([this](const boost::system::error_code& failed, int number) {
            if (failed) return;
            came_ = number;
            if (act_) act_(number);
        });
        // `network up` starts a node with both held back, so that none is lost before this line.
        sigset_t both;
        ::sigemptyset(&both);
        ::sigaddset(&both, SIGINT);
        ::sigaddset(&both, SIGTERM);
        ::pthread_sigmask(SIG_UNBLOCK, &both, nullptr);
    }
    /// True if one has come.
    bool came() {
        network_.poll();
        network_.restart();
        return came_ != 0;
    }
    /// From now on one of them does this; also one that has come already.
    void act(std::function<void(int)> action) {
        act_ = std::move(action);
        if (came_ != 0) boost::asio::post(network_, [this] { act_(came_); });
    }

private:
    boost::asio::io_context& network_;
    boost::asio::signal_set signals_;
    int came_ = 0;
    std::function<void(int)> act_;
};

std::string recovering_text(const std::optional<RecoveringStatus>& recovering) {
    if (!recovering) return {};
    return recovering->until == 0 ? std::string(" recovering")
                                  : " recovering until block " + std::to_string(recovering->until);
}

/// The network thread's endless work: signals end it, a timer watches the disk and the role.
class Watch {
public:
    /// `look` looks at what else may end the node.
    Watch(boost::asio::io_context& network, NodeService& service, http::HttpServer& http,
          std::function<void()> look)
        : timer_(network), service_(service), http_(http), look_(std::move(look)) {}
    void start() {
        log_changes();
        again();
    }
    /// On the network thread: afterwards it looks no more.
    void stop() {
        stopped_ = true;
        timer_.cancel();
    }

private:
    void again() {
        timer_.expires_after(std::chrono::seconds(1));
        timer_.async_wait([this](const boost::system::error_code& failed) {
            if (failed || stopped_) return;
            look_();
            service_.check_free_space();
            log_changes();
            again();
        });
    }
    void log_changes() {
        const NodeStatus status = service_.status();
        http_.announce(status.name, status.leader_name);
        const std::string now =
            "term " + std::to_string(status.soft.term.value) + " leader " +
            (status.leader_name.empty() ? "none" : status.leader_name) +
            (status.halted.empty() ? "" : " halted: " + status.halted) +
            (status.read_only.empty() ? "" : " read-only: " + status.read_only) +
            (status.lead_transfers.refused.empty()
                 ? ""
                 : " lead not handed over: " + status.lead_transfers.refused) +
            recovering_text(status.recovering);
        if (now == last_) return;
        last_ = now;
        spdlog::info("{} commit {} applied {}", now, status.soft.commit.value,
                     status.applied.index.value);
    }

    boost::asio::steady_timer timer_;
    NodeService& service_;
    http::HttpServer& http_;
    const std::function<void()> look_;
    std::string last_;
    bool stopped_ = false;
};

Status serve(Opened opened, boost::asio::io_context& network, EndSignals& signals) {
    const NodeConfig config = opened.parts.config;
    const auto folder = opened.parts.folder;
    const auto fatal = opened.parts.fatal;
    auto service = NodeService::create(network, std::move(opened.parts));
    if (!service) return service.error();
    http::HttpOptions options{config.api_listen, config.api_host_names, {}};
    options.limits.connections_max = opened.connections_max;
    auto http = http::HttpServer::create(network, options, **service);
    if (!http) return http.error();

    auto work = boost::asio::make_work_guard(network);
    FileShortage shortage;
    const auto look = [&] {
        shortage.look();
        if (const Status there = opened.files->check_in_use(); !there) fatal(there.error());
    };
    Watch watch(network, **service, **http, look);
    std::thread stopper;
    signals.act([&](int number) {
        spdlog::info("signal {}: shutting down", number);
        look();  // who ends it is told as well
        // Off the network thread, which must go on serving what is pending.
        stopper = std::thread([&] {
            // The watch looks at parts that the service is about to take down.
            std::promise<void> watched;
            boost::asio::post(network, [&] {
                watch.stop();
                watched.set_value();
            });
            watched.get_future().wait();
            (*service)->give_up_lead();
            (*http)->stop(std::chrono::milliseconds(2000));
            (*service)->stop();
            work.reset();
            network.stop();
        });
    });
    (*service)->start();
    (*http)->start();
    watch.start();
    LeadOrders orders(network, [&](std::uint32_t to) {
        spdlog::info("asked to hand the lead over{}",
                     to == 0 ? "" : " to node " + std::to_string(to));
        (*service)->transfer_leader(consensus::NodeId(to));
    });
    const Status written =
        write_run_file(config, *folder, (*http)->port(), (*service)->peer_port());
    if (!written) return written;
    spdlog::info("node {} listens: api port {}, peer port {}, pid {}", config.id.value,
                 (*http)->port(), (*service)->peer_port(), ::getpid());
    network.run();
    if (stopper.joinable()) stopper.join();
    std::error_code removed;
    std::filesystem::remove(run_file(*folder), removed);
    spdlog::info("stopped");
    return {};
}

}  // namespace

int run_node(const std::string& config_path, std::uint32_t rules_newest) {
    std::signal(SIGPIPE, SIG_IGN);
    LeadOrders::hold_back();
    boost::asio::io_context network(1);
    EndSignals signals(network);
    set_up_logging("info");  // until the configuration is read
    auto opened = open_parts(config_path);
    if (!opened) return report(opened.error(), config_path);
    opened->parts.rules_newest = rules_newest;
    set_up_logging(opened->parts.config.log_level);
    if (signals.came()) {
        spdlog::info("a signal came before it listened: stopped");
        return 0;
    }
    const Status served = serve(std::move(*opened), network, signals);
    return served ? 0 : report(served.error(), config_path);
}

}  // namespace tally::node::pipeline
