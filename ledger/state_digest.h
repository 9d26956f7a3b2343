#pragma once

#include "base/bytes.h"
#include "crypto/digest.h"

namespace tally::ledger {

/// domain_hash("record", u32 length of key, key, value): what one record adds to the sum.
crypto::Digest record_hash(ByteView key, ByteView value);

/// Sum modulo 2^256 of the hashes of all records, each read as a big-endian integer: independent of
/// order, and updated with a record's change instead of read over everything. It detects that two
/// nodes diverged, by a fault or a difference in code. It is not proof against an adversary who may
/// choose records freely: sums of 256-bit hashes can be made to collide with enough work. What must
/// be proven to strangers is in the log.
class StateDigest {
public:
    explicit StateDigest(const crypto::Digest& sum) : sum_(sum) {}

    void add(ByteView key, ByteView value);
    void remove(ByteView key, ByteView value);
    const crypto::Digest& sum() const { return sum_; }

private:
    crypto::Digest sum_;
};

}  // namespace tally::ledger
