#include "book/remote_records.h"

#include <boost/json.hpp>

#include "base/hex.h"
#include "client/errors.h"
#include "crypto/base64.h"
#include "ledger/records.h"

namespace tally::book {
namespace {

/// Records that a book's own transactions make, one each.
bool taken_for_free(ByteView key) {
    return !key.empty() && (key[0] == ledger::kIdRecord || key[0] == ledger::kSourceRecord);
}

/// The value in `{"key": hex, "value": base64 or null, ...}`.
Result<std::optional<Bytes>> value_of(const client::Answer& answer, const std::string& key) {
    const auto bad = [&answer](const std::string& what) {
        return fail(client::errc::bad_answer, answer.url + ": record: " + what);
    };
    boost::json::error_code failure;
    const auto document = boost::json::parse(answer.body, failure);
    const auto* object = failure ? nullptr : document.if_object();
    if (object == nullptr) return bad("not a JSON object");
    const auto* given = object->if_contains("key");
    if (given == nullptr || !given->is_string() || given->get_string() != key) {
        return bad("key: not the one asked for");
    }
    const auto* value = object->if_contains("value");
    if (value != nullptr && value->is_null()) return std::optional<Bytes>{};
    const auto* text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr) return bad("value: neither a text nor null");
    auto bytes = crypto::from_base64({text->data(), text->size()});
    if (!bytes) return bad("value: not base64");
    return std::optional<Bytes>(std::move(*bytes));
}

}  // namespace

Result<std::optional<Bytes>> RemoteRecords::get(ByteView key) const {
    const Bytes name = to_bytes(key);
    const auto known = cache_.find(name);
    if (known != cache_.end()) return known->second;
    if (taken_for_free(key) && !asked_.contains(name)) return std::optional<Bytes>{};
    // What this process wrote is seen because of min_index, so no quorum has to confirm the read.
    client::ReadOptions options;
    options.local = min_index_ > 0;
    options.min_index = min_index_;
    const std::string text = to_hex(key);
    ++requests_;
    const auto answer = client_.get("/v1/records/" + text, options);
    if (!answer) return answer.error();
    auto value = value_of(*answer, text);
    if (value) cache_.emplace(name, *value);
    return value;
}

void RemoteRecords::forget(std::uint64_t min_index) {
    cache_.clear();
    asked_.clear();
    min_index_ = min_index;
}

}  // namespace tally::book
