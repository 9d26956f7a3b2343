#include <algorithm>

#include "ledger/dates.h"
#include "ledger/room.h"
#include "ledger/rules_run.h"

// Mandates, and debits under them. A servicer says what is to be drawn and the provider that signed
// the mandate what came of it; what succeeded is a payment like any other.

namespace tally::ledger {
namespace {

/// The contract of a mandate that is there, with the transaction's dates within what its ruleset
/// allows.
Outcome check_mandate(Run& run, const MandateId& id) {
    if (!run.workspace.mandates().exists(id)) return Outcome::mandate_unknown;
    const ContractId& contract = run.workspace.mandates().view(id).terms.contract;
    const Outcome refused = run.check_contract(contract, false);
    return refused == Outcome::accepted ? run.check_servicer(contract) : refused;
}

/// Active at the value date and by now, and so much of it is payable.
Outcome check_payable(const Run& run, const ContractId& id, Wide amount) {
    const ContractBody& contract = *run.workspace.contracts().view(id).body;
    const std::optional<ContractRules> rules = run.rules_of(contract);
    if (!rules) return Outcome::contract_unknown;  // the block fails
    const Outcome then = run.replayed(contract, *rules, {run.transaction.value_date}).active();
    if (then != Outcome::accepted) return then;
    const Position now = run.replayed(contract, *rules);
    const Outcome active = now.active();
    if (active != Outcome::accepted) return active;
    return amount > now.payable() ? Outcome::above_payable : Outcome::accepted;
}

auto place_for(std::vector<OpenDebit>& open, Day due) {
    return std::lower_bound(open.begin(), open.end(), due,
                            [](const OpenDebit& one, Day day) { return one.due < day; });
}

/// In steps of replays (replay_work): a mandate may have to be read from disk.
constexpr std::uint64_t kMandateWork = 500;

/// Calls `visit` with each mandate of a contract, of which there are kMandatesWithReserveMax at
/// most.
template <typename Visit>
void each_mandate(const Run& run, const ContractBody& contract, Visit visit) {
    std::optional<MandateId> next = contract.last_mandate;
    while (next) {
        run.workspace.count_replay(kMandateWork);
        const MandateRecord& mandate = run.workspace.mandates().view(*next);
        visit(mandate);
        next = mandate.previous;
    }
}

/// Nobody waits any more for what came of a debit of that day: a provider that never says it would
/// bar the contract for good. It may still say it.
bool waited_out(const Run& run, Day due) { return due < run.newest_day() - kDebitWaitDays; }

/// What debits may still bring under all mandates of a contract: what is on its way already is not
/// drawn once more. One whose mandate had ended by its day brings nothing any more.
Wide on_its_way(const Run& run, const ContractId& id) {
    Wide sum = 0;
    each_mandate(run, *run.workspace.contracts().view(id).body, [&](const MandateRecord& mandate) {
        for (const OpenDebit& one : mandate.open) {
            const bool may_come = mandate.live_on(one.due) && !waited_out(run, one.due);
            sum += may_come ? one.amount : 0;
        }
    });
    return sum;
}

/// A contract's mandates are walked for each debit, so that they are bounded.
Outcome check_place(const Run& run, const ContractBody& contract) {
    std::size_t given = 0;
    each_mandate(run, contract, [&given](const MandateRecord&) { ++given; });
    const std::size_t most = mandates_room(run.two_parties_of(contract));
    return given < most ? Outcome::accepted : Outcome::history_full;
}

/// What an instruction needs of its mandate.
Outcome check_room(const Run& run, const MandateRecord& mandate, const DebitInstruct& instruction) {
    if (!mandate.live_on(instruction.due)) return Outcome::mandate_not_live;
    if (instruction.amount > mandate.terms.amount_max) return Outcome::above_mandate;
    const bool open = std::ranges::any_of(
        mandate.open, [&](const OpenDebit& one) { return one.due == instruction.due; });
    if (open) return Outcome::debit_open;
    const auto awaited = std::ranges::count_if(
        mandate.open, [&](const OpenDebit& one) { return !waited_out(run, one.due); });
    return static_cast<std::size_t>(awaited) == kOpenDebitsMax ? Outcome::history_full
                                                               : Outcome::accepted;
}

/// What a result says in words: a failure why, a success under which reference.
Outcome check_words(const DebitResult& result) {
    const bool failed = result.result == DebitOutcome::failed;
    const std::string& unused = failed ? result.source_ref : result.reason;
    const bool fits = unused.empty() && (!failed || text_fits(result.reason, kReasonMax));
    return fits ? Outcome::accepted : Outcome::text_out_of_range;
}

/// The debit has its result, and its mandate waits for it no more.
void close(Run& run, const DebitResult& result) {
    DebitRecord& debit = run.workspace.debits().edit(result.debit);
    debit.status =
        result.result == DebitOutcome::failed ? DebitStatus::failed : DebitStatus::succeeded;
    debit.result_date = run.transaction.value_date;
    debit.result_entry = run.entry;
    debit.reason = result.reason;
    debit.source_ref = result.source_ref;
    std::erase_if(run.workspace.mandates().edit(debit.terms.mandate).open,
                  [&](const OpenDebit& one) { return one.debit == result.debit; });
}

}  // namespace

const MemberId& provider_of(const Run& run, const DebitId& debit) {
    const MandateId& mandate = run.workspace.debits().view(debit).terms.mandate;
    return run.workspace.mandates().view(mandate).provider;
}

Outcome apply(Run& run, const MandateRegister& registration) {
    const Outcome refused = run.check_on(registration.contract);
    if (refused != Outcome::accepted) return refused;
    if (registration.amount_max <= 0) return Outcome::amount_not_positive;
    if (!day_in_range(registration.valid_from) || !day_in_range(registration.valid_to) ||
        registration.valid_from > registration.valid_to) {
        return Outcome::date_out_of_range;
    }
    if (run.workspace.mandates().exists(registration.mandate)) return Outcome::mandate_exists;
    const Outcome active = check_payable(run, registration.contract, 0);
    if (active != Outcome::accepted) return active;
    const Outcome place =
        check_place(run, *run.workspace.contracts().view(registration.contract).body);
    if (place != Outcome::accepted) return place;

    ContractBody& contract = *run.workspace.contracts().edit(registration.contract).body;
    MandateRecord& mandate = run.workspace.mandates().edit(registration.mandate);
    mandate.terms = registration;
    mandate.entry = run.entry;
    mandate.provider = run.provider_beside(contract.servicer);
    mandate.value_date = run.transaction.value_date;
    mandate.previous = contract.last_mandate;
    contract.last_mandate = registration.mandate;
    return Outcome::accepted;
}

Outcome apply(Run& run, const MandateRevoke& revocation) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = check_mandate(run, revocation.mandate);
    if (refused != Outcome::accepted) return refused;
    // What was to be drawn meanwhile would not be on its way any more, and could be drawn once more
    // under another mandate.
    if (run.transaction.value_date != run.transaction.business_date) {
        return Outcome::backdated_too_far;
    }
    const MandateRecord& mandate = run.workspace.mandates().view(revocation.mandate);
    if (mandate.revoked() || run.transaction.value_date > mandate.terms.valid_to) {
        return Outcome::mandate_not_live;
    }
    MandateRecord& changed = run.workspace.mandates().edit(revocation.mandate);
    changed.revoked_on = run.transaction.value_date;
    changed.revoked_by = run.entry;
    return Outcome::accepted;
}

