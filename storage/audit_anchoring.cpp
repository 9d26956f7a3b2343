// Blocks carry no signature of their network, so a chain that somebody rewrote and hashed anew
// holds together as well as the true one. Only a checkpoint that a majority cosigned tells them
// apart, and only if the log is made to arrive at it: a rewritten log has other seals, so asking
// whether its own seals have checkpoints asks the wrong question. Therefore each checkpoint that is
// known is expected here from the start, and one that was not met at the end is a finding.
#include "storage/audit_anchoring.h"

#include <algorithm>

#include "base/hex.h"
#include "storage/errc.h"

namespace tally::storage {
namespace {

std::string owner_of(const Anchor& anchor) { return anchor.from.empty() ? "" : anchor.from + ": "; }

std::string roots_differ(const crypto::Digest& stated, const crypto::Digest& found) {
    return "root is " + to_hex(stated.view()) + ", the log leads to " + to_hex(found.view());
}

}  // namespace

Anchoring::Anchoring(const AuditSource& source, const ledger::Genesis& genesis,
                     const std::vector<Anchor>& others, AuditReport& report)
    : source_(source), genesis_(genesis), report_(report) {
    for (const Anchor& anchor : others) expect(anchor);
}

void Anchoring::find(std::uint64_t block, const char* field, std::string detail) {
    report_.find({block, field, std::move(detail)});
}

std::string Anchoring::signed_by(std::size_t cosigners) const {
    return "cosigned by " + std::to_string(cosigners) + " of " +
           std::to_string(genesis_.nodes.size()) + " nodes";
}

void Anchoring::expect(Anchor anchor) {
    wanted_ = std::max(wanted_, anchor.size);
    expected_.push_back(std::move(anchor));
}

Status Anchoring::begin() {
    const auto named = source_.newest_certified();
    if (!named) return named.error();
    if (named->has_value()) {
        auto anchor = read_anchor(**named, genesis_, {});
        if (anchor) {
            expect(*std::move(anchor));
        } else {
            find(0, "checkpoint", "given as the newest certified one: " + anchor.error().context);
        }
    }
    const auto sizes = source_.checkpoint_sizes();
    if (!sizes) return sizes.error();
    kept_.insert(sizes->begin(), sizes->end());
    for (auto size = kept_.rbegin(); size != kept_.rend() && *size > wanted_; ++size) {
        const auto note = source_.checkpoint(*size);
        if (!note) return note.error();
        if (!note->has_value()) continue;
        const auto claim = read_claim(**note, genesis_);
        if (claim && claim->size == *size && claim->cosigners > 0) wanted_ = *size;
    }
    return {};
}

void Anchoring::adopt(Anchor anchor, const SealPoint& seal) {
    if (report_.anchor && report_.anchor->size >= anchor.size) return;
    report_.anchor = std::move(anchor);
    report_.certified_block = seal.block.value;
}

void Anchoring::check_stored(const SealPoint& seal) {
    const std::string name = "size " + std::to_string(seal.size) + ": ";
    const auto note = source_.checkpoint(seal.size);
    if (!note) return find(seal.block.value, "checkpoint", name + note.error().context);
    if (!note->has_value()) return;
    const auto claim = read_claim(**note, genesis_);
    if (!claim) return find(seal.block.value, "checkpoint", name + claim.error().context);
    if (claim->size != seal.size) {
        return find(seal.block.value, "checkpoint",
                    name + "says size " + std::to_string(claim->size));
    }
    if (claim->cosigners > 0) report_.checkpoint_roots[seal.size] = claim->root;
    if (claim->root != seal.root) {
        return find(seal.block.value, "checkpoint", name + roots_differ(claim->root, seal.root));
    }
    ++report_.checkpoints;
    if (claim->cosigners < majority_of(genesis_.nodes.size())) return;
    ++report_.certified;
    adopt({claim->size, claim->root, claim->cosigners, {}}, seal);
}

void Anchoring::on_seal(const SealPoint& seal) {
    kept_.erase(seal.size);
    check_stored(seal);
    std::erase_if(expected_, [&](Anchor& anchor) {
        if (anchor.size != seal.size) return false;
        if (anchor.from.empty()) report_.checkpoint_roots[seal.size] = anchor.root;
        if (anchor.root == seal.root) {
            adopt(std::move(anchor), seal);
        } else {
            find(seal.block.value, "checkpoint",
                 owner_of(anchor) + "size " + std::to_string(seal.size) + ", " +
                     signed_by(anchor.cosigners) + ": " + roots_differ(anchor.root, seal.root));
        }
        return true;
    });
}

Status Anchoring::miss(const StateView& view, std::uint64_t size, const std::string& who) {
    const std::uint64_t entries = view.applied().head.entry_count;
    const std::string name = who + "size " + std::to_string(size);
    if (size > entries) {
        find(view.applied().index.value, kMissingEntries,
             name + " is on record, and the log ends with " + std::to_string(entries) +
                 (entries == 1 ? " entry: " : " entries: ") +
                 (size - entries == 1 ? "entry " + std::to_string(entries) + " is missing"
                                      : "entries " + std::to_string(entries) + " to " +
                                            std::to_string(size - 1) + " are missing"));
        return {};
    }
    std::uint64_t block = 0;
    if (size > 0) {
        const auto seal = view.seal_covering(size - 1);
        if (!seal) return seal.error();
        block = seal->has_value() ? (*seal)->block.value : view.applied().index.value;
    }
    find(block, "checkpoint", name + ": the log has no seal of that size");
    return {};
}

/// Of those above the log's end the newest that a node signed tells all.
Status Anchoring::finish_kept(const StateView& view) {
    std::optional<CheckpointClaim> above;
    for (const std::uint64_t size : kept_) {
        const auto note = source_.checkpoint(size);
        if (!note) return note.error();
        if (!note->has_value()) continue;
        const auto claim = read_claim(**note, genesis_);
        if (!claim || claim->size != size) {
            find(0, "checkpoint",
                 "size " + std::to_string(size) + ": " +
                     (claim ? "says size " + std::to_string(claim->size) : claim.error().context));
            continue;
        }
        if (claim->cosigners > 0) report_.checkpoint_roots[size] = claim->root;
        if (size > view.applied().head.entry_count) {
            if (claim->cosigners > 0) above = *claim;
            continue;
        }
        if (Status status = miss(view, size, signed_by(claim->cosigners) + ": "); !status) {
            return status;
        }
    }
    if (!above) return {};
    return miss(view, above->size, signed_by(above->cosigners) + ": ");
}

Status Anchoring::finish(const StateView& view) {
    for (const Anchor& anchor : expected_) {
        if (anchor.from.empty()) {
            report_.checkpoint_roots[anchor.size] = anchor.root;
            if (kept_.contains(anchor.size)) continue;
        }
        const std::string who = owner_of(anchor) + signed_by(anchor.cosigners) + ": ";
        if (Status status = miss(view, anchor.size, who); !status) return status;
    }
    return finish_kept(view);
}

}  // namespace tally::storage
