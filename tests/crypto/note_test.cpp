#include "crypto/note.h"

#include "base/hex.h"
#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;
using testing::text_at;

namespace {

const std::string kText = "a text\n";

NoteVerifier verifier_of(const std::string& name, NoteKeyType type, const SecretKey& key) {
    return {name, type, key.public_key()};
}

/// A note with `count` lines of keys that nobody knows.
std::string note_with_lines(std::size_t count) {
    std::string note = kText + "\n";
    for (std::size_t line = 0; line < count; ++line) {
        note += NoteSignature{"k" + std::to_string(line), 7, Bytes(64)}.line();
    }
    return note;
}

}  // namespace

TEST_CASE("Signing gives the lines that other code gives") {
    // Goal: key ids, both signature types and the line's form, byte for byte.
    const boost::json::value vectors = testing::own_vectors("notes.json");
    const std::string text = text_at(vectors, "text");
    std::size_t position = 0;
    for (const auto& signer : vectors.at("signers").as_array()) {
        const SecretKey key = testing::key_of_label(text_at(signer, "label"));
        const std::string name = text_at(signer, "name");
        const auto time_s = signer.at("time").to_number<std::uint64_t>();
        const bool is_log = signer.at("type").to_number<int>() == 1;
        const NoteSignature line =
            is_log ? sign_note(text, name, key) : cosign(text, name, key, time_s);
        CHECK(line.line() == text_at(signer, "line"));
        const NoteVerifier verifier =
            verifier_of(name, is_log ? NoteKeyType::ed25519 : NoteKeyType::cosignature, key);
        const boost::json::string& known = vectors.at("known").at(position++).as_string();
        CHECK(verifier.encode() == std::string_view(known.data(), known.size()));
    }
}

TEST_CASE("Notes made by other code are judged as they should be") {
    // Goal: good, unknown, forged and repeated lines, with the times that they carry.
    const boost::json::value vectors = testing::own_vectors("notes.json");
    std::vector<NoteVerifier> known;
    for (const auto& text : vectors.at("known").as_array()) {
        known.push_back(NoteVerifier::decode(std::string(text.as_string())).value());
    }
    for (const auto& vector : vectors.at("notes").as_array()) {
        CAPTURE(text_at(vector, "what"));
        const std::string text = text_at(vector, "note");
        const Note note = Note::decode(text).value();
        CHECK(note.encode() == text);
        const auto verified = verify_note(note, known);
        const std::string want = text_at(vector, "want");
        if (want != "ok") {
            REQUIRE_FALSE(verified);
            CHECK(verified.error().code.message() == want);
            continue;
        }
        REQUIRE(verified);
        const boost::json::array& times = vector.at("times").as_array();
        REQUIRE(verified->size() == times.size());
        for (std::size_t line = 0; line < times.size(); ++line) {
            const std::uint64_t time_s = times[line].is_string()
                                             ? std::stoull(std::string(times[line].as_string()))
                                             : times[line].to_number<std::uint64_t>();
            CHECK((*verified)[line].time_s == time_s);
        }
    }
}

TEST_CASE("A note takes 100 signatures and refuses 101") {
    // Goal: the bound, exactly.
    CHECK(Note::decode(note_with_lines(1)).value().signatures.size() == 1);
    CHECK(Note::decode(note_with_lines(16)).value().signatures.size() == 16);
    CHECK(Note::decode(note_with_lines(100)).value().signatures.size() == 100);
    CHECK(Note::decode(note_with_lines(101)).error().code == errc::too_large);
    CHECK(Note::decode(note_with_lines(0)).error().code == errc::bad_encoding);
}

TEST_CASE("A note splits at its last empty line, and the text keeps its line feed") {
    // Goal: an empty line inside the text belongs to the text and is signed with it.
    const SecretKey key = testing::key_of_label("split");
    const std::string text = "one\n\ntwo\n\n\nthree\n";
    const Note made{text, {sign_note(text, "k", key)}};
    const Note decoded = Note::decode(made.encode()).value();
    CHECK(decoded.text == text);
    CHECK(verify_note(decoded, {verifier_of("k", NoteKeyType::ed25519, key)}));
}

