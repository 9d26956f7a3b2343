#include "client/answers.h"

#include <boost/json.hpp>

#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/note.h"

namespace tally::client {
namespace {

namespace json = boost::json;

/// Deep enough for every answer of the API, and a bound for anything else.
constexpr std::size_t kDepthMax = 16;

Result<json::object> object_of(const std::string& body) {
    json::error_code failure;
    json::parse_options options;
    options.max_depth = kDepthMax;
    json::value value = json::parse(body, failure, {}, options);
    if (failure) return fail(errc::bad_answer, "not JSON: " + failure.message());
    if (!value.is_object()) return fail(errc::bad_answer, "not a JSON object");
    return std::move(value.as_object());
}

/// Members of an object of the API; remembers the first that is not as it should be.
class Members {
public:
    explicit Members(const json::object& object) : object_(object) {}

    std::uint64_t number(std::string_view name) {
        const json::value* value = object_.if_contains(name);
        if (value != nullptr && value->is_uint64()) return value->get_uint64();
        if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
            return static_cast<std::uint64_t>(value->get_int64());
        }
        return reject(name, "a number"), 0;
    }
    std::string text(std::string_view name) {
        const json::value* value = object_.if_contains(name);
        if (value != nullptr && value->is_string()) return std::string(value->get_string());
        return reject(name, "a text"), std::string();
    }
    bool boolean(std::string_view name) {
        const json::value* value = object_.if_contains(name);
        if (value != nullptr && value->is_bool()) return value->get_bool();
        return reject(name, "true or false"), false;
    }
    Status finish() const {
        if (!fault_.empty()) return fail(errc::bad_answer, fault_);
        return {};
    }

private:
    void reject(std::string_view name, const char* expected) {
        if (fault_.empty()) fault_ = std::string(name) + " is not " + expected;
    }
    const json::object& object_;
    std::string fault_;
};

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
    const auto object = object_of(body);
    if (!object) return object.error();
    Members members(*object);
    Receipt receipt;
    receipt.block = members.number("block");
    receipt.block_time = members.text("block_time");
    receipt.header_entry = members.number("header_entry");
    receipt.replayed = members.boolean("replayed");
    receipt.applied_index = members.number("applied_index");
    const json::value* certified = object->if_contains("certified_size");
    if (certified != nullptr && !certified->is_null()) {
        receipt.certified_size = members.number("certified_size");
    }
    const Status read = members.finish();
    if (!read) return read.error();
    const json::value* transactions = object->if_contains("transactions");
    if (transactions == nullptr || !transactions->is_array()) {
        return fail(errc::bad_answer, "transactions is not a list");
    }
    for (const auto& element : transactions->get_array()) {
        if (!element.is_object()) return fail(errc::bad_answer, "transactions: not objects");
        Members parts(element.get_object());
        SubmittedTransaction transaction;
        transaction.id = parts.text("id");
        transaction.outcome = parts.text("outcome");
        transaction.entry = parts.number("entry");
        transaction.repeated = parts.boolean("repeated");
        const Status part = parts.finish();
        if (!part) return fail(errc::bad_answer, "transactions: " + part.error().context);
        receipt.transactions.push_back(std::move(transaction));
    }
    receipt.json = body;
    return receipt;
}

Error problem_error(int status, const std::string& body) {
    const auto object = object_of(body);
    std::string code;
    std::string detail;
    if (object) {
        if (const auto* value = object->if_contains("code"); value && value->is_string()) {
            code = std::string(value->get_string());
        }
        if (const auto* value = object->if_contains("detail"); value && value->is_string()) {
            detail = std::string(value->get_string());
        }
        const auto* ids = object->if_contains("ids");
        if (ids != nullptr && ids->is_array()) {
            detail += detail.empty() ? "ids:" : "; ids:";
            for (const auto& id : ids->get_array()) {
                if (id.is_string()) detail += " " + std::string(id.get_string());
            }
        }
    }
    if (code.empty()) {
        constexpr std::size_t kShownMax = 200;
        code = "http_" + std::to_string(status);
        detail = body.substr(0, kShownMax);
    }
    return Error{api_code(code), detail};
}

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
    for (const auto& transaction : transactions) {
        if (!transaction.accepted()) return false;
    }
    return true;
}

Result<Document> Document::parse(const Answer& answer) {
    const auto object = object_of(answer.body);
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
