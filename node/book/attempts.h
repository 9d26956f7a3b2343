#pragma once

#include <optional>

#include "consensus/random.h"
#include "node/book/world.h"

namespace tally::book {

/// Rows that the rules must refuse, each for exactly one reason. They change nothing in the world
/// but use up fresh ids.
class Attempts {
public:
    /// Both must outlive it.
    Attempts(World& world, consensus::Random& random) : world_(world), random_(random) {}

    /// An attempt of a kind chosen by chance; nothing when the world has nothing to try it on yet.
    std::optional<BookRow> next(ledger::Day day);

private:
    enum class Kind : std::uint8_t;

    std::optional<BookRow> on_line(Kind kind, ledger::Day day);
    std::optional<BookRow> on_contract(Kind kind, ledger::Day day);
    BookRow capture(ledger::Day day, ledger::Outcome expect, const ledger::LineId& line,
                    ledger::Amount principal, std::uint32_t periods = 3);
    /// A line with room for a small purchase that is valid today; null if chance finds none.
    const Line* open_line(ledger::Day day);

    World& world_;
    consensus::Random& random_;
};

}  // namespace tally::book
