#include "tests/support/ledger_chain.h"

#include <algorithm>

#include "base/check.h"
#include "ledger/propose.h"
#include "ledger/trial_balance.h"

namespace tally::testing {

using consensus::Block;
using consensus::BlockKind;

namespace {

constexpr std::uint64_t kBorrowers = 5;

}  // namespace

LedgerChain::LedgerChain(std::uint64_t seed)
    : cast_(CastOptions{.seed = seed}),
      random_(seed),
      state_(storage::make_memory_state_store(cast_.genesis())),
      applier_(cast_.genesis(), *state_),
      check_(storage::plain_checker(cast_.genesis())) {
    points_.push_back(state_->view()->applied());
    records_.apply(ledger::initial_state(cast_.genesis()).changes);
}

void LedgerChain::apply_to_records(const Block& block) {
    using Kind = ledger::BlockInput::Kind;
    ledger::BlockInput input;
    input.index = block.header.index.value;
    input.hash = block.hash;
    input.time = block.header.time;
    if (block.header.kind == BlockKind::seal) input.kind = Kind::seal;
    std::vector<ledger::CheckedSubmission> submissions;
    const auto views = ledger::decode_payload(*block.payload);
    if (block.header.kind == BlockKind::submissions && views) {
        for (const ByteView view : *views) submissions.push_back(check_(view));
        input.kind = Kind::submissions;
    }
    input.submissions = submissions;
    const auto result = ledger::apply_block(input, points_.back().head, records_);
    TALLY_CHECK(result.has_value());
    records_.apply(result->changes);
}

Block LedgerChain::add(BlockKind kind, Bytes payload) {
    consensus::BlockHeader header;
    header.network = cast_.network();
    header.index = consensus::Index(blocks_.size() + 1);
    header.term = consensus::Term(1);
    header.time = consensus::Millis(4'000'000'000'000 + 1000 * blocks_.size());
    header.kind = kind;
    header.previous = blocks_.empty() ? cast_.network() : blocks_.back().hash;
    Block block = consensus::make_block(header, share(std::move(payload)));
    apply_to_records(block);
    auto applied = applier_.apply(block, check_);
    TALLY_CHECK(applied.has_value());
    for (Bytes& entry : applied->result.entries) entries_.push_back(std::move(entry));
    points_.push_back(applied->point);
    blocks_.push_back(block);
    touched_in_block_.clear();
    day_moved_in_block_ = false;
    return block;
}

Block LedgerChain::add_submissions(const std::vector<SharedBytes>& submissions) {
    return add(BlockKind::submissions, ledger::encode_payload(submissions));
}

LedgerChain::Submissions LedgerChain::opened(Submissions submissions) {
    if (opened_) return submissions;
    opened_ = true;
    std::vector<ledger::Transaction> assessments;
    for (std::uint64_t borrower = 0; borrower < kBorrowers; ++borrower) {
        assessments.push_back(drafts_.assessment(id_of<ledger::BorrowerId>(borrower)));
    }
    const auto first = {
        cast_.sign(drafts_.opening(), {&cast_.originator(), &cast_.regulator(), &cast_.servicer()}),
        cast_.sign(assessments, {&cast_.originator()})};
    submissions.insert(submissions.begin(), first);
    return submissions;
}

ledger::Transaction LedgerChain::proposed(ledger::TransactionBody body) {
    ledger::Transaction transaction = drafts_.draft(std::move(body), today_);
    TALLY_CHECK(ledger::propose(transaction, *state_->view()).has_value());
    return transaction;
}

ledger::Transaction LedgerChain::random_grant() {
    lines_.push_back(id_of<ledger::LineId>(++last_id_));
    const auto borrower = id_of<ledger::BorrowerId>(random_() % kBorrowers);
    return drafts_.grant(lines_.back(), borrower, 100'000);
}

Block LedgerChain::grants(std::size_t count) {
    std::vector<ledger::Transaction> transactions;
    for (std::size_t i = 0; i < count; ++i) transactions.push_back(random_grant());
    return add_submissions(opened({cast_.sign(transactions, {&cast_.originator()})}));
}

Block LedgerChain::single_grants(std::size_t count) {
    Submissions submissions;
    for (std::size_t i = 0; i < count; ++i) {
        submissions.push_back(sign(random_grant(), {&cast_.originator()}));
    }
    return add_submissions(opened(std::move(submissions)));
}

SharedBytes LedgerChain::purchase() {
    // Some of these are above what is available.
    contracts_.push_back(id_of<ledger::ContractId>(++last_id_));
    const auto principal = static_cast<ledger::Amount>(random_() % 60'000 + 10);
    auto capture = drafts_.capture(contracts_.back(), random_line(), cast_.funder().id, principal,
                                   5000, 3, today_);
    return sign(capture, {&cast_.originator(), &cast_.funder()});
}

SharedBytes LedgerChain::payment(ledger::ContractId contract) {
    const auto view = ledger::read_contract(*state_->view(), contract);
    TALLY_CHECK(view.has_value());
    const ledger::Amount payable = *view ? (*view)->position.payable() : 0;
    const auto amount = static_cast<ledger::Amount>(
        1 + random_() % static_cast<std::uint64_t>(std::max<ledger::Amount>(1, payable)));
    const auto paid =
        proposed(ledger::Repayment{contract, amount, "payment-" + std::to_string(++last_id_), {}});
    last_payment_ = paid.id;
    last_paid_ = contract;
    return sign(paid, {&cast_.servicer()});
}

SharedBytes LedgerChain::event(ledger::ContractId contract) {
    const std::string source = "event-" + std::to_string(++last_id_);
    switch (random_() % 9) {
        case 0:
            return sign(proposed(ledger::MerchantRefund{contract, 7, source}),
                        {&cast_.originator()});
        case 1:
            return sign(proposed(ledger::PrepaySettle{contract, 0, source}), {&cast_.servicer()});
        case 2:
            return sign(proposed(ledger::PenaltyAssess{contract, 0}), {&cast_.servicer()});
        case 3:
            return sign(proposed(ledger::OverdueMark{contract, 0, 0, 0}), {&cast_.servicer()});
        case 4:
            return sign(proposed(ledger::Waive{contract, {{2, ledger::Component::fee, 1}}}),
                        {&cast_.originator(), &cast_.originator_second_key()});
        case 5:
            return sign(proposed(ledger::GraceGrant{contract, today_, today_ + 3, {}}),
                        {&cast_.originator()});
        case 6: {
            ledger::Reschedule replan;
            replan.contract = contract;
            replan.schedule.resize(6);
            return sign(proposed(replan), {&cast_.originator()});
        }
        case 7:
            return sign(proposed(ledger::ChargeOff{contract, 0, 0, 0, 0}), {&cast_.originator()});
        default:
            return sign(proposed(ledger::Recovery{contract, 5, 1, source}),
                        {&cast_.servicer(), &cast_.collector()});
    }
}

SharedBytes LedgerChain::reservation() {
    if (!authorisations_.empty() && random_() % 2 == 0) {
        const auto open = authorisations_[random_() % authorisations_.size()];
        return sign(drafts_.draft(ledger::PurchaseVoid{open}, today_), {&cast_.originator()});
    }
    authorisations_.push_back(id_of<ledger::AuthorisationId>(++last_id_));
    return sign(
        drafts_.draft(ledger::PurchaseAuth{authorisations_.back(), random_line(), 900, today_ + 2},
                      today_),
        {&cast_.originator()});
}

/// Opens a day some weeks later and, from time to time, closes the oldest one.
SharedBytes LedgerChain::next_day() {
    day_moved_in_block_ = true;
    const auto days = ledger::read_days(*state_->view());
    TALLY_CHECK(days.has_value());
    if (days->open.size() > 2) {
        ledger::Transaction close = drafts_.draft(ledger::DayClose{}, days->open.front());
        TALLY_CHECK(ledger::propose(close, *state_->view()).has_value());
        return sign(close, {&cast_.servicer()});
    }
    today_ += static_cast<ledger::Day>(5 + random_() % 20);
    return sign(drafts_.open_day(today_), {&cast_.servicer()});
}

SharedBytes LedgerChain::random_submission() {
    const std::uint64_t choice = random_() % 12;
    if (choice < 2 || lines_.empty()) {
        std::vector<ledger::Transaction> transactions;
        for (std::size_t i = 0; i < 1 + random_() % 4; ++i) transactions.push_back(random_grant());
        return cast_.sign(transactions, {&cast_.originator()});
    }
    if (choice == 2) {
        const auto amount = static_cast<ledger::Amount>(random_() % 150'000 + 1);
        return sign(drafts_.draft(ledger::LimitChange{random_line(), amount, {}}, today_),
                    {&cast_.originator()});
    }
    if (choice == 3 && last_submission_) return last_submission_;  // a retry
    if (choice == 4) return reservation();
    if (choice == 5 && !day_moved_in_block_) return next_day();
    if (choice == 6 && last_paid_ != ledger::ContractId{}) {
        return sign(drafts_.draft(ledger::Reversal{cast_.servicer().id, last_payment_, last_paid_,
                                                   "by mistake"},
                                  today_),
                    {&cast_.servicer(), &cast_.servicer_second_key()});
    }
    if (choice >= 7 && choice < 10 && !contracts_.empty()) {
        // Claims are of the block before: one a contract, or most of them would be refused.
        const auto contract = contracts_[random_() % contracts_.size()];
        if (std::find(touched_in_block_.begin(), touched_in_block_.end(), contract) ==
            touched_in_block_.end()) {
            touched_in_block_.push_back(contract);
            return choice < 9 ? payment(contract) : event(contract);
        }
    }
    return purchase();
}

Block LedgerChain::random_block() {
    Submissions submissions;
    const std::size_t count = 1 + random_() % 5;
    for (std::size_t i = 0; i < count; ++i) {
        last_submission_ = random_submission();
        submissions.push_back(last_submission_);
    }
    return add_submissions(opened(std::move(submissions)));
}

}  // namespace tally::testing
