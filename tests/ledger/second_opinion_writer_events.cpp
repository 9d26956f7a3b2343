#include <algorithm>

#include "tests/ledger/second_opinion_writer.h"

// What the writer makes up on a contract beside payments.
namespace tally::testing::opinion {

using namespace ledger;

std::optional<HardshipId> Writer::request(const Picture& picture) {
    if (!picture.open.empty() && chance(50)) return *picture.open.begin();
    if (chance(5)) return id_of<HardshipId>(below(last_id_ + 1));
    return std::nullopt;
}

TransactionBody Writer::grace(ContractId id, const Picture& picture) {
    Day from = picture.day + (chance(60) ? 0 : days(20)) - (chance(3) ? 1 : 0);
    Day to = from + days(30) - (chance(3) ? 31 : 0);
    // Beside another one, or over its last or first day.
    const auto ahead = picture.paused.upper_bound(picture.day);
    if (ahead != picture.paused.end() && chance(40)) {
        to = *ahead - days(2);
        from = std::max(picture.day, to - days(4));
    } else if (!picture.paused.empty() && chance(25)) {
        from = *picture.paused.rbegin() + days(2);
        to = from + days(10);
    }
    return GraceGrant{id, from, to, request(picture)};
}

TransactionBody Writer::waiver(ContractId id, const Picture& picture) {
    Waive waive{id, {}};
    for (std::uint32_t place = 0; place < picture.rows.size(); ++place) {
        for (const auto& [component, amount] : picture.rows[place].owed) {
            if (amount == 0 || chance(80)) continue;
            waive.parts.push_back(
                {place, component, chance(85) ? static_cast<Amount>(amount) : near(amount)});
        }
    }
    if (waive.parts.empty()) waive.parts.push_back({0, Component::fee, chance(50) ? 1 : 0});
    if (chance(5)) waive.parts.front().amount = 0;
    if (chance(5)) waive.parts.push_back(waive.parts.front());
    return waive;
}

TransactionBody Writer::reversal(Trial& trial, ContractId id) {
    const auto& story = trial.contracts().at(id).story();
    // The capture seldom; mostly something recent.
    std::size_t place = below(story.size());
    if (chance(60)) place = story.size() - 1 - below(std::min<std::size_t>(3, story.size()));
    if (place == 0 && chance(80)) place = story.size() - 1;
    Reversal reversal{story[place].submitter, story[place].transaction.id, id, "by mistake"};
    if (chance(2)) reversal.target = id_of<TransactionId>(below(last_id_ + 1) + 500'000);
    return reversal;
}

TransactionBody Writer::replan(ContractId id, const Picture& picture) {
    Reschedule plan;
    plan.contract = id;
    plan.rate_ppm = chance(50) ? picture.terms.rate_ppm : picture.terms.rate_ppm / 2;
    if (chance(3)) plan.rate_ppm += chance(80) ? 1 : -plan.rate_ppm - 1;
    plan.schedule.resize(1 + below(12));
    plan.request = request(picture);
    return plan;
}

TransactionBody Writer::chargeback(Trial& trial, ContractId id) {
    const Contract& contract = trial.contracts().at(id);
    std::vector<const Happening*> payments;
    for (const Happening& event : contract.story()) {
        const auto& body = event.transaction.body;
        const bool pays = std::holds_alternative<Repayment>(body) ||
                          std::holds_alternative<PrepaySettle>(body) ||
                          std::holds_alternative<DebitResult>(body);
        if (pays || chance(3)) payments.push_back(&event);
    }
    if (payments.empty()) return Repayment{id, 1 + days(300), reference(trial), {}};
    const Happening& target = *payments[chance(50) ? payments.size() - 1 : below(payments.size())];
    const auto effects = contract.at(trial.today()).effects;
    const auto found = effects.find(target.entry);
    const Wide left =
        found == effects.end() ? 100 : found->second.payment - found->second.taken_back;
    Amount amount = near(left);
    if (left > 1 && chance(50)) {
        amount = 1 + static_cast<Amount>(below(static_cast<std::uint64_t>(left)));
    }
    return Chargeback{id, target.submitter, target.transaction.id, amount, reference(trial)};
}

TransactionBody Writer::result(Trial& trial, DebitId debit) {
    const bool failed = chance(35);
    DebitResult result{debit, failed ? DebitOutcome::failed : DebitOutcome::succeeded,
                       failed ? "no money" : "", failed ? "" : reference(trial)};
    if (chance(3)) result.reason = one_of<std::string>({"", "why", std::string(65, 'x')});
    if (chance(2)) result.source_ref = reference(trial);
    return result;
}

TransactionBody Writer::debit(Trial& trial, ContractId id, const Picture& picture) {
    std::vector<MandateId> mandates;
    std::vector<DebitId> open, known;
    for (const auto& [mandate, of] : trial.mandates()) {
        if (of.said.contract == id) mandates.push_back(mandate);
    }
    for (const auto& [debit, of] : trial.debits()) {
        if (std::find(mandates.begin(), mandates.end(), of.said.mandate) == mandates.end()) {
            continue;
        }
        known.push_back(debit);
        if (!of.result) open.push_back(debit);
    }
    if (mandates.empty() || chance(12)) {
        MandateRegister mandate{id_of<MandateId>(++last_id_), id, amount_for(picture),
                                picture.day - days(20),       0,  {}};
        mandate.valid_to = mandate.valid_from + days(300) - (chance(3) ? 300 : 0);
        if (!mandates.empty() && chance(10)) mandate.mandate = mandates.front();
        return mandate;
    }
    if (!open.empty() && chance(55)) return result(trial, one_of(open));
    if (!known.empty() && chance(5)) return result(trial, one_of(known));
    if (chance(3)) return result(trial, id_of<DebitId>(++last_id_));
    const MandateId mandate = one_of(mandates);
    if (chance(10)) return MandateRevoke{mandate};
    const Trial::Mandate& of = trial.mandates().at(mandate);
    const Amount most = std::min<Amount>(of.said.amount_max, narrow(picture.owed()));
    DebitInstruct instruction{id_of<DebitId>(++last_id_), mandate,
                              chance(40) ? near(most) : amount_for(picture),
                              picture.day + days(4) - (chance(6) ? 1 : 0)};
    if (chance(10)) instruction.due = of.said.valid_to + (chance(50) ? 1 : 0);
    if (of.ended && chance(20)) instruction.due = *of.ended - days(2);
    if (!known.empty() && chance(3)) instruction.debit = one_of(known);
    if (!open.empty() && chance(8)) instruction.due = trial.debits().at(open.front()).said.due;
    return instruction;
}

TransactionBody Writer::servicing(Trial& trial, ContractId id) {
    const Contract& contract = trial.contracts().at(id);
    const Cast& cast = trial.cast();
    const MemberId other =
        contract.servicer() == cast.servicer().id ? cast.other_servicer().id : cast.servicer().id;
    if (contract.collector() && chance(50)) return CollectionRecall{id};
    switch (below(4)) {
        case 0:
            if (contract.collector() || chance(20)) return CollectionRecall{id};
            [[fallthrough]];
        case 1: {
            CollectionAssign assignment{id, cast.collector().id, static_cast<Ppm>(below(400'000))};
            if (chance(5)) assignment.commission_ppm = chance(50) ? 1'000'001 : -1;
            if (chance(5)) assignment.collector = cast.servicer().id;
            return assignment;
        }
        default:
            return ServicerChange{
                id, chance(90) ? other : one_of<MemberId>({cast.funder().id, contract.servicer()})};
    }
}

TransactionBody Writer::title(Trial& trial, ContractId id, const Picture& picture) {
    const Trial::Title& title = trial.titles().at(id);
    const Cast& cast = trial.cast();
    if (title.pledgee && chance(60)) return Release{id};
    if (title.offer && chance(75)) {
        if (chance(25)) return TransferCancel{id};
        if (chance(33)) return TransferDecline{id};
        return TransferSettle{id, reference(trial)};
    }
    if (chance(12)) {
        return one_of<TransactionBody>({Release{id}, TransferCancel{id}, TransferDecline{id},
                                        TransferSettle{id, reference(trial)}});
    }
    const MemberId other = chance(70) ? cast.funder().id : cast.other_funder().id;
    if (chance(30)) return Pledge{id, chance(96) ? other : cast.collector().id};
    const MemberId buyer = chance(4) ? title.owner() : other;
    return TransferInit{id, buyer, std::max<Amount>(chance(97) ? 1 : 0, near(picture.owed())),
                        trial.today() + days(25) - (chance(4) ? 1 : 0)};
}

TransactionBody Writer::settlement(Trial& trial, ContractId id, const Picture& picture) {
    const Wide all = picture.gave_up ? picture.recoverable() : sum_of(picture.loss());
    Amount amount = near(all - 1);
    if (all > 2 && chance(70)) {
        amount = 1 + static_cast<Amount>(below(static_cast<std::uint64_t>(all) - 1));
    }
    return DebtSettle{id, amount, reference(trial)};
}

TransactionBody Writer::loss(Trial& trial, ContractId id, const Picture& picture) {
    const Contract& contract = trial.contracts().at(id);
    if (!contract.collector() && chance(70)) {
        return CollectionAssign{id, trial.cast().collector().id, static_cast<Ppm>(below(400'000))};
    }
    if (contract.collector() && chance(15)) return CollectionRecall{id};
    if (chance(15)) return settlement(trial, id, picture);
    const Wide left = picture.recoverable();
    const Amount amount = chance(40) || left < 2
                              ? near(left)
                              : 1 + static_cast<Amount>(below(static_cast<std::uint64_t>(left)));
    const Wide most = Wide{amount} * contract.commission_ppm() / 1'000'000;
    return Recovery{id, amount, chance(60) ? near(most) : static_cast<Amount>(most) / 2,
                    reference(trial)};
}

void Writer::correct(Trial& trial, ContractId id) {
    const Contract& contract = trial.contracts().at(id);
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < contract.story().size(); ++place) {
        const Transaction& one = contract.story()[place].transaction;
        const bool closed = trial.is_closed(one.business_date);
        const bool fits = std::holds_alternative<Repayment>(one.body) ||
                          std::holds_alternative<MerchantRefund>(one.body) ||
                          std::holds_alternative<GraceGrant>(one.body) ||
                          std::holds_alternative<PenaltyAssess>(one.body) ||
                          std::holds_alternative<MerchantSettle>(one.body) ||
                          std::holds_alternative<Waive>(one.body);
        if (fits && (closed || chance(10))) places.push_back(place);
    }
    if (places.empty()) return;
    const std::size_t place = one_of(places);
    const Happening& target = contract.story()[place];
    Transaction back = trial.draft(
        Reversal{target.submitter, target.transaction.id, id, "on a closed day", {}}, 1);
    back.business_date = back.value_date = target.transaction.business_date;
    Transaction again = trial.draft(target.transaction.body, target.transaction.value_date);
    again.business_date = chance(95) ? back.business_date : trial.today();
    ContractId other = id;
    if (auto* payment = std::get_if<Repayment>(&again.body)) {
        if (chance(40)) payment->amount = near(payment->amount);
        if (chance(30)) {
            std::vector<ContractId> ids;
            for (const auto& [one, of] : trial.contracts()) ids.push_back(one);
            other = payment->contract = one_of(ids);
            std::get<Reversal>(back.body).reposted_on = other;
        }
    }
    Contract without = contract;
    const bool fits = !target.undone && contract.judge_undoing(place, trial.today(), false).empty();
    if (fits) without.undo(place, trial.last_entry() + 2, trial.today());
    const Contract& at = other == id ? without : trial.contracts().at(other);
    if (again.value_date >= at.begin()) claim(again, at);
    Trial::Signers all = signers(trial, back.body);
    trial.correct(back, again, all);
}

}  // namespace tally::testing::opinion
