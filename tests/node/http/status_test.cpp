#include "node/http/status.h"

#include "base/hex.h"
#include "node/evidence_json.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/root_notes.h"

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
    CHECK(text_at(status, "started") == "9999-12-31T00:00:00.000Z");
    CHECK(number_at(status, "rules_version") == ledger::kRulesVersion);
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
    CHECK(lost.find("node-2 (127.0.0.1:7202) since 9999-12-31T00:00:00.000Z") != std::string::npos);
    CHECK(lost.find("node-3 (127.0.0.1:7203) since 9999-12-31T00:00:00.000Z: connection refused") !=
          std::string::npos);
    CHECK(lost.find("Start these nodes") != std::string::npos);

    status.peers[0].reachable = status.peers[1].reachable = true;
    CHECK(node::http::advice_of(status).find("No leader is known") != std::string::npos);

    status.diverged = "block 7 differs";
    const std::string two = node::http::advice_of(status);
    CHECK(two.find("Two histories: block 7 differs") == 0);
    CHECK(two.find("tallystick evidence") != std::string::npos);
    CHECK(two.find("No leader is known") == std::string::npos);
    status.diverged.clear();

    status.soft.leader = consensus::NodeId(2);
    status.read_only = "storage_full";
    CHECK(node::http::advice_of(status).find("Make room on the disk") != std::string::npos);
    status.halted = "block 7: state digest differs";
    const std::string halted = node::http::advice_of(status);
    CHECK(halted.find("Halted: block 7: state digest differs") == 0);
    CHECK(halted.find("Read only: storage_full") != std::string::npos);
}

// Goal: a disk that rots is told with how far it is put right, and whether it is looked at at all.
TEST_CASE("status, metrics and advice count damaged and mended blocks") {
    ServerFixture fixture;
    CHECK(object_of(fixture.get("/v1/status")).at("scrub").as_object().at("ended").is_null());
    fixture.service().change_status([](node::NodeStatus& status) {
        status.unreadable = "block 7: payload_hash";
        status.scrub = {true, 5, 12, consensus::Millis(1'700'000'000'000), 3, 2};
    });
    const auto status = object_of(fixture.get("/v1/status"));
    const auto scrub = status.at("scrub").as_object();
    CHECK(scrub.at("on").as_bool());
    CHECK(number_at(scrub, "block") == 5);
    CHECK(number_at(scrub, "until") == 12);
    CHECK(text_at(scrub, "ended") == "2023-11-14T22:13:20.000Z");
    CHECK(number_at(scrub, "damaged") == 3);
    CHECK(number_at(scrub, "mended") == 2);
    const std::string advice = text_at(status, "advice");
    CHECK(advice.find("A stored block cannot be read: block 7: payload_hash (damaged: 3, mended "
                      "since the start: 2)") == 0);
    CHECK(advice.find("mends it by itself") != std::string::npos);
    const std::string metrics = fixture.get("/metrics").body;
    for (const std::string line :
         {"tallystick_damaged_blocks 3", "tallystick_mended_blocks_total 2",
          "tallystick_scrub_block 5", "tallystick_scrub_ended_seconds 1700000000"}) {
        INFO(line << "\n" << metrics);
        CHECK(metrics.find(line) != std::string::npos);
    }
}

