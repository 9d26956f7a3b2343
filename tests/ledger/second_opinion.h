#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "ledger/contract.h"
#include "ledger/position.h"
#include "ledger/transaction.h"
#include "ledger/wide.h"

// A second opinion on one contract, for tests alone: written from docs/CREDIT.md in another style
// than the rules, so that both are unlikely to share a mistake. It keeps the list of transactions
// and, for every question, walks from the capture day by day. Schedules are taken from
// ledger::compute_schedule, which has tests of its own; nothing else is shared but words.
namespace tally::testing::opinion {

using ledger::Allocation;
using ledger::Component;
using ledger::Day;
using ledger::Outcome;
using ledger::Wide;

/// Amounts by component; what is absent is 0.
using Sums = std::map<Component, Wide>;
Wide sum_of(const Sums& sums);
Wide in(const Sums& sums, Component component);
/// Requires that it fits.
ledger::Amount narrow(Wide amount);

struct Row {
    Day due = 0;
    Sums agreed;
    Sums paid;
    Sums owed;

    Wide owed_without_penalty() const;
};

/// A transaction that was accepted, and the entry that took it back.
struct Happening {
    ledger::Transaction transaction;
    std::uint64_t entry = 0;
    std::optional<std::uint64_t> undone;
};

struct Effect {
    std::vector<Allocation> allocation;
    Wide credit = 0;
    Wide outstanding = 0;
    Day days_past_due = 0;  ///< before it
};

/// What a contract looks like at the end of a day, or between two events of it.
struct Picture {
    Day day = 0;
    bool captured = false;
    Wide principal = 0;           ///< captured
    ledger::Ppm rate_ppm = 0;     ///< captured at
    ledger::ScheduleTerms terms;  ///< of the plan in force
    std::vector<Row> rows;
    std::uint32_t plans = 0;
    Sums billed, repaid, waived, refunded, lapsed, charged_off;
    Wide refunds = 0;
    Wide credit = 0;
    Wide recovered = 0;
    Wide commission = 0;
    Wide assessed = 0;
    bool gave_up = false;
    std::map<Day, Wide> base;  ///< what each day found overdue in the morning
    std::set<Day> paused;
    std::uint32_t grants = 0;
    std::set<ledger::HardshipId> asked, open;
    std::map<std::uint64_t, Effect> effects;  ///< by entry

    Wide owed(Component component) const;
    Wide owed() const;
    ledger::ContractStatus status() const;
    /// The oldest row past its due date and not met; the number of rows if there is none.
    std::size_t oldest_overdue() const;
    Day days_past_due() const;
    Day delinquent_days(const ledger::RulesetRegister& ruleset) const;
    std::uint32_t bucket(const ledger::RulesetRegister& ruleset) const;
    std::uint32_t asset_class(const ledger::RulesetRegister& ruleset) const;
    Wide accrued(const ledger::RulesetRegister& ruleset) const;
    std::vector<Allocation> spread(const ledger::RulesetRegister& ruleset, Wide amount) const;
    /// The first row due on the day or later; the number of rows after the last.
    std::size_t running_row() const;
    Wide settlement(ledger::Prepayment prepayment) const;
    Sums arrears() const;
    ledger::ScheduleTerms replanned(std::uint32_t periods, ledger::Ppm rate) const;
};

/// Why a transaction must be refused on this picture: every rule that it breaks, in the order of
/// docs/CREDIT.md. Claims that were true once (marks, penalties) are held against it only if it is
/// new.
std::vector<Outcome> objections(const Picture& picture, const ledger::RulesetRegister& ruleset,
                                const ledger::ProductRegister& product,
                                const ledger::Transaction& transaction, bool is_new);

class Contract {
public:
    Contract(ledger::RulesetRegister ruleset, ledger::ProductRegister product)
        : ruleset_(std::move(ruleset)), product_(std::move(product)) {}

    const ledger::RulesetRegister& ruleset() const { return ruleset_; }
    const ledger::ProductRegister& product() const { return product_; }
    const std::vector<Happening>& story() const { return story_; }

    void add(const ledger::Transaction& transaction, std::uint64_t entry) {
        story_.push_back({transaction, entry, std::nullopt});
    }
    void undo(std::size_t place, std::uint64_t entry) { story_.at(place).undone = entry; }

    /// At the end of a day, as known at an entry. Not captured: nothing was there, or not any more.
    Picture at(Day as_of, std::uint64_t known_at = ~std::uint64_t{0}) const;
    /// Why it must be refused; empty if it must be accepted.
    std::vector<Outcome> judge(const ledger::Transaction& transaction) const;
    /// Why this must not be taken back, given that it may be at all.
    std::vector<Outcome> judge_undoing(std::size_t place) const;
    /// The value date of the capture.
    Day begin() const { return story_.front().transaction.value_date; }

private:
    struct Walk {
        Picture picture;
        std::uint64_t stopped_at = ~std::uint64_t{0};  ///< entry of the event that does not fit
        std::vector<Outcome> why;
    };
    Walk walk(std::vector<Happening> events, Day until,
              std::optional<std::uint64_t> candidate = std::nullopt) const;
    void apply(Picture& picture, const Happening& happening) const;
    std::vector<Happening> live() const;

    ledger::RulesetRegister ruleset_;
    ledger::ProductRegister product_;
    std::vector<Happening> story_;  ///< in the order of entries
};

}  // namespace tally::testing::opinion
