#include <array>
#include <string>

#include "ledger/errc.h"
#include "ledger/transaction.h"
#include "ledger/transaction_decoder.h"
#include "ledger/type_table.h"

namespace tally::ledger {
namespace {

constexpr std::size_t kTypes = std::variant_size_v<TransactionBody>;
constexpr std::size_t kNameBytesMax = 32;

/// `limit_grant` and so on, the field names of the bodies.
constexpr auto kBodyNames = [] {
    std::array<std::array<char, kNameBytesMax>, kTypes> names{};
    for (std::size_t type = 0; type < kTypes; ++type) {
        for (std::size_t place = 0; place < kTransactionTypes[type].size(); ++place) {
            const char letter = kTransactionTypes[type][place];
            names[type][place] =
                letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
        }
    }
    return names;
}();

std::string_view body_name(std::size_t type) {
    return {kBodyNames.at(type).data(), kTransactionTypes.at(type).size()};
}

Status decode_body(ByteView bytes, std::size_t type, TransactionBody& body) {
    WireDecoder decoder(bytes, body_name(type));
    body = body_of_type(type);
    std::visit([&](auto& alternative) { describe(decoder, alternative); }, body);
    return decoder.finish();
}

/// The place in the variant of the body that a field number stands for.
std::optional<std::size_t> body_type(std::uint32_t field) {
    if (field < kFirstBodyField || field - kFirstBodyField >= kTypes) return std::nullopt;
    return field - kFirstBodyField;
}

Result<Transaction> decode_known(ByteView bytes) {
    Transaction transaction;
    WireDecoder decoder(bytes, "transaction");
    describe(decoder, transaction);
    if (const auto type = body_type(decoder.next_field())) {
        const ByteView body = decoder.message(body_name(*type));
        if (const auto second = body_type(decoder.next_field())) {
            decoder.reject(body_name(*second), "a second body");
        }
        decoder.adopt(decode_body(body, *type, transaction.body));
    } else {
        decoder.missing("body");
    }
    if (const Status status = decoder.finish(); !status) return status.error();
    return transaction;
}

}  // namespace

Result<TransactionBody> decode_body(ByteView bytes, std::size_t type) {
    TransactionBody body;
    if (const Status status = decode_body(bytes, type, body); !status) return status.error();
    return body;
}

Result<Transaction> decode_transaction(ByteView bytes, std::uint32_t rules_version) {
    if (rules_version == kRulesVersion) return decode_known(bytes);
    return fail(errc::unsupported_rules,
                "rules version " + std::to_string(rules_version) + " is not known to this build");
}

}  // namespace tally::ledger