// Goal: a seal that finds no majority, and whoever signed otherwise, are named; a moment's wait is
// not.
TEST_CASE("advice says what is not certified, and against whom there is evidence") {
    ServerFixture fixture;
    node::NodeStatus status = fixture.service().status();
    status.certified_size = 40;
    status.uncertified = node::Uncertified{48, std::chrono::seconds(2), {"node-2"}, {}};
    CHECK(node::http::advice_of(status).empty());
    status.uncertified->waiting = std::chrono::seconds(12);
    status.uncertified->differing = {"node-3"};
    const std::string waits = node::http::advice_of(status);
    CHECK(waits.find("Not certified since 12 s: entries from 40 to 47") == 0);
    CHECK(waits.find("Signatures of node-2 lack") != std::string::npos);
    CHECK(waits.find("Another root was signed by node-3") != std::string::npos);
    status.uncertified.reset();
    status.accused = {{consensus::NodeId(3), "node-3", node::Charge::signed_two_roots, 2}};
    CHECK(node::http::advice_of(status).find(
              "Evidence is kept: node node-3 signed two roots of one size.") == 0);
    fixture.service().change_status([&](node::NodeStatus& now) { now = status; });
    const auto shown = object_of(fixture.get("/v1/status"));
    CHECK(shown.at("uncertified").is_null());
    const auto& accused = shown.at("accused").as_array();
    REQUIRE(accused.size() == 1);
    CHECK(text_at(accused[0].as_object(), "charge") == "signed_two_roots");
    CHECK(fixture.get("/metrics")
              .body.find(
                  "tallystick_evidence_records{node=\"node-3\",charge=\"signed_two_roots\"} 2") !=
          std::string::npos);
}

// Goal: who counts in no quorum says why, how far it is, and that nothing is to be done; or what
// is.
TEST_CASE("advice says that a node recovers, and of which others") {
    ServerFixture fixture;
    node::NodeStatus status = fixture.service().status();
    status.soft.recovering = true;
    status.recovering = node::RecoveringStatus{"its folder is a copy", 7, 9};
    const std::string near = node::http::advice_of(status);
    CHECK(near.find("Recovering: its folder is a copy. ") == 0);
    CHECK(near.find("It has block 7 of 9") != std::string::npos);
    CHECK(near.find("goes on by itself") != std::string::npos);
    status.recovering->until = 0;
    status.soft.leader = consensus::kNobody;
    const std::string alone = node::http::advice_of(status);
    CHECK(alone.find("`tallystick network recover`") != std::string::npos);
    CHECK(alone.find("No leader is known") == std::string::npos);
    node::RecoveryManifest manifest;
    manifest.nodes = {1, 2};
    manifest.index = consensus::Index(5);
    status.recovery = manifest;
    fixture.service().change_status([&](node::NodeStatus& now) { now = status; });
    const auto shown = object_of(fixture.get("/v1/status"));
    CHECK(text_at(shown.at("recovering").as_object(), "reason") == "its folder is a copy");
    CHECK(number_at(shown.at("recovery").as_object(), "block") == 5);
    CHECK(fixture.get("/metrics").body.find("tallystick_recovering 1") != std::string::npos);
    status.recovering.reset();
    status.soft.leader = consensus::NodeId(1);
    status.peers[0].recovering = true;
    status.peers[0].forgotten = 3;
    CHECK(node::http::advice_of(status).find("node-2 recovers: ") == 0);
}

// Goal: what is kept travels as it is, for others to verify.
TEST_CASE("evidence is served as a document that verifies") {
    ServerFixture fixture;
    const auto empty = node::decode_evidence_document(fixture.get("/v1/evidence").body);
    REQUIRE(empty);
    CHECK(empty->network == fixture.cast().network());
    CHECK(empty->records.empty());
    const storage::Evidence kept{
        consensus::Millis(5),
        storage::RootConflict{2,
                              10,
                              {testing::root_note(fixture.cast(), 10, "one", {1, 2, 3}),
                               testing::root_note(fixture.cast(), 10, "two", {2})}}};
    REQUIRE(fixture.service().block_store().keep_evidence(kept));
    const auto served = node::decode_evidence_document(fixture.get("/v1/evidence").body);
    REQUIRE(served);
    REQUIRE(served->records.size() == 1);
    CHECK(storage::encode_evidence(served->records[0]) == storage::encode_evidence(kept));
    const auto verdict = storage::judge(served->records[0], fixture.cast().genesis());
    REQUIRE(verdict);
    CHECK(verdict->equivocated == std::vector<std::uint32_t>{2});
    CHECK(fixture.get("/v1/evidence?x=1").status == 400);
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