TEST_CASE("Control characters and bytes that are not UTF-8 are refused anywhere in a note") {
    // Goal: what a person reads is what was signed.
    const std::string line = NoteSignature{"k", 7, Bytes(64)}.line();
    for (char letter = 0; letter < 0x20; ++letter) {
        if (letter == '\n') continue;
        CAPTURE(static_cast<int>(letter));
        const std::string control(1, letter);
        CHECK_FALSE(Note::decode("a" + control + "b\n\n" + line));
        CHECK_FALSE(Note::decode("a\n\n" + line + control + "\n"));
    }
    CHECK_FALSE(Note::decode("a\xff\n\n" + line));
    CHECK(Note::decode("a\xe8\xaf\xba\n\n" + line));
}

TEST_CASE("A malformed signature line is refused, even of an unknown key") {
    // Goal: nothing unread hides among the signatures.
    const std::string dash = "\xE2\x80\x94 ";
    const std::string blob = to_base64(Bytes(68, 1));
    const std::string refused[] = {"- k " + blob + "\n",
                                   "\xE2\x80\x94k " + blob + "\n",
                                   dash + "k" + blob + "\n",
                                   dash + " " + blob + "\n",
                                   dash + "k  " + blob + "\n",
                                   dash + "k " + blob,
                                   dash + "k+k " + blob + "\n",
                                   dash + "k k " + blob + "\n",
                                   dash + "k " + blob + " \n",
                                   dash + "k \n",
                                   dash + "k AAAA\n",
                                   dash + "k AAAAAA==\n",
                                   dash + "k AAAAAB==\n",
                                   dash + "k\xC2\xA0k " + blob + "\n",
                                   "\n" + dash,
                                   "text\n",
                                   " " + dash + "k " + blob + "\n"};
    REQUIRE(Note::decode(kText + "\n" + dash + "k " + blob + "\n"));
    for (const std::string& line : refused) {
        CAPTURE(line);
        const Result<Note> decoded = Note::decode(kText + "\n" + line);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == errc::bad_encoding);
    }
    CHECK_FALSE(Note::decode(kText));
    CHECK_FALSE(Note::decode(kText + dash + "k " + blob + "\n"));
}

TEST_CASE("A known key's line of the wrong length or type fails the note") {
    // Goal: a line is not skipped because it looks odd.
    const SecretKey key = testing::key_of_label("length");
    const NoteVerifier log = verifier_of("k", NoteKeyType::ed25519, key);
    const NoteVerifier cosigner = verifier_of("k", NoteKeyType::cosignature, key);
    CHECK(log.id() != cosigner.id());
    for (const NoteVerifier& verifier : {log, cosigner}) {
        for (const std::size_t size : {1U, 63U, 64U, 65U, 71U, 72U, 73U, 200U}) {
            const Note note{kText, {{"k", verifier.id(), Bytes(size)}}};
            CHECK(verify_note(note, {verifier}).error().code == errc::bad_signature);
        }
    }
}

TEST_CASE("A signature counts for its own name, key, type and text only") {
    // Goal: none of the four can be exchanged.
    const SecretKey key = testing::key_of_label("bound");
    const SecretKey other = testing::key_of_label("other");
    const NoteVerifier known = verifier_of("k", NoteKeyType::ed25519, key);
    const Note good{kText, {sign_note(kText, "k", key)}};
    REQUIRE(verify_note(good, {known}));
    CHECK(verify_note(good, {}).error().code == errc::unverified);
    CHECK(verify_note(good, {verifier_of("l", NoteKeyType::ed25519, key)}).error().code ==
          errc::unverified);
    CHECK(verify_note(good, {verifier_of("k", NoteKeyType::ed25519, other)}).error().code ==
          errc::unverified);
    CHECK(verify_note(good, {verifier_of("k", NoteKeyType::cosignature, key)}).error().code ==
          errc::unverified);
    const Note moved{"another text\n", good.signatures};
    CHECK(verify_note(moved, {known}).error().code == errc::bad_signature);

    // A log signature relabelled as a cosignature, and the reverse.
    Note relabelled{kText, {cosign(kText, "k", key, 5)}};
    relabelled.signatures[0].key_id = known.id();
    relabelled.signatures[0].blob.erase(relabelled.signatures[0].blob.begin(),
                                        relabelled.signatures[0].blob.begin() + 8);
    CHECK(verify_note(relabelled, {known}).error().code == errc::bad_signature);
}

