#pragma once

#include <string>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace tally::node {

/// Key files: one line `tallystick-secret-key-v1 <base64 seed>` (mode 0600) and, beside it,
/// `tallystick-public-key-v1 <base64 key>`. Errors are bad_config naming the file.
Status write_secret_key(const std::string& path, const crypto::SecretKey& key);  ///< never replaces
Result<crypto::SecretKey> read_secret_key(const std::string& path);
Status write_public_key(const std::string& path, const crypto::PublicKey& key);
Result<crypto::PublicKey> read_public_key(const std::string& path);

/// The four keys of a node, in `<folder>/keys/{tls,statement,log,cosignature}.key`.
struct NodeKeys {
    crypto::SecretKey tls;
    crypto::SecretKey statement;
    crypto::SecretKey log;
    crypto::SecretKey cosignature;

    static NodeKeys generate();
    Status write(const std::string& folder) const;
    static Result<NodeKeys> read(const std::string& folder);
};

}  // namespace tally::node
