// The ways back of a node that may have forgotten, while it does not run. Each works on a held
// folder, so that no process of the node can start beside it.

#include "node/pipeline/recover_node.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "api/errc.h"
#include "base/hex.h"
#include "base/last_in_common.h"
#include "base/shown_text.h"
#include "node/placement.h"
#include "storage/applier.h"
#include "storage/audit.h"
#include "storage/audit_source.h"
#include "storage/errc.h"
#include "storage/held_folder.h"
#include "storage/log_seals.h"
#include "storage/node_files.h"
#include "storage/salvage.h"

namespace tally::node::pipeline {
namespace {

using consensus::Index;
using consensus::Term;

/// Nobody knows in which terms the nodes voted that they have forgotten. Votes of a later one
/// cannot meet those.
constexpr std::uint64_t kTermsLeftOut = 10'000;
constexpr std::size_t kReadBytes = 4 << 20;

/// A write that failed ends the command: the stores do not go on after one, and RocksDB aborts over
/// it when it closes. What was there is there still, so that the same can be run again.
[[noreturn]] void end_at_failed_write(const Error& error) {
    const bool full = error.code == storage::errc::no_space;
    std::fprintf(stderr, "error[%s]: %s; make room%s, and run the same again\n",
                 api::error_name(error.code).c_str(), escaped(error.context).c_str(),
                 full ? " on that disk" : ", or mend what that says of the disk");
    std::fflush(stderr);
    std::_Exit(1);
}

/// A node's folder, held, with what its stores need to know.
struct Held {
    NodeConfig config;
    ledger::Genesis genesis;
    std::shared_ptr<const storage::HeldFolder> folder;
    std::shared_ptr<storage::NodeFiles> files;

