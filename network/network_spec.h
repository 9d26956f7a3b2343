#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace tally::network {

struct MemberSpec {
    std::string name;         ///< 1..64 characters of [a-z0-9-], no other member's key_name
    std::uint16_t roles = 0;  ///< bits of ledger::Role
    std::uint32_t keys = 1;   ///< 1..16
};

/// A member's first key has its name, the others its name and their number: `lender`, `lender-2`.
std::string key_name(const std::string& member, std::uint32_t number);

/// What a network is made from: a file of network-config/. Keys are never in it: they are made.
struct NetworkSpec {
    std::string name;
    std::string origin_base;  ///< URL without scheme, first part of the checkpoints' origin
    std::string calendar = "Asia/Shanghai";
    std::int32_t utc_offset_minutes = 480;  ///< of the calendar, -720..840
    std::uint32_t nodes = 3;                ///< 1, 3, 5, ... 15
    std::vector<MemberSpec> members;

    std::chrono::milliseconds tick{20};
    std::uint32_t election_ticks = 10;
    std::uint32_t heartbeat_ticks = 3;
    std::chrono::milliseconds request_timeout{5000};
    std::chrono::milliseconds seal_interval{500};
    std::uint32_t submission_bytes_max = 1 << 20;
    std::uint32_t transactions_max = 8190;
    std::uint64_t queue_bytes_max = 64ULL << 20;
    std::uint64_t free_bytes_min = 256ULL << 20;
    std::string log_level = "info";

    /// Parses and checks; errors are bad_config with `file`:line. Unknown keys are errors.
    static Result<NetworkSpec> parse(const std::string& text, const std::string& file);
    static Result<NetworkSpec> load(const std::string& path);
    /// What network-config/dev-3.toml says, with another number of nodes: for when no file is at
    /// hand. Requires 1 to 15, callers check what users ask for.
    static NetworkSpec development(std::uint32_t nodes);
};

}  // namespace tally::network
