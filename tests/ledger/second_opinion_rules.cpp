#include <algorithm>
#include <regex>

#include "ledger/apr.h"
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
    const Happening& happening;
    const bool is_new;
    std::vector<Outcome> broken = {};

    void refuse_if(bool wrong, Outcome outcome) {
        if (wrong) broken.push_back(outcome);
    }
    void need_status(std::set<ContractStatus> allowed) {
        const ContractStatus status = picture.status();
        if (allowed.contains(status)) return;
        const bool lost = picture.gave_up && status != ContractStatus::closed_settled;
        broken.push_back(lost ? Outcome::contract_charged_off : Outcome::contract_not_active);
    }
    /// Of what was given up before, a settlement leaves nothing that money could be paid for.
    ContractStatus compromised() const {
        return picture.gave_up ? ContractStatus::active : ContractStatus::closed_settled;
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
                     ContractStatus::closed_waived, ContractStatus::closed_refunded,
                     compromised()});
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(picture.refunds + body.amount > picture.principal, Outcome::above_captured);
    }
    void judge_payment(Wide amount) {
        const bool credit = ruleset.overpayment == Overpayment::credit;
        if (credit) {
            need_status({ContractStatus::active, ContractStatus::closed_paid,
                         ContractStatus::closed_waived, ContractStatus::overpaid, compromised()});
        } else {
            need_status({ContractStatus::active});
        }
        refuse_if(amount <= 0, Outcome::amount_not_positive);
        const Wide beyond = std::max<Wide>(0, amount - picture.owed());
        refuse_if(!credit && beyond > 0, Outcome::above_payable);
        refuse_if(is_new && beyond > 0 && picture.credit + beyond > 10 * picture.principal,
                  Outcome::above_payable);
    }
    void operator()(const DebitResult&) {
        // One that brought nothing asks for nothing.
        if (happening.drawn > 0) judge_payment(happening.drawn);
    }
    void operator()(const Repayment& body) {
        judge_payment(body.amount);
        // A later backdated event may change what an old payment covers.
        refuse_if(
            is_new && body.amount > 0 && body.allocation != picture.spread(ruleset, body.amount),
            Outcome::allocation_differs);
    }
    void operator()(const PrepaySettle& body) {
        need_status({ContractStatus::active});
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(body.amount != picture.settlement(product.prepayment, ruleset),
                  Outcome::settlement_differs);
    }
    void operator()(const PenaltyAssess& body) {
        // What a late payment undoes is released, wholly if need be.
        if (!is_new) return;
        need_status({ContractStatus::active});
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(body.amount != picture.unassessed(ruleset), Outcome::penalty_differs);
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
        // A day whose penalty was billed is no day of grace.
        Picture with = picture;
        for (Day day = body.from; day <= body.to; ++day) with.paused.insert(day);
        refuse_if(body.from < picture.day || body.to < body.from || overlaps ||
                      with.accrued(ruleset) < picture.assessed,
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
        refuse_if(picture.replans + 1 > ruleset.reschedules_max, Outcome::reschedule_exhausted);
        refuse_if(body.rate_ppm > picture.terms.rate_ppm, Outcome::rate_differs);
        refuse_if(body.rate_ppm < 0, Outcome::rate_out_of_range);
        const Wide principal = picture.owed(Component::principal);
        const bool plans = periods >= 1 && periods <= kPeriodsMax && body.rate_ppm >= 0;
        if (plans && principal > 0) judge_plan(body, periods);
        Sums carried = picture.arrears(ruleset);
        const Wide most = carried[Component::penalty];
        Wide planned = 0;
        for (const Instalment& row : body.schedule) planned += row.principal;
        refuse_if(planned != principal || principal == 0 || body.waived_penalty < 0 ||
                      body.waived_penalty > most ||
                      body.carried_penalty != most - body.waived_penalty ||
                      body.carried_fee != carried[Component::fee] ||
                      body.carried_interest != carried[Component::interest],
                  Outcome::reschedule_differs);
    }
    void judge_plan(const Reschedule& body, std::uint32_t periods) {
        const Sums carried = picture.arrears(ruleset);
        const ScheduleTerms terms = picture.replanned(periods, body.rate_ppm);
        const Schedule plan = compute_schedule(terms);
        refuse_if(plan.outcome != Outcome::accepted, plan.outcome);
        if (plan.outcome != Outcome::accepted) return;
        const auto rate = apr_ppm(terms.principal, plan.rows);
        refuse_if(!rate || *rate > product.apr_cap_ppm, Outcome::apr_above_cap);
        std::vector<Instalment> rows = plan.rows;
        rows[0].fee += narrow(in(carried, Component::fee));
        rows[0].interest += narrow(in(carried, Component::interest));
        refuse_if(rows != body.schedule, Outcome::reschedule_differs);
    }
    void operator()(const ChargeOff& body) {
        need_status({ContractStatus::active});
        refuse_if(body.reason.empty() || body.reason.size() > 64, Outcome::text_out_of_range);
        const bool begun = !picture.rows.empty() && picture.rows.front().due <= picture.day;
        refuse_if(!begun || picture.days_past_due() < ruleset.charge_off_days_min,
                  Outcome::not_past_due);
        const Sums lost = picture.loss();
        refuse_if(sum_of(lost) == 0 || body.penalty != in(lost, Component::penalty) ||
                      body.fee != in(lost, Component::fee) ||
                      body.interest != in(lost, Component::interest) ||
                      body.principal != in(lost, Component::principal),
                  Outcome::charge_off_differs);
    }
    void operator()(const OverpayRefund& body) {
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(body.amount > picture.credit, Outcome::above_credit);
    }
    void operator()(const Chargeback& body) {
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        const auto target =
            happening.target ? picture.effects.find(*happening.target) : picture.effects.end();
        if (target == picture.effects.end()) return refuse_if(true, Outcome::target_unknown);
        const Effect& payment = target->second;
        if (payment.payment == 0) return refuse_if(true, Outcome::target_not_reversible);
        refuse_if(body.amount > payment.payment - payment.taken_back, Outcome::above_payment);
        const Wide left = std::max<Wide>(0, payment.credit - payment.taken_back);
        const Wide missing = std::min<Wide>(body.amount, left) - picture.credit;
        refuse_if(!picture.credit_has_paid(missing, payment.plan == picture.plans),
                  Outcome::above_credit);
    }
    void operator()(const DebtSettle& body) {
        if (picture.status() != ContractStatus::charged_off) {
            need_status({ContractStatus::active});
            refuse_if(is_new && picture.days_past_due() == 0, Outcome::not_past_due);
        }
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        if (body.amount <= 0) return;
        const Wide all = picture.gave_up ? picture.recoverable() : sum_of(picture.loss());
        refuse_if(body.amount >= all, Outcome::nothing_let_go);
        const Sums left = picture.left_by(ruleset, body.amount);
        const auto wrong = [&](Wide said, Component component) {
            return is_new ? said != in(left, component) : said > in(left, component);
        };
        refuse_if(wrong(body.penalty, Component::penalty) || wrong(body.fee, Component::fee) ||
                      wrong(body.interest, Component::interest) ||
                      wrong(body.principal, Component::principal),
                  Outcome::debt_settlement_differs);
    }
    void operator()(const MerchantSettle& body) {
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
    }
    void operator()(const ServicerChange&) {}
    void operator()(const CollectionAssign&) {}
    void operator()(const CollectionRecall&) {}
    void operator()(const ContactLog&) {
        const ContractStatus status = picture.status();
        const bool owed = status == ContractStatus::active || status == ContractStatus::charged_off;
        refuse_if(is_new && !owed, Outcome::contract_not_active);
    }
    // Whose it is, second_opinion_titles.cpp judges.
    void operator()(const Pledge&) {}
    void operator()(const Release&) {}
    void operator()(const TransferInit&) {}
    void operator()(const TransferSettle&) {}
    void operator()(const TransferCancel&) {}
    void operator()(const TransferDecline&) {}
    void operator()(const PoolAdd&) {}
    void operator()(const PoolRemove&) {}
    void operator()(const BuybackInit&) {}
    void operator()(const BuybackSettle&) {}
    void operator()(const Recovery& body) {
        refuse_if(body.amount <= 0, Outcome::amount_not_positive);
        refuse_if(body.commission < 0 || body.commission > body.amount,
                  Outcome::commission_invalid);
        refuse_if(!picture.gave_up || picture.status() == ContractStatus::closed_settled,
                  Outcome::contract_not_charged_off);
        refuse_if(picture.gave_up && body.amount > picture.recoverable(),
                  Outcome::above_charged_off);
    }
    template <typename Other>
    void operator()(const Other&) {
        broken.push_back(Outcome::malformed_transaction);
    }
};

}  // namespace

