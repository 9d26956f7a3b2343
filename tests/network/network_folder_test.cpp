#include "network/network_folder.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "api/errc.h"
#include "network/proc.h"
#include "network/staging.h"
#include "node/config.h"
#include "node/keys.h"
#include "storage/high_water_mark.h"
#include "tests/network/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::network {
namespace {

namespace fs = std::filesystem;
using testing::TempFolder;

Result<NetworkFolder> init_in(const std::string& folder, std::uint32_t nodes = 3) {
    InitOptions options;
    options.folder = folder;
    return NetworkFolder::init(NetworkSpec::development(nodes), options);
}

void change_file(const std::string& path, const std::string& what, const std::string& with) {
    std::ifstream source(path);
    std::string text{std::istreambuf_iterator<char>(source), std::istreambuf_iterator<char>()};
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    std::ofstream(path) << text.replace(at, what.size(), with);
}

unsigned mode_of(const std::string& path) {
    struct stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777U;
}

TEST_CASE("init makes a whole network, and open reads it back") {
    TempFolder temp;
    const auto made = init_in(temp.path() + "/net");
    REQUIRE(made);
    const auto network = NetworkFolder::open(temp.path() + "/net");
    REQUIRE(network);
    CHECK(network->genesis().validate());
    CHECK(network->genesis().name == "dev-3");
    REQUIRE(network->nodes().size() == 3);
    CHECK(network->urls() == std::vector<std::string>{"http://127.0.0.1:7101",
                                                      "http://127.0.0.1:7102",
                                                      "http://127.0.0.1:7103"});
    CHECK(network->node("n2") == network->node("2"));
    CHECK(network->node("n4") == nullptr);
    const auto trust = client::NetworkTrust::load(network->trust_path());
    REQUIRE(trust);
    CHECK(trust->network == network->genesis().network_id());
    for (const auto& node : network->nodes()) {
        const auto config = node::NodeConfig::load(node.config_path());
        REQUIRE(config);
        CHECK(config->id.value == node.id);
        CHECK(config->folder == node.folder);
        CHECK(fs::path(config->folder).is_absolute());
        REQUIRE(config->peers.size() == 2);
        for (const auto& peer : config->peers) {
            CHECK(peer.id.value != node.id);
            CHECK(peer.address == network->node(std::to_string(peer.id.value))->peer_listen);
        }
        const auto keys = node::NodeKeys::read(node.folder);
        REQUIRE(keys);
        const auto& pinned = network->genesis().nodes[node.id - 1];
        CHECK(keys->tls.public_key() == pinned.tls_key);
        CHECK(keys->statement.public_key() == pinned.statement_key);
        CHECK(keys->log.public_key() == pinned.log_key);
        CHECK(keys->cosignature.public_key() == pinned.cosignature_key);
        CHECK(fs::file_size(node.folder + "/genesis.bin") == trust->genesis_bytes.size());
        const auto mark = storage::read_high_water_mark(node.folder);
        REQUIRE(mark);
        CHECK(mark->network == trust->network);
        CHECK(mark->node == node.id);
        CHECK(mode_of(node.folder) == 0700);
        CHECK(mode_of(node.folder + "/keys") == 0700);
    }
    CHECK(mode_of(network->keys_folder()) == 0700);
    const auto keys = named_keys(network->genesis());
    CHECK(keys.size() == 10);  // two each of lender and servicer
    for (const auto& [name, member, open] : keys) {
        const auto key = network->member_key(name);
        REQUIRE(key);
        CHECK(key->public_key() == open);
        struct stat about {};
        REQUIRE(::stat((network->keys_folder() + "/" + name + ".key").c_str(), &about) == 0);
        CHECK((about.st_mode & 0777) == 0600);
    }
    const auto& lender = network->genesis().member_named("lender")->keys;
    REQUIRE(lender.size() == 2);
    CHECK(network->member_key("lender")->public_key() == lender[0]);
    CHECK(network->member_key("lender-2")->public_key() == lender[1]);
    CHECK_FALSE(network->member_key("lender-3"));
    CHECK_FALSE(network->member_key("../n1/keys/tls"));
    // Nothing is left of the making.
    CHECK(std::distance(fs::directory_iterator(temp.path()), fs::directory_iterator{}) == 1);
}

TEST_CASE("Keys are never replaced: init refuses a folder with a network, or with anything else") {
    TempFolder temp;
    const std::string folder = temp.path() + "/net";
    REQUIRE(init_in(folder));
    const auto before = client::NetworkTrust::load(folder + "/network.pub");
    const auto again = init_in(folder);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == api::errc::bad_config);
    CHECK(again.error().context.starts_with(folder + ": holds a network already"));
    CHECK(client::NetworkTrust::load(folder + "/network.pub")->network == before->network);
    // Half a network is one too: its keys may be all that is left.
    fs::remove(folder + "/network.pub");
    CHECK_FALSE(init_in(folder));

