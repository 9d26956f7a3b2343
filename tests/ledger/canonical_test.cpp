#include "ledger/errc.h"
#include "ledger/transaction.h"
#include "tests/ledger/wire_bytes.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// One variant a rule of the walk. What holds for all types alike: canonical_types_test.cpp.
namespace {

const Bytes kId(16, 0x11);
const Bytes kTransactionId = field(1, kId);
/// A LIMIT_CHANGE of limit 5 (zigzag 10).
const Bytes kChange = join({field(1, kId), number(2, 10)});
const Bytes kBody = field(17, kChange);

}  // namespace

TEST_CASE("The canonical form itself is accepted", "[ledger][wire]") {
    // Goal: the base that the variants below differ from.
    const Bytes bytes = join({kTransactionId, number(2, 2), number(3, 4), kBody});
    const Transaction transaction = decode_transaction(bytes, ledger::kRulesVersion).value();
    CHECK(transaction.business_date == 1);
    CHECK(transaction.value_date == 2);
    CHECK(std::get<LimitChange>(transaction.body).limit == 5);
    CHECK(encode_transaction(transaction) == bytes);
    CHECK(decode_transaction(join({kTransactionId, kBody}), ledger::kRulesVersion));
}

TEST_CASE("Each kind of non-canonical bytes is refused", "[ledger][wire]") {
    // Goal: one variant a rule of the walk, each otherwise well-formed Protobuf.
    const Bytes date = number(2, 2);
    require_malformed(join({kTransactionId, number(3, 4), date, kBody}), "out of ascending order");
    require_malformed(join({kTransactionId, kBody, date}), "out of ascending order");
    require_malformed(join({kTransactionId, date, date, kBody}), "repeated");
    require_malformed(join({kTransactionId, kTransactionId, kBody}), "repeated");
    require_malformed(join({kTransactionId, kBody, kBody}), "repeated");
    require_malformed(join({kTransactionId, tag(2, 0), {0x82, 0x00}, kBody}), "longer than needed");
    require_malformed(join({kTransactionId, number(2, 0), kBody}), "default");
    require_malformed(join({kTransactionId, number(4, 1), kBody}), "unknown");
    require_malformed(join({kTransactionId, kBody, number(100, 1)}), "unknown");
    require_malformed(join({kTransactionId, field(2, {2}), kBody}), "another wire type");
    require_malformed(join({kTransactionId, tag(2, 5), {2, 0, 0, 0}, kBody}), "another wire type");
    require_malformed(join({kTransactionId, tag(2, 3), tag(2, 4), kBody}), "another wire type");
    require_malformed(join({{0x00}, kTransactionId, kBody}), "not a field number");
    // A tag, a length and a value with one byte too many.
    require_malformed(join({{0x8A, 0x00, 16}, kId, kBody}), "longer than needed");
    require_malformed(join({{0x0A, 0x90, 0x00}, kId, kBody}), "longer than needed");
}

TEST_CASE("Ids, bodies and dates of another shape are refused", "[ledger][wire]") {
    // Goal: what must be there, in its size and its range.
    require_malformed({}, "id: missing");
    require_malformed(kBody, "id: missing");
    require_malformed(kTransactionId, "body: missing");
    require_malformed(join({field(1, Bytes(15, 1)), kBody}), "of another length");
    require_malformed(join({field(1, Bytes(17, 1)), kBody}), "of another length");
    require_malformed(join({field(1, {}), kBody}), "default");
    require_malformed(join({kTransactionId, field(17, {})}), "line: missing");
    require_malformed(join({kTransactionId, field(16, field(1, kId))}), "borrower: missing");
    require_malformed(join({kTransactionId, kBody, field(18, {})}), "a second body");
    // A date above 32 bits; varints of 64 bits and above.
    require_malformed(join({kTransactionId, tag(2, 0), {0xFF, 0xFF, 0xFF, 0xFF, 0x1F}, kBody}),
                      "bound");
    Bytes huge(9, 0xFF);
    huge.push_back(0x01);
    require_malformed(join({kTransactionId, tag(2, 0), huge, kBody}), "bound");
    huge.back() = 0x02;
    require_malformed(join({kTransactionId, tag(2, 0), huge, kBody}), "above 64 bits");
    require_malformed(join({kTransactionId, tag(2, 0), Bytes(11, 0x80), kBody}), "above 64 bits");
}

