// The relays between nodes by themselves: what they carry, lose, delay and close, with plain
// sockets at both ends.

#include "testing/links.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>

#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Node 0 has dialled node 1 through the link.
struct Dialled {
    Dialled() {
        auto opened = Links::open(2);
        REQUIRE(opened);
        links = std::move(*opened);
        links->set_target(1, listener.local_endpoint().port());
        connect();
    }
    void connect() {
        dialler = Tcp::socket(network);
        dialler.connect({asio::ip::address_v4::loopback(), links->port(0, 1)});
        listener.accept(listened = Tcp::socket(network));
    }

    asio::io_context network;
    Tcp::acceptor listener{network, {asio::ip::address_v4::loopback(), 0}};
    Tcp::socket dialler{network};
    Tcp::socket listened{network};
    std::unique_ptr<Links> links;
};

void say(Tcp::socket& socket, const std::string& text) { asio::write(socket, asio::buffer(text)); }
std::string hear(Tcp::socket& socket, std::size_t count) {
    std::string text(count, ' ');
    boost::system::error_code code;
    text.resize(asio::read(socket, asio::buffer(text), code));
    return text;
}

}  // namespace

TEST_CASE("a link carries both directions of what is dialled, more than it keeps, and its end") {
    Dialled pair;
    say(pair.dialler, "there");
    CHECK(hear(pair.listened, 5) == "there");
    const std::string much(20 << 20, 'x');
    std::thread sender([&] { say(pair.listened, much); });
    CHECK(hear(pair.dialler, much.size()) == much);
    sender.join();
    say(pair.dialler, "last");
    pair.dialler.close();
    CHECK(hear(pair.listened, 99) == "last");
}

TEST_CASE("a link that is cut loses bytes and ends without an error, and heals with a new one") {
    Dialled pair;
    say(pair.dialler, "a");
    CHECK(hear(pair.listened, 1) == "a");
    pair.links->cut(0, 1);
    say(pair.dialler, "lost");
    say(pair.listened, "lost");
    pair.links->heal(0, 1);
    CHECK(hear(pair.listened, 99).empty());
    CHECK(hear(pair.dialler, 99).empty());
    pair.connect();
    say(pair.listened, "again");
    CHECK(hear(pair.dialler, 5) == "again");
}

TEST_CASE("a slow link delays each direction, keeps the order, and what waits is lost by a cut") {
    Dialled pair;
    pair.links->slow(0, 1, milliseconds(100));
    const auto begun = Clock::now();
    say(pair.dialler, "one");
    say(pair.dialler, "two");
    CHECK(hear(pair.listened, 6) == "onetwo");
    say(pair.listened, "back");
    CHECK(hear(pair.dialler, 4) == "back");
    CHECK(Clock::now() - begun >= milliseconds(200));
    pair.links->slow(0, 1, milliseconds(60'000));
    say(pair.dialler, "never");
    pair.links->cut(0, 1);
    pair.links->heal(0, 1);
    CHECK(Clock::now() - begun < milliseconds(30'000));
}

TEST_CASE("what is dialled where nobody listens is closed") {
    const auto opened = Links::open(2);
    REQUIRE(opened);
    asio::io_context network;
    Tcp::socket dialler(network);
    dialler.connect({asio::ip::address_v4::loopback(), (*opened)->port(1, 0)});
    CHECK(hear(dialler, 1).empty());
}

}  // namespace tally::testing
