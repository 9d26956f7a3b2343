#include "tests/ledger/history_auditor.h"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "ledger/ownership.h"
#include "ledger/trial_balance.h"
#include "tests/support/catch.h"

namespace tally::testing {

using namespace ledger;

namespace {

Amount sum_of_all(const ByComponent& amounts) {
    return std::accumulate(amounts.begin(), amounts.end(), Amount{0});
}

/// Principal that chargebacks put into the plan in force: of payments that an earlier plan took.
Amount put_back(const ContractView& view) {
    const Position& position = view.position;
    Amount sum = 0;
    for (const EventEffect& effect : position.effects) {
        const ContractEvent& event = view.body.events.at(effect.event);
        if (event.kind == EventKind::charge_off) break;
        if (event.kind != EventKind::chargeback || effect.plan != position.plan) continue;
        for (const EventEffect& paid : position.effects) {
            const bool is_target = view.body.events.at(paid.event).entry == event.target;
            if (!is_target || paid.plan == position.plan) continue;
            for (const Allocation& part : effect.allocation) {
                if (part.component == Component::principal) sum += part.amount;
            }
        }
    }
    return sum;
}

std::string alike(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
    });
    std::erase(text, ' ');
    return text;
}

}  // namespace

void HistoryAuditor::release(const AuthorisationId& id) {
    for (auto& [line_id, line] : lines_) line.reserved.erase(id);
}

void HistoryAuditor::on_line(const TransactionBody& body) {
    if (const auto* grant = std::get_if<LimitGrant>(&body)) {
        REQUIRE(lines_.emplace(grant->line, Line{grant->limit, {}, {}}).second);
    } else if (const auto* change = std::get_if<LimitChange>(&body)) {
        lines_.at(change->line).limit = change->limit;
    } else if (const auto* wanted = std::get_if<PurchaseAuth>(&body)) {
        REQUIRE(
            lines_.at(wanted->line).reserved.emplace(wanted->authorisation, wanted->amount).second);
    } else if (const auto* voiding = std::get_if<PurchaseVoid>(&body)) {
        release(voiding->authorisation);
    } else if (const auto* expiry = std::get_if<PurchaseExpire>(&body)) {
        release(expiry->authorisation);
    } else if (const auto* capture = std::get_if<Capture>(&body)) {
        if (capture->authorisation) release(*capture->authorisation);
        lines_.at(capture->line).contracts.push_back(capture->contract);
        REQUIRE(contracts_.insert(capture->contract).second);
    }
}

HistoryAuditor::Effect HistoryAuditor::effect_of(const TransactionBody& body) const {
    Effect effect;
    if (const auto* capture = std::get_if<Capture>(&body)) {
        for (const Instalment& row : capture->schedule) effect.captured += row.principal;
        REQUIRE(effect.captured == capture->principal);
    } else if (const auto* repayment = std::get_if<Repayment>(&body)) {
        effect.paid = repayment->amount;
        Amount sum = 0;
        for (const Allocation& part : repayment->allocation) sum += part.amount;
        REQUIRE(sum <= repayment->amount);
    } else if (const auto* settle = std::get_if<PrepaySettle>(&body)) {
        effect.paid = settle->amount;
        effect.settled_penalty = settle->amount;
    } else if (const auto* refund = std::get_if<MerchantRefund>(&body)) {
        effect.refunded = refund->amount;
    } else if (const auto* out = std::get_if<OverpayRefund>(&body)) {
        effect.paid_out = out->amount;
    } else if (const auto* back = std::get_if<Chargeback>(&body)) {
        effect.charged_back = back->amount;
    } else if (const auto* replan = std::get_if<Reschedule>(&body)) {
        effect.waived = replan->waived_penalty;
        effect.settled_penalty = replan->carried_penalty + replan->waived_penalty;
    } else if (const auto* penalty = std::get_if<PenaltyAssess>(&body)) {
        effect.penalty = penalty->amount;
    } else if (const auto* waive = std::get_if<Waive>(&body)) {
        for (const Allocation& part : waive->parts) effect.waived += part.amount;
    } else if (const auto* loss = std::get_if<ChargeOff>(&body)) {
        effect.lost = loss->penalty + loss->fee + loss->interest + loss->principal;
    } else if (const auto* recovery = std::get_if<Recovery>(&body)) {
        effect.recovered = recovery->amount;
        effect.commission = recovery->commission;
    } else if (const auto* paid = std::get_if<MerchantSettle>(&body)) {
        effect.merchant_paid = paid->amount;
        const Effect before = sum_of(paid->contract);
        REQUIRE(before.merchant_paid + paid->amount <= before.captured - before.refunded);
    } else if (const auto* deal = std::get_if<DebtSettle>(&body)) {
        const Amount let_go = deal->penalty + deal->fee + deal->interest + deal->principal;
        effect.settled = deal->amount;
        effect.let_go = let_go;
    }
    return effect;
}

