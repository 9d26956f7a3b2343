#include "node/keys.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "api/errc.h"
#include "tests/support/catch.h"

namespace tally::node {
namespace {

/// A folder that goes with the test.
class Folder {
public:
    Folder() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "tally-keys-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

TEST_CASE("a key survives its file, which only the owner may read and nothing replaces") {
    // Goal: keys are neither lost by a second keygen nor open to others.
    const Folder folder;
    const auto key = crypto::SecretKey::generate();
    REQUIRE(write_secret_key(folder / "a.key", key));
    const auto read = read_secret_key(folder / "a.key");
    REQUIRE(read);
    CHECK(read->public_key() == key.public_key());
    struct stat information {};
    REQUIRE(::stat((folder / "a.key").c_str(), &information) == 0);
    CHECK((information.st_mode & 0777) == 0600);
    const Status again = write_secret_key(folder / "a.key", crypto::SecretKey::generate());
    REQUIRE_FALSE(again);
    CHECK(again.error().code == api::errc::bad_config);
    CHECK(read_secret_key(folder / "a.key")->public_key() == key.public_key());
}

TEST_CASE("a secret key that others may use is refused with the command that ends it") {
    const Folder folder;
    const std::string path = folder / "a.key";
    REQUIRE(write_secret_key(path, crypto::SecretKey::generate()));
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0644U, 0666U}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        const auto read = read_secret_key(path);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == api::errc::bad_config);
        CHECK_THAT(read.error().context, Catch::Matchers::EndsWith("run: chmod 600 " + path));
    }
    for (const mode_t mode : {0600U, 0400U}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        CHECK(read_secret_key(path));
    }
}

// Goal: nobody is told to hide what is for everybody.
TEST_CASE("a file that is no secret key is told as what it is, whoever may read it") {
    const Folder folder;
    const std::string path = folder / "a.pub";
    REQUIRE(write_public_key(path, crypto::SecretKey::generate().public_key()));
    std::ofstream(folder / "notes") << "what others may read\n";
    std::ofstream(folder / "long") << std::string(100'000, 'x');
    for (const mode_t mode : {0644U, 0600U}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        REQUIRE(::chmod((folder / "notes").c_str(), mode) == 0);
        const auto read = read_secret_key(path);
        REQUIRE_FALSE(read);
        CHECK_THAT(read.error().context, Catch::Matchers::Contains(":1: is the public key"));
        const auto longer = read_secret_key(folder / "long");
        REQUIRE_FALSE(longer);
        CHECK_THAT(longer.error().context, !Catch::Matchers::Contains("chmod"));
        const auto notes = read_secret_key(folder / "notes");
        REQUIRE_FALSE(notes);
        CHECK_THAT(notes.error().context, Catch::Matchers::Contains(":1: not a key file"));
    }
    REQUIRE(write_secret_key(folder / "a.key", crypto::SecretKey::generate()));
    const auto secret = read_public_key(folder / "a.key");
    REQUIRE_FALSE(secret);
    CHECK_THAT(secret.error().context, Catch::Matchers::Contains(":1: is the secret key"));
}

TEST_CASE("a file that is no key is refused by name") {
    // Goal: the wrong file, a truncated one and a public key are told apart from a key.
    const Folder folder;
    std::ofstream(folder / "bad.key") << "tallystick-secret-key-v1 AAAA\n";
    REQUIRE(write_public_key(folder / "a.pub", crypto::SecretKey::generate().public_key()));
    for (const char* name : {"bad.key", "a.pub", "absent.key"}) {
        const auto read = read_secret_key(folder / name);
        REQUIRE_FALSE(read);
        CHECK_THAT(read.error().context, Catch::Matchers::Contains(name));
    }
    REQUIRE(read_public_key(folder / "a.pub"));
}

TEST_CASE("key files are what docs/FORMAT.md shows") {
    // Goal: the description is enough to write another reader from.
    const auto text_of = [](const std::string& path) {
        std::ifstream file(path);
        return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    };
    const Folder folder;
    const auto key = crypto::SecretKey::from_seed(Bytes(32, 1));
    REQUIRE(key);
    REQUIRE(write_secret_key(folder / "lender.key", *key));
    REQUIRE(write_public_key(folder / "lender.pub", key->public_key()));
    const std::string document = text_of(std::string(TALLY_SOURCE_DIR) + "/docs/FORMAT.md");
    for (const char* name : {"lender.key", "lender.pub"}) {
        CHECK_THAT(document, Catch::Matchers::Contains("```text\n" + text_of(folder / name)));
    }
}

TEST_CASE("a node's four keys are written and read together") {
    // Goal: each purpose has its own file.
    const Folder folder;
    const NodeKeys keys = NodeKeys::generate();
    REQUIRE(keys.write(folder.path()));
    const auto read = NodeKeys::read(folder.path());
    REQUIRE(read);
    CHECK(read->tls.public_key() == keys.tls.public_key());
    CHECK(read->statement.public_key() == keys.statement.public_key());
    CHECK(read->log.public_key() == keys.log.public_key());
    CHECK(read->cosignature.public_key() == keys.cosignature.public_key());
    struct stat information {};
    REQUIRE(::stat((folder / "keys").c_str(), &information) == 0);
    CHECK((information.st_mode & 0777) == 0700);
    std::filesystem::remove(folder / "keys/log.key");
    REQUIRE_FALSE(NodeKeys::read(folder.path()));
}

}  // namespace
}  // namespace tally::node
