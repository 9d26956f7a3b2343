#include <array>

#include "tests/storage/beside.h"

// Pledges and sales in the second set of books of an audit.
namespace tally::testing {

using namespace beside;

namespace {

constexpr Day kToday = Drafts::kToday;

/// On the second funder's side of the market.
struct Market : Beside {
    const Party* lender = &cast().originator();
    const Party* lender_2 = &cast().originator_second_key();
    const Party* funder = &cast().funder();
    const Party* other = &cast().other_funder();
    const Party* servicer = &cast().servicer();

    Transaction offer(Day until = kToday + 5, Day day = kToday) {
        return draft(TransferInit{kContract, other->id, 29'000, until}, day);
    }
    Transaction price(Day day = kToday) { return draft(TransferSettle{kContract, "sale-1"}, day); }
    void sell() {
        honest(offer(), {lender});
        honest(price(), {lender, other});
    }
};

}  // namespace

TEST_CASE("the second set of books follows a contract from owner to owner") {
    // Goal: pledge, offers that came to nothing, two sales, payments and a loss behind them.
    Market market;
    market.honest(market.draft(Pledge{kContract, market.funder->id}),
                  {market.lender, market.funder});
    market.honest(market.draft(payment(500, "bank-1")), {market.servicer});
    market.honest(market.draft(Release{kContract}), {market.lender, market.funder});
    market.honest(market.offer(), {market.lender});
    market.honest(market.draft(TransferDecline{kContract}), {market.other});
    market.honest(market.offer(), {market.lender});
    market.honest(market.draft(TransferCancel{kContract}), {market.lender});
    market.sell();
    market.honest(market.draft(payment(600, "bank-2"), kToday + 1), {market.servicer});
    const Day due = kToday + 40;
    market.honest(market.draft(PenaltyAssess{kContract, 0}, due), {market.servicer});
    market.honest(market.draft(TransferInit{kContract, market.funder->id, 30'000, due}, due),
                  {market.other});
    market.honest(market.draft(TransferSettle{kContract, "sale-2"}, due),
                  {market.funder, market.other});
    market.honest(market.draft(MerchantRefund{kContract, 700, "shop-1"}, due),
                  {market.lender, market.funder});
    // Who made it and its servicer, each with who owns it.
    const std::array<const Party*, 2> answering{market.lender, market.servicer};
    for (std::uint64_t number = 0; number < answering.size(); ++number) {
        const auto id = id_of<ComplaintId>(number);
        market.honest(market.draft(ComplaintOpen{id, kContract, ComplaintCategory::other, {}}, due),
                      {answering.at(number)});
        market.honest(market.draft(ComplaintClose{id, ComplaintResult::rejected, {}}, due),
                      {answering.at(number), market.funder});
    }
    const Day late = Beside::kLate;
    market.honest(market.draft(ChargeOff{kContract, 0, 0, 0, 0, "gone"}, late),
                  {market.lender, market.funder});
}

TEST_CASE("the second set of books notices a pledge or sale that may not be") {
    Market market;
    const auto pledge = [&] { return market.draft(Pledge{kContract, market.funder->id}); };
    SECTION("pledged twice, or sold while it is pledged") {
        market.honest(pledge(), {market.lender, market.funder});
        CHECK(says(market.if_accepted(pledge(), Outcome::pledged, {market.lender, market.funder}),
                   "pledges what is pledged"));
        CHECK(says(market.if_accepted(market.offer(), Outcome::pledged, {market.lender}),
                   "sells what is pledged"));
    }
    SECTION("pledged after it was sold") {
        market.sell();
        CHECK(
            says(market.if_accepted(market.draft(Pledge{kContract, market.funder->id}, kToday + 1),
                                    Outcome::contract_sold, {market.lender, market.funder}),
                 "pledges what was sold"));
    }
    SECTION("pledged behind the funder's back, or released behind the pledgee's") {
        CHECK(says(
            market.if_accepted(pledge(), Outcome::signer_missing, {market.lender, market.other}),
            "who it is pledged to did not sign"));
        CHECK(says(market.if_accepted(market.draft(Release{kContract}), Outcome::pledgee_differs,
                                      {market.lender, market.other}),
                   "who it was pledged to did not sign"));
    }
    SECTION("sold twice, or by nobody who owns it") {
        market.honest(market.offer(), {market.lender});
        CHECK(says(market.if_accepted(market.offer(), Outcome::transfer_pending, {market.lender}),
                   "for sale already"));
        CHECK(says(market.if_accepted(market.price(), Outcome::owner_missing, {market.other}),
                   "who owned the contract did not sign"));
        CHECK(says(market.if_accepted(market.price(), Outcome::buyer_differs, {market.lender}),
                   "the buyer of the contract did not sign"));
        CHECK(says(market.if_accepted(market.price(kToday + 6), Outcome::transfer_expired,
                                      {market.lender, market.other}),
                   "not on offer"));
    }
    SECTION("sold again on the day on which it was bought") {
        market.sell();
        const TransferInit again{kContract, market.funder->id, 5, kToday + 5};
        CHECK(says(
            market.if_accepted(market.draft(again), Outcome::date_out_of_order, {market.other}),
            "before its owner's first day"));
    }
    SECTION("as of an earlier day") {
        Transaction early = market.offer(kToday + 5, kToday + 1);
        early.value_date = kToday;
        CHECK(says(market.if_accepted(early, Outcome::backdated_too_far, {market.lender}),
                   "as of an earlier day"));
    }
    SECTION("a grace that the buyer did not sign, a waiver with its one key") {
        market.sell();
        const GraceGrant grace{kContract, kToday + 1, kToday + 2, {}};
        CHECK(says(market.if_accepted(market.draft(grace), Outcome::owner_missing, {market.lender}),
                   "who had bought the contract did not sign"));
        const Waive waive{kContract, {{0, Component::fee, 1}}};
        CHECK(says(market.if_accepted(market.draft(waive), Outcome::two_keys_required,
                                      {market.lender, market.lender_2, market.other}),
                   "fewer than two keys"));
    }
}

TEST_CASE("the second set of books notices a sale that records or books do not have so") {
    Market market;
    market.honest(market.offer(), {market.lender});
    const auto settle = [&] { return market.apply(market.price(), {market.lender, market.other}); };
    SECTION("another buyer") {
        const BlockResult block = settle();
        market.change_contract([](ContractBody& body) { body.events.back().member.bytes[0] ^= 1; });
        CHECK(says(market.found(block), "its owners are not those"));
    }
    SECTION("another day") {
        const BlockResult block = settle();
        market.change_contract([](ContractBody& body) { body.events.back().value_date += 1; });
        CHECK(market.found(block) != "");
    }
    SECTION("receivables that stay with the seller") {
        BlockResult block = settle();
        std::erase_if(block.postings, [](const Posting& posting) {
            return posting.account == BookAccount::receivable_principal;
        });
        CHECK(market.found(block) != "");
    }
    SECTION("a gain that the price does not give") {
        BlockResult block = settle();
        for (Posting& posting : block.postings) {
            const bool cash = posting.account == BookAccount::cash;
            const bool result = posting.account == BookAccount::sale_loss ||
                                posting.account == BookAccount::purchase_difference;
            if (cash && posting.debit > 0) posting.debit += 10;
            if (cash && posting.credit > 0) posting.credit += 10;
            if (result && posting.debit > 0) posting.debit -= 10;
            if (result && posting.credit > 0) posting.credit -= 10;
        }
        CHECK(says(market.found(block), "not the price less what was sold"));
    }
    SECTION("a pledge that nobody gave") {
        const BlockResult block = settle();
        market.change_contract([](ContractBody& body) {
            ContractEvent pledge = body.events.back();
            pledge.kind = EventKind::pledge;
            pledge.entry += 1;
            body.events.push_back(pledge);
        });
        CHECK(says(market.found(block), "not pledged or offered as was last said"));
    }
}

}  // namespace tally::testing
