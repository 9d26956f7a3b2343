#include "crypto/ed25519.h"

#include <algorithm>

#include "base/hex.h"
#include "crypto/errc.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;
using testing::hex_at;
using testing::text_at;

namespace {

PublicKey key_from(const Bytes& bytes) {
    PublicKey key;
    REQUIRE(bytes.size() == key.bytes.size());
    std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
    return key;
}

Signature signature_from(const Bytes& bytes) {
    Signature signature;
    REQUIRE(bytes.size() == signature.bytes.size());
    std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
    return signature;
}

}  // namespace

TEST_CASE("Ed25519 gives the first two signatures of RFC 8032, section 7.1") {
    // Goal: the published keys and signatures, of an empty message and of one byte.
    const char* const published[][4] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}};
    for (const auto& [seed, public_key, message, signature] : published) {
        const SecretKey key = SecretKey::from_seed(*from_hex(seed)).value();
        CHECK(to_hex(key.public_key().view()) == public_key);
        CHECK(to_hex(key.sign(*from_hex(message)).view()) == signature);
        CHECK(verify(key.public_key(), *from_hex(message), key.sign(*from_hex(message))));
    }
}

TEST_CASE("Keys and signatures agree with another library") {
    // Goal: lengths around the block size of the hash inside.
    const boost::json::value vectors = testing::own_vectors("ed25519.json");
    for (const auto& vector : vectors.at("keys").as_array()) {
        const SecretKey key = testing::key_of_label(text_at(vector, "label"));
        const Bytes message = hex_at(vector, "message");
        CHECK(key.public_key() == key_from(hex_at(vector, "public")));
        CHECK(key.sign(message) == signature_from(hex_at(vector, "signature")));
        CHECK(verify(key.public_key(), message, key.sign(message)));
    }
}

TEST_CASE("Signatures that a careless verifier accepts are refused") {
    // Goal: one rule on all nodes. Each case satisfies the curve's equation, with or without the
    // factor 8, and must be refused for the reason that it names.
    const boost::json::value vectors = testing::own_vectors("ed25519.json");
    for (const auto& vector : vectors.at("refused").as_array()) {
        CAPTURE(text_at(vector, "what"));
        CHECK_FALSE(verify(key_from(hex_at(vector, "key")), hex_at(vector, "message"),
                           signature_from(hex_at(vector, "signature"))));
    }
}

TEST_CASE("A key with a part of small order is judged by the equation without the factor 8") {
    // Goal: fixes the one point where accepting is the rule, so that no node differs.
    const boost::json::value vectors = testing::own_vectors("ed25519.json");
    for (const auto& vector : vectors.at("accepted").as_array()) {
        CAPTURE(text_at(vector, "what"));
        CHECK(verify(key_from(hex_at(vector, "key")), hex_at(vector, "message"),
                     signature_from(hex_at(vector, "signature"))));
    }
}

TEST_CASE("No bit of key, message or signature may change") {
    // Goal: every single-bit change is refused.
    const SecretKey key = testing::key_of_label("bits");
    const Bytes message = to_bytes(std::string_view("pay 100"));
    const Signature signature = key.sign(message);
    REQUIRE(verify(key.public_key(), message, signature));
    for (std::size_t bit = 0; bit < 512; ++bit) {
        Signature changed = signature;
        changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
        CHECK_FALSE(verify(key.public_key(), message, changed));
    }
    for (std::size_t bit = 0; bit < 256; ++bit) {
        PublicKey changed = key.public_key();
        changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
        CHECK_FALSE(verify(changed, message, signature));
    }
    for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
        Bytes changed = message;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
        CHECK_FALSE(verify(key.public_key(), changed, signature));
    }
    CHECK_FALSE(verify(key.public_key(), ByteView(message).first(6), signature));
}

TEST_CASE("A seed of another length makes no key") {
    // Goal: a truncated key file is refused and not padded.
    for (const std::size_t size : {0U, 31U, 33U, 64U}) {
        CHECK(SecretKey::from_seed(Bytes(size)).error().code == errc::bad_key);
    }
}

TEST_CASE("A key moves whole and leaves nothing behind") {
    // Goal: one owner, and the seed is wiped where it was.
    SecretKey first = testing::key_of_label("moved");
    const Bytes seed = to_bytes(first.seed());
    const Signature signature = first.sign(view_of("m"));
    SecretKey second = std::move(first);
    CHECK(second.sign(view_of("m")) == signature);
    CHECK(to_bytes(first.seed()) == Bytes(32));  // NOLINT(bugprone-use-after-move)
    SecretKey third = SecretKey::generate();
    third = std::move(second);
    CHECK(to_bytes(third.seed()) == seed);
    CHECK(third.sign(view_of("m")) == signature);
    CHECK(to_bytes(second.seed()) == Bytes(32));  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("Generated keys and random bytes differ each time") {
    // Goal: the random source is really asked.
    CHECK(SecretKey::generate().public_key() != SecretKey::generate().public_key());
    Bytes left(32);
    Bytes right(32);
    random_bytes(left);
    random_bytes(right);
    CHECK(left != right);
    random_bytes({});
}
