#include <map>
#include <random>
#include <set>

#include "ledger/errc.h"
#include "ledger/transaction.h"
#include "ledger/type_table.h"
#include "tests/ledger/samples.h"
#include "tests/ledger/wire_bytes.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// The walk over all types alike: nothing here knows what a type is for.
namespace {

/// Fields that are lists.
bool repeatable(const TransactionBody& body, unsigned number) {
    static const std::map<std::string_view, std::set<unsigned>> kLists = {
        {"CAPTURE", {9, 10}},       {"REPAYMENT", {4}},     {"RULESET_REGISTER", {2, 3, 21}},
        {"PRODUCT_REGISTER", {11}}, {"WAIVE", {2}},         {"RESCHEDULE", {6}},
        {"DAY_CLOSE", {1}},         {"MEMBER_ADD", {2, 3}}, {"KEY_ROTATE", {2, 3}},
        {"KEY_REVOKE", {2}},        {"COST_TABLE", {3}},    {"POOL_ISSUE", {2}}};
    const auto found = kLists.find(type_name(body));
    return found != kLists.end() && found->second.contains(number);
}

}  // namespace
TEST_CASE("All types come back as they were", "[ledger][wire]") {
    // Goal: full and minimal, each under its own field.
    for (const auto& samples : {full_samples(), minimal_samples()}) {
        REQUIRE(samples.size() == kTransactionTypes.size());
        for (std::size_t type = 0; type < samples.size(); ++type) {
            INFO(kTransactionTypes[type]);
            const Bytes bytes = encode_transaction(samples[type]);
            const auto decoded = decode_transaction(bytes, ledger::kRulesVersion);
            REQUIRE(decoded);
            CHECK(decoded->body.index() == type);
            CHECK(type_name(decoded->body) == kTransactionTypes[type]);
            CHECK(encode_transaction(*decoded) == bytes);
        }
    }
}

TEST_CASE("What must be there is required in every type", "[ledger][wire]") {
    // Goal: take each field of each body away in turn. What is left is refused as missing, or says
    // something else that is canonical itself; the required fields of all types are counted.
    std::size_t missing = 0;
    for (const Transaction& sample : full_samples()) {
        INFO(type_name(sample.body));
        const Bytes bytes = encode_transaction(sample);
        for (const Field& removed : fields_in(body_in(bytes))) {
            const auto decoded = decode_transaction(without(bytes, removed), ledger::kRulesVersion);
            if (decoded) {
                REQUIRE(encode_transaction(*decoded) == without(bytes, removed));
                continue;
            }
            REQUIRE(decoded.error().context.find(": missing") != std::string::npos);
            ++missing;
        }
    }
    CHECK(missing == 127);
}

TEST_CASE("Twice, swapped and unknown fields are refused in every type", "[ledger][wire]") {
    // Goal: the rules on order hold in each body, not only in those that are written out above.
    for (const Transaction& sample : full_samples()) {
        INFO(type_name(sample.body));
        const Bytes bytes = encode_transaction(sample);
        const Bytes body = body_in(bytes);
        const std::vector<Field> present = fields_in(body);
        require_malformed(with_body(bytes, join({body, number(99, 1)})), "unknown");
        require_malformed(with_body(bytes, join({number(99, 1), body})), "unknown");
        for (std::size_t place = 0; place < present.size(); ++place) {
            const Field& one = present[place];
            const Bytes before(body.begin(), body.begin() + one.begin);
            const Bytes content(body.begin() + one.begin, body.begin() + one.end);
            const Bytes after(body.begin() + one.end, body.end());
            const auto twice = decode_transaction(
                with_body(bytes, join({before, content, content, after})), ledger::kRulesVersion);
            CHECK(twice.has_value() == repeatable(sample.body, one.number));
            if (!before.empty() && one.number != present.front().number) {
                require_malformed(with_body(bytes, join({content, before, after})),
                                  "out of ascending order");
            }
        }
    }
}

TEST_CASE("Truncated anywhere, a transaction is refused", "[ledger][wire]") {
    // Goal: no prefix passes, of any type.
    const auto require_no_prefix = [](const Transaction& sample) {
        INFO(type_name(sample.body));
        const Bytes whole = encode_transaction(sample);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto decoded =
                decode_transaction(ByteView(whole).first(size), ledger::kRulesVersion);
            REQUIRE_FALSE(decoded);
            REQUIRE(decoded.error().code == errc::malformed);
        }
    };
    for (const Transaction& sample : full_samples()) require_no_prefix(sample);
    for (const Transaction& sample : minimal_samples()) require_no_prefix(sample);
    // Random samples, the seed is shown.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    for (int round = 0; round < 100; ++round) require_no_prefix(samples.transaction());
}

TEST_CASE("Each byte changed, a transaction is refused or canonical itself", "[ledger][wire]") {
    // Goal: all 255 other values in each place of a full sample of every type.
    std::size_t accepted = 0;
    for (const Transaction& sample : full_samples()) {
        INFO(type_name(sample.body));
        Bytes bytes = encode_transaction(sample);
        for (std::size_t place = 0; place < bytes.size(); ++place) {
            for (unsigned change = 1; change < 256; ++change) {
                bytes[place] ^= static_cast<std::uint8_t>(change);
                const auto decoded = decode_transaction(bytes, ledger::kRulesVersion);
                if (decoded) {
                    ++accepted;
                    REQUIRE(encode_transaction(*decoded) == bytes);
                }
                bytes[place] ^= static_cast<std::uint8_t>(change);
            }
        }
    }
    CHECK(accepted > 0);
}

TEST_CASE("Any change of bytes is refused or canonical itself", "[ledger][wire]") {
    // Goal: decode accepts nothing that encode would not write: encode(decode(x)) == x.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    std::size_t accepted = 0;
    for (int round = 0; round < 50'000; ++round) {
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
        const auto decoded = decode_transaction(bytes, ledger::kRulesVersion);
        if (!decoded) continue;
        ++accepted;
        REQUIRE(encode_transaction(*decoded) == bytes);
    }
    CHECK(accepted > 0);
}
