#include "client/answers.h"

#include <algorithm>
#include <boost/json.hpp>

#include "api/ids.h"
#include "api/json_text.h"
#include "api/object_reader.h"
#include "api/problem.h"
#include "client/proof.h"
#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/note.h"
#include "ledger/ledger.h"
#include "ledger/outcome.h"
#include "ledger/transaction.h"

namespace tally::client {
namespace {

namespace json = boost::json;

/// What a node said wrong, said as a fault of its answer.
constexpr std::string_view kUnconfirmed =
    "not on record at this node, which no majority confirms: ask again when one answers";

Error bad_answer(const Error& fault) { return fail(errc::bad_answer, fault.context); }

void flatten(const json::value& value, const std::string& path,
             std::map<std::string, std::string, std::less<>>& scalars) {
    const std::string prefix = path.empty() ? "" : path + "/";
    switch (value.kind()) {
        case json::kind::object:
            if (!path.empty()) scalars[path] = "o";
            for (const auto& [name, member] : value.get_object()) {
                flatten(member, prefix + std::string(name), scalars);
            }
            break;
        case json::kind::array: {
            scalars[path] = "a";
            std::size_t position = 0;
            for (const auto& element : value.get_array()) {
                flatten(element, prefix + std::to_string(position++), scalars);
            }
            break;
        }
        case json::kind::string:
            scalars[path] = "s" + std::string(value.get_string());
            break;
        case json::kind::bool_:
            scalars[path] = value.get_bool() ? "b1" : "b0";
            break;
        case json::kind::int64:
            scalars[path] = "i" + std::to_string(value.get_int64());
            break;
        case json::kind::null:
            scalars[path] = "n";
            break;
        default:
            scalars[path] = "x";
            break;  // beyond int64, or not whole: never in the API
    }
}

}  // namespace

Result<Receipt> receipt_of(const std::string& body) {
    const auto value = api::json_from_text(body);
    if (!value) return bad_answer(value.error());
    api::ObjectReader reader(*value);
    Receipt receipt;
    receipt.block = reader.unsigned_integer("block");
    receipt.block_time = reader.text("block_time");
    receipt.header_entry = reader.unsigned_integer("header_entry");
    receipt.replayed = reader.boolean("replayed");
    receipt.applied_index = reader.unsigned_integer("applied_index");
    const json::value* certified = reader.optional_value("certified_size");
    if (certified != nullptr && !certified->is_null()) {
        receipt.certified_size = reader.unsigned_integer("certified_size");
    }
    reader.each("transactions", [&](const json::value& element, const std::string& path) {
        api::ObjectReader part(element, path);
        SubmittedTransaction transaction;
        transaction.id = part.text("id");
        transaction.outcome = part.text("outcome");
        transaction.entry = part.unsigned_integer("entry");
        transaction.repeated = part.boolean("repeated");
        receipt.transactions.push_back(std::move(transaction));
        return part.status();
    });
    if (!reader.status()) return bad_answer(reader.status().error());
    receipt.json = body;
    return receipt;
}

SentIds sent_ids(const std::vector<Bytes>& transactions) {
    std::vector<std::string> ids;
    ids.reserve(transactions.size());
    for (const Bytes& bytes : transactions) {
        const auto transaction = ledger::decode_transaction(bytes, ledger::kRulesVersion);
        ids.push_back(transaction ? api::id_text(transaction->id) : std::string());
    }
    return ids;
}

SentIds sent_ids(const std::string& body) {
    const auto document = api::json_object_from_text(body);
    const json::value* list = document ? document->if_contains("transactions") : nullptr;
    if (list == nullptr || !list->is_array()) return std::nullopt;
    std::vector<Bytes> transactions;
    for (const json::value& element : list->get_array()) {
        const json::string* text = element.if_string();
        auto bytes = text == nullptr
                         ? std::nullopt
                         : crypto::from_base64(std::string_view(text->data(), text->size()));
        if (!bytes) return std::nullopt;
        transactions.push_back(std::move(*bytes));
    }
    return sent_ids(transactions);
}

std::optional<Bytes> sent_header(const std::string& body) {
    const auto document = api::json_object_from_text(body);
    const json::value* header = document ? document->if_contains("header") : nullptr;
    const json::string* text = header == nullptr ? nullptr : header->if_string();
    if (text == nullptr) return std::nullopt;
    return crypto::from_base64(std::string_view(text->data(), text->size()));
}

namespace {

bool is_outcome(std::string_view code) {
    for (std::uint16_t number = 0;; ++number) {
        const auto outcome = ledger::outcome_from(number);
        if (!outcome) return false;
        if (ledger::outcome_code(*outcome) == code) return true;
    }
}

}  // namespace

Status check_receipt(const Receipt& receipt, const SentIds& sent) {
    for (const SubmittedTransaction& one : receipt.transactions) {
        if (!is_outcome(one.outcome)) {
            return fail(errc::bad_answer, one.outcome + " is no outcome that the rules have");
        }
        // Of what was on record before, a receipt has the first outcome.
        const bool first = one.repeated
                               ? stands_under_id(one.outcome)
                               : one.outcome != ledger::outcome_code(ledger::Outcome::repeated);
        if (!first) {
            return fail(errc::bad_answer, "the receipt gives " + one.outcome + " for transaction " +
                                              one.id + ", which is of an attempt at it");
        }
    }
    if (!sent) return {};
    if (receipt.transactions.size() != sent->size()) {
        return fail(errc::bad_answer,
                    "a receipt for " + std::to_string(receipt.transactions.size()) +
                        " transactions, where " + std::to_string(sent->size()) + " were sent");
    }
    for (std::size_t i = 0; i < sent->size(); ++i) {
        const std::string& id = (*sent)[i];
        if (id.empty() || receipt.transactions[i].id == id) continue;
        return fail(errc::bad_answer, "transaction " + std::to_string(i + 1) +
                                          " of the receipt is " + receipt.transactions[i].id +
                                          ", where " + id + " was sent");
    }
    return {};
}

Error problem_error(int status, const std::string& body) {
    const auto value = api::json_from_text(body);
    const auto problem =
        value ? api::problem_from_json(*value) : Result<api::Problem>(value.error());
    if (!problem || problem->code.empty()) {
        constexpr std::size_t kShownMax = 200;
        if (status < 400) {
            return fail(errc::bad_answer,
                        "the answer has the status " + std::to_string(status) +
                            ", which no node gives: something else stands at this address, or in "
                            "between");
        }
        return Error{api_code("http_" + std::to_string(status)), body.substr(0, kShownMax)};
    }
    std::string detail = problem->detail;
    if (!problem->ids.empty()) detail += detail.empty() ? "ids:" : "; ids:";
    for (const ledger::TransactionId& id : problem->ids) detail += " " + api::id_text(id);
    return Error{api_code(problem->code), std::move(detail)};
}

Error unconfirmed(const Error& not_found, const std::string& url) {
    return {not_found.code, not_found.context + "; " + url + ": " + std::string(kUnconfirmed)};
}

bool is_unconfirmed(const Error& error) { return error.context.ends_with(kUnconfirmed); }

Result<std::uint64_t> checkpoint_size(std::string_view note) {
    const auto parts = crypto::Note::decode(note);
    if (!parts) return fail(errc::bad_answer, "the checkpoint is not a signed note");
    const auto checkpoint = crypto::Checkpoint::decode(parts->text);
    if (!checkpoint) return fail(errc::bad_answer, "the note is not a checkpoint");
    return checkpoint->size;
}

std::string with_query(const std::string& path, const ReadOptions& options) {
    std::string result = path;
    char separator = path.find('?') == std::string::npos ? '?' : '&';
    const auto add = [&](const std::string& part) {
        result += separator + part;
        separator = '&';
    };
    if (options.local) add("consistency=local");
    if (options.min_index != 0) add("min_index=" + std::to_string(options.min_index));
    return result;
}

bool Receipt::all_accepted() const {
    return std::ranges::all_of(transactions,
                               [](const auto& transaction) { return transaction.accepted(); });
}

Result<Document> Document::parse(const Answer& answer) {
    const auto object = api::json_object_from_text(answer.body);
    if (!object) {
        return fail(errc::bad_answer, answer.url + ": " + object.error().context);
    }
    Document document;
    document.answer_ = answer;
    flatten(json::value(*object), "", document.scalars_);
    return document;
}

std::optional<std::int64_t> Document::integer(std::string_view path) const {
    const auto found = scalars_.find(path);
    if (found == scalars_.end() || found->second[0] != 'i') return std::nullopt;
    return std::stoll(found->second.substr(1));
}

std::optional<std::string> Document::text(std::string_view path) const {
    const auto found = scalars_.find(path);
    if (found == scalars_.end() || found->second[0] != 's') return std::nullopt;
    return found->second.substr(1);
}

std::optional<bool> Document::boolean(std::string_view path) const {
    const auto found = scalars_.find(path);
    if (found == scalars_.end() || found->second[0] != 'b') return std::nullopt;
    return found->second == "b1";
}

bool Document::has(std::string_view path) const { return scalars_.contains(path); }

std::string submission_json(const ledger::Submission& submission) {
    json::array signatures;
    for (const auto& signature : submission.signatures) {
        signatures.emplace_back(crypto::to_base64(signature.view()));
    }
    json::array transactions;
    for (const auto& transaction : submission.transactions) {
        transactions.emplace_back(crypto::to_base64(transaction));
    }
    return json::serialize(json::object{{"header", crypto::to_base64(submission.header)},
                                        {"signatures", std::move(signatures)},
                                        {"transactions", std::move(transactions)}});
}

}  // namespace tally::client
