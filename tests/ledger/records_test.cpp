#include "ledger/records.h"

#include <limits>
#include <set>

#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "ledger/opened_days.h"
#include "ledger/state_digest.h"
#include "ledger/usual_terms.h"
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
    line.reserved = 30;
    line.valid_from = 1;
    line.valid_to = 2;
    line.assessment = id_of<AssessmentId>(6);
    line.band = 255;
    line.contracts = 3;
    line.last_contract = id_of<ContractId>(4);
    line.last_authorisation = id_of<AuthorisationId>(7);
    line.previous = id_of<LineId>(5);
    line.events = {{LineChange::grant, 9, 1, 800}, {LineChange::close, 10, 2, 700}};
    return record;
}

/// One event of each kind, every field that its kind uses at a value of its own.
std::vector<ContractEvent> event_samples() {
    std::vector<ContractEvent> events;
    for (std::uint8_t kind = 1; kind <= kEventKinds; ++kind) {
        ContractEvent& event = events.emplace_back();
        event.kind = static_cast<EventKind>(kind);
        event.entry = 10U + kind;
        event.business_date = 20'000 + kind;
        event.value_date = 19'900 + kind;
        event.booked_on = 20'100 + kind;
    }
    const auto of = [&](EventKind kind) -> ContractEvent& {
        return events[static_cast<std::size_t>(kind) - 1];
    };
    for (const EventKind kind : {EventKind::refund, EventKind::repayment, EventKind::prepay,
                                 EventKind::penalty, EventKind::recovery}) {
        of(kind).amount = 1'000'000'007 + static_cast<Amount>(kind);
    }
    of(EventKind::repayment).reversed_by = 77;
    of(EventKind::repayment).reversed_on = 20'200;
    of(EventKind::recovery).commission = 13;
    of(EventKind::mark).from = 91;
    of(EventKind::mark).bucket = 4;
    of(EventKind::mark).asset_class = 2;
    of(EventKind::waive).parts = {{35, Component::principal, 5}, {0, Component::penalty, 6}};
    of(EventKind::hardship).request = id_of<HardshipId>(8);
    of(EventKind::hardship).stage = HardshipStage::refused;
    of(EventKind::grace).from = 19'950;
    of(EventKind::grace).to = 19'960;
    of(EventKind::grace).request = id_of<HardshipId>(9);
    of(EventKind::reschedule).amounts = {1, 2, 3, 0};
    of(EventKind::reschedule).periods = 36;
    of(EventKind::reschedule).rate_ppm = 4'000;
    of(EventKind::charge_off).amounts = {4, 5, 6, 7};
    for (const EventKind kind :
         {EventKind::pledge, EventKind::release, EventKind::transfer_init,
          EventKind::transfer_settle, EventKind::transfer_cancel, EventKind::transfer_decline,
          EventKind::buyback_init, EventKind::buyback_settle}) {
        of(kind).member = id_of<MemberId>(16);
    }
    of(EventKind::transfer_init).amount = 17;
    of(EventKind::transfer_init).to = 19'970;
    of(EventKind::transfer_settle).amount = 18;
    for (const EventKind kind : {EventKind::pool_add, EventKind::pool_remove,
                                 EventKind::buyback_init, EventKind::buyback_settle}) {
        of(kind).pool = id_of<PoolId>(19);
    }
    of(EventKind::buyback_init).amount = 20;
    of(EventKind::buyback_init).to = 19'980;
    of(EventKind::buyback_settle).amount = 21;
    of(EventKind::debit).amount = 14;
    of(EventKind::debit).debit = id_of<DebitId>(15);
    of(EventKind::contact).channel = ContactChannel::other;
    of(EventKind::contact).minute = 1'439;
    of(EventKind::contact).member = id_of<MemberId>(16);
    return events;
}

