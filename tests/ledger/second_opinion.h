#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
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

constexpr Day kForEver = 3'000'000;

/// A row that was met until a bank took a payment back.
struct Again {
    Day since = 0;
    std::set<Day> before;          ///< the days of it that were late before the payment, in truth
    std::set<Day> before_by_rows;  ///< the same as if no day were excused
};

struct Row {
    Day due = 0;
    Sums agreed;
    Sums paid;
    Sums owed;
    Sums given_back;  ///< of what was paid, when all of the purchase was
    std::vector<std::pair<Day, Wide>> open_again;  ///< by chargebacks
    std::vector<Again> again;                      ///< since it was met
    /// Charges that came into it and were no charge of its time any more.
    Sums earned_before;
    bool forgiven = false;        ///< something of it, by a waiver
    std::optional<bool> in_time;  ///< met by payments when its patience ended, once it has

    /// Met, and by payments alone.
    bool paid_off() const;
    Wide owed_without_penalty() const;
    /// Of a charge, paid or not, what is for this row's time and was not given back.
    Wide for_its_time(Component charge) const;
    /// Of that, what nobody paid.
    Wide may_lapse(Component charge) const;
};

/// A transaction that was accepted, and what took it back.
struct Happening {
    ledger::Transaction transaction;
    std::uint64_t entry = 0;
    ledger::MemberId submitter;
    /// Of a chargeback: the entry of the payment.
    std::optional<std::uint64_t> target;
    Wide drawn = 0;                       ///< of a debit's result: what it brought; 0: it failed
    Day booked_on = 0;                    ///< the book's newest day when it was booked
    std::optional<std::uint64_t> undone;  ///< entry of the reversal
    Day undone_on = 0;                    ///< the book's newest day at it
};

struct Effect {
    std::uint32_t plan = 0;  ///< in force at it
    std::vector<Allocation> allocation;
    Wide credit = 0;
    Wide released = 0;  ///< of a penalty
    Wide lapsed = 0;
    Wide payment = 0;     ///< that came in by it
    Wide taken_back = 0;  ///< of a payment, by chargebacks
    Wide outstanding = 0;
    Day days_past_due = 0;  ///< before it
    std::vector<Day> dues;  ///< of a payment: of the rows in force
    /// Of a payment, by the due dates of rows: the days that were late before it, in truth.
    std::map<Day, std::set<Day>> late;
    std::map<Day, std::set<Day>> late_by_rows;  ///< the same as if no day were excused
};

/// Of the days of a row from one to another none are late; or those that were late with what was
/// taken back, if these are more.
struct Relief {
    Day from = 0;
    Day until = 0;  ///< so far
    /// On days in a row on which less was late than without it: when the oldest row not met fell
    /// due.
    std::map<Day, Day> oldest;

    bool counts_with(Day late, Day day) const;
    /// Of those of a row that may be late. `truth`: once it is gone.
    std::set<Day> less(const std::set<Day>& late, Day due, Day day, bool truth) const;
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
    Sums given_back;
    Wide refunds = 0;
    Wide credit = 0;
    Wide recovered = 0;
    Wide commission = 0;
    Wide assessed = 0;  ///< and not released
    bool gave_up = false;
    bool compromised = false;  ///< a part was paid for all of it, before it was given up
    Sums forgone;              ///< of what was given up, by a settlement
    Wide to_merchant = 0;      ///< paid
    std::map<Day, Wide> base;  ///< what each day found past due and grace in the morning
    /// Of rows that came out of the ruleset's grace: what they owed, over the days of it that
    /// count.
    std::vector<Wide> out_of_grace;
    std::set<Day> paused;
    /// Days that bear no penalty because somebody relied on what was taken back later.
    std::set<Day> unburdened;
    std::vector<Relief> reliefs;
    Day charged_back_on = 0;       ///< lately
    std::uint32_t class_kept = 0;  ///< that a re-plan keeps under observation
    Day observed_since = 0;
    std::uint32_t replans = 0;  ///< also those that were taken back after a day
    std::uint32_t grants = 0;
    std::set<ledger::HardshipId> asked, open;
    std::uint32_t failed_in_a_row = 0;        ///< debits
    std::map<std::uint64_t, Effect> effects;  ///< by entry
    struct PaidByCredit {
        std::uint32_t plan = 0;
        Allocation part;
    };
    std::vector<PaidByCredit> paid_by_credit;  ///< after chargebacks, and not taken back
    /// What was paid of charges of earlier plans, by plan and row, before the row's time was over.
    struct Early {
        Day until = 0;
        Sums charges;
    };
    std::map<std::pair<std::uint32_t, std::uint32_t>, Early> early;

