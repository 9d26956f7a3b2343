#pragma once

#include <string>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace tally::node {

/// Key files (docs/FORMAT.md): one line `tallystick-secret-key-v1 <base64 seed>` (mode 0600) and,
/// beside it, `tallystick-public-key-v1 <base64 key>`. Errors are bad_config naming the file. A
/// secret key that its group or everybody may read or write is refused, with the command that ends
/// that.
Status write_secret_key(const std::string& path, const crypto::SecretKey& key);  ///< never replaces
Result<crypto::SecretKey> read_secret_key(const std::string& path);
Status write_public_key(const std::string& path, const crypto::PublicKey& key);
Result<crypto::PublicKey> read_public_key(const std::string& path);

/// Makes a folder, with those above it, that its owner alone may enter (0700); one that is there
/// already becomes so.
Status make_private_folder(const std::string& path);

/// The four keys of a node, in `<folder>/keys/{tls,statement,log,cosignature}.key`.
struct NodeKeys {
    crypto::SecretKey tls;
    crypto::SecretKey statement;
    crypto::SecretKey log;
    crypto::SecretKey cosignature;

    static NodeKeys generate();
    Status write(const std::string& folder) const;
    static Result<NodeKeys> read(const std::string& folder);
    /// The same of the folder that holds the files themselves.
    static Result<NodeKeys> read_from(const std::string& keys);
};

}  // namespace tally::node
