#include "node/cli/drafts.h"

#include <chrono>

#include "crypto/ed25519.h"
#include "ledger/dates.h"
#include "ledger/schedule.h"
#include "node/book/contract_json.h"
#include "node/book/model.h"
#include "node/errc.h"
#include "node/json/ids.h"

namespace tally::cli {
namespace {

using boost::json::object;
using boost::json::value;

Error wrong(const std::string& what) { return fail(node::errc::invalid_argument, what); }

std::string text_of(const object& source, const char* name) {
    const auto* found = source.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

std::optional<std::int64_t> integer_of(const object& source, const char* name) {
    const auto* found = source.if_contains(name);
    if (found == nullptr) return std::nullopt;
    if (const auto* number = found->if_int64()) return *number;
    return std::nullopt;
}

/// Turns drafts into transactions, one after the other: a later payment sees the earlier ones.
class Completer {
public:
    Completer(const ledger::Genesis& genesis, client::Client& client)
        : genesis_(genesis), client_(client) {}

    Result<ledger::Transaction> complete(const value& draft) {
        if (!draft.is_object()) return wrong("not an object");
        object whole = draft.get_object();
        if (!whole.contains("id")) whole["id"] = node::id_text(new_transaction_id());
        if (!whole.contains("value_date") && whole.contains("business_date")) {
            whole["value_date"] = whole["business_date"];
        }
        const std::string type = text_of(whole, "type");
        Status status;
        if (type == "CAPTURE" && !whole.contains("schedule")) status = add_schedule(whole);
        const bool allocates = type == "REPAYMENT" && !whole.contains("allocation");
        if (allocates) whole["allocation"] = boost::json::array{};
        if (!status) return status.error();
        auto transaction = node::transaction_from_json(whole, resolver_of(genesis_));
        if (!transaction || !allocates) return transaction;
        return allocate(*transaction);
    }

private:
    Status add_schedule(object& whole) const {
        const auto periods = integer_of(whole, "periods");
        if (!periods || *periods < 1 || *periods > ledger::kPeriodsMax) {
            return wrong("schedule: is missing; give it, or periods (1 to " +
                         std::to_string(ledger::kPeriodsMax) + ") to have it computed");
        }
        const auto anchor = ledger::day_from_text(text_of(whole, "value_date"));
        if (!anchor) return wrong("value_date: not a date, write YYYY-MM-DD");
        ledger::ScheduleTerms terms;
        terms.principal = integer_of(whole, "principal").value_or(0);
        terms.fee_ppm = static_cast<ledger::Ppm>(integer_of(whole, "fee_ppm").value_or(-1));
        terms.periods = static_cast<std::uint32_t>(*periods);
        terms.anchor = *anchor;
        const auto schedule = ledger::compute_schedule(terms);
        if (schedule.outcome != ledger::Outcome::accepted) {
            return wrong("schedule: none follows from principal, fee_ppm and periods: " +
                         std::string(ledger::outcome_text(schedule.outcome)));
        }
        boost::json::array rows;
        for (const auto& row : schedule.rows) {
            rows.push_back({{"due", ledger::day_text(row.due)},
                            {"principal", row.principal},
                            {"fee", row.fee}});
        }
        whole["schedule"] = std::move(rows);
        whole.erase("periods");
        return {};
    }

    Result<ledger::Transaction> allocate(const ledger::Transaction& draft) {
        const auto& payment = std::get<ledger::Repayment>(draft.body);
        if (model_.contract(payment.contract) == nullptr) {
            const auto answer = client_.contract(node::id_text(payment.contract));
            if (!answer) {
                return Error{answer.error().code, "allocation: " + answer.error().context};
            }
            boost::json::error_code failure;
            const auto body = book::contract_from_json(boost::json::parse(answer->json(), failure));
            if (!body) return body.error();
            model_.learn(payment.contract, *body);
        }
        book::BookRow row;
        row.business_date = draft.business_date;
        row.value_date = draft.value_date;
        row.body = book::RepaymentRow{payment.contract, payment.amount, payment.source_ref};
        return model_.plan(row, draft.id).transaction;
    }

    const ledger::Genesis& genesis_;
    client::Client& client_;
    book::ContractModel model_;
};

}  // namespace

Result<std::vector<ledger::Transaction>> complete_transactions(const std::string& text,
                                                               const ledger::Genesis& genesis,
                                                               client::Client& client) {
    boost::json::error_code failure;
    value document = boost::json::parse(text, failure);
    if (failure) return wrong("not JSON: " + failure.message());
    if (document.is_object()) document = boost::json::array{document};
    if (!document.is_array() || document.get_array().empty()) {
        return wrong("neither a transaction nor a list of them");
    }
    Completer completer(genesis, client);
    std::vector<ledger::Transaction> transactions;
    for (const value& draft : document.get_array()) {
        auto transaction = completer.complete(draft);
        if (!transaction) {
            return Error{transaction.error().code, "transaction " +
                                                       std::to_string(transactions.size() + 1) +
                                                       ": " + transaction.error().context};
        }
        transactions.push_back(std::move(*transaction));
    }
    return transactions;
}

ledger::TransactionId new_transaction_id() {
    ledger::TransactionId id;
    crypto::random_bytes(id.bytes);
    const auto now =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count());
    for (std::size_t i = 0; i < 6; ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(now >> (40 - 8 * i));
    }
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

}  // namespace tally::cli
