#include "network/network_spec.h"

#include <filesystem>

#include "api/errc.h"
#include "ledger/types.h"
#include "tests/support/catch.h"

namespace tally::network {
namespace {

const std::string kLeast =
    "name = \"dev\"\n"
    "origin_base = \"localhost/tallystick/dev\"\n"
    "[[members]]\n"
    "name = \"lender\"\n"
    "roles = [\"originator\"]\n";

std::string refusal_of(const std::string& text) {
    const auto spec = NetworkSpec::parse(text, "net.toml");
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == api::errc::bad_config);
    return spec.error().context;
}

std::string with(const std::string& what, const std::string& instead) {
    std::string text = kLeast;
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), instead);
}

TEST_CASE("Every file in network-config loads") {
    std::size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(TALLY_SOURCE_DIR "/network-config")) {
        if (entry.path().extension() != ".toml") continue;
        const auto spec = NetworkSpec::load(entry.path().string());
        INFO((spec ? std::string() : spec.error().context));
        REQUIRE(spec);
        CHECK(entry.path().stem().string() == spec->name);
        ++files;
    }
    CHECK(files >= 3);
}

TEST_CASE("The development network of the code is the one of the file") {
    for (const std::uint32_t nodes : {1u, 3u, 5u}) {
        const auto made = NetworkSpec::development(nodes);
        const auto read = NetworkSpec::load(TALLY_SOURCE_DIR "/network-config/dev-" +
                                            std::to_string(nodes) + ".toml");
        REQUIRE(read);
        CHECK(made.name == read->name);
        CHECK(made.origin_base == read->origin_base);
        CHECK(made.calendar == read->calendar);
        CHECK(made.nodes == read->nodes);
        REQUIRE(made.members.size() == read->members.size());
        for (std::size_t i = 0; i < made.members.size(); ++i) {
            CHECK(made.members[i].name == read->members[i].name);
            CHECK(made.members[i].roles == read->members[i].roles);
            CHECK(made.members[i].keys == read->members[i].keys);
        }
        CHECK(made.tick == read->tick);
        CHECK(made.election_ticks == read->election_ticks);
        CHECK(made.heartbeat_ticks == read->heartbeat_ticks);
        CHECK(made.request_timeout == read->request_timeout);
        CHECK(made.seal_interval == read->seal_interval);
        CHECK(made.submission_bytes_max == read->submission_bytes_max);
        CHECK(made.transactions_max == read->transactions_max);
        CHECK(made.queue_bytes_max == read->queue_bytes_max);
        CHECK(made.free_bytes_min == read->free_bytes_min);
        CHECK(made.log_level == read->log_level);
    }
}

TEST_CASE("What is left out has a default, and every setting is read") {
    const auto least = NetworkSpec::parse(kLeast, "net.toml");
    REQUIRE(least);
    CHECK(least->nodes == 3);
    CHECK(least->tick.count() == 20);
    const auto full = NetworkSpec::parse(
        "nodes = 5\ncalendar = \"Europe/Berlin\"\nutc_offset_minutes = 60\n" + kLeast +
            "[timing]\ntick_ms = 50\nelection_ticks = 20\nheartbeat_ticks = 4\n"
            "request_timeout_ms = 900\nseal_interval_ms = 100\n"
            "[limits]\nsubmission_bytes_max = 4096\ntransactions_max = 10\n"
            "queue_bytes_max = 1048576\nfree_bytes_min = 0\n[log]\nlevel = \"debug\"\n",
        "net.toml");
    REQUIRE(full);
    CHECK(full->nodes == 5);
    CHECK(full->calendar == "Europe/Berlin");
    CHECK(full->utc_offset_minutes == 60);
    CHECK(full->tick.count() == 50);
    CHECK(full->election_ticks == 20);
    CHECK(full->heartbeat_ticks == 4);
    CHECK(full->request_timeout.count() == 900);
    CHECK(full->seal_interval.count() == 100);
    CHECK(full->submission_bytes_max == 4096);
    CHECK(full->transactions_max == 10);
    CHECK(full->queue_bytes_max == 1048576);
    CHECK(full->free_bytes_min == 0);
    CHECK(full->log_level == "debug");
    CHECK(full->members[0].roles == static_cast<std::uint16_t>(ledger::Role::originator));
    CHECK(least->members[0].keys == 1);
    CHECK(NetworkSpec::parse(kLeast + "keys = 16\n", "net.toml")->members[0].keys == 16);
}

