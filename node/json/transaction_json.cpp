#include "node/json/transaction_json.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ledger/dates.h"
#include "node/errc.h"
#include "node/json/ids.h"
#include "node/json/object_reader.h"

// One pair of functions a struct, in the order of ledger/transaction.h: `write` adds the fields of
// a struct to an object, `read` takes them from a reader. Both walk the fields in the same order.

namespace tally::node {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::array<std::pair<std::string_view, ledger::Component>, 4> kComponents{{
    {"penalty", ledger::Component::penalty},
    {"fee", ledger::Component::fee},
    {"interest", ledger::Component::interest},
    {"principal", ledger::Component::principal},
}};

value day_value(ledger::Day day) {
    if (!ledger::day_in_range(day)) return value(day);
    return value(ledger::day_text(day));
}

ledger::Ppm read_ppm(ObjectReader& reader, std::string_view name) {
    return static_cast<ledger::Ppm>(reader.integer(name, std::numeric_limits<ledger::Ppm>::min(),
                                                   std::numeric_limits<ledger::Ppm>::max()));
}

void write(const ledger::LimitGrant& grant, object& target) {
    target["line"] = id_text(grant.line);
    target["borrower"] = id_text(grant.borrower);
    target["currency"] = grant.currency;
    target["limit"] = grant.limit;
    target["valid_from"] = day_value(grant.valid_from);
    target["valid_to"] = day_value(grant.valid_to);
}

ledger::LimitGrant read_limit_grant(ObjectReader& reader) {
    ledger::LimitGrant grant;
    grant.line = reader.id<ledger::LineId>("line");
    grant.borrower = reader.id<ledger::BorrowerId>("borrower");
    grant.currency = reader.text("currency");
    grant.limit = reader.integer("limit");
    grant.valid_from = reader.day("valid_from");
    grant.valid_to = reader.day("valid_to");
    return grant;
}

void write(const ledger::LimitChange& change, object& target) {
    target["line"] = id_text(change.line);
    target["limit"] = change.limit;
}

ledger::LimitChange read_limit_change(ObjectReader& reader) {
    ledger::LimitChange change;
    change.line = reader.id<ledger::LineId>("line");
    change.limit = reader.integer("limit");
    return change;
}

void write(const ledger::Capture& capture, object& target) {
    target["contract"] = id_text(capture.contract);
    target["line"] = id_text(capture.line);
    target["principal"] = capture.principal;
    target["fee_ppm"] = capture.fee_ppm;
    array schedule;
    for (const ledger::Instalment& row : capture.schedule) {
        schedule.push_back(
            object{{"due", day_value(row.due)}, {"principal", row.principal}, {"fee", row.fee}});
    }
    target["schedule"] = std::move(schedule);
    array shares;
    for (const ledger::FundingShare& share : capture.shares) {
        shares.push_back(object{{"funder", id_text(share.funder)}, {"share", share.share}});
    }
    target["shares"] = std::move(shares);
}

Status read_row(const value& element, const std::string& path, ledger::Instalment& row) {
    ObjectReader reader(element, path);
    row.due = reader.day("due");
    row.principal = reader.integer("principal");
    row.fee = reader.integer("fee");
    return reader.finish();
}

Status read_share(const value& element, const std::string& path, const MemberResolver& resolver,
                  ledger::FundingShare& share) {
    ObjectReader reader(element, path);
    const std::string funder = reader.text("funder");
    auto member = id_from_text<ledger::MemberId>(funder);
    if (!member && resolver) member = resolver(funder);
    if (!member) {
        reader.reject("funder", resolver ? "neither a member's id nor its name"
                                         : "not an id: 32 hexadecimal digits or a UUID");
    }
    share.funder = member.value_or(ledger::MemberId{});
    share.share = read_ppm(reader, "share");
    return reader.finish();
}

ledger::Capture read_capture(ObjectReader& reader, const MemberResolver& resolver) {
    ledger::Capture capture;
    capture.contract = reader.id<ledger::ContractId>("contract");
    capture.line = reader.id<ledger::LineId>("line");
    capture.principal = reader.integer("principal");
    capture.fee_ppm = read_ppm(reader, "fee_ppm");
    reader.each("schedule", [&](const value& element, const std::string& path) {
        return read_row(element, path, capture.schedule.emplace_back());
    });
    reader.each("shares", [&](const value& element, const std::string& path) {
        return read_share(element, path, resolver, capture.shares.emplace_back());
    });
    return capture;
}

void write(const ledger::Repayment& repayment, object& target) {
    target["contract"] = id_text(repayment.contract);
    target["amount"] = repayment.amount;
    target["source_ref"] = repayment.source_ref;
    array allocation;
    for (const ledger::Allocation& part : repayment.allocation) {
        allocation.push_back(object{{"instalment", part.instalment},
                                    {"component", component_name(part.component)},
                                    {"amount", part.amount}});
    }
    target["allocation"] = std::move(allocation);
}

Status read_allocation(const value& element, const std::string& path,
                       ledger::Allocation& allocation) {
    ObjectReader reader(element, path);
    allocation.instalment = static_cast<std::uint32_t>(
        reader.unsigned_integer("instalment", std::numeric_limits<std::uint32_t>::max()));
    const std::string name = reader.text("component");
    const auto component = component_from_name(name);
    if (!component) reader.reject("component", "not penalty, fee, interest or principal");
    allocation.component = component.value_or(ledger::Component::principal);
    allocation.amount = reader.integer("amount");
    return reader.finish();
}

ledger::Repayment read_repayment(ObjectReader& reader) {
    ledger::Repayment repayment;
    repayment.contract = reader.id<ledger::ContractId>("contract");
    repayment.amount = reader.integer("amount");
    repayment.source_ref = reader.text("source_ref");
    reader.each("allocation", [&](const value& element, const std::string& path) {
        return read_allocation(element, path, repayment.allocation.emplace_back());
    });
    return repayment;
}

ledger::TransactionBody read_body(const std::string& type, ObjectReader& reader,
                                  const MemberResolver& resolver) {
    if (type == "LIMIT_GRANT") return read_limit_grant(reader);
    if (type == "LIMIT_CHANGE") return read_limit_change(reader);
    if (type == "CAPTURE") return read_capture(reader, resolver);
    if (type == "REPAYMENT") return read_repayment(reader);
    reader.reject("type", "unknown type \"" + type + "\"");
    return {};
}

}  // namespace

