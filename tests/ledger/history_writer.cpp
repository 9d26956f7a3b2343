#include "tests/ledger/history_writer.h"

#include <algorithm>
#include <utility>

#include "ledger/governance.h"
#include "ledger/trial_balance.h"

namespace tally::testing {

using namespace ledger;

HistoryWriter::HistoryWriter(Book& book, std::uint64_t seed) : book_(book), random_(seed) {
    for (std::uint64_t borrower = 0; borrower < 5; ++borrower) {
        book_.ensure_assessed(id_of<BorrowerId>(borrower));
    }
    // Who never gets a line can be erased.
    for (std::uint64_t borrower = 5; borrower < 9; ++borrower) {
        book_.ensure_assessed(id_of<BorrowerId>(borrower));
    }
}

ContractId HistoryWriter::contract() {
    return captured_.empty() || below(12) == 0 ? new_contract() : any_of(captured_);
}

std::string HistoryWriter::source() {
    // Out of so many that some come again.
    // The case of letters and spaces make no difference.
    return (below(3) == 0 ? "SOURCE- " : "source-") + std::to_string(below(2'000));
}

TransactionBody HistoryWriter::line_body() {
    switch (below(16)) {
        case 0:
            return LimitFreeze{line(), "review"};
        case 1:
        case 2:
            return LimitUnfreeze{line(), "reviewed"};
        case 3:
            return LimitClose{line()};
        case 4:
        case 5:
            return LimitChange{line(), amount(), {}};
        default:
            return book_.drafts().grant(line(), id_of<BorrowerId>(below(5)), amount() + 1'000).body;
    }
}

TransactionBody HistoryWriter::purchase_body() {
    switch (below(8)) {
        case 0:
            return PurchaseAuth{authorisation(), line(), amount() / 20,
                                today_ + static_cast<Day>(below(4))};
        case 1:
            return PurchaseVoid{authorisation()};
        case 2:
            return PurchaseExpire{authorisation()};
        case 3:
            return MerchantRefund{contract(), amount() / 30, source()};
        default:
            break;
    }
    Capture capture;
    capture.contract = new_contract();
    capture.line = line();
    capture.principal = 1 + static_cast<Amount>(below(30'000));
    capture.product = Drafts::product(Drafts::kFees.at(below(2)));
    capture.schedule.resize(1 + below(12));
    capture.shares = {{book_.cast().funder().id, 1'000'000}};
    if (below(4) == 0) capture.authorisation = authorisation();
    if (below(5) != 0) capture.merchant = id_of<MerchantId>(below(3));
    cite(capture);
    return capture;
}

void HistoryWriter::cite(Capture& capture) {
    if (tables_.empty() || capture.product != Drafts::product(Drafts::kFees.front())) return;
    capture.cost_table = tables_.back();
    const auto line = book_.line(capture.line);
    for (const DisclosureAck& ack : disclosures_) {
        const bool fits =
            ack.table == tables_.back() && line && ack.borrower == line->body.borrower;
        if (fits || below(40) == 0) capture.disclosure = ack.disclosure;
    }
}

/// Only one of the products gets any.
TransactionBody HistoryWriter::costs_body() {
    if (tables_.empty() || below(12) == 0) {
        return CostTable{id_of<CostTableId>(below(60)),
                         Drafts::product(Drafts::kFees.front()),
                         {{"guarantee",
                           CostCollector::guarantor,
                           {},
                           CostBasis::balance,
                           static_cast<Ppm>(below(30'000)),
                           CostWhen::normal},
                          {"penalty",
                           CostCollector::originator,
                           {},
                           CostBasis::balance,
                           below(3) == 0 ? 182'499 : 182'500,
                           CostWhen::in_default}}};
    }
    return DisclosureAck{id_of<DisclosureId>(below(300)),
                         id_of<BorrowerId>(below(5)),
                         below(10) == 0 ? tables_.front() : tables_.back(),
                         today_ - static_cast<Day>(below(3)),
                         static_cast<std::uint32_t>(below(20)),
                         {}};
}

TransactionBody HistoryWriter::payment_body() {
    const ContractId id = contract();
    const auto view = book_.contract(id);
    const Amount payable = view ? view->position.payable() : 10;
    const auto most = static_cast<std::uint64_t>(payable < 1 ? 1 : payable);
    switch (below(8)) {
        case 0:
            return PrepaySettle{id, 0, source()};
        case 1:
            return PenaltyAssess{id, 0};
        case 2:
            return OverdueMark{id, 0, 0, 0};
        default: {
            const Amount paid = below(6) == 0 ? payable : 1 + static_cast<Amount>(below(most));
            return Repayment{id, below(5) == 0 ? paid : 1 + paid / 4, source(), {}};
        }
    }
}

TransactionBody HistoryWriter::hardship_body() {
    const ContractId id = contract();
    const auto request = id_of<HardshipId>(below(5));
    switch (below(5)) {
        case 0:
            return HardshipRequest{
                id_of<HardshipId>(below(5)), id, HardshipStage::requested, "income lost", {}};
        case 1:
            return HardshipRequest{request, id, HardshipStage::refused, "no evidence", {}};
        case 2: {
            const Day from = today_ + static_cast<Day>(below(5));
            return GraceGrant{id, from, from + static_cast<Day>(below(30)), {}};
        }
        case 3: {
            Reschedule replan;
            replan.contract = id;
            replan.rate_ppm = static_cast<Ppm>(below(2) * 2'000);
            replan.schedule.resize(1 + below(12));
            if (below(3) == 0) replan.request = request;
            return replan;
        }
        default: {
            const auto component = static_cast<Component>(1 + below(4));
            return Waive{id, {{static_cast<std::uint32_t>(below(3)), component, 1}}};
        }
    }
}

TransactionBody HistoryWriter::loss_body() {
    if (below(8) == 0) {
        const ContractId of =
            charged_off_.empty() || below(2) == 0 ? contract() : any_of(charged_off_);
        return DebtSettle{of, 1 + static_cast<Amount>(below(9'000)), source()};
    }
    if (charged_off_.empty() || below(3) == 0) return ChargeOff{contract(), 0, 0, 0, 0, "gone"};
    const ContractId id = any_of(charged_off_);
    switch (below(4)) {
        case 0:
            return CollectionAssign{id, book_.cast().collector().id,
                                    static_cast<Ppm>(below(300'000))};
        case 1:
            if (below(2) == 0) return CollectionRecall{id};
            [[fallthrough]];
        default: {
            const Amount got = 1 + static_cast<Amount>(below(3'000));
            return Recovery{id, got, got / 10, source()};
        }
    }
}

TransactionBody HistoryWriter::servicing_body() {
    const Cast& cast = book_.cast();
    ContractId id = contract();
    switch (below(7)) {
        case 5:
        case 6:
            return MerchantSettle{id, 1 + static_cast<Amount>(below(20'000)), source()};
        case 0:
            return ServicerChange{id,
                                  below(2) == 0 ? cast.other_servicer().id : cast.servicer().id};
        case 1: {
            // Few contracts have any.
            Amount credit = 0;
            for (int tries = 0; credit == 0 && tries < 8; ++tries) {
                id = contract();
                const auto view = book_.contract(id);
                credit = view ? view->position.totals.credit : 0;
            }
            return OverpayRefund{id, credit > 1 && below(2) == 0 ? credit / 2 : credit, source()};
        }
        case 2:
            return MerchantRefund{id, 1 + amount() / 10, source()};
        default:
            break;
    }
    if (payments_.empty()) return ServicerChange{id, cast.servicer().id};
    const Transaction& target = any_of(payments_);
    const auto* payment = std::get_if<Repayment>(&target.body);
    Amount paid = payment != nullptr ? payment->amount : 100;
    ContractId of = payment != nullptr ? payment->contract : contract();
    if (const auto* drawn = std::get_if<DebitResult>(&target.body)) {
        paid = debits_.at(drawn->debit).amount;
        of = drawn_on_.at(target.id);
    }
    return Chargeback{of, cast.originator().id, target.id, below(2) == 0 ? paid : 1 + paid / 3,
                      source()};
}

TransactionBody HistoryWriter::debit_body() {
    const Day from = today_ - static_cast<Day>(below(20));
    if (mandates_.empty() || below(5) == 0) {
        return MandateRegister{
            id_of<MandateId>(below(80)),         contract(), 1 + amount() / 10, from,
            from + static_cast<Day>(below(300)), {}};
    }
    if (!open_debits_.empty() && below(2) == 0) return result_body();
    // Mostly of late, or it is over.
    const std::size_t recent = std::min<std::size_t>(mandates_.size(), 6);
    const MandateRegister& mandate = mandates_[mandates_.size() - 1 - below(recent)];
    if (below(12) == 0) return MandateRevoke{mandate.mandate};
    const auto view = book_.contract(mandate.contract);
    const Amount payable = view ? view->position.payable() : 10;
    const Amount most = std::max<Amount>(1, std::min(payable, mandate.amount_max) + 1);
    return DebitInstruct{id_of<DebitId>(below(300)), mandate.mandate,
                         1 + static_cast<Amount>(below(static_cast<std::uint64_t>(most))),
                         today_ + static_cast<Day>(below(8)) - 1};
}

TransactionBody HistoryWriter::result_body() {
    const bool any = below(20) == 0;
    const DebitId debit = any ? id_of<DebitId>(below(300)) : any_of(open_debits_);
    switch (below(6)) {
        case 0:
        case 1:
            return DebitResult{debit, DebitOutcome::failed, "no money", ""};
        case 2:
            return DebitResult{debit, DebitOutcome::succeeded, below(4) == 0 ? "why" : "",
                               source()};
        default:
            return DebitResult{debit, DebitOutcome::succeeded, "", source()};
    }
}

TransactionBody HistoryWriter::receivables_body() {
    const Cast& cast = book_.cast();
    const MemberId funder = below(4) == 0 ? cast.other_funder().id : cast.funder().id;
    const auto recent = [this](const std::vector<ContractId>& ids) {
        if (ids.empty() || below(12) == 0) return contract();
        const std::size_t few = std::min<std::size_t>(ids.size(), 3);
        return ids[ids.size() - 1 - below(few)];
    };
    switch (below(10)) {
        case 0:
            return Pledge{contract(), funder};
        case 1:
            return Release{recent(pledged_)};
        case 2:
        case 3:
        case 4:
            return TransferInit{contract(), funder, 1 + amount() / 10,
                                today_ + static_cast<Day>(below(40)) - 1};
        case 5:
            return TransferCancel{recent(offered_)};
        case 6:
            return TransferDecline{recent(offered_)};
        default:
            return TransferSettle{recent(offered_), source()};
    }
}

TransactionBody HistoryWriter::reversal_body() {
    if (accepted_.empty()) return loss_body();
    const std::size_t recent = std::min<std::size_t>(accepted_.size(), 60);
    const Transaction& target = accepted_[accepted_.size() - 1 - below(recent)];
    ContractId of = contract();
    std::visit(
        [&of](const auto& body) {
            if constexpr (requires { body.contract; }) of = body.contract;
        },
        target.body);
    const auto drawn = drawn_on_.find(target.id);
    if (drawn != drawn_on_.end()) of = drawn->second;
    return Reversal{book_.cast().originator().id, target.id, of, "by mistake"};
}

/// The keys with which the histories sign stay valid.
TransactionBody HistoryWriter::governance_body() {
    const MemberId collector = book_.cast().collector().id;
    const crypto::SecretKey fresh = key_of(random_(), "fresh");
    switch (below(4)) {
        case 0: {
            MemberAdd addition{"member-" + std::to_string(below(30)), {{RoleName::funder}}, {}};
            if (below(4) == 0) addition.roles.push_back({RoleName::auditor});
            addition.keys = {claim_key(member_of(addition), fresh)};
            return addition;
        }
        case 1:
            return KeyRotate{collector, {claim_key(collector, fresh)}, {}};
        case 2:
            if (brought_.empty()) return KeyRevoke{collector, {{}}, "lost"};
            return KeyRevoke{collector, {any_of(brought_)}, "lost"};
        default:
            if (below(3) == 0) return RulesActivate{kRulesVersion, 0};
            return RulesActivate{kRulesVersion + static_cast<std::uint32_t>(below(3)),
                                 static_cast<std::uint32_t>(1'000'000 + below(10))};
    }
}

TransactionBody HistoryWriter::conduct_body() {
    const auto complaint = id_of<ComplaintId>(below(12));
    switch (below(8)) {
        case 0:
        case 1:
            return ComplaintOpen{complaint, contract(), ComplaintCategory::payment, {}};
        case 2:
        case 3:
            return ComplaintClose{complaint, ComplaintResult::partly_upheld, {}};
        default:
            return ContactLog{
                below(4) == 0 && !charged_off_.empty() ? any_of(charged_off_) : contract(),
                ContactChannel::call,
                static_cast<std::uint32_t>(below(1'500)),
                {}};
    }
}

TransactionBody HistoryWriter::oversight_body() {
    const MemberId lender = book_.cast().originator().id;
    switch (below(4)) {
        case 0: {
            ReconResult result;
            result.recon = id_of<ReconId>(below(40));
            result.lender = below(5) == 0 ? book_.cast().collector().id : lender;
            result.day = today_ - static_cast<Day>(below(5));
            return result;
        }
        case 1:
            return AuditOpinion{id_of<OpinionId>(below(40)),
                                lender,
                                today_ - 30,
                                today_ + static_cast<Day>(below(2)),
                                AuditConclusion::unqualified,
                                static_cast<Amount>(below(500)),
                                {}};
        case 2:
            return HedgeRegister{id_of<HedgeId>(below(40)),
                                 HedgeKind::other,
                                 "CNY",
                                 amount(),
                                 today_,
                                 today_ + 100,
                                 {}};
        default:
            return ErasureCert{id_of<BorrowerId>(below(20) == 0 ? below(5) : 5 + below(6)), {}};
    }
}

TransactionBody HistoryWriter::alert_body() {
    const bool any = warned_.empty() || below(4) == 0;
    const AlertId alert = any ? id_of<AlertId>(below(60)) : any_of(warned_);
    if (below(2) == 0) {
        return AlertDisposition{alert, static_cast<Disposition>(1 + below(3)), "looked at"};
    }
    return Alert{id_of<AlertId>(below(60)), contract(), static_cast<AlertRule>(1 + below(6)),
                 below(12) == 0 ? "" : "odd", std::nullopt};
}

TransactionBody HistoryWriter::any_body() {
    const std::uint64_t choice = below(81);
    // Without a contract there is nothing to put into a pool.
    if (choice >= 69) return captured_.empty() ? purchase_body() : pool_body();
    if (choice >= 66) return alert_body();
    if (choice >= 61) return receivables_body();
    if (choice >= 59) return costs_body();
    if (choice >= 57) return conduct_body();
    if (choice >= 56) return oversight_body();
    if (choice >= 54) return below(2) == 0 ? conduct_body() : payment_body();
    if (choice >= 52) return governance_body();
    if (choice < 7) return line_body();
    if (choice < 16) return purchase_body();
    if (choice < 28) return payment_body();
    if (choice < 32) return hardship_body();
    if (choice < 38) return loss_body();
    if (choice < 40) return servicing_body();
    if (choice < 47) return debit_body();
    return reversal_body();
}

Transaction HistoryWriter::day() {
    const DaysRecord days = read_days(book_.records()).value();
    if (days.open.size() > 3 && below(2) == 0) {
        return book_.proposed(book_.drafts().draft(DayClose{}, days.open.front()));
    }
    if (opened_by_mistake_) {
        const Day mistaken = *std::exchange(opened_by_mistake_, std::nullopt);
        return book_.drafts().draft(DayCancel{}, mistaken);
    }
    if (below(8) == 0) {
        opened_by_mistake_ = today_ + 1;
        return book_.drafts().open_day(today_ + 1);
    }
    today_ += static_cast<Day>(2 + below(25));
    return book_.drafts().open_day(today_);
}

Transaction HistoryWriter::next() {
    if (!sent_.empty() && below(25) == 0) return any_of(sent_);
    if (below(16) == 0) return day();
    Transaction transaction = book_.drafts().draft(any_body(), today_);
    if (below(6) == 0) transaction.value_date -= static_cast<Day>(below(40));
    if (below(25) == 0) transaction.business_date -= static_cast<Day>(below(30));
    transaction = book_.proposed(std::move(transaction));
    if (auto* repayment = std::get_if<Repayment>(&transaction.body)) {
        if (below(20) == 0 && !repayment->allocation.empty()) ++repayment->allocation.back().amount;
    }
    if (auto* capture = std::get_if<Capture>(&transaction.body)) {
        if (below(20) == 0) ++capture->schedule.back().fee;
    }
    if (!sent_.empty() && below(40) == 0) transaction.id = any_of(sent_).id;
    sent_.push_back(transaction);
    return transaction;
}

void HistoryWriter::accepted(const Transaction& transaction) {
    accepted_.push_back(transaction);
    if (const auto* capture = std::get_if<Capture>(&transaction.body)) {
        captured_.push_back(capture->contract);
    }
    if (std::holds_alternative<Repayment>(transaction.body)) payments_.push_back(transaction);
    if (const auto* pledge = std::get_if<Pledge>(&transaction.body)) {
        pledged_.push_back(pledge->contract);
    }
    if (const auto* offer = std::get_if<TransferInit>(&transaction.body)) {
        offered_.push_back(offer->contract);
    }
    if (const auto* mandate = std::get_if<MandateRegister>(&transaction.body)) {
        mandates_.push_back(*mandate);
    }
    if (const auto* debit = std::get_if<DebitInstruct>(&transaction.body)) {
        debits_[debit->debit] = *debit;
        open_debits_.push_back(debit->debit);
    }
    if (const auto* result = std::get_if<DebitResult>(&transaction.body)) {
        std::erase(open_debits_, result->debit);
        const MandateId& id = debits_.at(result->debit).mandate;
        for (const MandateRegister& mandate : mandates_) {
            if (mandate.mandate == id) drawn_on_[transaction.id] = mandate.contract;
        }
        payments_.push_back(transaction);
    }
    if (const auto* rotation = std::get_if<KeyRotate>(&transaction.body)) {
        brought_.push_back({crypto::Suite::ed25519, rotation->keys.front().key});
    }
    if (const auto* table = std::get_if<CostTable>(&transaction.body)) {
        tables_.push_back(table->table);
    }
    if (const auto* ack = std::get_if<DisclosureAck>(&transaction.body)) {
        disclosures_.push_back(*ack);
    }
    if (const auto* alert = std::get_if<Alert>(&transaction.body)) warned_.push_back(alert->alert);
    if (const auto* loss = std::get_if<ChargeOff>(&transaction.body)) {
        charged_off_.push_back(loss->contract);
    }
}

}  // namespace tally::testing
