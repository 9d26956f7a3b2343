#include "cli/receipts.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>

#include "api/errc.h"
#include "api/json_text.h"
#include "base/descriptor.h"
#include "cli/whole_file.h"

namespace tally::cli {
namespace {

namespace fs = std::filesystem;

/// More than any line of receipts has.
constexpr std::size_t kLineBytesMax = 4096;

/// Whether the file begins as an import begins its receipts: a book or a key does not.
bool holds_receipts(std::fstream& file) {
    std::string start(kLineBytesMax, '\0');
    file.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(file.gcount()));
    file.clear();
    const auto first = api::json_object_from_text(start.substr(0, start.find('\n')));
    constexpr std::array kNames{"line", "id", "outcome", "entry", "block", "repeated"};
    return first && first->size() == kNames.size() &&
           std::ranges::all_of(kNames, [&](const char* name) { return first->contains(name); });
}

/// Takes away the part of a line in which an import ended, as on a full disk: the same import run
/// again writes that line whole.
Status mend_end(std::fstream& file, const std::string& path) {
    std::error_code failure;
    const auto size = fs::file_size(path, failure);
    const std::uintmax_t tail = std::min<std::uintmax_t>(size, kLineBytesMax);
    file.seekg(-static_cast<std::streamoff>(tail), std::ios::end);
    std::string end(static_cast<std::size_t>(tail), '\0');
    file.read(end.data(), static_cast<std::streamsize>(end.size()));
    const bool read = file.good();
    file.clear();
    file.seekp(0, std::ios::end);
    const std::size_t whole = end.rfind('\n');
    if (failure || !read || whole == std::string::npos || whole + 1 == end.size()) return {};
    fs::resize_file(path, size - (end.size() - whole - 1), failure);
    if (!failure) return {};
    return fail(api::errc::io_failed, path + ": " + failure.message());
}

/// A pipe that nobody reads from would hold the import up for ever, before a row is sent.
bool is_unread_pipe(const std::string& path) {
    std::error_code ignored;
    if (!fs::is_fifo(path, ignored)) return false;
    const Descriptor end(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    return end.number() < 0 && errno == ENXIO;
}

}  // namespace

Result<Receipts> Receipts::open(const std::string& path) {
    Receipts receipts(path);
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        const auto made = open_new(path);
        if (!made) return made.error();
        receipts.made_here_ = true;
    }
    if (is_unread_pipe(path)) {
        return fail(api::errc::io_failed,
                    path + ": is a pipe, and nobody reads from it; start who does, or name a file");
    }
    // Into a pipe or a terminal nothing is lost.
    const bool earlier = fs::is_regular_file(path, ignored) && fs::file_size(path, ignored) > 0;
    receipts.file_.open(
        path, std::ios::binary | std::ios::app | (earlier ? std::ios::in : std::ios::openmode()));
    if (!receipts.file_) return fail(api::errc::io_failed, path + ": cannot be written");
    if (earlier && !holds_receipts(receipts.file_)) {
        return fail(api::errc::bad_config, path +
                                               ": is there already and holds no receipts; it is "
                                               "not replaced, name another file for --receipts");
    }
    if (!earlier) return receipts;
    if (const Status mended = mend_end(receipts.file_, path); !mended) return mended.error();
    return receipts;
}

Receipts::Receipts(Receipts&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      made_here_(std::exchange(other.made_here_, false)) {}

Receipts::~Receipts() {
    if (!made_here_) return;
    file_.close();
    std::error_code failure;
    const auto size = fs::file_size(path_, failure);
    if (!failure && size == 0) fs::remove(path_, failure);
}

}  // namespace tally::cli
