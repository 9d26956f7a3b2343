#include "cli/parted_histories.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/hex.h"
#include "base/last_in_common.h"
#include "cli/output.h"
#include "ledger/verifiers.h"
#include "storage/audit.h"
#include "storage/audit_source.h"

namespace tally::cli {
namespace {

using consensus::Index;

struct Opened {
    const HistoryFolder* folder;
    std::unique_ptr<storage::AuditSource> source;
    Index commit;
};

std::optional<crypto::Digest> hash_at(const Opened& log, Index index) {
    const auto found = log.source->read(index, index);
    return found ? std::optional(found->front().hash) : std::nullopt;
}

/// The first committed block in which they differ; 0: none, or it cannot be told.
std::uint64_t parting(const Opened& one, const Opened& other) {
    const std::uint64_t end = std::min(one.commit, other.commit).value;
    const auto alike = [&](std::uint64_t index) -> Result<bool> {
        return hash_at(one, Index(index)) == hash_at(other, Index(index));
    };
    // Nearly always they are alike to the end.
    if (end == 0 || *alike(end)) return 0;
    const Index differ(*last_in_common(end - 1, alike) + 1);
    return hash_at(one, differ) && hash_at(other, differ) ? differ.value : 0;
}

std::vector<std::string> signers_of(const std::string& text, const ledger::Genesis& genesis) {
    std::set<std::string> names;
    const auto note = crypto::Note::decode(text);
    const auto verified = note ? crypto::verify_note(*note, ledger::verifiers_of(genesis))
                               : Result<std::vector<crypto::VerifiedSignature>>(note.error());
    if (!verified) return {};
    for (const auto& signature : *verified) {
        names.insert(genesis.nodes[signature.verifier / 2].name);
    }
    return {names.begin(), names.end()};
}

PartedHistories::Side side_of(const Opened& log, std::uint64_t parts,
                              const ledger::Genesis& genesis) {
    PartedHistories::Side side;
    side.name = log.folder->name;
    side.last = log.commit.value;
    const auto report = storage::audit(*log.source, genesis);
    if (!report || !report->anchor) return side;
    const auto note = log.source->checkpoint(report->anchor->size);
    if (!note || !*note) return side;
    side.size = report->anchor->size;
    side.root = to_hex(report->anchor->root.view());
    side.signers = signers_of(**note, genesis);
    side.covers = report->certified_block >= parts;
    return side;
}

std::string words_of(const PartedHistories::Side& side) {
    std::string text = side.name + " has blocks up to " + std::to_string(side.last);
    if (side.size == 0) return text + ", and no certified checkpoint";
    return text + ", and a certified checkpoint of size " + std::to_string(side.size) +
           (side.covers ? " of that history" : " from before") + ", root " + side.root +
           ", signed by " + joined(side.signers);
}

boost::json::array to_array(const std::vector<std::string>& names) {
    boost::json::array list;
    for (const std::string& name : names) list.emplace_back(name);
    return list;
}

boost::json::object to_object(const PartedHistories::Side& side) {
    return {{"name", side.name}, {"last_block", side.last}, {"size", side.size},
            {"root", side.root}, {"covers", side.covers},   {"signed_by", to_array(side.signers)}};
}

}  // namespace

std::string PartedHistories::words() const {
    std::string text = "TWO HISTORIES: " + one.name + " and " + other.name +
                       " hold different committed blocks from block " + std::to_string(block) +
                       " on\n  " + words_of(one) + "\n  " + words_of(other) + "\n";
    if (!both.empty()) text += "  " + joined(both) + " signed both\n";
    return text;
}

boost::json::object PartedHistories::to_json() const {
    return {{"block", block},
            {"sides", boost::json::array{to_object(one), to_object(other)}},
            {"signed_both", to_array(both)}};
}

std::vector<PartedHistories> find_parted(const std::vector<HistoryFolder>& folders,
                                         const ledger::Genesis& genesis) {
    std::vector<Opened> logs;
    for (const HistoryFolder& folder : folders) {
        auto source = storage::make_folder_audit_source(folder.folder);
        const auto last = source ? (*source)->last() : Result<Index>(source.error());
        if (last) logs.push_back({&folder, std::move(*source), *last});
    }
    std::vector<PartedHistories> found;
    for (auto one = logs.begin(); one != logs.end(); ++one) {
        for (auto other = std::next(one); other != logs.end(); ++other) {
            const std::uint64_t block = parting(*one, *other);
            if (block == 0) continue;
            PartedHistories parted{
                block, side_of(*one, block, genesis), side_of(*other, block, genesis), {}};
            if (parted.one.covers && parted.other.covers) {
                std::ranges::set_intersection(parted.one.signers, parted.other.signers,
                                              std::back_inserter(parted.both));
            }
            found.push_back(std::move(parted));
        }
    }
    return found;
}

}  // namespace tally::cli
