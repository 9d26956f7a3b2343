// Runs the stories in scenarios/*.txt. A file is a sequence of
//
//     command arguments          (one or more lines, # begins a comment)
//     ----
//     what the cluster says      (until an empty line)
//
// After every command all oracles of the simulator are checked. Set TALLY_SCENARIO_UPDATE=1 to
// write what the cluster says now into the files, then read the difference before committing it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/consensus/cluster.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
    std::istringstream stream(line);
    Words words;
    for (std::string word; stream >> word;) {
        if (word.front() == '#') break;
        words.push_back(word);
    }
    return words;
}

NodeId node_of(const std::string& word) {
    return NodeId(static_cast<std::uint32_t>(std::stoul(word)));
}

/// `all`, `1->2`, `1` (from or to it) or `->2`, `2->`.
Cluster::LinkFilter links_of(const std::string& word) {
    if (word == "all") return [](const Cluster::Link&) { return true; };
    const std::size_t arrow = word.find("->");
    if (arrow == std::string::npos) {
        const NodeId id = node_of(word);
        return [id](const Cluster::Link& link) { return link.first == id || link.second == id; };
    }
    const std::string from = word.substr(0, arrow);
    const std::string to = word.substr(arrow + 2);
    return [from, to](const Cluster::Link& link) {
        return (from.empty() || link.first == node_of(from)) &&
               (to.empty() || link.second == node_of(to));
    };
}

Refusal refusal_of(const std::string& word) {
    for (auto refusal : {Refusal::signature, Refusal::submission, Refusal::not_ready}) {
        if (word == refusal_name(refusal)) return refusal;
    }
    REQUIRE(word == "none");
    return Refusal::none;
}

class Story {
public:
    /// Runs one command and returns what was said.
    std::string run(const Words& words) {
        if (words.front() == "network") {
            make_network(words);
        } else if (!run_on_node(words)) {
            run_on_wire(words);
        }
        return cluster_->take_log();
    }
    bool failed() const { return cluster_ && cluster_->failed(); }

private:
    /// `network 3 cache=0 append=200`: the number of nodes, then bounds.
    void make_network(const Words& words) {
        Config config;
        for (std::size_t at = 2; at < words.size(); ++at) {
            const std::size_t equals = words[at].find('=');
            const std::string key = words[at].substr(0, equals);
            const std::size_t value = std::stoul(words[at].substr(equals + 1));
            if (key == "cache") {
                config.cache_bytes_max = value;
            } else if (key == "append") {
                config.append_bytes_max = value;
            } else if (key == "inflight") {
                config.inflight_bytes_max = value;
            } else if (key == "uncommitted") {
                config.uncommitted_bytes_max = value;
            } else {
                FAIL("unknown bound " << key);
            }
        }
        cluster_ = std::make_unique<Cluster>(node_of(words.at(1)).value, config);
        empty_ = cluster_->copy(NodeId(1));
    }

    bool run_on_node(const Words& words) {
        const std::string& command = words.front();
        static const std::set<std::string> kCommands{
            "tick",   "campaign", "propose",   "read",     "sync", "crash",
            "clock",  "restart",  "disk",      "verdict",  "log",  "progress",
            "damage", "transfer", "keep_copy", "put_back", "wipe"};
        if (words.size() < 2 || !kCommands.contains(command)) return false;
        const NodeId id = node_of(words[1]);
        const std::string argument = words.size() > 2 ? words[2] : "";
        REQUIRE(cluster_->has(id));
        if (command == "tick") {
            cluster_->tick(id, argument.empty() ? 1 : std::stoi(argument));
        } else if (command == "campaign") {
            cluster_->campaign(id);
        } else if (command == "propose") {
            cluster_->propose(id, argument);
        } else if (command == "read") {
            cluster_->read(id, std::stoul(argument));
        } else if (command == "sync") {
            cluster_->sync(id, argument.empty() ? SIZE_MAX : std::stoul(argument));
        } else if (command == "crash") {
            cluster_->crash(id, argument.empty() ? 0 : std::stoul(argument));
        } else if (command == "restart") {
            cluster_->restart(id);
        } else if (command == "clock") {
            cluster_->set_clock(id, Millis(std::stol(argument)));
        } else if (command == "disk") {
            cluster_->set_stuck(id, argument == "stuck");
        } else if (command == "damage") {
            cluster_->damage(id, Index(std::stoul(argument)));
        } else if (command == "keep_copy") {
            copies_.insert_or_assign(id, cluster_->copy(id));
        } else if (command == "put_back") {
            cluster_->put_back(id, copies_.at(id));
        } else if (command == "wipe") {
            cluster_->put_back(id, empty_.value());
        } else if (command == "transfer") {
            cluster_->transfer(id, argument.empty() ? kNobody : node_of(argument));
        } else if (command == "verdict") {
            cluster_->set_verdict(id, refusal_of(argument));
        } else if (command == "log") {
            cluster_->print_log(id);
        } else if (command == "progress") {
            cluster_->print_progress(id);
        }
        return true;
    }

