#include "network/network_spec.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string_view>
#include <utility>

#include <toml++/toml.h>

#include "api/errc.h"
#include "base/bounded_input.h"
#include "base/check.h"
#include "ledger/types.h"

namespace tally::network {
namespace {

constexpr std::uint32_t kNodesMax = 15;
constexpr std::size_t kMembersMax = 4096;
constexpr std::uint32_t kKeysMax = 16;

constexpr std::array<std::pair<std::string_view, ledger::Role>, 9> kRoles{{
    {"originator", ledger::Role::originator},
    {"funder", ledger::Role::funder},
    {"servicer", ledger::Role::servicer},
    {"collector", ledger::Role::collector},
    {"payment-provider", ledger::Role::payment_provider},
    {"trustee", ledger::Role::trustee},
    {"auditor", ledger::Role::auditor},
    {"regulator", ledger::Role::regulator},
    {"governance", ledger::Role::governance},
}};

std::uint16_t role_bit(std::string_view name) {
    for (const auto& [known, role] : kRoles) {
        if (known == name) return static_cast<std::uint16_t>(role);
    }
    return 0;
}

bool is_name(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max &&
           std::all_of(text.begin(), text.end(), [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                      letter == '-';
           });
}

/// Reads one table and remembers the first thing in the file that is wrong, with its line.
class SpecReader {
public:
    explicit SpecReader(std::string file) : file_(std::move(file)) {}

    void text(const toml::table& table, std::string_view key, std::string& target, bool needed) {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            if (needed) reject(line_of(table), key, "is missing");
            return;
        }
        const auto value = node->value<std::string>();
        if (!value || value->empty()) return reject(line_of(*node), key, "must be a text");
        target = *value;
    }

    template <typename Number>
    void number(const toml::table& table, std::string_view key, Number& target, std::int64_t least,
                std::int64_t most) {
        const toml::node* node = table.get(key);
        if (node == nullptr) return;
        const auto value = node->value_exact<std::int64_t>();
        if (value && *value >= least && *value <= most) {
            target = static_cast<Number>(*value);
        } else {
            reject(line_of(*node), key,
                   "must be a whole number from " + std::to_string(least) + " to " +
                       std::to_string(most));
        }
    }

    void milliseconds(const toml::table& table, std::string_view key,
                      std::chrono::milliseconds& target, std::int64_t least, std::int64_t most) {
        std::int64_t count = target.count();
        number(table, key, count, least, most);
        target = std::chrono::milliseconds(count);
    }

    /// The table under `key`, if it is there; every key in it must be one of `known`.
    const toml::table* section(const toml::table& table, std::string_view key,
                               std::initializer_list<std::string_view> known) {
        const toml::node* node = table.get(key);
        if (node == nullptr) return nullptr;
        const toml::table* inner = node->as_table();
        if (inner == nullptr) {
            reject(line_of(*node), key, "must be a table");
            return nullptr;
        }
        allow(*inner, known);
        return inner;
    }

    void allow(const toml::table& table, std::initializer_list<std::string_view> known) {
        for (const auto& [key, value] : table) {
            if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
                reject(key.source().begin.line, key.str(), "is not a setting of this version");
            }
        }
    }

    static std::uint32_t line_of(const toml::node& node) {
        return std::max<std::uint32_t>(node.source().begin.line, 1);
    }
    static std::uint32_t line_of(const toml::table& table, std::string_view key) {
        const toml::node* node = table.get(key);
        return node == nullptr ? line_of(table) : line_of(*node);
    }
    void reject(std::uint32_t line, std::string_view key, const std::string& what) {
        if (!first_.empty()) return;
        first_ = file_ + ":" + std::to_string(line) + ": " + std::string(key) + " " + what;
    }
    const std::string& first() const { return first_; }
    bool failed() const { return !first_.empty(); }

private:
    std::string file_;
    std::string first_;
};

