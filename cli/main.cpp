#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/abort_words.h"
#include "cli/session.h"
#include "network/own_binary.h"
#include "network/proc.h"

namespace tally::cli {
namespace {

bool is_terminal(int file) { return ::isatty(file) == 1; }

/// 0: no terminal, or one that does not say.
std::size_t columns_of(int file) {
    winsize size{};
    return is_terminal(file) && ::ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// A node ends by these in an orderly way, also when they come while it starts: until it can, they
/// wait (node/pipeline/run_node.cpp lets them through).
void hold_ends_of_node(const std::vector<std::string>& arguments) {
    if (arguments.empty() || arguments.front() != "node") return;
    sigset_t ends;
    ::sigemptyset(&ends);
    ::sigaddset(&ends, SIGINT);
    ::sigaddset(&ends, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

/// Without them the first file that we open would be our output, and what we print be written into
/// it. What stands there instead can neither be read nor written.
bool fill_standard_files() {
    return std::ranges::all_of(
        std::array{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}, [](const int file) {
            if (::fcntl(file, F_GETFD) >= 0) return true;
            const int way = file == STDIN_FILENO ? O_WRONLY : O_RDONLY;
            return ::open("/dev/null", way) == file;  // the lowest that is free
        });
}

/// https://no-color.org: set to anything but the empty text, it means no colour.
bool colour_refused() {
    const char* refused = std::getenv("NO_COLOR");
    return refused != nullptr && *refused != '\0';
}

}  // namespace
}  // namespace tally::cli

int main(int argc, char** argv) {
    using namespace tally::cli;
    if (!fill_standard_files()) return static_cast<int>(Exit::failed);
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    hold_ends_of_node(arguments);
    tally::answer_aborts("rocksdb");
    // Whoever reads our output may stop (`| head -1`): that is an output that cannot be written.
    ::signal(SIGPIPE, SIG_IGN);
    // A file that may grow no further (`ulimit -f`) is one that cannot be written, with a reason.
    ::signal(SIGXFSZ, SIG_IGN);
    tally::network::run_own_binary();
    tally::network::HeldSignals::exit_follows();
    Console console(std::cout, std::cerr, is_terminal(STDERR_FILENO));
    if (is_terminal(STDIN_FILENO) && is_terminal(STDERR_FILENO)) console.person = &std::cin;
    console.columns = columns_of(STDOUT_FILENO);
    console.colour = is_terminal(STDERR_FILENO) && !colour_refused();
    try {
        return run_program(arguments, console);
    } catch (const std::exception& error) {
        return static_cast<int>(console.fail(Exit::failed, "io_failed", error.what()));
    }
}
