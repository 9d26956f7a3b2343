#include "tests/support/format_world.h"

#include "base/hex.h"
#include "crypto/merkle.h"
#include "ledger/records.h"
#include "ledger/state_digest.h"
#include "tests/support/catch.h"

namespace tally::testing {

using namespace tally::ledger;

namespace {

crypto::SecretKey seeded(std::uint8_t byte) {
    return crypto::SecretKey::from_seed(Bytes(32, byte)).value();
}

Genesis example_genesis() {
    Genesis genesis;
    genesis.name = "example";
    genesis.origin_base = "log.example/credit";
    genesis.calendar = "Asia/Shanghai";
    genesis.created = Millis(1'700'000'000'000);
    genesis.members = {{member_id_of("lender"),
                        "lender",
                        static_cast<std::uint16_t>(Role::originator),
                        {seeded(1).public_key()}}};
    genesis.nodes = {{1, "node-1", seeded(2).public_key(), seeded(3).public_key(),
                      seeded(4).public_key(), seeded(5).public_key()}};
    return genesis;
}

Transaction example_transaction() {
    Transaction transaction;
    transaction.id.bytes.fill(0xA1);
    transaction.business_date = 19'753;
    transaction.value_date = 19'753;
    LimitGrant grant;
    grant.line.bytes.fill(0xB2);
    grant.borrower.bytes.fill(0xC3);
    grant.currency = "CNY";
    grant.limit = 150'000;
    grant.valid_from = 19'753;
    grant.valid_to = 20'118;
    transaction.body = grant;
    return transaction;
}

Bytes value_of(const std::vector<RecordChange>& changes, const Bytes& key) {
    for (const RecordChange& change : changes) {
        if (change.key == key) return change.value.value();
    }
    return {};
}

std::array<std::uint8_t, 16> id_bytes(std::uint8_t byte) {
    std::array<std::uint8_t, 16> bytes{};
    bytes.fill(byte);
    return bytes;
}

}  // namespace

void FormatWorld::put(const std::string& name, ByteView bytes) { examples_[name] = to_hex(bytes); }

FormatWorld::FormatWorld() : genesis_(example_genesis()), initial_(initial_state(genesis_)) {
    put("genesis", genesis_.encode());
    put("network id", genesis_.network_id().view());
    put("member id", genesis_.members[0].id.bytes);
    put("origin", view_of(genesis_.origin()));
    records_.apply(initial_.changes);
    put("first head", initial_.head.encode());
    submit();
    apply();
    seal();
}

void FormatWorld::submit() {
    const Bytes transaction = encode_transaction(example_transaction());
    const crypto::SecretKey key = seeded(1);
    const SigningKey keys[] = {{genesis_.members[0].id, &key}};
    const Submission submission = sign_submission(genesis_.network_id(), std::span(&transaction, 1),
                                                  keys, false, Millis(1'700'000'060'000));
    put("transaction", transaction);
    put("transaction leaf hash", crypto::leaf_hash(transaction).view());
    put("submission header", submission.header);
    put("signed bytes", SubmissionHeader::signed_bytes(submission.header));
    put("signature", submission.signatures[0].view());
    submissions_ = {share(submission.encode()), share({0xFF})};
    put("submission", *submissions_[0]);
    put("submission digest", crypto::domain_hash("submission", {*submissions_[0]}).view());
    put("payload", encode_payload(submissions_));
}

consensus::Block FormatWorld::make(std::uint64_t index, consensus::BlockKind kind, Bytes payload,
                                   const crypto::Digest& previous) const {
    consensus::BlockHeader header;
    header.network = genesis_.network_id();
    header.index = consensus::Index(index);
    header.term = consensus::Term(1);
    header.time = Millis(1'700'000'001'000 + static_cast<std::int64_t>(index) * 1000);
    header.kind = kind;
    header.previous = previous;
    return consensus::make_block(header, share(std::move(payload)));
}

void FormatWorld::apply() {
    block_ = make(1, consensus::BlockKind::submissions, encode_payload(submissions_),
                  genesis_.network_id());
    put("payload hash", block_.header.payload_hash.view());
    put("block header", block_.header.encode());
    put("block hash", block_.hash.view());
    std::vector<CheckedSubmission> checked;
    for (const SharedBytes& bytes : submissions_) {
        checked.push_back(check_submission(bytes, genesis_.network_id(), {}));
    }
    const BlockInput input{1, block_.hash, block_.header.time, BlockInput::Kind::submissions,
                           checked};
    first_ = apply_block(input, initial_.head, records_).value();
    const BlockResult& result = first_;
    REQUIRE(result.submissions[0].transactions[0].outcome == Outcome::accepted);
    records_.apply(result.changes);
    put("header entry", result.entries.at(0));
    put("transaction entry", result.entries.at(1));
    put("invalid entry", result.entries.at(2));
    put("recipe", result.recipe);
    put("head", result.head.encode());
    put_records(result.changes);
}

void FormatWorld::put_records(const std::vector<RecordChange>& changes) {
    const Bytes line = account_key(AccountClass::line, id_bytes(0xB2));
    const Bytes id = id_key(genesis_.members[0].id, {id_bytes(0xA1)});
    put("line key", line);
    put("line record", value_of(changes, line));
    put("line record hash", record_hash(line, value_of(changes, line)).view());
    put("id key", id);
    put("id record", value_of(changes, id));
    const Bytes borrower = account_key(AccountClass::borrower, id_bytes(0xC3));
    put("borrower record", value_of(changes, borrower));
    const Bytes member = account_key(AccountClass::member, genesis_.members[0].id.bytes);
    put("member record", value_of(changes, member));
}

void FormatWorld::seal() {
    seal_block_ = make(2, consensus::BlockKind::seal, {}, block_.hash);
    const BlockInput input{
        2, seal_block_.hash, seal_block_.header.time, BlockInput::Kind::seal, {}};
    seal_ = apply_block(input, first_.head, records_).value();
    put("seal entry", seal_.entries.at(0));
    put("seal recipe", seal_.recipe);
}

}  // namespace tally::testing
