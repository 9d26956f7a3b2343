#include "node/pipeline/accusations.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "node/pipeline/node_status.h"

namespace tally::node::pipeline {
namespace {

/// Whom a record speaks against, and how gravely.
std::vector<std::pair<std::uint32_t, Charge>> charges_of(const storage::Judgement& judgement) {
    std::vector<std::pair<std::uint32_t, Charge>> charges;
    const auto add = [&charges](const std::vector<std::uint32_t>& nodes, Charge charge) {
        for (const std::uint32_t node : nodes) charges.emplace_back(node, charge);
    };
    add(judgement.disputed, judgement.is_signed ? Charge::differs : Charge::sent_other_block);
    add(judgement.contradicted, Charge::contradicts_certified);
    add(judgement.equivocated, Charge::signed_two_roots);
    return charges;
}

}  // namespace

Accusations::Accusations(const ledger::Genesis& genesis, storage::BlockStore& blocks)
    : genesis_(genesis), blocks_(blocks) {
    const auto all = blocks_.evidence();
    if (!all) {
        // It stands for itself in GET /v1/evidence; a node can work without it.
        spdlog::error("the evidence in this node's folder cannot be read: {}", all.error().context);
        return;
    }
    for (const storage::DamagedEvidence& damaged : all->damaged) {
        spdlog::error("evidence in this node's folder is damaged: {}: {}", damaged.record,
                      damaged.why);
    }
    for (const storage::Evidence& evidence : all->records) static_cast<void>(note(evidence));
    for (const Accused& accused : list()) {
        spdlog::error("evidence: {} records against node {}, which {}; see `tallystick evidence`",
                      accused.records, accused.name, charge_words(accused.charge));
    }
}

Status Accusations::keep(const storage::Evidence& evidence) {
    const auto added = blocks_.keep_evidence(evidence);
    if (!added) return added.error();
    if (!*added) return {};
    const auto all = blocks_.evidence();
    if (!all) return all.error();
    const storage::EvidenceKey key = storage::key_of(evidence);
    // As it was kept: with what was known before.
    for (const storage::Evidence& kept : all->records) {
        if (storage::key_of(kept) != key) continue;
        const bool roots = std::holds_alternative<storage::RootConflict>(kept.what);
        for (const auto& [node, charge] : note(kept)) {
            spdlog::error("evidence: node {} {} at {} {}; see `tallystick evidence`",
                          node_name(genesis_, consensus::NodeId(node)), charge_words(charge),
                          roots ? "size" : "block", key.place);
        }
    }
    return {};
}

Accusations::Charges Accusations::note(const storage::Evidence& evidence) {
    auto judgement = storage::judge(evidence, genesis_);
    if (!judgement) {
        spdlog::error("evidence is kept that does not hold: {}", judgement.error().context);
        return {};
    }
    Charges charges = charges_of(*judgement);
    const std::lock_guard lock(mutex_);
    judgements_[storage::key_of(evidence)] = std::move(*judgement);
    return charges;
}

std::vector<Accused> Accusations::list() const {
    std::map<std::uint32_t, Accused> nodes;
    const std::lock_guard lock(mutex_);
    for (const auto& [key, judgement] : judgements_) {
        std::map<std::uint32_t, Charge> gravest;
        for (const auto& [node, charge] : charges_of(judgement)) {
            const auto [known, fresh] = gravest.emplace(node, charge);
            known->second = std::max(known->second, charge);
        }
        for (const auto& [node, charge] : gravest) {
            Accused& accused = nodes[node];
            accused.id = consensus::NodeId(node);
            accused.charge = accused.records == 0 ? charge : std::max(accused.charge, charge);
            ++accused.records;
        }
    }
    std::vector<Accused> list;
    for (auto& [node, accused] : nodes) {
        accused.name = node_name(genesis_, accused.id);
        list.push_back(std::move(accused));
    }
    return list;
}

}  // namespace tally::node::pipeline
