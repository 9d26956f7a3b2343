#include <algorithm>

#include "ledger/ownership.h"
#include "ledger/rules_run.h"

// How borrowers are treated: contacts with them, and their complaints.

namespace tally::ledger {
namespace {

/// Whoever works on the contract signed: its collector, or its servicer where it has none.
Outcome check_working(const Run& run, const ContactLog& contact) {
    const ContractBody& contract = *run.workspace.contracts().view(contact.contract).body;
    if (!contract.collector) return run.check_servicer(contact.contract);
    return run.signatories.contains(*contract.collector) ? Outcome::accepted
                                                         : Outcome::collector_differs;
}

/// Within the hours of the ruleset, and the borrower not contacted too often on that day, on
/// whatever contract.
Outcome check_contact(const Run& run, const ContactLog& contact) {
    const ContractBody& contract = *run.workspace.contracts().view(contact.contract).body;
    const std::optional<ContractRules> rules = run.rules_of(contract);
    if (!rules) return Outcome::contract_unknown;  // the block fails
    const RulesetRegister& ruleset = rules->ruleset;
    if (contact.minute < ruleset.contact_from || contact.minute >= ruleset.contact_to) {
        return Outcome::contact_outside_hours;
    }
    const ContactsRecord& made = run.workspace.contacts().view(contract.borrower);
    const Day day = run.transaction.value_date;
    if (!made.counts(day)) return Outcome::backdated_too_far;
    return made.on(day) < ruleset.contacts_per_day ? Outcome::accepted
                                                   : Outcome::contacts_exhausted;
}

/// The first of who made the contract, who owns it by now and its servicer that signed: none of
/// them alone can keep a complaint off the record.
std::optional<MemberId> responsible(const Run& run, const ContractId& id) {
    const ContractBody& contract = *run.workspace.contracts().view(id).body;
    for (const MemberId& member : {contract.originator, owner_of(contract), contract.servicer}) {
        if (run.signatories.contains(member)) return member;
    }
    return std::nullopt;
}

/// Whoever put the complaint on record made the contract, or owns or owned it.
bool is_of_owner(const ComplaintRecord& complaint, const ContractBody& contract) {
    return std::ranges::any_of(ownership_of(contract).chain, [&complaint](const OwnedSince& one) {
        return one.owner == complaint.owner;
    });
}

/// The first that signed of those who may answer a complaint: who is responsible, or a regulator.
/// What an owner put on record its servicer alone does not end.
std::optional<MemberId> answering(const Run& run, const ComplaintRecord& complaint) {
    const ContractBody& contract = *run.workspace.contracts().view(complaint.terms.contract).body;
    for (const MemberId& member : {contract.originator, owner_of(contract)}) {
        if (run.signatories.contains(member)) return member;
    }
    if (!is_of_owner(complaint, contract) && run.signatories.contains(contract.servicer)) {
        return contract.servicer;
    }
    const Signatory* regulator = run.signatories.first_with(Role::regulator);
    return regulator == nullptr ? std::nullopt : std::optional(regulator->member);
}

Outcome check_responsible(const Run& run, const ContractId& id) {
    if (responsible(run, id)) return Outcome::accepted;
    return run.signatories.first_with(Role::originator) != nullptr ? Outcome::owner_differs
                                                                   : Outcome::servicer_differs;
}

}  // namespace

Outcome apply(Run& run, const ContactLog& contact) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = run.check_contract(contact.contract, false);
    if (refused == Outcome::accepted) refused = check_working(run, contact);
    if (refused != Outcome::accepted) return refused;
    const ContractBody& contract = *run.workspace.contracts().view(contact.contract).body;
    if (is_erased(run, owner_of(contract), contract.borrower)) return Outcome::borrower_erased;
    refused = check_contact(run, contact);
    if (refused != Outcome::accepted) return refused;

    const BorrowerId borrower = contract.borrower;
    ContractEvent event = begin_event(contact);
    event.member = contract.collector.value_or(contract.servicer);
    event.channel = contact.channel;
    event.minute = contact.minute;
    const Outcome added = run.add(contact.contract, std::move(event));
    if (added != Outcome::accepted) return added;
    run.workspace.contacts().edit(borrower).add(run.transaction.value_date);
    return Outcome::accepted;
}

Outcome apply(Run& run, const ComplaintOpen& complaint) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = run.check_contract(complaint.contract, false);
    if (refused == Outcome::accepted) refused = check_responsible(run, complaint.contract);
    if (refused != Outcome::accepted) return refused;
    if (run.workspace.complaints().exists(complaint.complaint)) return Outcome::complaint_exists;

    ContractBody& contract = *run.workspace.contracts().edit(complaint.contract).body;
    ComplaintRecord& record = run.workspace.complaints().edit(complaint.complaint);
    record.terms = complaint;
    record.entry = run.entry;
    record.owner = *responsible(run, complaint.contract);
    record.value_date = run.transaction.value_date;
    record.previous = contract.last_complaint;
    contract.last_complaint = complaint.complaint;
    return Outcome::accepted;
}

Outcome apply(Run& run, const ComplaintClose& answer) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (!run.workspace.complaints().exists(answer.complaint)) return Outcome::complaint_unknown;
    const ComplaintRecord& complaint = run.workspace.complaints().view(answer.complaint);
    const ContractId contract = complaint.terms.contract;
    Outcome refused = run.check_contract(contract, false);
    if (refused != Outcome::accepted) return refused;
    const std::optional<MemberId> answerer = answering(run, complaint);
    if (!answerer) {
        refused = check_responsible(run, contract);
        return refused == Outcome::accepted ? Outcome::owner_missing : refused;
    }
    if (complaint.answer) return Outcome::complaint_closed;
    // Nothing is answered before it was said.
    if (run.transaction.value_date < complaint.value_date) return Outcome::date_outside_validity;
    run.workspace.complaints().edit(answer.complaint).answer =
        ComplaintRecord::Answer{answer, *answerer, run.transaction.value_date, run.entry};
    return Outcome::accepted;
}

}  // namespace tally::ledger
