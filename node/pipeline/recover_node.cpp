// The ways back of a node that may have forgotten, while it does not run. Each works on a held
// folder, so that no process of the node can start beside it.

#include "node/pipeline/recover_node.h"

#include <algorithm>
#include <fstream>
#include <memory>

#include "api/errc.h"
#include "base/hex.h"
#include "node/config.h"
#include "storage/applier.h"
#include "storage/audit.h"
#include "storage/audit_source.h"
#include "storage/errc.h"
#include "storage/held_folder.h"
#include "storage/salvage.h"

namespace tally::node::pipeline {
namespace {

using consensus::Index;
using consensus::Term;

/// Nobody knows in which terms the nodes voted that they have forgotten. Votes of a later one
/// cannot meet those.
constexpr std::uint64_t kTermsLeftOut = 10'000;
constexpr std::size_t kReadBytes = 4 << 20;

/// A node's folder, held, with what its stores need to know.
struct Held {
    NodeConfig config;
    ledger::Genesis genesis;
    std::shared_ptr<const storage::HeldFolder> folder;

    storage::BlockStoreOptions options() const {
        storage::BlockStoreOptions options;
        options.folder = config.folder;
        options.network = genesis.network_id();
        options.node = config.id.value;
        options.strict_mark = true;
        options.mark_folder = config.mark_dir;
        options.held = folder;
        return options;
    }
};

Result<Held> hold(const std::string& folder) {
    auto config = NodeConfig::load(folder + "/node.toml");
    if (!config) return config.error();
    auto genesis = storage::read_genesis(config->folder);
    if (!genesis) {
        return fail(api::errc::bad_config, genesis.error().context + ": cannot be read; " + folder +
                                               "/node.toml says folder = \"" + config->folder +
                                               "\"");
    }
    auto held = storage::HeldFolder::open(config->folder);
    if (!held) return held.error();
    return Held{std::move(*config), std::move(*genesis), std::move(*held)};
}

/// Brings derived data up to all that is known to be committed, and asks them who governs.
Status check_quorum(const Held& held, const storage::BlockStore& blocks, Index commit,
                    const RecoveryDocument& document) {
    storage::StateStoreOptions options;
    options.folder = held.config.folder;
    options.held = held.folder;
    std::string rebuilt;
    auto state = storage::open_state_store(options, held.genesis, rebuilt);
    if (!state) return state.error();
    storage::Applier applier(held.genesis, **state, ledger::kRulesVersion);
    const Status replayed =
        storage::replay(blocks, **state, applier, commit, storage::plain_checker(held.genesis));
    if (!replayed) return replayed;
    const auto view = (*state)->view();
    return check_recovery_quorum(document, *view, view->applied().index.value + 1);
}

Status refused(const std::string& folder, const std::string& why) {
    return fail(api::errc::invalid_argument, folder + ": " + why);
}

Status keep(const Held& held, const RecoveryDocument& document) {
    const std::string path = held.config.folder + "/" + std::string(kRecoveryFile);
    const std::string reached = held.folder->reach(path);
    std::ofstream file(reached, std::ios::binary | std::ios::trunc);
    file << encode_recovery_document(document);
    if (file.flush()) return {};
    return fail(api::errc::io_failed, path + ": cannot be written");
}

/// Whether the folder has gone on by it already.
bool is_kept(const Held& held, const RecoveryDocument& document) {
    const std::string path = held.config.folder + "/" + std::string(kRecoveryFile);
    const auto kept = read_recovery_document(held.folder->reach(path));
    return kept && kept->manifest == document.manifest;
}

Status check_chain(const storage::BlockStore& blocks) {
    const consensus::ChainTip tip = blocks.tip();
    crypto::Digest before;
    for (Index next(1); next <= tip.index;) {
        const auto read = blocks.read(next, tip.index, kReadBytes);
        if (!read) return read.error();
        if (next > Index(1) && read->front().header.previous != before) {
            return fail(storage::errc::corrupt_block,
                        "block " + std::to_string(next.value) + ": previous");
        }
        before = read->back().hash;
        next = read->back().header.index.next();
    }
    return {};
}

/// The last block that both logs have, and what `source` has after it is what `blocks` lacks.
Result<consensus::ChainTip> common(const storage::BlockStore& blocks,
                                   const storage::BlockStore& source, Index most) {
    Index at = std::min({blocks.tip().index, source.tip().index, most});
    while (at > Index(0)) {
        const auto here = blocks.read(at, at, 0);
        if (!here) return here.error();
        const auto there = source.read(at, at, 0);
        if (!there) return there.error();
        if (here->front().hash == there->front().hash) return consensus::tip_of(here->front());
        at = at.previous();
    }
    return consensus::ChainTip{};
}

}  // namespace

Result<RecoverReport> recover_node(const std::string& folder) {
    const auto held = hold(folder);
    if (!held) return held.error();
    auto salvaged = storage::make_recovering(held->options());
    if (!salvaged) return salvaged.error();
    return RecoverReport{salvaged->kept.value, std::move(salvaged->damage),
                         std::move(salvaged->set_aside)};
}

Result<NodeStanding> node_standing(const std::string& folder) {
    const auto held = hold(folder);
    if (!held) return held.error();
    const auto blocks = storage::open_block_store(held->options());
    if (!blocks) return blocks.error();
    const auto state = (*blocks)->load();
    if (!state) return state.error();
    const consensus::ChainTip tip = (*blocks)->tip();
    if (Status whole = check_chain(**blocks); !whole) return whole.error();
    return NodeStanding{held->genesis.network_id(),
                        held->config.id.value,
                        tip.index.value,
                        tip.term.value,
                        tip.hash,
                        state->hard_state.term.value,
                        (*blocks)->recovering()};
}

RecoveryManifest recovery_from(const NodeStanding& standing, std::vector<std::uint32_t> nodes,
                               consensus::Millis decided) {
    RecoveryManifest manifest;
    manifest.network = standing.network;
    manifest.decided = decided;
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    manifest.nodes = std::move(nodes);
    manifest.index = Index(standing.index);
    manifest.term = Term(standing.term);
    manifest.hash = standing.hash;
    manifest.begin = Term(std::max(standing.voted_term, standing.term) + kTermsLeftOut);
    return manifest;
}

Status apply_recovery(const std::string& folder, const RecoveryDocument& document) {
    const auto held = hold(folder);
    if (!held) return held.error();
    const RecoveryManifest& manifest = document.manifest;
    if (manifest.network != held->genesis.network_id()) {
        return refused(folder, "the manifest is for network " + to_hex(manifest.network.view()));
    }
    if (!manifest.names(held->config.id.value)) {
        return refused(folder,
                       "the manifest does not name node " + std::to_string(held->config.id.value));
    }
    const auto blocks = storage::open_block_store(held->options());
    if (!blocks) return blocks.error();
    if ((*blocks)->recovering().empty()) {
        return refused(folder, "this node is not recovering, and needs no manifest");
    }
    const consensus::ChainTip tip = (*blocks)->tip();
    if (tip.index != manifest.index || tip.term != manifest.term || tip.hash != manifest.hash) {
        return refused(folder, "its last block is " + std::to_string(tip.index.value) +
                                   " of term " + std::to_string(tip.term.value) +
                                   ", the manifest goes on from block " +
                                   std::to_string(manifest.index.value) + " of term " +
                                   std::to_string(manifest.term.value) +
                                   (tip.index == manifest.index ? " with another hash" : ""));
    }
    if (is_kept(*held, document)) {
        return refused(folder,
                       "this node went on by this manifest before; what was committed since would "
                       "be given up. If that is meant, have those who govern sign a new one: "
                       "`tallystick recovery make --help`");
    }
    const auto state = (*blocks)->load();
    if (!state) return state.error();
    const Index commit = state->hard_state.commit;
    if (Status signed_by = check_quorum(*held, **blocks, commit, document); !signed_by) {
        return signed_by;
    }
    if (Status kept = keep(*held, document); !kept) return kept;
    consensus::LogWrite write;
    write.hard_state = state->hard_state;
    if (write.hard_state.term < manifest.begin) {
        write.hard_state.term = manifest.begin;
        write.hard_state.vote = consensus::kNobody;
    }
    write.ends_recovering = true;
    return (*blocks)->write(write);
}

Status extend_log(const std::string& folder, const std::string& source,
                  const RecoveryManifest& target) {
    const auto held = hold(folder);
    if (!held) return held.error();
    const auto blocks = storage::open_block_store(held->options());
    if (!blocks) return blocks.error();
    if ((*blocks)->recovering().empty()) return refused(folder, "this node is not recovering");
    const auto from = storage::open_block_store_readonly(source);
    if (!from) return from.error();
    auto at = common(**blocks, **from, target.index);
    if (!at) return at.error();
    auto state = (*blocks)->load();
    if (!state) return state.error();
    if (at->index < state->hard_state.commit) {
        return fail(storage::errc::diverged, folder + ": its committed block " +
                                                 std::to_string(at->index.value + 1) +
                                                 " is another one than in " + source);
    }
    consensus::HardState hard = state->hard_state;
    const auto source_state = (*from)->load();
    if (!source_state) return source_state.error();
    for (Index next = at->index.next(); next <= target.index;) {
        auto more = (*from)->read(next, target.index, kReadBytes);
        if (!more) return more.error();
        next = more->back().header.index.next();
        hard.commit =
            std::max(hard.commit, std::min(next.previous(), source_state->hard_state.commit));
        hard.term = std::max(hard.term, more->back().header.term);
        if (hard.term > state->hard_state.term) hard.vote = consensus::kNobody;
        const Status written = (*blocks)->write({std::move(*more), hard});
        if (!written) return written;
    }
    return {};
}

}  // namespace tally::node::pipeline
