#include "base/abort_words.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>

#include "base/check.h"
#include "tests/support/catch.h"

using namespace tally;

namespace {

struct Ended {
    int status = 0;
    std::string said;

    bool answered() const {
        return WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
               said.find("words for people\n") != std::string::npos;
    }
    bool aborted() const {
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
               said.find("words for people") == std::string::npos;
    }
};

/// What becomes of a process of its own that does this.
Ended end_of(const std::function<void()>& act) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        answer_aborts("library");
        act();
        ::_exit(0);
    }
    REQUIRE(child > 0);
    ::close(ends[1]);
    Ended ended;
    char part[512];
    for (ssize_t size = 0; (size = ::read(ends[0], part, sizeof part)) > 0;) {
        ended.said.append(part, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    REQUIRE(::waitpid(child, &ended.status, 0) == child);
    return ended;
}

}  // namespace

// Goal: whoever reads the last line knows what to do, and nobody is told so of our own faults.
TEST_CASE("An abort within a call of the library, or in a thread of it, has its words") {
    CHECK(end_of([] {
              const AbortWords words("words for people\n");
              const AbortScope scope(words);
              std::abort();
          }).answered());
    CHECK(end_of([] {
              const AbortWords other("other words\n");
              const AbortScope outer(other);
              const AbortWords words("words for people\n");
              const AbortScope inner(words);
              std::abort();
          }).answered());
    CHECK(end_of([] {
              const AbortWords words("words for people\n");
              ::prctl(PR_SET_NAME, "library:low");
              std::abort();
          }).answered());
    CHECK(end_of([] {
              const AbortWords words("words for people\n" + std::string(9999, '.'));
              const AbortScope scope(words);
              std::abort();
          }).said.size() == 2048);
}

TEST_CASE("Any other abort stays one") {
    CHECK(end_of([] { std::abort(); }).aborted());
    CHECK(end_of([] {
              const AbortWords words("words for people\n");
              { const AbortScope scope(words); }
              TALLY_CHECK(::getpid() == 0);
          }).aborted());
    CHECK(end_of([] {
              const AbortWords words("words for people\n");
              const AbortScope scope(words);
              std::terminate();  // as of an exception that nobody catches
          }).aborted());
    CHECK(end_of([] {
              ::prctl(PR_SET_NAME, "library:low");
              { const AbortWords words("words for people\n"); }
              std::abort();
          }).aborted());
}
