#include <algorithm>
#include <set>

#include "ledger/apr.h"
#include "tests/ledger/second_opinion_trial.h"

// Why a transaction must be refused: who signed, days, line, references; what the contract says of
// it is second_opinion_rules.cpp.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

template <typename... Bodies>
bool is_one_of(const TransactionBody& body) {
    return (std::holds_alternative<Bodies>(body) || ...);
}

/// Counts what is wrong.
struct Wrongs {
    std::vector<Outcome> all;
    void refuse_if(bool wrong, Outcome outcome) {
        if (wrong) all.push_back(outcome);
    }
    void add(const std::vector<Outcome>& more) { all.insert(all.end(), more.begin(), more.end()); }
};

bool waives_penalty(const TransactionBody& body) {
    const auto* plan = std::get_if<Reschedule>(&body);
    return plan != nullptr && plan->waived_penalty > 0;
}

}  // namespace

Role answers(const TransactionBody& body) {
    if (is_one_of<DebitResult>(body)) return Role::payment_provider;
    const bool servicer =
        is_one_of<Repayment, PrepaySettle, PenaltyAssess, OverdueMark, HardshipRequest, Recovery,
                  OverpayRefund, Chargeback, MandateRegister, MandateRevoke, DebitInstruct>(body);
    return servicer ? Role::servicer : Role::originator;
}

std::size_t Trial::keys_of(MemberId member, const Signers& signers) const {
    return static_cast<std::size_t>(
        std::count_if(signers.begin(), signers.end(),
                      [&](const std::string& name) { return cast().party(name).id == member; }));
}

bool Trial::has(Role role, const Signers& signers) const {
    const auto& members = cast().genesis().members;
    return std::any_of(members.begin(), members.end(), [&](const GenesisMember& member) {
        return (member.roles & static_cast<std::uint16_t>(role)) != 0 &&
               keys_of(member.id, signers) > 0;
    });
}

