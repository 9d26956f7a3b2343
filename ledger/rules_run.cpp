#include "ledger/rules_run.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/checked.h"
#include "ledger/alerts.h"
#include "ledger/currency.h"
#include "ledger/dates.h"
#include "ledger/ownership.h"
#include "ledger/pool_balance.h"
#include "ledger/reference.h"
#include "ledger/replay_work.h"
#include "ledger/room.h"
#include "ledger/trial_balance.h"

namespace tally::ledger {
namespace {

/// Adds a posting to a book's totals; false on overflow.
bool add_posting(const Posting& posting, TotalsRecord& totals) {
    Amount& balance = totals.balances.at(static_cast<std::size_t>(posting.account) - 1);
    const auto raised = checked_add(balance, posting.debit);
    const auto moved = raised ? checked_sub(*raised, posting.credit) : raised;
    if (moved) balance = *moved;
    return moved.has_value();
}

/// Adds a book where it is not listed yet; false if there is no room for it.
bool list_book(const BookId& book, std::vector<BookId>& books) {
    const auto place = std::lower_bound(books.begin(), books.end(), book);
    if (place != books.end() && *place == book) return true;
    const auto of_lender = std::count_if(books.begin(), books.end(), [&book](const BookId& other) {
        return other.lender == book.lender;
    });
    if (books.size() == kBooksMax || static_cast<std::size_t>(of_lender) == kCurrenciesMax) {
        return false;
    }
    books.insert(place, book);
    return true;
}

bool has_room(const ContractBody& contract, EventKind kind, bool two_parties) {
    const auto alike =
        std::count_if(contract.events.begin(), contract.events.end(),
                      [kind](const ContractEvent& event) { return event.kind == kind; });
    return static_cast<std::size_t>(alike) < room_of(kind, two_parties);
}

/// What is over stays over: an event that only an active contract can have is refused once the
/// contract is not active any more, also as of a date when it was.
Outcome check_present(EventKind kind, const Position& now) {
    switch (kind) {
        case EventKind::capture:
        case EventKind::refund:
        case EventKind::repayment:
        case EventKind::recovery:
        case EventKind::servicer:
        case EventKind::overpay_refund:
        case EventKind::assign:
        case EventKind::recall:
        case EventKind::chargeback:
        case EventKind::debit:
        case EventKind::contact:
        case EventKind::release:
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
        case EventKind::merchant_settle:
            return Outcome::accepted;
        case EventKind::debt_settle:
            if (now.status == ContractStatus::charged_off) return Outcome::accepted;
            break;
        case EventKind::prepay:
        case EventKind::penalty:
        case EventKind::mark:
        case EventKind::waive:
        case EventKind::hardship:
        case EventKind::grace:
        case EventKind::reschedule:
        case EventKind::charge_off:
        case EventKind::pledge:
        case EventKind::transfer_init:
        case EventKind::transfer_settle:
        case EventKind::pool_add:
        case EventKind::buyback_init:
        case EventKind::buyback_settle:
        case EventKind::pool_remove:
            break;
    }
    return now.active();
}

}  // namespace

void count_servicer(Run& run, const MemberId& servicer, std::int64_t products,
                    std::int64_t contracts) {
    ServicersRecord& record = run.workspace.servicers().edit({});
    NamedServicer& named = record.of(servicer);
    named.products += static_cast<std::uint64_t>(products);
    named.contracts += static_cast<std::uint64_t>(contracts);
    record.drop_unnamed();
}

bool is_currency(std::string_view text) { return currency_exponent(text).has_value(); }

bool has_role(Workspace& workspace, const MemberId& id, Role role) {
    const std::optional<MemberBody>& member = workspace.members().view(id).body;
    return member && member->has(role);
}

CurrencyCode currency_of(std::string_view text) {
    TALLY_CHECK(is_currency(text));
    CurrencyCode currency{};
    std::copy(text.begin(), text.end(), currency.begin());
    return currency;
}

bool text_fits(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max;
}

Outcome Run::check_dates() const {
    if (!day_in_range(transaction.business_date) || !day_in_range(transaction.value_date)) {
        return Outcome::date_out_of_range;
    }
    if (transaction.value_date > transaction.business_date) return Outcome::value_date_ahead;
    return Outcome::accepted;
}

Outcome Run::check_common() const {
    return answering_signer() == nullptr ? Outcome::role_missing : check_dates();
}

Day Run::newest_day() const {
    return std::max(transaction.business_date, workspace.days().view({}).newest().value_or(0));
}

bool Run::was_opened(Day day) const {
    return workspace.opened_days().exists(static_cast<std::uint32_t>(day));
}

Outcome Run::not_open(Day day) const {
    // Closing a day ends all before it, opened or not.
    return workspace.days().view({}).is_closed(day) ? Outcome::day_closed : Outcome::day_not_open;
}

Outcome Run::check_day() {
    const DaysRecord& days = workspace.days().view({});
    const Day day = transaction.business_date;
    if (days.is_open(day)) return Outcome::accepted;
    if (!days.is_closed(day)) return Outcome::day_not_open;
    const auto repost =
        std::find_if(together.reposts.begin(), together.reposts.end(),
                     [this](const Together::Repost& one) { return one.fits(transaction); });
    if (repost == together.reposts.end()) return Outcome::day_closed;
    // One reversal makes room for one repost. If this one is refused, so is the whole submission.
    together.reposts.erase(repost);
    return Outcome::accepted;
}

Outcome Run::check() {
    const Outcome common = check_common();
    if (common != Outcome::accepted) return common;
    const Outcome day = check_day();
    return day == Outcome::accepted ? check_others(facts().signing) : day;
}

Outcome Run::check_governance() const {
    const Outcome common = check_common();
    return common == Outcome::accepted ? check_others(facts().signing) : common;
}

Outcome Run::check_line(const LineId& id) const {
    const std::optional<LineBody>& line = workspace.lines().view(id).body;
    if (!line) return Outcome::line_unknown;
    if (!signatories.contains(line->owner)) return Outcome::owner_differs;
    return Outcome::accepted;
}

Outcome Run::check_active_line(const LineId& id) const {
    if (const Outcome refused = check_line(id); refused != Outcome::accepted) return refused;
    const LineBody& line = *workspace.lines().view(id).body;
    if (line.status != LineStatus::active) return Outcome::line_not_active;
    return Outcome::accepted;
}

Outcome Run::check_source(const ContractId& id, const std::string& source_ref) const {
    const std::optional<std::string> reference = canonical_reference(source_ref);
    if (!reference) return Outcome::text_out_of_range;
    if (looks_personal(*reference)) return Outcome::reference_personal;
    const Ownership ownership = ownership_of(*workspace.contracts().view(id).body);
    const MemberId& lender = ownership.owner();
    if (is_posted(lender, *reference, std::nullopt)) return Outcome::source_ref_used;
    // What a former owner was paid on this contract is not posted once more in the next one's book.
    const bool before = std::ranges::any_of(ownership.chain, [&](const OwnedSince& one) {
        return one.owner != lender && is_posted(one.owner, *reference, id);
    });
    return before ? Outcome::source_ref_used : Outcome::accepted;
}

bool Run::is_posted(const MemberId& lender, const std::string& reference,
                    const std::optional<ContractId>& on) const {
    const Workspace::SourceKey key{lender, reference};
    if (!workspace.sources().exists(key)) return false;
    const SourceRecord& source = workspace.sources().view(key);
    if (on && source.contract != *on) return false;
    const std::optional<ContractBody>& contract = workspace.contracts().view(source.contract).body;
    const bool reversed = contract && std::any_of(contract->events.begin(), contract->events.end(),
                                                  [&source](const ContractEvent& event) {
                                                      return event.entry == source.entry &&
                                                             event.reversed_by != kNoEntry;
                                                  });
    return !reversed;
}

Outcome Run::book(std::initializer_list<Booking> bookings, const std::vector<Posting>& more) {
    std::vector<Posting> all;
    for (const Booking& booking : bookings) {
        // Sums of a position near the end of 64 bits can leave their range. Whatever a member can
        // sign is an outcome: a check here would stop every node at this block for good.
        const bool holds =
            booking.before.sum() == 0 && booking.after.sum() == 0 && booking.after.signs_hold();
        if (!holds) return Outcome::overflow;
        const auto moved = postings_between(booking.before, booking.after, booking.on);
        if (!moved) return Outcome::overflow;
        all.insert(all.end(), moved->begin(), moved->end());
    }
    all.insert(all.end(), more.begin(), more.end());
    const Outcome refused = add_to_totals(all);
    if (refused != Outcome::accepted) return refused;
    postings.insert(postings.end(), all.begin(), all.end());
    return Outcome::accepted;
}

Outcome Run::add_to_totals(const std::vector<Posting>& booked) {
    const DaysRecord& days = workspace.days().view({});
    const Day day =
        days.is_closed(transaction.business_date) ? kClosedDays : transaction.business_date;
    const auto key = [day](const BookId& book) {
        return Workspace::TotalsKey{book, static_cast<std::uint32_t>(day)};
    };
    std::map<BookId, TotalsRecord> changed;  // two of a sale, else one
    for (const Posting& posting : booked) {
        if (is_memo(posting.account)) continue;
        const BookId book{posting.owner, posting.currency};
        auto place = changed.find(book);
        if (place == changed.end()) {
            place = changed.emplace(book, workspace.totals().view(key(book))).first;
        }
        if (!add_posting(posting, place->second)) return Outcome::overflow;
    }
    for (const auto& [book, totals] : changed) {
        if (!can_close(book, day, totals)) return Outcome::overflow;
    }
    std::vector<BookId> books = days.books;
    for (const auto& [book, totals] : changed) {
        if (!list_book(book, books)) return Outcome::overflow;
    }
    if (books.size() > days.books.size()) workspace.days().edit({}).books = std::move(books);
    for (const auto& [book, totals] : changed) workspace.totals().edit(key(book)) = totals;
    return Outcome::accepted;
}

bool Run::can_close(const BookId& book, Day booked_on, const TotalsRecord& totals) const {
    const auto at = [&](Day day) {
        return day == booked_on ? totals
                                : workspace.totals().view({book, static_cast<std::uint32_t>(day)});
    };
    std::optional<TotalsRecord> sum = at(kClosedDays);
    for (const Day day : workspace.days().view({}).open) {
        if (sum) sum = sum_of(*sum, at(day));
    }
    return sum.has_value();
}

Outcome Run::set_line(const LineId& id, LineBody changed) {
    const std::optional<LineBody>& now = workspace.lines().view(id).body;
    const Balances before = now ? balances_of(*now) : Balances{};
    const bool warned = now && limit_use_reached(*this, *now);
    const Outcome booked =
        book({{before, balances_of(changed), {changed.owner, id.bytes, changed.currency}}});
    if (booked != Outcome::accepted) return booked;
    workspace.lines().edit(id).body = std::move(changed);
    if (!warned) warn_of_limit_use(*this, id);
    return booked;
}

std::optional<ContractRules> Run::rules_of(const ContractBody& contract) const {
    if (!workspace.rulesets().exists(contract.ruleset) ||
        !workspace.products().exists(contract.product)) {
        workspace.contradiction("a contract's ruleset or product is not there");
        return std::nullopt;
    }
    return ContractRules{workspace.rulesets().view(contract.ruleset).terms,
                         workspace.products().view(contract.product).terms};
}

Outcome Run::check_contract(const ContractId& id, bool owned) const {
    const std::optional<ContractBody>& contract = workspace.contracts().view(id).body;
    if (!contract) return Outcome::contract_unknown;
    if (owned && !signatories.contains(contract->originator)) return Outcome::owner_differs;
    // Once it is sold, it is another's money that the originator would give away.
    if (owned && !signatories.contains(owner_of(*contract))) return Outcome::owner_missing;
    if (transaction.value_date < contract->terms.anchor) return Outcome::date_outside_validity;
    const std::optional<ContractRules> rules = rules_of(*contract);
    if (!rules) return Outcome::contract_unknown;  // the block fails
    if (transaction.business_date - transaction.value_date > rules->ruleset.backdating_days_max) {
        return Outcome::backdated_too_far;
    }
    return check_lag(rules->ruleset);
}

Outcome Run::check_lag(const RulesetRegister& ruleset) const {
    const Day day = transaction.business_date;
    // What corrects a closed day is late by nature.
    const bool bound = ruleset.lag_days_max > 0 && !workspace.days().view({}).is_closed(day);
    return bound && today - day > ruleset.lag_days_max ? Outcome::business_date_late
                                                       : Outcome::accepted;
}

Outcome Run::check_on(const ContractId& id) {
    const Outcome common = check();
    if (common != Outcome::accepted) return common;
    const Signing& signing = facts().signing;
    const Outcome refused = check_contract(id, signing.answers == Role::originator);
    if (refused != Outcome::accepted) return refused;
    if (signing.answers == Role::servicer) return check_servicer(id);
    if (signing.also != Signing::Also::second_key) return Outcome::accepted;
    const MemberId& owner = owner_of(*workspace.contracts().view(id).body);
    return signatories.two_keys_of(owner) ? Outcome::accepted : Outcome::two_keys_required;
}

Outcome Run::plan(const ContractId& id, ContractEvent event, Change& change) const {
    ContractBody body = *workspace.contracts().view(id).body;
    if (!has_room(body, event.kind, two_parties_of(body))) return Outcome::history_full;
    event.entry = entry;
    event.business_date = transaction.business_date;
    event.value_date = transaction.value_date;
    event.booked_on = newest_day();
    const EventKind kind = event.kind;
    body.events.push_back(std::move(event));
    const Outcome planned = plan_body(id, std::move(body), change);
    return planned == Outcome::accepted ? check_present(kind, change.before) : planned;
}

Outcome Run::plan_body(const ContractId& id, ContractBody body, Change& change) const {
    const std::optional<ContractRules> rules = rules_of(body);
    if (!rules) return Outcome::contract_unknown;  // the block fails
    const std::optional<ContractBody>& now = workspace.contracts().view(id).body;
    change.after = replayed(body, *rules, {}, entry);
    if (const auto& misfit = change.after.misfit) {
        return body.events[misfit->event].entry == entry ? misfit->why : Outcome::replay_conflict;
    }
    if (now) change.before = replayed(*now, *rules);
    change.id = id;
    change.body = std::move(body);
    return Outcome::accepted;
}

Outcome Run::add(const ContractId& id, ContractEvent event) {
    Change change;
    const Outcome planned = plan(id, std::move(event), change);
    return planned == Outcome::accepted ? commit(std::move(change)) : planned;
}

Outcome Run::commit_posted(Change change, const std::string& source_ref) {
    const ContractId contract = change.id;
    const MemberId lender = owner_of(*workspace.contracts().view(contract).body);
    const Outcome done = commit(std::move(change));
    if (done != Outcome::accepted) return done;
    SourceRecord& source =
        workspace.sources().edit({lender, canonical_reference(source_ref).value()});
    source.entry = entry;
    source.contract = contract;
    return done;
}

Outcome Run::add_posted(const ContractId& id, ContractEvent event, const std::string& source_ref) {
    const Outcome source = check_source(id, source_ref);
    if (source != Outcome::accepted) return source;
    Change change;
    const Outcome planned = plan(id, std::move(event), change);
    return planned == Outcome::accepted ? commit_posted(std::move(change), source_ref) : planned;
}

Position Run::replayed(const ContractBody& contract, const ContractRules& rules,
                       const PointInTime& point, std::uint64_t candidate) const {
    workspace.count_replay(replay_work(contract));
    return position_of(contract, rules, point, candidate);
}

Position Run::position_at(const Change& change, Day day) const {
    return replayed(change.body, *rules_of(change.body), {day}, entry);
}

void Run::count_contract(const Change& change) {
    const std::optional<ContractBody>& now = workspace.contracts().view(change.id).body;
    const bool was = now && is_live(change.before, now->collector.has_value());
    const bool is = is_live(change.after, change.body.collector.has_value());
    const bool same_servicer = now && now->servicer == change.body.servicer;
    if (was != is || !same_servicer) {
        if (was) count_servicer(*this, now->servicer, 0, -1);
        if (is) count_servicer(*this, change.body.servicer, 0, 1);
    }
    const MemberId owner = owner_of(change.body);
    if (was == is && (!now || owner_of(*now) == owner)) return;
    const auto customer = [&](const MemberId& lender) -> CustomerRecord& {
        return workspace.customers().edit(customer_id_of(lender, change.body.borrower));
    };
    if (was) --customer(owner_of(*now)).live_contracts;
    if (is) ++customer(owner).live_contracts;
}

Outcome Run::commit(Change change, std::optional<LineBody> line) {
    const LineId line_id = change.body.line;
    const std::optional<LineBody>& now = workspace.lines().view(line_id).body;
    if (!now) {
        workspace.contradiction("a contract's line is not there");
        return Outcome::line_unknown;
    }
    if (!line) line = *now;
    constexpr std::size_t kPrincipal = place_of(Component::principal);
    const auto used = checked_add(
        line->used, change.after.outstanding[kPrincipal] - change.before.outstanding[kPrincipal]);
    if (!used) return Outcome::overflow;
    line->used = *used;
    const std::optional<ContractBody>& before = workspace.contracts().view(change.id).body;
    const BookedOn on{owner_of(before ? *before : change.body), change.id.bytes,
                      change.body.currency};
    // A sale leaves the book of who owned it so far.
    std::vector<Posting> sale;
    if (const BookedOn next{owner_of(change.body), on.subject, on.currency};
        next.owner != on.owner) {
        const Amount price = change.body.events.back().amount;
        auto moved = sale_postings(balances_of(change.after), price, on, next);
        if (!moved) return Outcome::overflow;
        sale = *std::move(moved);
    }
    std::optional<PoolMove> pooled;
    if (const Outcome refused = plan_pool_move(*this, change, pooled);
        refused != Outcome::accepted) {
        return refused;
    }
    const Outcome booked =
        book({{balances_of(*now), balances_of(*line), {line->owner, line_id.bytes, line->currency}},
              {balances_of(change.before), balances_of(change.after), on}},
             sale);
    if (booked != Outcome::accepted) return booked;
    const bool warned = limit_use_reached(*this, *now);
    workspace.lines().edit(line_id).body = std::move(*line);
    count_contract(change);
    workspace.contracts().edit(change.id).body = std::move(change.body);
    if (!warned) warn_of_limit_use(*this, line_id);
    warn_of_missed_debits(*this, change.id, change.before.failed_debits,
                          change.after.failed_debits);
    if (pooled) set_pool(*this, *pooled);
    return Outcome::accepted;
}

}  // namespace tally::ledger
