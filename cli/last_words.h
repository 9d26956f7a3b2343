#pragma once

#include <signal.h>

#include <array>
#include <cstddef>
#include <string>

namespace tally::cli {

/// What a person is told who ends the process by SIGINT, SIGTERM or SIGHUP while this lives: one
/// line on standard error. The process then ends as it would have. The innermost speaks; a signal
/// that is ignored stays so.
class LastWords {
public:
    explicit LastWords(const std::string& words);
    /// From now on these words instead. Not while an inner one lives.
    void say(const std::string& words);
    ~LastWords();
    LastWords(const LastWords&) = delete;
    LastWords& operator=(const LastWords&) = delete;

private:
    /// The words, and those before them, which a handler may just be reading.
    std::array<std::string, 2> words_;
    std::size_t now_ = 0;
    const std::string* outer_ = nullptr;
    struct sigaction before_interrupt_ {};
    struct sigaction before_end_ {};
    struct sigaction before_hangup_ {};
};

}  // namespace tally::cli
