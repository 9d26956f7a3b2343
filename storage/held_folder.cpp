#include "storage/held_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "storage/errc.h"
#include "storage/how_to_end.h"

namespace tally::storage {
namespace {

constexpr std::string_view kDoors = "/proc/self/fd/";

}  // namespace

Result<std::shared_ptr<const HeldFolder>> HeldFolder::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return fail(errc::io_error, path + ": " + std::strerror(errno));
    std::string named = path;
    while (named.size() > 1 && named.ends_with('/')) named.pop_back();
    std::shared_ptr<const HeldFolder> held(new HeldFolder(std::move(named), descriptor));
    // Lock files in the folder can be removed; who starts then would take a running node's blocks.
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fail(errc::io_error, path + ": " + std::strerror(errno));
        return fail(errc::in_use, path +
                                      ": a process works in it, which run.json there names, "
                                      "and two never may; remove nothing there while it runs. " +
                                      how_to_end(path));
    }
    std::error_code failure;
    if (!std::filesystem::is_directory(held->door_, failure)) {
        return fail(errc::io_error, path + ": " + held->door_ +
                                        " does not lead to it; a node needs /proc to be mounted");
    }
    return held;
}

HeldFolder::HeldFolder(std::string path, int descriptor)
    : path_(std::move(path)),
      descriptor_(descriptor),
      door_(std::string(kDoors) + std::to_string(descriptor)) {}

HeldFolder::~HeldFolder() { ::close(descriptor_); }

std::string HeldFolder::reach(std::string_view path) const {
    const bool inside =
        path.starts_with(path_) && (path.size() == path_.size() || path[path_.size()] == '/');
    if (!inside) return std::string(path);
    return door_ + std::string(path.substr(path_.size()));
}

std::string HeldFolder::whereabouts() const {
    std::error_code unknown;
    const auto now = std::filesystem::read_symlink(door_, unknown);
    return unknown ? path_ : now.string();
}

std::string HeldFolder::spelled_out(const std::string& text) {
    const std::size_t begin = text.find(kDoors);
    if (begin == std::string::npos) return text;
    const std::size_t end = text.find_first_not_of("0123456789", begin + kDoors.size());
    std::error_code unknown;
    const auto now = std::filesystem::read_symlink(text.substr(begin, end - begin), unknown);
    if (unknown || end == std::string::npos) return text;
    return text.substr(0, begin) + now.string() + text.substr(end);
}

}  // namespace tally::storage
