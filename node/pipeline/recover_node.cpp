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
#include "node/config.h"
#include "storage/applier.h"
#include "storage/audit.h"
#include "storage/audit_source.h"
#include "storage/errc.h"
#include "storage/held_folder.h"
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
/// Gives how many entries they are.
Result<std::uint64_t> check_quorum(const Held& held, const storage::BlockStore& blocks,
                                   Index commit, const RecoveryDocument& document) {
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
    const Status quorum = check_recovery_quorum(document, *view, view->applied().index.value + 1);
    if (!quorum) return quorum.error();
    return view->applied().frontier.size();
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

/// A node's log as an audit reads it.
class LogSource : public storage::AuditSource {
public:
    explicit LogSource(const storage::BlockStore& blocks, Index commit)
        : blocks_(blocks), commit_(commit) {}
    Result<Index> last() const override { return commit_; }
    Result<Index> stored() const override { return blocks_.tip().index; }
    Result<std::vector<consensus::Block>> read(Index first, Index last) const override {
        return blocks_.read(first, last, kReadBytes);
    }
    Result<std::optional<std::string>> checkpoint(std::uint64_t size) const override {
        const auto stored = blocks_.checkpoint(size);
        if (!stored) return stored.error();
        return *stored ? std::optional((*stored)->note) : std::nullopt;
    }
    Result<std::optional<std::string>> newest_certified() const override {
        const auto stored = blocks_.latest_certified();
        if (!stored) return stored.error();
        return *stored ? std::optional((*stored)->note) : std::nullopt;
    }

private:
    const storage::BlockStore& blocks_;
    const Index commit_;
};

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

/// How many entries the log has, where the node has signed for more than its committed blocks have;
/// nothing where it has not.
Result<std::optional<std::uint64_t>> entries_below_signed(const Held& held,
                                                          const storage::BlockStore& blocks,
                                                          std::uint64_t committed) {
    std::uint64_t is_signed = 0;
    if (const auto mark = blocks.signed_mark()) is_signed = mark->size;
    const auto certified = blocks.latest_certified();
    if (!certified) return certified.error();
    if (*certified) is_signed = std::max(is_signed, (*certified)->size);
    if (is_signed <= committed) return std::optional<std::uint64_t>();
    // To the last block, whatever is known to be committed: all that go on have it.
    const auto report = storage::audit(LogSource(blocks, blocks.tip().index), held.genesis);
    if (!report) return report.error();
    if (report->entries >= is_signed) return std::optional<std::uint64_t>();
    return std::optional(report->entries);
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
    return storage::make_recovering(held->options(), taken);
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
        storage::newest_anchor(LogSource(*log->blocks, commit), log->held.genesis);
    if (!certified) return certified.error();
    auto anchors = anchors_of(*log->blocks, log->held.genesis);
    if (!anchors) return anchors.error();
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
                        *std::move(anchors)};
}

std::string mark_folder_of(const std::string& folder) {
    const auto config = NodeConfig::load(folder + "/node.toml");
    return config ? config->mark_dir : std::string();
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
    return storage::audit(LogSource(*log->blocks, log->hard.commit), log->held.genesis, anchors);
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
    const auto entries = check_quorum(log->held, *log->blocks, log->hard.commit, document);
    return entries ? Status() : Status(entries.error());
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
    const auto entries = check_quorum(*held, **blocks, commit, document);
    if (!entries) return entries.error();
    const auto below = entries_below_signed(*held, **blocks, *entries);
    if (!below) return below.error();
    if (*below) {
        blocks->reset();  // one at a time has the folder open
        if (Status gone = storage::give_up_signed(held->options(), **below); !gone) return gone;
        blocks = storage::open_block_store(held->options());
        if (!blocks) return blocks.error();
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