void HistoryAuditor::on_reversal(const Reversal& reversal) {
    const auto found = effects_.find({reversal.submitter, reversal.target});
    REQUIRE(found != effects_.end());
    REQUIRE(found->second.contract == reversal.contract);
    sources_.erase(found->second.source);
    effects_.erase(found);
}

/// Nobody but the servicer of the time posts, marks or takes back money.
void HistoryAuditor::on_servicing(const TransactionBody& body,
                                  const std::vector<const Party*>& signers) {
    const auto signed_by = [&signers](const MemberId& member) {
        return std::any_of(signers.begin(), signers.end(),
                           [&member](const Party* party) { return party->id == member; });
    };
    if (const auto* capture = std::get_if<Capture>(&body)) {
        servicers_[capture->contract] = capture->servicer;
    }
    std::visit(
        [&](const auto& of) {
            using Body = std::decay_t<decltype(of)>;
            constexpr bool kServicers =
                std::is_same_v<Body, Repayment> || std::is_same_v<Body, PrepaySettle> ||
                std::is_same_v<Body, PenaltyAssess> || std::is_same_v<Body, OverdueMark> ||
                std::is_same_v<Body, HardshipRequest> || std::is_same_v<Body, Recovery> ||
                std::is_same_v<Body, OverpayRefund> || std::is_same_v<Body, Chargeback> ||
                std::is_same_v<Body, ServicerChange> || std::is_same_v<Body, MandateRegister> ||
                std::is_same_v<Body, Alert>;
            if constexpr (kServicers) REQUIRE(signed_by(servicers_.at(of.contract)));
            if constexpr (requires { of.mandate; }) {
                const auto mandate = mandates_.find(of.mandate);
                if (mandate == mandates_.end()) return;
                REQUIRE(signed_by(servicers_.at(mandate->second.said.contract)));
            }
        },
        body);
    if (const auto* change = std::get_if<ServicerChange>(&body)) {
        REQUIRE(signed_by(change->servicer));
        servicers_[change->contract] = change->servicer;
    }
}

void HistoryAuditor::on_mandate(const Transaction& transaction,
                                const std::vector<const Party*>& signers) {
    const TransactionBody& body = transaction.body;
    if (const auto* mandate = std::get_if<MandateRegister>(&body)) {
        const auto provider = std::find_if(signers.begin(), signers.end(), [](const Party* party) {
            return party->name == "bank" || party->name == "bank-b";
        });
        REQUIRE(provider != signers.end());
        Mandate added{*mandate, transaction.value_date, std::nullopt, (*provider)->id};
        REQUIRE(mandates_.emplace(mandate->mandate, std::move(added)).second);
    } else if (const auto* revocation = std::get_if<MandateRevoke>(&body)) {
        Mandate& ended = mandates_.at(revocation->mandate);
        REQUIRE_FALSE(ended.ended);
        ended.ended = transaction.value_date;
    } else if (const auto* debit = std::get_if<DebitInstruct>(&body)) {
        on_debit(transaction, *debit);
    } else if (std::holds_alternative<DayOpen>(body)) {
        days_.insert(transaction.business_date);
    } else if (std::holds_alternative<DayCancel>(body)) {
        days_.erase(transaction.business_date);
    }
}

void HistoryAuditor::on_conduct(const Transaction& transaction) {
    const TransactionBody& body = transaction.body;
    if (const auto* grant = std::get_if<LimitGrant>(&body)) {
        REQUIRE_FALSE(erased_.contains(grant->borrower));
        borrowers_[grant->line] = grant->borrower;
    } else if (const auto* contact = std::get_if<ContactLog>(&body)) {
        const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const auto& candidate) {
            const auto& list = candidate.second.contracts;
            return std::find(list.begin(), list.end(), contact->contract) != list.end();
        });
        REQUIRE(line != lines_.end());
        const BorrowerId& borrower = borrowers_.at(line->first);
        REQUIRE_FALSE(erased_.contains(borrower));
        REQUIRE(contact->minute >= 8 * 60);
        REQUIRE(contact->minute < 22 * 60);
        REQUIRE(++contacts_[{borrower, transaction.value_date}] <= 3);
    } else if (const auto* complaint = std::get_if<ComplaintOpen>(&body)) {
        REQUIRE(open_complaints_.emplace(complaint->complaint, transaction.value_date).second);
    } else if (const auto* answer = std::get_if<ComplaintClose>(&body)) {
        REQUIRE(open_complaints_.at(answer->complaint) <= transaction.value_date);
        REQUIRE(closed_complaints_.insert(answer->complaint).second);
    } else if (const auto* erasure = std::get_if<ErasureCert>(&body)) {
        REQUIRE(erased_.insert(erasure->borrower).second);
    } else if (const auto* assessment = std::get_if<Assessment>(&body)) {
        REQUIRE_FALSE(erased_.contains(assessment->borrower));
    }
}

