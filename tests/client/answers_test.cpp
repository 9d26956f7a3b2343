// Answers of nodes, and addresses, that are not what they should be.

#include "client/client.h"

#include <boost/json.hpp>

#include "api/errc.h"
#include "tests/client/calls.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

using namespace testing;
using std::chrono::milliseconds;

TEST_CASE("Only http with a host and a port is taken for a node") {
    for (const char* url : {"", "127.0.0.1:7101", "https://127.0.0.1:7101", "http://", "http://:1",
                            "http://127.0.0.1:0", "http://127.0.0.1:99999", "ftp://host:1",
                            "http://user@host:1", "http://host:1/v1", "http://host:1?x=1"}) {
        INFO(url);
        const auto client = Client::create(std::vector<std::string>{url});
        REQUIRE_FALSE(client);
        CHECK(is(client.error().code, "bad_url"));
    }
    CHECK_FALSE(Client::create(std::vector<std::string>{}));
    CHECK(Client::create({"http://127.0.0.1:7101/"}));
    CHECK(Client::create({"http://localhost:7101"}));
    CHECK(Client::create({"http://[::1]:7101"}));
}

TEST_CASE("An answer that is no problem document still gives an error with its status") {
    FakeNode node({answer(404, "<html>not here</html>")});
    const auto missing = client_for({node.url()}).get("/v1/nothing");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code.message() == "http_404");
    CHECK(missing.error().context.find("not here") != std::string::npos);
}

TEST_CASE("A problem's ids are part of what the error says") {
    FakeNode node({answer(
        503, R"({"code":"outcome_unknown","detail":"retry","ids":[)"
             R"("00112233445566778899aabbccddeeff","ffeeddccbbaa99887766554433221100"]})")});
    auto client = client_for({node.url()}, milliseconds(50));
    const auto receipt = client.submit(submission());
    REQUIRE_FALSE(receipt);
    CHECK(receipt.error().context.find(
              "ids: 00112233445566778899aabbccddeeff ffeeddccbbaa99887766554433221100") !=
          std::string::npos);
}

TEST_CASE("A status that no node gives is a bad answer") {
    const int status = GENERATE(204, 307, 399);
    FakeNode odd({answer(status, "")});
    auto client = client_for({odd.url()}, milliseconds(2000));
    const auto got = client.get("/v1/entries/1");
    REQUIRE_FALSE(got);
    INFO(got.error().context);
    CHECK(got.error().code == errc::bad_answer);
    CHECK(got.error().context.find("status " + std::to_string(status)) != std::string::npos);
}

TEST_CASE("An answer without an end is told with its size and its node, and not asked for again") {
    struct Case {
        Behaviour::Kind kind;
        const char* words;
    };
    const Case each = GENERATE(
        Case{Behaviour::Kind::endless_body, "longer than the 67108864 bytes that are taken; "},
        Case{Behaviour::Kind::endless_header, "longer than the 16384 bytes that are taken; "},
        Case{Behaviour::Kind::endless_extension,
             "a piece beside its body of more than the 131072 "},
        Case{Behaviour::Kind::endless_trailer, "a piece beside its body of more than the 131072 "},
        Case{Behaviour::Kind::slow_body, "did not end within 3000 ms; "},
        Case{Behaviour::Kind::huge_body, "for it announces 99999999999"});
    const milliseconds attempt =
        each.kind == Behaviour::Kind::slow_body ? milliseconds(3000) : milliseconds(60'000);
    FakeNode endless({does(each.kind)});
    FakeNode sound({answer(200, R"({"kind":"seal"})")});
    {
        auto client = client_for({endless.url()}, milliseconds(60'000), attempt);
        const auto got = client.get("/v1/entries/1");
        REQUIRE_FALSE(got);
        INFO(got.error().context);
        CHECK(got.error().code == errc::bad_answer);
        CHECK(got.error().context.find(endless.url() + ": ") == 0);
        CHECK(got.error().context.find(each.words) != std::string::npos);
        CHECK(endless.seen().size() == 1);
        // What it does to a submission nobody knows.
        CHECK(client.submit(submission()).error().code == errc::outcome_unknown);
        CHECK(endless.seen().size() == 2);
    }
    // Another node is asked all the same.
    auto client = client_for({endless.url(), sound.url()}, milliseconds(60'000), attempt);
    CHECK(client.get("/v1/entries/1"));
}

TEST_CASE("An answer that is no HTTP is a bad one at once, and not a connection that was lost") {
    const std::string body = R"({"kind":"seal"})";
    for (const auto& [name, value] :
         {std::pair("Tally-Node", "n\x01"), std::pair("Tally-Leader", "\x7f"),
          std::pair("Tally-Network", "a\x1b[31m"), std::pair("Tally-In dex", "7")}) {
        FakeNode odd({answer(200, body, {{name, value}})});
        FakeNode sound({answer(200, body)});
        auto client = client_for({odd.url()}, milliseconds(60'000));
        const auto got = client.get("/v1/entries/1");
        REQUIRE_FALSE(got);
        INFO(got.error().context);
        CHECK(got.error().code == errc::bad_answer);
        CHECK(got.error().context.find(odd.url() + ": the answer is malformed: ") == 0);
        CHECK(odd.seen().size() == 1);
        CHECK(client.submit(submission()).error().code == errc::outcome_unknown);
        CHECK(odd.seen().size() == 2);
        CHECK(client_for({odd.url(), sound.url()}, milliseconds(60'000)).get("/v1/entries/1"));
    }
    // What ends too early may come whole the next time.
    FakeNode cut({does(Behaviour::Kind::half_answer), answer(200, body)});
    CHECK(client_for({cut.url()}, milliseconds(60'000)).get("/v1/entries/1"));
}

}  // namespace
}  // namespace tally::client
