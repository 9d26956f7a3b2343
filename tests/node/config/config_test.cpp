#include "node/config.h"

#include "api/errc.h"
#include "tests/support/catch.h"

namespace tally::node {
namespace {

constexpr const char* kGood = R"(id = 2
folder = "/tmp/n2"
peers = [ { id = 1, address = "127.0.0.1:7201" } ]
[api]
listen = "127.0.0.1:7102"
[peer]
listen = "127.0.0.1:7202"
[timing]
tick_ms = 20
)";

std::string with(const std::string& from, const std::string& to) {
    std::string text = kGood;
    const auto place = text.find(from);
    REQUIRE(place != std::string::npos);
    return text.replace(place, from.size(), to);
}

void check_refused(const std::string& text, const std::string& where) {
    const auto config = NodeConfig::parse(text, "node.toml");
    INFO(text);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == api::errc::bad_config);
    CHECK_THAT(config.error().context, Catch::Matchers::Contains(where));
}

TEST_CASE("a good configuration is read, and its text form means the same") {
    // Goal: what network init writes is what the node reads.
    const auto config = NodeConfig::parse(kGood, "node.toml");
    REQUIRE(config);
    REQUIRE(config->id == consensus::NodeId(2));
    REQUIRE(config->peers.size() == 1);
    REQUIRE(config->peers[0].address == "127.0.0.1:7201");
    REQUIRE(config->tick == std::chrono::milliseconds(20));
    REQUIRE(config->request_timeout == std::chrono::milliseconds(5000));
    const auto again = NodeConfig::parse(config->to_toml(), "again");
    REQUIRE(again);
    REQUIRE(again->to_toml() == config->to_toml());
}

TEST_CASE("the high-water mark lags unless the configuration says strict") {
    // Goal: the switch is read, and survives being written again.
    CHECK_FALSE(NodeConfig::parse(kGood, "node.toml")->strict_mark);
    const auto strict =
        NodeConfig::parse(with("[timing]", "[storage]\nstrict_mark = true\n[timing]"), "node.toml");
    REQUIRE(strict);
    CHECK(strict->strict_mark);
    CHECK(NodeConfig::parse(strict->to_toml(), "again")->strict_mark);
}

TEST_CASE("the time of a scrub is read in days, and survives being written again") {
    using std::chrono::hours;
    const auto usual = NodeConfig::parse(kGood, "node.toml");
    CHECK(usual->scrub_round == hours(7 * 24));
    CHECK(usual->scrub_pause.count() == 0);
    const auto read = [](const std::string& lines) {
        return NodeConfig::parse(with("[timing]", "[storage]\n" + lines + "\n[timing]"),
                                 "node.toml");
    };
    CHECK(read("scrub_days = 0")->scrub_round.count() == 0);
    const auto often = read("scrub_days = 365\nscrub_pause_ms = 20");
    REQUIRE(often);
    CHECK(often->scrub_round == hours(365 * 24));
    CHECK(often->scrub_pause == std::chrono::milliseconds(20));
    const auto again = NodeConfig::parse(often->to_toml(), "again");
    REQUIRE(again);
    CHECK(again->scrub_round == often->scrub_round);
    CHECK(again->scrub_pause == often->scrub_pause);
    for (const std::string wrong : {"366", "-1", "0.5", "\"7\""}) {
        check_refused(with("[timing]", "[storage]\nscrub_days = " + wrong + "\n[timing]"),
                      "node.toml:9: storage.scrub_days must be a whole number from 0 to 365");
    }
}

TEST_CASE("host names of the API are read, and survive being written again") {
    CHECK(NodeConfig::parse(kGood, "node.toml")->api_host_names.empty());
    const auto named = NodeConfig::parse(
        with("[peer]", "host_names = [\"book.example\", \"10.0.0.7\"]\n[peer]"), "node.toml");
    REQUIRE(named);
    const std::vector<std::string> names{"book.example", "10.0.0.7"};
    CHECK(named->api_host_names == names);
    CHECK(NodeConfig::parse(named->to_toml(), "again")->api_host_names == names);
    check_refused(with("[peer]", "host_names = \"book.example\"\n[peer]"),
                  "node.toml:6: api.host_names must be a list of texts");
    check_refused(with("[peer]", "host_names = [7]\n[peer]"), "node.toml:6: api.host_names");
}

TEST_CASE("a broken configuration is refused with its file and line") {
    // Goal: the operator is led to the very line.
    check_refused(with("id = 2", "id = "), "node.toml:1");
    check_refused(with("id = 2", "id = 99"), "node.toml:1: id");
    check_refused(with("tick_ms = 20", "tick_ms = \"soon\""), "node.toml:9: timing.tick_ms");
    check_refused(with("tick_ms = 20", "tick_ms = 20.5"), "node.toml:9: timing.tick_ms");
    check_refused(with("tick_ms = 20", "tock_ms = 20"), "node.toml:9: timing.tock_ms");
    check_refused(with("[timing]", "[timings]"), "node.toml:8: timings");
    check_refused(with("folder = \"/tmp/n2\"", ""), "folder");
    check_refused(with("[timing]", "[storage]\nstrict_mark = 1\n[timing]"),
                  "node.toml:9: storage.strict_mark");
    check_refused(with("id = 1,", "id = 2,"), "peers");
    check_refused(with("id = 1,", ""), "node.toml:3: peers");
    check_refused(with("tick_ms = 20", "heartbeat_ticks = 10"), "timing.heartbeat_ticks");
}

TEST_CASE("error names are stable and foreign codes are io_failed") {
    // Goal: what scripts match on does not change by accident.
    CHECK(api::error_name(make_error_code(api::errc::no_quorum)) == "no_quorum");
    CHECK(api::error_name(make_error_code(api::errc::outcome_unknown)) == "outcome_unknown");
    CHECK(api::error_name(std::make_error_code(std::errc::timed_out)) == "io_failed");
}

}  // namespace
}  // namespace tally::node
