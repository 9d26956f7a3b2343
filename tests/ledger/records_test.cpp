#include "ledger/records.h"

#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "ledger/state_digest.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

LineRecord line_sample() {
    LineRecord record{{4, 99}, LineBody{}};
    LineBody& line = *record.body;
    line.status = LineStatus::frozen;
    line.owner = id_of<MemberId>(1);
    line.borrower = id_of<BorrowerId>(2);
    line.currency = {'J', 'P', 'Y'};
    line.limit = 700;
    line.used = 500;
    line.valid_from = 1;
    line.valid_to = 2;
    line.contracts = 3;
    line.last_contract = id_of<ContractId>(4);
    line.previous = id_of<LineId>(5);
    return record;
}

ContractRecord contract_sample() {
    ContractRecord record{{2, 7}, ContractBody{}};
    ContractBody& contract = *record.body;
    contract.line = id_of<LineId>(1);
    contract.borrower = id_of<BorrowerId>(2);
    contract.owner = id_of<MemberId>(3);
    contract.currency = {'C', 'N', 'Y'};
    contract.terms = {ScheduleMethod::equal_principal_fee_last, 100'000, 5000, 3, 19'753};
    contract.shares = {{id_of<MemberId>(4), 400'000}, {id_of<MemberId>(5), 600'000}};
    contract.paid = {{500, 33'333}, {10, 0}, {0, 0}};
    contract.payments = 2;
    contract.previous = id_of<ContractId>(6);
    return record;
}

template <typename Record, typename Decode>
void round_trip(const Record& record, Decode decode) {
    const Bytes bytes = encode_record(record);
    const Result<Record> decoded = decode(bytes);
    REQUIRE(decoded);
    CHECK(*decoded == record);
    CHECK(encode_record(*decoded) == bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const Result<Record> cut = decode(ByteView(bytes).first(size));
        REQUIRE_FALSE(cut);
        REQUIRE(cut.error().code == errc::corrupt_record);
    }
    Bytes changed = bytes;
    changed[0] = 2;
    CHECK_FALSE(decode(changed));
    changed = bytes;
    changed.push_back(0);
    CHECK_FALSE(decode(changed));
}

}  // namespace

TEST_CASE("Records of each kind come back", "[ledger][records]") {
    // Goal: decode(encode(x)) == x, with and without a body; truncation is corrupt_record.
    round_trip(line_sample(), decode_line);
    round_trip(LineRecord{{1, 5}, std::nullopt}, decode_line);
    round_trip(contract_sample(), decode_contract);
    round_trip(ContractRecord{}, decode_contract);
    round_trip(BorrowerRecord{{3, 8}, BorrowerBody{2, id_of<LineId>(1)}}, decode_borrower);
    round_trip(BorrowerRecord{{3, 8}, BorrowerBody{}}, decode_borrower);
    MemberRecord member{{1, 1}, MemberBody{"lender", 3, {}}};
    member.body->keys.push_back({key_of(1, "k").public_key(), 5, 9});
    round_trip(member, decode_member);
    round_trip(IdRecord{crypto::sha256(ByteView{}), 12, Outcome::expired, 4}, decode_id);
    round_trip(SourceRecord{12, id_of<ContractId>(3)}, decode_source);
}

TEST_CASE("A record that contradicts itself is corrupt", "[ledger][records]") {
    // Goal: what the rules rely on is checked when it is read.
    LineRecord line = line_sample();
    line.body->used = -1;
    CHECK_FALSE(decode_line(encode_record(line)));
    line = line_sample();
    line.body->limit = -1;
    CHECK_FALSE(decode_line(encode_record(line)));
    for (const RowPaid paid :
         {RowPaid{501, 0}, RowPaid{-1, 0}, RowPaid{0, 33'334}, RowPaid{0, -1}}) {
        ContractRecord contract = contract_sample();
        contract.body->paid[1] = paid;
        CHECK_FALSE(decode_contract(encode_record(contract)));
    }
    for (const ScheduleTerms terms :
         {ScheduleTerms{ScheduleMethod::equal_principal_fee_last, 0, 0, 3, 0},
          ScheduleTerms{ScheduleMethod::equal_principal_fee_last, 1, 0, 37, 0},
          ScheduleTerms{static_cast<ScheduleMethod>(2), 1, 0, 1, 0}}) {
        ContractRecord contract = contract_sample();
        contract.body->terms = terms;
        CHECK_FALSE(decode_contract(encode_record(contract)));
    }
}

TEST_CASE("Heads are read without the body", "[ledger][records]") {
    // Goal: one function for accounts of every class.
    CHECK(decode_head(encode_record(line_sample())).value() == AccountHead{4, 99});
    CHECK(decode_head(encode_record(contract_sample())).value() == AccountHead{2, 7});
    CHECK(decode_head(Bytes(16, 1)).error().code == errc::corrupt_record);
    CHECK(decode_head(Bytes(17, 2)).error().code == errc::corrupt_record);
}

TEST_CASE("Keys of different kinds never meet", "[ledger][records]") {
    // Goal: the first byte tells them apart, and the rest is what it says.
    CHECK(genesis_key() == Bytes{0});
    CHECK(account_key(AccountClass::line, {}).size() == 17);
    CHECK(account_key(AccountClass::line, {}) != account_key(AccountClass::contract, {}));
    CHECK(id_key({}, {}).size() == 33);
    CHECK(id_key({}, {})[0] == 0x10);
    CHECK(source_key({}, "ab").size() == 19);
    CHECK(source_key({}, "ab")[0] == 0x11);
}

TEST_CASE("Outstanding is what was agreed less what was paid", "[ledger][records]") {
    // Goal: the rows that allocation works on.
    const auto rows = contract_sample().body->outstanding();
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].fee == 0);
    CHECK(rows[0].principal == 0);
    CHECK(rows[1].fee == 490);
    CHECK(rows[2].principal == 33'334);
    CHECK(payable_of(rows) == 101'500 - 33'843);
}

TEST_CASE("The state digest is a sum that can be taken back", "[ledger][records]") {
    // Goal: order does not matter, removal undoes adding, carries run through, keys and values
    // are told apart.
    const Bytes a{1};
    const Bytes b{2, 3};
    StateDigest one{crypto::Digest{}};
    one.add(a, b);
    one.add(b, a);
    StateDigest other{crypto::Digest{}};
    other.add(b, a);
    other.add(a, b);
    CHECK(one.sum() == other.sum());
    one.remove(a, b);
    one.remove(b, a);
    CHECK(one.sum() == crypto::Digest{});
    other.remove(b, a);
    CHECK(other.sum() == record_hash(a, b));
    CHECK(record_hash(Bytes{1, 2}, Bytes{3}) != record_hash(Bytes{1}, Bytes{2, 3}));

    crypto::Digest full;
    full.bytes.fill(0xFF);
    StateDigest carry(full);
    carry.add(a, b);
    carry.remove(a, b);
    CHECK(carry.sum() == full);
    StateDigest below{crypto::Digest{}};
    below.remove(a, b);
    below.add(a, b);
    CHECK(below.sum() == crypto::Digest{});
}

TEST_CASE("The ledger head comes back", "[ledger][records]") {
    // Goal: round trip and truncation.
    LedgerHead head;
    head.entry_count = 5;
    head.state_digest.bytes[31] = 7;
    head.rules_version = 3;
    head.configuration_index = 2;
    head.time = Millis(-5);
    const Bytes bytes = head.encode();
    CHECK(LedgerHead::decode(bytes).value() == head);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK(LedgerHead::decode(ByteView(bytes).first(size)).error().code == errc::corrupt_record);
    }
}
