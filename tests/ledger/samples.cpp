#include "tests/ledger/samples.h"

#include <limits>

namespace tally::testing {

using namespace ledger;

Amount Samples::amount() {
    switch (random_() % 6) {
        case 0:
            return 0;
        case 1:
            return std::numeric_limits<Amount>::max();
        case 2:
            return std::numeric_limits<Amount>::min();
        case 3:
            return -static_cast<Amount>(random_() % 1000);
        default:
            return static_cast<Amount>(random_() >> (random_() % 64));
    }
}

std::int32_t Samples::small() { return static_cast<std::int32_t>(amount() >> (random_() % 40)); }

std::string Samples::text(std::size_t size_max) {
    static const char* const kPieces[] = {
        "a", "-", "9", "\xC3\xA9", "\xE4\xBA\xAC", "\xF0\x9F\x93\x92", "\x01"};
    std::string text;
    for (std::uint64_t count = random_() % 12; count > 0; --count) {
        const std::string piece = kPieces[random_() % std::size(kPieces)];
        if (text.size() + piece.size() <= size_max) text += piece;
    }
    return text;
}

TransactionBody Samples::body() {
    switch (random_() % 4) {
        case 0:
            return LimitGrant{id<LineId>(), id<BorrowerId>(), text(64), amount(), small(), small()};
        case 1:
            return LimitChange{id<LineId>(), amount()};
        case 2: {
            Capture capture{id<ContractId>(), id<LineId>(), amount(), small(), {}, {}};
            for (std::uint64_t rows = random_() % 40; rows > 0; --rows) {
                capture.schedule.push_back({small(), amount(), amount()});
            }
            for (std::uint64_t rows = random_() % 4; rows > 0; --rows) {
                capture.shares.push_back({id<MemberId>(), small()});
            }
            return capture;
        }
        default: {
            Repayment repayment{id<ContractId>(), amount(), text(256), {}};
            for (std::uint64_t rows = random_() % 6; rows > 0; --rows) {
                repayment.allocation.push_back(
                    {static_cast<std::uint32_t>(random_() >> (random_() % 64)),
                     static_cast<Component>(1 + random_() % 4), amount()});
            }
            return repayment;
        }
    }
}

Transaction Samples::transaction() { return {id<TransactionId>(), small(), small(), body()}; }

}  // namespace tally::testing