    /// Whether so much of it, from its end, was paid in the plan in force, or all before it.
    bool credit_has_paid(Wide amount, bool in_this_plan) const;

    Wide owed(Component component) const;
    Wide owed() const;
    ledger::ContractStatus status() const;
    /// The oldest row past its due date and not met; the number of rows if there is none.
    std::size_t oldest_overdue() const;
    /// The days that are past due. `in_truth`: as if what was taken back later had never stood.
    std::set<Day> late_days(bool in_truth = false) const;
    /// As if no day were excused.
    std::set<Day> late_by_rows() const;
    std::set<Day> late_of(const Row& row, bool in_truth) const;
    std::set<Day> late_by_rows_of(const Row& row) const;
    /// Of one list of days of a row. `since`: a chargeback, before which nothing relieves of them.
    std::set<Day> relieved(std::set<Day> late, Day due, Day since, bool in_truth) const;
    /// Nothing that was taken back has changed a day yet.
    bool by_calendar() const;
    Day days_past_due() const;
    /// `last`: of the days up to this one.
    Day delinquent_days(const ledger::RulesetRegister& ruleset, bool in_truth = false,
                        Day last = kForEver) const;
    std::uint32_t bucket(const ledger::RulesetRegister& ruleset) const;
    std::uint32_t asset_class(const ledger::RulesetRegister& ruleset, bool in_truth = false,
                              Day last = kForEver) const;
    /// The class that is kept under observation, if it still is.
    std::uint32_t kept(const ledger::RulesetRegister& ruleset) const;
    /// What so many of these days make, less grace and pauses.
    std::uint32_t class_of(const ledger::RulesetRegister& ruleset, const std::set<Day>& late) const;
    /// Due date of the oldest row that is not met, kForEver if there is none.
    Day oldest_open() const;
    /// The same, or the day since which as many days passed as are late.
    Day counts_after() const;
    /// The same as if no day were excused.
    Day by_rows_after() const;
    Wide accrued(const ledger::RulesetRegister& ruleset) const;
    /// What an assessment may bill; nothing unless active.
    Wide unassessed(const ledger::RulesetRegister& ruleset) const;
    std::vector<Allocation> spread(const ledger::RulesetRegister& ruleset, Wide amount) const;
    /// The first row due on the day or later; the number of rows after the last.
    std::size_t running_row() const;
    Wide settlement(ledger::Prepayment prepayment, const ledger::RulesetRegister& ruleset) const;
    /// What a re-plan carries or waives.
    Sums arrears(const ledger::RulesetRegister& ruleset) const;
    /// What a charge-off takes for lost.
    Sums loss() const;
    /// Given up, and not come in or forgone.
    Wide recoverable() const;
    /// What is left of each component if money is paid for all that is owed.
    Sums left_by(const ledger::RulesetRegister& ruleset, Wide money) const;
    /// Charges that are owed or were paid before they were earned.
    Sums unearned() const;
    /// Whether rows that are not due cost no more than the cap.
    bool rest_within(ledger::Ppm cap) const;
    ledger::ScheduleTerms replanned(std::uint32_t periods, ledger::Ppm rate) const;
};

/// Letters alike and no spaces, nothing else changed; nothing for what is no reference.
std::optional<std::string> alike(const std::string& reference);
/// Whether it must not be on record.
bool personal(const std::string& reference);

