// A short fuzzing of every decoder of text and bytes, from a printed seed. What decodes must encode
// to the same bytes again: that is what canonical means.
#include <functional>

#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;
using testing::Random;
using namespace std::string_view_literals;

namespace {

constexpr int kRounds = 4000;

/// Changes a few bytes of a good text: overwrites, inserts, removes, copies a piece.
std::string mutate(std::string text, Random& random) {
    static constexpr std::string_view kLetters = "\n\n +=/.-0123456789xp\xE2\x80\x94\0\xFFZg"sv;
    const std::uint64_t changes = random() % 4 + 1;
    for (std::uint64_t change = 0; change < changes; ++change) {
        const std::size_t position = text.empty() ? 0 : random() % text.size();
        const char letter = kLetters[random() % kLetters.size()];
        switch (random() % 4) {
            case 0:
                if (!text.empty()) text[position] = letter;
                break;
            case 1:
                text.insert(position, 1, letter);
                break;
            case 2:
                text.erase(position, random() % 8);
                break;
            default:
                text.insert(position, text.substr(random() % (text.size() + 1), random() % 80));
                break;
        }
    }
    return text;
}

/// Feeds mutations of `good` to `again`, which decodes and encodes, or gives nothing.
void fuzz(const std::string& good,
          const std::function<std::optional<std::string>(std::string_view)>& again) {
    const std::uint64_t seed = testing::random_seed();
    CAPTURE(seed);
    Random random(seed);
    REQUIRE(again(good) == good);
    for (int round = 0; round < kRounds; ++round) {
        const std::string text = mutate(good, random);
        const std::optional<std::string> encoded = again(text);
        if (encoded && *encoded != text) {
            CAPTURE(text);
            FAIL("a text that is not canonical was accepted");
        }
    }
}

}  // namespace

TEST_CASE("No mutation of a note crashes its decoder or has a second spelling") {
    // Goal: totality and canonical form of notes and verifier keys.
    const boost::json::value vectors = testing::own_vectors("notes.json");
    fuzz(testing::text_at(vectors.at("notes").at(0), "note"),
         [](std::string_view text) -> std::optional<std::string> {
             const Result<Note> note = Note::decode(text);
             if (!note) return std::nullopt;
             return note->encode();
         });
    const NoteVerifier verifier{"name", NoteKeyType::ed25519,
                                testing::key_of_label("fuzz").public_key()};
    fuzz(verifier.encode(), [](std::string_view text) -> std::optional<std::string> {
        const Result<NoteVerifier> decoded = NoteVerifier::decode(text);
        if (!decoded) return std::nullopt;
        return decoded->encode();
    });
}

TEST_CASE("No mutation of a tlog-proof, a tile path or base64 has a second spelling") {
    // Goal: totality and canonical form of the remaining texts.
    const boost::json::value vectors = testing::own_vectors("tlog.json");
    fuzz(testing::text_at(vectors.at("proof"), "text"),
         [](std::string_view text) -> std::optional<std::string> {
             const Result<TlogProof> proof = TlogProof::decode(text);
             if (!proof) return std::nullopt;
             return proof->encode();
         });
    fuzz("tile/2/x001/x234/067.p/89", [](std::string_view text) -> std::optional<std::string> {
        const Result<TilePath> path = TilePath::decode(text);
        if (!path) return std::nullopt;
        return path->encode();
    });
    fuzz("Zm9vYmE=", [](std::string_view text) -> std::optional<std::string> {
        const std::optional<Bytes> bytes = from_base64(text);
        if (!bytes) return std::nullopt;
        return to_base64(*bytes);
    });
}

TEST_CASE("No mutation of a checkpoint or a frontier crashes its decoder") {
    // Goal: totality. A checkpoint drops its extension lines, so only the front must come again.
    const boost::json::value vectors = testing::own_vectors("tlog.json");
    const std::uint64_t seed = testing::random_seed();
    CAPTURE(seed);
    Random random(seed);
    const std::string body = testing::text_at(vectors.at("checkpoint"), "body");
    TreeFrontier frontier;
    for (const Digest& leaf : testing::leaves(11)) frontier.append(leaf);
    const std::string encoded = to_string(frontier.encode());
    for (int round = 0; round < kRounds; ++round) {
        const std::string text = mutate(body, random);
        const Result<Checkpoint> checkpoint = Checkpoint::decode(text);
        if (checkpoint) REQUIRE(text.starts_with(checkpoint->encode()));
        const std::string bytes = mutate(encoded, random);
        const Result<TreeFrontier> restored = TreeFrontier::decode(view_of(bytes));
        if (restored) REQUIRE(to_string(restored->encode()) == bytes);
    }
}
