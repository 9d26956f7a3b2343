#include "node/config.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <sstream>
#include <string_view>

#include <toml++/toml.h>

#include "api/errc.h"
#include "base/bounded_input.h"

namespace tally::node {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::chrono::milliseconds kDay = std::chrono::hours(24);

/// Reads values out of a TOML table and remembers the first thing that is wrong, with its line.
class Fields {
public:
    Fields(const toml::table& table, std::string file) : table_(table), file_(std::move(file)) {}

    void text(const char* path, std::string& target) {
        if (const auto node = find(path)) {
            if (const auto value = node.value<std::string>(); value && !value->empty()) {
                target = *value;
            } else {
                reject(node, path, "must be a text that is not empty");
            }
        }
    }

    void texts(const char* path, std::vector<std::string>& target) {
        const auto node = find(path);
        if (!node) return;
        const auto* list = node.as_array();
        if (list == nullptr) return reject(node, path, "must be a list of texts");
        for (const auto& element : *list) {
            const auto value = element.value<std::string>();
            if (!value || value->empty()) return reject(node, path, "must be a list of texts");
            target.push_back(*value);
        }
    }

    template <typename Number>
    void number(const char* path, Number& target, std::int64_t least, std::int64_t most) {
        if (const auto node = find(path)) {
            const auto value = node.value_exact<std::int64_t>();
            if (value && *value >= least && *value <= most) {
                target = static_cast<Number>(*value);
            } else {
                reject(node, path,
                       "must be a whole number from " + std::to_string(least) + " to " +
                           std::to_string(most));
            }
        }
    }

    void flag(const char* path, bool& target) {
        if (const auto node = find(path)) {
            if (const auto value = node.value_exact<bool>()) {
                target = *value;
            } else {
                reject(node, path, "must be true or false");
            }
        }
    }

    void milliseconds(const char* path, std::chrono::milliseconds& target, std::int64_t least,
                      std::int64_t most) {
        std::int64_t count = target.count();
        number(path, count, least, most);
        target = std::chrono::milliseconds(count);
    }

    /// Marks a table as read; every key in it must be one of `known`.
    void allow(const toml::table& table, const std::string& prefix,
               std::initializer_list<std::string_view> known) {
        for (const auto& [key, value] : table) {
            if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
                reject_at(key.source().begin.line, prefix + std::string(key.str()),
                          "is not a setting of this version");
            }
        }
    }

    void require(bool holds, const char* path, const std::string& what) {
        if (!holds) reject_at(1, path, what);
    }
    void reject_at(std::uint32_t line, const std::string& path, const std::string& what) {
        if (first_.empty()) first_ = file_ + ":" + std::to_string(line) + ": " + path + " " + what;
    }
    const std::string& first() const { return first_; }

private:
    toml::node_view<const toml::node> find(const char* path) const { return table_.at_path(path); }
    void reject(const toml::node_view<const toml::node>& node, const char* path,
                const std::string& what) {
        reject_at(node.node()->source().begin.line, path, what);
    }

    const toml::table& table_;
    std::string file_;
    std::string first_;
};

void read_peers(const toml::table& table, Fields& fields, NodeConfig& config) {
    const auto* peers = table["peers"].as_array();
    if (peers == nullptr) {
        fields.require(!table.contains("peers"), "peers", "must be a list of tables");
        return;
    }
    for (const auto& element : *peers) {
        const auto* peer = element.as_table();
        const auto line = element.source().begin.line;
        if (peer == nullptr) {
            fields.reject_at(line, "peers", "must be a list of tables");
            return;
        }
        fields.allow(*peer, "peers.", {"id", "address"});
        const auto id = (*peer)["id"].value_exact<std::int64_t>();
        const auto address = (*peer)["address"].value<std::string>();
        if (!id || *id < 1 || *id > 15 || !address || address->empty()) {
            fields.reject_at(line, "peers", "needs id (1 to 15) and address (host:port)");
            return;
        }
        config.peers.push_back({consensus::NodeId(static_cast<std::uint32_t>(*id)), *address});
    }
}

