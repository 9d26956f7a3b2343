#include <thread>

#include "node/http/message.h"
#include "node/http/router.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using testing::id_of;

// Goal: one connection serves many requests, HEAD answers as GET without its body.
TEST_CASE("a kept connection answers in turn") {
    ServerFixture fixture;
    HttpClient client(fixture.port());
    const Reply get = client.get("/v1/status");
    const Reply head = client.send("HEAD", "/v1/status");
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("content-length") == get.header("content-length"));
    CHECK(head.header("content-type") == "application/json");
    CHECK(client.get("/healthz").status == 200);
    const Reply last = client.send("GET", "/healthz", {}, {{"Connection", "close"}});
    CHECK(last.header("connection") == "close");
    CHECK(client.closed());
}

// Goal: every answer says who gives it and whom it follows, so that a client finds the leader.
TEST_CASE("answers name the node, the leader and the network") {
    ServerFixture fixture;
    const Reply before = fixture.get("/healthz");
    CHECK_FALSE(before.has("tally-node"));
    const std::string network = before.header("tally-network");
    CHECK(network.size() == 64);
    fixture.server().announce("node-1", "node-2");
    for (const char* target : {"/v1/status", "/healthz", "/v1/entries/9999", "/nothing"}) {
        const Reply reply = fixture.get(target);
        CHECK(reply.header("tally-node") == "node-1");
        CHECK(reply.header("tally-leader") == "node-2");
        CHECK(reply.header("tally-network") == network);
    }
    for (const std::string request :
         {"hello\r\n\r\n", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
          "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n"}) {
        HttpClient client(fixture.port());
        client.write(request);
        const Reply refused = client.read();
        INFO(request);
        CHECK(refused.status >= 400);
        CHECK(refused.header("tally-node") == "node-1");
        CHECK(refused.header("tally-leader") == "node-2");
    }
    fixture.server().announce("node-1", "");
    const Reply reply = fixture.get("/healthz");
    CHECK(reply.header("tally-node") == "node-1");
    CHECK_FALSE(reply.has("tally-leader"));
}

// Goal: requests sent without waiting are answered each, in their order.
TEST_CASE("pipelined requests are answered in order") {
    ServerFixture fixture;
    HttpClient client(fixture.port());
    const std::string body = "{}";
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        requests += "GET /v1/entries/" + std::to_string(i) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        requests +=
            "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\n\r\n{}";
    }
    client.write(requests);
    for (int i = 0; i < 20; ++i) {
        const auto first = object_of(client.read());
        CHECK(text_at(first, "detail").find("entry " + std::to_string(i) + ":") == 0);
        CHECK(text_at(object_of(client.read()), "detail") == "header: missing");
    }
}

// Goal: every wrong way to ask has its own answer.
TEST_CASE("wrong paths, methods and media types are refused by name") {
    ServerFixture fixture;
    HttpClient client(fixture.port());
    for (const std::string path : {"/", "/v1", "/v2/status", "/v1/status/", "/v1/lines//history",
                                   "/v1/lines/a/b/c", "/log/checkpoints"}) {
        INFO(path);
        CHECK(problem_code(client.get(path)) == "not_found");
    }
    const Reply posted = client.send("POST", "/v1/status", "x");
    CHECK(problem_code(posted) == "method_not_allowed");
    CHECK(posted.header("allow") == "GET, HEAD");
    const Reply got = client.get("/v1/submissions");
    CHECK(problem_code(got) == "method_not_allowed");
    CHECK(got.header("allow") == "POST");
    CHECK(problem_code(client.send("DELETE", "/v1/status")) == "method_not_allowed");
    CHECK(problem_code(client.send("BREW", "/v1/status")) == "method_not_allowed");
    CHECK(problem_code(client.post("/v1/submissions", "{}", "text/plain")) ==
          "unsupported_media_type");
    CHECK(problem_code(client.send("POST", "/v1/submissions", "{}")) == "unsupported_media_type");
    CHECK(problem_code(client.send("GET", "/v1/status", {}, {{"Accept", "text/html"}})) ==
          "not_acceptable");
    CHECK(client.send("GET", "/v1/status", {}, {{"Accept", "text/html, */*;q=0.1"}}).status == 200);
    CHECK(client.send("GET", "/metrics", {}, {{"Accept", "text/*"}}).status == 200);
}

