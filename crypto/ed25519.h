#pragma once

#include <array>
#include <compare>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace tally::crypto {

/// An Ed25519 public key (RFC 8032), 32 bytes.
struct PublicKey {
    std::array<std::uint8_t, 32> bytes{};
    constexpr auto operator<=>(const PublicKey&) const = default;
    ByteView view() const { return bytes; }
};

/// An Ed25519 signature, 64 bytes.
struct Signature {
    std::array<std::uint8_t, 64> bytes{};
    constexpr auto operator<=>(const Signature&) const = default;
    ByteView view() const { return bytes; }
};

/// A private key kept as its 32-byte seed (RFC 8032, section 5.1.5); wiped when destroyed.
/// Move-only: a key has one owner.
class SecretKey {
public:
    /// A new key from the system's random source.
    static SecretKey generate();
    /// The key of a seed. Fails with bad_key unless the seed has 32 bytes.
    static Result<SecretKey> from_seed(ByteView seed);

    SecretKey(SecretKey&&) noexcept;
    SecretKey& operator=(SecretKey&&) noexcept;
    SecretKey(const SecretKey&) = delete;
    SecretKey& operator=(const SecretKey&) = delete;
    ~SecretKey();

    const PublicKey& public_key() const { return public_key_; }
    /// The seed, valid as long as this key: whoever copies it wipes the copy.
    ByteView seed() const { return {expanded_.data(), 32}; }
    /// Deterministic (RFC 8032, section 5.1.6). Requires a key that was not moved from.
    Signature sign(ByteView message) const;

private:
    SecretKey() = default;

    std::array<std::uint8_t, 64> expanded_{};  // seed, then public key
    PublicKey public_key_;
};

/// True if the signature is valid under libsodium's rule: canonical S, small-order keys and R
/// refused, cofactorless. Total: any bytes may be passed.
bool verify(const PublicKey& key, ByteView message, const Signature& signature);

/// Fills the bytes from the system's random source.
void random_bytes(std::span<std::uint8_t> target);

}  // namespace tally::crypto
