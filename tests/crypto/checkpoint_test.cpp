#include "crypto/checkpoint.h"

#include "crypto/base64.h"
#include "crypto/errc.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;

namespace {

const std::string kRoot = to_base64(sha256(view_of("root")).view());

}  // namespace

TEST_CASE("A checkpoint's text is that of other code and round-trips") {
    // Goal: the three lines byte for byte, at the ends of the size's range.
    const boost::json::value vectors = testing::own_vectors("tlog.json");
    const boost::json::value& made = vectors.at("checkpoint");
    const Checkpoint checkpoint{testing::text_at(made, "origin"), 300,
                                testing::digest_at(made, "root")};
    CHECK(checkpoint.encode() == testing::text_at(made, "body"));
    for (const std::uint64_t size : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        const Checkpoint other{"a", size, sha256(view_of("x"))};
        const Checkpoint decoded = Checkpoint::decode(other.encode()).value();
        CHECK(decoded.origin == other.origin);
        CHECK(decoded.size == other.size);
        CHECK(decoded.root == other.root);
    }
}

TEST_CASE("Extension lines of a checkpoint are accepted and dropped") {
    // Goal: another log's checkpoint can be read; an empty extension line cannot hide in it.
    const std::string body = "log\n5\n" + kRoot + "\n";
    CHECK(Checkpoint::decode(body + "one\ntwo\n").value().size == 5);
    CHECK_FALSE(Checkpoint::decode(body + "\n"));
    CHECK_FALSE(Checkpoint::decode(body + "one\n\n"));
    CHECK_FALSE(Checkpoint::decode(body + "one"));
}

TEST_CASE("A checkpoint that breaks a line rule is refused") {
    // Goal: each line in turn, and every truncation.
    const std::string short_root = to_base64(Bytes(31));
    const std::string long_root = to_base64(Bytes(33));
    const std::string refused[] = {"",
                                   "\n",
                                   "\n\n\n",
                                   "log\n5\n",
                                   "log\n5\n" + kRoot,
                                   "\n5\n" + kRoot + "\n",
                                   "a log\n5\n" + kRoot + "\n",
                                   "a+log\n5\n" + kRoot + "\n",
                                   "log\xff\n5\n" + kRoot + "\n",
                                   "log\r\n5\n" + kRoot + "\n",
                                   "log\n05\n" + kRoot + "\n",
                                   "log\n-5\n" + kRoot + "\n",
                                   "log\n+5\n" + kRoot + "\n",
                                   "log\n5 \n" + kRoot + "\n",
                                   "log\n\n" + kRoot + "\n",
                                   "log\n18446744073709551616\n" + kRoot + "\n",
                                   "log\n5\n\n",
                                   "log\n5\n" + short_root + "\n",
                                   "log\n5\n" + long_root + "\n",
                                   "log\n5\n" + kRoot + " \n",
                                   "log\n5\n" + kRoot + "=\n",
                                   "\xc2\xa0log\n5\n" + kRoot + "\n"};
    for (const std::string& text : refused) {
        CAPTURE(text);
        const Result<Checkpoint> decoded = Checkpoint::decode(text);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == errc::bad_encoding);
    }
    const std::string whole = "log\n5\n" + kRoot + "\n";
    REQUIRE(Checkpoint::decode(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(Checkpoint::decode(std::string_view(whole).substr(0, size)));
    }
}
