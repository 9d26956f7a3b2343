#include "node/driver/reads.h"

#include "api/errc.h"
#include "tests/support/catch.h"

namespace tally::node::driver {
namespace {

using consensus::Index;

Clock::time_point at(int milliseconds) {
    return Clock::time_point(std::chrono::milliseconds(milliseconds));
}
ReadOptions wanting(std::uint64_t min_index, bool confirm = true) {
    ReadOptions options;
    options.confirm = confirm;
    options.min_index = min_index;
    return options;
}

TEST_CASE("a confirmed read waits for its quorum and then for its index") {
    // Goal: an answer shows all that was committed before the question.
    Reads reads;
    reads.add(1, wanting(0), at(100), at(500));
    const auto context = reads.begin_round();
    REQUIRE(context);
    CHECK(reads.settle(at(10), Index(9)).empty());
    reads.on_read_state({*context, true, Index(7)});
    CHECK(reads.settle(at(10), Index(6)).empty());
    const auto answers = reads.settle(at(10), Index(7));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].ticket == 1);
    CHECK(answers[0].status);
    CHECK_FALSE(answers[0].stale);
}

TEST_CASE("a read that comes after a round was asked needs a round of its own") {
    // Goal: a confirmation speaks of what was asked before it, never of a later question.
    Reads reads;
    reads.add(1, wanting(0), at(100), at(500));
    const auto first = reads.begin_round();
    reads.add(2, wanting(0), at(100), at(500));
    REQUIRE(first);
    reads.on_read_state({*first, true, Index(1)});
    const auto answers = reads.settle(at(10), Index(5));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].ticket == 1);
    const auto second = reads.begin_round();
    REQUIRE(second);
    CHECK(*second != *first);
    CHECK_FALSE(reads.begin_round());
}

TEST_CASE("without a quorum a read is stale, and says so") {
    // Goal: refused, unanswered or not granted: an answer, marked, within its patience.
    Reads reads;
    reads.add(1, wanting(0), at(100), at(500));
    reads.on_refused(*reads.begin_round());
    reads.add(2, wanting(0), at(100), at(500));
    const auto context = reads.begin_round();
    auto answers = reads.settle(at(99), Index(3));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].ticket == 1);
    CHECK(answers[0].stale);
    answers = reads.settle(at(100), Index(3));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].stale);
    // The confirmation that comes after all is nobody's.
    reads.on_read_state({*context, true, Index(3)});
    CHECK(reads.settle(at(101), Index(9)).empty());
}

TEST_CASE("a read that wants an index waits for it, and fails when its time is over") {
    // Goal: read-your-writes on any node, or a clear no.
    Reads reads;
    reads.add(1, wanting(5, false), at(100), at(500));
    reads.add(2, wanting(9, false), at(100), at(500));
    CHECK_FALSE(reads.begin_round());
    CHECK(reads.settle(at(10), Index(4)).empty());
    auto answers = reads.settle(at(10), Index(5));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].ticket == 1);
    CHECK_FALSE(answers[0].stale);
    answers = reads.settle(at(500), Index(5));
    REQUIRE(answers.size() == 1);
    REQUIRE_FALSE(answers[0].status);
    CHECK(answers[0].status.error().code == api::errc::not_ready);
}

TEST_CASE("an end answers every read") {
    // Goal: no callback is lost, whichever gate its read waits at.
    Reads reads;
    reads.add(1, wanting(99, false), at(100), at(500));
    reads.add(2, wanting(0), at(100), at(500));
    (void)reads.begin_round();
    reads.add(3, wanting(0), at(100), at(500));
    const auto answers = reads.fail_all(fail(api::errc::shutting_down, "bye"));
    CHECK(answers.size() == 3);
    CHECK(reads.settle(at(1000), Index(100)).empty());
}

}  // namespace
}  // namespace tally::node::driver
