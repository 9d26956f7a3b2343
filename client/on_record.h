#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "client/proof.h"
#include "ledger/genesis.h"
#include "ledger/types.h"

namespace tally::client {

/// What stands on record under a member's id, as somebody says.
struct RecordedTransaction {
    std::string outcome;
    std::uint64_t entry = 0;
    std::uint64_t block = 0;
    std::string transaction;  ///< JSON; empty for one that does not decode
    std::string url;          ///< of the node that said so; empty for what a proof shows

    bool is_proven() const { return url.empty(); }
};

/// What nodes say of a member's id. One node's word is none: whoever signs, skips or tries anew for
/// it would do so at one liar's will.
struct Sought {
    /// By a proof that holds under the genesis, or as two nodes say it alike.
    std::optional<RecordedTransaction> found;
    /// What single nodes say and nothing shows.
    std::vector<RecordedTransaction> claims;
};

/// What verify_proof must show for a transaction that a member submitted under an id; bad_answer.
ProofCheck proof_of(const ledger::Genesis& genesis, std::uint64_t entry,
                    const ledger::MemberId& member, const ledger::TransactionId& id,
                    ProofReport& report);

/// Asks until a proof shows it or two nodes agree. Where one node says that it is on record and no
/// other one denies it, waits for a certified checkpoint until the deadline. Fails with the
/// client's error where no node says anything. `committed`: somebody answered that it is on record.
/// Then a node that no quorum confirms denies nothing, and is asked again until the deadline: a
/// leader may have ended after its answer, and the others not have applied it yet.
Result<Sought> look_up(Client& client, const ledger::Genesis& genesis,
                       const ledger::MemberId& member, const ledger::TransactionId& id,
                       bool committed = false);

/// The URLs of those that say so.
std::string who_claims(const std::vector<RecordedTransaction>& claims);

}  // namespace tally::client
