#include "network/folder_contents.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>

#include "api/errc.h"
#include "storage/high_water_mark.h"

// What may be deleted is what we know by name. A folder that merely looks like a network's may hold
// somebody's only copy of a signing key: so each entry is either one that `init` or a node is known
// to make at that very place, or it is foreign. Whoever lets a node write a new file adds its name
// here; a test that runs a network and cleans it notices when it was forgotten.

namespace tally::network {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kNodeKeys{"tls", "statement", "log", "cosignature"};
/// In a node's folder from the first day.
constexpr std::array<std::string_view, 3> kMadeByInit{"node.toml", "genesis.bin",
                                                      storage::kHighWaterMarkFile};
/// While it runs, or since it ran.
constexpr std::array<std::string_view, 8> kMadeByNode{"node.log",
                                                      "run.json",
                                                      "run.json.new",
                                                      "state.damaged",
                                                      "high_water_mark.new",
                                                      "recovery.json",
                                                      "high_water_mark.lost",
                                                      "high_water_mark.lost.new"};
constexpr std::array<std::string_view, 3> kDatabases{"blocks", "blocks.new", "state"};
/// Databases that `node recover` has set aside: the name begins so and ends with a number.
constexpr std::string_view kSetAside = "blocks.damaged-";

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A file of RocksDB: `CURRENT`, `000012.sst`, `MANIFEST-000005`, `LOG.old.1700000000`.
bool is_database_file(std::string_view name) {
    for (const std::string_view whole : {"CURRENT", "IDENTITY", "LOCK", "LOG"}) {
        if (name == whole) return true;
    }
    if (name.ends_with(".dbtmp")) name.remove_suffix(std::string_view(".dbtmp").size());
    for (const std::string_view begin : {"MANIFEST-", "OPTIONS-", "LOG.old."}) {
        if (name.starts_with(begin)) return is_number(name.substr(begin.size()));
    }
    for (const std::string_view end : {".sst", ".log", ".blob"}) {
        if (name.ends_with(end)) return is_number(name.substr(0, name.size() - end.size()));
    }
    return is_number(name);  // ...dbtmp
}

class Sorter {
public:
    explicit Sorter(const NetworkFolder& network) : root_(network.path()) {
        contents_.root = root_.string();
        contents_.begun = network.removal_path();
        // The order in which they go: without network.pub nobody could tell what the rest is.
        last_ = {root_ / "genesis.bin", root_ / "network.pub", fs::path(contents_.begun)};
        require(root_ / "genesis.bin");
        require(root_ / "network.pub");
        allowed_.insert(contents_.begun);
        folder(root_ / "keys");
        for (const NamedKey& key : named_keys(network.genesis())) {
            // A member's secret key may have been moved to where it belongs.
            allowed_.insert(root_ / "keys" / (key.name + ".key"));
            allowed_.insert(root_ / "keys" / (key.name + ".pub"));
        }
        for (const NodeFolder& node : network.nodes()) add_node(root_ / node.name);
    }

    Result<FolderContents> sort() {
        if (const Status seen = visit(root_); !seen) return seen.error();
        for (const fs::path& path : required_) {
            if (!found_.contains(path)) contents_.missing.push_back(path.string());
        }
        for (const fs::path& path : last_) {
            if (found_.contains(path)) contents_.last.push_back(path.string());
        }
        contents_.continued = found_.contains(contents_.begun);
        return std::move(contents_);
    }

private:
    void require(const fs::path& path) {
        allowed_.insert(path);
        required_.insert(path);
    }

    void folder(const fs::path& path) { folders_.insert(path); }

