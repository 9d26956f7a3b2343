#include "crypto/ed25519.h"

#include <sodium.h>

#include <cstring>

#include "crypto/errc.h"

namespace tally::crypto {
namespace {

static_assert(crypto_sign_SECRETKEYBYTES == 64 && crypto_sign_PUBLICKEYBYTES == 32);
static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_BYTES == 64);

/// Must precede every other call into libsodium; repeating it is free and thread-safe.
void require_sodium() {
    static const bool ready = sodium_init() >= 0;
    TALLY_CHECK(ready);
}

/// A null pointer with size zero is legal for us, but not promised by libsodium.
const std::uint8_t* data_of(ByteView bytes) {
    static constexpr std::uint8_t kNothing = 0;
    return bytes.empty() ? &kNothing : bytes.data();
}

}  // namespace

SecretKey SecretKey::generate() {
    std::array<std::uint8_t, 32> seed{};
    random_bytes(seed);
    Result<SecretKey> key = from_seed(seed);
    sodium_memzero(seed.data(), seed.size());
    return std::move(key).value();
}

Result<SecretKey> SecretKey::from_seed(ByteView seed) {
    require_sodium();
    if (seed.size() != crypto_sign_SEEDBYTES) {
        return fail(errc::bad_key, "a seed has 32 bytes, not " + std::to_string(seed.size()));
    }
    SecretKey key;
    TALLY_CHECK(crypto_sign_seed_keypair(key.public_key_.bytes.data(), key.expanded_.data(),
                                         seed.data()) == 0);
    return key;
}

SecretKey::SecretKey(SecretKey&& other) noexcept
    : expanded_(other.expanded_), public_key_(other.public_key_) {
    sodium_memzero(other.expanded_.data(), other.expanded_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
    if (this == &other) return *this;
    expanded_ = other.expanded_;
    public_key_ = other.public_key_;
    sodium_memzero(other.expanded_.data(), other.expanded_.size());
    return *this;
}

SecretKey::~SecretKey() { sodium_memzero(expanded_.data(), expanded_.size()); }

Signature SecretKey::sign(ByteView message) const {
    // A key that was moved from holds zeroes and would sign under a public key that is not its own.
    TALLY_CHECK(std::memcmp(expanded_.data() + 32, public_key_.bytes.data(), 32) == 0);
    Signature signature;
    TALLY_CHECK(crypto_sign_detached(signature.bytes.data(), nullptr, data_of(message),
                                     message.size(), expanded_.data()) == 0);
    return signature;
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
    require_sodium();
    return crypto_sign_verify_detached(signature.bytes.data(), data_of(message), message.size(),
                                       key.bytes.data()) == 0;
}

void random_bytes(std::span<std::uint8_t> target) {
    require_sodium();
    if (!target.empty()) randombytes_buf(target.data(), target.size());
}

}  // namespace tally::crypto
