#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "testing/local_cluster.h"

namespace tally::testing {

/// What is done to a node, and undone after a while.
enum class Harm : std::uint8_t {
    kill,         ///< SIGKILL; started again
    stop,         ///< SIGTERM; started again
    pause,        ///< SIGSTOP; goes on
    isolate,      ///< no link of it works
    deafen,       ///< it hears nobody
    mute,         ///< nobody hears it
    part,         ///< it and one other node do not hear each other
    slow,         ///< all its links take so much longer
    transfer,     ///< is asked to lead; nobody is out meanwhile
    copy,         ///< stopped, and its folder is copied
    put_back,     ///< killed, and its folder is replaced by its last copy
    lose_blocks,  ///< stopped, blocks/ removed, `node recover`
    rot,          ///< stopped, one byte below blocks/ is changed
};
inline constexpr std::size_t kHarms = 13;
const char* harm_name(Harm harm);

/// One step of a run. All of it follows from the seed and the number, whatever the network does;
/// who leads is looked up when it begins.
struct ChaosStep {
    static ChaosStep draw(std::uint64_t seed, std::uint64_t number, std::size_t nodes);

    std::uint64_t number = 0;
    Harm harm = Harm::kill;
    bool of_leader = false;  ///< instead of `node`; never where a folder is changed
    std::size_t node = 0;
    std::size_t other = 0;
    std::chrono::milliseconds lasts{0};
    std::chrono::milliseconds delay{0};   ///< of a slow link
    std::chrono::milliseconds before{0};  ///< so long after the step before
    std::uint64_t place = 0;              ///< which byte rots
};

/// Harms the nodes of a cluster with links, and mends what it did; a minority at a time at most is
/// harmed or has not come back. Says each step, with its time. Whatever a node does not come back
/// from as the documentation says is thrown as ClusterError. Not thread-safe.
class Chaos {
public:
    using Say = std::function<void(const std::string& line)>;
    Chaos(LocalCluster& cluster, Say say);

    /// Waits until one more node may be out, then does it.
    void step(const ChaosStep& step);
    /// Ends what has lasted, helps who does not come back.
    void tend();
    /// Waits, and tends meanwhile; throws when it takes longer than `most`.
    void await(const std::string& what, std::chrono::milliseconds most,
               const std::function<bool()>& holds);
    /// Ends all harm and waits until all nodes are there and whole.
    void calm();
    const std::map<Harm, std::uint64_t>& done() const { return done_; }

private:
    using Clock = std::chrono::steady_clock;
    struct Outage {
        ChaosStep step;
        std::size_t node = 0;
        Clock::time_point over;
        bool mending = false;
        Clock::time_point deadline{};  // of the mending
        std::int64_t applied = 0;      // the last block that it was seen to have applied
        int helped = 0;
    };

    std::size_t chosen(const ChaosStep& step);
    void begin(const ChaosStep& step, std::size_t node);
    void end(Outage& outage);
    bool is_back(Outage& outage);
    void help(Outage& outage);

    void links_of(const ChaosStep& step, std::size_t node);
    void copy_folder(std::size_t node);
    void put_back(std::size_t node);
    void lose_blocks(std::size_t node);
    void rot(const ChaosStep& step, std::size_t node);
    void start(std::size_t node);
    std::string copy_of(std::size_t node) const;
    bool is_out(std::size_t node) const;
    std::string name(std::size_t node) const { return "n" + std::to_string(node + 1); }

    LocalCluster& cluster_;
    const Say say_;
    std::vector<Outage> outages_;
    std::set<std::size_t> copied_;
    std::set<std::size_t> rotten_;  // may find more of it at any time
    std::map<Harm, std::uint64_t> done_;
};

}  // namespace tally::testing
