#include "node/http/status.h"

#include "base/hex.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;

// Goal: the document that operators and the command line read has every field, at one applied
// point.
TEST_CASE("status shows the node, its log and its peers") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto stored = fixture.service().seal();
    const auto status = object_of(fixture.get("/v1/status"));
    CHECK(number_at(status, "id") == 1);
    CHECK(text_at(status, "name") == "node-1");
    CHECK(text_at(status, "network") == to_hex(fixture.cast().network().view()));
    CHECK(text_at(status, "origin") == fixture.cast().genesis().origin());
    CHECK(text_at(status, "role") == "leader");
    CHECK(text_at(status, "leader") == "node-1");
    CHECK(number_at(status, "term") == 3);
    CHECK(number_at(status, "commit") == kSmallBookBlocks + 1);
    CHECK(number_at(status, "last_index") == kSmallBookBlocks + 1);
    CHECK(number_at(status, "applied_index") == kSmallBookBlocks + 1);
    CHECK(number_at(status, "log_size") == kSmallBookLeaves + 1);
    CHECK(number_at(status, "certified_size") == stored.size);
    const auto applied = fixture.service().status().applied;
    CHECK(text_at(status, "tip_hash") == to_hex(applied.block_hash.view()));
    CHECK(text_at(status, "state_hash") == to_hex(applied.head.state_digest.view()));
    CHECK(text_at(status, "log_root") == to_hex(applied.frontier.root().view()));
    CHECK(status.at("ready").as_bool());
    CHECK(text_at(status, "read_only").empty());
    CHECK(text_at(status, "halted").empty());
    CHECK(number_at(status, "free_bytes") == 1'000'000);
    CHECK(text_at(status, "started") == "2023-11-14T22:13:20.000Z");
    CHECK(number_at(status, "rules_version") == 2);
    CHECK(text_at(status, "advice").empty());
    const auto& peers = status.at("peers").as_array();
    REQUIRE(peers.size() == 2);
    CHECK(text_at(peers[1].as_object(), "address") == "127.0.0.1:7203");
    CHECK(peers[1].as_object().at("match").is_null());
}

// Goal: advice names what is wrong, since when, and what to do; and is silent when nothing is.
TEST_CASE("advice says who is missing and what to do") {
    ServerFixture fixture;
    node::NodeStatus status = fixture.service().status();
    CHECK(node::http::advice_of(status).empty());

    status.peers[0].reachable = false;
    CHECK(node::http::advice_of(status).empty());  // two of three are a quorum

    status.peers[1].reachable = false;
    status.peers[1].last_error = "connection refused";
    status.soft.leader = consensus::kNobody;
    const std::string lost = node::http::advice_of(status);
    CHECK(lost.find("No quorum: 1 of 3 nodes reachable, 2 needed") != std::string::npos);
    CHECK(lost.find("node-2 (127.0.0.1:7202) since 2023-11-14T22:13:20.000Z") != std::string::npos);
    CHECK(lost.find("node-3 (127.0.0.1:7203) since 2023-11-14T22:13:20.000Z: connection refused") !=
          std::string::npos);
    CHECK(lost.find("Start these nodes") != std::string::npos);

    status.peers[0].reachable = status.peers[1].reachable = true;
    CHECK(node::http::advice_of(status).find("No leader is known") != std::string::npos);

    status.soft.leader = consensus::NodeId(2);
    status.read_only = "storage_full";
    CHECK(node::http::advice_of(status).find("Make room on the disk") != std::string::npos);
    status.halted = "block 7: state digest differs";
    const std::string halted = node::http::advice_of(status);
    CHECK(halted.find("Halted: block 7: state digest differs") == 0);
    CHECK(halted.find("Read only: storage_full") != std::string::npos);
}

// Goal: probes tell alive from able to serve.
TEST_CASE("healthz and readyz follow the node") {
    ServerFixture fixture;
    CHECK(fixture.get("/healthz").body == "ok\n");
    CHECK(fixture.get("/readyz").body == "ok\n");
    fixture.service().change_status([](node::NodeStatus& status) {
        status.ready = false;
        status.peers[0].reachable = status.peers[1].reachable = false;
    });
    CHECK(fixture.get("/healthz").status == 200);
    const Reply not_ready = fixture.get("/readyz");
    CHECK(problem_code(not_ready) == "not_ready");
    CHECK(text_at(object_of(not_ready), "detail").find("node-2") != std::string::npos);
    fixture.service().change_status([](node::NodeStatus& status) { status.halted = "block 3"; });
    CHECK(problem_code(fixture.get("/healthz")) == "halted");
    CHECK(problem_code(fixture.get("/readyz")) == "halted");
}

// Goal: the figures of the node and of the API, by route pattern and never by path.
TEST_CASE("metrics count requests by route and show the node's figures") {
    ServerFixture fixture;
    fixture.make_small_book();
    fixture.get("/v1/lines/" + line_id(1));
    fixture.get("/v1/lines/" + line_id(2));
    fixture.get("/nothing/here");
    const Reply reply = fixture.get("/metrics");
    CHECK(reply.status == 200);
    CHECK(reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
    for (const std::string line :
         {"tallystick_http_requests_total{route=\"/v1/lines/{id}\",status=\"200\"} 1",
          "tallystick_http_requests_total{route=\"/v1/lines/{id}\",status=\"404\"} 1",
          "tallystick_http_requests_total{route=\"none\",status=\"404\"} 1",
          "tallystick_http_request_seconds_count{route=\"/v1/lines/{id}\",status=\"2xx\"} 1",
          "tallystick_blocks_applied_total 6", "tallystick_submissions_total 6",
          "tallystick_applied_index 6", "tallystick_log_size 17", "tallystick_leader 1",
          "tallystick_peer_reachable{peer=\"node-3\"} 1", "# TYPE tallystick_term gauge",
          "tallystick_transactions_total{outcome=\"refused\"} 0"}) {
        INFO(line << "\n" << reply.body);
        CHECK(reply.body.find(line) != std::string::npos);
    }
}
