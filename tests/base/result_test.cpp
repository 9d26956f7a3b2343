#include "base/result.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "base/strong_id.h"
#include "tests/support/catch.h"

using namespace tally;

namespace tally::sample {

enum class errc { odd = 1 };

std::error_code make_error_code(errc code) {
    return {static_cast<int>(code), std::generic_category()};
}

}  // namespace tally::sample

namespace {

Result<int> half_of(int value) {
    if (value % 2 != 0) return fail(sample::errc::odd, "it is odd");
    return value / 2;
}

/// True if the function ends its process by abort. It runs in a child, so that this one survives.
template <typename Function>
bool aborts(Function&& function) {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
        function();
        _exit(0);
    }
    int status = 0;
    const bool waited = child > 0 && waitpid(child, &status, 0) == child;
    return waited && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

TEST_CASE("A result holds its value or its error") {
    // Goal: both sides, and an error made from a folder's enum through the lookup of its namespace.
    const Result<int> good = half_of(4);
    REQUIRE(good.has_value());
    CHECK(*good == 2);
    const Result<int> bad = half_of(3);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == sample::make_error_code(sample::errc::odd));
    CHECK(bad.error().context == "it is odd");
    CHECK(Status{}.has_value());
    CHECK(Status{fail(sample::errc::odd)}.error().context.empty());
}

TEST_CASE("A value that can only be moved moves out of its result") {
    // Goal: Result imposes no copy.
    Result<std::unique_ptr<int>> owned(std::make_unique<int>(7));
    CHECK(**owned == 7);
    const std::unique_ptr<int> taken = *std::move(owned);
    CHECK(*taken == 7);
}

TEST_CASE("Reading the wrong side of a result aborts in every build") {
    // Goal: a bug of ours stops the process instead of carrying on with garbage.
    CHECK(aborts([] { (void)half_of(3).value(); }));
    CHECK(aborts([] { (void)half_of(4).error(); }));
    CHECK(aborts([] { (void)Status{}.error(); }));
    CHECK_FALSE(aborts([] { (void)half_of(4).value(); }));
}

TEST_CASE("Distinct identifiers compare and step within their own type") {
    // Goal: StrongInt orders, steps and hashes as its integer does.
    using Term = StrongInt<struct TermTag>;
    CHECK(Term(3).next() == Term(4));
    CHECK(Term(3).previous() < Term(3));
    CHECK(std::hash<Term>{}(Term(3)) == std::hash<std::uint64_t>{}(3));
    CHECK_FALSE(std::is_convertible_v<std::uint64_t, Term>);
}
