#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "ledger/types.h"

// Pools of receivables that notes are issued against, and contracts that are bought back out of
// one. Part of ledger/transaction.h.
namespace tally::ledger {

struct PoolCreate {  ///< field 76; an originator signs and has it, and the trustee that is named
    PoolId pool;     ///< new
    std::string currency;
    MemberId trustee;
    MemberId buyer;           ///< the vehicle that is to own the contracts
    Day revolving_until = 0;  ///< last day on which contracts are added once it is issued; 0: none
    Amount balance_min = 0;   ///< 0: none
    std::uint32_t below_days = 0;  ///< 1..366 below it, that let it amortise; 0 iff no least
    Ppm roll_ppm = 0;              ///< of the balance, worse in a day, that is warned of; 0: none
};
struct PoolAdd {  ///< field 77; the pool's originator and its trustee sign
    PoolId pool;
    ContractId contract;
};
struct PoolSeal {  ///< field 78; the pool's originator and its trustee sign
    PoolId pool;
    std::uint32_t contracts = 0;  ///< added to it
    Amount principal = 0;         ///< outstanding of them all
    crypto::Digest root = {};     ///< of their ids in the order of adding (ledger/pool.h)
};
struct PoolNote {
    std::string name;  ///< 1..32 bytes
    Amount amount = 0;
    Ppm rate_ppm = 0;  ///< a year

    bool operator==(const PoolNote&) const = default;
};
struct PoolIssue {  ///< field 79; the pool's originator and its trustee sign
    PoolId pool;
    std::vector<PoolNote> notes;  ///< 1..8, each name once
};
enum class TriggerReason : std::uint8_t {
    balance_below = 1,
    default_event = 2,   ///< as the trustee says
    servicer_event = 3,  ///< likewise
};
struct PoolTrigger {  ///< field 80; the pool's trustee signs
    PoolId pool;
    TriggerReason reason = TriggerReason::balance_below;
    Day below_since = 0;  ///< balance_below alone
};
struct PoolClose {  ///< field 81; the pool's originator and its trustee sign
    PoolId pool;
};
struct BuybackInit {  ///< field 82; originator of the contract and its pool's trustee sign
    ContractId contract;
    Amount price = 0;     ///< in the contract's currency
    Day valid_until = 0;  ///< last day on which it may be settled
};
struct BuybackSettle {  ///< field 83; originator of the contract and its pool's trustee sign
    ContractId contract;
    std::string source_ref;  ///< the price's own reference, in the owner's book
};
struct PoolRemove {  ///< field 84; the pool's originator and its trustee sign
    PoolId pool;
    ContractId contract;  ///< that its originator still owns
};

}  // namespace tally::ledger
