#include "tests/storage/ledger_chain.h"

#include <algorithm>

#include "base/check.h"

namespace tally::testing {

using consensus::Block;
using consensus::BlockKind;

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
    CHECK(result.has_value());
    records_.apply(result->changes);
}

Block LedgerChain::add(BlockKind kind, Bytes payload) {
    consensus::BlockHeader header;
    header.network = cast_.network();
    header.index = consensus::Index(blocks_.size() + 1);
    header.term = consensus::Term(1);
    header.time = consensus::Millis(1'700'000'000'000 + 1000 * blocks_.size());
    header.kind = kind;
    header.previous = blocks_.empty() ? cast_.network() : blocks_.back().hash;
    Block block = consensus::make_block(header, share(std::move(payload)));
    apply_to_records(block);
    auto applied = applier_.apply(block, check_);
    CHECK(applied.has_value());
    for (Bytes& entry : applied->result.entries) entries_.push_back(std::move(entry));
    points_.push_back(applied->point);
    blocks_.push_back(block);
    paid_in_block_.clear();
    return block;
}

Block LedgerChain::add_submissions(const std::vector<SharedBytes>& submissions) {
    return add(BlockKind::submissions, ledger::encode_payload(submissions));
}

ledger::Transaction LedgerChain::random_grant() {
    lines_.push_back(id_of<ledger::LineId>(++last_id_));
    const auto borrower = id_of<ledger::BorrowerId>(random_() % 5);
    return drafts_.grant(lines_.back(), borrower, 100'000);
}

Block LedgerChain::grants(std::size_t count) {
    std::vector<ledger::Transaction> transactions;
    for (std::size_t i = 0; i < count; ++i) transactions.push_back(random_grant());
    return add_submissions({cast_.sign(transactions, {&cast_.originator()})});
}

Block LedgerChain::single_grants(std::size_t count) {
    std::vector<SharedBytes> submissions;
    for (std::size_t i = 0; i < count; ++i) {
        const ledger::Transaction grant = random_grant();
        submissions.push_back(cast_.sign(std::span(&grant, 1), {&cast_.originator()}));
    }
    return add_submissions(submissions);
}

SharedBytes LedgerChain::random_submission() {
    const std::uint64_t choice = random_() % 6;
    std::vector<ledger::Transaction> transactions;
    if (choice == 0 || lines_.empty()) {
        for (std::size_t i = 0; i < 1 + random_() % 4; ++i) transactions.push_back(random_grant());
        return cast_.sign(transactions, {&cast_.originator()});
    }
    if (choice == 1) {
        const auto amount = static_cast<ledger::Amount>(random_() % 150'000 + 1);
        transactions.push_back(drafts_.change(lines_[random_() % lines_.size()], amount));
        return cast_.sign(transactions, {&cast_.originator()});
    }
    if (choice == 2 && last_submission_) return last_submission_;  // a retry
    if (choice == 3 && !contracts_.empty()) {
        const auto contract = contracts_[random_() % contracts_.size()];
        const auto view = ledger::read_contract(*state_->view(), contract);
        const bool paid = std::find(paid_in_block_.begin(), paid_in_block_.end(), contract) !=
                          paid_in_block_.end();
        if (view && *view && (*view)->payable > 0 && !paid) {
            const auto amount = static_cast<ledger::Amount>(
                1 + random_() % static_cast<std::uint64_t>((*view)->payable));
            auto allocation = (*view)->allocation_of(amount, Drafts::kToday);
            if (allocation) {
                paid_in_block_.push_back(contract);
                transactions.push_back(drafts_.repayment(contract, amount, *allocation));
                return cast_.sign(transactions, {&cast_.servicer()});
            }
        }
    }
    // Some of these are above what is available.
    contracts_.push_back(id_of<ledger::ContractId>(++last_id_));
    const auto principal = static_cast<ledger::Amount>(random_() % 60'000 + 10);
    transactions.push_back(drafts_.capture(contracts_.back(), lines_[random_() % lines_.size()],
                                           cast_.funder().id, principal));
    return cast_.sign(transactions, {&cast_.originator(), &cast_.funder()});
}

Block LedgerChain::random_block() {
    std::vector<SharedBytes> submissions;
    const std::size_t count = 1 + random_() % 5;
    for (std::size_t i = 0; i < count; ++i) {
        last_submission_ = random_submission();
        submissions.push_back(last_submission_);
    }
    return add_submissions(submissions);
}

}  // namespace tally::testing