/// Within its mandate, and not beside another one of the same day.
void HistoryAuditor::on_debit(const Transaction& transaction, const DebitInstruct& instruction) {
    const Mandate& mandate = mandates_.at(instruction.mandate);
    const Day day = instruction.due;
    REQUIRE(instruction.amount <= mandate.said.amount_max);
    REQUIRE(day >= std::max(mandate.said.valid_from, mandate.since));
    REQUIRE(day <= mandate.said.valid_to);
    REQUIRE((!mandate.ended || day < *mandate.ended));
    const Day latest = days_.empty() ? transaction.business_date : *days_.rbegin();
    const Day newest = std::max(transaction.business_date, latest);
    REQUIRE(newest - day <= 14);
    std::size_t open = 0;
    for (auto& [id, other] : debits_) {
        if (other.said.mandate != instruction.mandate || other.result) continue;
        if (newest - other.said.due > 14) other.let_go = true;
        if (other.let_go) continue;
        ++open;
        REQUIRE(other.said.due != day);
    }
    REQUIRE(open < 36);
    REQUIRE(debits_.emplace(instruction.debit, Debit{instruction, std::nullopt}).second);
}

/// One result of each debit, and money from a live mandate alone.
HistoryAuditor::Effect HistoryAuditor::on_result(const DebitResult& result,
                                                 const std::vector<const Party*>& signers) {
    Debit& debit = debits_.at(result.debit);
    REQUIRE_FALSE(debit.result);
    debit.result = result.result;
    const Mandate& mandate = mandates_.at(debit.said.mandate);
    REQUIRE(std::any_of(signers.begin(), signers.end(),
                        [&mandate](const Party* party) { return party->id == mandate.provider; }));
    Effect effect;
    effect.contract = mandate.said.contract;
    if (result.result == DebitOutcome::failed) {
        REQUIRE(result.source_ref.empty());
        return effect;
    }
    REQUIRE((!mandate.ended || debit.said.due < *mandate.ended));
    effect.paid = debit.said.amount;
    effect.debit = result.debit;
    effect.source = {owner(effect.contract), alike(result.source_ref)};
    REQUIRE(sources_.insert(effect.source).second);
    return effect;
}

/// The payments that come from debits are the debits that succeeded and stand, and the records of
/// both say so.
void HistoryAuditor::check_debits(const Book& book, const ContractId& id,
                                  const ContractBody& body) const {
    Amount booked = 0;
    std::set<DebitId> from;
    for (const ContractEvent& event : body.events) {
        if (event.kind != EventKind::debit || event.reversed_by != kNoEntry) continue;
        booked += event.amount;
        if (event.amount > 0) REQUIRE(from.insert(event.debit).second);
    }
    Amount succeeded = 0;
    for (const auto& [key, effect] : effects_) {
        if (effect.contract != id || !effect.debit) continue;
        REQUIRE(from.contains(*effect.debit));
        succeeded += effect.paid;
    }
    REQUIRE(booked == succeeded);
    const std::vector<MandateRecord> mandates =
        read_mandates(book.records(), body, kNoEntry - 1).value();
    for (const MandateRecord& mandate : mandates) {
        std::size_t open = 0;
        for (const auto& [debit, said] : debits_) {
            if (said.said.mandate != mandate.terms.mandate) continue;
            const DebitRecord record = read_debit(book.records(), debit).value().value();
            const DebitStatus expected = !said.result ? DebitStatus::open
                                         : *said.result == DebitOutcome::failed
                                             ? DebitStatus::failed
                                             : DebitStatus::succeeded;
            REQUIRE(record.status == expected);
            if (!said.result && !said.let_go) ++open;
        }
        REQUIRE(mandate.open.size() == open);
        REQUIRE(mandate.revoked() == mandates_.at(mandate.terms.mandate).ended.has_value());
    }
}

