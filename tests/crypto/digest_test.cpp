#include "crypto/digest.h"

#include <thread>
#include <vector>

#include "base/hex.h"
#include "crypto/errc.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;

TEST_CASE("SHA-256 gives the published digests") {
    // Goal: the examples of FIPS 180 with empty input, one block, two blocks and many.
    CHECK(to_hex(sha256(ByteView{}).view()) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256(view_of("abc")).view()) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(
              sha256(view_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).view()) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(to_hex(sha256(Bytes(1'000'000, 'a')).view()) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("Parts hash as the whole does, wherever it is cut") {
    // Goal: empty parts and cuts inside a block change nothing.
    const Bytes whole(200, 0x5a);
    const ByteView view = whole;
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        CHECK(sha256({view.first(cut), ByteView{}, view.subspan(cut)}) == sha256(whole));
    }
}

TEST_CASE("A domain hash has its prefix, a zero byte and then the parts") {
    // Goal: the prefix is what the formats say, and the purpose changes the digest.
    const Bytes spelled = to_bytes(std::string_view("tally/block/v1\0body", 19));
    CHECK(domain_hash("block", {view_of("bo"), view_of("dy")}) == sha256(spelled));
    CHECK(domain_hash("block", {view_of("body")}) != domain_hash("vote", {view_of("body")}));
}

TEST_CASE("Digests order as their bytes do") {
    // Goal: the order that keys have in storage.
    Digest low;
    Digest high;
    low.bytes[31] = 0xff;
    high.bytes[0] = 0x01;
    CHECK(low < high);
    CHECK(Digest{} < low);
    CHECK(digest_from(high.view()) == high);
}

TEST_CASE("Threads hash at the same time without disturbing each other") {
    // Goal: the context that is reused belongs to one thread.
    const Bytes message(1000, 1);
    const Digest expected = sha256(message);
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (int& count : wrong) {
        threads.emplace_back([&] {
            for (int round = 0; round < 2000; ++round) count += sha256(message) != expected;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("Every code of the folder has a message that is its stable name") {
    // Goal: a code added without a name is seen here.
    CHECK(std::string(category().name()) == "crypto");
    for (int code = static_cast<int>(errc::truncated); code <= static_cast<int>(errc::not_found);
         ++code) {
        CHECK(category().message(code) != "unknown");
    }
    CHECK(make_error_code(errc::bad_proof).message() == "bad_proof");
    CHECK(category().message(999) == "unknown");
}
