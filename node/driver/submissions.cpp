#include "node/driver/submissions.h"

#include <algorithm>
#include <utility>

#include "api/errc.h"
#include "base/check.h"
#include "base/hex.h"
#include "node/driver/mutation.h"

namespace tally::node::driver {
namespace {

/// Payload bytes around each submission and around all of them (docs/FORMAT.md).
constexpr std::size_t kPayloadOverhead = 8;
constexpr std::size_t kSubmissionsPerBlock = 4096;
/// Handed to the transport at once: less than its queue for one peer holds.
constexpr std::size_t kForwardBytesMax = 8 << 20;

std::string unknown_text(const PendingSubmission& pending) {
    std::string text = "proposed but not confirmed in time; retry the same ids, which is safe: ";
    constexpr std::size_t kShown = 5;
    for (std::size_t number = 0; number < std::min(kShown, pending.ids.size()); ++number) {
        text += (number == 0 ? "" : ", ") + to_hex(pending.ids[number].bytes);
    }
    if (pending.ids.size() > kShown) {
        text += " and " + std::to_string(pending.ids.size() - kShown) + " more";
    }
    return text;
}

}  // namespace

Submissions::Submissions(std::size_t block_bytes_max, std::uint64_t first_forward)
    : block_bytes_max_(block_bytes_max), next_forward_(first_forward) {}

void Submissions::add(PendingSubmission pending) {
    waiting_.push_back(std::make_shared<PendingSubmission>(std::move(pending)));
}

void Submissions::finish(const Pointer& pending, Result<SubmitReceipt> result) {
    answers_.push_back({pending->ticket, std::move(result)});
}

void Submissions::wait_again(Pointer pending) {
    if (pending != nullptr) waiting_.push_back(std::move(pending));
}

std::optional<Batch> Submissions::next_batch() const {
    if (waiting_.empty()) return std::nullopt;
    std::vector<SharedBytes> payload;
    std::size_t bytes = kPayloadOverhead;
    for (const Pointer& pending : waiting_) {
        if (payload.size() == kSubmissionsPerBlock) break;
        const std::size_t more = pending->bytes->size() + kPayloadOverhead;
        if (!payload.empty() && bytes + more > block_bytes_max_) break;
        bytes += more;
        payload.push_back(pending->bytes);
    }
    return Batch{share(ledger::encode_payload(payload)), payload.size()};
}

void Submissions::on_proposed(const Batch& batch, const consensus::Proposed& place) {
    TALLY_CHECK(batch.count <= waiting_.size());
    Flight& flight = proposed_[place.first.value];
    // A block of an older term at this index was replaced: its submissions go again.
    std::vector<Pointer> displaced = std::move(flight.pendings);
    flight = {place.term, {}};
    for (std::size_t number = 0; number < batch.count; ++number) {
        waiting_.front()->left = true;
        flight.pendings.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    for (auto& pending : displaced) wait_again(std::move(pending));
    if (!mutated(Mutation::early_answer)) return;
    BlockApplied notice;
    notice.index = place.first;
    notice.term = place.term;
    notice.submissions.resize(batch.count);
    on_applied(notice);
}

std::vector<Forward> Submissions::forward_waiting(consensus::NodeId leader) {
    refuse_forwarded("another node leads");
    std::vector<Forward> forwards;
    std::size_t bytes = 0;
    while (!waiting_.empty()) {
        Pointer pending = waiting_.front();
        bytes += pending->bytes->size();
        if (!forwards.empty() && bytes > kForwardBytesMax) break;
        waiting_.pop_front();
        const std::uint64_t id = next_forward_++;
        forwards.push_back({leader, {id, pending->bytes}});
        const bool left_before = std::exchange(pending->left, true);
        forwarded_.emplace(id, Forwarded{leader, std::move(pending), left_before});
    }
    return forwards;
}

void Submissions::on_forward_dropped(std::uint64_t id) {
    const auto found = forwarded_.find(id);
    if (found == forwarded_.end()) return;
    const Pointer pending = std::move(found->second.pending);
    pending->left = found->second.left_before;
    forwarded_.erase(found);
    const auto later = std::find_if(waiting_.begin(), waiting_.end(), [&](const Pointer& other) {
        return other->ticket > pending->ticket;
    });
    waiting_.insert(later, pending);
}

void Submissions::refuse_forwarded(const std::string& why) {
    for (auto place = waiting_.begin(); place != waiting_.end();) {
        const Pointer pending = *place;
        if (!pending->forwarded_to_us) {
            ++place;
            continue;
        }
        place = waiting_.erase(place);
        finish(pending,
               fail(pending->left ? api::errc::outcome_unknown : api::errc::no_quorum, why));
    }
}

void Submissions::refuse_waiting(const Error& error) {
    for (auto place = waiting_.begin(); place != waiting_.end();) {
        if ((*place)->left) {
            ++place;
            continue;
        }
        finish(*place, error);
        place = waiting_.erase(place);
    }
}

void Submissions::on_leader_change() {
    for (auto& [index, flight] : proposed_) {
        for (auto& pending : flight.pendings) wait_again(std::move(pending));
    }
    proposed_.clear();
    for (auto& [id, forwarded] : forwarded_) wait_again(std::move(forwarded.pending));
    forwarded_.clear();
}

void Submissions::answer(const Pointer& pending, SubmitReceipt receipt, std::uint64_t entries) {
    if (pending->wait == SubmitWait::certified) {
        if (certified_ < entries) {
            uncertified_.push_back({std::move(receipt), entries, pending});
            return;
        }
        receipt.certified_size = certified_;
    }
    finish(pending, std::move(receipt));
}

void Submissions::on_applied(BlockApplied& notice) {
    const auto found = proposed_.find(notice.index.value);
    if (found == proposed_.end()) return;
    Flight flight = std::move(found->second);
    proposed_.erase(found);
    const bool ours =
        flight.term == notice.term && flight.pendings.size() == notice.submissions.size();
    for (std::size_t number = 0; number < flight.pendings.size(); ++number) {
        if (flight.pendings[number] == nullptr) continue;
        if (!ours) {
            wait_again(std::move(flight.pendings[number]));
            continue;
        }
        SubmitReceipt receipt;
        receipt.block = notice.index.value;
        receipt.block_time = notice.time;
        receipt.applied_index = notice.index.value;
        receipt.result = std::move(notice.submissions[number]);
        answer(flight.pendings[number], std::move(receipt), notice.entry_count);
    }
}

void Submissions::on_forward_reply(consensus::NodeId from, ForwardReply reply) {
    const auto found = forwarded_.find(reply.id);
    if (found == forwarded_.end() || found->second.to != from) return;
    const Pointer pending = std::move(found->second.pending);
    const bool left_before = found->second.left_before;
    forwarded_.erase(found);
    if (!reply.result) {
        const auto& code = reply.result.error().code;
        // Nothing happened there, or nobody knows: trying again is safe, until the deadline.
        // So is anything that is said of a later attempt: an earlier one may be committed yet.
        if (left_before || code == api::errc::no_quorum || code == api::errc::outcome_unknown ||
            code == api::errc::shutting_down || code == api::errc::overloaded) {
            return wait_again(pending);
        }
        return finish(pending, std::move(reply.result));
    }
    const auto& transactions = reply.result->result.transactions;
    std::uint64_t entries = reply.result->result.header_entry + 1;
    for (const auto& transaction : transactions) {
        entries = std::max(entries, transaction.entry + 1);
    }
    answer(pending, std::move(*reply.result), entries + 1);
}

void Submissions::on_certified(std::uint64_t size) {
    certified_ = std::max(certified_, size);
    for (auto place = uncertified_.begin(); place != uncertified_.end();) {
        if (place->entries > size) {
            ++place;
            continue;
        }
        place->receipt.certified_size = size;
        finish(place->pending, std::move(place->receipt));
        place = uncertified_.erase(place);
    }
}

void Submissions::end_late(const Pointer& pending) {
    if (mutated(Mutation::ticket_lost)) return;
    const bool left = pending->left && !mutated(Mutation::leaving_forgotten);
    finish(pending, left ? fail(api::errc::outcome_unknown, unknown_text(*pending))
                         : fail(api::errc::no_quorum,
                                "no leader with a majority was found in time; nothing was "
                                "proposed: retry when `network status` shows a leader"));
}

void Submissions::expire(Clock::time_point now) {
    for (auto place = waiting_.begin(); place != waiting_.end();) {
        if ((*place)->deadline > now) {
            ++place;
            continue;
        }
        end_late(*place);
        place = waiting_.erase(place);
    }
    for (auto& [index, flight] : proposed_) {
        auto& pendings = flight.pendings;
        // Places in the block must stay: an ended one leaves an empty place.
        for (auto& pending : pendings) {
            if (pending == nullptr || pending->deadline > now) continue;
            end_late(pending);
            pending = nullptr;
        }
    }
    for (auto place = forwarded_.begin(); place != forwarded_.end();) {
        if (place->second.pending->deadline > now) {
            ++place;
            continue;
        }
        end_late(place->second.pending);
        place = forwarded_.erase(place);
    }
    for (auto place = uncertified_.begin(); place != uncertified_.end();) {
        if (place->pending->deadline > now) {
            ++place;
            continue;
        }
        // Committed is committed: the receipt says by its absence that no certificate came yet.
        finish(place->pending, std::move(place->receipt));
        place = uncertified_.erase(place);
    }
}

void Submissions::fail_all(const Error& before_leaving) {
    on_leader_change();
    for (const auto& pending : std::exchange(waiting_, {})) {
        finish(pending, pending->left ? fail(api::errc::outcome_unknown, unknown_text(*pending))
                                      : before_leaving);
    }
    for (auto& awaiting : std::exchange(uncertified_, {})) {
        finish(awaiting.pending, std::move(awaiting.receipt));
    }
}

}  // namespace tally::node::driver