TEST_CASE("Inner messages are held to the same form", "[ledger][wire]") {
    // Goal: the walk descends into bodies, rows, shares and allocations; the reason names the path.
    const auto grant = [](const Bytes& rest) {
        return join({kTransactionId, field(16, join({field(1, kId), field(2, kId), rest}))});
    };
    const Bytes assessment = field(7, kId);
    CHECK(decode_transaction(grant(assessment), ledger::kRulesVersion));
    CHECK(decode_transaction(grant(join({field(3, {'C', 'N', 'Y'}), assessment})),
                             ledger::kRulesVersion));
    require_malformed(grant({}), "limit_grant.assessment: missing");
    require_malformed(grant(field(3, {0xC3, 0x28})), "limit_grant.currency: not UTF-8");
    require_malformed(grant(field(3, {})), "limit_grant.currency: a default");
    require_malformed(grant(field(3, Bytes(65, 'A'))), "limit_grant.currency: of another length");
    require_malformed(grant(join({assessment, number(8, 1)})), "limit_grant.field 8: unknown");

    const Bytes digest(32, 0x22);
    const auto capture = [&](const Bytes& rest) {
        const Bytes head = join({field(1, kId), field(2, kId), field(4, kId), field(7, digest)});
        return join({kTransactionId, field(18, join({head, rest}))});
    };
    const Bytes servicer = field(11, kId);
    CHECK(decode_transaction(capture(join({field(9, {}), field(9, {}), servicer})),
                             ledger::kRulesVersion));
    CHECK(decode_transaction(capture(join({field(8, kId), servicer})), ledger::kRulesVersion));
    require_malformed(capture(field(8, {})), "capture.authorisation: a default");
    require_malformed(capture(field(8, digest)), "capture.authorisation: of another length");
    require_malformed(capture(field(9, join({number(2, 2), number(1, 2)}))),
                      "capture.schedule.field 1: out of ascending order");
    require_malformed(capture(field(9, number(5, 1))), "capture.schedule.field 5: unknown");
    require_malformed(capture(field(10, number(2, 1))), "capture.shares.funder: missing");
    require_malformed(capture(join({field(10, field(1, kId)), field(9, {})})), "out of ascending");

    const auto repayment = [](const Bytes& rest) {
        return join({kTransactionId, field(19, join({field(1, kId), rest}))});
    };
    CHECK(decode_transaction(repayment(field(4, number(2, 4))), ledger::kRulesVersion));
    require_malformed(repayment(field(4, {})), "repayment.allocation.component: missing");
    require_malformed(repayment(field(4, number(2, 5))), "component: above its bound");
    require_malformed(repayment(field(4, number(2, 0))), "default");
    require_malformed(repayment(field(3, {0xED, 0xA0, 0x80})), "not UTF-8");
    require_malformed(repayment(field(5, {})), "unknown");
}

