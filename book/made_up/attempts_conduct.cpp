#include <array>

#include "book/made_up/attempts.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// Attempts on contacts, complaints, and what is said over the book.

namespace tally::book::made_up {
namespace {

constexpr std::uint64_t kNight = 23ULL * 60;

World::Draft answer(World& world, const ledger::ComplaintId& complaint) {
    return draft_of("COMPLAINT_CLOSE", {{"complaint", api::id_text(complaint)},
                                        {"result", "rejected"},
                                        {"commitment", world.fresh_digest()}});
}

World::Draft erasure(World& world, const ledger::BorrowerId& borrower) {
    return draft_of("ERASURE_CERT",
                    {{"borrower", api::id_text(borrower)}, {"commitment", world.fresh_digest()}});
}

}  // namespace

std::span<const Attempts::Maker> Attempts::on_conduct() const {
    static constexpr std::array<Maker, 7> kMakers{
        &Attempts::contact_at_night, &Attempts::complaint_unknown, &Attempts::complaint_answered,
        &Attempts::borrower_in_use,  &Attempts::erased_again,      &Attempts::recon_again,
        &Attempts::opinion_too_large};
    return kMakers;
}

std::optional<Try> Attempts::contact_at_night() {
    const Deal* deal = overdue_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{
        draft_of("CONTACT_LOG",
                 {{"contract", api::id_text(deal->id)}, {"channel", "call"}, {"minute", kNight}})};
}

std::optional<Try> Attempts::complaint_unknown() {
    return Try{answer(world_, world_.fresh<ledger::ComplaintId>())};
}

std::optional<Try> Attempts::complaint_answered() {
    const Complaint* complaint =
        any_of(memory().complaints, [](const Complaint& one) { return one.answered; });
    if (complaint == nullptr) return std::nullopt;
    return Try{answer(world_, complaint->id)};
}

std::optional<Try> Attempts::borrower_in_use() {
    const Deal* deal = active_deal();
    if (deal == nullptr) return std::nullopt;
    return Try{erasure(world_, memory().borrowers.at(memory().lines.at(deal->line).borrower).id)};
}

std::optional<Try> Attempts::erased_again() {
    const auto* borrower = any_of(memory().erased, [](const auto&) { return true; });
    if (borrower == nullptr) return std::nullopt;
    return Try{erasure(world_, *borrower)};
}

std::optional<Try> Attempts::recon_again() {
    const auto* recon = any_of(memory().recons, [](const auto&) { return true; });
    if (recon == nullptr) return std::nullopt;
    World::Draft draft = draft_of("RECON_RESULT", {{"recon", api::id_text(*recon)},
                                                   {"lender", kLender},
                                                   {"day", ledger::day_text(today())},
                                                   {"commitment", world_.fresh_digest()}});
    for (const std::string_view count : {"match", "amount_diff", "date_diff", "status_diff",
                                         "only_ledger", "only_file", "duplicate"}) {
        draft[count] = 0;
    }
    return Try{std::move(draft)};
}

std::optional<Try> Attempts::opinion_too_large() {
    return Try{draft_of("AUDIT_OPINION", {{"opinion", world_.fresh_text()},
                                          {"lender", kLender},
                                          {"from", ledger::day_text(today())},
                                          {"to", ledger::day_text(today())},
                                          {"conclusion", "disclaimer"},
                                          {"ledger_size", ledger::Amount{1} << 60},
                                          {"commitment", world_.fresh_digest()}})};
}

}  // namespace tally::book::made_up