TEST_CASE("An error names the file, the line and what was expected") {
    CHECK(refusal_of("name = ").starts_with("net.toml:1:"));
    CHECK(refusal_of(with("\"dev\"", "\"Dev Net\"")).starts_with("net.toml:1: name "));
    CHECK(refusal_of(with("name = \"dev\"\n", "")).find("name is missing") != std::string::npos);
    CHECK(
        refusal_of(with("localhost", "https://localhost")).starts_with("net.toml:2: origin_base "));
    CHECK(refusal_of(with("/dev\"", "/dev/\"")).starts_with("net.toml:2: origin_base "));
    CHECK(refusal_of(with("\"lender\"", "7")).starts_with("net.toml:4: name "));
    CHECK(
        refusal_of(with("\"originator\"", "\"owner\""))
            .starts_with("net.toml:5: roles has an unknown role \"owner\"; there are originator"));
    CHECK(refusal_of(with("[\"originator\"]", "[]")).starts_with("net.toml:5: roles "));
    CHECK(refusal_of(with("roles = [\"originator\"]\n", "")).starts_with("net.toml:3: roles "));
    CHECK(refusal_of("nodes = 4\n" + kLeast).starts_with("net.toml:1: nodes must be odd"));
    CHECK(refusal_of("nodes = 17\n" + kLeast).starts_with("net.toml:1: nodes "));
    CHECK(refusal_of("nodes = 3.0\n" + kLeast).starts_with("net.toml:1: nodes "));
    CHECK(refusal_of("node = 3\n" + kLeast)
              .starts_with("net.toml:1: node is not a setting of this version"));
    CHECK(refusal_of(kLeast + "key = \"x\"\n").starts_with("net.toml:6: key "));
    CHECK(refusal_of(kLeast + "[timing]\ntick_ms = 0\n").starts_with("net.toml:7: tick_ms "));
    CHECK(refusal_of(kLeast + "[timing]\n\nheartbeat_ticks = 10\n")
              .starts_with("net.toml:8: heartbeat_ticks must be below"));
    CHECK(refusal_of(kLeast + "[limits]\ntick_ms = 20\n").starts_with("net.toml:7: tick_ms "));
    CHECK(refusal_of(kLeast + "[log]\nlevel = \"loud\"\n").starts_with("net.toml:7: level "));
    CHECK(refusal_of(kLeast + kLeast.substr(kLeast.find("[[")))
              .starts_with("net.toml:6: name \"lender\" is there twice"));
    CHECK(refusal_of(kLeast + "keys = 0\n").starts_with("net.toml:6: keys must be a whole number"));
    CHECK(refusal_of(kLeast + "keys = 17\n").starts_with("net.toml:6: keys "));
    CHECK(refusal_of(kLeast + "keys = 2\n[[members]]\nname = \"lender-2\"\nroles = [\"funder\"]\n")
              .starts_with("net.toml:7: name \"lender-2\" is there twice"));
    CHECK(refusal_of("members = 3\nname = \"a\"\norigin_base = \"b\"\n")
              .starts_with("net.toml:1: members "));
    CHECK(refusal_of("timing = 3\n" + kLeast).starts_with("net.toml:1: timing must be a table"));
}

TEST_CASE("A file that is not there is named") {
    const auto spec = NetworkSpec::load("/nonexistent/net.toml");
    REQUIRE_FALSE(spec);
    CHECK(spec.error().context.starts_with("/nonexistent/net.toml:"));
}

}  // namespace
}  // namespace tally::network
