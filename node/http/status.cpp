#include "node/http/status.h"

#include <algorithm>

#include "api/errc.h"
#include "api/ids.h"
#include "api/times.h"
#include "node/http/handlers.h"
#include "node/way_out.h"
#include "storage/audit.h"

namespace tally::node::http {
namespace {

using boost::json::object;
using boost::json::value;

std::string_view role_name(consensus::Role role) {
    switch (role) {
        case consensus::Role::follower:
            return "follower";
        case consensus::Role::pre_candidate:
            return "pre_candidate";
        case consensus::Role::candidate:
            return "candidate";
        case consensus::Role::leader:
            return "leader";
    }
    return "unknown";
}

object peer_json(const PeerStatus& peer) {
    // All of its members, so that a new one does not compile until it is shown.
    const auto& [id, name, address, reachable, since, last_error, match, forgotten, recovering,
                 last_refusal, refusal_reason, faults, last_fault, rules_newest] = peer;
    object target;
    target["id"] = id.value;
    target["name"] = name;
    target["address"] = address;
    target["reachable"] = reachable;
    target["since"] = api::time_text(since);
    target["last_error"] = last_error;
    target["match"] = match ? value(*match) : value(nullptr);
    target["forgotten"] = forgotten;
    target["recovering"] = recovering;
    target["last_refusal"] = last_refusal;
    target["refusal_reason"] = refusal_reason;
    target["faults"] = faults;
    target["last_fault"] = last_fault;
    target["rules_newest"] = rules_newest == 0 ? value(nullptr) : value(rules_newest);
    return target;
}

boost::json::array names_json(const std::vector<std::string>& names) {
    boost::json::array target;
    for (const std::string& name : names) target.emplace_back(name);
    return target;
}

object scrub_json(const ScrubStatus& scrub) {
    const auto& [on, block, until, ended, damaged, mended] = scrub;
    return {{"on", on},           {"block", block},
            {"until", until},     {"ended", ended ? value(api::time_text(*ended)) : value(nullptr)},
            {"damaged", damaged}, {"mended", mended}};
}

object uncertified_json(const Uncertified& uncertified) {
    const auto& [size, waiting, lacking, differing] = uncertified;
    return {{"size", size},
            {"waiting_ms", waiting.count()},
            {"lacking", names_json(lacking)},
            {"differing", names_json(differing)}};
}

object accused_json(const Accused& accused) {
    const auto& [id, name, charge, records] = accused;
    return {
        {"id", id.value}, {"name", name}, {"charge", charge_name(charge)}, {"records", records}};
}

object recovering_json(const RecoveringStatus& recovering) {
    const auto& [reason, block, until] = recovering;
    return {{"reason", reason}, {"block", block}, {"until", until}};
}

object recovery_json(const RecoveryManifest& recovery) {
    boost::json::array nodes;
    for (const std::uint32_t node : recovery.nodes) nodes.emplace_back(node);
    return {{"decided", api::time_text(recovery.decided)},
            {"block", recovery.index.value},
            {"term", recovery.term.value},
            {"hash", to_hex(recovery.hash.view())},
            {"nodes", std::move(nodes)}};
}

std::string recovering_advice(const NodeStatus& status) {
    if (!status.recovering) return {};
    const auto& [reason, block, until] = *status.recovering;
    std::string text =
        "Recovering: " + reason +
        ". This node may have forgotten votes and acknowledgements that others count on, so it "
        "follows and counts in no quorum. ";
    if (until > 0) {
        return text + "It has block " + std::to_string(std::min(block, until)) + " of " +
               std::to_string(until) +
               ", and counts again once it has that one and a majority of the others has committed "
               "it: that goes on by itself.";
    }
    return text +
           "That ends by itself once a majority of the nodes, without those that recover, has a "
           "leader. Where so many recover that there can be none, those who govern decide: "
           "`tallystick network recover` (docs/OPERATIONS.md, \"All nodes have forgotten\").";
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// A certificate takes a message between the nodes; the widest interval between seals is 5 s.
constexpr std::chrono::seconds kCertifiedWithin{10};

std::string certificate_advice(const NodeStatus& status) {
    if (!status.uncertified || status.uncertified->waiting < kCertifiedWithin) return {};
    const Uncertified& waits = *status.uncertified;
    const std::uint64_t certified = status.certified_size.value_or(0);
    std::string text =
        "Not certified since " +
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(waits.waiting).count()) +
        " s: entries from " + std::to_string(certified) + " to " + std::to_string(waits.size - 1) +
        " have no certified checkpoint.";
    if (!waits.lacking.empty()) {
        text += " Signatures of " + joined(waits.lacking) + " lack; they are asked for by itself.";
    }
    if (!waits.differing.empty()) {
        text += " Another root was signed by " + joined(waits.differing) + ".";
    }
    return text;
}

std::string evidence_advice(const NodeStatus& status) {
    std::string text;
    for (const Accused& accused : status.accused) {
        text += (text.empty() ? "Evidence is kept: node " : "; node ") + accused.name + " " +
                charge_words(accused.charge);
    }
    if (text.empty()) return text;
    return text +
           ". See `tallystick evidence`, and take it to the members before that node is "
           "trusted again.";
}

/// `beta (127.0.0.1:7202) since 2024-02-29T08:30:00.125Z: connection refused; ...`
std::string unreachable_peers(const NodeStatus& status) {
    std::string text;
    for (const PeerStatus& peer : status.peers) {
        if (peer.reachable) continue;
        if (!text.empty()) text += "; ";
        text += peer.name + " (" + peer.address + ") since " + api::time_text(peer.since);
        if (!peer.last_error.empty()) text += ": " + peer.last_error;
    }
    return text;
}

/// As leader: who does not take what it sends; and who sends what no correct node would.
std::string peer_advice(const NodeStatus& status) {
    std::string text;
    for (const PeerStatus& peer : status.peers) {
        if (!peer.refusal_reason.empty()) {
            text += peer.name + " refuses blocks of this node (" + peer.last_refusal +
                    "): " + peer.refusal_reason + ". ";
        }
        if (peer.recovering) {
            text += peer.name +
                    " recovers: it may have forgotten what it promised, and counts in no quorum "
                    "until it has caught up. Lose no other node meanwhile. ";
        } else if (peer.forgotten > 0) {
            text += peer.name + " had acknowledged block " + std::to_string(peer.forgotten) +
                    " and does not hold it any more: its folder was put back from a copy, or its "
                    "disk lost what it had confirmed. Do not count on it, and lose no other node. ";
        }
        if (peer.faults > 0) {
            text += peer.name + " sent " + std::to_string(peer.faults) +
                    " messages that no correct node sends, the last one: " + peer.last_fault + ". ";
        }
    }
    if (!text.empty()) text.pop_back();
    return text;
}

std::string quorum_advice(const NodeStatus& status) {
    const std::size_t nodes = status.peers.size() + 1;
    const std::size_t needed = storage::majority_of(nodes);
    std::size_t reachable = 1;
    for (const PeerStatus& peer : status.peers) reachable += peer.reachable ? 1 : 0;
    const std::string of_nodes = std::to_string(reachable) + " of " + std::to_string(nodes) +
                                 " nodes reachable, " + std::to_string(needed) + " needed";
    const std::string missing = unreachable_peers(status);
    if (reachable < needed) {
        return "No quorum: " + of_nodes + ". Not reachable: " + missing +
               ". Start these nodes or mend the network to them. Until then submissions are "
               "answered no_quorum and reads carry Tally-Stale; nothing committed is lost.";
    }
    // A node that holds another history than its leader follows nobody: no election mends that.
    if (status.soft.leader != consensus::kNobody || !status.diverged.empty()) return {};
    // Nor does it stand for one itself while it recovers: its own advice says what it waits for.
    if (status.recovering) return {};
    std::string text = "No leader is known (" + of_nodes +
                       "): an election should end this within "
                       "seconds. If it does not, look for refusals and clocks in the nodes' logs.";
    if (!missing.empty()) text += " Not reachable: " + missing + ".";
    return text;
}

/// Who cannot follow when the next rules begin.
std::string rules_advice(const NodeStatus& status) {
    if (!status.next_rules) return {};
    const std::uint32_t version = status.next_rules->version;
    std::string lacking = status.rules_newest < version ? "this node" : "";
    for (const PeerStatus& peer : status.peers) {
        if (peer.rules_newest == 0 || peer.rules_newest >= version) continue;
        lacking += (lacking.empty() ? "" : ", ") + peer.name;
    }
    if (lacking.empty()) return {};
    return "Rules version " + std::to_string(version) + " begins with block " +
           std::to_string(status.next_rules->height) + ", and " + lacking +
           " cannot apply it: install a release that does before that block, or it stops there. "
           "Those who govern can put it off (RULES_ACTIVATE).";
}

std::string halted_advice(const NodeStatus& status) {
    if (status.halted.empty()) return {};
    // Nothing is wrong with what it holds.
    if (status.applied.head.rules_version > status.rules_newest ||
        (status.next_rules && status.next_rules->version > status.rules_newest &&
         status.applied.index.value + 1 >= status.next_rules->height)) {
        return "Halted: " + status.halted +
               ". Stop this node, install that release and start it again: it goes on from here "
               "with the folder that it has.";
    }
    return "Halted: " + status.halted +
           ". This node applies nothing more. Stop it, keep its data folder for the inquiry, "
           "audit it, and compare with the other nodes before it serves again." +
           way_out_of(status.halted);
}

}  // namespace

std::string advice_of(const NodeStatus& status) {
    std::string text;
    const auto add = [&text](const std::string& sentence) {
        if (sentence.empty()) return;
        if (!text.empty()) text += ' ';
        text += sentence;
    };
    add(halted_advice(status));
    add(recovering_advice(status));
    if (!status.read_only.empty()) {
        add("Read only: " + status.read_only + " (" + std::to_string(status.free_bytes) +
            " bytes free). Make room on the disk of the data folder; writing resumes by itself.");
    }
    if (!status.diverged.empty()) {
        add("Two histories: " + status.diverged +
            ". One of the nodes was put back from a copy, lost what it had acknowledged, or lies. "
            "This node answers nothing until its leader shows it the block that it holds. Stop the "
            "network, keep every data folder as it is, and give all of them to one `tallystick "
            "audit FOLDER...`; `tallystick evidence FOLDER...` with the same folders shows what "
            "the nodes signed (docs/OPERATIONS.md, \"Two histories\").");
    }
    if (!status.unreadable.empty()) {
        const bool leads = status.soft.role == consensus::Role::leader;
        add("A stored block cannot be read: " + status.unreadable +
            " (damaged: " + std::to_string(status.scrub.damaged) +
            ", mended since the start: " + std::to_string(status.scrub.mended) + "). " +
            (leads ? "This node leads all the same, for no other one is better placed; whoever "
                     "lacks that block waits for one that has it. "
                   : "Others lead, as long as one can, and give it to whoever lacks it. ") +
            "This node asks the other nodes for it and mends it by itself; the log says so, or why "
            "it cannot. Until then the network bears one failure less (docs/OPERATIONS.md, \"A "
            "damaged disk\").");
    }
    if (status.behind) {
        add("Behind: block " + std::to_string(status.applied.index.value) + " of " +
            std::to_string(status.network_commit) +
            " is applied. Reads here are old; ask another node, and look at the leader's status "
            "for "
            "what it says of this one.");
    }
    add(rules_advice(status));
    add(peer_advice(status));
    add(quorum_advice(status));
    add(certificate_advice(status));
    add(evidence_advice(status));
    return text;
}

object status_json(const NodeStatus& status, const ledger::Genesis& genesis) {
    // All of its members, so that a new one does not compile until it is shown.
    const auto& [id, name, soft, leader_name, last_index, applied, certified_size, uncertified,
                 accused, peers, queued_bytes, free_bytes, read_only, halted, diverged, unreadable,
                 scrub, network_commit, behind, lead_transfers, recovering, recovery, started,
                 process, rules_newest, next_rules, ready] = status;
    object target;
    target["id"] = id.value;
    target["name"] = name;
    target["network"] = to_hex(genesis.network_id().view());
    target["origin"] = genesis.origin();
    target["role"] = role_name(soft.role);
    target["leader"] = leader_name;
    target["term"] = soft.term.value;
    target["commit"] = soft.commit.value;
    target["last_index"] = last_index;
    target["applied_index"] = applied.index.value;
    target["tip_hash"] = to_hex(applied.block_hash.view());
    target["state_hash"] = to_hex(applied.head.state_digest.view());
    target["log_size"] = applied.frontier.size();
    target["log_root"] = to_hex(applied.frontier.root().view());
    target["certified_size"] = certified_size ? value(*certified_size) : value(nullptr);
    target["uncertified"] = uncertified ? value(uncertified_json(*uncertified)) : value(nullptr);
    boost::json::array charged;
    for (const Accused& one : accused) charged.push_back(accused_json(one));
    target["accused"] = std::move(charged);
    target["ready"] = ready;
    target["read_only"] = read_only;
    target["halted"] = halted;
    target["diverged"] = diverged;
    target["unreadable"] = unreadable;
    target["scrub"] = scrub_json(scrub);
    target["network_commit"] = network_commit;
    target["behind"] = behind;
    target["lead_transfers"] = {{"asked", lead_transfers.asked},
                                {"refused", lead_transfers.refused}};
    target["recovering"] = recovering ? value(recovering_json(*recovering)) : value(nullptr);
    target["recovery"] = recovery ? value(recovery_json(*recovery)) : value(nullptr);
    target["queued_bytes"] = queued_bytes;
    target["free_bytes"] = free_bytes;
    target["started"] = api::time_text(started);
    target["pid"] = process;
    target["rules_version"] = applied.head.rules_version;
    target["rules_newest"] = rules_newest;
    target["next_rules"] = nullptr;
    if (next_rules) {
        target["next_rules"] = {{"version", next_rules->version}, {"height", next_rules->height}};
    }
    boost::json::array shown;
    for (const PeerStatus& peer : peers) shown.push_back(peer_json(peer));
    target["peers"] = std::move(shown);
    target["advice"] = advice_of(status);
    return target;
}

void get_status(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    const NodeStatus status = api->service.status();
    HttpResponse response = json_response(status_json(status, api->service.genesis()));
    response.headers.emplace_back("Tally-Index", std::to_string(status.applied.index.value));
    exchange->answer(std::move(response));
}

void get_metrics(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    HttpResponse response =
        text_response(api->metrics.text(api->service.status(), api->service.counters()));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    exchange->answer(std::move(response));
}

void get_health(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    const NodeStatus status = api->service.status();
    if (!status.halted.empty()) {
        exchange->refuse(fail(api::errc::halted, status.halted));
        return;
    }
    exchange->answer(text_response("ok\n"));
}

void get_ready(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    const NodeStatus status = api->service.status();
    if (api->stopping) {
        exchange->refuse(fail(api::errc::shutting_down, "the node is ending"));
    } else if (!status.halted.empty()) {
        exchange->refuse(fail(api::errc::halted, status.halted));
    } else if (!status.ready) {
        const std::string advice = advice_of(status);
        exchange->refuse(fail(api::errc::not_ready, advice.empty() ? "catching up" : advice));
    } else {
        exchange->answer(text_response("ok\n"));
    }
}

}  // namespace tally::node::http
