#include "network/network_state.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "base/hex.h"
#include "base/shell_word.h"
#include "base/shown_text.h"
#include "client/client.h"
#include "network/commands.h"
#include "network/listener.h"

namespace tally::network {
namespace {

constexpr std::chrono::milliseconds kQuestionTimeout{1000};

/// What is out counts for nothing, also while its process is there: nobody can say what it does.
bool runs(const NodeProcess& node) {
    return node.fault.empty() &&
           (node.state == ProcessState::running || node.state == ProcessState::starting);
}

/// `; its log ends with error[...]`, if that is how it ended.
std::string last_error(const NetworkFolder& network, const NodeProcess& node) {
    constexpr std::size_t kLines = 12;
    const NodeFolder* folder = network.node(node.name);
    if (folder == nullptr) return {};
    const std::string tail = log_tail(*folder, kLines);
    const std::size_t begin = tail.rfind("error[");
    if (begin == std::string::npos || (begin > 0 && tail[begin - 1] != '\n')) return {};
    const std::string error = escaped(tail.substr(begin, tail.find('\n', begin) - begin));
    // Who has the port now, the node could not know.
    const std::string held =
        error.starts_with("error[address_in_use]") ? ports_held_words(*folder) : std::string();
    return "; it ended with " + error + (held.empty() ? "" : "; " + held);
}

}  // namespace

void ask(NodeProcess& process, const crypto::Digest& network) {
    client::ClientOptions options;
    options.urls = {"http://" + process.api};
    options.network = to_hex(network.bytes);
    options.connect_timeout = kQuestionTimeout;
    options.attempt_timeout = kQuestionTimeout;
    auto client = client::Client::create(options);
    if (!client) return;
    const auto ready = client->get_from(0, "/readyz");
    if (!ready && client::is(ready.error().code, "wrong_network") && process.fault.empty()) {
        process.fault = ready.error().context;
    }
    process.ready = ready && ready->status == 200;
    if (!ready) return;  // nor would it answer this
    const auto status = client->status(0);
    if (!status) return;
    process.says_name = status->text("name").value_or("");
    process.says_pid = static_cast<pid_t>(status->integer("pid").value_or(0));
    process.role = status->text("role").value_or("");
    process.leader = status->text("leader").value_or("");
    process.applied = static_cast<std::uint64_t>(status->integer("applied_index").value_or(0));
    process.advice = status->text("advice").value_or("");
    process.read_only = status->text("read_only").value_or("");
    process.recovering = status->has("recovering/reason");
    process.transfers_asked =
        static_cast<std::uint64_t>(status->integer("lead_transfers/asked").value_or(0));
    process.transfer_refused = status->text("lead_transfers/refused").value_or("");
    const auto count = [&](const char* path) {
        return static_cast<std::uint64_t>(status->integer(path).value_or(0));
    };
    process.damaged = count("scrub/damaged");
    process.mended = count("scrub/mended");
    process.charged = !status->text("diverged").value_or("").empty() || status->has("accused/0/id");
    process.last_index = static_cast<std::uint64_t>(status->integer("last_index").value_or(0));
}

namespace {

/// One whose run.json is gone may listen all the same, where its configuration says. Who answers
/// there must be that node.
void ask_unlisted(NodeProcess& process, const crypto::Digest& network) {
    if (process.api.empty() || process.api.ends_with(":0")) return;
    NodeProcess asked = process;
    ask(asked, network);
    // Where a copy is started, the node that it was copied from listens.
    const bool itself = asked.says_name == process.name && asked.says_pid == process.pid;
    if (asked.role.empty() || !itself || asked.fault != process.fault) return;
    process = std::move(asked);
    process.state = ProcessState::running;
}

}  // namespace

std::vector<NodeProcess> network_status(const NetworkFolder& network) {
    std::vector<NodeProcess> nodes;
    for (const auto& node : network.nodes()) {
        nodes.push_back(inspect(node));
        NodeProcess& process = nodes.back();
        const auto& id = network.trust().network;
        if (process.state == ProcessState::running) ask(process, id);
        if (process.state == ProcessState::starting) ask_unlisted(process, id);
    }
    return nodes;
}

/// Followers name a leader that was stopped until they notice, and one that has just started again
/// follows somebody itself: neither leads.
NetworkState state_of(const std::vector<NodeProcess>& nodes) {
    NetworkState state;
    state.needed = nodes.size() / 2 + 1;
    std::map<std::string, std::size_t> followers;
    for (const auto& node : nodes) {
        state.running += runs(node) ? 1U : 0U;
        if (node.ready && !node.leader.empty()) ++followers[node.leader];
    }
    for (const auto& node : nodes) {
        const bool leads =
            node.state == ProcessState::running && (node.role == "leader" || node.role.empty());
        const auto found = followers.find(node.name);
        if (!leads || found == followers.end() || found->second <= state.followers) continue;
        state.leader = node.name;
        state.followers = found->second;
    }
    if (state.leader.empty()) return state;
    state.writers = static_cast<std::size_t>(std::ranges::count_if(nodes, [&](const auto& node) {
        return node.ready && node.leader == state.leader && node.read_only.empty();
    }));
    return state;
}

std::string advice_on(const NetworkFolder& network, const NodeProcess& node) {
    const auto command = [&](const char* what) {
        return command_on(network.path(), {"network", what, "--node", node.name});
    };
    const std::string logs = command("logs");
    if (!node.moved_to.empty()) {
        return node.name + " works on in " + node.moved_to + ", which was moved away from " +
               node.folder + " under process " + std::to_string(node.pid);
    }
    if (!node.fault.empty()) {
        return node.name + " is out: " + node.fault +
               (node.pid == 0 ? ""
                              : "; its process " + std::to_string(node.pid) + " still runs, and " +
                                    command("down") + " ends it");
    }
    switch (node.state) {
        case ProcessState::stopped: {
            const std::string error = last_error(network, node);
            return node.name + " does not run" + error +
                   (error.empty() ? ": " : ": once that is mended, ") + command("up") +
                   " starts it, " + logs + " shows how it ended";
        }
        case ProcessState::paused:
            return node.name +
                   " is paused: " + command_on(network.path(), {"network", "resume", node.name}) +
                   " lets it go on";
        case ProcessState::starting:
            return node.name + " is starting and does not listen yet; " + logs +
                   " shows how far it is";
        case ProcessState::running:
            break;
    }
    if (node.role.empty()) {
        return node.name + " runs but does not answer; " + logs + " may show why";
    }
    if (!node.ready && node.applied < node.last_index) {
        const std::string blocks =
            "block " + std::to_string(node.applied) + " of " + std::to_string(node.last_index);
        // Without a majority, or after a halt, it applies nothing more until somebody acts.
        if (!node.advice.empty()) return node.name + " is not ready, " + blocks + " is applied";
        return node.name + " replays its log: " + blocks + "; it goes on by itself";
    }
    return node.ready ? std::string() : node.name + " is not ready yet";
}

std::string all_advice_on(const NetworkFolder& network, const NodeProcess& node) {
    const std::string seen = advice_on(network, node);
    if (node.advice.empty()) return seen;
    std::string text = (seen.empty() ? node.name : seen) + ": " + node.advice;
    if (!node.charged) return text;
    return text + " Next: `" + shell_command({"evidence", network.path()}) +
           "` shows what is signed, and, once all nodes are stopped, `" +
           shell_command({"audit", network.path()}) + "` where the histories part";
}

namespace {

/// A majority names one leader that names itself, and is not ready only because a block takes long
/// to apply. Empty where it is otherwise.
std::string words_on_applying(const std::vector<NodeProcess>& nodes, std::size_t needed) {
    const auto leader = std::ranges::find_if(nodes, [](const NodeProcess& node) {
        return node.role == "leader" && node.leader == node.name;
    });
    if (leader == nodes.end()) return {};
    const auto follow = std::ranges::count_if(nodes, [&](const NodeProcess& node) {
        return node.leader == leader->name && node.advice.empty();
    });
    const bool behind = !leader->ready && leader->applied < leader->last_index;
    if (!behind || static_cast<std::size_t>(follow) < needed) return {};
    return "they follow " + leader->name + ", which has applied block " +
           std::to_string(leader->applied) + " of " + std::to_string(leader->last_index) +
           ": what is submitted is answered once it has come to the end, without anybody's help";
}

/// Of a network without a leader: who recovers counts for none. Empty where nobody does.
std::string advice_on_recovering(const NetworkFolder& network,
                                 const std::vector<NodeProcess>& nodes, std::size_t needed) {
    const auto recovering = static_cast<std::size_t>(
        std::ranges::count_if(nodes, [](const NodeProcess& node) { return node.recovering; }));
    if (recovering == 0) return {};
    const std::string text = std::to_string(recovering) + " of " + std::to_string(nodes.size()) +
                             " nodes are recovering and count for no majority, " +
                             std::to_string(needed) + " others are needed: ";
    if (nodes.size() - recovering >= needed) return text + "start or mend the others";
    return text +
           "there are fewer. Start nodes that have forgotten nothing, if there are any; else "
           "those who govern decide from where it goes on: " +
           command_on(network.path(), {"network", "down"}) + ", then " +
           command_on(network.path(), {"network", "recover"});
}

/// Of a network without a leader: where so many have ended over their blocks that the others are no
/// majority, nobody can say what was lost. Empty where there are fewer.
std::string advice_on_damage(const NetworkFolder& network, const std::vector<NodeProcess>& nodes,
                             std::size_t needed) {
    std::size_t damaged = 0;
    std::size_t out = 0;
    for (const NodeProcess& node : nodes) {
        const bool stopped = node.state == ProcessState::stopped;
        const bool ended =
            stopped && last_error(network, node).find("error[corrupt_block]") != std::string::npos;
        damaged += ended ? 1U : 0U;
        out += !ended && stopped && !node.fault.empty() ? 1U : 0U;
    }
    if (damaged == 0 || nodes.size() - damaged - out >= needed) return {};
    return std::to_string(damaged) + " of " + std::to_string(nodes.size()) +
           " nodes cannot read their blocks" +
           (out == 0 ? "" : ", and " + std::to_string(out) + " are out") +
           ", so that no majority can say what they lack: first "
           "keep every disk as it is, with a copy of every node's folder elsewhere. Then `" +
           shell_command({"node", "recover", "--dir"}) +
           " FOLDER` keeps for each the blocks that can still be read, and " +
           command_on(network.path(), {"network", "recover"}) + " shows what all of them have left";
}

/// It follows from what the nodes answer: processes that run make no network without a leader.
std::string advice_on_quorum(const NetworkFolder& network, const std::vector<NodeProcess>& nodes) {
    const NetworkState state = state_of(nodes);
    const std::string all = " of " + std::to_string(nodes.size()) + " nodes ";
    const std::string needed = ", " + std::to_string(state.needed) + " are needed";
    const std::string run = std::to_string(state.running) + all + "run" + needed;
    const std::string stands = "nothing can be submitted, and reads are not confirmed, until ";
    if (!state.quorum()) {
        const std::string damage = advice_on_damage(network, nodes, state.needed);
        if (!damage.empty()) return run + "; " + damage;
        const std::string recovering = advice_on_recovering(network, nodes, state.needed);
        if (!recovering.empty()) return run + "; " + recovering;
        if (state.running < state.needed) return run + ": " + stands + "more run";
        if (const std::string behind = words_on_applying(nodes, state.needed); !behind.empty()) {
            return run + "; " + behind;
        }
        return run + ", but no leader is followed by a majority: " + stands +
               "one is. If it stays so for more than a few seconds, " +
               command_on(network.path(), {"network", "logs"}) + " may show why";
    }
    if (!state.takes_submissions()) {
        return std::to_string(state.writers) + all + "have room on their disks" + needed +
               ": nothing can be submitted until more have; what is on record is read as before";
    }
    if (state.followers == nodes.size()) return {};
    const std::string counts =
        (state.followers == state.running
             ? run
             : std::to_string(state.followers) + all + "follow " + state.leader + needed) +
        ": ";
    const std::size_t spare = std::min(state.followers, state.writers) - state.needed;
    if (spare > 0) {
        return counts + "the network goes on, and bears " + std::to_string(spare) +
               " more failure" + (spare == 1 ? "" : "s");
    }
    return counts + "the network goes on, but one more failure stops it";
}

}  // namespace

std::string advice_on(const NetworkFolder& network, const std::vector<NodeProcess>& nodes) {
    const std::string back = way_back(network, nodes);
    const std::string quorum = advice_on_quorum(network, nodes);
    return back + (back.empty() || quorum.empty() ? "" : "\n") + quorum;
}

std::string network_json(const NetworkFolder& network, const std::vector<NodeProcess>& nodes) {
    namespace json = boost::json;
    json::array list;
    const NetworkState state = state_of(nodes);
    for (const auto& node : nodes) {
        json::object item{{"id", node.id},
                          {"name", node.name},
                          {"api", node.api.empty() ? "" : "http://" + node.api},
                          {"peer", node.peer},
                          {"log", node.log}};
        item["pid"] = node.pid == 0 ? json::value() : json::value(node.pid);
        item["state"] = process_state_name(node.state);
        item["ready"] = node.ready;
        item["role"] = node.role;
        item["applied"] = node.applied;
        item["damaged"] = node.damaged;
        item["mended"] = node.mended;
        item["fault"] = node.fault;
        list.push_back(std::move(item));
    }
    json::object object{{"dir", network.path()}, {"nodes", std::move(list)}};
    object["leader"] = state.leader.empty() ? json::value() : json::value(state.leader);
    object["quorum"] = state.quorum();
    object["takes_submissions"] = state.takes_submissions();
    object["keys"] = network.keys_folder();
    object["trust"] = network.trust_path();
    return json::serialize(object);
}

}  // namespace tally::network
