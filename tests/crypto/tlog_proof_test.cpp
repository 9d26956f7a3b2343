#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "crypto/merkle.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;

namespace {

const std::string kHash = to_base64(sha256(view_of("hash")).view()) + "\n";

}  // namespace

TEST_CASE("A tlog-proof is that of other code, round-trips and verifies") {
    // Goal: the file byte for byte, and the path in it leads to the checkpoint's root.
    const boost::json::value vectors = testing::own_vectors("tlog.json");
    const boost::json::value& made = vectors.at("proof");
    const std::string text = testing::text_at(made, "text");
    const TlogProof proof = TlogProof::decode(text).value();
    CHECK(proof.index == 42);
    CHECK(proof.extra == testing::hex_at(made, "extra"));
    CHECK(proof.path == testing::digests_at(made, "path"));
    CHECK(proof.checkpoint == testing::text_at(made, "checkpoint"));
    CHECK(proof.encode() == text);
    CHECK(verify_inclusion(leaf_hash(view_of("entry 42")), proof.index, 300, proof.path,
                           testing::digest_at(vectors.at("checkpoint"), "root")));
}

TEST_CASE("A tlog-proof without extra data or hashes is complete") {
    // Goal: the first entry of a log of one.
    const TlogProof proof{{}, 0, {}, "note\n"};
    CHECK(proof.encode() == "c2sp.org/tlog-proof@v1\nindex 0\n\nnote\n");
    CHECK(TlogProof::decode(proof.encode()).value().checkpoint == "note\n");
}

TEST_CASE("A malformed tlog-proof is refused") {
    // Goal: each line in turn, the order of lines, and the bound on hashes.
    const std::string head = "c2sp.org/tlog-proof@v1\n";
    const std::string refused[] = {"",
                                   "\n",
                                   "c2sp.org/tlog-proof@v2\nindex 0\n\nn\n",
                                   "c2sp.org/tlog-proof@v1\r\nindex 0\n\nn\n",
                                   head,
                                   head + "\nn\n",
                                   head + "index 0\n",
                                   head + "index 0\n\n",
                                   head + "index 0",
                                   head + "index 00\n\nn\n",
                                   head + "index  0\n\nn\n",
                                   head + "index -1\n\nn\n",
                                   head + "Index 0\n\nn\n",
                                   head + "index 18446744073709551616\n\nn\n",
                                   head + "extra !!\nindex 0\n\nn\n",
                                   head + "extra \nindex 0\n\nn\n",
                                   head + "extra Zg\nindex 0\n\nn\n",
                                   head + "index 0\nextra Zg==\n\nn\n",
                                   head + "extra Zg==\nextra Zg==\nindex 0\n\nn\n",
                                   head + "index 0\n" + kHash + "n\n",
                                   head + "index 0\nZg==\n\nn\n",
                                   head + "index 0\n " + kHash + "\nn\n"};
    for (const std::string& text : refused) {
        CAPTURE(text);
        const Result<TlogProof> decoded = TlogProof::decode(text);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == errc::bad_encoding);
    }
    std::string most = head + "index 0\n";
    for (int count = 0; count < 64; ++count) most += kHash;
    CHECK(TlogProof::decode(most + "\nn\n").value().path.size() == 64);
    CHECK(TlogProof::decode(most + kHash + "\nn\n").error().code == errc::too_large);
}
