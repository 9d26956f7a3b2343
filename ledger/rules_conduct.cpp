#include <algorithm>
#include <array>
#include <set>

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

/// Who has one of them may have a part in a contract: make, own, service, collect on it, move its
/// money or hold it in trust.
constexpr std::array kPartial{Role::originator, Role::funder,           Role::servicer,
                              Role::collector,  Role::payment_provider, Role::trustee};

/// The first of who made the contract, who owns it by now and its servicer that signed, or a
/// regulator: none of them alone can keep a complaint off the record, nor can one that is all
/// three.
std::optional<MemberId> responsible(const Run& run, const ContractId& id) {
    const ContractBody& contract = *run.workspace.contracts().view(id).body;
    for (const MemberId& member : {contract.originator, owner_of(contract), contract.servicer}) {
        if (run.signatories.contains(member)) return member;
    }
    const Signatory* regulator = run.signatories.first_with(Role::regulator);
    return regulator == nullptr ? std::nullopt : std::optional(regulator->member);
}

Outcome check_responsible(const Run& run, const ContractId& id) {
    if (responsible(run, id)) return Outcome::accepted;
    return run.signatories.first_with(Role::originator) != nullptr ? Outcome::owner_differs
                                                                   : Outcome::servicer_differs;
}

/// Nobody ends alone what may be a complaint against himself, whatever roles he has: two of those
/// who are responsible do, or a regulator that has no part in any contract. Roles never change, so
/// that it never had one.
Outcome check_answer(const Run& run, const ContractId& id) {
    const ContractBody& contract = *run.workspace.contracts().view(id).body;
    const auto impartial = [&run](const MemberId& member) {
        return std::ranges::none_of(
            kPartial, [&](Role role) { return has_role(run.workspace, member, role); });
    };
    if (run.signatories.any_with(Role::regulator, impartial)) return Outcome::accepted;
    const Outcome irresponsible = check_responsible(run, id);
    if (irresponsible != Outcome::accepted) return irresponsible;
    std::set<MemberId> parties{contract.originator, owner_of(contract), contract.servicer};
    std::erase_if(parties, [&run](const MemberId& one) { return !run.signatories.contains(one); });
    return parties.size() >= 2 ? Outcome::accepted : Outcome::signer_missing;
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
    refused = check_answer(run, contract);
    if (refused != Outcome::accepted) return refused;
    if (complaint.answer) return Outcome::complaint_closed;
    // Nothing is answered before it was said.
    if (run.transaction.value_date < complaint.value_date) return Outcome::date_outside_validity;
    run.workspace.complaints().edit(answer.complaint).answer = ComplaintRecord::Answer{
        answer, *responsible(run, contract), run.transaction.value_date, run.entry};
    return Outcome::accepted;
}

}  // namespace tally::ledger
