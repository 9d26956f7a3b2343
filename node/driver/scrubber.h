#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "node/driver/moment.h"
#include "node/peer_messages.h"
#include "storage/block_store.h"

namespace tally::node::driver {

/// What a scrubber is told once.
struct ScrubConfig {
    std::vector<consensus::NodeId> peers;
    /// Within so long of its writing or last reading every committed block is read; 0: none is,
    /// unless somebody else reads it.
    std::chrono::milliseconds round{0};
    /// Above 0: instead, so long from one reading to the next.
    std::chrono::milliseconds pause{0};
};

/// For the log: what is damaged, or no more.
struct ScrubNotice {
    bool mended = false;
    std::string text;
};

/// What a scrubber wants done, moved out by take_actions. After `failed`, the error of a write, the
/// node must end.
struct ScrubActions {
    std::vector<std::pair<consensus::NodeId, BlocksWanted>> messages;
    std::vector<ScrubNotice> notices;
    std::optional<Error> failed;
};

/// What may be shown of a scrubber; never acted upon.
struct ScrubView {
    std::uint64_t damaged = 0;  ///< blocks that are known to be, and not mended yet
    std::uint64_t mended = 0;   ///< since the start
    consensus::Index block;     ///< the round under way has read up to here
    consensus::Index until;     ///< the last one that is committed, as far as the disk knows
    std::optional<consensus::Millis> ended;  ///< when the last whole round was, wall time
};

/// Reads the committed blocks round and round, and has the peers give what the own disk does not
/// give any more, also to others who read (see scrubber.cpp). A state machine like the driver: no
/// thread, no clock; reads and mends blocks in `blocks`, whose file work each call waits for.
class Scrubber {
public:
    /// `blocks` outlives the scrubber.
    Scrubber(ScrubConfig config, storage::BlockStore& blocks)
        : config_(std::move(config)), blocks_(blocks) {}

    /// Does a little of what the time asks for: one reading, one step of the mending.
    void on_time(Moment now);
    /// What a peer gave; nothing is believed but what the neighbours' hashes show.
    void on_given(consensus::NodeId from, const BlocksGiven& given, Moment now);

    ScrubActions take_actions() { return std::exchange(actions_, {}); }
    /// When on_time has something to do again at the latest, whatever happens.
    Clock::time_point next(Moment now) const;
    ScrubView view() const;

    /// Never more of the disk in a second.
    static constexpr std::size_t kRateBytes = 8 << 20;
    /// A peer that says nothing is given up after this.
    static constexpr std::chrono::milliseconds kAnswerMax{10'000};
    /// From an answer to the next question at least.
    static constexpr std::chrono::milliseconds kAskPause{250};
    /// Where no peer had a block, until they are asked again: at first, and at most.
    static constexpr std::chrono::milliseconds kRetryPause{30'000};
    static constexpr std::chrono::milliseconds kRetryPauseMax{600'000};

private:
    /// The question under way.
    struct Asked {
        std::uint64_t id = 0;
        consensus::NodeId peer;
        consensus::Index first;
        consensus::Index last;
        Clock::time_point until;
    };

    void read_on(Moment now);
    void mend_on(Moment now);
    void choose(Moment now);
    void ask(Moment now);
    void take(consensus::NodeId from, const std::vector<consensus::Block>& blocks);
    bool mend(const consensus::Block& block, consensus::NodeId from);
    bool is_damaged(consensus::Index index);
    void refused(consensus::NodeId from, const std::string& why);
    void give_up(const std::string& why);

    const ScrubConfig config_;
    storage::BlockStore& blocks_;
    ScrubActions actions_;

    consensus::Index at_{1};           // the next one to read
    Clock::time_point round_begun_{};  // none before the first reading
    Clock::time_point next_reading_{};
    std::optional<consensus::Millis> ended_;

    // The run of damaged blocks that is mended, from its last one, `top_`, downwards: each is
    // proved by the one after it. None: there is none, or one is to be chosen.
    std::optional<consensus::Index> top_;
    bool end_found_ = false;  // the block after `top_` is good
    std::size_t window_ = 1;  // blocks that are asked for at once
    std::optional<Asked> asked_;
    std::uint64_t questions_ = 0;
    std::size_t peer_ = 0;            // whom to ask
    std::size_t refusals_ = 0;        // peers that did not have the last one of the run
    std::uint64_t below_ = kNoBound;  // only runs below it: those above have been tried
    Clock::time_point next_question_{};
    bool idle_ = true;  // nothing is known to be damaged, or it is tried again later
    std::chrono::milliseconds retry_pause_ = kRetryPause;
    std::set<consensus::Index> told_;  // ends of runs that the log has
    std::uint64_t mended_ = 0;

    static constexpr std::uint64_t kNoBound = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace tally::node::driver
