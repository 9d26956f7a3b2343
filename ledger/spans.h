#pragma once

// Internal: runs of days in a row. A replay builds them by the thousand and seldom with more than a
// few in each, so that a list of its own, which allocates for the rest alone, takes half the time.
#include <array>
#include <cstddef>
#include <initializer_list>
#include <vector>

#include "ledger/types.h"

namespace tally::ledger {

/// Days, both inclusive; none if `to` is before `from`.
struct Span {
    Day from = 0;
    Day to = 0;
};

/// Ascending and apart.
class Spans {
public:
    Spans() = default;
    Spans(std::initializer_list<Span> spans) {
        for (const Span& span : spans) push_back(span);
    }

    void push_back(const Span& span) {
        if (size_ == kFew) more_.assign(few_.begin(), few_.end());
        if (size_ < kFew) {
            few_[size_] = span;
        } else {
            more_.push_back(span);
        }
        ++size_;
    }
    bool empty() const { return size_ == 0; }
    const Span* begin() const { return size_ <= kFew ? few_.data() : more_.data(); }
    const Span* end() const { return begin() + size_; }

private:
    static constexpr std::size_t kFew = 4;

    std::array<Span, kFew> few_{};
    std::vector<Span> more_;  ///< all of them, once they are more than a few
    std::size_t size_ = 0;
};

}  // namespace tally::ledger
