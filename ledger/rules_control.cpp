#include <algorithm>

#include "ledger/alerts.h"
#include "ledger/ownership.h"
#include "ledger/replay.h"
#include "ledger/room.h"
#include "ledger/rules_run.h"
#include "ledger/trial_balance.h"

// Corrections and the accounting day.

namespace tally::ledger {
namespace {

/// What a reversal takes back.
struct Target {
    std::size_t place = 0;  ///< in the contract's events
    const ContractEvent* event = nullptr;
    const TypeFacts* facts = nullptr;  ///< of the type that added it
};

/// The event that an id of a submitter stands for.
Outcome find_target(const Run& run, const Reversal& reversal, const ContractBody& contract,
                    Target& target) {
    const Workspace::IdKey key{reversal.submitter, reversal.target};
    if (!run.workspace.ids().exists(key)) return Outcome::target_unknown;
    const IdRecord& id = run.workspace.ids().view(key);
    if (id.outcome != Outcome::accepted) return Outcome::target_unknown;
    for (std::size_t place = 0; place < contract.events.size(); ++place) {
        const ContractEvent& event = contract.events[place];
        // An entry that reversed something is a reversal.
        if (event.reversed_by == id.entry) return Outcome::target_not_reversible;
        if (event.entry != id.entry) continue;
        const TypeFacts& facts = facts_of(event.kind);
        if (!facts.event.reversible || event.failed_debit()) return Outcome::target_not_reversible;
        if (event.reversed_by != kNoEntry) return Outcome::target_reversed;
        target = {place, &event, &facts};
        return Outcome::accepted;
    }
    return Outcome::target_unknown;
}

bool has_room(const ContractBody& contract, const ContractEvent& target, Day newest,
              bool two_parties) {
    std::size_t alike = 0;
    std::size_t stood = 0;
    for (const ContractEvent& event : contract.events) {
        if (event.reversed_by == kNoEntry) continue;
        if (event.kind == target.kind) ++alike;
        if (relieves(event.kind) && event.stood()) ++stood;
    }
    const bool stands = relieves(target.kind) && target.booked_on < newest;
    return alike < reversed_room(two_parties) && (!stands || stood < stood_room(two_parties));
}

/// A purchase that others have relied on, as security or by buying it, is not undone behind them.
Outcome check_free(const Run& run, const ContractBody& contract, const Target& target) {
    const Ownership ownership = ownership_of(contract);
    // Nobody could pay the merchant again: who bought the contract does not owe him.
    const bool paid = target.event->kind == EventKind::merchant_settle;
    if (paid && ownership.owner() != contract.originator) return Outcome::contract_sold;
    if (target.event->kind != EventKind::capture) return Outcome::accepted;
    if (ownership.sold()) return Outcome::contract_sold;
    if (ownership.pledge) return Outcome::pledged;
    const bool pending =
        ownership.pending && ownership.pending->live_on(run.transaction.business_date);
    return pending ? Outcome::transfer_pending : Outcome::accepted;
}

/// The member who answers for what is reversed, among those who signed.
Outcome find_answerable(const Run& run, const Reversal& reversal, const ContractBody& contract,
                        const Target& target, MemberId& answerable) {
    const Role role = target.facts->signing.answers.value();
    const Signatory* signer = run.signatories.first_with(role);
    if (signer == nullptr) return Outcome::role_missing;
    answerable = signer->member;
    if (role == Role::originator) {
        answerable = owner_of(contract);
        if (!run.signatories.contains(contract.originator)) return Outcome::owner_differs;
        return run.signatories.contains(answerable) ? Outcome::accepted : Outcome::owner_missing;
    }
    if (role == Role::servicer) {
        answerable = contract.servicer;
        return run.check_servicer(reversal.contract);
    }
    if (role == Role::payment_provider) {
        answerable = provider_of(run, target.event->debit);
        return run.signatories.contains(answerable) ? Outcome::accepted : Outcome::provider_differs;
    }
    return Outcome::accepted;
}

/// Who signed the event beside the contract's servicer, whoever has that role on it by now.
std::optional<Run::Named> named_by(const ContractEvent& event) {
    if (event.kind == EventKind::recovery) return Run::Named{Role::collector, event.member};
    if (event.kind != EventKind::chargeback) return std::nullopt;
    return Run::Named{Role::payment_provider, event.member};
}

/// The roles of the target signed; with two keys once its day is closed. A servicer must be the
/// contract's, and for a payment that was posted to the wrong contract also that one's.
Outcome check_signers(const Run& run, const Reversal& reversal, const ContractBody& contract,
                      const Target& target) {
    const Signing& signing = target.facts->signing;
    MemberId answerable;
    const Outcome unanswered = find_answerable(run, reversal, contract, target, answerable);
    if (unanswered != Outcome::accepted) return unanswered;
    if (reversal.reposted_on) {
        if (!run.workspace.contracts().view(*reversal.reposted_on).body) {
            return Outcome::contract_unknown;
        }
        const Outcome differs = run.check_servicer(*reversal.reposted_on);
        if (differs != Outcome::accepted) return differs;
    }
    const std::optional<Run::Named> named = named_by(*target.event);
    const Outcome others = run.check_others(signing, named);
    if (others != Outcome::accepted) return others;
    if (named && !run.signatories.contains(named->member)) {
        return named->role == Role::collector ? Outcome::collector_differs
                                              : Outcome::provider_differs;
    }
    if (signing.also == Signing::Also::every_funder) {
        for (const FundingShare& share : contract.shares) {
            if (!run.signatories.contains(share.funder)) return Outcome::signer_missing;
        }
    }
    const bool closed = run.workspace.days().view({}).is_closed(target.event->business_date);
    const bool waives = target.event->kind == EventKind::reschedule && target.event->amount > 0;
    if (closed || waives || signing.also == Signing::Also::second_key) {
        if (!run.signatories.two_keys_of(answerable)) return Outcome::two_keys_required;
    }
    return Outcome::accepted;
}

/// Days are everybody's: those open and end them who service anything of the book, or a servicer
/// that has nothing in it could end them for all lenders. Before a product names one, any may.
Outcome check_servicing(const Run& run) {
    const bool may = run.signatories.any_with(
        Role::servicer, [&run](const MemberId& member) { return run.keeps_days(member); });
    return may ? Outcome::accepted : Outcome::servicer_differs;
}

Together::Repost repost_of(const Run& run, const Reversal& reversal, const Target& target) {
    Together::Repost repost{target.facts->type, run.transaction.business_date,
                            reversal.reposted_on.value_or(reversal.contract), std::nullopt};
    if (reversal.reposted_on) repost.amount = target.event->amount;
    return repost;
}

/// On a closed day only what was booked on it is reversed, and only with its repost behind it.
Outcome check_reversal_day(const Run& run, const Reversal& reversal, const Target& target) {
    const DaysRecord& days = run.workspace.days().view({});
    const Day day = run.transaction.business_date;
    if (days.is_open(day)) {
        return reversal.reposted_on ? Outcome::day_not_closed : Outcome::accepted;
    }
    if (!days.is_closed(day)) return Outcome::day_not_open;
    const Together::Repost wanted = repost_of(run, reversal, target);
    const auto reposts = std::count_if(
        run.together.later.begin(), run.together.later.end(),
        [&](const Transaction* later) { return later != nullptr && wanted.fits(*later); });
    // Those of earlier reversals still stand behind this one.
    const auto spoken_for =
        std::count(run.together.reposts.begin(), run.together.reposts.end(), wanted);
    const bool repost = reposts > spoken_for;
    return target.event->business_date == day && repost ? Outcome::accepted : Outcome::day_closed;
}

}  // namespace

Outcome apply(Run& run, const Reversal& reversal) {
    const Outcome dates = run.check_dates();
    if (dates != Outcome::accepted) return dates;
    if (!text_fits(reversal.reason, kReasonMax)) return Outcome::text_out_of_range;
    const std::optional<ContractBody>& contract =
        run.workspace.contracts().view(reversal.contract).body;
    if (!contract) return Outcome::contract_unknown;
    Target target;
    const Outcome found = find_target(run, reversal, *contract, target);
    if (found != Outcome::accepted) return found;
    const Outcome free = check_free(run, *contract, target);
    if (free != Outcome::accepted) return free;
    const Outcome signed_by = check_signers(run, reversal, *contract, target);
    if (signed_by != Outcome::accepted) return signed_by;
    const Outcome day = check_reversal_day(run, reversal, target);
    if (day != Outcome::accepted) return day;
    const Day newest = run.newest_day();
    if (!has_room(*contract, *target.event, newest, run.two_parties_of(*contract))) {
        return Outcome::history_full;
    }

    ContractBody changed = *contract;
    ContractEvent& event = changed.events[target.place];
    event.reversed_by = run.entry;
    event.reversed_on = newest;
    Run::Change change;
    const Outcome planned = run.plan_body(reversal.contract, std::move(changed), change);
    if (planned != Outcome::accepted) return planned;
    // Before the commit, which replaces the events that the target is one of.
    const Together::Repost repost = repost_of(run, reversal, target);
    const Outcome done = run.commit(std::move(change));
    const bool closed = run.workspace.days().view({}).is_closed(run.transaction.business_date);
    if (done == Outcome::accepted && closed) run.together.reposts.push_back(repost);
    return done;
}

Outcome apply(Run& run, const DayOpen& /*open*/) {
    Outcome refused = run.check_common();
    if (refused == Outcome::accepted) refused = check_servicing(run);
    if (refused != Outcome::accepted) return refused;
    const DaysRecord& days = run.workspace.days().view({});
    const Day day = run.transaction.business_date;
    if (day > run.today + kLeadDaysMax) return Outcome::day_ahead;
    if (days.is_closed(day) || days.is_open(day) || days.open.size() == kOpenDaysMax) {
        return Outcome::day_out_of_order;
    }
    // In any order: who opens a day too many stands in nobody's way.
    std::vector<Day>& open = run.workspace.days().edit({}).open;
    open.insert(std::lower_bound(open.begin(), open.end(), day), day);
    run.workspace.opened_days().edit(static_cast<std::uint32_t>(day)).entry = run.entry;
    return Outcome::accepted;
}

Outcome apply(Run& run, const DayCancel& /*cancel*/) {
    Outcome refused = run.check_common();
    if (refused == Outcome::accepted) refused = run.check_others(run.facts().signing);
    if (refused == Outcome::accepted) refused = check_servicing(run);
    if (refused != Outcome::accepted) return refused;
    const DaysRecord& days = run.workspace.days().view({});
    const Day day = run.transaction.business_date;
    if (!days.is_open(day)) return run.not_open(day);
    if (days.is_used(day)) return Outcome::day_in_use;
    std::erase(run.workspace.days().edit({}).open, day);
    run.workspace.opened_days().erase(static_cast<std::uint32_t>(day));
    return Outcome::accepted;
}

Outcome apply(Run& run, const DayClose& close) {
    Outcome refused = run.check_common();
    if (refused == Outcome::accepted) refused = check_servicing(run);
    if (refused != Outcome::accepted) return refused;
    const DaysRecord& days = run.workspace.days().view({});
    const Day day = run.transaction.business_date;
    if (!days.is_open(day)) return run.not_open(day);
    if (day != days.open.front()) return Outcome::day_out_of_order;
    // Closing ends all days before it, opened or not: no day ends before it has begun.
    if (day > run.today) return Outcome::day_ahead;
    std::vector<std::pair<BookId, TotalsRecord>> after;
    for (const BookId& book : days.books) {
        const auto at = [&](Day which) {
            return run.workspace.totals().view({book, static_cast<std::uint32_t>(which)});
        };
        const auto sum = sum_of(at(kClosedDays), at(day));
        if (!sum) return Outcome::overflow;
        after.emplace_back(book, *sum);
    }
    if (trial_balance_of(after) != close.balances) return Outcome::trial_balance_differs;

    for (const auto& [book, totals] : after) {
        run.workspace.totals().edit({book, static_cast<std::uint32_t>(kClosedDays)}) = totals;
        const Workspace::TotalsKey key{book, static_cast<std::uint32_t>(day)};
        if (run.workspace.totals().exists(key)) run.workspace.totals().erase(key);
    }
    DaysRecord& changed = run.workspace.days().edit({});
    changed.last_closed = day;
    changed.open.erase(changed.open.begin());
    std::erase(changed.used, day);
    judge_first_payments(run, day);
    return Outcome::accepted;
}

}  // namespace tally::ledger
