#include <algorithm>

#include "ledger/dates.h"
#include "ledger/schedule.h"
#include "tests/ledger/second_opinion.h"

// What docs/CREDIT.md refuses, rule by rule.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

struct Judge {
    const Picture& picture;
    const RulesetRegister& ruleset;
    const ProductRegister& product;
    const bool is_new;
    std::vector<Outcome> broken = {};

    void refuse_if(bool wrong, Outcome outcome) {
        if (wrong) broken.push_back(outcome);
    }
    void need_status(std::set<ContractStatus> allowed) {
        const ContractStatus status = picture.status();
        if (allowed.contains(status)) return;
        broken.push_back(picture.gave_up ? Outcome::contract_charged_off
                                         : Outcome::contract_not_active);
    }
    void need_open(const std::optional<HardshipId>& request) {
        refuse_if(request && !picture.open.contains(*request), Outcome::hardship_unknown);
    }
    Wide owed_in(std::uint32_t row, Component component) const {
        if (row >= picture.rows.size()) return 0;
        return in(picture.rows[row].owed, component);
    }

    void operator()(const Capture&) {
        // Its terms are judged where the line is; here it must only be the first.
        refuse_if(picture.captured, Outcome::contract_exists);
    }
    void operator()(const MerchantRefund& body) {
        need_status({ContractStatus::active, ContractStatus::closed_paid, ContractStatus::overpaid,
                     ContractStatus::closed_refunded});
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(picture.refunds + body.amount > picture.principal, Outcome::above_captured);
    }
    void operator()(const Repayment& body) {
        const bool credit = ruleset.overpayment == Overpayment::credit;
        if (credit) {
            need_status(
                {ContractStatus::active, ContractStatus::closed_paid, ContractStatus::overpaid});
        } else {
            need_status({ContractStatus::active});
        }
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(!credit && body.amount > picture.owed(), Outcome::above_payable);
        // A later backdated event may change what an old payment covers.
        refuse_if(
            is_new && body.amount > 0 && body.allocation != picture.spread(ruleset, body.amount),
            Outcome::allocation_differs);
    }
    void operator()(const PrepaySettle& body) {
        need_status({ContractStatus::active});
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(body.amount != picture.settlement(product.prepayment),
                  Outcome::settlement_differs);
    }
    void operator()(const PenaltyAssess& body) {
        need_status({ContractStatus::active});
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(is_new && body.amount != picture.accrued(ruleset) - picture.assessed,
                  Outcome::penalty_differs);
    }
    void operator()(const OverdueMark& body) {
        if (!is_new) return;
        need_status({ContractStatus::active});
        refuse_if(body.days_past_due != picture.days_past_due() ||
                      body.bucket != picture.bucket(ruleset) ||
                      body.asset_class != picture.asset_class(ruleset),
                  Outcome::mark_differs);
    }
    void operator()(const Waive& body) {
        need_status({ContractStatus::active});
        std::set<std::pair<std::uint32_t, Component>> seen;
        bool wrong = body.parts.empty();
        for (const Allocation& part : body.parts) {
            wrong = wrong || part.amount <= 0 ||
                    part.amount > owed_in(part.instalment, part.component) ||
                    !seen.emplace(part.instalment, part.component).second;
        }
        refuse_if(wrong, Outcome::waiver_invalid);
    }
    void operator()(const HardshipRequest& body) {
        // A request was made, whatever a later replay makes of the contract.
        if (is_new) need_status({ContractStatus::active});
        if (body.stage == HardshipStage::requested) {
            refuse_if(picture.asked.contains(body.request), Outcome::hardship_exists);
        } else {
            refuse_if(!picture.open.contains(body.request), Outcome::hardship_unknown);
        }
    }
    void operator()(const GraceGrant& body) {
        need_status({ContractStatus::active});
        refuse_if(!day_in_range(body.from) || !day_in_range(body.to), Outcome::date_out_of_range);
        need_open(body.request);
        bool overlaps = false;
        for (const Day day : picture.paused) overlaps |= body.from <= day && day <= body.to;
        refuse_if(body.from < picture.day || body.to < body.from || overlaps,
                  Outcome::grace_invalid);
        const Wide days = static_cast<Wide>(picture.paused.size()) + body.to - body.from + 1;
        refuse_if(
            picture.grants + 1 > ruleset.grace_grants_max || days > ruleset.grace_grant_days_max,
            Outcome::grace_exhausted);
    }
    void operator()(const Reschedule& body) {
        need_status({ContractStatus::active});
        const auto periods = static_cast<std::uint32_t>(body.schedule.size());
        refuse_if(periods < 1 || periods > kPeriodsMax, Outcome::periods_out_of_range);
        need_open(body.request);
        refuse_if(picture.plans + 1 > ruleset.reschedules_max, Outcome::reschedule_exhausted);
        refuse_if(body.rate_ppm > contract_rate, Outcome::rate_differs);
        Sums carried = picture.arrears();
        const Schedule plan = compute_schedule(picture.replanned(periods, body.rate_ppm));
        std::vector<Instalment> rows = plan.rows;
        if (!rows.empty()) {
            rows[0].fee += narrow(carried[Component::fee]);
            rows[0].interest += narrow(carried[Component::interest]);
        }
        refuse_if(body.carried_penalty != carried[Component::penalty] ||
                      body.carried_fee != carried[Component::fee] ||
                      body.carried_interest != carried[Component::interest] ||
                      plan.outcome != Outcome::accepted || rows != body.schedule,
                  Outcome::reschedule_differs);
    }
    void operator()(const ChargeOff& body) {
        need_status({ContractStatus::active});
        refuse_if(body.penalty != picture.owed(Component::penalty) ||
                      body.fee != picture.owed(Component::fee) ||
                      body.interest != picture.owed(Component::interest) ||
                      body.principal != picture.owed(Component::principal),
                  Outcome::charge_off_differs);
    }
    void operator()(const Recovery& body) {
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(body.commission < 0 || body.commission > body.amount,
                  Outcome::commission_invalid);
        refuse_if(!picture.gave_up, Outcome::contract_not_charged_off);
        refuse_if(picture.recovered + body.amount > sum_of(picture.charged_off),
                  Outcome::above_charged_off);
    }
    template <typename Other>
    void operator()(const Other&) {
        broken.push_back(Outcome::malformed_transaction);
    }

    Ppm contract_rate = 0;
};

}  // namespace

std::vector<Outcome> objections(const Picture& picture, const RulesetRegister& ruleset,
                                const ProductRegister& product, const Transaction& transaction,
                                bool is_new) {
    Judge judge{picture, ruleset, product, is_new};
    judge.contract_rate = picture.rate_ppm;
    if (!picture.captured && !std::holds_alternative<Capture>(transaction.body)) {
        // A mark or a request of a contract that was taken back wholly stays on record.
        const bool stays = std::holds_alternative<OverdueMark>(transaction.body) ||
                           std::holds_alternative<HardshipRequest>(transaction.body);
        if (stays && !is_new) return {};
        judge.broken.push_back(Outcome::contract_not_active);
    }
    std::visit(judge, transaction.body);
    return judge.broken;
}

}  // namespace tally::testing::opinion
