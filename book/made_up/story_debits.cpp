#include <algorithm>
#include <array>

#include "book/made_up/story.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// Payment by mandate: most borrowers give one with the purchase, some take it back. Now and then
// there is not enough in the account.

namespace tally::book::made_up {
namespace {

using ledger::Amount;
using ledger::Day;

constexpr Day kMandateDays = 500;
constexpr std::array<std::string_view, 4> kFailures{"insufficient funds", "account closed",
                                                    "limit of the account", "refused by the payer"};

}  // namespace

void Story::give_mandate(std::size_t place, Day day) {
    Deal& given = deal(place);
    Mandate mandate;
    mandate.id = world_.fresh<ledger::MandateId>();
    // Twice a usual row: what is late comes with it.
    mandate.most = std::max<Amount>(100, 2 * given.due.front().amount);
    mandate.valid_to = day + kMandateDays;
    world_.accept(day,
                  draft_of("MANDATE_REGISTER", {{"mandate", api::id_text(mandate.id)},
                                                {"contract", api::id_text(given.id)},
                                                {"amount_max", mandate.most},
                                                {"valid_from", ledger::day_text(day)},
                                                {"valid_to", ledger::day_text(mandate.valid_to)},
                                                {"commitment", world_.fresh_digest()}}));
    given.mandate = mandate;
}

/// The borrower pays by hand from now on, or names another account.
void Story::revoke_mandate(std::size_t place, Day day) {
    Deal& given = deal(place);
    world_.accept(day, draft_of("MANDATE_REVOKE", {{"mandate", api::id_text(given.mandate->id)}}));
    memory_.revoked.push_back(given.mandate->id);
    given.mandate.reset();
    if (chance(50)) give_mandate(place, day);
}

bool Story::may_draw(std::size_t place, Day day, Amount amount) const {
    const std::optional<Mandate>& mandate = memory_.deals.at(place).mandate;
    return mandate && amount <= mandate->most && day <= mandate->valid_to;
}

bool Story::draw(std::size_t place, Day day, Amount amount) {
    const auto debit = world_.fresh<ledger::DebitId>();
    world_.accept(day,
                  draft_of("DEBIT_INSTRUCT", {{"debit", api::id_text(debit)},
                                              {"mandate", api::id_text(deal(place).mandate->id)},
                                              {"amount", amount},
                                              {"due", ledger::day_text(day)}}));
    memory_.results.push_back(debit);
    const bool lean = borrower_of(deal(place)).mood == Mood::strained;
    if (chance(lean ? 20 : 4)) {
        world_.accept(day, draft_of("DEBIT_RESULT", {{"debit", api::id_text(debit)},
                                                     {"result", "failed"},
                                                     {"reason", one_of(kFailures)}}));
        if (chance(15)) revoke_mandate(place, day);
        return false;
    }
    Payment payment{place, amount, world_.fresh_reference("debit"), day, day, std::nullopt};
    payment.drawn = true;
    const bool disputed = chance(1);
    if (disputed) payment.id = world_.fresh<ledger::TransactionId>();
    world_.accept(day,
                  draft_of("DEBIT_RESULT", {{"debit", api::id_text(debit)},
                                            {"result", "succeeded"},
                                            {"source_ref", payment.source_ref}}),
                  {day, payment.id});
    world_.look(place, day);
    memory_.payments.push_back(std::move(payment));
    if (disputed) put(day + days(5, 40), Kind::charge_back, memory_.payments.size() - 1);
    return true;
}

}  // namespace tally::book::made_up
