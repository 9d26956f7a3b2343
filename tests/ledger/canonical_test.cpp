#include <random>

#include "ledger/errc.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"
#include "tests/ledger/samples.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Transactions are built here byte by byte, apart from the writer under test.
namespace {

constexpr std::uint8_t kLengthDelimited = 2;

Bytes tag(unsigned field, unsigned wire_type) {
    const unsigned value = field << 3 | wire_type;
    if (value < 0x80) return {static_cast<std::uint8_t>(value)};
    return {static_cast<std::uint8_t>(value | 0x80), static_cast<std::uint8_t>(value >> 7)};
}

Bytes join(std::initializer_list<Bytes> parts) {
    Bytes result;
    for (const Bytes& part : parts) append(result, part);
    return result;
}

Bytes field(unsigned number, const Bytes& content) {
    // One length byte: contents here are short. Constants are built before Catch2 runs.
    const auto size = static_cast<std::uint8_t>(content.size() & 0x7F);
    return join({tag(number, kLengthDelimited), {size}, content});
}

Bytes number(unsigned field_number, std::uint8_t value) {
    return join({tag(field_number, 0), {value}});
}

const Bytes kId(16, 0x11);
const Bytes kTransactionId = field(1, kId);
/// A LIMIT_CHANGE of limit 5 (zigzag 10).
const Bytes kChange = join({field(1, kId), number(2, 10)});
const Bytes kBody = field(17, kChange);

void require_malformed(const Bytes& bytes, std::string_view reason) {
    const auto decoded = decode_transaction(bytes, 1);
    INFO("expected: " << reason);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == errc::malformed);
    INFO(decoded.error().context);
    CHECK(decoded.error().context.find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE("The canonical form itself is accepted", "[ledger][wire]") {
    // Goal: the base that the variants below differ from.
    const Bytes bytes = join({kTransactionId, number(2, 2), number(3, 4), kBody});
    const Transaction transaction = decode_transaction(bytes, 1).value();
    CHECK(transaction.business_date == 1);
    CHECK(transaction.value_date == 2);
    CHECK(std::get<LimitChange>(transaction.body).limit == 5);
    CHECK(encode_transaction(transaction) == bytes);
    CHECK(decode_transaction(join({kTransactionId, kBody}), 1));
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
    // Goal: the walk descends into bodies, rows, shares and allocations.
    const auto grant = [](const Bytes& rest) {
        return join({kTransactionId, field(16, join({field(1, kId), field(2, kId), rest}))});
    };
    CHECK(decode_transaction(grant(field(3, {'C', 'N', 'Y'})), 1));
    require_malformed(grant(field(3, {0xC3, 0x28})), "limit_grant.currency: not UTF-8");
    require_malformed(grant(field(3, {})), "default");
    require_malformed(grant(field(3, Bytes(65, 'A'))), "of another length");
    require_malformed(grant(number(7, 1)), "limit_grant.field 7: unknown");

    const auto capture = [](const Bytes& rest) {
        return join({kTransactionId, field(18, join({field(1, kId), field(2, kId), rest}))});
    };
    CHECK(decode_transaction(capture(join({field(5, {}), field(5, {})})), 1));
    require_malformed(capture(field(5, join({number(2, 2), number(1, 2)}))), "out of ascending");
    require_malformed(capture(field(5, number(4, 1))), "capture.schedule.field 4: unknown");
    require_malformed(capture(field(6, number(2, 1))), "capture.shares.funder: missing");
    require_malformed(capture(join({field(6, field(1, kId)), field(5, {})})), "out of ascending");

    const auto repayment = [](const Bytes& rest) {
        return join({kTransactionId, field(19, join({field(1, kId), rest}))});
    };
    CHECK(decode_transaction(repayment(field(4, number(2, 4))), 1));
    require_malformed(repayment(field(4, {})), "component: missing");
    require_malformed(repayment(field(4, number(2, 5))), "component: above its bound");
    require_malformed(repayment(field(4, number(2, 0))), "default");
    require_malformed(repayment(field(3, {0xED, 0xA0, 0x80})), "not UTF-8");
    require_malformed(repayment(field(5, {})), "unknown");
}

TEST_CASE("Lists have a bound", "[ledger][wire]") {
    // Goal: 256 elements are read, one more is refused.
    Transaction transaction;
    transaction.id.bytes[0] = 1;
    Capture capture;
    capture.schedule.resize(256);
    transaction.body = capture;
    CHECK(decode_transaction(encode_transaction(transaction), 1));
    std::get<Capture>(transaction.body).schedule.resize(257);
    require_malformed(encode_transaction(transaction), "too many");
}

TEST_CASE("Truncated anywhere, a transaction is refused", "[ledger][wire]") {
    // Goal: no prefix passes; random samples, the seed is shown.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    for (int round = 0; round < 100; ++round) {
        const Bytes whole = encode_transaction(samples.transaction());
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto decoded = decode_transaction(ByteView(whole).first(size), 1);
            REQUIRE_FALSE(decoded);
            REQUIRE(decoded.error().code == errc::malformed);
        }
    }
}

TEST_CASE("Any change of bytes is refused or canonical itself", "[ledger][wire]") {
    // Goal: decode accepts nothing that encode would not write: encode(decode(x)) == x.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    std::size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes = encode_transaction(samples.transaction());
        for (std::uint64_t count = 1 + samples.number() % 3; count > 0; --count) {
            const std::size_t place = samples.number() % bytes.size();
            switch (samples.number() % 3) {
                case 0:
                    bytes[place] = static_cast<std::uint8_t>(samples.number());
                    break;
                case 1:
                    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place),
                                 static_cast<std::uint8_t>(samples.number()));
                    break;
                default:
                    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(place));
            }
        }
        const auto decoded = decode_transaction(bytes, 1);
        if (!decoded) continue;
        ++accepted;
        REQUIRE(encode_transaction(*decoded) == bytes);
    }
    CHECK(accepted > 0);
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
