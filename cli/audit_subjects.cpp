#include "cli/audit_subjects.h"

#include <algorithm>
#include <filesystem>

#include "api/errc.h"
#include "base/presence.h"
#include "cli/url_audit_source.h"
#include "storage/audit_source.h"

namespace tally::cli {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
    const auto there = is_there(path);
    return there && *there;
}

std::string parent_of(const std::string& folder) {
    std::error_code ignored;
    const fs::path whole = fs::absolute(folder, ignored).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).parent_path().string();
}

/// Blocks without a node's folder around them: those that `node recover` set aside, or a copy of a
/// node's `blocks/`.
bool is_blocks_alone(const std::string& folder) {
    return exists(folder + "/CURRENT") && !exists(folder + "/blocks");
}

/// Whether a node may have run in this folder.
Status node_folder(const std::string& folder) {
    if (is_blocks_alone(folder)) return {};
    const auto network = is_there(folder + "/network.pub");
    if (!network) return network.error();
    const auto blocks = is_there(folder + "/blocks");
    if (!blocks) return blocks.error();
    if (*blocks) return {};
    return fail(api::errc::not_found,
                folder + ": neither a network's folder nor a node's data folder");
}

std::string last_name(const std::string& folder) {
    const auto path = fs::path(folder).lexically_normal();
    const std::string name =
        (path.has_filename() ? path.filename() : path.parent_path().filename()).string();
    return name.empty() || name == "." || name == ".." ? folder : name;
}

/// The network.pub of the folder that a node's data folder lies in, as `network init` makes them;
/// empty if there is none.
std::string trust_around(const std::string& folder) {
    const std::string around = parent_of(folder);
    std::string path = (fs::path(around) / "network.pub").string();
    if (exists(path)) return path;
    return is_blocks_alone(folder) ? trust_around(around) : std::string();
}

Status trust_file(const std::string& path, AuditPlan& plan) {
    const auto trust = client::NetworkTrust::load(path);
    if (!trust) return trust.error();
    plan.genesis = trust->genesis;
    plan.trusted = path;
    return {};
}

/// Of a folder without a network.pub in it or around it.
Status trust_itself(const std::string& folder, AuditPlan& plan) {
    if (Status node = node_folder(folder); !node) return node;
    const std::string of_node = is_blocks_alone(folder) ? parent_of(folder) : folder;
    auto genesis = storage::read_genesis(of_node);
    if (!genesis && of_node != folder) {
        return fail(api::errc::not_found,
                    folder +
                        ": blocks alone, and no node's folder around them says of which "
                        "network; name it with --trust NETWORK.PUB");
    }
    if (!genesis) return genesis.error();
    plan.genesis = *std::move(genesis);
    plan.trusted = of_node + "/genesis.bin";
    plan.trusts_itself = true;
    return {};
}

Status choose_trust(const Target& target, const std::vector<std::string>& folders,
                    AuditPlan& plan) {
    if (!target.trust.empty()) return trust_file(target.trust, plan);
    if (folders.empty()) {
        const auto trust = trust_of(target);
        if (!trust) return trust.error();
        return trust_file(target.dir + "/network.pub", plan);
    }
    Status first;
    // Any network.pub that was named stands before what a folder says of itself.
    for (const std::string& folder : folders) {
        const std::string path =
            is_network(folder) ? folder + "/network.pub" : trust_around(folder);
        if (path.empty()) continue;
        Status found = trust_file(path, plan);
        if (found) return found;
        if (first) first = std::move(found);
    }
    if (!first) return first;
    for (const std::string& folder : folders) {
        Status found = trust_itself(folder, plan);
        if (found) return found;
        if (first) first = std::move(found);
    }
    return first;
}

/// The node that a data folder in a network's folder is named after.
std::optional<ledger::GenesisNode> node_by_name(const std::string& folder) {
    if (is_blocks_alone(folder)) return node_by_name(parent_of(folder));
    const std::string around = trust_around(folder);
    if (around.empty()) return std::nullopt;
    const auto trust = client::NetworkTrust::load(around);
    if (!trust) return std::nullopt;
    const auto& nodes = trust->genesis.nodes;
    const auto found = std::ranges::find(nodes, last_name(folder), &ledger::GenesisNode::name);
    return found == nodes.end() ? std::nullopt : std::optional(*found);
}

/// The nodes are those that the network.pub of the folder names: what lies in the folder says
/// nothing of what ought to.
void add_folder(const std::string& folder, bool only, AuditPlan& plan) {
    const std::string name = only ? last_name(folder) : folder;
    if (!is_network(folder)) {
        plan.subjects.push_back({name, folder, false, node_folder(folder), node_by_name(folder)});
        return;
    }
    const auto trust = client::NetworkTrust::load(folder + "/network.pub");
    if (!trust) {
        plan.subjects.push_back({name, folder, false, trust.error()});
        return;
    }
    for (const ledger::GenesisNode& node : trust->genesis.nodes) {
        plan.subjects.push_back({only ? node.name : folder + "/" + node.name,
                                 (fs::path(folder) / node.name).string(),
                                 false,
                                 {},
                                 node});
    }
}

}  // namespace

bool is_network(const std::string& folder) { return exists(folder + "/network.pub"); }

Result<AuditPlan> plan_audit(const Target& target, const std::vector<std::string>& named) {
    std::vector<std::string> folders = named;
    if (folders.empty() && target.urls.empty()) folders.push_back(target.dir);
    AuditPlan plan;
    if (Status status = choose_trust(target, folders, plan); !status) return status.error();
    for (const std::string& folder : folders) add_folder(folder, folders.size() == 1, plan);
    for (const std::string& url : target.urls) plan.subjects.push_back({url, url, true, {}});
    return plan;
}

Result<AuditReader> open_subject(const AuditSubject& subject, const Target& target) {
    if (!subject.unusable) return subject.unusable.error();
    AuditReader reader;
    if (subject.is_url) {
        Target one = target;
        one.urls = {subject.place};
        auto connected = connect(one);
        if (!connected) return connected.error();
        reader.client = std::make_unique<client::Client>(std::move(*connected));
        reader.source = make_url_audit_source(*reader.client);
        return reader;
    }
    const auto blocks = is_there(subject.place + "/blocks");
    if (!blocks) return blocks.error();
    if (!*blocks && !is_blocks_alone(subject.place)) {
        return fail(api::errc::not_found,
                    subject.place +
                        "/blocks is missing: the node never ran in this folder, or "
                        "its data are gone");
    }
    auto opened = storage::make_folder_audit_source(subject.place);
    if (!opened) return opened.error();
    reader.source = std::move(*opened);
    return reader;
}

}  // namespace tally::cli
