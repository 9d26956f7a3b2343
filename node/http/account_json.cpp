#include "node/http/account_json.h"

#include "ledger/dates.h"
#include "node/json/ids.h"
#include "node/json/transaction_json.h"

namespace tally::node {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

object member_json(const ledger::MemberId& id, const ledger::Genesis& genesis) {
    const ledger::GenesisMember* member = genesis.member(id);
    return {{"member", id_text(id)},
            {"name", member == nullptr ? value(nullptr) : value(member->name)}};
}

std::string_view text_of_code(const ledger::CurrencyCode& code) {
    return {code.data(), code.size()};
}

std::string_view status_name(ledger::LineStatus status) {
    switch (status) {
        case ledger::LineStatus::active:
            return "ACTIVE";
        case ledger::LineStatus::frozen:
            return "FROZEN";
        case ledger::LineStatus::closed:
            return "CLOSED";
    }
    return "UNKNOWN";
}

std::string_view status_name(ledger::ContractStatus status) {
    switch (status) {
        case ledger::ContractStatus::active:
            return "ACTIVE";
        case ledger::ContractStatus::closed_paid:
            return "CLOSED_PAID";
    }
    return "UNKNOWN";
}

void add_log(object& target, const ledger::AccountHead& log) {
    target["entries"] = log.count;
    target["last_entry"] = log.last == ledger::kNoEntry ? value(nullptr) : value(log.last);
}

array schedule_json(const ledger::ContractView& contract) {
    array rows;
    for (const ledger::RowView& row : contract.rows) {
        rows.push_back({{"instalment", rows.size()},
                        {"due", ledger::day_text(row.agreed.due)},
                        {"principal", row.agreed.principal},
                        {"fee", row.agreed.fee},
                        {"principal_paid", row.paid.principal},
                        {"fee_paid", row.paid.fee},
                        {"principal_outstanding", row.principal_outstanding},
                        {"fee_outstanding", row.fee_outstanding}});
    }
    return rows;
}

}  // namespace

object to_json(const ledger::LineView& line, const ledger::Genesis& genesis) {
    object target;
    target["id"] = id_text(line.id);
    target["status"] = status_name(line.body.status);
    target["owner"] = member_json(line.body.owner, genesis);
    target["borrower"] = id_text(line.body.borrower);
    target["currency"] = text_of_code(line.body.currency);
    target["limit"] = line.body.limit;
    target["used"] = line.body.used;
    target["available"] = line.available;
    target["valid_from"] = ledger::day_text(line.body.valid_from);
    target["valid_to"] = ledger::day_text(line.body.valid_to);
    target["contract_count"] = line.body.contracts;
    array contracts;
    for (const ledger::ContractId& id : line.contracts) contracts.emplace_back(id_text(id));
    target["contracts"] = std::move(contracts);
    add_log(target, line.log);
    return target;
}

object to_json(const ledger::ContractView& contract, const ledger::Genesis& genesis) {
    object target;
    target["id"] = id_text(contract.id);
    target["status"] = status_name(contract.body.status);
    target["line"] = id_text(contract.body.line);
    target["borrower"] = id_text(contract.body.borrower);
    target["owner"] = member_json(contract.body.owner, genesis);
    target["currency"] = text_of_code(contract.body.currency);
    target["principal"] = contract.body.terms.principal;
    target["fee_ppm"] = contract.body.terms.fee_ppm;
    target["periods"] = contract.body.terms.periods;
    target["value_date"] = ledger::day_text(contract.body.terms.anchor);
    target["schedule"] = schedule_json(contract);
    array shares;
    for (const ledger::FundingShare& share : contract.body.shares) {
        object one = member_json(share.funder, genesis);
        one["share"] = share.share;
        shares.push_back(std::move(one));
    }
    target["shares"] = std::move(shares);
    target["principal_outstanding"] = contract.principal_outstanding;
    target["fee_outstanding"] = contract.fee_outstanding;
    target["payable"] = contract.payable;
    target["paid"] = contract.paid;
    target["payment_count"] = contract.body.payments;
    add_log(target, contract.log);
    return target;
}

object to_json(const ledger::BorrowerView& borrower, const ledger::Genesis& genesis) {
    object target;
    target["id"] = id_text(borrower.id);
    target["line_count"] = borrower.body.lines;
    array lines;
    for (const ledger::LineView& line : borrower.lines) lines.push_back(to_json(line, genesis));
    target["lines"] = std::move(lines);
    add_log(target, borrower.log);
    return target;
}

array to_json(const std::vector<ledger::Allocation>& allocation) {
    array parts;
    for (const ledger::Allocation& part : allocation) {
        parts.push_back({{"instalment", part.instalment},
                         {"component", component_name(part.component)},
                         {"amount", part.amount}});
    }
    return parts;
}

}  // namespace tally::node
