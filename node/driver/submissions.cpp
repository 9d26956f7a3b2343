#include "node/driver/submissions.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "api/errc.h"
#include "base/check.h"
#include "base/hex.h"
#include "ledger/submission.h"
#include "node/driver/mutation.h"

namespace tally::node::driver {
namespace {

/// Payload bytes around each submission and around all of them (docs/FORMAT.md).
constexpr std::size_t kPayloadOverhead = 8;
constexpr std::size_t kSubmissionsPerBlock = 4096;
/// Handed to the transport at once: less than its queue for one peer holds.
constexpr std::size_t kForwardBytesMax = 8 << 20;
/// A refused forward waits twice as long each time, up to 16 times.
constexpr std::uint32_t kRetryDoublings = 4;

std::string unknown_text(const std::vector<ledger::TransactionId>& ids) {
    std::string text = "proposed but not confirmed in time; retry the same ids, which is safe: ";
    constexpr std::size_t kShown = 5;
    for (std::size_t number = 0; number < std::min(kShown, ids.size()); ++number) {
        text += (number == 0 ? "" : ", ") + to_hex(ids[number].bytes);
    }
    if (ids.size() > kShown) text += " and " + std::to_string(ids.size() - kShown) + " more";
    return text;
}

/// Whether another node, or this one later, may take what was refused so: nothing happened, or
/// nobody knows.
bool may_change(const std::error_code& code) {
    constexpr std::array kPassing = {api::errc::no_quorum,     api::errc::outcome_unknown,
                                     api::errc::shutting_down, api::errc::overloaded,
                                     api::errc::storage_full,  api::errc::halted};
    return std::any_of(kPassing.begin(), kPassing.end(),
                       [&code](api::errc passing) { return code == passing; });
}

/// Leaves of the log up to the last one that the receipt names.
std::uint64_t entries_of(const SubmitReceipt& receipt) {
    std::uint64_t entries = receipt.result.header_entry + 1;
    for (const auto& transaction : receipt.result.transactions) {
        entries = std::max(entries, transaction.entry + 1);
    }
    return entries;
}

}  // namespace

Submissions::Submissions(std::size_t block_bytes_max, std::uint64_t first_forward,
                         std::chrono::milliseconds retry)
    : block_bytes_max_(block_bytes_max),
      retry_(retry),
      next_forward_(mutated(Mutation::forwards_from_zero) ? 0 : first_forward) {}

void Submissions::add(PendingSubmission pending) {
    const auto [found, added] = pendings_.try_emplace(pending.digest);
    Pending& known = found->second;
    known.waiters.push_back(
        {pending.ticket, pending.wait, pending.forwarded_to_us, pending.deadline});
    if (!added) return;
    bytes_ += pending.bytes->size();
    known.bytes = std::move(pending.bytes);
    known.ids = std::move(pending.ids);
    known.turn = pending.ticket;
    line_up(found);
}

void Submissions::add_recorded(const PendingSubmission& pending, const SubmitReceipt& receipt) {
    const std::uint64_t entries = entries_of(receipt);
    answer({pending.ticket, pending.wait, pending.forwarded_to_us, pending.deadline}, receipt,
           entries);
}

/// Back to the line, or to wait for its block if it stands in this node's log.
void Submissions::line_up(Pendings::iterator pending) {
    Pending& waits = pending->second;
    if (standing_.contains(pending->first) && !mutated(Mutation::copies)) {
        waits.place = Place::log;
        waits.left = true;
        return;
    }
    waits.place = Place::line;
    line_.emplace(waits.turn, pending->first);
}

Submissions::Pendings::iterator Submissions::forget(Pendings::iterator pending) {
    const Pending& gone = pending->second;
    if (gone.place == Place::line) line_.erase(gone.turn);
    if (gone.place == Place::forward) forwarded_.erase(gone.forward_id);
    bytes_ -= gone.bytes->size();
    return pendings_.erase(pending);
}

void Submissions::finish(const Waiter& waiter, Result<SubmitReceipt> result) {
    answers_.push_back({waiter.ticket, std::move(result)});
}

template <typename Which, typename With>
Submissions::Pendings::iterator Submissions::end(Pendings::iterator pending, Which which,
                                                 With with) {
    std::erase_if(pending->second.waiters, [&](const Waiter& waiter) {
        if (!which(waiter)) return false;
        with(waiter);
        return true;
    });
    return pending->second.waiters.empty() ? forget(pending) : std::next(pending);
}

std::optional<Batch> Submissions::next_batch() const {
    if (line_.empty()) return std::nullopt;
    std::vector<SharedBytes> payload;
    std::size_t bytes = kPayloadOverhead;
    for (const auto& [turn, digest] : line_) {
        if (payload.size() == kSubmissionsPerBlock) break;
        const SharedBytes& submission = pendings_.at(digest).bytes;
        const std::size_t more = submission->size() + kPayloadOverhead;
        if (!payload.empty() && bytes + more > block_bytes_max_) break;
        bytes += more;
        payload.push_back(submission);
    }
    return Batch{share(ledger::encode_payload(payload)), payload.size()};
}

void Submissions::on_proposed(const Batch& batch, const consensus::Proposed& place) {
    TALLY_CHECK(batch.count <= line_.size());
    std::vector<crypto::Digest> digests;
    while (digests.size() < batch.count) {
        Pending& pending = pendings_.at(line_.begin()->second);
        pending.place = Place::log;
        pending.left = true;
        digests.push_back(line_.begin()->second);
        line_.erase(line_.begin());
    }
    standing_.on_proposed(place, digests);
    if (!mutated(Mutation::early_answer)) return;
    SubmitReceipt receipt;
    receipt.block = place.first.value;
    receipt.applied_index = place.first.value;
    for (const auto& digest : digests) answer_all(pendings_.find(digest), receipt, 0);
}

void Submissions::on_append(std::span<const consensus::Block> blocks) {
    const Standing::Change change = standing_.on_append(blocks);
    for (const crypto::Digest& digest : change.gone) {
        const auto pending = pendings_.find(digest);
        // A block of an older term was replaced: its submissions go again.
        if (pending != pendings_.end() && pending->second.place == Place::log) line_up(pending);
    }
    if (mutated(Mutation::copies)) return;
    // What waits here and was put into the log by another way need not be sent any more.
    for (const crypto::Digest& digest : change.came) {
        const auto pending = pendings_.find(digest);
        if (pending == pendings_.end() || pending->second.place != Place::line) continue;
        pending->second.place = Place::log;
        pending->second.left = true;
        line_.erase(pending->second.turn);
    }
}

std::vector<Forward> Submissions::forward_waiting(consensus::NodeId leader, Clock::time_point now) {
    if (!mutated(Mutation::forwarded_again)) refuse_forwarded("another node leads");
    std::vector<Forward> forwards;
    std::size_t bytes = 0;
    for (auto turn = line_.begin(); turn != line_.end();) {
        Pending& pending = pendings_.at(turn->second);
        if (pending.not_before > now) {
            ++turn;
            continue;
        }
        bytes += pending.bytes->size();
        if (!forwards.empty() && bytes > kForwardBytesMax) break;
        pending.place = Place::forward;
        pending.forward_id = next_forward_++;
        forwards.push_back({leader, {pending.forward_id, pending.bytes}});
        const bool left_before = std::exchange(pending.left, true);
        forwarded_.emplace(pending.forward_id, Forwarded{leader, turn->second, left_before});
        turn = line_.erase(turn);
    }
    return forwards;
}

void Submissions::on_forward_dropped(std::uint64_t id) {
    const auto found = forwarded_.find(id);
    if (found == forwarded_.end()) return;
    const auto pending = pendings_.find(found->second.digest);
    pending->second.left = found->second.left_before;
    forwarded_.erase(found);
    line_up(pending);
}

void Submissions::refuse_forwarded(const std::string& why) {
    for (auto turn = line_.begin(); turn != line_.end();) {
        const auto pending = pendings_.find(turn->second);
        ++turn;  // forgetting takes it out of the line
        const bool left = pending->second.left;
        end(
            pending, [](const Waiter& waiter) { return waiter.forwarded_to_us; },
            [&](const Waiter& waiter) {
                finish(waiter, fail(left ? api::errc::outcome_unknown : api::errc::no_quorum, why));
            });
    }
}

void Submissions::refuse_waiting(const Error& error) {
    for (auto turn = line_.begin(); turn != line_.end();) {
        const auto pending = pendings_.find(turn->second);
        ++turn;
        if (pending->second.left) continue;
        end(
            pending, [](const Waiter&) { return true; },
            [&](const Waiter& waiter) { finish(waiter, error); });
    }
}

void Submissions::on_leader_change() {
    for (const auto& [id, forwarded] : std::exchange(forwarded_, {})) {
        line_up(pendings_.find(forwarded.digest));
    }
    for (auto& [digest, pending] : pendings_) {
        pending.refused = 0;
        pending.not_before = {};
    }
}

void Submissions::answer(const Waiter& waiter, const SubmitReceipt& receipt,
                         std::uint64_t entries) {
    SubmitReceipt given = receipt;
    if (waiter.wait == SubmitWait::certified) {
        if (certified_ < entries) {
            uncertified_.push_back({std::move(given), entries, waiter});
            return;
        }
        given.certified_size = certified_;
    }
    finish(waiter, std::move(given));
}

void Submissions::answer_all(Pendings::iterator pending, const SubmitReceipt& receipt,
                             std::uint64_t entries) {
    end(
        pending, [](const Waiter&) { return true; },
        [&](const Waiter& waiter) { answer(waiter, receipt, entries); });
}

void Submissions::on_applied(BlockApplied& notice) {
    const std::vector<crypto::Digest> digests = standing_.take_applied(notice.index, notice.term);
    if (digests.size() != notice.submissions.size()) return;
    for (std::size_t number = 0; number < digests.size(); ++number) {
        const auto pending = pendings_.find(digests[number]);
        if (pending == pendings_.end()) continue;
        SubmitReceipt receipt;
        receipt.block = notice.index.value;
        receipt.block_time = notice.time;
        receipt.applied_index = notice.index.value;
        receipt.result = std::move(notice.submissions[number]);
        answer_all(pending, receipt, notice.entry_count);
    }
}

void Submissions::on_forward_reply(consensus::NodeId from, ForwardReply reply,
                                   Clock::time_point now) {
    const auto found = forwarded_.find(reply.id);
    if (found == forwarded_.end() || found->second.to != from) return;
    const auto pending = pendings_.find(found->second.digest);
    const bool left_before = found->second.left_before;
    if (reply.result) {
        return answer_all(pending, *reply.result, entries_of(*reply.result) + 1);
    }
    const Error& error = reply.result.error();
    // Anything that is said of a later attempt says nothing of an earlier one, which may be
    // committed yet: trying again is safe, until the deadline.
    if (!left_before && !may_change(error.code)) {
        end(
            pending, [](const Waiter&) { return true; },
            [&](const Waiter& waiter) { finish(waiter, error); });
        return;
    }
    forwarded_.erase(found);
    Pending& waits = pending->second;
    if (error.code != api::errc::outcome_unknown) waits.left = left_before;
    if (mutated(Mutation::left_taken_back)) waits.left = false;
    waits.last_refusal = error;
    waits.not_before = now + retry_ * (1U << std::min(waits.refused, kRetryDoublings));
    ++waits.refused;
    line_up(pending);
}

void Submissions::on_certified(std::uint64_t size) {
    certified_ = std::max(certified_, size);
    for (auto place = uncertified_.begin(); place != uncertified_.end();) {
        if (place->entries > size && !mutated(Mutation::certificate_of_less)) {
            ++place;
            continue;
        }
        place->receipt.certified_size = size;
        finish(place->waiter, std::move(place->receipt));
        place = uncertified_.erase(place);
    }
}

Error Submissions::late_error(const Pending& pending) const {
    if (pending.left && !mutated(Mutation::leaving_forgotten)) {
        return fail(api::errc::outcome_unknown, unknown_text(pending.ids));
    }
    if (pending.last_refusal) return *pending.last_refusal;
    return fail(api::errc::no_quorum,
                "no leader with a majority was found in time; nothing was proposed: retry when "
                "`network status` shows a leader");
}

void Submissions::expire(Clock::time_point now) {
    for (auto pending = pendings_.begin(); pending != pendings_.end();) {
        const Pending& late = pending->second;
        pending = end(
            pending, [now](const Waiter& waiter) { return waiter.deadline <= now; },
            [&](const Waiter& waiter) {
                if (!mutated(Mutation::ticket_lost)) finish(waiter, late_error(late));
            });
    }
    for (auto place = uncertified_.begin(); place != uncertified_.end();) {
        if (place->waiter.deadline > now) {
            ++place;
            continue;
        }
        // Committed is committed: the receipt says by its absence that no certificate came yet.
        finish(place->waiter, std::move(place->receipt));
        place = uncertified_.erase(place);
    }
}

void Submissions::fail_all(const Error& before_leaving) {
    for (auto pending = pendings_.begin(); pending != pendings_.end();) {
        const Pending& ending = pending->second;
        pending = end(
            pending, [](const Waiter&) { return true; },
            [&](const Waiter& waiter) {
                finish(waiter, ending.left
                                   ? fail(api::errc::outcome_unknown, unknown_text(ending.ids))
                                   : before_leaving);
            });
    }
    for (auto& awaiting : std::exchange(uncertified_, {})) {
        finish(awaiting.waiter, std::move(awaiting.receipt));
    }
}

}  // namespace tally::node::driver