void read_roles(const toml::table& member, SpecReader& reader, std::uint16_t& roles) {
    const auto* list = member["roles"].as_array();
    const auto line = SpecReader::line_of(member, "roles");
    if (list == nullptr || list->empty()) {
        return reader.reject(line, "roles", "must be a list of at least one role");
    }
    for (const auto& element : *list) {
        const auto name = element.value<std::string>().value_or("");
        const std::uint16_t bit = role_bit(name);
        if (bit == 0) {
            std::string known;
            for (const auto& [role, value] : kRoles) known += " " + std::string(role);
            return reader.reject(SpecReader::line_of(element), "roles",
                                 "has an unknown role \"" + name + "\"; there are" + known);
        }
        roles = static_cast<std::uint16_t>(roles | bit);
    }
}

void read_members(const toml::table& table, SpecReader& reader, NetworkSpec& spec) {
    const auto* list = table["members"].as_array();
    const auto line = SpecReader::line_of(table, "members");
    if (list == nullptr || list->empty() || list->size() > kMembersMax) {
        return reader.reject(line, "members", "must be a list of 1 to 4096 tables: [[members]]");
    }
    std::set<std::string> names;
    for (const auto& element : *list) {
        const auto* member = element.as_table();
        const auto member_line = SpecReader::line_of(element);
        if (member == nullptr) {
            return reader.reject(member_line, "members", "must be a list of tables: [[members]]");
        }
        reader.allow(*member, {"name", "roles", "keys"});
        MemberSpec read;
        reader.text(*member, "name", read.name, true);
        read_roles(*member, reader, read.roles);
        reader.number(*member, "keys", read.keys, 1, kKeysMax);
        if (!is_name(read.name, 64)) {
            reader.reject(SpecReader::line_of(*member, "name"), "name",
                          "must be 1 to 64 of a-z, 0-9 and -");
        }
        // Names of members and of keys are one space: `--key lender-2` means one thing.
        for (std::uint32_t number = 1; number <= read.keys && !reader.failed(); ++number) {
            const std::string key = key_name(read.name, number);
            if (names.insert(key).second) continue;
            reader.reject(member_line, "name", "\"" + key + "\" is there twice");
        }
        spec.members.push_back(std::move(read));
    }
}

