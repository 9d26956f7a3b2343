#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cli/program.h"

using namespace tally::cli::testing;

namespace {

/// What a run says whose files cannot grow above so many bytes, as on a disk that fills up.
std::string run_within(rlim_t bytes, const std::vector<std::string>& arguments) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, bytes};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const Said said = run(arguments);
        const std::string told = std::to_string(said.code) + " " + said.err;
        const ssize_t written = ::write(ends[1], told.data(), told.size());
        ::_exit(written < 0 ? 1 : 0);
    }
    REQUIRE(child > 0);
    ::close(ends[1]);
    std::string told;
    char part[1024];
    for (ssize_t size = 0; (size = ::read(ends[0], part, sizeof part)) > 0;) {
        told.append(part, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return told;
}

}  // namespace

// Goal: no half of a file stands in the way of the next try, and the error says why.
TEST_CASE("What cannot be written whole is not left behind, and the reason is said") {
    const Scratch scratch;
    const std::vector<std::string> book{"generate", "--transactions",    "200", "--borrowers", "20",
                                        "--out",    scratch / "book.csv"};
    const std::string cut = run_within(4096, book);
    CHECK(cut.starts_with("1 error[io_failed]: " + (scratch / "book.csv")));
    CHECK(contains(cut, "File too large"));
    const std::string key = run_within(10, {"keygen", scratch / "lender"});
    CHECK(key.starts_with("1 error[io_failed]: " + (scratch / "lender.key")));
    CHECK(contains(key, "File too large"));
    const std::string network =
        run_within(10, {"network", "init", "--free-ports", "--dir", scratch / "net"});
    CHECK(network.starts_with("1 error[io_failed]: "));
    CHECK(contains(network, "File too large"));
    CHECK(std::filesystem::is_empty(scratch / ""));
    CHECK(run(book).code == 0);
    CHECK(run({"keygen", scratch / "lender"}).code == 0);
    CHECK(run({"network", "init", "--free-ports", "--dir", scratch / "net"}).code == 0);
}