    fs::create_directory(temp.path() + "/full");
    std::ofstream(temp.path() + "/full/thesis.tex") << "years of work";
    CHECK_FALSE(init_in(temp.path() + "/full"));
    fs::create_directory(temp.path() + "/empty");
    CHECK(init_in(temp.path() + "/empty"));
}

TEST_CASE("What an init left that was killed is removed by the next one, and nothing else") {
    const TempFolder temp;
    const std::string path = temp.path() + "/net";
    const pid_t gone = ::fork();
    if (gone == 0) ::_exit(0);
    REQUIRE(::waitpid(gone, nullptr, 0) == gone);
    const auto leave = [&path](const std::string& name, const std::string& file) {
        const auto whole = std::filesystem::path(path + name + "/" + file);
        std::filesystem::create_directories(whole.parent_path());
        std::filesystem::create_directories(path + name + "/keys");
        std::ofstream(path + name + "/init.begun") << "";
        std::ofstream(whole) << "x";
        return path + name;
    };
    const std::string number = std::to_string(gone);
    const std::string stale = leave(".new-" + number, "keys/lender.key");
    const std::string at_work = leave(".new-" + std::to_string(::getppid()), "keys/lender.key");
    const std::string no_number = leave(".new-" + number + "x", "keys/lender.key");
    const std::string other = leave("2.new-" + number, "keys/lender.key");
    InitOptions options;
    options.folder = path;
    options.free_ports = true;
    CHECK(remove_stale_staging(path) == std::vector<std::string>{stale});
    leave(".new-" + number, "keys/lender.key");
    REQUIRE(NetworkFolder::init(NetworkSpec::development(1), options));
    CHECK_FALSE(std::filesystem::exists(stale));
    CHECK_FALSE(std::filesystem::exists(path + "/init.begun"));
    for (const std::string& kept : {at_work, no_number, other}) {
        CHECK(std::filesystem::exists(kept + "/keys/lender.key"));
    }
}

// Goal: no folder of somebody else's is ever removed for its name.
TEST_CASE("What stands beside a network and was not left by init stays, whatever its name") {
    const TempFolder temp;
    const std::string path = temp.path() + "/net";
    const pid_t gone = ::fork();
    if (gone == 0) ::_exit(0);
    REQUIRE(::waitpid(gone, nullptr, 0) == gone);
    const std::string beside = path + ".new-" + std::to_string(gone);
    InitOptions options;
    options.free_ports = true;
    const auto init_beside = [&] {
        options.folder = path;
        const auto made = NetworkFolder::init(NetworkSpec::development(1), options);
        std::filesystem::remove_all(path);
        return made.has_value();
    };
    // A whole network, or a backup of one.
    options.folder = beside;
    REQUIRE(NetworkFolder::init(NetworkSpec::development(1), options));
    REQUIRE(init_beside());
    CHECK(NetworkFolder::open(beside));
    // With the mark and something that no init makes, at any depth; also behind a link.
    for (const char* name : {"letter.txt", "keys/id_rsa", "n1/thesis.txt", "n1/keys/mine.key",
                             "n1/blocks/000012.sst", "n7/sub/x", "n99/a", "run.json"}) {
        INFO(name);
        std::filesystem::remove_all(beside);
        const auto foreign = std::filesystem::path(beside) / name;
        std::filesystem::create_directories(foreign.parent_path());
        std::ofstream(beside + "/init.begun") << "";
        std::ofstream(foreign) << "x";
        REQUIRE(init_beside());
        CHECK(std::filesystem::exists(foreign));
    }
    std::filesystem::remove_all(beside);
    std::filesystem::create_directories(beside);
    std::filesystem::create_directories(temp.path() + "/elsewhere");
    std::ofstream(temp.path() + "/elsewhere/lender.key") << "x";
    std::ofstream(beside + "/init.begun") << "";
    std::filesystem::create_directory_symlink(temp.path() + "/elsewhere", beside + "/keys");
    REQUIRE(init_beside());
    CHECK(std::filesystem::exists(temp.path() + "/elsewhere/lender.key"));
    CHECK(std::filesystem::exists(beside + "/keys"));
}

