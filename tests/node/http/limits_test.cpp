#include <chrono>
#include <list>
#include <thread>

#include "api/ids.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using namespace std::chrono_literals;
using testing::id_of;

namespace {

std::string grant_body(ServerFixture& fixture, std::uint64_t line) {
    const auto transaction = fixture.drafts().grant(id_of<ledger::LineId>(line),
                                                    id_of<ledger::BorrowerId>(line), 500'000);
    return json_body(fixture.cast().sign(std::vector{transaction}, {&fixture.cast().originator()}));
}

void send_submission(HttpClient& client, const std::string& body) {
    client.write(
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
}

}  // namespace

// Goal: the bound on connections answers, and lets in again when one ends.
TEST_CASE("a connection too many is turned away") {
    node::http::HttpLimits limits;
    limits.connections_max = 3;
    limits.idle_spared = 1h;
    ServerFixture fixture(limits);
    std::list<HttpClient> open;
    for (int i = 0; i < 3; ++i)
        CHECK(open.emplace_back(fixture.port()).get("/healthz").status == 200);
    HttpClient refused(fixture.port());
    CHECK(problem_code(refused.read()) == "overloaded");
    CHECK(refused.closed());
    CHECK(open.front().get("/healthz").status == 200);
    open.pop_front();
    unsigned status = 0;
    for (int i = 0; i < 100 && status != 200; ++i) {
        std::this_thread::sleep_for(10ms);
        try {
            status = fixture.get("/healthz").status;
        } catch (const std::exception&) {
            // Turned away while it was writing.
        }
    }
    CHECK(status == 200);
    const std::string metrics = open.front().get("/metrics").body;
    CHECK(metrics.find("tallystick_http_turned_away_total") != std::string::npos);
}

// Goal: who connects and says nothing does not keep out those who do.
TEST_CASE("the connection that is idle for longest makes room for one too many") {
    node::http::HttpLimits limits;
    limits.connections_max = 3;
    limits.idle_spared = 0ms;
    ServerFixture fixture(limits);
    HttpClient silent(fixture.port());
    HttpClient first(fixture.port());
    HttpClient second(fixture.port());
    CHECK(first.get("/healthz").status == 200);
    CHECK(second.get("/healthz").status == 200);
    HttpClient third(fixture.port());
    CHECK(third.get("/healthz").status == 200);
    CHECK(silent.closed());
    CHECK(second.get("/healthz").status == 200);
    HttpClient fourth(fixture.port());
    CHECK(fourth.get("/healthz").status == 200);
    CHECK(first.closed());
    CHECK(second.get("/healthz").status == 200);
}

// Goal: a request under way is no idle connection; and everybody turned away is told, however many.
TEST_CASE("all connections too many are answered when all others are at work") {
    node::http::HttpLimits limits;
    limits.connections_max = 3;
    limits.turned_away_max = 1;
    limits.idle_spared = 0ms;
    ServerFixture fixture(limits);
    fixture.service().hold_reads(true);
    std::list<HttpClient> busy;
    for (int i = 0; i < 3; ++i) {
        busy.emplace_back(fixture.port())
            .write("GET /v1/entries/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    REQUIRE(fixture.service().wait_held(3));
    std::list<HttpClient> refused;
    for (int i = 0; i < 10; ++i) refused.emplace_back(fixture.port());
    for (HttpClient& client : refused) {
        const Reply reply = client.read();
        CHECK(problem_code(reply) == "overloaded");
        CHECK(reply.header("retry-after") == "1");
        CHECK(client.closed());
    }
    fixture.service().release();
    for (HttpClient& client : busy) CHECK(problem_code(client.read()) == "not_found");
}

// Goal: what waits for an answer is bounded and what is refused was not done.
TEST_CASE("a pending request too many is overloaded") {
    node::http::HttpLimits limits;
    limits.pending_max = 2;
    ServerFixture fixture(limits);
    fixture.service().hold_reads(true);
    HttpClient first(fixture.port());
    HttpClient second(fixture.port());
    for (HttpClient* client : {&first, &second}) {
        client->write("GET /v1/entries/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    REQUIRE(fixture.service().wait_held(2));
    const Reply reply = fixture.get("/healthz");
    CHECK(problem_code(reply) == "overloaded");
    CHECK(reply.header("retry-after") == "1");
    fixture.service().release();
    CHECK(problem_code(first.read()) == "not_found");
    CHECK(problem_code(second.read()) == "not_found");
    CHECK(fixture.get("/healthz").status == 200);
}

// Goal: the queue of reads is bounded.
TEST_CASE("reads beyond the queue are overloaded") {
    node::http::HttpLimits limits;
    limits.read_threads = 1;
    limits.reads_queued_max = 1;
    ServerFixture fixture(limits);
    fixture.open_book(1);
    fixture.service().block_store().damage(1);  // so that every answer is a problem
    fixture.service().hold_reads(true);
    std::list<HttpClient> clients;
    for (int i = 0; i < 40; ++i) {
        clients.emplace_back(fixture.port())
            .write("GET /v1/entries/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    REQUIRE(fixture.service().wait_held(40));
    // The one reader is stuck while the others come, however fast it is.
    fixture.service().block_store().close();
    fixture.service().release();
    fixture.service().block_store().open();
    std::size_t overloaded = 0;
    for (HttpClient& client : clients) {
        overloaded += problem_code(client.read()) == "overloaded" ? 1u : 0u;
    }
    CHECK(overloaded > 0);
    CHECK(overloaded < 40);
}

// Goal: bodies together are bounded in bytes, and the bound is given back.
TEST_CASE("bodies beyond the bytes for all are overloaded") {
    node::http::HttpLimits limits;
    limits.body_bytes_max = 10'000;
    ServerFixture fixture(limits);
    HttpClient slow(fixture.port());
    slow.write(
        "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 9000\r\n\r\n");
    std::this_thread::sleep_for(50ms);
    CHECK(problem_code(fixture.post("/v1/submissions", std::string(2000, ' '))) == "overloaded");
    CHECK(problem_code(fixture.post("/v1/submissions", std::string(900, ' '))) ==
          "invalid_argument");
    slow.write(std::string(9000, ' '));
    CHECK(problem_code(slow.read()) == "invalid_argument");
    CHECK(problem_code(fixture.post("/v1/submissions", std::string(2000, ' '))) ==
          "invalid_argument");
}

// Goal: who asks for much and does not read it fills no memory.
TEST_CASE("answers beyond the bytes for all are overloaded, small ones are not") {
    node::http::HttpLimits limits;
    limits.answer_bytes_max = 500;
    limits.small_answer_bytes = 100;
    ServerFixture fixture(limits);
    fixture.open_book(3);
    const std::string path = "/v1/members/" + api::id_text(fixture.cast().servicer().id);
    CHECK(fixture.get("/healthz").status == 200);
    const Reply refused = fixture.get(path + "/history");
    CHECK(refused.status == 503);
    CHECK(problem_code(refused) == "overloaded");
    CHECK(fixture.get("/healthz").status == 200);
    ServerFixture roomy;
    roomy.open_book(3);
    CHECK(roomy.get(path + "/history").body.size() > 500);
}

// Goal: a client that says nothing, or never ends what it says, is let go.
TEST_CASE("idle and slow connections are closed") {
    node::http::HttpLimits limits;
    limits.idle_timeout = 50ms;
    limits.header_timeout = 50ms;
    limits.body_timeout = 50ms;
    ServerFixture fixture(limits);
    for (const std::string text :
         {"", "GET /healthz HT",
          "POST /v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab"}) {
        HttpClient client(fixture.port());
        if (!text.empty()) client.write(text);
        CHECK(client.closed());
    }
}

// Goal: a service that never answers does not hold a client for ever.
TEST_CASE("a request without an answer in time is given up") {
    node::http::HttpLimits limits;
    limits.answer_timeout = 50ms;
    ServerFixture fixture(limits);
    fixture.service().hold_reads(true);
    CHECK(problem_code(fixture.get("/v1/entries/0")) == "not_ready");
    fixture.service().hold_submits(true);
    CHECK(problem_code(fixture.post("/v1/submissions", grant_body(fixture, 1))) ==
          "outcome_unknown");
    fixture.service().release();  // late answers go nowhere
    CHECK(fixture.get("/healthz").status == 200);
}

// Goal: a read that the service lets fall is answered as a fault of ours.
TEST_CASE("a read that the service drops is answered internal_error") {
    ServerFixture fixture;
    fixture.service().hold_reads(true);
    HttpClient client(fixture.port());
    client.write("GET /v1/entries/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(fixture.service().wait_held(1));
    fixture.service().drop_held();
    const Reply reply = client.read();
    CHECK(reply.status == 500);
    CHECK(problem_code(reply) == "internal_error");
    fixture.service().hold_reads(false);
    CHECK(client.get("/v1/entries/0").status == 404);
}

// Goal: a pending request ends within the grace, idle connections at once, and new ones not at all.
TEST_CASE("stop lets a pending request end") {
    ServerFixture fixture;
    fixture.service().hold_submits(true);
    HttpClient idle(fixture.port());
    CHECK(idle.get("/readyz").status == 200);
    HttpClient pending(fixture.port());
    send_submission(pending, grant_body(fixture, 1));
    REQUIRE(fixture.service().wait_held(1));
    std::thread stopping([&] { fixture.server().stop(10s); });
    CHECK(idle.closed());
    CHECK_THROWS(HttpClient(fixture.port()).get("/healthz"));
    fixture.service().release();
    const Reply reply = pending.read();
    CHECK(reply.status == 200);
    CHECK(reply.header("connection") == "close");
    CHECK(pending.closed());
    const auto began = std::chrono::steady_clock::now();
    stopping.join();
    CHECK(std::chrono::steady_clock::now() - began < 5s);
}

// Goal: after the grace the client is told the truth about what may have happened.
TEST_CASE("stop gives up what is pending after the grace") {
    ServerFixture fixture;
    fixture.service().hold_submits(true);
    fixture.service().hold_reads(true);
    HttpClient submission(fixture.port());
    send_submission(submission, grant_body(fixture, 1));
    HttpClient read(fixture.port());
    read.write("GET /v1/entries/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    HttpClient half(fixture.port());
    half.write("GET /v1/ent");
    REQUIRE(fixture.service().wait_held(2));
    fixture.server().stop(50ms);
    const Reply unknown = submission.read();
    CHECK(problem_code(unknown) == "outcome_unknown");
    CHECK(object_of(unknown).at("ids").as_array().size() == 1);
    CHECK(problem_code(read.read()) == "shutting_down");
    CHECK(half.closed());
    fixture.service().release();  // answers after the end go nowhere
}

// Goal: the node says on its kept connections that it is ending.
TEST_CASE("readyz and submissions say that the node is ending") {
    ServerFixture fixture;
    fixture.service().hold_reads(true);
    HttpClient client(fixture.port());
    // Three at once: the first holds the connection until the stop has begun.
    client.write(
        "GET /v1/entries/0 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /readyz HTTP/1.1\r\nHost: "
        "localhost\r\n\r\n");
    REQUIRE(fixture.service().wait_held(1));
    std::thread stopping([&] { fixture.server().stop(10s); });
    std::this_thread::sleep_for(50ms);
    fixture.service().release();
    CHECK(problem_code(client.read()) == "not_found");
    CHECK(client.closed());  // what was not begun is not done
    stopping.join();
}
