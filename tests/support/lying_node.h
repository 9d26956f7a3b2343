#pragma once

#include <chrono>
#include <string>

#include "tests/client/fake_node.h"
#include "tests/support/lying_ledger.h"

namespace tally::testing {

/// Serves a ledger over HTTP on loopback, with the paths that an audit reads. The ledger must not
/// change meanwhile and must outlive it.
class LyingNode {
public:
    explicit LyingNode(const LyingLedger& ledger);
    /// One that gives a block at a time, each after so long.
    LyingNode(const LyingLedger& ledger, std::chrono::milliseconds delay);

    std::string url() const { return server_.url(); }

private:
    FakeNode server_;
};

}  // namespace tally::testing