    void run_on_wire(const Words& words) {
        const std::string& command = words.front();
        const std::string argument = words.size() > 1 ? words[1] : "";
        if (command == "stabilize") {
            cluster_->stabilize();
        } else if (command == "run") {
            for (int done = 0; done < std::stoi(argument); ++done) {
                for (NodeId id : cluster_->ids()) cluster_->tick(id, 1);
                cluster_->stabilize();
            }
        } else if (command == "deliver") {
            cluster_->deliver(links_of(argument));
        } else if (command == "drop") {
            cluster_->drop(links_of(argument));
        } else if (command == "postpone") {
            cluster_->postpone(links_of(argument));
        } else if (command == "resume") {
            cluster_->resume();
        } else if (command == "cut") {
            for (NodeId from : cluster_->ids()) {
                for (NodeId to : cluster_->ids()) {
                    if (links_of(argument)({from, to})) cluster_->cut({from, to});
                }
            }
        } else if (command == "heal") {
            cluster_->heal();
        } else if (command == "trace") {
            cluster_->set_traced(argument == "on");
        } else if (command == "status") {
            cluster_->print_status();
        } else {
            FAIL("unknown command " << command);
        }
    }

    std::unique_ptr<Cluster> cluster_;
    std::map<NodeId, simulation::SimLog::Copy> copies_;
    std::optional<simulation::SimLog::Copy> empty_;  ///< of a disk that holds nothing yet
};

struct Outcome {
    std::string rewritten;  ///< the file as it would have to be
    std::string difference;
    bool violated = false;
};

Outcome play(std::istream& file) {
    Outcome outcome;
    Story story;
    std::string said;
    std::string line;
    while (std::getline(file, line)) {
        outcome.rewritten += line + "\n";
        if (line != "----") {
            const Words words = words_of(line);
            if (!words.empty()) said += story.run(words);
            outcome.violated = outcome.violated || story.failed();
            continue;
        }
        std::string expected;
        while (std::getline(file, line) && !line.empty()) expected += line + "\n";
        outcome.rewritten += said + "\n";
        if (outcome.difference.empty() && expected != said) {
            outcome.difference = "expected:\n" + expected + "said:\n" + said;
        }
        said.clear();
    }
    while (outcome.rewritten.ends_with("\n\n")) outcome.rewritten.pop_back();
    return outcome;
}

}  // namespace

// Goal: the stories that the protocol is known by end as they should, word for word.
TEST_CASE("every scenario ends as it is written") {
    const std::filesystem::path folder =
        std::filesystem::path(TALLY_SOURCE_DIR) / "tests/consensus/scenarios";
    const bool update = std::getenv("TALLY_SCENARIO_UPDATE") != nullptr;
    int stories = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".txt") continue;
        ++stories;
        INFO(entry.path().filename().string());
        std::ifstream file(entry.path());
        const Outcome outcome = play(file);
        file.close();
        if (update) {
            std::ofstream(entry.path()) << outcome.rewritten;
        } else {
            CHECKED_ELSE(outcome.difference.empty()) { FAIL_CHECK(outcome.difference); }
        }
        CHECK_FALSE(outcome.violated);
    }
    CHECK(stories >= 12);
}

}  // namespace tally::consensus