void HistoryAuditor::note(const Transaction& transaction,
                          const std::vector<const Party*>& signers) {
    const TransactionBody& body = transaction.body;
    const Party& submitter = *signers.front();
    ++accepted_[body.index()];
    on_line(body);
    on_servicing(body, signers);
    on_mandate(transaction, signers);
    on_conduct(transaction);
    on_title(transaction, signers);
    on_pool(transaction, signers);
    if (const auto* result = std::get_if<DebitResult>(&body)) {
        REQUIRE(effects_.emplace(Key{submitter.id, transaction.id}, on_result(*result, signers))
                    .second);
        return;
    }
    if (const auto* reversal = std::get_if<Reversal>(&body)) return on_reversal(*reversal);
    std::visit(
        [&](const auto& of) {
            if constexpr (requires { of.contract; }) {
                Effect effect = effect_of(body);
                effect.contract = of.contract;
                if constexpr (requires { of.source_ref; }) {
                    // A price is the seller's.
                    const Title& title = titles_.at(of.contract);
                    const bool sale = std::holds_alternative<TransferSettle>(body) ||
                                      std::holds_alternative<BuybackSettle>(body);
                    const auto& lender = *(title.owners.end() - (sale ? 2 : 1));
                    effect.source = {lender.first, alike(of.source_ref)};
                    REQUIRE(sources_.insert(effect.source).second);
                }
                effect.order = ++effects_seen_;
                REQUIRE(effects_.emplace(Key{submitter.id, transaction.id}, effect).second);
            }
        },
        body);
}

void HistoryAuditor::note(const std::vector<Posting>& postings) {
    std::map<CurrencyCode, Wide> sums;
    for (const Posting& posting : postings) {
        REQUIRE(posting.debit >= 0);
        REQUIRE(posting.credit >= 0);
        sums[posting.currency] += static_cast<Wide>(posting.debit) - posting.credit;
        // Each account of each subject keeps its side after every single booking, so that no
        // purchase takes more than was available and no payment more than was owed.
        Balances& balances = balances_[{is_memo(posting.account), posting.subject}];
        balances.add(posting);
        REQUIRE(balances.signs_hold());
        if (is_memo(posting.account)) continue;
        books_[{{posting.owner, posting.currency}, ContractId{posting.subject}}].add(posting);
    }
    for (const auto& [currency, sum] : sums) REQUIRE(sum == 0);
}

bool HistoryAuditor::follows_loss(const Effect& effect) const {
    return std::any_of(effects_.begin(), effects_.end(), [&effect](const auto& other) {
        const Effect& loss = other.second;
        return loss.contract == effect.contract && loss.lost > 0 && loss.order < effect.order;
    });
}

HistoryAuditor::Effect HistoryAuditor::sum_of(const ContractId& contract) const {
    Effect sum;
    for (const auto& [key, effect] : effects_) {
        if (effect.contract != contract) continue;
        sum.captured += effect.captured;
        sum.paid += effect.paid;
        sum.refunded += effect.refunded;
        sum.penalty += effect.penalty;
        sum.settled_penalty += effect.settled_penalty;
        sum.waived += effect.waived;
        sum.lost += effect.lost;
        sum.recovered += effect.recovered;
        sum.commission += effect.commission;
        sum.paid_out += effect.paid_out;
        sum.charged_back += effect.charged_back;
        sum.forgone += effect.forgone;
        sum.merchant_paid += effect.merchant_paid;
        // What a settlement brings is a recovery for as long as the loss before it stands.
        const bool of_loss = effect.settled > 0 && follows_loss(effect);
        (of_loss ? sum.recovered : sum.paid) += effect.settled;
        (of_loss ? sum.forgone : sum.waived) += effect.let_go;
    }
    return sum;
}

