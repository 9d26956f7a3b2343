#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <optional>

#include "api/errc.h"
#include "network/folder_contents.h"
#include "network/network_lock.h"
#include "tests/network/stage.h"

namespace tally::network {
namespace {

namespace fs = std::filesystem;
using testing::Clock;
using testing::kStandIn;
using testing::Stage;

bool names(const Status& status, const std::string& part) {
    return !status && status.error().context.find(part) != std::string::npos;
}

/// Every path below a folder.
std::vector<std::string> everything(const std::string& folder) {
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        paths.push_back(entry.path().string());
    }
    return paths;
}

TEST_CASE("clean ends and removes a network, and nothing else") {
    Stage stage;
    stage.start(0);
    REQUIRE(network_clean(stage.network.path()));
    CHECK(inspect(stage.node(0)).state == ProcessState::stopped);
    CHECK_FALSE(fs::exists(stage.network.path()));
    CHECK(network_clean(stage.temp.path()).error().code == api::errc::bad_config);
    CHECK(fs::exists(stage.temp.path()));
}

TEST_CASE("A removal that was killed at its very end is ended by the next clean") {
    const testing::TempFolder temp;
    const std::string folder = temp.path() + "/net";
    fs::create_directory(folder);
    CHECK_FALSE(end_removal(folder).value());
    std::ofstream(folder + "/clean.begun") << "";
    std::ofstream(folder + "/mine") << "x";
    CHECK_FALSE(end_removal(folder).value());
    CHECK(fs::exists(folder + "/clean.begun"));
    fs::remove(folder + "/mine");
    CHECK(end_removal(folder).value());
    CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("A folder with a network.pub and keys, a signer's, is never cleaned") {
    Stage stage;
    const std::string signer = stage.temp.path() + "/signer";
    fs::create_directories(signer + "/keys");
    fs::copy_file(stage.network.trust_path(), signer + "/network.pub");
    fs::copy_file(stage.network.keys_folder() + "/lender.key", signer + "/keys/lender.key");
    CHECK(names(network_clean(signer), "nothing was removed"));
    fs::copy_file(stage.network.path() + "/genesis.bin", signer + "/genesis.bin");
    CHECK(names(network_clean(signer), "nothing was removed"));
    CHECK(everything(signer).size() == 4);
}

TEST_CASE("clean refuses what it does not know, by name, and stops nobody") {
    const Stage stage;
    stage.start(0);
    const std::string root = stage.network.path();
    const auto refused = [&](const std::string& path) {
        INFO(path);
        const auto before = everything(root);
        CHECK(names(network_clean(root), path));
        CHECK(everything(root).size() == before.size());
        CHECK(inspect(stage.node(0)).state == ProcessState::running);
        fs::remove_all(path);
    };
    const auto write = [&](const std::string& path) {
        fs::create_directories(fs::path(path).parent_path());
        std::ofstream(path) << "mine\n";
        return path;
    };
    refused(write(root + "/notes.txt"));
    refused(write(root + "/keys/acme.key"));
    refused(write(root + "/n1/keys/lender.key"));
    refused(write(root + "/n2/blocks/000012.sst.mine"));
    refused(write(root + "/n2/blocks/copy"));
    refused(write(root + "/n2/blocks.damaged-1/copy"));
    write(root + "/n2/blocks.damaged-mine/000012.sst");
    refused(root + "/n2/blocks.damaged-mine");
    fs::create_directory(root + "/n4");
    refused(root + "/n4");
    // What a link points to is somebody else's, whatever its name.
    write(stage.temp.path() + "/elsewhere/000001.sst");
    fs::create_directory_symlink(stage.temp.path() + "/elsewhere", root + "/n3/state");
    refused(root + "/n3/state");
    CHECK(fs::exists(stage.temp.path() + "/elsewhere/000001.sst"));
    fs::rename(root + "/n3/node.toml", stage.temp.path() + "/node.toml");
    CHECK(names(network_clean(root), "n3/node.toml"));
    CHECK(inspect(stage.node(0)).state == ProcessState::running);
    fs::rename(stage.temp.path() + "/node.toml", root + "/n3/node.toml");
    write(root + "/n2/blocks/000012.sst");
    write(root + "/n2/state/MANIFEST-000004");
    // What `node recover` and a start that was killed leave.
    write(root + "/n2/blocks.damaged-12/000012.sst");
    write(root + "/n2/blocks.new/CURRENT");
    write(root + "/n2/recovery.json");
    write(root + "/n2/high_water_mark.new");
    write(root + "/n2/high_water_mark.lost");
    write(root + "/n2/high_water_mark.lost.new");
    CHECK(network_clean(root));
    CHECK_FALSE(fs::exists(root));
}

// Goal: whoever waits while a network is removed starts nothing in what is left, nor in another.
TEST_CASE("What clean cannot look into may hold anything, and nothing is removed") {
    Stage stage;
    const std::string net = stage.network.path();
    const std::string hidden = net + "/n2/keys";
    std::ofstream(hidden + "/mine") << "x";
    const auto before = everything(net);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0) {  // whom no mode keeps out
            for (const auto& path : before) (void)::chown(path.c_str(), 65534, 65534);
            (void)::chown(net.c_str(), 65534, 65534);
            (void)::chown(stage.temp.path().c_str(), 65534, 65534);
            if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) {
                ::_exit(2);
            }
        }
        fs::permissions(hidden, fs::perms::none);
        const Status cleaned = network_clean(net);
        fs::permissions(hidden, fs::perms::owner_all);
        ::_exit(names(cleaned, hidden + ": cannot be looked into") &&
                        names(cleaned, "nothing was removed")
                    ? 0
                    : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(everything(net) == before);
}

TEST_CASE("An up that waited for a removal starts nothing") {
    const Stage stage;
    const std::string root = stage.network.path();
    StartOptions start;
    start.binary = kStandIn;
    std::optional<NetworkLock> lock;
    const auto take = [&] {
        auto taken = NetworkLock::take(root, Clock::now() + std::chrono::seconds(10));
        REQUIRE(taken);
        lock.emplace(std::move(*taken));
    };
    const auto up = [&] {
        return std::async(std::launch::async, [&] { return network_up(stage.network, start); });
    };
    take();
    auto waiting = up();
    InitOptions options;
    SECTION("which is over") { fs::rename(root, root + ".gone"); }
    SECTION("after which another one was made there") {
        fs::rename(root, root + ".gone");
        options.folder = root;
        options.free_ports = true;
        REQUIRE(NetworkFolder::init(NetworkSpec::development(3), options));
    }
    SECTION("which has begun") { std::ofstream(stage.network.removal_path()) << ""; }
    lock.reset();
    const auto ended = waiting.get();
    REQUIRE_FALSE(ended);
    for (const auto& node : stage.network.nodes()) CHECK(inspect(node).pid == 0);
    fs::remove_all(root + ".gone");
}

TEST_CASE("What appears after the look stays") {
    const Stage stage;
    const auto contents = contents_of(stage.network);
    REQUIRE(contents);
    CHECK(contents->foreign.empty());
    CHECK(contents->missing.empty());
    const std::string late = stage.node(0).folder + "/late";
    std::ofstream(late) << "mine\n";
    CHECK(names(remove_contents(*contents), stage.node(0).folder));
    CHECK(fs::exists(late));
}

TEST_CASE("A removal that ended half-way is no network to run, and clean goes on with it") {
    const Stage stage;
    const std::string root = stage.network.path();
    const auto contents = contents_of(stage.network);
    REQUIRE(contents);
    const std::string late = stage.node(2).folder + "/late";
    std::ofstream(late) << "mine\n";
    REQUIRE_FALSE(remove_contents(*contents));
    CHECK_FALSE(fs::exists(stage.network.keys_folder() + "/lender.key"));
    const auto opened = NetworkFolder::open(root);
    REQUIRE_FALSE(opened);
    CHECK(names(Status(opened.error()), "network clean --dir " + root + "` ends that"));
    CHECK(names(network_clean(root), "n3/late"));
    CHECK(fs::exists(late));
    fs::remove(late);
    SECTION("and at every step after") {}
    SECTION("also where genesis.bin is gone already") { fs::remove(root + "/genesis.bin"); }
    CHECK(network_clean(root));
    CHECK_FALSE(fs::exists(root));
}

/// In a child that has its own view of what is mounted; 77 if this machine does not allow one.
int clean_beside_a_mount(const std::string& root, const std::string& at) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
            ::_exit(77);
        }
        const bool mounted = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                             ::mount(at.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) == 0;
        if (!mounted) ::_exit(77);
        ::_exit(names(network_clean(root), "something is mounted at " + at) ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("Where something is mounted nothing is removed") {
    const Stage stage;
    CHECK(is_mount_point("/proc"));
    CHECK_FALSE(is_mount_point(stage.node(0).folder));
    CHECK_FALSE(is_mount_point(stage.temp.path() + "/none"));
    const auto before = everything(stage.network.path());
    for (const std::string& at : {stage.node(0).folder, stage.node(1).folder + "/node.toml"}) {
        INFO(at);
        const int code = clean_beside_a_mount(stage.network.path(), at);
        CHECK((code == 0 || code == 77));
        CHECK(everything(stage.network.path()) == before);
    }
}

}  // namespace
}  // namespace tally::network
