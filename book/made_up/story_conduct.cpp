#include <algorithm>
#include <array>

#include "book/made_up/story.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// Who is behind is contacted, some complain, some ask to be forgotten; and whoever looks over the
// book says what was found.

namespace tally::book::made_up {
namespace {

using ledger::Day;

constexpr std::array<std::string_view, 4> kChannels{"call", "message", "letter", "visit"};
constexpr std::array<std::string_view, 4> kCategories{"charges", "payment", "collection",
                                                      "disclosure"};
constexpr std::array<std::string_view, 4> kResults{"upheld", "partly_upheld", "rejected",
                                                   "withdrawn"};
constexpr std::array<std::string_view, 3> kConclusions{"unqualified", "unqualified", "qualified"};
constexpr std::uint64_t kFirstMinute = 9ULL * 60;
constexpr std::uint64_t kMinutes = 10ULL * 60;
constexpr Day kHedgeDays = 365;
constexpr ledger::Amount kHedgeStep = 10'000'000;

}  // namespace

/// Once a day at most, whatever is behind.
void Story::contact(std::size_t place, Day day) {
    Borrower& borrower = borrower_of(deal(place));
    if (borrower.contacted == day) return;
    borrower.contacted = day;
    World::Draft draft =
        draft_of("CONTACT_LOG", {{"contract", api::id_text(deal(place).id)},
                                 {"channel", one_of(kChannels)},
                                 {"minute", kFirstMinute + random_.below(kMinutes)}});
    if (chance(50)) draft["note"] = world_.fresh_digest();
    world_.accept(day, std::move(draft));
    if (chance(4)) complain(place, day);
}

void Story::complain(std::size_t place, Day day) {
    const auto id = world_.fresh<ledger::ComplaintId>();
    world_.accept(day, draft_of("COMPLAINT_OPEN", {{"complaint", api::id_text(id)},
                                                   {"contract", api::id_text(deal(place).id)},
                                                   {"category", one_of(kCategories)},
                                                   {"commitment", world_.fresh_digest()}}));
    memory_.complaints.push_back({id, false});
    put(day + days(3, 25), Kind::answer_complaint, memory_.complaints.size() - 1);
}

void Story::answer_complaint(std::size_t place, Day day) {
    Complaint& complaint = memory_.complaints.at(place);
    world_.accept(day, draft_of("COMPLAINT_CLOSE", {{"complaint", api::id_text(complaint.id)},
                                                    {"result", one_of(kResults)},
                                                    {"commitment", world_.fresh_digest()}}));
    complaint.answered = true;
}

/// Of somebody who was never granted a line. Returns whether.
bool Story::forget(std::size_t borrower, Day day) {
    const auto its = [borrower](const Line& line) { return line.borrower == borrower; };
    if (std::ranges::any_of(memory_.lines, its) || !chance(8)) return false;
    const ledger::BorrowerId id = memory_.borrowers.at(borrower).id;
    world_.accept(day, draft_of("ERASURE_CERT", {{"borrower", api::id_text(id)},
                                                 {"commitment", world_.fresh_digest()}}));
    memory_.erased.push_back(id);
    return true;
}

/// Each month the book is held against a file; each quarter it is audited, and a hedge is made.
void Story::look_over(Day day) {
    const auto rows = static_cast<std::uint32_t>(memory_.deals.size());
    const auto recon = world_.fresh<ledger::ReconId>();
    world_.accept(day, draft_of("RECON_RESULT", {{"recon", api::id_text(recon)},
                                                 {"lender", kLender},
                                                 {"day", ledger::day_text(day)},
                                                 {"match", rows},
                                                 {"amount_diff", chance(20) ? 1 : 0},
                                                 {"date_diff", random_.below(3)},
                                                 {"status_diff", 0},
                                                 {"only_ledger", 0},
                                                 {"only_file", chance(10) ? 1 : 0},
                                                 {"duplicate", 0},
                                                 {"commitment", world_.fresh_digest()}}));
    memory_.recons.push_back(recon);
    if (month_of(day) % 3 != 0) return;
    const auto opinion = world_.fresh<ledger::OpinionId>();
    // Each row is an entry at least, wherever the book is read into.
    world_.accept(day, draft_of("AUDIT_OPINION",
                                {{"opinion", api::id_text(opinion)},
                                 {"lender", kLender},
                                 {"from", ledger::day_text(world_.options().start)},
                                 {"to", ledger::day_text(day)},
                                 {"conclusion", one_of(kConclusions)},
                                 {"ledger_size", static_cast<ledger::Amount>(world_.book().rows)},
                                 {"commitment", world_.fresh_digest()}}));
    const auto hedge = world_.fresh<ledger::HedgeId>();
    world_.accept(
        day,
        draft_of("HEDGE_REGISTER",
                 {{"hedge", api::id_text(hedge)},
                  {"kind", chance(70) ? "interest_rate_swap" : "interest_rate_cap"},
                  {"currency", world_.options().currency},
                  {"notional", static_cast<ledger::Amount>(1 + random_.below(20)) * kHedgeStep},
                  {"from", ledger::day_text(day)},
                  {"to", ledger::day_text(day + kHedgeDays)},
                  {"commitment", world_.fresh_digest()}}));
}

}  // namespace tally::book::made_up
