// A disk that is full, from the first byte of a start on: the node is told which file could not be
// written and ends with its own words, never by an abort inside RocksDB.

#include <rocksdb/file_system.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "base/abort_words.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "storage/node_files.h"
#include "storage/state_store.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr int kToldNoSpace = 7;
constexpr const char* kFolder = "TALLY_TEST_FULL_DISK_FOLDER";
constexpr const char* kAppends = "TALLY_TEST_FULL_DISK_APPENDS";
constexpr const char* kUnwatched = "TALLY_TEST_FULL_DISK_UNWATCHED";

/// Appends succeed until so many were made, by all files together, RocksDB's own log included.
class FullFileSystem final : public rocksdb::FileSystemWrapper {
public:
    explicit FullFileSystem(int appends)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), left_(appends) {}
    const char* Name() const override { return "FullFileSystem"; }

    IOStatus NewLogger(const std::string& path, const IOOptions& options,
                       std::shared_ptr<rocksdb::Logger>* logger, IODebugContext* debug) override {
        return rocksdb::FileSystem::NewLogger(path, options, logger, debug);
    }

    IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<FSWritableFile>* file,
                             IODebugContext* debug) override {
        IOStatus status = target()->NewWritableFile(path, options, file, debug);
        if (status.ok()) *file = std::make_unique<File>(std::move(*file), left_);
        return status;
    }

private:
    class File final : public rocksdb::FSWritableFileOwnerWrapper {
    public:
        File(std::unique_ptr<FSWritableFile> file, std::atomic<int>& left)
            : FSWritableFileOwnerWrapper(std::move(file)), left_(left) {}
        IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                        IODebugContext* debug) override {
            if (left_-- <= 0) return IOStatus::NoSpace("planned by the test");
            return target()->Append(data, options, debug);
        }

    private:
        std::atomic<int>& left_;
    };

    std::atomic<int> left_;
};

/// Opens both databases of a node, writes a block and closes them.
[[noreturn]] void live(const std::string& folder, int appends) {
    const auto network = test_network();
    auto env = rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(appends));
    const storage::NodeFiles files(
        [](const Error& error) {
            ::_exit(error.code == storage::errc::no_space ? kToldNoSpace : 1);
        },
        nullptr, env.get());
    storage::BlockStoreOptions blocks = node_options(folder, network, 1);
    blocks.env = files.env();
    storage::StateStoreOptions states;
    states.folder = folder;
    states.env = files.env();
    std::string rebuilt;
    auto block_store = storage::open_block_store(blocks);
    if (!block_store) ::_exit(2);
    auto state_store = storage::open_state_store(states, Cast().genesis(), rebuilt);
    if (!state_store) ::_exit(3);
    ChainMaker chain(network, 7);
    if (!(*block_store)->write({{chain.next(10'000)}, hard_state(1, 1, 0)})) ::_exit(4);
    state_store->reset();
    block_store->reset();
    ::_exit(0);
}

/// The blocks alone, with nobody between RocksDB and the disk.
[[noreturn]] void live_unwatched(const std::string& folder, int appends) {
    answer_aborts("rocksdb");
    const auto network = test_network();
    auto env = rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(appends));
    storage::BlockStoreOptions options = node_options(folder, network, 1);
    options.env = env.get();
    {
        const auto store = storage::open_block_store(options);
        ChainMaker chain(network, 7);
        if (store) (void)(*store)->write({{chain.next(10'000)}, hard_state(1, 1, 0)});
    }
    ::_exit(0);
}

/// That life in a process of its own, begun anew, since RocksDB's threads do not survive a fork:
/// its exit code, or minus the signal that ended it.
int life_with(const std::string& folder, int appends, const std::string& said = {}) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (!said.empty()) {
            ::setenv(kUnwatched, "1", 1);
            if (std::freopen(said.c_str(), "w", stderr) == nullptr) ::_exit(126);
        }
        ::setenv(kFolder, folder.c_str(), 1);
        ::setenv(kAppends, std::to_string(appends).c_str(), 1);
        ::execl("/proc/self/exe", "storage_test", "[.full-disk-life]", nullptr);
        ::_exit(127);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("one life on a disk that fills", "[.full-disk-life]") {
    const char* folder = std::getenv(kFolder);
    const char* appends = std::getenv(kAppends);
    if (folder == nullptr || appends == nullptr) return;  // for the test below alone
    ::signal(SIGABRT, SIG_DFL);                           // not the framework's report
    if (std::getenv(kUnwatched) != nullptr) live_unwatched(folder, std::atoi(appends));
    live(folder, std::atoi(appends));
}

TEST_CASE("where RocksDB aborts all the same, the last word says on which folder and what to do") {
    for (int appends = 0; appends < 40; ++appends) {
        const TempFolder folder(TempFolder::On::memory);
        const TempFolder beside(TempFolder::On::memory);
        const std::string file = beside.path() + "/said";
        const int code = life_with(folder.path(), appends, file);
        std::stringstream text;
        text << std::ifstream(file).rdbuf();
        const std::string said = text.str();
        INFO(appends << ": " << code << "\n" << said);
        const bool asserted = said.find("Assertion") != std::string::npos;
        CHECK(code == (asserted ? 1 : 0));
        const std::string words = folder.path() + "/blocks: the storage library gave up";
        CHECK((said.find("error[corrupt_block]: " + words) != std::string::npos) == asserted);
        CHECK((said.find("`tallystick node recover --dir FOLDER`") != std::string::npos) ==
              asserted);
    }
}

TEST_CASE("a full disk is told of, at whatever write it shows, and nothing aborts") {
    int appends = 0;
    int told = 0;
    for (;; ++appends) {
        const TempFolder folder(TempFolder::On::memory);
        const int code = life_with(folder.path(), appends);
        INFO("room for " << appends << " appends");
        REQUIRE((code == kToldNoSpace || code == 0));
        if (code == 0) break;
        ++told;
        REQUIRE(appends < 500);
    }
    CHECK(told > 5);
}

}  // namespace tally::testing