std::string_view component_name(ledger::Component component) {
    for (const auto& [name, value_of_name] : kComponents) {
        if (value_of_name == component) return name;
    }
    return "unknown";
}

std::optional<ledger::Component> component_from_name(std::string_view name) {
    for (const auto& [known, component] : kComponents) {
        if (known == name) return component;
    }
    return std::nullopt;
}

object to_json(const ledger::Transaction& transaction) {
    object target;
    target["id"] = id_text(transaction.id);
    target["business_date"] = day_value(transaction.business_date);
    target["value_date"] = day_value(transaction.value_date);
    target["type"] = ledger::type_name(transaction.body);
    std::visit([&](const auto& body) { write(body, target); }, transaction.body);
    return target;
}

Result<ledger::Transaction> transaction_from_json(const value& source,
                                                  const MemberResolver& resolver) {
    return transaction_from_json(source, resolver, {});
}

Result<ledger::Transaction> transaction_from_json(const value& source,
                                                  const MemberResolver& resolver,
                                                  const std::string& path) {
    ObjectReader reader(source, path);
    ledger::Transaction transaction;
    transaction.id = reader.id<ledger::TransactionId>("id");
    transaction.business_date = reader.day("business_date");
    transaction.value_date = reader.day("value_date");
    const std::string type = reader.text("type");
    transaction.body = read_body(type, reader, resolver);
    if (const Status status = reader.finish(); !status) return status.error();
    return transaction;
}

}  // namespace tally::node
