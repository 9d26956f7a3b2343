#include <fstream>
#include <map>
#include <sstream>

#include "base/hex.h"
#include "consensus/block.h"
#include "crypto/merkle.h"
#include "ledger/ledger.h"
#include "ledger/records.h"
#include "ledger/state_digest.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;

// The worked examples of docs/FORMAT.md: one small network, one submission, one block, one seal.
// Every block of the document that begins with `example NAME` is compared with what the code makes.
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

using Examples = std::map<std::string, std::string>;

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

/// Block 1 with one submission and one that is no submission, block 2 with a seal.
class World {
public:
    World();
    const Examples& examples() const { return examples_; }

private:
    void put(const std::string& name, ByteView bytes) { examples_[name] = to_hex(bytes); }
    void submit();
    void apply();
    void put_records(const std::vector<RecordChange>& changes);
    void seal();
    consensus::Block make(std::uint64_t index, consensus::BlockKind kind, Bytes payload,
                          const crypto::Digest& previous) const;

    Genesis genesis_ = example_genesis();
    GenesisState initial_ = initial_state(genesis_);
    testing::MemoryRecords records_;
    LedgerHead head_;
    std::vector<SharedBytes> submissions_;
    consensus::Block block_;
    Examples examples_;
};

World::World() {
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

void World::submit() {
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

consensus::Block World::make(std::uint64_t index, consensus::BlockKind kind, Bytes payload,
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

void World::apply() {
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
    const BlockResult result = apply_block(input, initial_.head, records_).value();
    REQUIRE(result.submissions[0].transactions[0].outcome == Outcome::accepted);
    records_.apply(result.changes);
    head_ = result.head;
    put("header entry", result.entries.at(0));
    put("transaction entry", result.entries.at(1));
    put("invalid entry", result.entries.at(2));
    put("recipe", result.recipe);
    put("head", head_.encode());
    put_records(result.changes);
}

void World::put_records(const std::vector<RecordChange>& changes) {
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

void World::seal() {
    const consensus::Block block = make(2, consensus::BlockKind::seal, {}, block_.hash);
    const BlockInput input{2, block.hash, block.header.time, BlockInput::Kind::seal, {}};
    const BlockResult result = apply_block(input, head_, records_).value();
    put("seal entry", result.entries.at(0));
    put("seal recipe", result.recipe);
}

std::ifstream open_document(const std::string& name) {
    return std::ifstream(std::string(TALLY_SOURCE_DIR) + "/docs/" + name);
}

/// Hexadecimal digits at the start of a line, up to the first word of the remark behind them.
std::string digits_of(const std::string& line) {
    const std::size_t remark = line.find("  ");
    std::string digits;
    for (const char character : line.substr(0, remark)) {
        if (character != ' ') digits.push_back(character);
    }
    return digits;
}

/// Fenced blocks whose first line is `example NAME`.
Examples documented() {
    std::ifstream file = open_document("FORMAT.md");
    REQUIRE(file);
    Examples examples;
    std::string name;
    bool fenced = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("```", 0) == 0) {
            fenced = !fenced;
            name.clear();
        } else if (fenced && line.rfind("example ", 0) == 0) {
            name = line.substr(8);
            REQUIRE(examples.emplace(name, "").second);
        } else if (fenced && !name.empty()) {
            examples[name] += digits_of(line);
        }
    }
    return examples;
}

}  // namespace

TEST_CASE("The examples of docs/FORMAT.md are what the code makes", "[ledger][format]") {
    // Goal: the document cannot drift from the bytes, and no example is left untested.
    const Examples expected = World().examples();
    const Examples found = documented();
    for (const auto& [name, digits] : expected) {
        INFO("example " << name << "\n" << digits);
        CHECK(found.count(name) == 1);
        if (found.count(name) == 1) CHECK(found.at(name) == digits);
    }
    CHECK(found.size() == expected.size());
}

TEST_CASE("The outcome table of docs/FORMAT.md is the table of the code", "[ledger][format]") {
    // Goal: numbers and codes, row by row, none missing.
    std::ifstream file = open_document("FORMAT.md");
    REQUIRE(file);
    std::map<unsigned, std::string> rows;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("| number | code |", 0) == 0) inside = true;
        if (line.empty()) inside = false;
        if (!inside || line.rfind("| ", 0) != 0) continue;
        std::istringstream cells(line);
        std::string bar;
        unsigned number = 0;
        std::string code;
        if (!(cells >> bar >> number >> bar >> code)) continue;
        REQUIRE(code.size() > 2);
        rows[number] = code.substr(1, code.size() - 2);
    }
    CHECK(rows.size() == 31);
    for (const auto& [number, code] : rows) {
        const auto outcome = outcome_from(static_cast<std::uint16_t>(number));
        REQUIRE(outcome);
        CHECK(code == outcome_code(*outcome));
    }
}

TEST_CASE("docs/CREDIT.md refuses with outcomes that exist", "[ledger][format]") {
    // Goal: every code in its tables is a code of the table, and every rule's code has a row.
    std::ifstream file = open_document("CREDIT.md");
    REQUIRE(file);
    std::map<std::string, unsigned> codes;
    for (std::uint16_t number = 0; outcome_from(number); ++number) {
        codes[std::string(outcome_code(*outcome_from(number)))] = 0;
    }
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("| refused when |", 0) == 0) inside = true;
        if (line.empty()) inside = false;
        const std::size_t end = line.rfind("` |");
        if (!inside || end == std::string::npos) continue;
        const std::size_t begin = line.rfind('`', end - 1) + 1;
        const std::string code = line.substr(begin, end - begin);
        INFO(code);
        REQUIRE(codes.count(code) == 1);
        ++codes.at(code);
    }
    // The first six belong to every type; 9 is reserved; 30 is no refusal.
    for (std::uint16_t number = 6; number < 30; ++number) {
        const std::string code(outcome_code(*outcome_from(number)));
        INFO(code);
        CHECK((codes.at(code) > 0) == (code != "currency_differs"));
    }
}