void read_sections(const toml::table& table, SpecReader& reader, NetworkSpec& spec) {
    if (const auto* timing = reader.section(table, "timing",
                                            {"tick_ms", "election_ticks", "heartbeat_ticks",
                                             "request_timeout_ms", "seal_interval_ms"})) {
        reader.milliseconds(*timing, "tick_ms", spec.tick, 1, 10'000);
        reader.number(*timing, "election_ticks", spec.election_ticks, 3, 1000);
        reader.number(*timing, "heartbeat_ticks", spec.heartbeat_ticks, 1, 500);
        reader.milliseconds(*timing, "request_timeout_ms", spec.request_timeout, 100, 600'000);
        reader.milliseconds(*timing, "seal_interval_ms", spec.seal_interval, 10, 5000);
        if (spec.heartbeat_ticks >= spec.election_ticks) {
            reader.reject(SpecReader::line_of(*timing, "heartbeat_ticks"), "heartbeat_ticks",
                          "must be below election_ticks");
        }
    }
    if (const auto* limits = reader.section(
            table, "limits",
            {"submission_bytes_max", "transactions_max", "queue_bytes_max", "free_bytes_min"})) {
        reader.number(*limits, "submission_bytes_max", spec.submission_bytes_max, 1 << 12, 2 << 20);
        reader.number(*limits, "transactions_max", spec.transactions_max, 1, 8190);
        reader.number(*limits, "queue_bytes_max", spec.queue_bytes_max, 1 << 20, 1LL << 34);
        reader.number(*limits, "free_bytes_min", spec.free_bytes_min, 0, 1LL << 50);
    }
    if (const auto* log = reader.section(table, "log", {"level"})) {
        reader.text(*log, "level", spec.log_level, false);
        static const std::set<std::string> kLevels{"trace", "debug", "info", "warn", "error"};
        if (!kLevels.contains(spec.log_level)) {
            reader.reject(SpecReader::line_of(*log, "level"), "level",
                          "must be trace, debug, info, warn or error");
        }
    }
}

void read_top(const toml::table& table, SpecReader& reader, NetworkSpec& spec) {
    reader.allow(table, {"name", "origin_base", "calendar", "utc_offset_minutes", "nodes",
                         "members", "timing", "limits", "log"});
    reader.text(table, "name", spec.name, true);
    reader.text(table, "origin_base", spec.origin_base, true);
    const std::string usual = spec.calendar;
    reader.text(table, "calendar", spec.calendar, false);
    reader.number(table, "utc_offset_minutes", spec.utc_offset_minutes, -12L * 60, 14L * 60);
    if (spec.calendar != usual && !table.contains("utc_offset_minutes")) {
        reader.reject(SpecReader::line_of(table, "calendar"), "calendar",
                      "needs utc_offset_minutes beside it, the zone's minutes ahead of UTC: all "
                      "nodes count days by it, whatever their tables of zones say");
    }
    reader.number(table, "nodes", spec.nodes, 1, kNodesMax);
    if (!is_name(spec.name, 32)) {
        reader.reject(SpecReader::line_of(table, "name"), "name",
                      "must be 1 to 32 of a-z, 0-9 and -");
    }
    const auto plain = [](char letter) { return letter > ' ' && letter <= '~' && letter != '+'; };
    if (spec.origin_base.size() > 128 || spec.origin_base.ends_with('/') ||
        spec.origin_base.find("://") != std::string::npos ||
        !std::all_of(spec.origin_base.begin(), spec.origin_base.end(), plain)) {
        reader.reject(SpecReader::line_of(table, "origin_base"), "origin_base",
                      "must be a URL without scheme and final slash, at most 128 characters");
    }
    if (spec.nodes % 2 == 0) {
        reader.reject(SpecReader::line_of(table, "nodes"), "nodes",
                      "must be odd: an even number tolerates no more failures");
    }
}

}  // namespace

std::string key_name(const std::string& member, std::uint32_t number) {
    return number == 1 ? member : member + "-" + std::to_string(number);
}

Result<NetworkSpec> NetworkSpec::parse(const std::string& text, const std::string& file) {
    NetworkSpec spec;
    try {
        const toml::table table = toml::parse(text, file);
        SpecReader reader(file);
        read_top(table, reader, spec);
        read_members(table, reader, spec);
        read_sections(table, reader, spec);
        if (!reader.first().empty()) return fail(api::errc::bad_config, reader.first());
    } catch (const toml::parse_error& error) {
        return fail(api::errc::bad_config, file + ":" + std::to_string(error.source().begin.line) +
                                               ": " + std::string(error.description()));
    }
    return spec;
}

Result<NetworkSpec> NetworkSpec::load(const std::string& path) {
    constexpr std::size_t kFileBytesMax = 1 << 20;
    const auto text = read_bounded(path, kFileBytesMax);
    if (!text) {
        return fail(api::errc::bad_config, text.error().context + " (the network's description)");
    }
    return parse(*text, path);
}

NetworkSpec NetworkSpec::development(std::uint32_t nodes) {
    TALLY_CHECK(nodes >= 1 && nodes <= kNodesMax);
    const auto bit = [](ledger::Role role) { return static_cast<std::uint16_t>(role); };
    NetworkSpec spec;
    spec.name = "dev-" + std::to_string(nodes);
    spec.origin_base = "localhost/tallystick/" + spec.name;
    spec.nodes = nodes;
    spec.members = {
        {"lender",
         static_cast<std::uint16_t>(bit(ledger::Role::originator) | bit(ledger::Role::governance)),
         2},
        {"funder", bit(ledger::Role::funder), 1},
        {"servicer", bit(ledger::Role::servicer), 2},
        {"collector", bit(ledger::Role::collector), 1},
        {"auditor", bit(ledger::Role::auditor), 1},
        {"regulator", bit(ledger::Role::regulator), 1},
        {"bank", bit(ledger::Role::payment_provider), 1},
        {"trustee", bit(ledger::Role::trustee), 1},
    };
    return spec;
}

}  // namespace tally::network
