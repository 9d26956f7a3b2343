#include "book/made_up/story.h"
#include "ledger/dates.h"

// How the lender gets its money back early: a part of the deals is security for what a funder lent,
// a part is sold to it. Whoever pays notices nothing.

namespace tally::book::made_up {
namespace {

using ledger::Day;

constexpr Day kOfferDays = 10;

}  // namespace

void Story::plan_funding(std::size_t place, Day day) {
    const std::uint64_t way = random_.below(100);
    if (way < 5) put(day + days(1, 8), Kind::pledge, place);
    if (way >= 5 && way < 13) put(day + days(3, 25), Kind::offer, place);
}

void Story::pledge(std::size_t place, Day day) {
    Deal& pledged = deal(place);
    if (pledged.pledged || pledged.offered || pledged.sold || pledged.pool) return;
    world_.accept(day, draft_of("PLEDGE", {{"contract", api::id_text(pledged.id)},
                                           {"funder", world_.first_funder()}}));
    pledged.pledged = true;
    put(day + days(10, 80), Kind::release, place);
}

void Story::release(std::size_t place, Day day) {
    Deal& pledged = deal(place);
    world_.accept(day, draft_of("RELEASE", {{"contract", api::id_text(pledged.id)}}));
    pledged.pledged = false;
    if (pledged.active() && chance(30)) put(day + days(1, 5), Kind::offer, place);
}

void Story::offer(std::size_t place, Day day) {
    Deal& offered = deal(place);
    if (offered.pledged || offered.offered || offered.sold || offered.pool) return;
    world_.accept(day,
                  draft_of("TRANSFER_INIT", {{"contract", api::id_text(offered.id)},
                                             {"buyer", world_.first_funder()},
                                             {"price", percents(offered.outstanding, 92, 103)},
                                             {"valid_until", ledger::day_text(day + kOfferDays)}}));
    offered.offered = true;
    put(day + days(0, kOfferDays), Kind::answer_offer, place);
}

void Story::answer_offer(std::size_t place, Day day) {
    Deal& offered = deal(place);
    const std::string contract = api::id_text(offered.id);
    const std::uint64_t answer = random_.below(100);
    offered.offered = false;
    if (offered.active() && answer < 75) {
        const std::string source_ref = world_.fresh_reference("sale");
        world_.accept(
            day, draft_of("TRANSFER_SETTLE", {{"contract", contract}, {"source_ref", source_ref}}));
        offered.sold = true;
        return;
    }
    world_.accept(day, draft_of(answer % 2 == 0 ? "TRANSFER_CANCEL" : "TRANSFER_DECLINE",
                                {{"contract", contract}}));
}

}  // namespace tally::book::made_up
