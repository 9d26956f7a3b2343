#include "ledger/genesis.h"

#include "base/hex.h"
#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "ledger/records.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

/// Changes a good genesis and decodes its bytes again.
template <typename Change>
std::error_code after(Change change) {
    Genesis genesis = Cast().genesis();
    change(genesis);
    const auto decoded = Genesis::decode(genesis.encode());
    if (decoded) return {};
    CHECK_FALSE(decoded.error().context.empty());
    return decoded.error().code;
}

}  // namespace

TEST_CASE("Genesis round trip and names of the network", "[ledger][genesis]") {
    // Goal: bytes, id and origin, and look-ups.
    const Cast cast;
    const Genesis& genesis = cast.genesis();
    const Bytes bytes = genesis.encode();
    const Genesis decoded = Genesis::decode(bytes).value();
    CHECK(decoded.encode() == bytes);
    CHECK(decoded.network_id() == crypto::domain_hash("genesis", {bytes}));
    CHECK(decoded.origin() == "tallystick.example/test/" + to_hex(cast.network().view()));
    CHECK(decoded.member(cast.funder().id)->name == "funder");
    CHECK(decoded.member_named("funder")->id == cast.funder().id);
    CHECK(decoded.member(cast.stranger().id) == nullptr);
    CHECK(decoded.member_named("nobody") == nullptr);
    CHECK(Cast({.seed = 2}).network() != cast.network());
}

TEST_CASE("Truncated or extended anywhere, a genesis is malformed", "[ledger][genesis]") {
    // Goal: the decoder is total and takes nothing less or more.
    const Bytes whole = Cast().genesis().encode();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto decoded = Genesis::decode(ByteView(whole).first(size));
        REQUIRE_FALSE(decoded);
        REQUIRE(decoded.error().code == errc::malformed);
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(Genesis::decode(longer).error().code == errc::malformed);
    Bytes version = whole;
    version[0] = 2;
    CHECK(Genesis::decode(version).error().code == errc::malformed);
}

TEST_CASE("Settings of a genesis have bounds", "[ledger][genesis]") {
    // Goal: each rule, refused by name.
    CHECK_FALSE(after([](Genesis&) {}));
    for (const char* name : {"", "Upper", "with space", "under_score"}) {
        CHECK(after([&](Genesis& g) { g.name = name; }) == errc::bad_genesis);
        CHECK(after([&](Genesis& g) { g.nodes[0].name = name; }) == errc::bad_genesis);
    }
    CHECK(after([](Genesis& g) { g.name = std::string(33, 'a'); }) == errc::malformed);
    for (const char* base : {"", "a b", "a+b", "example/", "\x7F"}) {
        CHECK(after([&](Genesis& g) { g.origin_base = base; }) == errc::bad_genesis);
    }
    CHECK(after([](Genesis& g) { g.calendar = ""; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.calendar = "Asia Shanghai"; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.rules_version = 0; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.created = Millis(-1); }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.submission_bytes_max = 4095; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.submission_bytes_max = (2 << 20) + 1; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.transactions_max = 0; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.transactions_max = 8191; }) == errc::bad_genesis);
    CHECK_FALSE(after([](Genesis& g) { g.transactions_max = 8190; }));
}

TEST_CASE("Members of a genesis have bounds", "[ledger][genesis]") {
    // Goal: names, ids, roles and keys, and their order.
    CHECK(after([](Genesis& g) { g.members.clear(); }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.members[0].id.bytes[3] ^= 1; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.members[0].name += "x"; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.members[0].roles = 0; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.members[0].roles = 1 << 9; }) == errc::bad_genesis);
    CHECK_FALSE(after([](Genesis& g) { g.members[0].roles = (1 << 9) - 1; }));
    CHECK(after([](Genesis& g) { g.members[0].keys.clear(); }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { std::swap(g.members[0], g.members[1]); }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.members[1] = g.members[0]; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.members[1].keys = g.members[0].keys; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.members[0].keys.push_back(g.members[0].keys[0]); }) ==
          errc::bad_genesis);
    const auto with_keys = [](std::size_t count) {
        return after([count](Genesis& g) {
            g.members[0].keys.clear();
            for (std::size_t index = 0; index < count; ++index) {
                g.members[0].keys.push_back(key_of(index, "more").public_key());
            }
        });
    };
    CHECK_FALSE(with_keys(16));
    CHECK(with_keys(17) == errc::malformed);
}

TEST_CASE("Nodes of a genesis have bounds", "[ledger][genesis]") {
    // Goal: ids, names and the purpose of each key.
    CHECK(after([](Genesis& g) { g.nodes.clear(); }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.nodes[0].id = 0; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.nodes[2].id = 16; }) == errc::bad_genesis);
    CHECK_FALSE(after([](Genesis& g) { g.nodes[2].id = 15; }));
    CHECK(after([](Genesis& g) { g.nodes[1].id = g.nodes[0].id; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { std::swap(g.nodes[0], g.nodes[1]); }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.nodes[1].name = g.nodes[0].name; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.nodes[0].log_key = g.nodes[0].tls_key; }) == errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.nodes[0].statement_key = g.members[0].keys[0]; }) ==
          errc::bad_genesis);
    CHECK(after([](Genesis& g) { g.nodes[0].cosignature_key = g.nodes[1].cosignature_key; }) ==
          errc::bad_genesis);
    CHECK_FALSE(Genesis::decode(Cast({.nodes = 15}).genesis().encode()).has_value() == false);
}

TEST_CASE("The first state has the genesis and every member", "[ledger][genesis]") {
    // Goal: records, head and digest before the first block.
    const Cast cast;
    const GenesisState state = initial_state(cast.genesis());
    CHECK(state.head.entry_count == 0);
    CHECK(state.head.rules_version == kRulesVersion);
    CHECK(state.head.time == cast.genesis().created);
    REQUIRE(state.changes.size() == 50);
    CHECK(state.changes[0].key == genesis_key());
    for (std::size_t index = 1; index < state.changes.size(); ++index) {
        CHECK(state.changes[index - 1].key < state.changes[index].key);
    }
    MemoryRecords records;
    records.apply(state.changes);
    CHECK(records.digest() == state.head.state_digest);
    const MemberRecord member = read_member(records, cast.servicer().id).value().value();
    CHECK(member.body->name == "servicer");
    CHECK(member.body->has(Role::servicer));
    CHECK_FALSE(member.body->has(Role::originator));
    CHECK(member.body->key_valid(cast.servicer().key.public_key(), 0));
    CHECK(member.body->key_valid(cast.servicer().key.public_key(), ~std::uint64_t{0} - 1));
    CHECK_FALSE(member.body->key_valid(cast.funder().key.public_key(), 1));
    CHECK(member.head.count == 0);
    CHECK(LedgerHead::decode(state.head.encode()).value() == state.head);
}
