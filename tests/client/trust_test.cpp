#include "client/trust.h"

#include <fstream>
#include <iterator>

#include "client/errors.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

NetworkTrust trust() { return NetworkTrust::of(testing::Cast().genesis()); }

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

TEST_CASE("A trust file says the same after writing and reading") {
    const auto written = trust();
    const auto read = NetworkTrust::parse(written.encode(), "network.pub");
    REQUIRE(read);
    CHECK(read->network == written.network);
    CHECK(read->genesis_bytes == written.genesis_bytes);
    CHECK(read->genesis.name == "test");
    // Verifier keys are there for tools that follow the log; nobody has to have them.
    CHECK(written.encode().find("# vkey " + written.genesis.origin() + "+") != std::string::npos);
    const std::string with_crlf = replaced(written.encode(), "\n", "\r\n");
    CHECK(NetworkTrust::parse(with_crlf, "network.pub"));
}

TEST_CASE("The trust file that docs/FORMAT.md shows is one") {
    // Goal: the description is enough to write another reader from.
    std::ifstream file(std::string(TALLY_SOURCE_DIR) + "/docs/FORMAT.md");
    const std::string document{std::istreambuf_iterator<char>(file),
                               std::istreambuf_iterator<char>()};
    const auto begin = document.find("```text\ntallystick-network-v1\n");
    REQUIRE(begin != std::string::npos);
    const auto first = document.find('\n', begin) + 1;
    const std::string text = document.substr(first, document.find("```", first) - first);
    const auto shown = NetworkTrust::parse(text, "network.pub");
    REQUIRE(shown);
    CHECK(shown->genesis.name == "example");
    CHECK(shown->encode() == text);
}

TEST_CASE("A trust file that was altered is refused, whichever line it is") {
    const std::string text = trust().encode();
    const auto refused = [&](const std::string& what, const std::string& with) {
        const auto read = NetworkTrust::parse(replaced(text, what, with), "network.pub");
        REQUIRE_FALSE(read);
        CHECK(is(read.error().code, "bad_file"));
        return read.error().context;
    };
    CHECK(refused("tallystick-network-v1", "tallystick-network-v2").starts_with("network.pub:1:"));
    CHECK(refused("name test", "name other").find("name") != std::string::npos);
    CHECK(refused("name test\n", "").find("name is missing") != std::string::npos);
    CHECK(refused("name test", "name test\nname test").starts_with("network.pub:3:"));
    CHECK(refused("name test", "nome test").starts_with("network.pub:2:"));
    const auto digit = text[text.find("network ", 30) + 8];
    refused(std::string("network ") + digit, std::string("network ") + (digit == '0' ? '1' : '0'));
    refused("genesis ", "genesis A");
    refused("genesis ", "genesis ?");
}

TEST_CASE("A genesis with any bit changed is another network, or none") {
    const auto whole = trust();
    for (std::size_t i = 0; i < whole.genesis_bytes.size(); ++i) {
        auto changed = whole;
        changed.genesis_bytes[i] ^= 1;
        REQUIRE_FALSE(NetworkTrust::parse(changed.encode(), "network.pub"));
    }
}

TEST_CASE("A trust file that is not there is named") {
    const auto read = NetworkTrust::load("/nonexistent/network.pub");
    REQUIRE_FALSE(read);
    CHECK(read.error().context.find("/nonexistent/network.pub") != std::string::npos);
}

}  // namespace
}  // namespace tally::client