std::vector<Outcome> objections(const Picture& picture, const RulesetRegister& ruleset,
                                const ProductRegister& product, const Happening& happening,
                                bool is_new) {
    const TransactionBody& body = happening.transaction.body;
    Judge judge{picture, ruleset, product, happening, is_new};
    if (!picture.captured && !std::holds_alternative<Capture>(body)) {
        // What nothing takes back of a contract that was taken back wholly stays on record.
        const bool stays =
            std::holds_alternative<OverdueMark>(body) ||
            std::holds_alternative<HardshipRequest>(body) ||
            std::holds_alternative<ServicerChange>(body) ||
            std::holds_alternative<CollectionAssign>(body) ||
            std::holds_alternative<CollectionRecall>(body) ||
            std::holds_alternative<ContactLog>(body) || std::holds_alternative<Pledge>(body) ||
            std::holds_alternative<Release>(body) || std::holds_alternative<TransferInit>(body) ||
            std::holds_alternative<TransferSettle>(body) ||
            std::holds_alternative<TransferCancel>(body) ||
            std::holds_alternative<TransferDecline>(body) ||
            std::holds_alternative<PoolAdd>(body) || std::holds_alternative<PoolRemove>(body) ||
            std::holds_alternative<BuybackInit>(body) ||
            std::holds_alternative<BuybackSettle>(body) ||
            (std::holds_alternative<DebitResult>(body) && happening.drawn == 0);
        if (stays && !is_new) return {};
        judge.broken.push_back(Outcome::contract_not_active);
    }
    std::visit(judge, body);
    return judge.broken;
}

