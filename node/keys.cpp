#include "node/keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "api/errc.h"
#include "base/bounded_input.h"
#include "crypto/base64.h"

namespace tally::node {
namespace {

constexpr std::string_view kSecretPrefix = "tallystick-secret-key-v1 ";
constexpr std::string_view kPublicPrefix = "tallystick-public-key-v1 ";
constexpr std::size_t kKeyFileBytesMax = 256;

/// Creates the file, never replacing one: a key that is overwritten is lost for ever.
Status write_new_file(const std::string& path, const std::string& text, mode_t mode) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0) {
        return fail(api::errc::bad_config, path + ": cannot create: " + std::strerror(errno));
    }
    std::size_t done = 0;
    ssize_t written = 0;
    // A disk that fills up takes a part first, and says why at the next.
    while (done < text.size() && written >= 0) {
        written = ::write(file, text.data() + done, text.size() - done);
        if (written > 0) done += static_cast<std::size_t>(written);
        if (written < 0 && errno == EINTR) written = 0;
    }
    const bool synced = written >= 0 && ::fsync(file) == 0;
    const int reason = errno;
    ::close(file);
    if (synced) return {};
    ::unlink(path.c_str());  // what is cut is no key, and would be in the way of the next try
    return fail(api::errc::io_failed, path + ": cannot be written: " + std::strerror(reason));
}

Result<Bytes> read_key_file(const std::string& path, std::string_view prefix) {
    const auto text = read_bounded(path, kKeyFileBytesMax);
    if (!text) return fail(api::errc::bad_config, text.error().context + " (a key file)");
    std::string_view line = *text;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (prefix == kSecretPrefix && line.starts_with(kPublicPrefix)) {
        return fail(api::errc::bad_config,
                    path +
                        ":1: is the public key, which cannot sign; give the secret one, which "
                        "`tallystick keygen` puts beside it in a file that ends in .key");
    }
    if (prefix == kPublicPrefix && line.starts_with(kSecretPrefix)) {
        return fail(api::errc::bad_config,
                    path +
                        ":1: is the secret key; give the public one, which `tallystick keygen` "
                        "puts beside it in a file that ends in .pub");
    }
    if (!line.starts_with(prefix)) {
        return fail(api::errc::bad_config,
                    path + ":1: not a key file, expected \"" + std::string(prefix) + "...\"");
    }
    const auto bytes = crypto::from_base64(line.substr(prefix.size()));
    if (!bytes || bytes->size() != 32) {
        return fail(api::errc::bad_config, path + ":1: the key is not 32 bytes of base64");
    }
    return *bytes;
}

/// What others may read is nobody's secret any more, and what they may write is not its owner's.
Status check_private(const std::string& path) {
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0) return {};  // reading says why
    constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
    if (!S_ISREG(state.st_mode) || (state.st_mode & kOthers) == 0) return {};
    // What is no secret key, also for its length, is refused as what it is: nobody has to hide it.
    const auto text = read_bounded(path, kKeyFileBytesMax);
    if (!text || !text->starts_with(kSecretPrefix)) return {};
    return fail(api::errc::bad_config,
                path +
                    ": a secret key that others on this machine may use; if nobody did, run: "
                    "chmod 600 " +
                    path);
}

std::string key_path(const std::string& keys, std::string_view name) {
    return keys + "/" + std::string(name) + ".key";
}

}  // namespace

Status write_secret_key(const std::string& path, const crypto::SecretKey& key) {
    const std::string text = std::string(kSecretPrefix) + crypto::to_base64(key.seed()) + "\n";
    return write_new_file(path, text, 0600);
}

Result<crypto::SecretKey> read_secret_key(const std::string& path) {
    if (const Status held = check_private(path); !held) return held.error();
    auto seed = read_key_file(path, kSecretPrefix);
    if (!seed) return seed.error();
    return crypto::SecretKey::from_seed(*seed);
}

Status write_public_key(const std::string& path, const crypto::PublicKey& key) {
    const std::string text = std::string(kPublicPrefix) + crypto::to_base64(key.view()) + "\n";
    return write_new_file(path, text, 0644);
}

Result<crypto::PublicKey> read_public_key(const std::string& path) {
    const auto bytes = read_key_file(path, kPublicPrefix);
    if (!bytes) return bytes.error();
    crypto::PublicKey key;
    std::memcpy(key.bytes.data(), bytes->data(), key.bytes.size());
    return key;
}

Status make_private_folder(const std::string& path) {
    std::error_code failure;
    std::filesystem::create_directories(path, failure);
    if (!failure) {
        std::filesystem::permissions(path, std::filesystem::perms::owner_all, failure);
    }
    if (failure) return fail(api::errc::io_failed, path + ": " + failure.message());
    return {};
}

NodeKeys NodeKeys::generate() {
    return {crypto::SecretKey::generate(), crypto::SecretKey::generate(),
            crypto::SecretKey::generate(), crypto::SecretKey::generate()};
}

Status NodeKeys::write(const std::string& folder) const {
    if (const Status made = make_private_folder(folder + "/keys"); !made) return made;
    const std::pair<const char*, const crypto::SecretKey*> files[] = {
        {"tls", &tls}, {"statement", &statement}, {"log", &log}, {"cosignature", &cosignature}};
    for (const auto& [name, key] : files) {
        const Status written = write_secret_key(key_path(folder + "/keys", name), *key);
        if (!written) return written;
    }
    return {};
}

Result<NodeKeys> NodeKeys::read(const std::string& folder) { return read_from(folder + "/keys"); }

Result<NodeKeys> NodeKeys::read_from(const std::string& keys) {
    auto tls = read_secret_key(key_path(keys, "tls"));
    if (!tls) return tls.error();
    auto statement = read_secret_key(key_path(keys, "statement"));
    if (!statement) return statement.error();
    auto log = read_secret_key(key_path(keys, "log"));
    if (!log) return log.error();
    auto cosignature = read_secret_key(key_path(keys, "cosignature"));
    if (!cosignature) return cosignature.error();
    return NodeKeys{std::move(*tls), std::move(*statement), std::move(*log),
                    std::move(*cosignature)};
}

}  // namespace tally::node