ContractRecord contract_sample() {
    ContractRecord record{{2, 7}, ContractBody{}};
    ContractBody& contract = *record.body;
    contract.line = id_of<LineId>(1);
    contract.borrower = id_of<BorrowerId>(2);
    contract.originator = id_of<MemberId>(3);
    contract.currency = {'C', 'N', 'Y'};
    contract.product = id_of<ProductId>(8);
    contract.ruleset = id_of<RulesetId>(9);
    contract.terms = {ScheduleMethod::equal_principal,
                      DayCount::act_365,
                      MonthEnd::roll,
                      Remainder::spread,
                      100'000,
                      5000,
                      3,
                      19'753};
    contract.apr_ppm = 89'777;
    contract.shares = {{id_of<MemberId>(4), 400'000}, {id_of<MemberId>(5), 600'000}};
    contract.previous = id_of<ContractId>(6);
    contract.last_mandate = id_of<MandateId>(7);
    contract.last_complaint = id_of<ComplaintId>(8);
    contract.events = event_samples();
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

/// The same for records that cannot be compared: their bytes must come back.
template <typename Record, typename Decode>
void bytes_come_back(const Record& record, Decode decode) {
    const Bytes bytes = encode_record(record);
    const Result<Record> decoded = decode(bytes);
    REQUIRE(decoded);
    CHECK(encode_record(*decoded) == bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const Result<Record> cut = decode(ByteView(bytes).first(size));
        REQUIRE_FALSE(cut);
        REQUIRE(cut.error().code == errc::corrupt_record);
    }
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(decode(longer));
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

TEST_CASE("Records of the registry and the days come back", "[ledger][records]") {
    // Goal: every field, and truncation is corrupt_record.
    RulesetRecord ruleset{usual_ruleset(id_of<RulesetId>(1)), 12};
    ruleset.terms.principal_first_after = 3;
    ruleset.terms.grace_days = 4;
    ruleset.terms.overpayment = Overpayment::credit;
    bytes_come_back(ruleset, decode_ruleset);
    ProductRecord product{
        usual_product(id_of<ProductId>(2), id_of<RulesetId>(1)), id_of<MemberId>(5), 13, 0, {}};
    product.terms.remainder = Remainder::spread;
    product.terms.prepayment = Prepayment::all_charges;
    bytes_come_back(product, decode_product);
    product.cost_tables = 2;
    product.last_table = id_of<CostTableId>(7);
    bytes_come_back(product, decode_product);
    bytes_come_back(
        ModelRecord{
            {id_of<ModelId>(3), "name", crypto::sha256(ByteView{})}, id_of<MemberId>(5), 14},
        decode_model);
    const Assessment assessment{id_of<AssessmentId>(4),
                                id_of<BorrowerId>(6),
                                id_of<ModelId>(3),
                                crypto::sha256(ByteView{}),
                                7,
                                Decision::approved,
                                "A1",
                                "JPY",
                                900,
                                20'000};
    bytes_come_back(AssessmentRecord{assessment, id_of<MemberId>(5), 800, 15}, decode_assessment);
    round_trip(AuthorisationRecord{AuthorisationStatus::voided, id_of<LineId>(1), 70, 20'000,
                                   19'990, 16, 19'995, 17, id_of<AuthorisationId>(2)},
               decode_authorisation);
    MandateRecord mandate;
    mandate.terms = {id_of<MandateId>(1),       id_of<ContractId>(2), 70, 19'990, 20'000,
                     crypto::sha256(ByteView{})};
    mandate.entry = 18;
    mandate.provider = id_of<MemberId>(3);
    mandate.value_date = 19'991;
    bytes_come_back(mandate, decode_mandate);
    mandate.revoked_on = 19'995;
    mandate.revoked_by = 21;
    mandate.open = {{19'992, 60, id_of<DebitId>(4)}, {19'993, 61, id_of<DebitId>(5)}};
    mandate.last_debit = id_of<DebitId>(5);
    mandate.previous = id_of<MandateId>(6);
    bytes_come_back(mandate, decode_mandate);
    std::swap(mandate.open[0], mandate.open[1]);
    CHECK_FALSE(decode_mandate(encode_record(mandate)));
    bytes_come_back(DebitRecord{{id_of<DebitId>(4), id_of<MandateId>(1), 60, 19'992},
                                19,
                                DebitStatus::failed,
                                19'994,
                                20,
                                "no money",
                                "",
                                id_of<DebitId>(3)},
                    decode_debit);
    bytes_come_back(DebitRecord{}, decode_debit);
    CostTableRecord table;
    table.terms = {id_of<CostTableId>(7),
                   id_of<ProductId>(2),
                   {{"fee", CostCollector::funder, id_of<MemberId>(5), CostBasis::principal, 60'000,
                     CostWhen::normal}}};
    table.entry = 22;
    table.value_date = 19'996;
    bytes_come_back(table, decode_cost_table);
    table.previous = id_of<CostTableId>(6);
    bytes_come_back(table, decode_cost_table);
    bytes_come_back(
        DisclosureRecord{{id_of<DisclosureId>(8), id_of<BorrowerId>(6), id_of<CostTableId>(7),
                          19'996, 12, crypto::sha256(ByteView{})},
                         id_of<MemberId>(5),
                         23,
                         19'997},
        decode_disclosure);
    AlertRecord alert;
    alert.rule = AlertRule::missed_debits;
    alert.line = id_of<LineId>(1);
    alert.contract = id_of<ContractId>(2);
    alert.owner = id_of<MemberId>(3);
    alert.entry = 12;
    alert.business_date = 19'993;
    alert.as_of = 19'992;
    alert.measured = 3;
    alert.threshold = 2;
    alert.previous = id_of<AlertId>(4);
    round_trip(alert, decode_alert);
    alert.reason = "odd";
    alert.evidence = crypto::sha256(ByteView{});
    alert.by_hand = true;
    const AlertAnswer escalated{Disposition::escalated, 13, 19'994, "up"};
    const AlertAnswer confirmed{Disposition::confirmed, 14, 19'995, "so it is"};
    alert.answers = {escalated};
    round_trip(alert, decode_alert);
    alert.answers = {escalated, confirmed};
    round_trip(alert, decode_alert);
    for (const auto& wrong : {std::vector{confirmed, escalated},
                              {confirmed, confirmed},
                              {escalated, escalated},
                              {escalated, confirmed, confirmed}}) {
        alert.answers = wrong;
        CHECK_FALSE(decode_alert(encode_record(alert)));
    }
    alert.answers.clear();
    alert.contract.reset();
    alert.line = {};
    alert.pool = id_of<PoolId>(5);
    alert.rule = AlertRule::pool_balance;
    round_trip(alert, decode_alert);
    round_trip(AlertListRecord{2, id_of<AlertId>(4)}, decode_alert_list);
    round_trip(AwaitedRecord{3, 19'900}, decode_awaited);
    round_trip(AwaitedDayRecord{id_of<ContractId>(5), id_of<ContractId>(6)}, decode_awaited_day);
    round_trip(AwaitedContractRecord{id_of<ContractId>(6)}, decode_awaited_contract);
    round_trip(AwaitedContractRecord{}, decode_awaited_contract);
    round_trip(DaysRecord{19'753, {19'754, 19'760}, {{'C', 'N', 'Y'}, {'J', 'P', 'Y'}}, {19'760}},
               decode_days);
    round_trip(DaysRecord{}, decode_days);
    Bytes wrong = encode_record(DaysRecord{std::nullopt, {19'754}, {}, {}});
    wrong[7] = 2;  // neither used nor not
    CHECK_FALSE(decode_days(wrong));
    TotalsRecord totals;
    for (std::size_t place = 0; place < totals.balances.size(); ++place) {
        totals.balances[place] = 1'000'000'000'000 - static_cast<Amount>(place);
    }
    totals.balances[3] = std::numeric_limits<Amount>::min();
    round_trip(totals, decode_totals);
}

TEST_CASE("Records of conduct and oversight come back", "[ledger][records]") {
    // Goal: every field, and truncation is corrupt_record.
    bytes_come_back(ContactsRecord{{{19'990, 1}, {19'991, 255}}}, decode_contacts);
    CHECK_FALSE(decode_contacts(encode_record(ContactsRecord{{{19'990, 0}}})));
    CHECK_FALSE(decode_contacts(encode_record(ContactsRecord{{{19'990, 1}, {19'990, 1}}})));
    ContactsRecord many;
    for (Day day = 0; day <= static_cast<Day>(kContactDaysMax); ++day)
        many.days.push_back({day, 1});
    CHECK_FALSE(decode_contacts(encode_record(many)));
    const crypto::Digest digest = crypto::sha256(ByteView{});
    ComplaintRecord complaint;
    complaint.terms = {id_of<ComplaintId>(1), id_of<ContractId>(2), ComplaintCategory::other,
                       digest};
    complaint.entry = 18;
    complaint.owner = id_of<MemberId>(3);
    complaint.value_date = 19'991;
    bytes_come_back(complaint, decode_complaint);
    complaint.answer = {{id_of<ComplaintId>(1), ComplaintResult::withdrawn, digest},
                        id_of<MemberId>(4),
                        19'992,
                        19};
    complaint.previous = id_of<ComplaintId>(5);
    bytes_come_back(complaint, decode_complaint);
    bytes_come_back(
        ReconRecord{{id_of<ReconId>(1), id_of<MemberId>(2), 3, 4, 5, 6, 7, 8, 9, 10, digest},
                    id_of<MemberId>(3),
                    20},
        decode_recon);
    bytes_come_back(OpinionRecord{{id_of<OpinionId>(1), id_of<MemberId>(2), 3, 4,
                                   AuditConclusion::disclaimer, 5, digest},
                                  id_of<MemberId>(3),
                                  21},
                    decode_opinion);
    bytes_come_back(
        HedgeRecord{
            {id_of<HedgeId>(1), HedgeKind::other, "EUR", 2, 3, 4, digest}, id_of<MemberId>(3), 22},
        decode_hedge);
    round_trip(CustomerRecord{3, 4}, decode_customer);
    bytes_come_back(ErasureRecord{{id_of<BorrowerId>(1), digest}, id_of<MemberId>(3), 23, 19'993},
                    decode_erasure);
}

TEST_CASE("Records of pools come back", "[ledger][records][pool]") {
    // Goal: every field and every step, and truncation is corrupt_record.
    PoolRecord pool;
    pool.terms = {id_of<PoolId>(1),  "CNY", id_of<MemberId>(2), id_of<MemberId>(3), 20'000,
                  1'000'000'000'000, 366,   1'000'000};
    pool.entry = 24;
    pool.owner = id_of<MemberId>(4);
    bytes_come_back(pool, decode_pool);
    pool.status = PoolStatus::closed;
    pool.last_on = 19'999;
    for (std::uint64_t place = 0; place < 7; ++place) {
        pool.contracts.append(pool_leaf(id_of<ContractId>(place)));
    }
    pool.live = 6;
    pool.owned = 5;
    pool.balance = 1'000'000'007;
    pool.below = {19'990, 19'980, 19'985};
    pool.rolled = {19'991, 70, true};
    pool.sealed = {{id_of<PoolId>(1), 7, 99, pool.contracts.root()}, 25, 19'994};
    pool.issued = {{id_of<PoolId>(1), {{"senior", 9, 10}, {"junior", 11, 12}}}, 26, 19'995};
    pool.triggered = {{id_of<PoolId>(1), TriggerReason::balance_below, 19'990}, 27, 19'996};
    pool.closed = {{id_of<PoolId>(1)}, 28, 19'999};
    bytes_come_back(pool, decode_pool);
    const PoolRecord back = decode_pool(encode_record(pool)).value();
    CHECK(back.contracts.root() == pool.contracts.root());
    CHECK(back.below == pool.below);
    CHECK(back.rolled == pool.rolled);
    CHECK(back.issued->said.notes == pool.issued->said.notes);
    const auto wrong = [&pool](auto change) {
        PoolRecord changed = pool;
        change(changed);
        return !decode_pool(encode_record(changed)).has_value();
    };
    CHECK_FALSE(wrong([](PoolRecord&) {}));
    CHECK(wrong([](PoolRecord& record) { record.balance = -1; }));
    CHECK(wrong([](PoolRecord& record) { record.owned = record.live + 1; }));
    CHECK(wrong([](PoolRecord& record) { record.rolled.amount = -1; }));
    CHECK(wrong([](PoolRecord& record) { record.status = static_cast<PoolStatus>(0); }));
    CHECK(wrong([](PoolRecord& record) { record.status = static_cast<PoolStatus>(5); }));
    round_trip(PoolContractRecord{id_of<ContractId>(5), 12}, decode_pool_contract);
    round_trip(OpenedDayRecord{7}, decode_opened_day);
    round_trip(ServicersRecord{{{id_of<MemberId>(1), 2, 3}, {id_of<MemberId>(2), 0, 1}}},
               decode_servicers);
    round_trip(PoolLogRecord{{4, 99}}, decode_pool_log);
}

TEST_CASE("A record that contradicts itself is corrupt", "[ledger][records]") {
    // Goal: what the rules rely on is checked when it is read.
    LineRecord line = line_sample();
    line.body->used = -1;
    CHECK_FALSE(decode_line(encode_record(line)));
    line = line_sample();
    line.body->limit = -1;
    CHECK_FALSE(decode_line(encode_record(line)));
    line = line_sample();
    line.body->reserved = -1;
    CHECK_FALSE(decode_line(encode_record(line)));
    const auto wrong = [](auto change) {
        ContractRecord contract = contract_sample();
        change(*contract.body);
        return !decode_contract(encode_record(contract)).has_value();
    };
    CHECK_FALSE(wrong([](ContractBody&) {}));
    CHECK(wrong([](ContractBody& body) { body.events.clear(); }));
    CHECK(wrong([](ContractBody& body) { body.events.erase(body.events.begin()); }));
    CHECK(wrong([](ContractBody& body) { body.events[3].kind = EventKind::capture; }));
    CHECK(wrong(
        [](ContractBody& body) { body.events[3].kind = static_cast<EventKind>(kEventKinds + 1); }));
    CHECK(wrong([](ContractBody& body) { body.events[3].entry = body.events[2].entry; }));
    CHECK(wrong([](ContractBody& body) {
        body.events[static_cast<std::size_t>(EventKind::contact) - 1].minute = 1'440;
    }));
    CHECK(wrong([](ContractBody& body) { body.terms.principal = 0; }));
    CHECK(wrong([](ContractBody& body) { body.terms.principal = kPrincipalEnd; }));
    CHECK(wrong([](ContractBody& body) { body.terms.periods = 37; }));
    CHECK(wrong([](ContractBody& body) { body.terms.rate_ppm = -1; }));
    CHECK(wrong([](ContractBody& body) { body.terms.method = static_cast<ScheduleMethod>(3); }));
    CHECK(wrong([](ContractBody& body) { body.terms.remainder = static_cast<Remainder>(0); }));
}

TEST_CASE("Heads are read without the body", "[ledger][records]") {
    // Goal: one function for accounts of every class.
    CHECK(decode_head(encode_record(line_sample())).value() == AccountHead{4, 99});
    CHECK(decode_head(encode_record(contract_sample())).value() == AccountHead{2, 7});
    CHECK(decode_head(encode_record(PoolLogRecord{{3, 8}})).value() == AccountHead{3, 8});
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
    CHECK(days_key() == Bytes{0x12});
    CHECK(totals_key({{}, {'C', 'N', 'Y'}}, 1).size() == 24);
    CHECK(totals_key({{}, {'C', 'N', 'Y'}}, 1) != totals_key({{}, {'C', 'N', 'Y'}}, kClosedDays));
    CHECK(alert_list_key(AccountClass::line, {}).size() == 18);
    CHECK(alert_list_key(AccountClass::line, {}) != alert_list_key(AccountClass::contract, {}));
    CHECK(pool_contract_key({}, 2).size() == 25);
    CHECK(pool_contract_key({}, 2)[0] == 0x2d);
    CHECK(pool_contract_key({}, 255) < pool_contract_key({}, 256));
    CHECK(awaited_key() == Bytes{kAwaitedRecord});
    CHECK(opened_day_key(2) == Bytes{kOpenedDayRecord, 0, 0, 0, 2});
    CHECK(awaited_day_key(2) == Bytes{kAwaitedDayRecord, 0, 0, 0, 2});
    std::set<Bytes> keys;
    for (const std::uint8_t kind :
         {kRulesetRecord, kProductRecord, kModelRecord, kAssessmentRecord, kAuthorisationRecord,
          kMandateRecord, kDebitRecord, kCostTableRecord, kDisclosureRecord, kAlertRecord,
          kAwaitedContractRecord, kPoolRecord}) {
        CHECK(registry_key(kind, {})[0] == kind);
        CHECK(keys.insert(registry_key(kind, {})).second);
    }
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