void HistoryAuditor::check_contract(const ContractId& id, const ContractView& view) const {
    const Effect sum = sum_of(id);
    const Position& position = view.position;
    const ContractTotals& totals = position.totals;
    REQUIRE_FALSE(position.misfit);
    REQUIRE(totals.billed[3] == sum.captured);
    const Amount credit_of_merchant = totals.refunded_total - totals.refunded[3];
    REQUIRE(sum_of_all(totals.repaid) - sum_of_all(totals.returned) + totals.credit -
                credit_of_merchant ==
            sum.paid - sum.paid_out - sum.charged_back);
    REQUIRE(totals.refunded_total == sum.refunded);
    // Late payments release what no longer stands; a settlement bills what was not assessed.
    REQUIRE(totals.billed[0] <= sum.penalty + sum.settled_penalty);
    REQUIRE(totals.billed[0] == position.penalty_assessed);
    REQUIRE(totals.billed[0] <= position.penalty_accrued);
    // A refund of what was waived comes back to who let it go: nobody is given what nobody paid.
    Amount unwaived = 0;
    for (const EventEffect& effect : position.effects) unwaived += effect.unwaived;
    REQUIRE(sum_of_all(totals.waived) + unwaived == sum.waived);
    // What a bank takes back may have been paid out.
    if (sum.charged_back == 0) REQUIRE(sum.paid_out + totals.credit <= sum.paid);
    // What a bank takes back after a charge-off is lost too.
    REQUIRE(sum_of_all(totals.charged_off) >= sum.lost);
    REQUIRE(sum_of_all(totals.charged_off) <= sum.lost + sum.charged_back);
    REQUIRE(totals.recovered == sum.recovered);
    REQUIRE(totals.commission == sum.commission);
    REQUIRE(sum_of_all(totals.forgone) == sum.forgone);
    REQUIRE(totals.merchant_settled == sum.merchant_paid);
    REQUIRE(totals.merchant_payable() == Wide{sum.captured} - sum.refunded - sum.merchant_paid);
    for (std::size_t place = 0; place < kComponents; ++place) {
        REQUIRE(totals.billed[place] == position.outstanding[place] + totals.repaid[place] +
                                            totals.waived[place] + totals.refunded[place] +
                                            totals.lapsed[place] + totals.charged_off[place]);
        REQUIRE(position.outstanding[place] >= 0);
    }
    Amount planned = 0;
    for (const PlanRow& row : position.rows) planned += row.agreed[3];
    REQUIRE((position.rows.empty() || planned - put_back(view) == position.terms.principal));
    REQUIRE(view.body.servicer == servicers_.at(id));
    const bool open = position.status == ContractStatus::active;
    REQUIRE(open == (position.outstanding_total > 0));
}

/// As of its last event: what has fallen due since becomes income with the next one.
void HistoryAuditor::check_balances(const Book& book, const ContractId& id,
                                    const ContractBody& body) const {
    const ContractTerms terms = read_terms(book.records(), body).value();
    Balances booked = balances_.at({false, id.bytes});
    for (const auto account :
         {BookAccount::sale_gain, BookAccount::sale_loss, BookAccount::purchase_difference}) {
        booked.of(account) = 0;
    }
    REQUIRE(balances_of(position_of(body, terms.rules())) == booked);
}

/// What is pledged, offered and sold, and that its parties signed.
void HistoryAuditor::on_title(const Transaction& transaction,
                              const std::vector<const Party*>& signers) {
    const auto signed_by = [&signers](const MemberId& member) {
        return std::any_of(signers.begin(), signers.end(),
                           [&member](const Party* party) { return party->id == member; });
    };
    const TransactionBody& body = transaction.body;
    const Day day = transaction.value_date;
    if (const auto* capture = std::get_if<Capture>(&body)) {
        titles_[capture->contract].owners = {{signers.front()->id, day}};
    } else if (const auto* pledge = std::get_if<Pledge>(&body)) {
        Title& title = titles_.at(pledge->contract);
        REQUIRE_FALSE(title.pledgee);
        REQUIRE_FALSE(title.in);
        REQUIRE(title.owners.back().first == title.owners.front().first);
        REQUIRE((!title.offer || title.offer->valid_until < day));
        REQUIRE(signed_by(pledge->funder));
        title.pledgee = pledge->funder;
    } else if (const auto* release = std::get_if<Release>(&body)) {
        Title& title = titles_.at(release->contract);
        REQUIRE(signed_by(title.pledgee.value()));
        title.pledgee.reset();
    } else if (const auto* offer = std::get_if<TransferInit>(&body)) {
        Title& title = titles_.at(offer->contract);
        REQUIRE_FALSE(title.pledgee);
        REQUIRE((!title.offer || title.offer->valid_until < day));
        REQUIRE(signed_by(title.owners.back().first));
        REQUIRE(title.owners.back().second <= day);
        if (title.in) {
            REQUIRE(pools_.at(*title.in).status != PoolStatus::draft);
            REQUIRE(pools_.at(*title.in).said.buyer == offer->buyer);
        }
        title.offer = *offer;
        title.buyback = false;
    } else if (const auto* settlement = std::get_if<TransferSettle>(&body)) {
        Title& title = titles_.at(settlement->contract);
        REQUIRE_FALSE(title.pledgee);
        REQUIRE(title.offer.value().valid_until >= day);
        REQUIRE_FALSE(title.buyback);
        REQUIRE(signed_by(title.owners.back().first));
        REQUIRE(signed_by(title.offer->buyer));
        title.owners.emplace_back(title.offer->buyer, day + 1);
        title.offer.reset();
    } else if (const auto* cancelling = std::get_if<TransferCancel>(&body)) {
        REQUIRE(titles_.at(cancelling->contract).offer);
        titles_.at(cancelling->contract).offer.reset();
    } else if (const auto* declining = std::get_if<TransferDecline>(&body)) {
        REQUIRE(signed_by(titles_.at(declining->contract).offer.value().buyer));
        titles_.at(declining->contract).offer.reset();
    }
}