    storage::BlockStoreOptions options() const {
        storage::BlockStoreOptions options;
        options.folder = config.folder;
        options.network = genesis.network_id();
        options.node = config.id.value;
        options.strict_mark = true;
        options.mark_folder = config.mark_dir;
        options.held = folder;
        options.env = files->env();
        return options;
    }
};

Result<Held> hold(const std::string& folder) {
    auto config = load_at_home(folder);
    if (!config) return config.error();
    auto genesis = storage::read_genesis(config->folder);
    if (!genesis) {
        return fail(api::errc::bad_config, genesis.error().context + ": cannot be read; " + folder +
                                               "/node.toml says folder = \"" + config->folder +
                                               "\"");
    }
    auto held = storage::HeldFolder::open(config->folder);
    if (!held) return held.error();
    return Held{std::move(*config), std::move(*genesis), std::move(*held),
                std::make_shared<storage::NodeFiles>(end_at_failed_write)};
}

/// A folder that is held, with its log and what the log's own state says.
struct OpenLog {
    Held held;
    std::unique_ptr<storage::BlockStore> blocks;
    consensus::HardState hard;
};

Result<OpenLog> open_log(const std::string& folder) {
    auto held = hold(folder);
    if (!held) return held.error();
    auto blocks = storage::open_block_store(held->options());
    if (!blocks) return blocks.error();
    const auto state = (*blocks)->load();
    if (!state) return state.error();
    return OpenLog{*std::move(held), *std::move(blocks), state->hard_state};
}

/// Brings derived data up to all that is known to be committed, and asks them who governs.
Status check_quorum(const Held& held, const storage::BlockStore& blocks, Index commit,
                    const RecoveryDocument& document) {
    storage::StateStoreOptions options;
    options.folder = held.config.folder;
    options.held = held.folder;
    options.env = held.files->env();
    std::string rebuilt;
    auto state = storage::open_state_store(options, held.genesis, rebuilt);
    if (!state) return state.error();
    storage::Applier applier(held.genesis, **state, ledger::kRulesVersion);
    const Status replayed =
        storage::replay(blocks, **state, applier, commit, storage::plain_checker(held.genesis));
    if (!replayed) return replayed.error();
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

/// Not where the folder has gone on by it already.
Status unused_by(const Held& held, const RecoveryDocument& document) {
    const std::string path = held.config.folder + "/" + std::string(kRecoveryFile);
    const auto kept = read_recovery_document(held.folder->reach(path));
    if (!kept || !(kept->manifest == document.manifest)) return {};
    return refused(held.config.folder,
                   "this node went on by this manifest before; what was committed since would "
                   "be given up. If that is meant, have those who govern sign a new one: "
                   "`tallystick recovery make --help`");
}

/// The hashes of all blocks, each of which was read and follows from the one before.
Result<std::vector<crypto::Digest>> read_chain(const storage::BlockStore& blocks) {
    const consensus::ChainTip tip = blocks.tip();
    std::vector<crypto::Digest> hashes;
    for (Index next(1); next <= tip.index;) {
        const auto read = blocks.read(next, tip.index, kReadBytes);
        if (!read) return read.error();
        if (next > Index(1) && read->front().header.previous != hashes.back()) {
            return fail(storage::errc::corrupt_block,
                        "block " + std::to_string(next.value) + ": previous");
        }
        for (const consensus::Block& block : *read) hashes.push_back(block.hash);
        next = read->back().header.index.next();
    }
    return hashes;
}

/// Every checkpoint of the store that a majority signed.
Result<std::vector<storage::Anchor>> anchors_of(const storage::BlockStore& blocks,
                                                const ledger::Genesis& genesis) {
    std::vector<storage::Anchor> anchors;
    for (std::uint64_t size = 0;; ++size) {
        const auto stored = blocks.certified_covering(size);
        if (!stored) return stored.error();
        // Above the last one it gives that one again.
        if (!*stored || (*stored)->size < size) return anchors;
        size = (*stored)->size;
        auto anchor = storage::read_anchor((*stored)->note, genesis, {});
        if (anchor) anchors.push_back(*std::move(anchor));
    }
}

/// Sets aside what the node has signed and its log has not, to the last block, whatever is known to
/// be committed: all that go on have that. The store is closed meanwhile.
Status hold_signed_to_log(const Held& held, std::unique_ptr<storage::BlockStore>& blocks) {
    const auto roots = blocks->signed_roots(held.config.id.value);
    if (!roots) return roots.error();
    if (roots->empty()) return {};
    const auto report =
        storage::audit(storage::LogSource(*blocks, blocks->tip().index), held.genesis);
    if (!report) return report.error();
    const storage::LogSeals log(*report);
    if (std::ranges::all_of(*roots, [&](const auto& root) { return log.has(root); })) return {};
    blocks.reset();  // one at a time has the folder open
    const Status gone = storage::give_up_signed(
        held.options(), [&](std::uint64_t size, const crypto::Digest* root) {
            return root == nullptr || !log.has({size, *root});
        });
    if (!gone) return gone;
    auto again = storage::open_block_store(held.options());
    if (!again) return again.error();
    blocks = std::move(*again);
    return {};
}

/// The last block that both logs have, and what `source` has after it is what `blocks` lacks.
Result<consensus::ChainTip> common(const storage::BlockStore& blocks,
                                   const storage::BlockStore& source, Index most) {
    const auto alike = [&](std::uint64_t index) -> Result<bool> {
        const auto here = blocks.read(Index(index), Index(index), 0);
        if (!here) return here.error();
        const auto there = source.read(Index(index), Index(index), 0);
        if (!there) return there.error();
        return here->front().hash == there->front().hash;
    };
    const Index end = std::min({blocks.tip().index, source.tip().index, most});
    const auto last = last_in_common(end.value, alike);
    if (!last) return last.error();
    if (*last == 0) return consensus::ChainTip{};
    const auto block = blocks.read(Index(*last), Index(*last), 0);
    if (!block) return block.error();
    return consensus::tip_of(block->front());
}

}  // namespace

Result<storage::Salvaged> recover_node(const std::string& folder,
                                       const std::optional<storage::TakenBlocks>& taken) {
    const auto held = hold(folder);
    if (!held) return held.error();
    auto blocks = taken;
    if (blocks) blocks->genesis = &held->genesis;
    return storage::make_recovering(held->options(), blocks);
}

std::uint64_t NodeStanding::parts_from(const NodeStanding& other) const {
    const auto [mine, theirs] =
        std::mismatch(hashes.begin(), hashes.end(), other.hashes.begin(), other.hashes.end());
    return static_cast<std::uint64_t>(mine - hashes.begin()) + 1;
}

Result<NodeStanding> node_standing(const std::string& folder) {
    const auto log = open_log(folder);
    if (!log) return log.error();
    auto hashes = read_chain(*log->blocks);
    if (!hashes) return hashes.error();
    const Index commit = log->hard.commit;
    const auto certified =
        storage::newest_anchor(storage::LogSource(*log->blocks, commit), log->held.genesis);
    if (!certified) return certified.error();
    auto anchors = anchors_of(*log->blocks, log->held.genesis);
    if (!anchors) return anchors.error();
    auto roots = log->blocks->signed_roots(log->held.config.id.value);
    if (!roots) return roots.error();
    const consensus::ChainTip tip = log->blocks->tip();
    return NodeStanding{log->held.genesis.network_id(),
                        log->held.config.id.value,
                        tip.index.value,
                        tip.term.value,
                        tip.hash,
                        log->hard.term.value,
                        log->blocks->recovering(),
                        commit.value,
                        std::move(*hashes),
                        *certified,
                        *std::move(anchors),
                        *std::move(roots)};
}

Status check_at_home(const std::string& folder) {
    const auto config = load_at_home(folder);
    return config ? Status() : Status(config.error());
}

std::string mark_folder_of(const std::string& folder) {
    const auto config = NodeConfig::load(folder + "/node.toml");
    return config && misplaced(folder, *config).empty() ? config->mark_dir : std::string();
}

NodeTraces node_traces(const std::string& folder) {
    NodeTraces traces;
    traces.marked = storage::farthest_mark(folder, mark_folder_of(folder));
    std::error_code unseen;
    for (const auto& entry : std::filesystem::directory_iterator(folder, unseen)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(storage::kSetAside)) traces.set_aside.push_back(name);
    }
    std::sort(traces.set_aside.begin(), traces.set_aside.end());
    return traces;
}

Result<storage::AuditReport> audit_log(const std::string& folder,
                                       const std::vector<storage::Anchor>& anchors) {
    const auto log = open_log(folder);
    if (!log) return log.error();
    return storage::audit(storage::LogSource(*log->blocks, log->blocks->tip().index),
                          log->held.genesis, anchors);
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

Status check_signed(const std::string& folder, const RecoveryDocument& document) {
    const auto log = open_log(folder);
    if (!log) return log.error();
    return check_quorum(log->held, *log->blocks, log->hard.commit, document);
}

Status check_unused(const std::string& folder, const RecoveryDocument& document) {
    const auto held = hold(folder);
    return held ? unused_by(*held, document) : Status(held.error());
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
    auto blocks = storage::open_block_store(held->options());
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
    if (Status unused = unused_by(*held, document); !unused) return unused;
    const auto state = (*blocks)->load();
    if (!state) return state.error();
    const Index commit = state->hard_state.commit;
    const Status quorum = check_quorum(*held, **blocks, commit, document);
    if (!quorum) return quorum;
    if (Status mine = hold_signed_to_log(*held, *blocks); !mine) return mine;
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
