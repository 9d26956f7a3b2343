#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tally {

/// What a person is told when a library ends the process by an assertion of its own, which says
/// where in its source that was and nothing that helps anybody. The words follow on standard error,
/// and the process ends with exit code 1 instead of by SIGABRT. Spoken of are threads within an
/// AbortScope, and those that the library itself runs; a check of our own that fails elsewhere
/// aborts as ever.
class AbortWords {
public:
    /// UTF-8; what is above 2048 bytes is cut. Of several, threads of the library speak the newest.
    explicit AbortWords(std::string_view words);
    ~AbortWords();
    AbortWords(const AbortWords&) = delete;
    AbortWords& operator=(const AbortWords&) = delete;

    /// Async-signal-safe.
    void speak() const;

private:
    std::size_t size_;
    std::array<char, 2048> text_{};
};

/// While it lives, this thread is within a call of the library. Scopes end in the reverse order of
/// their beginnings, and before the words.
class AbortScope {
public:
    explicit AbortScope(const AbortWords& words);
    ~AbortScope();
    AbortScope(const AbortScope&) = delete;
    AbortScope& operator=(const AbortScope&) = delete;

private:
    const AbortWords* outer_;
};

/// Once, at the start of main. `library_threads` is how the names of the library's threads begin.
void answer_aborts(const char* library_threads);

}  // namespace tally