std::optional<std::string> alike(const std::string& reference) {
    if (reference.empty() || reference.size() > 64) return std::nullopt;
    if (reference.front() == ' ' || reference.back() == ' ') return std::nullopt;
    std::string all;
    for (const char letter : reference) {
        if (letter < ' ' || letter > '~') return std::nullopt;
        if (letter == ' ') continue;
        const std::size_t capital = std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZ").find(letter);
        all += capital == std::string::npos ? letter : "abcdefghijklmnopqrstuvwxyz"[capital];
    }
    return all;
}

bool personal(const std::string& reference) {
    const std::string digits = "0123456789";
    if (reference.find_first_of(digits) == std::string::npos) return true;
    if (reference.find('@') != std::string::npos) return true;
    static const std::regex kLabel("^[a-z]+(?=[0-9+(])");
    std::string bare = std::regex_replace(alike(reference).value_or(""), kLabel, "");
    std::erase_if(bare,
                  [](char one) { return std::string(" -().").find(one) != std::string::npos; });
    static const std::regex kMobile(R"((\+86|0086|86)?1[3-9][0-9]{9})");
    if (std::regex_match(bare, kMobile)) return true;
    static const std::regex kIdentity("[0-9]{17}[0-9x]");
    if (!std::regex_match(bare, kIdentity)) return false;
    // GB 11643: the weighted sum leaves 1 when it is divided by 11.
    constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1};
    int sum = 0;
    for (std::size_t place = 0; place < bare.size(); ++place) {
        sum += kWeights[place] * (bare[place] == 'x' ? 10 : bare[place] - '0');
    }
    return sum % 11 == 1;
}

}  // namespace tally::testing::opinion
