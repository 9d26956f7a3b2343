#include "base/abort_words.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace tally {
namespace {

constexpr int kExitCode = 1;

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): signals have no argument.
constinit thread_local const AbortWords* of_this_thread = nullptr;
std::atomic<const AbortWords*> newest{nullptr};
const char* threads_of_library = nullptr;
std::terminate_handler terminated_before = nullptr;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
static_assert(std::atomic<const AbortWords*>::is_always_lock_free);

bool is_thread_of_library() {
    std::array<char, 16> name{};
    return ::prctl(PR_GET_NAME, name.data()) == 0 &&
           std::strncmp(name.data(), threads_of_library, std::strlen(threads_of_library)) == 0;
}

extern "C" void answer_abort(int) {
    const AbortWords* words = of_this_thread;
    if (words == nullptr && is_thread_of_library()) words = newest.load();
    if (words == nullptr) return;  // abort() then ends the process as ever
    words->speak();
    ::_exit(kExitCode);
}

/// An exception that nobody caught is no assertion.
[[noreturn]] void answer_terminate() {
    std::signal(SIGABRT, SIG_DFL);
    if (terminated_before != nullptr) terminated_before();
    std::abort();
}

}  // namespace

AbortWords::AbortWords(std::string_view words)
    : size_(std::min(words.size(), std::tuple_size_v<decltype(text_)>)) {
    std::copy_n(words.begin(), size_, text_.begin());
    newest = this;
}

AbortWords::~AbortWords() {
    const AbortWords* own = this;
    newest.compare_exchange_strong(own, nullptr);
}

void AbortWords::speak() const {
    // Nobody can be told that this failed.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_.data(), size_);
}

AbortScope::AbortScope(const AbortWords& words) : outer_(of_this_thread) {
    of_this_thread = &words;
}

AbortScope::~AbortScope() { of_this_thread = outer_; }

void answer_aborts(const char* library_threads) {
    threads_of_library = library_threads;
    std::signal(SIGABRT, answer_abort);
    terminated_before = std::set_terminate(answer_terminate);
}

}  // namespace tally
