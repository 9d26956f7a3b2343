#include "node/peer/inbox.h"

#include <atomic>
#include <thread>

#include "consensus/errc.h"
#include "test_node.h"
#include "tests/support/catch.h"

namespace tally::node::peer::test {

using consensus::NodeId;

TEST_CASE("a closed inbox hands over nothing") {
    // Goal: what still comes in while sockets are being closed reaches nobody.
    int handled = 0;
    PeerHandlers handlers;
    handlers.message = [&](const consensus::Message&) { ++handled; };
    Inbox inbox(NodeId(1), handlers);
    CHECK(inbox.deliver(NodeId(2), heartbeat(2, 1, 1)).has_value());
    CHECK(handled == 1);
    inbox.close();
    CHECK(inbox.deliver(NodeId(2), heartbeat(2, 1, 2)).has_value());
    CHECK(handled == 1);
}

TEST_CASE("closing an inbox waits for the handler that runs") {
    // Goal: after stop, what a handler uses may be destroyed.
    std::atomic<bool> entered{false};
    std::atomic<bool> leave{false};
    std::atomic<bool> left{false};
    PeerHandlers handlers;
    handlers.message = [&](const consensus::Message&) {
        entered = true;
        eventually([&] { return leave.load(); });
        left = true;
    };
    Inbox inbox(NodeId(1), handlers);
    std::thread network([&] { (void)inbox.deliver(NodeId(2), heartbeat(2, 1, 1)); });
    eventually([&] { return entered.load(); });
    std::atomic<bool> waited{false};
    std::thread closer([&] {
        inbox.close();
        waited = left.load();
    });
    leave = true;
    network.join();
    closer.join();
    CHECK(waited);
}

TEST_CASE("an inbox without a handler for a kind ignores it, and refuses what has no place") {
    // Goal: a part that does not want signatures need not say so; a greeting is never a message.
    Inbox inbox(NodeId(1), {});
    CHECK(inbox.deliver(NodeId(2), heartbeat(2, 1, 1)).has_value());
    CHECK(inbox.deliver(NodeId(2), CheckpointSignatures{}).has_value());
    CHECK(inbox.deliver(NodeId(2), BlocksWanted{}).has_value());
    CHECK(inbox.deliver(NodeId(2), BlocksGiven{}).has_value());
    CHECK(inbox.deliver(NodeId(2), ForwardRequest{}).has_value());
    CHECK(inbox.deliver(NodeId(2), ForwardReply{}).has_value());
    for (const Envelope& envelope : {Envelope(Hello{}), Envelope(Ping{}), Envelope(Pong{}),
                                     Envelope(heartbeat(3, 1, 1)), Envelope(heartbeat(2, 2, 1))}) {
        const Status delivered = inbox.deliver(NodeId(2), envelope);
        REQUIRE_FALSE(delivered.has_value());
        CHECK(delivered.error().code == consensus::errc::bad_message);
    }
}

}  // namespace tally::node::peer::test
