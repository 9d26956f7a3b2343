#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;

namespace {

Error refusal(const std::string& listen) {
    FakeService service;
    boost::asio::io_context network;
    const auto server = node::http::HttpServer::create(network, {listen}, service);
    INFO(listen);
    REQUIRE_FALSE(server);
    return server.error();
}

}  // namespace

// Goal: readers cannot authenticate yet, so nobody but this machine is let near.
TEST_CASE("a listen address that is not loopback is refused") {
    for (const std::string listen : {"0.0.0.0:0", "[::]:0", "192.168.1.5:7101", "8.8.8.8:7101",
                                     "[fe80::1]:7101", "[::ffff:127.0.0.1]:0"}) {
        const Error error = refusal(listen);
        CHECK(error.code == api::errc::unauthenticated_bind);
        CHECK(error.context.find(listen) != std::string::npos);
    }
}

// Goal: an address that is none is a mistake in the configuration.
TEST_CASE("a listen address that cannot be parsed is bad_config") {
    for (const std::string listen :
         {"", "7101", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
          "example.org:7101", "::1:7101", "a@127.0.0.1:7101", "127.0.0.1:7101/x"}) {
        CHECK(refusal(listen).code == api::errc::bad_config);
    }
}

// Goal: a host name that can never match is found at start, not when nobody is answered.
TEST_CASE("host names that are none are bad_config") {
    for (const std::string name : {"", "a b", "book.example:80", "http://book.example", "a/b"}) {
        FakeService service;
        boost::asio::io_context network;
        const auto server =
            node::http::HttpServer::create(network, {"127.0.0.1:0", {name}}, service);
        INFO(name);
        REQUIRE_FALSE(server);
        CHECK(server.error().code == api::errc::bad_config);
        CHECK(server.error().context.find("api.host_names: '" + name) == 0);
    }
}

// Goal: loopback in every spelling works.
TEST_CASE("loopback addresses are taken") {
    for (const std::string listen : {"127.0.0.1:0", "localhost:0", "127.8.8.8:0"}) {
        FakeService service;
        boost::asio::io_context network;
        const auto server = node::http::HttpServer::create(network, {listen}, service);
        INFO(listen);
        REQUIRE(server);
        CHECK((*server)->port() != 0);
    }
}

// Goal: a taken port is named, and is free again when its server has gone.
TEST_CASE("a listen address that is taken is address_in_use") {
    std::string listen;
    {
        ServerFixture fixture;
        fixture.get("/healthz");
        listen = "127.0.0.1:" + std::to_string(fixture.port());
        const Error error = refusal(listen);
        CHECK(error.code == api::errc::address_in_use);
        CHECK(error.context.find(listen) != std::string::npos);
    }
    FakeService service;
    boost::asio::io_context network;
    CHECK(node::http::HttpServer::create(network, {listen}, service));
}