    void add_node(const fs::path& node) {
        folder(node);
        folder(node / "keys");
        for (const std::string_view name : kMadeByInit) require(node / name);
        for (const std::string_view name : kMadeByNode) allowed_.insert(node / name);
        for (const std::string_view key : kNodeKeys) {
            require(node / "keys" / (std::string(key) + ".key"));
            allowed_.insert(node / "keys" / (std::string(key) + ".pub"));
        }
        for (const std::string_view name : kDatabases) add_database(node / name);
        std::error_code unseen;  // visit tells of what cannot be looked at
        for (const auto& entry : fs::directory_iterator(node, unseen)) {
            const std::string name = entry.path().filename().string();
            const bool aside = name.starts_with(kSetAside) &&
                               is_number(std::string_view(name).substr(kSetAside.size()));
            if (aside) add_database(entry.path());
        }
    }

    void add_database(const fs::path& path) {
        folder(path);
        databases_.insert(path);
    }

    bool is_ours(const fs::path& path) const {
        return allowed_.contains(path) || (databases_.contains(path.parent_path()) &&
                                           is_database_file(path.filename().native()));
    }

    /// What cannot be looked at may hold anything.
    Status visit(const fs::path& where) {
        const auto unseen = [](const fs::path& path, const std::error_code& why) {
            return fail(api::errc::io_failed, path.string() + ": cannot be looked into: " +
                                                  why.message() + "; nothing was removed");
        };
        std::error_code failure;
        for (fs::directory_iterator at(where, failure), end; !failure && at != end;
             at.increment(failure)) {
            const fs::path path = at->path();
            std::error_code hidden;
            const fs::file_status status = at->symlink_status(hidden);
            if (hidden) return unseen(path, hidden);
            if (is_mount_point(path.string())) {
                contents_.mounts.push_back(path.string());
            } else if (fs::is_directory(status) && folders_.contains(path)) {
                if (const Status seen = visit(path); !seen) return seen;
                contents_.folders.push_back(path.string());
            } else if (fs::is_regular_file(status) && is_ours(path)) {
                if (std::ranges::find(last_, path) == last_.end()) {
                    contents_.files.push_back(path.string());
                }
                found_.insert(path);
            } else {
                contents_.foreign.push_back(path.string());
            }
        }
        return failure ? Status(unseen(where, failure)) : Status();
    }

    const fs::path root_;
    std::set<fs::path> allowed_;
    std::set<fs::path> required_;
    std::set<fs::path> folders_;
    std::set<fs::path> databases_;
    std::set<fs::path> found_;
    std::vector<fs::path> last_;
    FolderContents contents_;
};

/// A file that is gone already is as good as removed.
Status remove_all_of(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        std::error_code failure;
        fs::remove(path, failure);  // of a folder only if it is empty
        if (failure) return fail(api::errc::io_failed, path + ": " + failure.message());
    }
    return {};
}

}  // namespace

bool is_mount_point(const std::string& path) {
    struct statx at {};
    if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &at) != 0) {
        return false;
    }
    if ((at.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
        return (at.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    }
    // A kernel that does not say: there at least another file system shows.
    struct statx around {};
    const std::string parent = fs::path(path).parent_path().string();
    if (::statx(AT_FDCWD, parent.c_str(), 0, STATX_BASIC_STATS, &around) != 0) return false;
    return at.stx_dev_major != around.stx_dev_major || at.stx_dev_minor != around.stx_dev_minor;
}

Result<FolderContents> contents_of(const NetworkFolder& network) {
    auto contents = Sorter(network).sort();
    if (!contents) return contents;
    std::ranges::sort(contents->foreign);
    std::ranges::sort(contents->mounts);
    return contents;
}

Status remove_contents(const FolderContents& contents) {
    if (!contents.continued && !std::ofstream(contents.begun).flush()) {
        return fail(api::errc::io_failed,
                    contents.begun + ": cannot be written; nothing was removed");
    }
    if (Status status = remove_all_of(contents.files); !status) return status;
    if (Status status = remove_all_of(contents.folders); !status) return status;
    if (Status status = remove_all_of(contents.last); !status) return status;
    if (Status status = remove_all_of({contents.begun}); !status) return status;
    return is_mount_point(contents.root) ? Status() : remove_all_of({contents.root});
}

}  // namespace tally::network
