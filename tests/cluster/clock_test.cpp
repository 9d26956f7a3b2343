// The wall clock of one machine steps while its node runs and clients pay: the time of blocks stays
// that of the others, and nobody refuses what he should not. The clock is libfaketime's.

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "api/times.h"
#include "base/wall_clock.h"
#include "network/process.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // its runtime must come before whatever is preloaded
#else
constexpr bool kSanitized = false;
#endif

/// The library of the Debian package libfaketime; empty where it is not installed.
std::string faketime_library() {
    std::error_code ignored;
    for (const auto& machine : fs::directory_iterator("/usr/lib", ignored)) {
        const fs::path library = machine.path() / "faketime/libfaketimeMT.so.1";
        if (fs::exists(library, ignored)) return library.string();
    }
    return {};
}

/// A cluster each of whose clocks can be set.
class Clocks {
public:
    explicit Clocks(LocalCluster& cluster) : cluster_(cluster) {
        const auto binary = network::find_binary();
        REQUIRE(binary);
        for (std::size_t node = 0; node < cluster.size(); ++node) {
            const std::string script = cluster.folder() + "/clock-" + std::to_string(node);
            step(node, "+0");
            // Only the wall clock is another one: timeouts go by the steady clock.
            std::ofstream(script)
                << "#!/bin/sh\nexport LD_PRELOAD='" << faketime_library() << "'\n"
                << "export FAKETIME_TIMESTAMP_FILE='" << file_of(node) << "'\n"
                << "export FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 NO_FAKE_STAT=1\n"
                << "exec '" << *binary << "' \"$@\"\n";
            fs::permissions(script, fs::perms::owner_all);
            cluster.upgrade(node, script);
        }
        cluster.await_ready();
    }

    /// `+3600`: so many seconds ahead of the machine's, from now on.
    void step(std::size_t node, const std::string& offset) const {
        std::ofstream(file_of(node) + ".new") << offset << "\n";
        fs::rename(file_of(node) + ".new", file_of(node));  // never half-written
    }
    std::string file_of(std::size_t node) const {
        return cluster_.folder() + "/clock-" + std::to_string(node) + ".offset";
    }

private:
    LocalCluster& cluster_;
};

bool refuses_blocks(const LocalCluster& cluster, std::size_t leader, std::size_t node) {
    const std::string words = "n" + std::to_string(node + 1) + " refuses blocks";
    return cluster.status(leader).text("advice").value_or("").find(words) != std::string::npos;
}

/// A payment on this node: it is booked, in a block that is dated by clocks that are right.
void pay_in_good_time(LocalCluster& cluster, std::size_t node, Contract& contract) {
    client::ClientOptions options;
    options.urls = {cluster.url(node)};
    auto client = cluster.make_client(options);
    const auto before = wall_now();
    const auto receipt = client.submit(contract.next_repayment());
    INFO((receipt ? receipt->json : receipt.error().context));
    REQUIRE(receipt);
    CHECK(receipt->all_accepted());
    // A clock that was heard a moment ago may be that moment old.
    CHECK(receipt->block_time >= api::time_text(before - std::chrono::seconds(5)));
    CHECK(receipt->block_time <= api::time_text(wall_now() + std::chrono::seconds(5)));
}

}  // namespace

TEST_CASE("one clock that steps dates no block and has nothing refused that is right") {
    if (kSanitized) return;
    const bool can_be_preloaded = !faketime_library().empty();
    REQUIRE(can_be_preloaded);  // scripts/packages.txt
    LocalCluster cluster{3};
    const Clocks clocks(cluster);
    Contract contract(cluster);
    Workload workload(cluster, 2);
    for (const bool of_leader : {true, false}) {
        for (const std::string offset : {"+3600", "+20", "-20", "-3600"}) {
            const std::size_t leader = cluster.await_leader();
            const std::size_t node = of_leader ? leader : (leader + 1) % 3;
            INFO((of_leader ? "the leader's" : "a follower's") << " clock at " << offset);
            clocks.step(node, offset);
            workload.await_progress(20);
            pay_in_good_time(cluster, leader, contract);
            pay_in_good_time(cluster, (leader + 2) % 3, contract);
            // Who is far behind must refuse what looks to it like the future, and is told of. A
            // leader dates no block by itself, and refuses none of its own.
            if (offset == "-3600" && !of_leader) {
                CHECK(within_patience(
                    [&] { return refuses_blocks(cluster, cluster.await_leader(), node); }));
            } else if (!of_leader) {
                cluster.await_ready();
                CHECK_FALSE(refuses_blocks(cluster, cluster.await_leader(), node));
            }
            clocks.step(node, "+0");
            CHECK(within_patience(
                [&] { return !refuses_blocks(cluster, cluster.await_leader(), node); }));
            cluster.await_ready();
        }
    }
    workload.await_progress(10);
    workload.stop();
    CHECK(workload.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace tally::testing
