#include "storage/applier.h"

#include <string>

#include "base/check.h"
#include "storage/day_index.h"
#include "storage/errc.h"
#include "storage/signed_index.h"

namespace tally::storage {

using consensus::Block;
using consensus::BlockKind;

namespace {

using Kind = ledger::BlockInput::Kind;

std::string name_of(const Block& block) {
    return "block " + std::to_string(block.header.index.value);
}

/// The submissions of a block, checked; none if its payload does not decode.
std::vector<ledger::CheckedSubmission> check_payload(const Block& block,
                                                     const SubmissionChecker& check) {
    std::vector<ledger::CheckedSubmission> checked;
    const auto views = ledger::decode_payload(*block.payload);
    if (!views) return checked;
    checked.reserve(views->size());
    for (const ByteView view : *views) checked.push_back(check(view));
    return checked;
}

}  // namespace

Applier::Applier(ledger::Genesis genesis, StateStore& state, std::uint32_t rules_newest)
    : genesis_(std::move(genesis)), state_(state), rules_newest_(rules_newest) {}

Result<Applied> Applier::apply(const Block& block, const SubmissionChecker& check) {
    const std::shared_ptr<const StateView> view = state_.view();
    const AppliedPoint& before = view->applied();
    if (block.header.index != before.index.next()) {
        return fail(errc::diverged, name_of(block) + ": the state stands at block " +
                                        std::to_string(before.index.value));
    }
    if (block.header.previous != before.block_hash) {
        return fail(errc::diverged,
                    name_of(block) + ": previous: the state was made from another block");
    }

    std::vector<ledger::CheckedSubmission> submissions;
    ledger::BlockInput input;
    input.rules_newest = rules_newest_;
    input.index = block.header.index.value;
    input.hash = block.hash;
    input.time = block.header.time;
    if (block.header.kind == BlockKind::submissions) {
        submissions = check_payload(block, check);
        input.kind = Kind::submissions;
        input.submissions = submissions;
    } else if (block.header.kind == BlockKind::seal) {
        input.kind = Kind::seal;
    }
    auto result = ledger::apply_block(input, before.head, *view);
    if (!result) {
        return Error{result.error().code, name_of(block) + ": " + result.error().context};
    }

    TALLY_CHECK(result->entries.empty() || result->first_entry == before.head.entry_count);
    AppliedBlock published;
    published.point.index = block.header.index;
    published.point.block_hash = block.hash;
    published.point.head = result->head;
    published.point.frontier = before.frontier;
    published.point.last_seal = before.last_seal;
    for (const Bytes& entry : result->entries) {
        published.point.frontier.append(crypto::leaf_hash(entry), published.tile_hashes);
    }
    TALLY_CHECK(published.point.frontier.size() == result->head.entry_count);
    if (result->seal) {
        published.seal = SealPoint{.size = published.point.frontier.size(),
                                   .root = published.point.frontier.root(),
                                   .block = block.header.index,
                                   .time = block.header.time};
        published.point.last_seal = published.seal;
    }
    published.first_entry = result->first_entry;
    published.entry_count = static_cast<std::uint32_t>(result->entries.size());
    published.recipe = std::move(result->recipe);
    published.changes = std::move(result->changes);
    result->recipe.clear();
    result->changes.clear();
    const std::uint32_t grammar = ledger::grammar_of(result->head.rules_version);
    if (Status status =
            index_days(grammar, submissions, result->submissions, *view, published.changes);
        !status) {
        return status.error();
    }
    if (Status status =
            index_signed(input.index, submissions, result->submissions, *view, published.changes);
        !status) {
        return status.error();
    }

    Applied applied{std::move(*result), published.point};
    if (Status status = state_.publish(std::move(published)); !status) return status.error();
    return applied;
}

SubmissionChecker plain_checker(const ledger::Genesis& genesis) {
    const ledger::SubmissionBounds bounds{genesis.submission_bytes_max, genesis.transactions_max};
    return [network = genesis.network_id(), bounds](ByteView submission) {
        return ledger::check_submission(share(to_bytes(submission)), network, bounds);
    };
}

Result<Bytes> read_entry(const consensus::LogStore& blocks, const StateView& view,
                         std::uint64_t entry) {
    const auto place = view.locate_entry(entry);
    if (!place) return place.error();
    const auto found = blocks.read(place->block, place->block, 0);
    if (!found) return found.error();
    return ledger::entry_of(*found->front().payload, place->recipe, place->position);
}

}  // namespace tally::storage