TEST_CASE("Ctrl-C during init leaves nothing behind") {
    const TempFolder temp;
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGINT, SIG_DFL);
        InitOptions options;
        options.folder = temp.path() + "/net";
        options.free_ports = true;
        const HeldSignals held;  // it comes while the network is made
        ::raise(SIGINT);
        const auto made = NetworkFolder::init(NetworkSpec::development(1), options);
        ::_exit(made ? 1 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    CHECK(std::filesystem::is_empty(temp.path()));
}

TEST_CASE("Two networks from one description have nothing in common") {
    TempFolder temp;
    const auto one = init_in(temp.path() + "/one");
    const auto two = init_in(temp.path() + "/two");
    REQUIRE(one);
    REQUIRE(two);
    CHECK(one->genesis().network_id() != two->genesis().network_id());
    CHECK(one->genesis().members[0].keys[0] != two->genesis().members[0].keys[0]);
}

TEST_CASE("A damaged genesis of the network is put right by that of a node") {
    TempFolder temp;
    const std::string folder = temp.path() + "/net";
    REQUIRE(init_in(folder));
    const auto nodes = [&folder](const char* from, const char* with) {
        for (const char* name : {"/n1", "/n2", "/n3"}) {
            change_file(folder + name + "/genesis.bin", from, with);
        }
    };
    change_file(folder + "/genesis.bin", "lender", "lendes");
    const auto damaged = NetworkFolder::open(folder);
    REQUIRE_FALSE(damaged);
    const std::string said = damaged.error().context;
    INFO(said);
    CHECK(said.find("`cp " + folder + "/n1/genesis.bin " + folder + "/genesis.bin`") !=
          std::string::npos);
    nodes("lender", "lendes");
    CHECK(NetworkFolder::open(folder).error().context.find("no node has the one of network.pub") !=
          std::string::npos);
    nodes("lendes", "lender");
    fs::copy_file(folder + "/n1/genesis.bin", folder + "/genesis.bin",
                  fs::copy_options::overwrite_existing);
    CHECK(NetworkFolder::open(folder));
}

TEST_CASE("open says which part is missing or contradicts the others") {
    TempFolder temp;
    const std::string folder = temp.path() + "/net";
    const auto refusal = [&] {
        const auto network = NetworkFolder::open(folder);
        REQUIRE_FALSE(network);
        CHECK(network.error().code == api::errc::bad_config);
        return network.error().context;
    };
    CHECK(refusal().find("holds no network") != std::string::npos);
    REQUIRE(init_in(folder));
    SECTION("network.pub is altered") {
        change_file(folder + "/network.pub", "name dev-3", "name dev-4");
        CHECK(refusal().find("network.pub") != std::string::npos);
    }
    SECTION("network.pub is another network's") {
        REQUIRE(init_in(temp.path() + "/other"));
        fs::copy_file(temp.path() + "/other/network.pub", folder + "/network.pub",
                      fs::copy_options::overwrite_existing);
        CHECK(refusal().find("differ") != std::string::npos);
    }
    SECTION("the nodes alone were put back") {
        fs::remove(folder + "/genesis.bin");
        CHECK(refusal().find("genesis.bin: is not there; it is the one of network.pub and of n1; "
                             "`cp ") != std::string::npos);
        fs::remove(folder + "/network.pub");
        const std::string said = refusal();
        CHECK(said.find("holds nodes of a network, but not its own genesis.bin and network.pub; "
                        "`cp ") != std::string::npos);
        CHECK(said.find("network trust ") != std::string::npos);
        fs::copy_file(folder + "/n1/genesis.bin", folder + "/genesis.bin");
        CHECK(refusal().find("has no network.pub; `") != std::string::npos);
    }
    SECTION("the folder was moved") {
        fs::rename(folder, folder + "-moved");
        const auto moved = NetworkFolder::open(folder + "-moved");
        REQUIRE_FALSE(moved);
        CHECK(moved.error().context.find("was moved") != std::string::npos);
        CHECK(moved.error().context.find("A copy is never started") != std::string::npos);
    }
}

