#include <algorithm>
#include <string>

#include "ledger/errc.h"
#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"
#include "ledger/wire.h"

// One function a message, shaped alike: a loop over the walk with a case a field, then what must be
// there. An id has 16 bytes and so is never a default that could be left out. The walk carries the
// first fault; nothing here decides on credit rules.

namespace tally::ledger {
namespace {

template <typename Id>
Id id_of(WireWalk& walk, std::string_view name) {
    Id id;
    const ByteView bytes = walk.bytes(name, id.bytes.size(), id.bytes.size());
    if (!walk.failed()) std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
    return id;
}

/// Adds one element of a repeated field, bounded in number.
template <typename Element, typename Decode>
void add_element(WireWalk& walk, std::string_view name, std::vector<Element>& elements,
                 Decode decode) {
    const ByteView bytes = walk.element(name);
    if (elements.size() == fields::kElementsMax) walk.reject(name, "too many");
    if (walk.failed()) return;
    elements.emplace_back();
    walk.adopt(decode(bytes, elements.back()));
}

Status decode_body(ByteView bytes, LimitGrant& grant) {
    WireWalk walk(bytes, "limit_grant");
    bool line = false;
    bool borrower = false;
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                grant.line = id_of<LineId>(walk, "line");
                line = true;
                break;
            case 2:
                grant.borrower = id_of<BorrowerId>(walk, "borrower");
                borrower = true;
                break;
            case 3:
                grant.currency = to_string(walk.text("currency", fields::kCurrencyBytesMax));
                break;
            case 4:
                grant.limit = walk.zigzag64("limit");
                break;
            case 5:
                grant.valid_from = walk.zigzag32("valid_from");
                break;
            case 6:
                grant.valid_to = walk.zigzag32("valid_to");
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(line, "line");
    walk.require(borrower, "borrower");
    return walk.finish();
}

Status decode_body(ByteView bytes, LimitChange& change) {
    WireWalk walk(bytes, "limit_change");
    bool line = false;
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                change.line = id_of<LineId>(walk, "line");
                line = true;
                break;
            case 2:
                change.limit = walk.zigzag64("limit");
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(line, "line");
    return walk.finish();
}

Status decode_row(ByteView bytes, Instalment& row) {
    WireWalk walk(bytes, "capture.schedule");
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                row.due = walk.zigzag32("due");
                break;
            case 2:
                row.principal = walk.zigzag64("principal");
                break;
            case 3:
                row.fee = walk.zigzag64("fee");
                break;
            default:
                walk.unknown();
        }
    }
    return walk.finish();
}

Status decode_share(ByteView bytes, FundingShare& share) {
    WireWalk walk(bytes, "capture.shares");
    bool funder = false;
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                share.funder = id_of<MemberId>(walk, "funder");
                funder = true;
                break;
            case 2:
                share.share = walk.zigzag32("share");
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(funder, "funder");
    return walk.finish();
}

Status decode_body(ByteView bytes, Capture& capture) {
    WireWalk walk(bytes, "capture");
    bool contract = false;
    bool line = false;
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                capture.contract = id_of<ContractId>(walk, "contract");
                contract = true;
                break;
            case 2:
                capture.line = id_of<LineId>(walk, "line");
                line = true;
                break;
            case 3:
                capture.principal = walk.zigzag64("principal");
                break;
            case 4:
                capture.fee_ppm = walk.zigzag32("fee_ppm");
                break;
            case 5:
                add_element(walk, "schedule", capture.schedule, decode_row);
                break;
            case 6:
                add_element(walk, "shares", capture.shares, decode_share);
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(contract, "contract");
    walk.require(line, "line");
    return walk.finish();
}

Status decode_allocation(ByteView bytes, Allocation& allocation) {
    constexpr std::uint64_t kInstalmentMax = 0xFFFF'FFFF;
    WireWalk walk(bytes, "repayment.allocation");
    bool component = false;
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                allocation.instalment =
                    static_cast<std::uint32_t>(walk.varint("instalment", kInstalmentMax));
                break;
            case 2:
                allocation.component = static_cast<Component>(
                    walk.varint("component", static_cast<std::uint64_t>(Component::principal)));
                component = true;
                break;
            case 3:
                allocation.amount = walk.zigzag64("amount");
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(component, "component");
    return walk.finish();
}

Status decode_body(ByteView bytes, Repayment& repayment) {
    WireWalk walk(bytes, "repayment");
    bool contract = false;
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                repayment.contract = id_of<ContractId>(walk, "contract");
                contract = true;
                break;
            case 2:
                repayment.amount = walk.zigzag64("amount");
                break;
            case 3:
                repayment.source_ref =
                    to_string(walk.text("source_ref", fields::kSourceRefBytesMax));
                break;
            case 4:
                add_element(walk, "allocation", repayment.allocation, decode_allocation);
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(contract, "contract");
    return walk.finish();
}

template <typename Body>
void take_body(WireWalk& walk, std::string_view name, Transaction& transaction, bool& present) {
    const ByteView bytes = walk.message(name);
    if (present) walk.reject(name, "a second body");
    if (walk.failed()) return;
    present = true;
    walk.adopt(decode_body(bytes, transaction.body.emplace<Body>()));
}

Result<Transaction> decode_version_1(ByteView bytes) {
    Transaction transaction;
    WireWalk walk(bytes, "transaction");
    bool id = false;
    bool body = false;
    while (walk.next()) {
        switch (walk.field()) {
            case fields::kId:
                transaction.id = id_of<TransactionId>(walk, "id");
                id = true;
                break;
            case fields::kBusinessDate:
                transaction.business_date = walk.zigzag32("business_date");
                break;
            case fields::kValueDate:
                transaction.value_date = walk.zigzag32("value_date");
                break;
            case fields::kLimitGrant:
                take_body<LimitGrant>(walk, "limit_grant", transaction, body);
                break;
            case fields::kLimitChange:
                take_body<LimitChange>(walk, "limit_change", transaction, body);
                break;
            case fields::kCapture:
                take_body<Capture>(walk, "capture", transaction, body);
                break;
            case fields::kRepayment:
                take_body<Repayment>(walk, "repayment", transaction, body);
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(id, "id");
    walk.require(body, "body");
    if (const Status status = walk.finish(); !status) return status.error();
    return transaction;
}

}  // namespace

Result<Transaction> decode_transaction(ByteView bytes, std::uint32_t rules_version) {
    if (rules_version == 1) return decode_version_1(bytes);
    return fail(errc::unsupported_rules,
                "rules version " + std::to_string(rules_version) + " is not known to this build");
}

}  // namespace tally::ledger