Outcome apply(Run& run, const DebitInstruct& instruction) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = check_mandate(run, instruction.mandate);
    if (refused != Outcome::accepted) return refused;
    if (instruction.amount <= 0) return Outcome::amount_not_positive;
    if (!day_in_range(instruction.due)) return Outcome::date_out_of_range;
    if (instruction.due < run.transaction.value_date) return Outcome::date_outside_validity;
    // It would be drawn and never be on its way, as often as somebody says so.
    if (waited_out(run, instruction.due)) return Outcome::backdated_too_far;
    if (run.workspace.debits().exists(instruction.debit)) return Outcome::debit_exists;
    const MandateRecord& mandate = run.workspace.mandates().view(instruction.mandate);
    const Outcome room = check_room(run, mandate, instruction);
    if (room != Outcome::accepted) return room;
    const ContractId contract = mandate.terms.contract;
    const Wide drawn = on_its_way(run, contract) + instruction.amount;
    const Outcome payable = check_payable(run, contract, drawn);
    if (payable != Outcome::accepted) return payable;

    DebitRecord& debit = run.workspace.debits().edit(instruction.debit);
    MandateRecord& changed = run.workspace.mandates().edit(instruction.mandate);
    debit.terms = instruction;
    debit.entry = run.entry;
    debit.previous = changed.last_debit;
    changed.last_debit = instruction.debit;
    std::erase_if(changed.open, [&](const OpenDebit& one) { return waited_out(run, one.due); });
    changed.open.insert(place_for(changed.open, instruction.due),
                        {instruction.due, instruction.amount, instruction.debit});
    return Outcome::accepted;
}

Outcome apply(Run& run, const DebitResult& result) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (!run.workspace.debits().exists(result.debit)) return Outcome::debit_unknown;
    const DebitRecord& debit = run.workspace.debits().view(result.debit);
    const MandateRecord& mandate = run.workspace.mandates().view(debit.terms.mandate);
    const ContractId contract = mandate.terms.contract;
    const Outcome refused = run.check_contract(contract, false);
    if (refused != Outcome::accepted) return refused;
    if (!run.signatories.contains(mandate.provider)) return Outcome::provider_differs;
    if (debit.status != DebitStatus::open) return Outcome::debit_has_result;
    if (run.transaction.value_date < debit.terms.due) return Outcome::date_outside_validity;
    const Outcome words = check_words(result);
    if (words != Outcome::accepted) return words;

    ContractEvent event = begin_event(result);
    event.debit = result.debit;
    Outcome done = Outcome::accepted;
    if (result.result == DebitOutcome::failed) {
        done = run.add(contract, std::move(event));
    } else {
        // Whoever drew after the borrower took his permission back gives the money back.
        if (!mandate.live_on(debit.terms.due)) return Outcome::mandate_not_live;
        event.amount = debit.terms.amount;
        done = run.add_posted(contract, std::move(event), result.source_ref);
    }
    if (done == Outcome::accepted) close(run, result);
    return done;
}

}  // namespace tally::ledger
