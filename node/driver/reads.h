#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "consensus/raw_node.h"
#include "node/driver/moment.h"
#include "node/driver/submissions.h"
#include "node/service.h"

namespace tally::node::driver {

/// The one answer to a read's ticket: read now from the newest published view, or an error.
struct ReadAnswer {
    Ticket ticket = 0;
    Status status;
    bool stale = false;  ///< no quorum confirmed it: may be behind
};

/// Reads between question and answer. A read passes three gates in order: a round of ReadIndex that
/// a quorum confirms (or its patience ends: stale), the confirmed index applied here, and the
/// smallest index that its asker wants applied here (or its deadline ends). Only then may its view
/// be taken: a view taken earlier could miss what was committed before the question.
class Reads {
public:
    /// A read that arrives now. `confirm_by`: then it is answered as stale; `deadline`: then an
    /// unmet min_index is an error.
    void add(Ticket ticket, const ReadOptions& options, Clock::time_point confirm_by,
             Clock::time_point deadline);

    /// The context of a new round for all reads that arrived since the last; nothing if none wants
    /// a confirmation. One question serves all that came before it was asked, never a later one.
    std::optional<std::uint64_t> begin_round();
    /// The round could not be asked.
    void on_refused(std::uint64_t context);
    void on_read_state(const consensus::ReadState& state);

    /// Answers what may be answered at `now` with everything up to `applied` published.
    std::vector<ReadAnswer> settle(Clock::time_point now, consensus::Index applied);
    /// Ends everything.
    std::vector<ReadAnswer> fail_all(const Error& error);

private:
    struct Read {
        Ticket ticket = 0;
        ReadOptions options;
        Clock::time_point confirm_by;
        Clock::time_point deadline;
        bool stale = false;
        consensus::Index index;  ///< must be applied before the answer
    };
    void settle_round(std::list<Read>& round, bool granted, consensus::Index index);

    std::list<Read> arrived_;
    std::map<std::uint64_t, std::list<Read>> asked_;  // by context
    std::list<Read> settled_;                         // waiting to be applied
    std::uint64_t next_context_ = 1;
};

}  // namespace tally::node::driver