/// Why a transaction must be refused on this picture: every rule that it breaks, in the order of
/// docs/CREDIT.md. Claims that were true once (marks, penalties) are held against it only if it is
/// new.
std::vector<Outcome> objections(const Picture& picture, const ledger::RulesetRegister& ruleset,
                                const ledger::ProductRegister& product, const Happening& happening,
                                bool is_new);

class Contract {
public:
    Contract(ledger::RulesetRegister ruleset, ledger::ProductRegister product)
        : ruleset_(std::move(ruleset)), product_(std::move(product)) {}

    const ledger::RulesetRegister& ruleset() const { return ruleset_; }
    const ledger::ProductRegister& product() const { return product_; }
    const std::vector<Happening>& story() const { return story_; }

    void add(Happening happening);
    /// `newest`: the book's newest day.
    void undo(std::size_t place, std::uint64_t entry, Day newest);
    /// The accepted transaction of a submitter, reversed or not.
    std::optional<std::size_t> find(ledger::MemberId submitter, ledger::TransactionId id) const;
    ledger::MemberId servicer() const { return servicer_; }
    const std::optional<ledger::MemberId>& collector() const { return collector_; }
    Wide commission_ppm() const { return commission_ppm_; }

    /// At the end of a day, as known at an entry. Not captured: nothing was there, or not any more.
    Picture at(Day as_of, std::uint64_t known_at = ~std::uint64_t{0}) const;
    /// Why it must be refused; empty if it must be accepted.
    std::vector<Outcome> judge(const ledger::Transaction& transaction, Wide drawn = 0) const;
    /// With every event that counts.
    Picture latest() const;
    /// Why this must not be taken back, given that it may be at all.
    std::vector<Outcome> judge_undoing(std::size_t place, Day newest, bool two_parties) const;
    /// The value date of the capture.
    Day begin() const { return story_.front().transaction.value_date; }

private:
    struct Walk {
        Picture picture;
        std::uint64_t stopped_at = ~std::uint64_t{0};  ///< entry of the event that does not fit
        std::vector<Outcome> why;
    };
    using Oldest = std::map<Day, Day>;  ///< by day, as Picture::counts_after says at its end
    struct Seen {
        Oldest rows;  ///< as if no day had been excused
        Oldest days;  ///< with those that were excused by then
    };
    using Entries = std::set<std::uint64_t>;
    struct Stood {
        std::vector<Happening> events;
        std::map<Day, Entries> on;
        /// With what stood on a day, just before one of it was taken back.
        std::map<std::pair<Entries, std::uint64_t>, Seen> seen;
    };
    /// Of a list those that count, and those that were taken back, of which something stays.
    Walk walk(const std::vector<Happening>& events, Day until,
              std::optional<std::uint64_t> candidate = std::nullopt) const;
    /// Day by day. What was taken back before an entry excuses days. With `seen`, which gets every
    /// day, what does not fit is left out.
    Walk go(std::vector<Happening> events, Day until, std::optional<std::uint64_t> candidate,
            Stood& stood, std::uint64_t entry, Seen* seen) const;
    /// False where something does not fit and is not to be left out.
    bool spend(Walk& walk, Day day, const std::vector<Happening>& events,
               std::optional<std::uint64_t> candidate, bool leave_out) const;
    /// If a day is excused that is late as things are: after which day it counts.
    std::optional<Day> excused(Stood& stood, const Picture& now, std::uint64_t entry) const;
    const Seen& seen(Stood& stood, const Entries& these, const Happening& gone) const;
    void apply(Picture& picture, const Happening& happening) const;
    /// What is known at an entry: with what was taken back by then.
    std::vector<Happening> known(std::uint64_t known_at) const;

    ledger::RulesetRegister ruleset_;
    ledger::ProductRegister product_;
    std::vector<Happening> story_;  ///< in the order of entries
    ledger::MemberId servicer_;     ///< of now
    std::optional<ledger::MemberId> collector_;
    Wide commission_ppm_ = 0;
};

}  // namespace tally::testing::opinion
