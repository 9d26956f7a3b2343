#pragma once

// Internal.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "ledger/record_reader.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"

namespace tally::storage {

/// Who belongs to the network, with which keys and in which blocks, followed from genesis and the
/// entries alone: nobody acts with a key that was not its member's at that height, and nobody but
/// more than half of those who govern changes who may act.
class AuditKeys {
public:
    using Finding = std::optional<std::string>;

    /// Before the first transaction of a block, under the rules version that it is under. A finding
    /// is a text, or nothing. `records` has the genesis.
    Result<Finding> begin_block(std::uint64_t block, std::uint32_t rules_version,
                                const ledger::RecordReader& records);
    /// One accepted transaction of the block.
    Finding take(const ledger::SubmissionHeader& header, const ledger::Transaction& transaction);
    /// After the last one: the records say the same of the members concerned.
    Result<Finding> end_block(const ledger::RecordReader& after) const;

private:
    struct Key {
        ledger::MemberId member;
        std::uint64_t first_block = 0;
        std::uint64_t end_block = ~std::uint64_t{0};
    };

    Status start(const ledger::RecordReader& records);
    Finding check_signers(const ledger::SubmissionHeader& header) const;
    Finding govern(const ledger::SubmissionHeader& header, const ledger::TransactionBody& body);
    Finding activate(const ledger::RulesActivate& activation);
    bool quorum_signed(const ledger::SubmissionHeader& header) const;
    Finding bring(const ledger::MemberId& member, const std::vector<ledger::NewKey>& keys);
    Finding retire(const ledger::MemberId& member, const std::vector<ledger::NamedKey>& keys);
    bool able(const ledger::MemberId& member) const;
    Result<Finding> compare(const ledger::MemberId& member,
                            const ledger::RecordReader& after) const;

    bool started_ = false;
    std::uint64_t block_ = 0;                ///< in hand
    std::set<ledger::MemberId> touched_;     ///< in it
    std::map<crypto::PublicKey, Key> keys_;  ///< of members
    std::set<crypto::PublicKey> node_keys_;
    std::set<ledger::MemberId> members_;
    std::set<ledger::MemberId> governing_;
    std::uint32_t rules_version_ = 0;
    std::optional<std::pair<std::uint32_t, std::uint64_t>> next_;  ///< version, height
};

}  // namespace tally::storage
