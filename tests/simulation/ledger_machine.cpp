#include "tests/simulation/ledger_machine.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ledger/double_entry.h"

namespace tally::simulation {

using consensus::Block;
using consensus::BlockKind;
using testing::id_of;

namespace {

constexpr std::uint64_t kLinesMax = 40;
constexpr std::uint64_t kFullCheckBlocks = 32;
constexpr std::uint64_t kBorrowers = 8;
constexpr std::uint64_t kOpeningsMax = 12;

}  // namespace

CreditNetwork::CreditNetwork(std::uint64_t seed) : cast_({.seed = seed}) {
    opening_ =
        cast_.sign(drafts_.opening(), {&cast_.originator(), &cast_.regulator(), &cast_.servicer()});
    std::vector<ledger::Transaction> assessments;
    for (std::uint64_t borrower = 0; borrower < kBorrowers; ++borrower) {
        assessments.push_back(drafts_.assessment(id_of<ledger::BorrowerId>(borrower)));
    }
    assessments_ = cast_.sign(assessments, {&cast_.originator()});
}

const ledger::CheckedSubmission& CreditNetwork::check(ByteView submission) {
    const crypto::Digest digest = crypto::domain_hash("submission", {submission});
    const auto found = checked_.find(digest);
    if (found != checked_.end()) return found->second;
    return checked_.emplace(digest, cast_.check(share(to_bytes(submission)))).first->second;
}

SimStateMachineFactory CreditNetwork::factory() {
    return [this] { return std::make_unique<LedgerMachine>(*this); };
}

SimWorkload CreditNetwork::workload() {
    return [this](std::uint64_t, Random& random) {
        // Submissions may be lost or come late, so the first ones all try to open the book.
        if (openings_ < kOpeningsMax) return ++openings_ % 2 == 1 ? opening_ : assessments_;
        return draw_submission(random);
    };
}

SharedBytes CreditNetwork::draw_submission(Random& random) {
    const std::uint64_t kind = random.below(10);
    if (lines_.empty() || (kind < 2 && lines_.size() < kLinesMax)) {
        const auto number = static_cast<std::uint64_t>(lines_.size() + 1);
        lines_.push_back(id_of<ledger::LineId>(number));
        const auto borrower = id_of<ledger::BorrowerId>(number % kBorrowers);
        const auto grant = drafts_.grant(lines_.back(), borrower, 1'000'000);
        return cast_.sign({&grant, 1}, {&cast_.originator()});
    }
    if (contracts_.empty() || kind < 6) {
        OpenContract contract;
        contract.id = id_of<ledger::ContractId>(1000 + contracts_.size());
        const ledger::LineId line = lines_[random.below(lines_.size())];
        const auto principal = static_cast<ledger::Amount>(100 + random.below(400'000));
        const auto capture = drafts_.capture(contract.id, line, cast_.funder().id, principal);
        contract.schedule = std::get<ledger::Capture>(capture.body).schedule;
        contracts_.push_back(std::move(contract));
        return cast_.sign({&capture, 1}, {&cast_.originator(), &cast_.funder()});
    }
    OpenContract& contract = contracts_[random.below(contracts_.size())];
    if (kind == 9) return draw_event(contract, random);
    // The next instalment, as its payer believes: out of order it is refused, and that too must be
    // refused alike everywhere.
    const std::size_t row = std::min(contract.paid++, contract.schedule.size() - 1);
    const ledger::Instalment& due = contract.schedule[row];
    const auto number = static_cast<std::uint32_t>(row);
    const auto payment = drafts_.repayment(contract.id, due.principal + due.fee,
                                           {{number, ledger::Component::fee, due.fee},
                                            {number, ledger::Component::principal, due.principal}});
    contract.last_payment = payment.id;
    return cast_.sign({&payment, 1}, {&cast_.servicer()});
}

/// Something else that may happen to a contract, accepted or not.
SharedBytes CreditNetwork::draw_event(const OpenContract& contract, Random& random) {
    const auto sign = [this](ledger::TransactionBody body,
                             std::initializer_list<const testing::Party*> signers) {
        const auto transaction = drafts_.draft(std::move(body));
        return cast_.sign({&transaction, 1}, signers);
    };
    switch (random.below(5)) {
        case 0:
            return sign(ledger::Reversal{cast_.servicer().id, contract.last_payment, contract.id,
                                         "by mistake"},
                        {&cast_.servicer()});
        case 1:
            return sign(ledger::MerchantRefund{contract.id, 50, "refund"}, {&cast_.originator()});
        case 2:
            return sign(ledger::Waive{contract.id, {{2, ledger::Component::fee, 1}}},
                        {&cast_.originator(), &cast_.originator_second_key()});
        case 3:
            return sign(ledger::LimitFreeze{lines_[random.below(lines_.size())], "review"},
                        {&cast_.originator()});
        default:
            return sign(ledger::LimitUnfreeze{lines_[random.below(lines_.size())], "reviewed"},
                        {&cast_.originator()});
    }
}

LedgerMachine::LedgerMachine(CreditNetwork& network) : network_(&network) {
    const ledger::GenesisState genesis = ledger::initial_state(network.cast().genesis());
    records_.apply(genesis.changes);
    head_ = genesis.head;
}

Result<node::driver::Applied> LedgerMachine::apply(const Block& block) {
    std::vector<ledger::CheckedSubmission> submissions;
    ledger::BlockInput input;
    input.index = block.header.index.value;
    input.hash = block.hash;
    input.time = block.header.time;
    if (block.header.kind == BlockKind::seal) input.kind = ledger::BlockInput::Kind::seal;
    if (block.header.kind == BlockKind::submissions) {
        input.kind = ledger::BlockInput::Kind::submissions;
        if (const auto views = ledger::decode_payload(*block.payload)) {
            for (ByteView view : *views) submissions.push_back(network_->check(view));
        }
        input.submissions = submissions;
    }
    ledger::BlockResult result = ledger::apply_block(input, head_, records_).value();
    for (const Bytes& entry : result.entries) log_.append(crypto::leaf_hash(entry));
    ledger::TrialBalance trial;
    trial.add(result.postings);
    TALLY_CHECK(trial.balanced());
    records_.apply(result.changes);
    head_ = result.head;
    TALLY_CHECK(head_.entry_count == log_.size());
    if (input.index % kFullCheckBlocks == 0) TALLY_CHECK(records_.digest() == head_.state_digest);
    count(result);
    node::driver::Applied applied;
    if (result.seal) {
        seal_ = storage::SealPoint{log_.size(), log_.root(), block.header.index, block.header.time};
        applied.seal = seal_;
    }
    applied.block.index = block.header.index;
    applied.block.term = block.header.term;
    applied.block.time = block.header.time;
    applied.block.entry_count = head_.entry_count;
    applied.block.sealed_size = seal_ ? seal_->size : 0;
    applied.block.submissions = std::move(result.submissions);
    return applied;
}

void LedgerMachine::count(const ledger::BlockResult& result) {
    network_->counts.seals += result.seal ? 1U : 0U;
    for (const ledger::SubmissionResult& submission : result.submissions) {
        for (const ledger::TransactionResult& transaction : submission.transactions) {
            const bool accepted = transaction.outcome == ledger::Outcome::accepted;
            auto& count = transaction.repeated ? network_->counts.repeated
                          : accepted           ? network_->counts.accepted
                                               : network_->counts.refused;
            ++count;
        }
    }
}

crypto::Digest LedgerMachine::digest() const {
    const Bytes head = head_.encode();
    return crypto::sha256({ByteView(head), log_.root().view()});
}

}  // namespace tally::simulation
