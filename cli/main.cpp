#include <unistd.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cli/session.h"

int main(int argc, char** argv) {
    tally::cli::Console console(std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1);
    try {
        return tally::cli::run_program(std::vector<std::string>(argv + 1, argv + argc), console);
    } catch (const std::exception& error) {
        return static_cast<int>(console.fail(tally::cli::Exit::failed, "io_failed", error.what()));
    }
}
