#include <algorithm>
#include <limits>

#include "ledger/dates.h"
#include "ledger/queries.h"
#include "node/errc.h"
#include "node/http/account_json.h"
#include "node/http/entry_reader.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

namespace tally::node {
namespace {

/// Payments shown with a contract; older ones are in its history.
constexpr std::size_t kPaymentsMax = 100;
/// Entries looked at for them: refused transactions are in the account log too.
constexpr std::size_t kWalkMax = 500;

/// One of ledger/queries.h behind a path `/v1/<accounts>/{id}`.
template <typename Id, typename View>
Result<View> find(const ReadContext& context, std::string_view what,
                  Result<std::optional<View>> (*read)(const ledger::RecordReader&, const Id&)) {
    const auto id = path_id<Id>(context.parameter(0), what);
    if (!id) return id.error();
    auto view = read(context.view, *id);
    if (!view) return view.error();
    if (!view->has_value()) {
        return fail(errc::not_found, std::string(what) + " " + id_text(*id));
    }
    return std::move(**view);
}

boost::json::object payment_json(std::uint64_t index, const ledger::Transaction& transaction,
                                 const ledger::Repayment& repayment) {
    boost::json::object target;
    target["entry"] = index;
    target["transaction"] = id_text(transaction.id);
    target["business_date"] = ledger::day_text(transaction.business_date);
    target["value_date"] = ledger::day_text(transaction.value_date);
    target["source_ref"] = repayment.source_ref;
    target["amount"] = repayment.amount;
    target["allocation"] = to_json(repayment.allocation);
    return target;
}

/// The contract's accepted payments, newest first, from its account log.
Result<boost::json::array> payments_of(const ReadContext& context,
                                       const ledger::ContractView& contract) {
    EntryReader reader(context);
    boost::json::array payments;
    std::uint64_t next = contract.log.last;
    for (std::size_t walked = 0; walked < kWalkMax && next != ledger::kNoEntry; ++walked) {
        if (payments.size() == std::min<std::size_t>(kPaymentsMax, contract.body.payments)) break;
        const auto entry = reader.transaction(next);
        if (!entry) return entry.error();
        const std::uint64_t index = next;
        next = ledger::kNoEntry;
        for (const ledger::AccountLink& link : entry->links) {
            const bool same = link.account_class == ledger::AccountClass::contract &&
                              link.id == contract.id.bytes;
            if (same) next = link.previous;
        }
        if (entry->outcome != ledger::Outcome::accepted) continue;
        const auto transaction = ledger::decode_transaction(
            entry->transaction, context.view.applied().head.rules_version);
        if (!transaction) return transaction.error();
        if (const auto* repayment = std::get_if<ledger::Repayment>(&transaction->body)) {
            payments.push_back(payment_json(index, *transaction, *repayment));
        }
    }
    return payments;
}

Result<HttpResponse> line_response(const ReadContext& context) {
    const auto line = find(context, "line", ledger::read_line);
    if (!line) return line.error();
    return json_response(to_json(*line, context.genesis()));
}

Result<HttpResponse> contract_response(const ReadContext& context) {
    const auto contract = find(context, "contract", ledger::read_contract);
    if (!contract) return contract.error();
    auto payments = payments_of(context, *contract);
    if (!payments) return payments.error();
    boost::json::object document = to_json(*contract, context.genesis());
    document["payments"] = std::move(*payments);
    return json_response(document);
}

Result<HttpResponse> borrower_response(const ReadContext& context) {
    const auto borrower = find(context, "borrower", ledger::read_borrower);
    if (!borrower) return borrower.error();
    return json_response(to_json(*borrower, context.genesis()));
}

Result<HttpResponse> allocation_response(const ReadContext& context, ledger::Amount amount,
                                         ledger::Day value_date) {
    const auto contract = find(context, "contract", ledger::read_contract);
    if (!contract) return contract.error();
    const auto allocation = contract->allocation_of(amount, value_date);
    if (!allocation) {
        return fail(errc::invalid_argument,
                    "amount: the contract takes 1 to " + std::to_string(contract->payable));
    }
    boost::json::object document;
    document["contract"] = id_text(contract->id);
    document["amount"] = amount;
    document["value_date"] = ledger::day_text(value_date);
    document["payable"] = contract->payable;
    document["allocation"] = to_json(*allocation);
    return json_response(document);
}

}  // namespace

void get_line(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, line_response);
}

void get_contract(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, contract_response);
}

void get_borrower(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, borrower_response);
}

void get_allocation(const ApiPtr& api, const ExchangePtr& exchange) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    const auto amount = static_cast<ledger::Amount>(query.number(
        "amount", 0, 1, static_cast<std::uint64_t>(std::numeric_limits<ledger::Amount>::max())));
    if (amount == 0) query.reject("amount", "missing");
    const auto value_date = ledger::day_from_text(query.text("value_date").value_or(""));
    if (!value_date) query.reject("value_date", "not a date YYYY-MM-DD that exists");
    if (const Status status = query.finish(); !status) {
        exchange->refuse(status.error());
        return;
    }
    serve_read(api, exchange, options, [amount, day = *value_date](const ReadContext& context) {
        return allocation_response(context, amount, day);
    });
}

}  // namespace tally::node