/// One owner on each day, in whose book alone something of it is owed.
void HistoryAuditor::check_title(const ContractId& id, const ContractView& view) const {
    const Title& title = titles_.at(id);
    const Ownership said = ownership_of(view.body);
    REQUIRE(said.chain.size() == title.owners.size());
    for (std::size_t place = 0; place < title.owners.size(); ++place) {
        REQUIRE(said.chain[place].owner == title.owners[place].first);
        REQUIRE(said.chain[place].from == title.owners[place].second);
        REQUIRE((place == 0 || title.owners[place - 1].second < title.owners[place].second));
    }
    REQUIRE(said.pledge.has_value() == title.pledgee.has_value());
    REQUIRE(said.pending.has_value() == title.offer.has_value());
    for (const auto& [key, balances] : books_) {
        if (key.second != id) continue;
        REQUIRE(balances.sum() == 0);
        REQUIRE(balances.of(BookAccount::transfer_clearing) == 0);
        const bool owns = key.first.lender == owner(id);
        const Amount owed = owns ? view.position.outstanding[3] : 0;
        REQUIRE(balances.of(BookAccount::receivable_principal) == owed);
        if (owns) continue;
        for (const auto account : {BookAccount::receivable_fee, BookAccount::receivable_interest,
                                   BookAccount::receivable_penalty, BookAccount::unearned_income,
                                   BookAccount::customer_credit}) {
            REQUIRE(balances.of(account) == 0);
        }
    }
}

/// Each lender's trial balance is the sum over its contracts.
void HistoryAuditor::check_books(const Book& book) const {
    const DaysRecord days = read_days(book.records()).value();
    std::map<BookId, Balances> contracts, totals;
    for (const auto& [key, balances] : books_) {
        for (std::size_t account = 1; account <= kBookAccounts; ++account) {
            const auto of = static_cast<BookAccount>(account);
            contracts[key.first].of(of) += balances.of(of);
        }
    }
    std::vector<Day> places = days.open;
    places.push_back(kClosedDays);
    for (const BookId& id : days.books) {
        for (const Day day : places) {
            const auto value = book.records().get(totals_key(id, day)).value();
            if (!value) continue;
            const TotalsRecord record = decode_totals(*value).value();
            for (std::size_t account = 1; account <= kBookAccounts; ++account) {
                totals[id].of(static_cast<BookAccount>(account)) += record.balances[account - 1];
            }
        }
    }
    REQUIRE(totals == contracts);
}

void HistoryAuditor::check(const Book& book) const {
    check_books(book);
    check_pools(book);
    for (const auto& [id, line] : lines_) {
        const LineView view = book.line(id).value();
        Amount used = 0;
        for (const ContractId& contract : line.contracts) {
            const ContractView of = book.contract(contract).value();
            check_contract(contract, of);
            check_balances(book, contract, of.body);
            check_debits(book, contract, of.body);
            check_title(contract, of);
            used += of.position.outstanding[3];
        }
        Amount reserved = 0;
        for (const auto& [authorisation, amount] : line.reserved) reserved += amount;
        REQUIRE(view.body.limit == line.limit);
        REQUIRE(view.used == used);
        REQUIRE(view.body.used == used);
        REQUIRE(view.body.reserved == reserved);
        REQUIRE(view.reserved == reserved);
        REQUIRE(balances_of(view.body) == balances_.at({true, id.bytes}));
        if (view.body.status == LineStatus::closed) continue;
        REQUIRE(view.available == std::max<Amount>(0, line.limit - used - reserved));
    }
}

}  // namespace tally::testing
