#include "node/http/exchange.h"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "api/errc.h"
#include "node/http/gate.h"
#include "node/http/query.h"
#include "node/http/work_pool.h"
#include "tests/support/catch.h"

using namespace tally;
using node::http::Exchange;
using node::http::HttpResponse;

// Goal: whatever happens to a request, it is answered once.
TEST_CASE("an exchange is answered exactly once") {
    std::vector<unsigned> statuses;
    const auto deliver = [&](HttpResponse response) { statuses.push_back(response.status); };
    {
        Exchange exchange({}, deliver);
        exchange.answer(node::http::text_response("ok"));
        exchange.answer(node::http::text_response("again"));
        exchange.refuse(fail(api::errc::not_found, "late"));
        exchange.abandon("shutting_down", "late");
    }
    CHECK(statuses == std::vector<unsigned>{200});
    { const Exchange dropped({}, deliver); }
    CHECK(statuses == std::vector<unsigned>{200, 500});
    {
        Exchange passed_on({}, deliver);
        passed_on.passed_on({});
    }
    CHECK(statuses == std::vector<unsigned>{200, 500, 503});
}

// Goal: two threads that answer at once make one answer.
TEST_CASE("racing answers make one") {
    for (int round = 0; round < 200; ++round) {
        std::atomic<int> delivered = 0;
        Exchange exchange({}, [&](HttpResponse) { ++delivered; });
        std::thread other([&] { exchange.abandon("not_ready", "late"); });
        exchange.answer(node::http::text_response("ok"));
        other.join();
        REQUIRE(delivered == 1);
    }
}

// Goal: the pool takes what it has room for and no more, and nothing after its end.
TEST_CASE("a work pool is bounded and ends") {
    node::http::WorkPool pool(1, 2);
    std::promise<void> started;
    std::promise<void> go_on;
    std::atomic<int> done = 0;
    REQUIRE(pool.post([&] {
        started.set_value();
        go_on.get_future().wait();
        ++done;
    }));
    started.get_future().wait();
    CHECK(pool.post([&] { ++done; }));
    CHECK(pool.post([&] { ++done; }));
    CHECK_FALSE(pool.post([&] { ++done; }));
    CHECK(pool.queued() == 2);
    std::thread stopping([&] { pool.stop(); });
    while (pool.queued() != 0) std::this_thread::yield();
    go_on.set_value();
    stopping.join();
    CHECK(done == 1);  // what ran has ended, what waited was dropped
    CHECK_FALSE(pool.post([&] { ++done; }));
}

// Goal: a read that throws costs its request, not the pool.
TEST_CASE("a work pool survives a job that throws") {
    node::http::WorkPool pool(1, 8);
    std::promise<void> after;
    REQUIRE(pool.post([] { throw std::runtime_error("a test"); }));
    REQUIRE(pool.post([&] { after.set_value(); }));
    CHECK(after.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}

// Goal: nothing reaches a network thread that has gone.
TEST_CASE("a closed gate drops what comes") {
    int posted = 0;
    node::http::Gate gate([&](std::function<void()> work) {
        ++posted;
        work();
    });
    int ran = 0;
    gate.post([&] { ++ran; });
    gate.close();
    gate.post([&] { ++ran; });
    CHECK(posted == 1);
    CHECK(ran == 1);
}

// Goal: numbers have one spelling.
TEST_CASE("numbers are plain decimals that fit") {
    CHECK(node::http::parse_number("0") == 0u);
    CHECK(node::http::parse_number("18446744073709551615") == ~std::uint64_t{0});
    for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1.0", "0x1", "1e3",
                             "18446744073709551616", "99999999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(node::http::parse_number(text));
    }
}
