#include "network/folder_contents.h"

#include <algorithm>
#include <array>
#include <filesystem>
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
constexpr std::array<std::string_view, 4> kMadeByNode{"node.log", "run.json", "run.json.new",
                                                      "state.damaged"};
constexpr std::array<std::string_view, 2> kDatabases{"blocks", "state"};

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
        require(root_ / "genesis.bin");
        require(root_ / "network.pub");
        folder(root_ / "keys");
        for (const NamedKey& key : named_keys(network.genesis())) {
            // A member's secret key may have been moved to where it belongs.
            allowed_.insert(root_ / "keys" / (key.name + ".key"));
            allowed_.insert(root_ / "keys" / (key.name + ".pub"));
        }
        for (const NodeFolder& node : network.nodes()) add_node(root_ / node.name);
    }

    Result<FolderContents> sort() {
        std::error_code failure;
        visit(root_, failure);
        if (failure) {
            return fail(api::errc::io_failed, root_.string() + ": " + failure.message());
        }
        for (const fs::path& path : required_) {
            if (!found_.contains(path)) contents_.missing.push_back(path.string());
        }
        contents_.folders.push_back(root_.string());
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
        for (const std::string_view name : kDatabases) {
            folder(node / name);
            databases_.insert(node / name);
        }
    }

    bool is_ours(const fs::path& path) const {
        return allowed_.contains(path) || (databases_.contains(path.parent_path()) &&
                                           is_database_file(path.filename().native()));
    }

    void visit(const fs::path& where, std::error_code& failure) {
        for (fs::directory_iterator at(where, failure), end; !failure && at != end;
             at.increment(failure)) {
            const fs::path path = at->path();
            const fs::file_status status = at->symlink_status(failure);
            if (failure) return;
            if (fs::is_directory(status) && folders_.contains(path)) {
                visit(path, failure);
                contents_.folders.push_back(path.string());
            } else if (fs::is_regular_file(status) && is_ours(path)) {
                contents_.files.push_back(path.string());
                found_.insert(path);
            } else {
                contents_.foreign.push_back(path.string());
            }
        }
    }

    const fs::path root_;
    std::set<fs::path> allowed_;
    std::set<fs::path> required_;
    std::set<fs::path> folders_;
    std::set<fs::path> databases_;
    std::set<fs::path> found_;
    FolderContents contents_;
};

}  // namespace

Result<FolderContents> contents_of(const NetworkFolder& network) {
    auto contents = Sorter(network).sort();
    if (contents) std::ranges::sort(contents->foreign);
    return contents;
}

Status remove_contents(const FolderContents& contents) {
    for (const auto* list : {&contents.files, &contents.folders}) {
        for (const std::string& path : *list) {
            std::error_code failure;
            fs::remove(path, failure);  // of a folder only if it is empty
            if (failure) return fail(api::errc::io_failed, path + ": " + failure.message());
        }
    }
    return {};
}

}  // namespace tally::network
