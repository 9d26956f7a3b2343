#include "node/driver/reads.h"

#include <string>

#include "api/errc.h"
#include "node/driver/mutation.h"

namespace tally::node::driver {

void Reads::add(Ticket ticket, const ReadOptions& options, Clock::time_point confirm_by,
                Clock::time_point deadline) {
    Read read;
    read.ticket = ticket;
    read.options = options;
    read.confirm_by = confirm_by;
    read.deadline = deadline;
    arrived_.push_back(read);
}

std::optional<std::uint64_t> Reads::begin_round() {
    std::list<Read> asking;
    for (auto place = arrived_.begin(); place != arrived_.end();) {
        const auto next = std::next(place);
        const bool asks = place->options.confirm && !mutated(Mutation::read_without_quorum);
        auto& target = asks ? asking : settled_;
        target.splice(target.end(), arrived_, place);
        place = next;
    }
    if (asking.empty()) return std::nullopt;
    if (mutated(Mutation::round_joined) && !asked_.empty()) {
        std::list<Read>& earlier = asked_.rbegin()->second;
        earlier.splice(earlier.end(), asking);
        return std::nullopt;
    }
    const std::uint64_t context = next_context_++;
    asked_.emplace(context, std::move(asking));
    return context;
}

void Reads::settle_round(std::list<Read>& round, bool granted, consensus::Index index) {
    for (Read& read : round) {
        read.stale = !granted && !mutated(Mutation::stale_hidden);
        read.index = granted ? index : consensus::Index{};
    }
    settled_.splice(settled_.end(), round);
}

void Reads::on_refused(std::uint64_t context) { on_read_state({context, false, {}}); }

void Reads::on_read_state(const consensus::ReadState& state) {
    const auto found = asked_.find(state.context);
    if (found == asked_.end()) return;
    settle_round(found->second, state.granted, state.index);
    asked_.erase(found);
}

std::vector<ReadAnswer> Reads::settle(Clock::time_point now, consensus::Index applied) {
    for (auto found = asked_.begin(); found != asked_.end();) {
        // All reads of a round have been waiting for it: the first is the oldest.
        if (found->second.front().confirm_by > now) {
            ++found;
            continue;
        }
        settle_round(found->second, false, {});
        found = asked_.erase(found);
    }
    std::vector<ReadAnswer> answers;
    for (auto place = settled_.begin(); place != settled_.end();) {
        const bool has_minimum =
            applied.value >= place->options.min_index || mutated(Mutation::min_index_ignored);
        const bool has_index =
            place->stale || applied >= place->index || mutated(Mutation::read_before_apply);
        const bool late = now >= place->deadline;
        if (has_minimum && (has_index || late)) {
            answers.push_back({place->ticket, {}, place->stale || !has_index});
        } else if (late) {
            answers.push_back({place->ticket,
                               fail(api::errc::not_ready,
                                    "min_index " + std::to_string(place->options.min_index) +
                                        " is not applied here yet (applied: " +
                                        std::to_string(applied.value) + ")"),
                               false});
        } else {
            ++place;
            continue;
        }
        place = settled_.erase(place);
    }
    return answers;
}

std::vector<ReadAnswer> Reads::fail_all(const Error& error) {
    for (auto& [context, round] : asked_) arrived_.splice(arrived_.end(), round);
    asked_.clear();
    arrived_.splice(arrived_.end(), settled_);
    std::vector<ReadAnswer> answers;
    for (const Read& read : arrived_) answers.push_back({read.ticket, error, false});
    arrived_.clear();
    return answers;
}

}  // namespace tally::node::driver
