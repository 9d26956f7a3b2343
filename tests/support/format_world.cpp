#include "tests/support/format_world.h"

#include "base/hex.h"
#include "crypto/merkle.h"
#include "ledger/double_entry.h"
#include "ledger/opened_days.h"
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

std::array<std::uint8_t, 16> id_bytes(std::uint8_t byte) {
    std::array<std::uint8_t, 16> bytes{};
    bytes.fill(byte);
    return bytes;
}

Transaction example_transaction() {
    Transaction transaction;
    transaction.id = {id_bytes(0xA1)};
    transaction.business_date = 19'753;
    transaction.value_date = 19'753;
    ModelRegister model;
    model.model = {id_bytes(0xB2)};
    model.name = "scorecard 7";
    model.commitment.bytes.fill(0xC3);
    transaction.body = model;
    return transaction;
}

constexpr Day kDay = 19'753;  // 2024-01-31

/// A line with one authorisation open and one contract.
LineRecord example_line(const MemberId& owner) {
    LineRecord record{{3, 9}, {}};
    LineBody& line = record.body.emplace();
    line.owner = owner;
    line.borrower = {id_bytes(0xD4)};
    line.currency = {'C', 'N', 'Y'};
    line.limit = 150'000;
    line.used = 66'667;
    line.reserved = 5'000;
    line.valid_from = kDay;
    line.valid_to = 20'118;
    line.assessment = {id_bytes(0xE5)};
    line.band = 1;
    line.contracts = 1;
    line.last_contract = {id_bytes(0xF6)};
    line.last_authorisation = {id_bytes(0xA7)};
    line.events = {{LineChange::grant, 5, kDay, 150'000}};
    return record;
}

/// 100000 over three months, one payment.
ContractRecord example_contract(const MemberId& owner) {
    ContractRecord record{{2, 9}, {}};
    ContractBody& contract = record.body.emplace();
    contract.line = {id_bytes(0xC4)};
    contract.borrower = {id_bytes(0xD4)};
    contract.originator = owner;
    contract.currency = {'C', 'N', 'Y'};
    contract.product = {id_bytes(0x02)};
    contract.ruleset = {id_bytes(0x01)};
    contract.terms.principal = 100'000;
    contract.terms.rate_ppm = 5'000;
    contract.terms.periods = 3;
    contract.terms.anchor = kDay;
    contract.apr_ppm = 89'777;
    contract.shares = {{{id_bytes(0x0F)}, 1'000'000}};
    contract.servicer = {id_bytes(0xC6)};
    contract.events.resize(2);
    contract.events[0].entry = 6;
    contract.events[0].business_date = kDay;
    contract.events[0].value_date = kDay;
    contract.events[0].booked_on = kDay;
    contract.events[1].kind = EventKind::repayment;
    contract.events[1].entry = 9;
    contract.events[1].business_date = 19'782;
    contract.events[1].value_date = 19'782;
    contract.events[1].booked_on = 19'782;
    contract.events[1].amount = 33'833;
    return record;
}

AuthorisationRecord example_authorisation() {
    AuthorisationRecord record;
    record.line = {id_bytes(0xC4)};
    record.amount = 5'000;
    record.expires = 19'760;
    record.opened = kDay;
    record.entry = 7;
    return record;
}

/// A mandate of the contract, under which one debit failed and one is on its way.
MandateRecord example_mandate() {
    MandateRecord record;
    record.terms = {{id_bytes(0x1A)}, {id_bytes(0xF6)}, 40'000, kDay, 20'118, {}};
    record.terms.commitment.bytes.fill(0xCA);
    record.entry = 10;
    record.provider = {id_bytes(0xBA)};
    record.value_date = kDay;
    record.open = {{19'813, 33'833, {id_bytes(0x2B)}}};
    record.last_debit = DebitId{id_bytes(0x2B)};
    return record;
}

DebitRecord example_debit() {
    DebitRecord record;
    record.terms = {{id_bytes(0x1B)}, {id_bytes(0x1A)}, 33'833, 19'782};
    record.entry = 11;
    record.status = DebitStatus::failed;
    record.result_date = 19'782;
    record.result_entry = 12;
    record.reason = "no money";
    return record;
}

ContactsRecord example_contacts() { return {{{kDay, 3}, {kDay + 1, 1}}}; }

/// The servicer recorded it, the lender answered.
ComplaintRecord example_complaint() {
    ComplaintRecord record;
    record.terms = {{id_bytes(0x81)}, {id_bytes(0xF6)}, ComplaintCategory::collection, {}};
    record.terms.commitment.bytes.fill(0xCE);
    record.entry = 13;
    record.owner = {id_bytes(0xC6)};
    record.value_date = kDay;
    ComplaintRecord::Answer& answer = record.answer.emplace();
    answer.said = {{id_bytes(0x81)}, ComplaintResult::upheld, {}};
    answer.said.commitment.bytes.fill(0xCF);
    answer.owner = member_id_of("lender");
    answer.value_date = kDay + 1;
    answer.entry = 14;
    return record;
}

Bytes example_customer_key() {
    const CustomerId id = customer_id_of(member_id_of("lender"), {id_bytes(0xD4)});
    return registry_key(kCustomerRecord, id.bytes);
}

/// A warning of the line's use, that its owner dismissed.
AlertRecord example_alert(const MemberId& owner) {
    AlertRecord record;
    record.rule = AlertRule::limit_use;
    record.line = {id_bytes(0xC4)};
    record.owner = owner;
    record.entry = 13;
    record.business_date = kDay;
    record.as_of = kDay;
    record.measured = 912'345;
    record.threshold = 900'000;
    record.answers = {{Disposition::dismissed, 14, kDay + 1, "pays its way"}};
    return record;
}

/// Sealed with one contract, which is not sold yet.
PoolRecord example_pool(const MemberId& owner) {
    const PoolId id{id_bytes(0x91)};
    PoolRecord pool;
    pool.terms = {id, "CNY", {id_bytes(0x92)}, {id_bytes(0x0F)}, kDay + 366, 60'000, 5, 100'000};
    pool.entry = 15;
    pool.owner = owner;
    pool.status = PoolStatus::sealed;
    pool.last_on = kDay;
    pool.contracts.append(pool_leaf({id_bytes(0xF6)}));
    pool.live = 1;
    pool.balance = 66'667;
    pool.sealed = {{id, 1, 66'667, pool.contracts.root()}, 17, kDay};
    return pool;
}

DaysRecord example_days() {
    DaysRecord record;
    record.last_closed = kDay;
    record.open = {kDay + 1};
    record.used = record.open;
    record.books = {{{id_bytes(0xC3)}, {'C', 'N', 'Y'}}};
    return record;
}

TotalsRecord example_totals() {
    TotalsRecord record;
    const auto at = [&record](BookAccount account) -> Amount& {
        return record.balances.at(static_cast<std::size_t>(account) - 1);
    };
    at(BookAccount::receivable_principal) = 100'000;
    at(BookAccount::merchant_payable) = -100'000;
    return record;
}

Bytes value_of(const std::vector<RecordChange>& changes, const Bytes& key) {
    for (const RecordChange& change : changes) {
        if (change.key == key) return change.value.value();
    }
    return {};
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
    const MemberId& owner = genesis_.members[0].id;
    const Bytes id = id_key(owner, {id_bytes(0xA1)});
    put("id key", id);
    put("id record", value_of(changes, id));
    const Bytes model = registry_key(kModelRecord, id_bytes(0xB2));
    put("model key", model);
    put("model record", value_of(changes, model));
    put("model record hash", record_hash(model, value_of(changes, model)).view());
    put("member record", value_of(changes, account_key(AccountClass::member, owner.bytes)));
    put("line key", account_key(AccountClass::line, id_bytes(0xC4)));
    put("line record", encode_record(example_line(owner)));
    put("contract record", encode_record(example_contract(owner)));
    BorrowerRecord borrower{{4, 9}, BorrowerBody{1, LineId{id_bytes(0xC4)}}};
    put("borrower record", encode_record(borrower));
    put("authorisation record", encode_record(example_authorisation()));
    put("mandate record", encode_record(example_mandate()));
    put("debit record", encode_record(example_debit()));
    put("contacts record", encode_record(example_contacts()));
    put("complaint record", encode_record(example_complaint()));
    put("customer key", example_customer_key());
    put("customer record", encode_record(CustomerRecord{1, 1}));
    put("alert record", encode_record(example_alert(owner)));
    put("pool record", encode_record(example_pool(owner)));
    put("days record", encode_record(example_days()));
    put("opened day key", opened_day_key(kDay));
    put("opened day record", encode_record(OpenedDayRecord{12}));
    put("totals key", totals_key({{id_bytes(0xC3)}, {'C', 'N', 'Y'}}, kClosedDays));
    put("totals record", encode_record(example_totals()));
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
