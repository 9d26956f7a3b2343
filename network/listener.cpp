// Who has a port. A node that finds its own taken knows no more than that; the system tells the
// process, and the files of the process tell which network it is of.

#include "network/listener.h"

#include <charconv>
#include <filesystem>
#include <set>
#include <sstream>

#include "base/bounded_input.h"
#include "network/commands.h"
#include "network/proc.h"

namespace tally::network {
namespace {

namespace fs = std::filesystem;

/// The inode of the socket of a line of /proc/net/tcp, if it listens on the port: address, port and
/// state stand there in hexadecimal, the inode in the tenth column.
std::string inode_listening(const std::string& line, std::uint16_t port) {
    std::istringstream fields(line);
    std::string word;
    std::string local;
    std::string state;
    std::string inode;
    for (int column = 0; column < 10 && fields >> word; ++column) {
        if (column == 1) local = word;
        if (column == 3) state = word;
        if (column == 9) inode = word;
    }
    constexpr const char* kListens = "0A";
    const std::size_t colon = local.rfind(':');
    if (state != kListens || colon == std::string::npos) return {};
    unsigned number = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
    return number == port ? inode : std::string();
}

/// Of the sockets that listen on the port.
std::set<std::string> inodes_listening(std::uint16_t port) {
    std::set<std::string> inodes;
    for (const char* const table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        constexpr std::size_t kTableBytesMax = 64U << 20;
        const auto text = read_bounded(table, kTableBytesMax);
        if (!text) continue;
        std::istringstream lines(*text);
        std::string line;
        std::getline(lines, line);  // the headings
        while (std::getline(lines, line)) {
            std::string inode = inode_listening(line, port);
            if (!inode.empty()) inodes.insert(std::move(inode));
        }
    }
    return inodes;
}

bool has_one_of(pid_t pid, const std::set<std::string>& inodes) {
    constexpr std::string_view kSocket = "socket:[";
    std::error_code failure;
    const std::string files = "/proc/" + std::to_string(pid) + "/fd";
    for (fs::directory_iterator at(files, failure), end; !failure && at != end;
         at.increment(failure)) {
        std::error_code closed;
        const std::string target = fs::read_symlink(at->path(), closed).string();
        if (closed || !target.starts_with(kSocket)) continue;
        if (inodes.contains(target.substr(kSocket.size(), target.size() - kSocket.size() - 1))) {
            return true;
        }
    }
    return false;
}

}  // namespace

pid_t listener_on(std::uint16_t port) {
    const auto inodes = inodes_listening(port);
    if (inodes.empty()) return 0;
    for (const pid_t pid : all_processes()) {
        if (has_one_of(pid, inodes)) return pid;
    }
    return 0;
}

std::string listener_words(const std::string& listen) {
    const std::size_t colon = listen.rfind(':');
    std::uint16_t port = 0;
    if (colon == std::string::npos) return {};
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), port);
    const pid_t pid = port == 0 ? 0 : listener_on(port);
    if (pid == 0) return {};
    const std::string process = "process " + std::to_string(pid);
    const fs::path folder = folder_of(pid);
    if (folder.empty()) return process;
    const std::string network = folder.parent_path().string();
    return folder.filename().string() + " of the network in " + network + " (" + process + "; " +
           command_on(network, {"network", "down"}) + " stops that network)";
}

std::string ports_held_words(const NodeFolder& node) {
    std::string text;
    for (const std::string& listen : {node.api_listen, node.peer_listen}) {
        const std::string who = listener_words(listen);
        if (!who.empty()) text += (text.empty() ? "" : ", ") + listen + " is held by " + who;
    }
    return text;
}

}  // namespace tally::network
