#include "ledger/transaction.h"

#include <algorithm>

#include "ledger/transaction_fields.h"
#include "ledger/wire.h"

namespace tally::ledger {
namespace {

Bytes encode_body(const LimitGrant& grant) {
    WireWriter writer;
    writer.bytes(1, grant.line.bytes);
    writer.bytes(2, grant.borrower.bytes);
    writer.bytes(3, view_of(grant.currency));
    writer.zigzag(4, grant.limit);
    writer.zigzag(5, grant.valid_from);
    writer.zigzag(6, grant.valid_to);
    return writer.take();
}

Bytes encode_body(const LimitChange& change) {
    WireWriter writer;
    writer.bytes(1, change.line.bytes);
    writer.zigzag(2, change.limit);
    return writer.take();
}

Bytes encode_row(const Instalment& row) {
    WireWriter writer;
    writer.zigzag(1, row.due);
    writer.zigzag(2, row.principal);
    writer.zigzag(3, row.fee);
    return writer.take();
}

Bytes encode_share(const FundingShare& share) {
    WireWriter writer;
    writer.bytes(1, share.funder.bytes);
    writer.zigzag(2, share.share);
    return writer.take();
}

Bytes encode_body(const Capture& capture) {
    WireWriter writer;
    writer.bytes(1, capture.contract.bytes);
    writer.bytes(2, capture.line.bytes);
    writer.zigzag(3, capture.principal);
    writer.zigzag(4, capture.fee_ppm);
    for (const Instalment& row : capture.schedule) writer.message(5, encode_row(row));
    for (const FundingShare& share : capture.shares) writer.message(6, encode_share(share));
    return writer.take();
}

Bytes encode_allocation(const Allocation& allocation) {
    WireWriter writer;
    writer.varint(1, allocation.instalment);
    writer.varint(2, static_cast<std::uint64_t>(allocation.component));
    writer.zigzag(3, allocation.amount);
    return writer.take();
}

Bytes encode_body(const Repayment& repayment) {
    WireWriter writer;
    writer.bytes(1, repayment.contract.bytes);
    writer.zigzag(2, repayment.amount);
    writer.bytes(3, view_of(repayment.source_ref));
    for (const Allocation& row : repayment.allocation) writer.message(4, encode_allocation(row));
    return writer.take();
}

}  // namespace

Bytes encode_transaction(const Transaction& transaction) {
    WireWriter writer;
    writer.bytes(fields::kId, transaction.id.bytes);
    writer.zigzag(fields::kBusinessDate, transaction.business_date);
    writer.zigzag(fields::kValueDate, transaction.value_date);
    const auto field = fields::kLimitGrant + static_cast<std::uint32_t>(transaction.body.index());
    const Bytes body = std::visit([](const auto& alternative) { return encode_body(alternative); },
                                  transaction.body);
    writer.message(field, body);
    return writer.take();
}

std::optional<TransactionId> transaction_id_of(ByteView bytes) {
    constexpr std::uint8_t kTag = (fields::kId << 3) | 2;
    TransactionId id;
    if (bytes.size() < 2 + id.bytes.size() || bytes[0] != kTag || bytes[1] != id.bytes.size()) {
        return std::nullopt;
    }
    std::copy_n(bytes.begin() + 2, id.bytes.size(), id.bytes.begin());
    return id;
}

std::string_view type_name(const TransactionBody& body) {
    struct Name {
        std::string_view operator()(const LimitGrant&) const { return "LIMIT_GRANT"; }
        std::string_view operator()(const LimitChange&) const { return "LIMIT_CHANGE"; }
        std::string_view operator()(const Capture&) const { return "CAPTURE"; }
        std::string_view operator()(const Repayment&) const { return "REPAYMENT"; }
    };
    return std::visit(Name{}, body);
}

}  // namespace tally::ledger