TEST_CASE("One bad line of a known key fails a note that others signed well") {
    // Goal: also when the bad line repeats a key that already verified.
    const SecretKey key = testing::key_of_label("first");
    const NoteVerifier known = verifier_of("k", NoteKeyType::ed25519, key);
    NoteSignature bad = sign_note(kText, "k", key);
    bad.blob[10] ^= 1;
    const Note note{kText, {sign_note(kText, "k", key), bad}};
    CHECK(verify_note(note, {known}).error().code == errc::bad_signature);
    const Note twice{kText, {sign_note(kText, "k", key), sign_note(kText, "k", key)}};
    CHECK(verify_note(twice, {known}).value().size() == 1);
    CHECK(verify_note(twice, {known, known}).value().size() == 1);
}

TEST_CASE("A verifier key round-trips, and any other form of it is refused") {
    // Goal: name, id, type and length are all checked.
    const SecretKey key = testing::key_of_label("verifier");
    const NoteVerifier verifier = verifier_of("example.com/log", NoteKeyType::cosignature, key);
    const std::string text = verifier.encode();
    const NoteVerifier decoded = NoteVerifier::decode(text).value();
    CHECK(decoded.name == verifier.name);
    CHECK(decoded.type == verifier.type);
    CHECK(decoded.key == verifier.key);

    const std::string key_text = text.substr(text.rfind('+', text.find('+') + 9) + 1);
    const std::string id = text.substr(text.find('+') + 1, 8);
    const auto code = [](const std::string& bad) { return NoteVerifier::decode(bad).error().code; };
    CHECK(code("") == errc::bad_encoding);
    CHECK(code("example.com/log") == errc::bad_encoding);
    CHECK(code("example.com/log+" + id) == errc::bad_encoding);
    CHECK(code("+" + id + "+" + key_text) == errc::bad_encoding);
    CHECK(code("a b+" + id + "+" + key_text) == errc::bad_encoding);
    CHECK(code("example.com/log+" + id.substr(1) + "+" + key_text) == errc::bad_encoding);
    CHECK(code("example.com/log+0" + id + "+" + key_text) == errc::bad_encoding);
    CHECK(code("example.com/log+" + id + "+") == errc::bad_encoding);
    CHECK(code("example.com/log+" + id + "+" + key_text + "\n") == errc::bad_encoding);
    CHECK(code("example.com/lag+" + id + "+" + key_text) == errc::bad_key);
    CHECK(code("example.com/log+00000000+" + key_text) == errc::bad_key);
    for (const std::size_t size : {1U, 32U, 34U}) {
        Bytes other(size);
        other[0] = 1;
        CHECK(code("example.com/log+" + id + "+" + to_base64(other)) == errc::bad_key);
    }
    for (const int type : {0, 2, 3, 5, 255}) {
        Bytes other(33);
        other[0] = static_cast<std::uint8_t>(type);
        CHECK(code("example.com/log+" + id + "+" + to_base64(other)) == errc::bad_key);
    }
}

TEST_CASE("A key name has no white space, plus or control character") {
    // Goal: the rule that origins share, with white space beyond ASCII.
    for (const char* name : {"a", "example.com/log/1", "\xe8\xaf\xba", "a\xe2\x80\x94"}) {
        CHECK(is_key_name(name));
    }
    for (const char* name : {"", " ", "a b", "a+b", "a\n", "a\t", "a\xC2\x85", "a\xC2\xA0",
                             "a\xE1\x9A\x80", "\xE2\x80\x80z", "a\xE2\x80\x8A", "a\xE2\x80\xA8",
                             "a\xE2\x80\xAF", "a\xE2\x81\x9F", "a\xE3\x80\x80", "a\xff"}) {
        CAPTURE(name);
        CHECK_FALSE(is_key_name(name));
    }
}
