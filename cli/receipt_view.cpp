#include "cli/receipt_view.h"

#include <algorithm>
#include <string>

#include "api/ids.h"
#include "api/json_text.h"
#include "book/columns.h"
#include "book/signing.h"
#include "cli/answer.h"
#include "cli/drafts.h"
#include "ledger/dates.h"

namespace tally::cli {
namespace {

const char* certified_words(bool awaited) {
    return awaited ? "NOT YET: nothing proved it in time" : "not awaited (--wait certified)";
}

/// Why it was refused, and what helps; that it was on record.
std::string note_of(const client::SubmittedTransaction& one, const ledger::Transaction* transaction,
                    bool shown) {
    std::string note;
    if (const auto outcome = book::outcome_from_code(one.outcome); outcome && !one.accepted()) {
        note = ledger::outcome_text(*outcome);
        const bool signer = *outcome == ledger::Outcome::role_missing ||
                            *outcome == ledger::Outcome::signer_missing;
        if (signer && transaction != nullptr) {
            note += ": " + book::who_signs(transaction->body);
        }
    }
    if (!one.repeated) return note;
    note += (note.empty() ? "" : "; ") + std::string("on record before, the first outcome stands");
    if (one.accepted()) return note;
    if (!shown) {
        return note +
               ": so says one node, and neither a proof nor a second node; submit the same again "
               "before you try anew under another id";
    }
    return note + ": to try anew, give it another id, or none for a new one";
}

/// As the node answered it, but that only what was proven is called certified.
void print_receipt_json(Console& console, const client::Receipt& receipt,
                        std::optional<std::uint64_t> proven) {
    const auto answered = api::json_object_from_text(receipt.json);
    if (!answered) return;  // it was read as one before
    boost::json::object shown;
    for (const auto& [name, member] : *answered) {
        if (name != "certified_size") shown[name] = member;
    }
    if (proven) shown["certified_size"] = *proven;
    console.print(shown);
}

/// The rates of a product, beside what a purchase asked for.
void print_offer(Console& console, const boost::json::object& product,
                 const ledger::Capture& capture) {
    console.out << "asked for: " << capture.schedule.size() << " periods, "
                << percent(capture.rate_ppm) << "; product " << api::id_text(capture.product)
                << " offers\n";
    Table offers({">band", ">periods", ">rate"});
    for (const auto& element : array_at(product, "terms")) {
        if (!element.is_object()) continue;
        const auto& term = element.get_object();
        offers.add({number_at(term, "band"), number_at(term, "periods"),
                    percent(integer_at(term, "rate_ppm"))});
    }
    offers.print(console.out);
}

}  // namespace

void print_receipt(Console& console, const client::Receipt& receipt,
                   const PreparedSubmission& prepared, const Certification& certification) {
    const auto& proven = certification.proven_size;
    if (console.json) return print_receipt_json(console, receipt, proven);
    print_fields(
        console.out,
        {{"block", std::to_string(receipt.block) + " at " + receipt.block_time},
         {"signed", "header at entry " + std::to_string(receipt.header_entry)},
         {"certified", proven ? "by the checkpoint of " + std::to_string(*proven) + " entries"
                              : certified_words(certification.awaited)}});
    Table table({"id", "type", "date", "outcome", ">entry", "note"});
    for (std::size_t i = 0; i < receipt.transactions.size(); ++i) {
        const auto& one = receipt.transactions[i];
        const auto& transactions = prepared.transactions;
        const auto* transaction = i < transactions.size() ? &transactions[i] : nullptr;
        const std::string type =
            transaction != nullptr ? std::string(ledger::type_name(transaction->body)) : "";
        // It may have been filled in.
        const std::string date =
            transaction != nullptr ? ledger::day_text(transaction->business_date) : "";
        table.add({one.id, type, date, one.outcome, std::to_string(one.entry),
                   note_of(one, transaction, !certification.unshown.contains(one.id))});
    }
    table.print(console.out);
}

void explain(Console& console, const client::Receipt& receipt, const PreparedSubmission& prepared,
             client::Client& client) {
    const std::size_t count = std::min(receipt.transactions.size(), prepared.transactions.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto* capture = std::get_if<ledger::Capture>(&prepared.transactions[i].body);
        if (capture == nullptr || receipt.transactions[i].outcome != "rate_differs") continue;
        const auto answer = client.get("/v1/products/" + api::id_text(capture->product));
        if (!answer) continue;
        const auto document = parse_object(*answer);
        if (document) print_offer(console, *document, *capture);
    }
}

}  // namespace tally::cli