TEST_CASE("What version 2 added is held to the same form", "[ledger][wire]") {
    // Goal: lists of days, the order of components, words, digests, bodies without fields.
    const auto ruleset = [](const Bytes& lists, const Bytes& order) {
        const Bytes body = join({field(1, kId), lists, order, number(13, 1)});
        return join({kTransactionId, field(20, body)});
    };
    const Bytes order = field(4, {4, 3, 2, 1});
    CHECK(decode_transaction(ruleset({}, order), ledger::kRulesVersion));
    // An empty element is the day 0.
    CHECK(decode_transaction(ruleset(join({field(2, number(1, 60)), field(2, {})}), order),
                             ledger::kRulesVersion));
    require_malformed(ruleset(field(2, number(1, 0)), order),
                      "ruleset_register.bucket_days.days: a default");
    require_malformed(ruleset(field(3, number(2, 1)), order),
                      "ruleset_register.class_days.field 2: unknown");
    require_malformed(ruleset(number(2, 60), order), "bucket_days: another wire type");
    require_malformed(ruleset({}, {}), "ruleset_register.order: missing");
    require_malformed(ruleset({}, field(4, {4, 3, 2})), "order: of another length");
    require_malformed(ruleset({}, field(4, {4, 3, 2, 1, 1})), "order: of another length");
    require_malformed(ruleset({}, field(4, {4, 3, 2, 0})), "order: no component");
    require_malformed(ruleset({}, field(4, {5, 3, 2, 1})), "order: no component");
    require_malformed(join({kTransactionId, field(20, join({field(1, kId), order}))}),
                      "ruleset_register.overpayment: missing");

    const auto model = [](const Bytes& digest) {
        return join({kTransactionId, field(22, join({field(1, kId), digest}))});
    };
    CHECK(decode_transaction(model(field(3, Bytes(32, 1))), ledger::kRulesVersion));
    require_malformed(model({}), "model_register.commitment: missing");
    require_malformed(model(field(3, Bytes(31, 1))), "commitment: of another length");

    CHECK(decode_transaction(join({kTransactionId, field(41, {})}), ledger::kRulesVersion));
    require_malformed(join({kTransactionId, field(41, number(1, 1))}), "day_open.field 1: unknown");
    require_malformed(join({kTransactionId, field(41, {}), field(42, {})}),
                      "day_close: a second body");
    constexpr unsigned kBehindAll = kFirstBodyField + std::variant_size_v<TransactionBody>;
    require_malformed(join({kTransactionId, field(kBehindAll, {})}),
                      "transaction.field " + std::to_string(kBehindAll) + ": unknown");
    require_malformed(join({kTransactionId, field(15, {})}), "transaction.field 15: unknown");
}

TEST_CASE("Only one rules version is known", "[ledger][wire]") {
    // Goal: bytes of other versions are never read by the rules of this one.
    for (const std::uint32_t version : {0U, 1U, 2U, 4U, 0xFFFF'FFFFU}) {
        const auto decoded = decode_transaction(join({kTransactionId, kBody}), version);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == errc::unsupported_rules);
    }
}

TEST_CASE("Lists have a bound", "[ledger][wire]") {
    // Goal: 2,048 elements are read, one more is refused, of messages and of days.
    Transaction transaction;
    Capture capture;
    capture.schedule.resize(2048);
    transaction.body = capture;
    CHECK(decode_transaction(encode_transaction(transaction), kRulesVersion));
    std::get<Capture>(transaction.body).schedule.resize(2049);
    require_malformed(encode_transaction(transaction), "capture.schedule: too many");

    RulesetRegister ruleset;
    ruleset.order.fill(Component::fee);
    ruleset.class_days.resize(2048);
    transaction.body = ruleset;
    CHECK(decode_transaction(encode_transaction(transaction), kRulesVersion));
    std::get<RulesetRegister>(transaction.body).class_days.resize(2049);
    require_malformed(encode_transaction(transaction), "ruleset_register.class_days: too many");
}

TEST_CASE("Texts have a bound", "[ledger][wire]") {
    // Goal: wider than the rules, so that these have an outcome, but there is one.
    Transaction transaction;
    Assessment assessment;
    const auto reasons = [&](std::size_t size) {
        assessment.reasons.assign(size, 'r');
        transaction.body = assessment;
        return encode_transaction(transaction);
    };
    CHECK(decode_transaction(reasons(1024), ledger::kRulesVersion));
    require_malformed(reasons(1025), "assessment.reasons: of another length");
    Recovery recovery;
    recovery.source_ref.assign(256, 's');
    transaction.body = recovery;
    CHECK(decode_transaction(encode_transaction(transaction), kRulesVersion));
    recovery.source_ref += 's';
    transaction.body = recovery;
    require_malformed(encode_transaction(transaction), "recovery.source_ref: of another length");
}

TEST_CASE("The id of refused bytes is read if it is well-formed", "[ledger][wire]") {
    // Goal: answers name the id where there is one.
    CHECK(transaction_id_of(kTransactionId));
    CHECK(transaction_id_of(join({kTransactionId, {0xFF}})));
    CHECK_FALSE(transaction_id_of({}));
    CHECK_FALSE(transaction_id_of(Bytes(17, 0x0A)));
    CHECK_FALSE(transaction_id_of(field(1, Bytes(15, 1))));
    CHECK_FALSE(transaction_id_of(field(2, kId)));
}
