// Published vectors of other projects, read where they lie; tests/vectors proves the same things in
// a clone that has no such folder.
#include <functional>

#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;
using testing::read_json;
using testing::text_at;

namespace {

/// The folder, or nothing after saying that the test was skipped.
std::optional<std::filesystem::path> folder_or_skip(const char* name) {
    const std::optional<std::filesystem::path> vectors = testing::public_vectors();
    if (vectors && std::filesystem::exists(*vectors / name)) return *vectors / name;
    WARN("skipped: no published vectors; set TALLY_VECTORS to their folder");
    return std::nullopt;
}

/// Bytes in base64, where null stands for none.
Bytes base64_of(const boost::json::value& text) {
    if (text.is_null()) return {};
    return from_base64(std::string(text.as_string())).value();
}

/// The digest, or nothing for bytes of another length, which our types cannot even express.
std::optional<Digest> digest_of(const boost::json::value& text) {
    const Bytes bytes = base64_of(text);
    if (bytes.size() != 32) return std::nullopt;
    return digest_from(bytes);
}

std::optional<std::vector<Digest>> digests_of(const boost::json::value& list) {
    std::vector<Digest> digests;
    if (list.is_null()) return digests;
    for (const boost::json::value& text : list.as_array()) {
        const std::optional<Digest> digest = digest_of(text);
        if (!digest) return std::nullopt;
        digests.push_back(*digest);
    }
    return digests;
}

/// Runs `accepts` on each JSON file below the folder and compares with its wantErr.
void check_files(const std::filesystem::path& folder, std::size_t count_expected,
                 const std::function<bool(const boost::json::value&)>& accepts) {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
        if (file.path().extension() != ".json") continue;
        CAPTURE(file.path().string());
        const boost::json::value vector = read_json(file.path());
        CHECK(accepts(vector) == !vector.at("wantErr").as_bool());
        ++count;
    }
    CHECK(count == count_expected);
}

}  // namespace

TEST_CASE("Published inclusion vectors are judged as published") {
    // Goal: 98 proofs, good and tampered with.
    const auto folder = folder_or_skip("merkle/testdata/inclusion");
    if (!folder) return;
    check_files(*folder, 98, [](const boost::json::value& vector) {
        const auto leaf = digest_of(vector.at("leafHash"));
        const auto root = digest_of(vector.at("root"));
        const auto proof = digests_of(vector.at("proof"));
        if (!leaf || !root || !proof) return false;
        return verify_inclusion(*leaf, vector.at("leafIdx").to_number<std::uint64_t>(),
                                vector.at("treeSize").to_number<std::uint64_t>(), *proof, *root)
            .has_value();
    });
}

TEST_CASE("Published consistency vectors are judged as published") {
    // Goal: 98 proofs, good and tampered with. Two of them use short texts as roots; the one good
    // case among these has equal sizes and is told by comparing the roots alone.
    const auto folder = folder_or_skip("merkle/testdata/consistency");
    if (!folder) return;
    check_files(*folder, 98, [](const boost::json::value& vector) {
        const auto old_size = vector.at("size1").to_number<std::uint64_t>();
        const auto new_size = vector.at("size2").to_number<std::uint64_t>();
        auto old_root = digest_of(vector.at("root1"));
        auto new_root = digest_of(vector.at("root2"));
        const auto proof = digests_of(vector.at("proof"));
        if (!proof) return false;
        const Bytes old_bytes = base64_of(vector.at("root1"));
        const Bytes new_bytes = base64_of(vector.at("root2"));
        // Short roots that are equal, or not, are widened to digests that are equal, or not.
        if (!old_root && !old_bytes.empty()) old_root = sha256(old_bytes);
        if (!new_root && !new_bytes.empty()) new_root = sha256(new_bytes);
        if (!old_root || !new_root) return false;
        return verify_consistency(old_size, new_size, *old_root, *new_root, *proof).has_value();
    });
}