void read_sections(const toml::table& table, Fields& fields, NodeConfig& config) {
    fields.allow(table, "",
                 {"id", "folder", "api", "peer", "peers", "timing", "limits", "storage", "log"});
    const auto section = [&](const char* name, std::initializer_list<std::string_view> known) {
        if (const auto* part = table[name].as_table()) {
            fields.allow(*part, std::string(name) + ".", known);
        } else if (table.contains(name)) {
            fields.reject_at(table[name].node()->source().begin.line, name, "must be a section");
        }
    };
    section("api", {"listen", "host_names"});
    section("peer", {"listen"});
    section("timing", {"tick_ms", "election_ticks", "heartbeat_ticks", "request_timeout_ms",
                       "seal_interval_ms"});
    section("limits", {"queue_bytes_max", "free_bytes_min", "verify_threads"});
    section("storage", {"strict_mark", "mark_dir", "scrub_days", "scrub_pause_ms"});
    section("log", {"level"});

    std::int64_t id = 0;
    fields.number("id", id, 1, 15);
    config.id = consensus::NodeId(static_cast<std::uint32_t>(id));
    fields.text("folder", config.folder);
    fields.text("api.listen", config.api_listen);
    fields.texts("api.host_names", config.api_host_names);
    fields.text("peer.listen", config.peer_listen);
    fields.milliseconds("timing.tick_ms", config.tick, 1, 10'000);
    fields.number("timing.election_ticks", config.election_ticks, 3, 1000);
    fields.number("timing.heartbeat_ticks", config.heartbeat_ticks, 1, 500);
    fields.milliseconds("timing.request_timeout_ms", config.request_timeout, 100, 600'000);
    fields.milliseconds("timing.seal_interval_ms", config.seal_interval, 10, 5000);
    fields.number("limits.queue_bytes_max", config.queue_bytes_max, 1 << 20, 1LL << 34);
    fields.number("limits.free_bytes_min", config.free_bytes_min, 0, 1LL << 50);
    fields.number("limits.verify_threads", config.verify_threads, 1, 64);
    fields.flag("storage.strict_mark", config.strict_mark);
    fields.text("storage.mark_dir", config.mark_dir);
    std::int64_t days = config.scrub_round / kDay;
    fields.number("storage.scrub_days", days, 0, 365);
    config.scrub_round = days * kDay;
    fields.milliseconds("storage.scrub_pause_ms", config.scrub_pause, 0, 3'600'000);
    fields.text("log.level", config.log_level);
}

}  // namespace

Result<NodeConfig> NodeConfig::parse(const std::string& text, const std::string& name) {
    NodeConfig config;
    try {
        const toml::table table = toml::parse(text, name);
        Fields fields(table, name);
        read_sections(table, fields, config);
        read_peers(table, fields, config);
        fields.require(config.id.value != 0, "id", "is missing (1 to 15)");
        fields.require(!config.folder.empty(), "folder", "is missing");
        fields.require(!config.api_listen.empty(), "api.listen", "is missing (host:port)");
        fields.require(!config.peer_listen.empty(), "peer.listen", "is missing (host:port)");
        fields.require(config.heartbeat_ticks < config.election_ticks, "timing.heartbeat_ticks",
                       "must be below timing.election_ticks");
        static const std::set<std::string> kLevels{"trace", "debug", "info", "warn", "error"};
        fields.require(kLevels.count(config.log_level) == 1, "log.level",
                       "must be trace, debug, info, warn or error");
        std::set<std::uint32_t> ids{config.id.value};
        for (const auto& peer : config.peers) {
            fields.require(ids.insert(peer.id.value).second, "peers", "name an id twice");
        }
        if (!fields.first().empty()) return fail(api::errc::bad_config, fields.first());
    } catch (const toml::parse_error& error) {
        return fail(api::errc::bad_config, name + ":" + std::to_string(error.source().begin.line) +
                                               ": " + std::string(error.description()));
    }
    return config;
}

Result<NodeConfig> NodeConfig::load(const std::string& path) {
    const auto text = read_bounded(path, kFileBytesMax);
    if (!text) {
        return fail(api::errc::bad_config, text.error().context + " (the node's configuration)");
    }
    return parse(*text, path);
}

std::string NodeConfig::to_toml() const {
    toml::array list;
    for (const auto& peer : peers) {
        list.push_back(toml::table{{"id", static_cast<std::int64_t>(peer.id.value)},
                                   {"address", peer.address}});
    }
    toml::table api{{"listen", api_listen}};
    if (!api_host_names.empty()) {
        toml::array names;
        for (const std::string& name : api_host_names) names.push_back(name);
        api.insert("host_names", std::move(names));
    }
    toml::table storage{{"strict_mark", strict_mark}, {"scrub_days", scrub_round / kDay}};
    if (scrub_pause.count() > 0) storage.insert("scrub_pause_ms", scrub_pause.count());
    if (!mark_dir.empty()) storage.insert("mark_dir", mark_dir);
    const toml::table table{
        {"id", static_cast<std::int64_t>(id.value)},
        {"folder", folder},
        {"api", std::move(api)},
        {"peer", toml::table{{"listen", peer_listen}}},
        {"peers", list},
        {"timing", toml::table{{"tick_ms", tick.count()},
                               {"election_ticks", static_cast<std::int64_t>(election_ticks)},
                               {"heartbeat_ticks", static_cast<std::int64_t>(heartbeat_ticks)},
                               {"request_timeout_ms", request_timeout.count()},
                               {"seal_interval_ms", seal_interval.count()}}},
        {"limits", toml::table{{"queue_bytes_max", static_cast<std::int64_t>(queue_bytes_max)},
                               {"free_bytes_min", static_cast<std::int64_t>(free_bytes_min)},
                               {"verify_threads", static_cast<std::int64_t>(verify_threads)}}},
        {"storage", std::move(storage)},
        {"log", toml::table{{"level", log_level}}},
    };
    std::ostringstream text;
    text << table << "\n";
    return text.str();
}

}  // namespace tally::node