std::vector<Outcome> Trial::judge_signers(const TransactionBody& body,
                                          const Signers& signers) const {
    Wrongs wrong;
    const Role role = answers(body);
    wrong.refuse_if(!has(role, signers), Outcome::role_missing);
    if (const auto* result = std::get_if<DebitResult>(&body)) {
        const auto debit = debits_.find(result->debit);
        const bool provider =
            debit == debits_.end() ||
            keys_of(mandates_.at(debit->second.said.mandate).provider, signers) > 0;
        wrong.refuse_if(!provider, Outcome::provider_differs);
        return wrong.all;
    }
    const auto contract = contract_of(body);
    if (role == Role::servicer) {
        const bool signed_by = keys_of(contracts_.at(*contract).servicer(), signers) > 0;
        wrong.refuse_if(!signed_by, Outcome::servicer_differs);
    } else {
        wrong.refuse_if(keys_of(cast().originator().id, signers) == 0, Outcome::owner_differs);
        const auto title = contract ? titles_.find(*contract) : titles_.end();
        wrong.refuse_if(title != titles_.end() && keys_of(title->second.owner(), signers) == 0,
                        Outcome::owner_missing);
    }
    const bool collects = is_one_of<Recovery, CollectionAssign, CollectionRecall>(body);
    wrong.refuse_if(collects && !has(Role::collector, signers), Outcome::role_missing);
    wrong.refuse_if(is_one_of<Chargeback>(body) && !has(Role::payment_provider, signers),
                    Outcome::role_missing);
    wrong.refuse_if(is_one_of<ServicerChange>(body) && !has(Role::servicer, signers),
                    Outcome::role_missing);
    wrong.refuse_if(is_one_of<Capture>(body) && keys_of(cast().funder().id, signers) == 0,
                    Outcome::signer_missing);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_servicing(const TransactionBody& body,
                                            const Signers& signers) const {
    Wrongs wrong;
    const Contract& contract = contracts_.at(contract_of(body).value());
    const auto member_with = [&](MemberId id, Role role) {
        const auto& members = cast().genesis().members;
        return std::any_of(members.begin(), members.end(), [&](const GenesisMember& member) {
            return member.id == id && (member.roles & static_cast<std::uint16_t>(role)) != 0;
        });
    };
    const auto collector_signed = [&] {
        return contract.collector() && keys_of(*contract.collector(), signers) > 0;
    };
    if (const auto* change = std::get_if<ServicerChange>(&body)) {
        wrong.refuse_if(keys_of(contract.servicer(), signers) == 0, Outcome::servicer_differs);
        wrong.refuse_if(!member_with(change->servicer, Role::servicer), Outcome::servicer_unknown);
        wrong.refuse_if(keys_of(change->servicer, signers) == 0, Outcome::signer_missing);
    } else if (const auto* assignment = std::get_if<CollectionAssign>(&body)) {
        wrong.refuse_if(!member_with(assignment->collector, Role::collector),
                        Outcome::collector_unknown);
        wrong.refuse_if(keys_of(assignment->collector, signers) == 0, Outcome::signer_missing);
        wrong.refuse_if(assignment->commission_ppm < 0 || assignment->commission_ppm > 1'000'000,
                        Outcome::commission_invalid);
        const auto& story = contract.story();
        const bool relieved = std::any_of(story.begin(), story.end(), [](const Happening& one) {
            return !one.undone &&
                   is_one_of<HardshipRequest, GraceGrant, Reschedule>(one.transaction.body);
        });
        wrong.refuse_if(ruleset_.forbearance_first && !relieved, Outcome::forbearance_missing);
    } else if (is_one_of<CollectionRecall>(body)) {
        wrong.refuse_if(!collector_signed(), Outcome::collector_differs);
    } else if (const auto* recovery = std::get_if<Recovery>(&body)) {
        wrong.refuse_if(!collector_signed(), Outcome::collector_differs);
        const Wide most = Wide{recovery->amount} * contract.commission_ppm() / 1'000'000;
        wrong.refuse_if(recovery->amount > 0 && recovery->commission > most,
                        Outcome::commission_above_agreement);
    } else if (is_one_of<MerchantSettle>(body)) {
        const Title& title = titles_.at(contract_of(body).value());
        wrong.refuse_if(title.owner() != title.owners.front().first, Outcome::contract_sold);
    } else if (is_one_of<Waive, DebtSettle>(body) || waives_penalty(body)) {
        const MemberId owner = titles_.at(contract_of(body).value()).owner();
        wrong.refuse_if(keys_of(owner, signers) < 2, Outcome::two_keys_required);
    }
    return wrong.all;
}

std::vector<Outcome> Trial::judge_capture(const Transaction& transaction) const {
    const auto& body = std::get<Capture>(transaction.body);
    Wrongs wrong;
    const auto periods = static_cast<std::uint32_t>(body.schedule.size());
    wrong.refuse_if(frozen_, Outcome::line_not_active);
    wrong.refuse_if(transaction.value_date > transaction.business_date, Outcome::value_date_ahead);
    wrong.refuse_if(body.principal <= 0, Outcome::amount_not_positive);
    wrong.refuse_if(periods < 1 || periods > kPeriodsMax, Outcome::periods_out_of_range);
    wrong.refuse_if(contracts_.contains(body.contract), Outcome::contract_exists);
    const auto term = std::find_if(product_.terms.begin(), product_.terms.end(),
                                   [&](const ProductTerm& one) { return one.periods == periods; });
    wrong.refuse_if(term == product_.terms.end() || term->rate_ppm != body.rate_ppm,
                    Outcome::rate_differs);
    wrong.refuse_if(
        transaction.business_date - transaction.value_date > ruleset_.backdating_days_max,
        Outcome::backdated_too_far);
    const bool serviced =
        body.servicer == cast().servicer().id || body.servicer == cast().other_servicer().id;
    wrong.refuse_if(!serviced, Outcome::servicer_unknown);
    const Schedule schedule = compute_schedule(
        {product_.method, product_.day_count, product_.month_end, product_.remainder,
         body.principal, body.rate_ppm, periods, transaction.value_date});
    wrong.refuse_if(schedule.outcome != Outcome::accepted, schedule.outcome);
    wrong.refuse_if(schedule.rows != body.schedule, Outcome::schedule_differs);
    const auto rate = apr_ppm(body.principal, schedule.rows);
    wrong.refuse_if(rate != std::optional(body.apr_ppm), Outcome::apr_differs);
    wrong.refuse_if(body.apr_ppm > product_.apr_cap_ppm, Outcome::apr_above_cap);
    const bool late =
        !schedule.rows.empty() && schedule.rows.front().due < transaction.business_date;
    wrong.refuse_if(late, Outcome::backdated_too_far);
    wrong.refuse_if(!body.authorisation && body.principal > available(), Outcome::limit_exceeded);
    if (body.authorisation) {
        const auto reserved = reserved_.find(*body.authorisation);
        wrong.refuse_if(reserved == reserved_.end(), Outcome::authorisation_not_open);
        wrong.refuse_if(reserved != reserved_.end() && body.principal > reserved->second,
                        Outcome::above_authorisation);
    }
    return wrong.all;
}

std::vector<Outcome> Trial::judge_reversal(const Transaction& transaction, const Signers& signers,
                                           const Transaction* repost) const {
    const auto& reversal = std::get<Reversal>(transaction.body);
    const Contract& contract = contracts_.at(reversal.contract);
    const auto place = contract.find(reversal.submitter, reversal.target);
    if (!place) return {Outcome::target_unknown};
    const Happening& target = contract.story()[*place];
    const TransactionBody& body = target.transaction.body;
    if (is_one_of<OverdueMark, HardshipRequest, ServicerChange, CollectionAssign, CollectionRecall,
                  ContactLog, Pledge, Release, TransferInit, TransferSettle, TransferCancel,
                  TransferDecline, PoolAdd, PoolRemove, BuybackInit, BuybackSettle>(body)) {
        return {Outcome::target_not_reversible};
    }
    const Title& title = titles_.at(reversal.contract);
    const auto* result = std::get_if<DebitResult>(&body);
    if (result != nullptr && target.drawn == 0) return {Outcome::target_not_reversible};
    if (target.undone) return {Outcome::target_reversed};
    Wrongs wrong;
    wrong.add(judge_signers(body, signers));
    // Who bought the contract owes the merchant nothing.
    const bool paid = is_one_of<MerchantSettle>(body);
    wrong.refuse_if(paid && title.owner() != title.owners.front().first, Outcome::contract_sold);
    if (is_one_of<Capture>(body)) {
        wrong.refuse_if(title.owners.size() > 1, Outcome::contract_sold);
        wrong.refuse_if(title.pledgee.has_value(), Outcome::pledged);
        wrong.refuse_if(title.for_sale(transaction.business_date), Outcome::transfer_pending);
    }
    const bool by_servicer = answers(body) == Role::servicer;
    MemberId answerable = by_servicer ? contract.servicer() : title.owner();
    if (result != nullptr) answerable = provider_of(result->debit);
    const bool two = is_closed(target.transaction.business_date) ||
                     is_one_of<Waive, DebtSettle>(body) || waives_penalty(body);
    wrong.refuse_if(two && keys_of(answerable, signers) < 2, Outcome::two_keys_required);
    if (reversal.reposted_on) {
        const MemberId servicer = contracts_.at(*reversal.reposted_on).servicer();
        wrong.refuse_if(keys_of(servicer, signers) == 0, Outcome::servicer_differs);
    }
    const Day day = transaction.business_date;
    if (is_closed(day)) {
        bool follows =
            repost != nullptr && repost->body.index() == body.index() &&
            repost->business_date == day &&
            contract_of(repost->body) == reversal.reposted_on.value_or(reversal.contract) &&
            result == nullptr;
        if (follows && reversal.reposted_on) {
            const auto* money = std::get_if<Repayment>(&body);
            follows = money != nullptr && money->amount == std::get<Repayment>(repost->body).amount;
        }
        wrong.refuse_if(!follows || target.transaction.business_date != day, Outcome::day_closed);
    } else {
        wrong.refuse_if(reversal.reposted_on.has_value(), Outcome::day_not_closed);
    }
    std::set<MemberId> parties;
    for (const MemberId party : {title.owner(), contract.servicer(), cast().regulator().id}) {
        if (keys_of(party, signers) > 0) parties.insert(party);
    }
    wrong.add(contract.judge_undoing(*place, today_, parties.size() > 1));
    return wrong.all;
}

std::vector<Outcome> Trial::judge_contact(const Transaction& transaction,
                                          const Signers& signers) const {
    const auto& contact = std::get<ContactLog>(transaction.body);
    const Contract& contract = contracts_.at(contact.contract);
    Wrongs wrong;
    wrong.refuse_if(!has(Role::collector, signers) && !has(Role::servicer, signers),
                    Outcome::role_missing);
    if (contract.collector()) {
        wrong.refuse_if(keys_of(*contract.collector(), signers) == 0, Outcome::collector_differs);
    } else {
        wrong.refuse_if(keys_of(contract.servicer(), signers) == 0, Outcome::servicer_differs);
    }
    const bool awake =
        contact.minute >= ruleset_.contact_from && contact.minute < ruleset_.contact_to;
    wrong.refuse_if(!awake, Outcome::contact_outside_hours);
    const auto made = contacts_.find(transaction.value_date);
    const std::uint32_t times = made == contacts_.end() ? 0 : made->second;
    wrong.refuse_if(times >= ruleset_.contacts_per_day, Outcome::contacts_exhausted);
    wrong.refuse_if(is_closed(transaction.business_date), Outcome::day_closed);
    wrong.add(contract.judge(transaction));
    return wrong.all;
}

std::vector<Outcome> Trial::judge_line(const Transaction& transaction) const {
    const TransactionBody& body = transaction.body;
    Wrongs wrong;
    if (const auto* reserve = std::get_if<PurchaseAuth>(&body)) {
        wrong.refuse_if(reserve->amount <= 0, Outcome::amount_not_positive);
        wrong.refuse_if(frozen_, Outcome::line_not_active);
        wrong.refuse_if(reserve->amount > available(), Outcome::limit_exceeded);
    } else if (const auto* release = std::get_if<PurchaseVoid>(&body)) {
        wrong.refuse_if(!reserved_.contains(release->authorisation),
                        Outcome::authorisation_not_open);
    } else if (is_one_of<LimitUnfreeze>(body)) {
        wrong.refuse_if(!frozen_, Outcome::line_status);
    }
    return wrong.all;
}

std::vector<Outcome> Trial::judge(const Transaction& transaction, const Signers& signers,
                                  const Transaction* repost, bool is_repost) const {
    const TransactionBody& body = transaction.body;
    if (reference_of(body).find('\n') != std::string::npos) {
        return {Outcome::malformed_transaction};
    }
    if (is_one_of<MandateRegister, MandateRevoke, DebitInstruct, DebitResult>(body)) {
        return judge_debit(transaction, signers);
    }
    if (is_one_of<PurchaseAuth, PurchaseVoid, LimitUnfreeze>(body)) {
        std::vector<Outcome> broken = judge_signers(body, signers);
        const std::vector<Outcome> more = judge_line(transaction);
        broken.insert(broken.end(), more.begin(), more.end());
        return broken;
    }
    if (is_one_of<Reversal>(body)) return judge_reversal(transaction, signers, repost);
    if (is_one_of<ContactLog>(body)) return judge_contact(transaction, signers);
    if (is_one_of<PoolCreate, PoolAdd, PoolSeal, PoolIssue, PoolTrigger, PoolClose, BuybackInit,
                  BuybackSettle, PoolRemove>(body)) {
        return judge_pool(transaction, signers);
    }
    if (is_one_of<Pledge, Release, TransferInit, TransferSettle, TransferCancel, TransferDecline>(
            body)) {
        return judge_title(transaction, signers);
    }
    Wrongs wrong;
    wrong.add(judge_signers(body, signers));
    wrong.refuse_if(is_closed(transaction.business_date) && !is_repost, Outcome::day_closed);
    if (is_one_of<Capture>(body)) {
        wrong.add(judge_capture(transaction));
        return wrong.all;
    }
    wrong.add(judge_servicing(body, signers));
    wrong.add(contracts_.at(contract_of(body).value()).judge(transaction));
    if (const auto* plan = std::get_if<Reschedule>(&body)) {
        wrong.refuse_if(!plan->schedule.empty() && plan->schedule[0].due < today_,
                        Outcome::backdated_too_far);
    }
    const bool posts = is_one_of<Repayment, PrepaySettle, MerchantRefund, Recovery, OverpayRefund,
                                 Chargeback, MerchantSettle, DebtSettle>(body);
    if (!posts) return wrong.all;
    const auto reference = alike(reference_of(body));
    wrong.refuse_if(!reference, Outcome::text_out_of_range);
    wrong.refuse_if(reference && personal(*reference), Outcome::reference_personal);
    const ContractId id = contract_of(body).value();
    wrong.refuse_if(reference && posted(id, *reference), Outcome::source_ref_used);
    return wrong.all;
}

}  // namespace tally::testing::opinion
