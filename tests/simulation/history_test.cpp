// The judge of histories, judged: what it must let pass, and what it must not.

#include "tests/simulation/history.h"
#include "tests/support/catch.h"

namespace tally::simulation {
namespace {

Operation write(std::uint64_t number, std::uint64_t called, std::uint64_t returned) {
    Operation operation;
    operation.writes = true;
    operation.number = number;
    operation.called = called;
    operation.returned = returned;
    return operation;
}

Operation read(std::initializer_list<std::uint64_t> seen, std::uint64_t called,
               std::uint64_t returned) {
    Operation operation;
    for (const std::uint64_t number : seen) operation.seen.append(number);
    operation.called = called;
    operation.returned = returned;
    return operation;
}

Linearizable judge(const std::vector<Operation>& operations) {
    return check_log(operations, 100'000);
}

}  // namespace

TEST_CASE("a history with an order for all of it is linearizable") {
    CHECK(judge({}) == Linearizable::yes);
    CHECK(judge({write(1, 1, 2), read({1}, 3, 4)}) == Linearizable::yes);
    // Two at once: either order, as long as all readers agree.
    CHECK(judge({write(1, 1, 9), write(2, 2, 8), read({2}, 3, 4), read({2, 1}, 5, 6)}) ==
          Linearizable::yes);
    // Nobody knows whether it happened: it may come late, or never.
    CHECK(judge({write(1, 1, Operation::kNever), read({}, 2, 3), read({1}, 4, 5)}) ==
          Linearizable::yes);
    CHECK(judge({write(1, 1, Operation::kNever), read({}, 2, 3)}) == Linearizable::yes);
}

TEST_CASE("a history without such an order is not linearizable") {
    SECTION("a read that misses what was done before it was asked") {
        CHECK(judge({write(1, 1, 2), read({}, 3, 4)}) == Linearizable::no);
    }
    SECTION("a read of what nobody wrote yet") {
        CHECK(judge({read({1}, 1, 2), write(1, 3, 4)}) == Linearizable::no);
    }
    SECTION("two readers that disagree on the order") {
        CHECK(judge({write(1, 1, 9), write(2, 2, 8), read({1, 2}, 10, 11), read({2, 1}, 10, 11)}) ==
              Linearizable::no);
    }
    SECTION("what was read is gone") {
        CHECK(judge({write(1, 1, Operation::kNever), read({1}, 2, 3), read({}, 4, 5)}) ==
              Linearizable::no);
    }
    SECTION("what was acknowledged is not there at the end") {
        History history;
        history.begin_write(4, 1);
        history.end_write(4, 2);
        CHECK(history.judge({}, 9).has_value());
    }
}

TEST_CASE("a search that is too long says so") {
    std::vector<Operation> operations;
    for (std::uint64_t number = 1; number <= 24; ++number) {
        operations.push_back(write(number, 1, 100));
    }
    operations.push_back(read({99}, 101, 102));
    CHECK(check_log(operations, 1000) == Linearizable::undecided);
}

}  // namespace tally::simulation