TEST_CASE("Published notes are judged as published") {
    // Goal: notes of several implementations, with log signatures and cosignatures.
    const auto folder = folder_or_skip("note");
    if (!folder) return;
    const boost::json::value notes = read_json(*folder / "notes.json");
    CHECK(notes.as_array().size() == 30);
    for (const auto& vector : notes.as_array()) {
        CAPTURE(text_at(vector, "name"), text_at(vector, "why"));
        std::vector<NoteVerifier> known;
        for (const auto& key : vector.at("vkeys").as_array()) {
            known.push_back(NoteVerifier::decode(std::string(key.as_string())).value());
        }
        const std::string text = text_at(vector, "note");
        const Result<Note> note = Note::decode(text);
        std::string judged = "reject";
        if (note) {
            CHECK(note->encode() == text);
            const auto verified = verify_note(*note, known);
            if (verified) judged = "ok";
            if (!verified && verified.error().code == errc::unverified) judged = "unverified";
        }
        CHECK(judged == text_at(vector, "want"));
    }
}

TEST_CASE("Published verifier keys are judged as published, and the signing key signs alike") {
    // Goal: ids and forms of several implementations.
    const auto folder = folder_or_skip("note");
    if (!folder) return;
    const boost::json::value vectors = read_json(*folder / "vkeys.json");
    for (const auto& vector : vectors.at("vkeys").as_array()) {
        const std::string text = text_at(vector, "vkey");
        CAPTURE(text);
        const Result<NoteVerifier> verifier = NoteVerifier::decode(text);
        CHECK(verifier.has_value() == (text_at(vector, "want") == "ok"));
        if (verifier) CHECK(verifier->encode() == text);
    }
    const boost::json::value& signing = vectors.at("skey_for_deterministic_signing");
    const std::string secret = text_at(signing, "skey");
    // The seed's base64 may hold a plus too, so it is found behind the key id.
    const std::string id = "c74f20a3+";
    const Bytes typed_seed = from_base64(secret.substr(secret.find(id) + id.size())).value();
    const SecretKey key = SecretKey::from_seed(ByteView(typed_seed).subspan(1)).value();
    const std::string text = text_at(signing, "text");
    const Note note{text, {sign_note(text, "PeterNeumann", key)}};
    CHECK(note.encode() == text_at(signing, "want_note"));
}

TEST_CASE("Published checkpoint bodies are judged by the line rules as published") {
    // Goal: line rules only. The published roots have other lengths than 32 bytes, so one that is
    // base64 is exchanged for a digest first.
    const auto folder = folder_or_skip("checkpoint");
    if (!folder) return;
    const boost::json::value bodies = read_json(*folder / "bodies.json");
    for (const auto& vector : bodies.at("bodies").as_array()) {
        std::string body = text_at(vector, "body");
        CAPTURE(body);
        const std::size_t size_line = body.find('\n') + 1;
        const std::size_t root_line = body.find('\n', size_line) + 1;
        const std::size_t root_end = body.find('\n', root_line);
        const std::string root = body.substr(root_line, root_end - root_line);
        if (!root.empty() && from_base64(root)) {
            body.replace(root_line, root.size(), to_base64(sha256(view_of(root)).view()));
        }
        CHECK(Checkpoint::decode(body).has_value() == (text_at(vector, "want") == "ok"));
    }
}

TEST_CASE("Published tile paths are judged as published") {
    // Goal: both directions.
    const auto folder = folder_or_skip("checkpoint");
    if (!folder) return;
    const boost::json::value paths = read_json(*folder / "tile_paths.json");
    for (const auto& vector : paths.at("good").as_array()) {
        TilePath tile;
        if (vector.as_object().contains("level")) tile.level = vector.at("level").to_number<int>();
        tile.number = vector.at("n").to_number<std::uint64_t>();
        tile.width = vector.at("width").to_number<int>();
        CHECK(tile.encode() == text_at(vector, "path"));
        CHECK(TilePath::decode(text_at(vector, "path")).value() == tile);
    }
    for (const auto& path : paths.at("bad").as_array()) {
        CHECK_FALSE(TilePath::decode(std::string(path.as_string())));
    }
}

TEST_CASE("Published tlog-proofs are parsed as published") {
    // Goal: the form of the file, good and bad.
    const auto folder = folder_or_skip("checkpoint");
    if (!folder) return;
    const boost::json::value proofs = read_json(*folder / "tlog_proof_parse.json");
    for (const auto& text : proofs.at("good").as_array()) {
        const std::string proof(text.as_string());
        CAPTURE(proof);
        REQUIRE(TlogProof::decode(proof));
        CHECK(TlogProof::decode(proof)->encode() == proof);
    }
    for (const auto& text : proofs.at("bad").as_array()) {
        CHECK_FALSE(TlogProof::decode(std::string(text.as_string())));
    }
}
