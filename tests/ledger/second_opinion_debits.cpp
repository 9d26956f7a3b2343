#include <algorithm>

#include "ledger/dates.h"
#include "ledger/queries.h"
#include "tests/ledger/second_opinion_trial.h"

// Mandates and debits, once more by another hand: what docs/CREDIT.md says of them.
namespace tally::testing::opinion {

using namespace ledger;

namespace {

struct Wrongs {
    std::vector<Outcome> all;
    void refuse_if(bool wrong, Outcome outcome) {
        if (wrong) all.push_back(outcome);
    }
    void add(const std::vector<Outcome>& more) { all.insert(all.end(), more.begin(), more.end()); }
    void need_active(const Picture& picture) {
        if (picture.status() == ContractStatus::active) return;
        const bool lost = picture.gave_up && picture.status() != ContractStatus::closed_settled;
        all.push_back(lost ? Outcome::contract_charged_off : Outcome::contract_not_active);
    }
};

/// A debit that was to be drawn so long ago is not waited for any more.
bool long_ago(Day due, Day newest) { return due + 14 < newest; }

bool is_day(Day day) { return day >= 0 && day <= kDayMax; }

}  // namespace

std::optional<ContractId> Trial::concerned(const TransactionBody& body) const {
    std::optional<MandateId> mandate;
    if (const auto* revocation = std::get_if<MandateRevoke>(&body)) mandate = revocation->mandate;
    if (const auto* debit = std::get_if<DebitInstruct>(&body)) mandate = debit->mandate;
    if (const auto* result = std::get_if<DebitResult>(&body)) {
        const auto debit = debits_.find(result->debit);
        if (debit != debits_.end()) mandate = debit->second.said.mandate;
    }
    if (!mandate) return contract_of(body);
    const auto known = mandates_.find(*mandate);
    if (known == mandates_.end()) return std::nullopt;
    return known->second.said.contract;
}

MemberId Trial::provider_of(DebitId debit) const {
    return mandates_.at(debits_.at(debit).said.mandate).provider;
}

bool Trial::may_draw(const Mandate& mandate, Day day) const {
    if (mandate.ended && *mandate.ended <= day) return false;
    return mandate.since <= day && mandate.said.valid_from <= day && day <= mandate.said.valid_to;
}

std::vector<Outcome> Trial::judge_debit(const Transaction& transaction,
                                        const Signers& signers) const {
    const TransactionBody& body = transaction.body;
    Wrongs wrong;
    const auto* registration = std::get_if<MandateRegister>(&body);
    const auto* result = std::get_if<DebitResult>(&body);
    const Day day = transaction.value_date;
    const Day back = transaction.business_date - day;
    wrong.refuse_if(!has(answers(body), signers), Outcome::role_missing);
    wrong.refuse_if(registration != nullptr && !has(Role::payment_provider, signers),
                    Outcome::role_missing);
    wrong.refuse_if(back < 0, Outcome::value_date_ahead);
    wrong.refuse_if(is_closed(transaction.business_date), Outcome::day_closed);
    const auto id = concerned(body);
    if (!id) {
        wrong.all.push_back(result != nullptr ? Outcome::debit_unknown : Outcome::mandate_unknown);
        return wrong.all;
    }
    const Contract& contract = contracts_.at(*id);
    wrong.refuse_if(day < contract.begin(), Outcome::date_outside_validity);
    wrong.refuse_if(back > contract.ruleset().backdating_days_max, Outcome::backdated_too_far);
    if (result == nullptr) {
        wrong.refuse_if(keys_of(contract.servicer(), signers) == 0, Outcome::servicer_differs);
    } else {
        wrong.refuse_if(keys_of(provider_of(result->debit), signers) == 0,
                        Outcome::provider_differs);
    }
    const std::vector<Outcome> own = std::visit(
        [&](const auto& one) -> std::vector<Outcome> {
            if constexpr (requires { this->judge_own(one, transaction, contract); }) {
                return this->judge_own(one, transaction, contract);
            }
            return {Outcome::malformed_transaction};
        },
        body);
    wrong.add(own);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const MandateRegister& registration,
                                      const Transaction& transaction,
                                      const Contract& contract) const {
    Wrongs wrong;
    const auto& [mandate, of, most, from, to, commitment] = registration;
    wrong.refuse_if(most <= 0, Outcome::amount_not_positive);
    wrong.refuse_if(!is_day(from) || !is_day(to) || to < from, Outcome::date_out_of_range);
    wrong.refuse_if(mandates_.contains(mandate), Outcome::mandate_exists);
    wrong.need_active(contract.at(transaction.value_date));
    wrong.need_active(contract.latest());
    const auto given = std::ranges::count_if(
        mandates_, [&](const auto& one) { return one.second.said.contract == of; });
    wrong.refuse_if(given >= 64, Outcome::history_full);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const MandateRevoke& revocation,
                                      const Transaction& transaction,
                                      const Contract& /*contract*/) const {
    Wrongs wrong;
    wrong.refuse_if(transaction.value_date != transaction.business_date,
                    Outcome::backdated_too_far);
    const Mandate& mandate = mandates_.at(revocation.mandate);
    wrong.refuse_if(mandate.ended || mandate.said.valid_to < transaction.value_date,
                    Outcome::mandate_not_live);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const DebitInstruct& debit, const Transaction& transaction,
                                      const Contract& contract) const {
    Wrongs wrong;
    const Mandate& mandate = mandates_.at(debit.mandate);
    wrong.refuse_if(debit.amount <= 0, Outcome::amount_not_positive);
    wrong.refuse_if(!is_day(debit.due), Outcome::date_out_of_range);
    wrong.refuse_if(debit.due < transaction.value_date, Outcome::date_outside_validity);
    wrong.refuse_if(long_ago(debit.due, today_), Outcome::backdated_too_far);
    wrong.refuse_if(debits_.contains(debit.debit), Outcome::debit_exists);
    wrong.refuse_if(!may_draw(mandate, debit.due), Outcome::mandate_not_live);
    wrong.refuse_if(debit.amount > mandate.said.amount_max, Outcome::above_mandate);
    Wide under_way = 0;
    std::size_t open = 0;
    for (const auto& [other, one] : debits_) {
        const Mandate& of = mandates_.at(one.said.mandate);
        if (of.said.contract != mandate.said.contract || one.result) continue;
        if (long_ago(one.said.due, today_)) continue;
        if (may_draw(of, one.said.due)) under_way += one.said.amount;
        if (one.said.mandate != debit.mandate) continue;
        ++open;
        wrong.refuse_if(one.said.due == debit.due, Outcome::debit_open);
    }
    wrong.refuse_if(open >= 36, Outcome::history_full);
    wrong.need_active(contract.at(transaction.value_date));
    wrong.need_active(contract.latest());
    wrong.refuse_if(under_way + debit.amount > contract.latest().owed(), Outcome::above_payable);
    return wrong.all;
}

std::vector<Outcome> Trial::judge_own(const DebitResult& result, const Transaction& transaction,
                                      const Contract& contract) const {
    Wrongs wrong;
    const Debit& of = debits_.at(result.debit);
    const bool success = result.result == DebitOutcome::succeeded;
    const bool words =
        success ? result.reason.empty()
                : result.source_ref.empty() && !result.reason.empty() && result.reason.size() <= 64;
    wrong.refuse_if(of.result.has_value(), Outcome::debit_has_result);
    wrong.refuse_if(transaction.value_date < of.said.due, Outcome::date_outside_validity);
    wrong.refuse_if(!words, Outcome::text_out_of_range);
    wrong.add(contract.judge(transaction, success ? of.said.amount : 0));
    if (!success) return wrong.all;
    wrong.refuse_if(!may_draw(mandates_.at(of.said.mandate), of.said.due),
                    Outcome::mandate_not_live);
    const auto reference = alike(result.source_ref);
    wrong.refuse_if(!reference, Outcome::text_out_of_range);
    wrong.refuse_if(reference && personal(*reference), Outcome::reference_personal);
    wrong.refuse_if(reference && posted(*concerned(result), *reference), Outcome::source_ref_used);
    return wrong.all;
}

bool Trial::book_debit(const Transaction& transaction, const Signers& signers,
                       std::uint64_t entry) {
    const TransactionBody& body = transaction.body;
    if (const auto* registration = std::get_if<MandateRegister>(&body)) {
        Mandate& mandate = mandates_[registration->mandate];
        mandate.said = *registration;
        mandate.since = transaction.value_date;
        const bool other = keys_of(cast().bank().id, signers) == 0;
        mandate.provider = other ? cast().other_bank().id : cast().bank().id;
    } else if (const auto* revocation = std::get_if<MandateRevoke>(&body)) {
        mandates_.at(revocation->mandate).ended = transaction.value_date;
    } else if (const auto* debit = std::get_if<DebitInstruct>(&body)) {
        for (auto& [other, one] : debits_) {
            const bool beside = one.said.mandate == debit->mandate && !one.result;
            if (beside && long_ago(one.said.due, today_)) one.forgotten = true;
        }
        debits_[debit->debit].said = *debit;
    } else if (const auto* result = std::get_if<DebitResult>(&body)) {
        Debit& of = debits_.at(result->debit);
        of.result = result->result;
        Happening happening;
        happening.transaction = transaction;
        happening.entry = entry;
        happening.booked_on = today_;
        happening.submitter = cast().party(signers.front()).id;
        if (result->result == DebitOutcome::succeeded) {
            happening.drawn = of.said.amount;
            const ContractId of_contract = concerned(body).value();
            references_[{titles_.at(of_contract).owner(), alike(result->source_ref).value()}] =
                of_contract;
        }
        contracts_.at(concerned(body).value()).add(std::move(happening));
    } else {
        return false;
    }
    return true;
}

void Trial::compare_debits(ContractId id) {
    const auto view = book_.contract(id);
    std::size_t of_contract = 0;
    for (const auto& [mandate, ours] : mandates_) {
        if (ours.said.contract != id) continue;
        ++of_contract;
        const auto theirs = read_mandate(book_.records(), mandate).value();
        if (!theirs) return differ("a mandate is not there");
        for (Day day = today_ - 40; day <= today_ + 40; ++day) {
            expect("live on " + std::to_string(day), theirs->record.live_on(day),
                   may_draw(ours, day));
        }
        expect("provider differs", theirs->record.provider == ours.provider, true);
        std::size_t open = 0;
        std::size_t instructed = 0;
        for (const auto& [debit, one] : debits_) {
            if (one.said.mandate != mandate) continue;
            ++instructed;
            if (!one.result && !one.forgotten) ++open;
            const auto record = read_debit(book_.records(), debit).value();
            if (!record) return differ("a debit is not there");
            expect("debit's status", static_cast<int>(record->status),
                   !one.result ? 1 : 1 + static_cast<int>(*one.result));
        }
        expect("open debits", static_cast<Wide>(theirs->record.open.size()),
               static_cast<Wide>(open));
        expect("debits", static_cast<Wide>(theirs->debits.size()), static_cast<Wide>(instructed));
    }
    const auto all = read_mandates(book_.records(), view->body, ~std::uint64_t{0} - 1).value();
    expect("mandates", static_cast<Wide>(all.size()), static_cast<Wide>(of_contract));
}

}  // namespace tally::testing::opinion
