#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "crypto/merkle.h"
#include "ledger/ledger.h"
#include "tests/simulation/state_machine.h"
#include "tests/support/book.h"

namespace tally::simulation {

/// What all nodes of a simulated credit network share: genesis, keys, and which submissions are
/// checked already, since a signature is the same everywhere.
class CreditNetwork {
public:
    explicit CreditNetwork(std::uint64_t seed);

    const testing::Cast& cast() const { return cast_; }
    const ledger::CheckedSubmission& check(ByteView submission);

    SimStateMachineFactory factory();
    /// Grants, captures, payments and corrections of a few lines, some of them refused, in signed
    /// submissions.
    SimWorkload workload();

    struct Counts {
        std::uint64_t accepted = 0;
        std::uint64_t refused = 0;
        std::uint64_t repeated = 0;
        std::uint64_t seals = 0;
    };
    Counts counts;  ///< over all nodes

private:
    struct OpenContract {
        ledger::ContractId id;
        std::vector<ledger::Instalment> schedule;
        std::size_t paid = 0;
        ledger::TransactionId last_payment;
    };
    SharedBytes draw_submission(Random& random);
    SharedBytes draw_event(const OpenContract& contract, Random& random);

    testing::Cast cast_;
    testing::Drafts drafts_;
    SharedBytes opening_;
    SharedBytes assessments_;
    std::uint64_t openings_ = 0;
    std::map<crypto::Digest, ledger::CheckedSubmission> checked_;
    std::vector<ledger::LineId> lines_;
    std::vector<OpenContract> contracts_;
};

/// The real rules of ledger/ on records in memory, with the log root over all entries.
class LedgerMachine : public SimStateMachine {
public:
    explicit LedgerMachine(CreditNetwork& network);

    Result<node::driver::Applied> apply(const consensus::Block& block) override;
    crypto::Digest digest() const override;
    std::unique_ptr<SimStateMachine> clone() const override {
        return std::make_unique<LedgerMachine>(*this);
    }
    std::uint64_t entry_count() const override { return head_.entry_count; }
    std::optional<storage::SealPoint> last_seal() const override { return seal_; }

private:
    void count(const ledger::BlockResult& result);

    CreditNetwork* network_;
    testing::MemoryRecords records_;
    ledger::LedgerHead head_;
    crypto::TreeFrontier log_;
    std::optional<storage::SealPoint> seal_;
};

}  // namespace tally::simulation