// Goal: what is not HTTP gets a word and no hold on the server.
TEST_CASE("bytes that are not HTTP are refused and the connection closed") {
    ServerFixture fixture;
    for (const std::string text : {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET  /\r\n\r\n",
                                   "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                                   "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                   "GET http://else/ HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
        INFO(text);
        HttpClient client(fixture.port());
        client.write(text);
        CHECK(problem_code(client.read()) == "invalid_argument");
        CHECK(client.closed());
    }
    CHECK(fixture.get("/healthz").status == 200);
}

// Goal: a page whose name was made to point here cannot read the book (DNS rebinding).
TEST_CASE("a request for another server's name is misdirected") {
    ServerFixture fixture;
    const auto asked = [&](const std::string& host) {
        HttpClient client(fixture.port());
        client.write("GET /v1/status HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client.read();
    };
    for (const std::string host : {"localhost", "LocalHost:7101", "127.0.0.1", "127.0.0.1:80",
                                   "[::1]", "[::1]:7101", "book.example", "Book.Example:443"}) {
        INFO(host);
        CHECK(asked(host).status == 200);
    }
    for (const std::string host :
         {"evil.example", "evil.example:7101", "localhost.evil.example", "127.0.0.2", "[::2]",
          "a@localhost", "localhost@evil.example", "", "localhost,evil.example", "0.0.0.0",
          "book.example.", "127.0.0.1.nip.io", "other.book.example"}) {
        INFO(host);
        const Reply reply = asked(host);
        CHECK(reply.status == 421);
        CHECK(problem_code(reply) == "misdirected");
    }
    HttpClient old(fixture.port());
    old.write("GET /healthz HTTP/1.0\r\n\r\n");
    CHECK(old.read().status == 200);
}

// Goal: nobody in between can see other requests in the same bytes than the node does.
TEST_CASE("a header that could be read in two ways is refused and the connection closed") {
    ServerFixture fixture;
    const std::string post =
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\n";
    const std::string body = "\r\n2\r\n{}\r\n0\r\n\r\n";
    for (const std::string& text :
         {post + "Transfer-Encoding: gzip\r\n" + body,
          post + "Transfer-Encoding: xchunked\r\n" + body,
          post + "Transfer-Encoding: gzip, chunked\r\n" + body,
          post + "Transfer-Encoding: chunked, identity\r\n" + body,
          post + "Transfer-Encoding: chunked;q=1\r\n" + body,
          post + "Transfer-Encoding: \r\n" + body,
          post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" + body,
          post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + body,
          post + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
          post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n" + body,
          post + "Host: localhost\r\nContent-Length: 2\r\n\r\n{}",
          std::string("GET /healthz HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
          std::string("POST /v1/submissions HTTP/1.0\r\nTransfer-Encoding: chunked\r\n") + body,
          post + "Transfer-Encoding:\r\n chunked\r\n" + body,
          post + "Transfer-Encoding: chunked\r\n\t\r\n" + body,
          post + "X-Note: a\r\n Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
          post + "X-Note: a\r\n\tTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
          std::string("GET /healthz HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n"),
          std::string("GET /healthz HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n"),
          std::string("GET /healthz HTTP/1.0\r\nX-Note: a\r\n b\r\n\r\n"),
          post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
          post + "Content-Length: 2, 2\r\n\r\n{}",
          post + "Content-Length: 2,\r\n\r\n{}",
          post + "Content-Length: +2\r\n\r\n{}",
          post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Note: a\r\n\r\n",
          post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Note: a\r\n b\r\n\r\n",
          post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nHost: localhost\r\n\r\n",
          std::string("GET /healthz HTTP/1.1\r\n\r\n")}) {
        INFO(text);
        HttpClient client(fixture.port());
        client.write(text);
        CHECK(problem_code(client.read()) == "invalid_argument");
        CHECK(client.closed());
    }
    for (const std::string coding : {"chunked", "Chunked", "CHUNKED"}) {
        HttpClient client(fixture.port());
        client.write(post + "Transfer-Encoding: " + coding + "\r\n" + body);
        CHECK(text_at(object_of(client.read()), "detail") == "header: missing");
    }
}

// Goal: what is not said is no parameter; whole URLs as targets are for proxies, also of this node.
TEST_CASE("a target is a path with the parameters that it has") {
    ServerFixture fixture;
    CHECK(fixture.get("/v1/status?").status == 200);
    CHECK(problem_code(fixture.get("/v1/status?&")) == "invalid_argument");
    HttpClient client(fixture.port());
    client.write("GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(problem_code(client.read()) == "invalid_argument");
}

// Goal: whoever sends chunks that are none learns that it was his request.
TEST_CASE("a body whose chunks cannot be read is refused with an answer") {
    ServerFixture fixture;
    const std::string post =
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string body :
         {"zz\r\n{}\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n", "2\r\n{}xx0\r\n\r\n", "-2\r\n{}\r\n"}) {
        INFO(body);
        HttpClient client(fixture.port());
        client.write(post + body);
        CHECK(problem_code(client.read()) == "invalid_argument");
        CHECK(client.closed());
    }
    HttpClient client(fixture.port());
    client.write(post + "FFFFFFFFFFFFFFFF\r\n");
    CHECK(problem_code(client.read()) == "too_large");
}

// Goal: a misspelt parameter is no silent default, on any path.
TEST_CASE("every route refuses a query parameter that it does not know") {
    ServerFixture fixture;
    fixture.make_small_book();
    for (const node::http::Route& route : node::http::routes()) {
        std::string target(route.pattern);
        for (std::size_t open = target.find('{'); open != std::string::npos;
             open = target.find('{')) {
            target.replace(open, target.find('}') - open + 1, "1");
        }
        INFO(target);
        const std::string asked = target + "?nonsense=1";
        const Reply reply = route.method == node::http::HttpMethod::post ? fixture.post(asked, "{}")
                                                                         : fixture.get(asked);
        CHECK(problem_code(reply) == "invalid_argument");
        CHECK(text_at(object_of(reply), "detail") == "query parameter nonsense: not known here");
    }
}

// Goal: sizes are bounded before memory is spent on them.
TEST_CASE("headers and bodies beyond their bounds are refused") {
    testing::CastOptions small;
    small.submission_bytes_max = 30'000;
    small.transactions_max = 100;
    ServerFixture fixture({}, small);
    HttpClient client(fixture.port());
    const Reply header = client.send("GET", "/healthz", {}, {{"X-Long", std::string(20'000, 'x')}});
    CHECK(problem_code(header) == "header_too_large");
    CHECK(client.closed());

    const std::size_t bound = 30'000 / 3 * 4 + 100 * 8 + (64 << 10);
    const Reply fits = fixture.post("/v1/submissions", std::string(bound, ' '));
    CHECK(problem_code(fits) == "invalid_argument");
    const Reply body = fixture.post("/v1/submissions", std::string(bound + 1, ' '));
    CHECK(problem_code(body) == "too_large");
    CHECK(text_at(object_of(body), "detail").find(std::to_string(bound)) != std::string::npos);

    // Announced in chunks, so that only reading shows how long it is.
    HttpClient chunked(fixture.port());
    std::string text =
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 12; ++i) text += "2710\r\n" + std::string(10'000, ' ') + "\r\n";
    chunked.write(text + "0\r\n\r\n");
    CHECK(problem_code(chunked.read()) == "too_large");
    CHECK(chunked.closed());
}

// Goal: a client that is still sending when it is refused gets to read the refusal.
TEST_CASE("a refused body may go on arriving for a moment") {
    ServerFixture fixture;
    HttpClient client(fixture.port());
    client.write(
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 50000000\r\n\r\n");
    for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        client.write(std::string(50'000, ' '));
    }
    CHECK(problem_code(client.read()) == "too_large");
}

// Goal: a client that asks first, as curl does for large bodies, is told to go on.
TEST_CASE("a body announced with Expect is asked for") {
    ServerFixture fixture;
    HttpClient client(fixture.port());
    client.write(
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.read().status == 100);
    client.write("{}");
    CHECK(problem_code(client.read()) == "invalid_argument");
    // Too large: refused without asking for it.
    HttpClient large(fixture.port());
    large.write(
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
    CHECK(problem_code(large.read()) == "too_large");
}

// Goal: Accept as RFC 9110 has it.
TEST_CASE("accept headers are matched by their closest range") {
    CHECK(node::http::accepts("", "application/json"));
    CHECK(node::http::accepts("*/*", "application/json"));
    CHECK(node::http::accepts("Application/JSON", "application/json"));
    CHECK(node::http::accepts("text/*", "text/plain; charset=utf-8"));
    CHECK(node::http::accepts("text/html, application/json;q=0.5", "application/json"));
    CHECK_FALSE(node::http::accepts("text/html", "application/json"));
    CHECK_FALSE(node::http::accepts("application/json;q=0", "application/json"));
    CHECK_FALSE(node::http::accepts("application/json; Q=0.000, */*", "application/json"));
    CHECK_FALSE(node::http::accepts("application/jso", "application/json"));
    CHECK(node::http::accepts("*/*;q=0, application/json", "application/json"));
}

// Goal: the table and the documentation do not drift apart.
TEST_CASE("every route is in the route table once") {
    std::vector<std::string_view> patterns;
    for (const node::http::Route& route : node::http::routes()) patterns.push_back(route.pattern);
    std::sort(patterns.begin(), patterns.end());
    CHECK(std::adjacent_find(patterns.begin(), patterns.end()) == patterns.end());
}
