#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace tally::node::peer {

/// The node's TLS key inside a certificate made in memory: TLS needs a container for the key, and
/// nothing else in it is ever looked at.
class TlsIdentity {
public:
    /// Fails with io_failed if OpenSSL refuses, as when Ed25519 is disabled on the machine.
    static Result<TlsIdentity> create(const crypto::SecretKey& key);

    X509* certificate() const { return certificate_.get(); }
    EVP_PKEY* key() const { return key_.get(); }

private:
    struct Free {
        void operator()(X509* certificate) const { X509_free(certificate); }
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };

    std::unique_ptr<X509, Free> certificate_;
    std::unique_ptr<EVP_PKEY, Free> key_;
};

/// TLS 1.3 alone, without tickets or sessions; the other end must show an Ed25519 key out of
/// `accepted` and prove that it holds it. Serves both as client and as server. Streams made from
/// it must not outlive it.
class TlsContext {
public:
    static Result<std::unique_ptr<TlsContext>> create(const TlsIdentity& identity,
                                                      std::vector<crypto::PublicKey> accepted);
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    boost::asio::ssl::context& context() { return context_; }

private:
    explicit TlsContext(std::vector<crypto::PublicKey> accepted);
    static int verify(X509_STORE_CTX* store, void* self);

    const std::vector<crypto::PublicKey> accepted_;
    boost::asio::ssl::context context_;
};

/// The key that the other end has proved to hold; nothing before the handshake is complete.
std::optional<crypto::PublicKey> peer_key(SSL* session);

}  // namespace tally::node::peer
