#include "node/peer/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <string>
#include <utility>

#include "api/errc.h"

// Why certificates at all: TLS 1.3 of OpenSSL 3 offers no raw public keys (RFC 7250), so each node
// wraps its key in a self-signed certificate at every start. What authenticates is the pair of
// CertificateVerify (RFC 8446, section 4.4.3: the other end holds the private key) and our
// comparison of the public key with genesis. Issuer, names, dates and extensions are never read,
// so that no expiry can stop a network.

namespace tally::node::peer {
namespace {

Error tls_failure(const std::string& what) {
    char reason[160] = "no reason given";
    if (const unsigned long code = ERR_get_error()) {
        ERR_error_string_n(code, reason, sizeof reason);
    }
    ERR_clear_error();
    return fail(api::errc::io_failed, "TLS: " + what + ": " + reason);
}

std::optional<crypto::PublicKey> key_of(const X509* certificate) {
    if (certificate == nullptr) return std::nullopt;
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return std::nullopt;
    crypto::PublicKey raw;
    std::size_t size = raw.bytes.size();
    if (EVP_PKEY_get_raw_public_key(key, raw.bytes.data(), &size) != 1) return std::nullopt;
    if (size != raw.bytes.size()) return std::nullopt;
    return raw;
}

/// Version 3, serial 1, named `tallystick`, valid from 1970 to 9999.
bool fill(X509* certificate, EVP_PKEY* key) {
    constexpr const char* kName = "tallystick";
    X509_NAME* const name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
           ASN1_TIME_set_string(X509_getm_notBefore(certificate), "19700101000000Z") == 1 &&
           ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      reinterpret_cast<const unsigned char*>(kName), -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, nullptr) != 0;
}

}  // namespace

Result<TlsIdentity> TlsIdentity::create(const crypto::SecretKey& key) {
    TlsIdentity identity;
    identity.key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().data(),
                                                     key.seed().size()));
    if (!identity.key_) return tls_failure("the node's key");
    identity.certificate_.reset(X509_new());
    if (!identity.certificate_ || !fill(identity.certificate_.get(), identity.key_.get())) {
        return tls_failure("the node's certificate");
    }
    return identity;
}

TlsContext::TlsContext(std::vector<crypto::PublicKey> accepted)
    : accepted_(std::move(accepted)), context_(boost::asio::ssl::context::tls) {}

Result<std::unique_ptr<TlsContext>> TlsContext::create(const TlsIdentity& identity,
                                                       std::vector<crypto::PublicKey> accepted) {
    std::unique_ptr<TlsContext> result(new TlsContext(std::move(accepted)));
    SSL_CTX* const context = result->context_.native_handle();
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // Certificates above a few hundred bytes are none of ours.
    SSL_CTX_set_max_cert_list(context, 4096);
    const bool configured =
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
        SSL_CTX_set_num_tickets(context, 0) == 1 &&
        // The 128-bit suite first: as strong as the keys, and the cheapest for large appends.
        SSL_CTX_set_ciphersuites(context,
                                 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:"
                                 "TLS_AES_256_GCM_SHA384") == 1 &&
        SSL_CTX_set1_groups_list(context, "X25519") == 1 &&
        SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1 &&
        SSL_CTX_set1_client_sigalgs_list(context, "ed25519") == 1 &&
        SSL_CTX_use_certificate(context, identity.certificate()) == 1 &&
        SSL_CTX_use_PrivateKey(context, identity.key()) == 1;
    if (!configured) return tls_failure("configuration");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &TlsContext::verify, result.get());
    return result;
}

int TlsContext::verify(X509_STORE_CTX* store, void* self) {
    const auto& accepted = static_cast<const TlsContext*>(self)->accepted_;
    const auto key = key_of(X509_STORE_CTX_get0_cert(store));
    const bool known = key && std::find(accepted.begin(), accepted.end(), *key) != accepted.end();
    X509_STORE_CTX_set_error(store, known ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return known ? 1 : 0;
}

std::optional<crypto::PublicKey> peer_key(SSL* session) {
    return key_of(SSL_get0_peer_certificate(session));
}

}  // namespace tally::node::peer
