#pragma once

#include <initializer_list>
#include <optional>
#include <span>

#include "base/random.h"
#include "book/made_up/world.h"

namespace tally::book::made_up {

/// A row to try, on another day than today if it says so.
struct Try {
    World::Draft draft;
    RowExtra extra{};
    std::optional<ledger::Day> day{};
};

/// Rows that the rules must refuse, each for one reason. They change nothing in the world but use
/// up fresh ids.
class Attempts {
public:
    /// Both must outlive it.
    Attempts(World& world, Random& random) : world_(world), random_(random) {}

    /// Writes an attempt of a kind chosen by chance; nothing when the world has nothing to try one
    /// on. Requires a day that is open.
    void make();

private:
    /// Nothing where chance finds nothing to try it on.
    using Maker = std::optional<Try> (Attempts::*)();

    std::span<const Maker> on_lines() const;
    std::span<const Maker> on_holds() const;
    std::span<const Maker> on_contracts() const;
    std::span<const Maker> on_debits() const;
    std::span<const Maker> on_receivables() const;
    std::span<const Maker> on_pools() const;
    std::span<const Maker> on_costs() const;
    std::span<const Maker> on_alerts() const;
    std::span<const Maker> on_hardship() const;
    std::span<const Maker> on_conduct() const;
    std::span<const Maker> on_book() const;

    // attempts_lines.cpp: assessments, lines, authorisations, purchases
    std::optional<Try> assessment_again();
    std::optional<Try> model_unknown();
    std::optional<Try> approved_without_band();
    std::optional<Try> line_again();
    std::optional<Try> assessment_unknown();
    std::optional<Try> declined_cited();
    std::optional<Try> other_currency();
    std::optional<Try> bad_currency();
    std::optional<Try> above_assessment();
    std::optional<Try> limit_of_nothing();
    std::optional<Try> change_backdated();
    std::optional<Try> unfrozen_while_active();
    std::optional<Try> closed_in_use();

    // attempts_purchases.cpp
    std::optional<Try> over_limit();
    std::optional<Try> line_unknown();
    std::optional<Try> line_frozen();
    std::optional<Try> contract_again();
    std::optional<Try> before_validity();
    std::optional<Try> product_unknown();
    std::optional<Try> below_minimum();
    std::optional<Try> term_not_sold();
    std::optional<Try> shares_short();
    std::optional<Try> no_funder();
    std::optional<Try> fen_lost();
    std::optional<Try> apr_wrong();
    std::optional<Try> hold_unknown();
    std::optional<Try> hold_closed();
    std::optional<Try> hold_live();
    std::optional<Try> above_hold();

    // attempts_contracts.cpp: payments, refunds, penalties, marks
    std::optional<Try> contract_unknown();
    std::optional<Try> posted_twice();
    std::optional<Try> above_payable();
    std::optional<Try> paid_already();
    std::optional<Try> payment_of_nothing();
    std::optional<Try> allocation_wrong();
    std::optional<Try> settlement_wrong();
    std::optional<Try> penalty_wrong();
    std::optional<Try> mark_wrong();
    std::optional<Try> above_captured();
    std::optional<Try> backdated_too_far();

    // attempts_debits.cpp: mandates and debits
    std::optional<Try> mandate_again();
    std::optional<Try> mandate_unknown();
    std::optional<Try> mandate_revoked();
    std::optional<Try> mandate_over();
    std::optional<Try> above_mandate();
    std::optional<Try> debit_unknown();
    std::optional<Try> second_result();

    // attempts_conduct.cpp: contacts, complaints, erasure, oversight
    std::optional<Try> contact_at_night();
    std::optional<Try> complaint_unknown();
    std::optional<Try> complaint_answered();
    std::optional<Try> borrower_in_use();
    std::optional<Try> erased_again();
    std::optional<Try> recon_again();
    std::optional<Try> opinion_too_large();

    // attempts_receivables.cpp
    std::optional<Try> pledged_twice();
    std::optional<Try> sold_while_pledged();
    std::optional<Try> released_unpledged();
    std::optional<Try> pledged_by_none();
    std::optional<Try> settled_unoffered();
    std::optional<Try> offered_too_late();

    // attempts_pools.cpp
    std::optional<Try> pool_again();
    std::optional<Try> pool_of_no_trustee();
    std::optional<Try> pool_without_days();
    std::optional<Try> pool_unknown();
    std::optional<Try> pooled_pledged();
    std::optional<Try> pooled_twice();
    std::optional<Try> added_when_shut();
    std::optional<Try> sealed_wrong();
    std::optional<Try> issued_too_early();
    std::optional<Try> triggered_early();
    std::optional<Try> closed_too_early();
    std::optional<Try> bought_back_unpooled();

    // attempts_costs.cpp
    std::optional<Try> costs_unseen();
    std::optional<Try> costs_of_another();
    std::optional<Try> shop_overpaid();
    std::optional<Try> debt_paid_in_full();
    std::optional<Try> debt_not_late();

    // attempts_alerts.cpp
    std::optional<Try> alert_again();
    std::optional<Try> alert_of_nodes();
    std::optional<Try> alert_unknown();
    std::optional<Try> alert_decided();

    // attempts_trouble.cpp: waivers, hardship, loss, corrections
    std::optional<Try> waived_too_much();
    std::optional<Try> hardship_again();
    std::optional<Try> hardship_unknown();
    std::optional<Try> grace_backwards();
    std::optional<Try> grace_too_long();
    std::optional<Try> arrears_lost();
    std::optional<Try> charge_off_wrong();
    std::optional<Try> charged_off_already();
    std::optional<Try> recovery_too_early();
    std::optional<Try> recovery_too_much();
    std::optional<Try> commission_too_high();
    std::optional<Try> target_unknown();
    std::optional<Try> reversed_already();

    // attempts_book.cpp: terms and days
    std::optional<Try> ruleset_again();
    std::optional<Try> product_without_ruleset();
    std::optional<Try> model_again();
    std::optional<Try> on_closed_day();
    std::optional<Try> on_future_day();
    std::optional<Try> value_ahead();
    std::optional<Try> day_opened_again();
    std::optional<Try> balance_wrong();
    std::optional<Try> rules_not_to_follow();

    // What they try it on; nothing if chance finds none.
    template <typename Element, typename Fits>
    const Element* any_of(const std::vector<Element>& elements, const Fits& fits) {
        constexpr int kTries = 12;
        for (int i = 0; i < kTries && !elements.empty(); ++i) {
            const Element& element = elements[random_.below(elements.size())];
            if (fits(element)) return &element;
        }
        return nullptr;
    }
    const Line* open_line();
    const Deal* active_deal();
    const Deal* overdue_deal();
    const Deal* mandated_deal();
    const Deal* pooled_deal();
    const Pool* pool_in(std::initializer_list<Pool::Stage> stages);
    ledger::Day today() const { return *world_.today(); }
    Memory& memory() { return world_.memory(); }
    World::Draft purchase(const ledger::LineId& line, ledger::Amount principal);
    World::Draft payment(const Deal& deal, ledger::Amount amount);
    World::Draft grant(const ledger::BorrowerId& borrower, const ledger::AssessmentId& assessment);
    World::Draft assessment();
    World::Draft creation(const ledger::PoolId& pool);
    ledger::Amount some(ledger::Amount most) {
        return 1 + static_cast<ledger::Amount>(random_.below(static_cast<std::uint64_t>(most)));
    }

    World& world_;
    Random& random_;
};

/// The integer under a name. Requires that it is there.
ledger::Amount amount_in(const World::Draft& draft, std::string_view name);

}  // namespace tally::book::made_up
