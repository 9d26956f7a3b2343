#include "crypto/dsse.h"

#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;

TEST_CASE("The DSSE pre-authentication encoding is that of the protocol's example") {
    // Goal: the example of the DSSE protocol document, letter by letter.
    CHECK(to_string(dsse_pae("http://example.com/HelloWorld", view_of("hello world"))) ==
          "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    CHECK(to_string(dsse_pae("", ByteView{})) == "DSSEv1 0  0 ");
}

TEST_CASE("The DSSE pre-authentication encoding agrees with other code") {
    // Goal: lengths count bytes, not characters, and bodies may hold any byte.
    const boost::json::value vectors = testing::own_vectors("dsse.json");
    for (const auto& vector : vectors.at("cases").as_array()) {
        const Bytes encoded =
            dsse_pae(testing::text_at(vector, "type"), testing::hex_at(vector, "body"));
        CHECK(encoded == testing::hex_at(vector, "pae"));
    }
}

TEST_CASE("Moving a byte between type and body changes what is signed") {
    // Goal: the two parts cannot be shifted against each other.
    CHECK(dsse_pae("ab", view_of("c")) != dsse_pae("a", view_of("bc")));
    CHECK(dsse_pae("a 1 b", view_of("")) != dsse_pae("a", view_of("b 0 ")));
}
