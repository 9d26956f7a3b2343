#include "node/recovery.h"

#include "ledger/genesis.h"
#include "storage/state_store.h"
#include "tests/support/catch.h"

using namespace tally;
using node::RecoveryDocument;
using node::RecoveryManifest;

namespace {

RecoveryManifest sample() {
    RecoveryManifest manifest;
    manifest.network = crypto::domain_hash("test network", {});
    manifest.decided = consensus::Millis(1'700'000'000'000);
    manifest.nodes = {1, 2, 5};
    manifest.index = consensus::Index(70);
    manifest.term = consensus::Term(4);
    manifest.hash = crypto::domain_hash("block", {});
    manifest.begin = consensus::Term(9000);
    return manifest;
}

}  // namespace

TEST_CASE("a recovery manifest decodes to what was encoded, and to nothing else") {
    const Bytes bytes = node::encode_recovery(sample());
    REQUIRE(node::decode_recovery(bytes));
    CHECK(*node::decode_recovery(bytes) == sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        REQUIRE_FALSE(node::decode_recovery(ByteView(bytes).first(size)));
    }
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(node::decode_recovery(longer));
    RecoveryManifest twice = sample();
    twice.nodes = {1, 1};
    CHECK_FALSE(node::decode_recovery(node::encode_recovery(twice)));
    twice.nodes = {};
    CHECK_FALSE(node::decode_recovery(node::encode_recovery(twice)));
    RecoveryManifest old = sample();
    old.begin = old.term;
    CHECK_FALSE(node::decode_recovery(node::encode_recovery(old)));
}

TEST_CASE("its document carries signatures, one of each key, and refuses what is none") {
    RecoveryDocument document{sample(), {}};
    const auto key = crypto::SecretKey::generate();
    document.sign(key);
    document.sign(key);
    const std::string text = node::encode_recovery_document(document);
    const auto read = node::decode_recovery_document(text);
    REQUIRE(read);
    CHECK(read->manifest == sample());
    REQUIRE(read->signatures.size() == 1);
    CHECK(crypto::verify(key.public_key(), sample().signed_bytes(), read->signatures[0].signature));
    CHECK_FALSE(node::decode_recovery_document("{}"));
    CHECK_FALSE(node::decode_recovery_document("[" + text + "]"));
    CHECK_FALSE(node::decode_recovery_document(text.substr(0, text.size() / 2)));
    std::string more = text;
    more.insert(1, "\"x\": 1, ");
    CHECK_FALSE(node::decode_recovery_document(more));
}

TEST_CASE("a quorum is more than half of the members that govern, each counted once") {
    ledger::Genesis genesis;
    genesis.name = "test";
    genesis.origin_base = "log.example/test";
    std::vector<crypto::SecretKey> keys;
    for (const char* name : {"a", "b", "c"}) {
        keys.push_back(crypto::SecretKey::generate());
        ledger::GenesisMember member;
        member.name = name;
        member.id = ledger::member_id_of(name);
        member.roles = static_cast<std::uint16_t>(ledger::Role::governance);
        member.keys = {keys.back().public_key()};
        genesis.members.push_back(member);
    }
    keys.push_back(crypto::SecretKey::generate());
    genesis.members[0].keys.push_back(keys[3].public_key());
    std::sort(genesis.members.begin(), genesis.members.end(),
              [](const auto& left, const auto& right) { return left.id < right.id; });
    const auto state = storage::make_memory_state_store(genesis);
    const auto view = state->view();
    RecoveryDocument document{sample(), {}};
    const auto enough = [&] { return node::check_recovery_quorum(document, *view, 1).has_value(); };
    CHECK_FALSE(enough());
    document.sign(keys[0]);
    CHECK_FALSE(enough());
    // The same member's other key, and a stranger's.
    document.sign(keys[3]);
    document.sign(crypto::SecretKey::generate());
    CHECK_FALSE(enough());
    RecoveryDocument other = document;
    other.manifest.index = consensus::Index(71);
    other.sign(keys[1]);
    document.signatures.push_back(other.signatures.back());  // of another manifest
    CHECK_FALSE(enough());
    document.sign(keys[1]);
    CHECK(enough());
}
