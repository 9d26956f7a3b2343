#include "cli/last_words.h"

#include <unistd.h>

#include <atomic>

#include "base/check.h"
#include "base/shown_text.h"

namespace tally::cli {
namespace {

/// A handler may read nothing else. It lives for as long as a handler is set.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): signals have no argument.
std::atomic<const std::string*> spoken{nullptr};
static_assert(std::atomic<const std::string*>::is_always_lock_free);

extern "C" void speak_and_end(int signal) {
    if (const std::string* words = spoken.load()) {
        // Nobody can be told that this failed.
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words->data(), words->size());
    }
    ::raise(signal);  // waits until this returns; by then it has its own effect again
}

void listen_to(int signal, struct sigaction& before) {
    struct sigaction action {};
    action.sa_handler = speak_and_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigemptyset(&action.sa_mask);
    TALLY_CHECK(::sigaction(signal, &action, &before) == 0);
    if (before.sa_handler == SIG_IGN) (void)::sigaction(signal, &before, nullptr);
}

std::string line_of(const std::string& words) {
    return "\nnote: interrupted: " + escaped(words) + "\n";
}

}  // namespace

LastWords::LastWords(const std::string& words) : words_{line_of(words), {}} {
    outer_ = spoken.exchange(&words_[now_]);
    listen_to(SIGINT, before_interrupt_);
    listen_to(SIGTERM, before_end_);
    listen_to(SIGHUP, before_hangup_);
}

LastWords::~LastWords() {
    spoken = outer_;  // from here on the outer one speaks, whose handlers come back now
    (void)::sigaction(SIGINT, &before_interrupt_, nullptr);
    (void)::sigaction(SIGTERM, &before_end_, nullptr);
    (void)::sigaction(SIGHUP, &before_hangup_, nullptr);
}

void LastWords::say(const std::string& words) {
    TALLY_CHECK(spoken.load() == &words_[now_]);
    now_ = 1 - now_;
    words_[now_] = line_of(words);
    spoken = &words_[now_];
}

}  // namespace tally::cli
