#pragma once

#include <signal.h>

#include <string>

namespace tally::cli {

/// What a person is told who ends the process by SIGINT, SIGTERM or SIGHUP while this lives: one
/// line on standard error. The process then ends as it would have. One at a time; a signal that is
/// ignored stays so.
class LastWords {
public:
    explicit LastWords(const std::string& words);
    ~LastWords();
    LastWords(const LastWords&) = delete;
    LastWords& operator=(const LastWords&) = delete;

private:
    const std::string words_;
    struct sigaction before_interrupt_ {};
    struct sigaction before_end_ {};
    struct sigaction before_hangup_ {};
};

}  // namespace tally::cli
