#include "ledger/replay_work.h"

#include <algorithm>

#include "ledger/position.h"

namespace tally::ledger {
namespace {

/// In ordinary events: a plan is searched for, a refund goes through all rows several times, and
/// what happens after a grace goes through all graces.
std::uint64_t weight_of(EventKind kind) {
    if (kind == EventKind::capture || kind == EventKind::reschedule) return 20;
    return kind == EventKind::refund || kind == EventKind::grace ? 5 : 1;
}

}  // namespace

std::uint64_t replay_work(const ContractBody& contract) {
    std::uint64_t events = 0;
    std::uint64_t rows = contract.terms.periods;
    std::uint64_t chargebacks = 0;
    for (const ContractEvent& event : contract.events) {
        events += weight_of(event.kind);
        rows = std::max<std::uint64_t>(rows, event.periods);
        if (event.kind == EventKind::chargeback) ++chargebacks;
    }
    // A day on which somebody relied on what is gone is replayed twice and compared; of each row
    // that a bank opened again every limit of its days is tried.
    const std::uint64_t replays = replayed_events(contract) / contract.events.size();
    return events * (rows + 4) * (replays == 1 ? 1 : 16 * replays) * (4 + chargebacks) / 4;
}

}  // namespace tally::ledger
