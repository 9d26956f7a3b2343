#include "tests/ledger/history_auditor.h"

#include <algorithm>
#include <numeric>

#include "tests/support/catch.h"

namespace tally::testing {

using namespace ledger;

namespace {

Amount sum_of_all(const ByComponent& amounts) {
    return std::accumulate(amounts.begin(), amounts.end(), Amount{0});
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
        REQUIRE(sum == repayment->amount);
    } else if (const auto* settle = std::get_if<PrepaySettle>(&body)) {
        effect.paid = settle->amount;
    } else if (const auto* refund = std::get_if<MerchantRefund>(&body)) {
        effect.refunded = refund->amount;
    } else if (const auto* penalty = std::get_if<PenaltyAssess>(&body)) {
        effect.penalty = penalty->amount;
    } else if (const auto* waive = std::get_if<Waive>(&body)) {
        for (const Allocation& part : waive->parts) effect.waived += part.amount;
    } else if (const auto* loss = std::get_if<ChargeOff>(&body)) {
        effect.lost = loss->penalty + loss->fee + loss->interest + loss->principal;
    } else if (const auto* recovery = std::get_if<Recovery>(&body)) {
        effect.recovered = recovery->amount;
        effect.commission = recovery->commission;
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

void HistoryAuditor::note(const Transaction& transaction, const Party& submitter) {
    const TransactionBody& body = transaction.body;
    ++accepted_[body.index()];
    on_line(body);
    if (const auto* reversal = std::get_if<Reversal>(&body)) return on_reversal(*reversal);
    std::visit(
        [&](const auto& of) {
            if constexpr (requires { of.contract; }) {
                Effect effect = effect_of(body);
                effect.contract = of.contract;
                if constexpr (requires { of.source_ref; }) {
                    // Each poster has references of its own.
                    const bool lender = std::holds_alternative<MerchantRefund>(body);
                    effect.source = (lender ? "lender/" : "servicer/") + of.source_ref;
                    REQUIRE(sources_.insert(effect.source).second);
                }
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
    }
    for (const auto& [currency, sum] : sums) REQUIRE(sum == 0);
}

HistoryAuditor::Effect HistoryAuditor::sum_of(const ContractId& contract) const {
    Effect sum;
    for (const auto& [key, effect] : effects_) {
        if (effect.contract != contract) continue;
        sum.captured += effect.captured;
        sum.paid += effect.paid;
        sum.refunded += effect.refunded;
        sum.penalty += effect.penalty;
        sum.waived += effect.waived;
        sum.lost += effect.lost;
        sum.recovered += effect.recovered;
        sum.commission += effect.commission;
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
    REQUIRE(sum_of_all(totals.repaid) + totals.credit - credit_of_merchant == sum.paid);
    REQUIRE(totals.refunded_total == sum.refunded);
    REQUIRE(totals.billed[0] == sum.penalty);
    REQUIRE(sum_of_all(totals.waived) == sum.waived);
    REQUIRE(sum_of_all(totals.charged_off) == sum.lost);
    REQUIRE(totals.recovered == sum.recovered);
    REQUIRE(totals.commission == sum.commission);
    for (std::size_t place = 0; place < kComponents; ++place) {
        REQUIRE(totals.billed[place] == position.outstanding[place] + totals.repaid[place] +
                                            totals.waived[place] + totals.refunded[place] +
                                            totals.lapsed[place] + totals.charged_off[place]);
        REQUIRE(position.outstanding[place] >= 0);
    }
    Amount planned = 0;
    for (const PlanRow& row : position.rows) planned += row.agreed[3];
    REQUIRE((position.rows.empty() || planned == position.terms.principal));
    const bool open = position.status == ContractStatus::active;
    REQUIRE(open == (position.outstanding_total > 0));
    REQUIRE(balances_of(position) == balances_.at({false, id.bytes}));
}

void HistoryAuditor::check(const Book& book) const {
    for (const auto& [id, line] : lines_) {
        const LineView view = book.line(id).value();
        Amount used = 0;
        for (const ContractId& contract : line.contracts) {
            const ContractView of = book.contract(contract).value();
            check_contract(contract, of);
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
