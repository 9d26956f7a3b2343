// Most inputs here are short (65 bytes for a tree node), so the cost around the compression
// function counts. Each thread keeps one OpenSSL context bound to an algorithm that was fetched
// once; a digest then allocates nothing and looks nothing up.
#include "crypto/digest.h"

#include <openssl/evp.h>

#include <cstring>

#include "base/check.h"

namespace tally::crypto {
namespace {

const EVP_MD* algorithm() {
    // Never freed: threads that end after main may still hash.
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
}

/// One thread's hashing context. A digest runs from `start` to `finish` without interruption,
/// because nothing in between calls back into this file.
class Hasher {
public:
    Hasher() : context_(EVP_MD_CTX_new()) {
        TALLY_CHECK(context_ != nullptr);
        TALLY_CHECK(algorithm() != nullptr);
        TALLY_CHECK(EVP_DigestInit_ex2(context_, algorithm(), nullptr) == 1);
    }
    ~Hasher() { EVP_MD_CTX_free(context_); }
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    void start() { TALLY_CHECK(EVP_DigestInit_ex2(context_, nullptr, nullptr) == 1); }
    void update(ByteView bytes) {
        if (bytes.empty()) return;
        TALLY_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
    }
    Digest finish() {
        Digest digest;
        unsigned int size = 0;
        TALLY_CHECK(EVP_DigestFinal_ex(context_, digest.bytes.data(), &size) == 1);
        TALLY_CHECK(size == digest.bytes.size());
        return digest;
    }

private:
    EVP_MD_CTX* context_;
};

Hasher& hasher() {
    thread_local Hasher instance;
    instance.start();
    return instance;
}

}  // namespace

Digest sha256(std::initializer_list<ByteView> parts) {
    Hasher& running = hasher();
    for (const ByteView part : parts) running.update(part);
    return running.finish();
}

Digest domain_hash(std::string_view what, std::initializer_list<ByteView> parts) {
    // The terminating zero byte of the suffix is part of the prefix.
    static constexpr std::string_view kPrefix = "tally/";
    static constexpr std::string_view kSuffix{"/v1\0", 4};
    TALLY_CHECK(!what.empty() && what.find('\0') == std::string_view::npos);

    Hasher& running = hasher();
    running.update(view_of(kPrefix));
    running.update(view_of(what));
    running.update(view_of(kSuffix));
    for (const ByteView part : parts) running.update(part);
    return running.finish();
}

Digest digest_from(ByteView bytes) {
    Digest digest;
    TALLY_CHECK(bytes.size() == digest.bytes.size());
    std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
    return digest;
}

}  // namespace tally::crypto
