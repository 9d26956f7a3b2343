#include "node/pipeline/submissions.h"

#include <algorithm>
#include <utility>

#include "api/errc.h"
#include "base/hex.h"

namespace tally::node::pipeline {
namespace {

/// Payload bytes around each submission and around all of them (docs/FORMAT.md).
constexpr std::size_t kPayloadOverhead = 8;
constexpr std::size_t kSubmissionsPerBlock = 4096;

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

Submissions::Submissions(SubmissionPorts ports, std::size_t block_bytes_max)
    : ports_(std::move(ports)), block_bytes_max_(block_bytes_max) {}

void Submissions::add(Pointer pending) {
    queued_bytes_ += pending->bytes->size();
    waiting_.push_back(std::move(pending));
}

void Submissions::finish(const Pointer& pending, Result<SubmitReceipt> result) {
    queued_bytes_ -= pending->bytes->size();
    pending->done(std::move(result));
}

void Submissions::wait_again(Pointer pending) {
    if (pending != nullptr) waiting_.push_back(std::move(pending));
}

void Submissions::pump(const consensus::SoftState& soft, consensus::NodeId self, bool room) {
    if (waiting_.empty()) return;
    if (soft.role == consensus::Role::leader) {
        if (room) propose_waiting();
    } else if (soft.leader != consensus::kNobody && soft.leader != self) {
        forward_waiting(soft.leader);
    } else {
        // A sender that forwarded to us can do better than wait here.
        for (auto place = waiting_.begin(); place != waiting_.end();) {
            const Pointer pending = *place;
            if (!pending->forwarded_to_us) {
                ++place;
                continue;
            }
            place = waiting_.erase(place);
            finish(pending, fail(pending->left ? api::errc::outcome_unknown : api::errc::no_quorum,
                                 "not the leader any more"));
        }
    }
}

void Submissions::propose_waiting() {
    std::vector<SharedBytes> payload;
    std::size_t bytes = kPayloadOverhead;
    auto end = waiting_.begin();
    while (end != waiting_.end() && payload.size() < kSubmissionsPerBlock) {
        const std::size_t more = (*end)->bytes->size() + kPayloadOverhead;
        if (!payload.empty() && bytes + more > block_bytes_max_) break;
        bytes += more;
        payload.push_back((*end)->bytes);
        ++end;
    }
    const consensus::Proposal proposal{consensus::BlockKind::submissions,
                                       share(ledger::encode_payload(payload))};
    const auto proposed = ports_.propose({&proposal, 1});
    if (!proposed) return;  // busy or no longer leader: they wait on
    Flight& flight = proposed_[proposed->first.value];
    // A block of an older term at this index was replaced: its submissions go again.
    for (auto& displaced : flight.pendings) wait_again(std::move(displaced));
    flight = {proposed->term, {}};
    for (auto place = waiting_.begin(); place != end; ++place) {
        (*place)->left = true;
        flight.pendings.push_back(*place);
    }
    waiting_.erase(waiting_.begin(), end);
}

void Submissions::forward_waiting(consensus::NodeId leader) {
    for (auto place = waiting_.begin(); place != waiting_.end();) {
        const Pointer pending = *place;
        if (pending->forwarded_to_us) {
            place = waiting_.erase(place);
            finish(pending, fail(pending->left ? api::errc::outcome_unknown : api::errc::no_quorum,
                                 "another node leads"));
            continue;
        }
        const std::uint64_t id = next_forward_++;
        if (!ports_.forward(leader, {id, pending->bytes})) return;
        pending->left = true;
        forwarded_.emplace(id, Forwarded{leader, pending});
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
        const std::uint64_t certified = ports_.certified_size();
        if (certified < entries) {
            uncertified_.push_back({std::move(receipt), entries, pending});
            return;
        }
        receipt.certified_size = certified;
    }
    finish(pending, std::move(receipt));
}

void Submissions::on_applied(AppliedNotice& notice) {
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

void Submissions::on_forward_reply(consensus::NodeId from, peer::ForwardReply reply) {
    const auto found = forwarded_.find(reply.id);
    if (found == forwarded_.end() || found->second.to != from) return;
    const Pointer pending = std::move(found->second.pending);
    forwarded_.erase(found);
    if (!reply.result) {
        const auto& code = reply.result.error().code;
        // Nothing happened there, or nobody knows: trying again is safe, until the deadline.
        if (code == api::errc::no_quorum || code == api::errc::outcome_unknown ||
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

void Submissions::expire(Clock::time_point now) {
    const auto end_one = [&](const Pointer& pending) {
        finish(pending, pending->left
                            ? fail(api::errc::outcome_unknown, unknown_text(*pending))
                            : fail(api::errc::no_quorum,
                                   "no leader with a majority was found in time; nothing was "
                                   "proposed: retry when `network status` shows a leader"));
    };
    for (auto place = waiting_.begin(); place != waiting_.end();) {
        if ((*place)->deadline > now) {
            ++place;
            continue;
        }
        end_one(*place);
        place = waiting_.erase(place);
    }
    for (auto& [index, flight] : proposed_) {
        auto& pendings = flight.pendings;
        // Places in the block must stay: an ended one leaves an empty place.
        for (auto& pending : pendings) {
            if (pending == nullptr || pending->deadline > now) continue;
            end_one(pending);
            pending = nullptr;
        }
    }
    for (auto place = forwarded_.begin(); place != forwarded_.end();) {
        if (place->second.pending->deadline > now) {
            ++place;
            continue;
        }
        end_one(place->second.pending);
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

}  // namespace tally::node::pipeline
