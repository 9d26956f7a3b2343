#pragma once

#include "node/keys.h"
#include "tests/support/book.h"

namespace tally::testing {

/// The keys of a node of a Cast, as a node has them.
inline node::NodeKeys node_keys_of(const NodeKeys& keys) {
    const auto copy = [](const crypto::SecretKey& key) {
        return crypto::SecretKey::from_seed(key.seed()).value();
    };
    return {copy(keys.tls), copy(keys.statement), copy(keys.log), copy(keys.cosignature)};
}

}  // namespace tally::testing
