#include "consensus/inflights.h"

#include "base/check.h"
#include "consensus/mutation.h"

namespace tally::consensus {

void Inflights::add(Index last, std::size_t bytes) {
    TALLY_CHECK(entries_.empty() || last > entries_.back().last);
    entries_.push_back({last, bytes});
    bytes_ += bytes;
}

void Inflights::acknowledge(Index match) {
    if (mutated(Mutation::window_stays_full)) return;
    while (!entries_.empty() && entries_.front().last <= match) {
        TALLY_CHECK(bytes_ >= entries_.front().bytes);
        bytes_ -= entries_.front().bytes;
        entries_.pop_front();
    }
    TALLY_CHECK(!entries_.empty() || bytes_ == 0);
}

void Inflights::clear() {
    entries_.clear();
    bytes_ = 0;
}

}  // namespace tally::consensus
