#include "base/bounded_input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace tally {
namespace {

constexpr std::size_t kPartBytes = 64 << 10;

Error refused(const std::string& name, std::errc code, const std::string& what) {
    return Error{std::make_error_code(code), name + ": " + what};
}

Error too_large(const std::string& name, std::size_t bytes_max) {
    return refused(name, std::errc::file_too_large,
                   "is larger than the " + std::to_string(bytes_max) + " bytes that are read here");
}

Error failed(const std::string& name) {
    const int number = errno;
    return Error{std::error_code(number, std::generic_category()),
                 name + ": cannot be read: " + std::strerror(number)};
}

/// Waits for a stream that has nothing yet.
bool await_input(int file) {
    pollfd waiting{file, POLLIN, 0};
    return ::poll(&waiting, 1, -1) >= 0 || errno == EINTR;
}

/// Gives whoever writes into a named pipe time to open it: until then it reads as ended.
void await_writer(int file) {
    constexpr int kMilliseconds = 2000;
    pollfd waiting{file, POLLIN, 0};
    (void)::poll(&waiting, 1, kMilliseconds);
}

Result<std::string> read_all(int file, const std::string& name, std::size_t bytes_max) {
    struct stat state {};
    if (::fstat(file, &state) != 0) return failed(name);
    if (S_ISDIR(state.st_mode)) {
        return refused(name, std::errc::is_a_directory, "is a folder, not a file");
    }
    // Said at once where the size is known; where it is not, or is wrong, reading finds out.
    if (S_ISREG(state.st_mode) && std::cmp_greater(state.st_size, bytes_max)) {
        return too_large(name, bytes_max);
    }
    std::string text;
    std::array<char, kPartBytes> part{};
    bool awaited = !S_ISFIFO(state.st_mode);
    for (;;) {
        // One byte above the bound shows that there is more.
        const std::size_t wanted = std::min(part.size(), bytes_max - text.size() + 1);
        const ssize_t count = ::read(file, part.data(), wanted);
        if (count == 0 && std::exchange(awaited, true)) return text;
        if (count == 0) {
            await_writer(file);
            continue;
        }
        if (count > 0) {
            awaited = true;
            text.append(part.data(), static_cast<std::size_t>(count));
            if (text.size() > bytes_max) return too_large(name, bytes_max);
            continue;
        }
        const bool again = errno == EINTR || (errno == EAGAIN && await_input(file));
        if (!again) return failed(name);
    }
}

}  // namespace

Result<std::string> read_bounded(const std::string& path, std::size_t bytes_max) {
    // Not blocking: opening a pipe would else wait for its writer, for ever if there is none.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return failed(path);
    auto text = read_all(file, path, bytes_max);
    ::close(file);
    return text;
}

Result<std::string> read_standard_input(std::size_t bytes_max) {
    return read_all(STDIN_FILENO, "-", bytes_max);
}

}  // namespace tally