TEST_CASE(
    "A node whose folder is no good is in the list with its fault, and the others are usable") {
    TempFolder temp;
    const std::string folder = temp.path() + "/net";
    REQUIRE(init_in(folder));
    const auto fault_of_n2 = [&] {
        auto network = NetworkFolder::open(folder);
        REQUIRE(network);
        REQUIRE(network->nodes().size() == 3);
        CHECK(network->nodes()[0].fault.empty());
        CHECK(network->nodes()[2].fault.empty());
        CHECK(network->urls().size() == 2);
        CHECK_FALSE(network->choose_new_ports());
        return network->nodes()[1].fault;
    };
    SECTION("its configuration is gone") {
        fs::remove(folder + "/n2/node.toml");
        CHECK(fault_of_n2().find("n2/node.toml") != std::string::npos);
    }
    SECTION("its configuration is another node's") {
        fs::copy_file(folder + "/n1/node.toml", folder + "/n2/node.toml",
                      fs::copy_options::overwrite_existing);
        CHECK(fault_of_n2().find("says node 1") != std::string::npos);
        CHECK(fault_of_n2().find("change `folder`") == std::string::npos);
    }
    SECTION("it is a folder of another network, with that network's configuration") {
        REQUIRE(init_in(temp.path() + "/other"));
        fs::remove_all(folder + "/n2");
        fs::rename(temp.path() + "/other/n2", folder + "/n2");
        CHECK(fault_of_n2().find("is of another network") != std::string::npos);
        CHECK(fault_of_n2().find("change `folder`") == std::string::npos);
    }
    SECTION("all of it is gone") {
        fs::remove_all(folder + "/n2");
        CHECK(fault_of_n2().find("n2/node.toml") != std::string::npos);
    }
}

TEST_CASE("Ports can be counted from elsewhere, or chosen, also anew") {
    TempFolder temp;
    InitOptions options;
    options.folder = temp.path() + "/net";
    options.api_port = 9000;
    options.peer_port = 9002;
    CHECK_FALSE(NetworkFolder::init(NetworkSpec::development(3), options));  // they overlap
    options.peer_port = 65'534;
    CHECK_FALSE(NetworkFolder::init(NetworkSpec::development(3), options));
    options.free_ports = true;
    auto network = NetworkFolder::init(NetworkSpec::development(3), options);
    REQUIRE(network);
    const auto ports_of = [&] {
        std::set<std::string> ports;
        for (const auto& node : network->nodes()) {
            ports.insert(node.api_listen);
            ports.insert(node.peer_listen);
        }
        return ports;
    };
    const auto before = ports_of();
    CHECK(before.size() == 6);
    REQUIRE(network->choose_new_ports());
    CHECK(ports_of().size() == 6);
    CHECK(ports_of() != before);
    const auto reread = NetworkFolder::open(options.folder);
    REQUIRE(reread);
    CHECK(reread->urls() == network->urls());
    const auto config = node::NodeConfig::load(reread->nodes()[0].config_path());
    CHECK(config->peers[0].address == reread->nodes()[1].peer_listen);
}

TEST_CASE("One node and five make a network as well") {
    TempFolder temp;
    CHECK(init_in(temp.path() + "/one", 1)->nodes().size() == 1);
    CHECK(init_in(temp.path() + "/five", 5)->nodes().size() == 5);
}

}  // namespace
}  // namespace tally::network
