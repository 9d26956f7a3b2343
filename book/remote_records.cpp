#include "book/remote_records.h"

#include <boost/json.hpp>

#include "api/json_text.h"
#include "api/object_reader.h"
#include "base/hex.h"
#include "client/agreement.h"
#include "client/errors.h"
#include "ledger/records.h"

namespace tally::book {
namespace {

/// The value in `{"key": hex, "value": base64 or null, ...}`.
Result<std::optional<Bytes>> value_of(const client::Answer& answer, const std::string& key) {
    const auto bad = [&answer](const std::string& what) {
        return fail(client::errc::bad_answer, answer.url + ": record: " + what);
    };
    const auto document = api::json_from_text(answer.body);
    if (!document) return bad(document.error().context);
    api::ObjectReader reader(*document);
    if (reader.text("key") != key) return bad("key: not the one asked for");
    const auto* value = reader.value("value");
    if (value != nullptr && value->is_null()) return std::optional<Bytes>{};
    Bytes bytes = reader.base64("value");
    if (reader.failed()) return bad(reader.status().error().context);
    return std::optional<Bytes>(std::move(bytes));
}

/// Without the block that it is as of: nodes need not be at the same one.
std::string meaning_of(const std::string& body) {
    const auto document = api::json_from_text(body);
    if (!document || !document->is_object()) return body;
    const auto* value = document->get_object().if_contains("value");
    return value == nullptr ? body : boost::json::serialize(*value);
}

}  // namespace

/// Records that a book's own transactions make, one each.
bool RemoteRecords::taken_for_free(ByteView key) const {
    if (key.empty() || asked_.contains(to_bytes(key))) return false;
    const bool reference = key[0] == ledger::kSourceRecord;
    return key[0] == ledger::kIdRecord || (reference && references_ == References::taken_for_free);
}

void RemoteRecords::ask_for_cited(const ledger::Transaction& transaction) {
    std::visit(
        [this](const auto& body) {
            if constexpr (requires { body.target; }) {
                ask_for(ledger::id_key(body.submitter, body.target));
            }
        },
        transaction.body);
}

Result<std::optional<Bytes>> RemoteRecords::get(ByteView key) const {
    const Bytes name = to_bytes(key);
    const auto known = cache_.find(name);
    if (known != cache_.end()) return known->second;
    if (taken_for_free(key)) return std::optional<Bytes>{};
    // What this process wrote is seen because of min_index, so no quorum has to confirm the read.
    client::ReadOptions options;
    options.local = min_index_ > 0;
    options.min_index = min_index_;
    const std::string text = to_hex(key);
    ++requests_;
    const std::string path = "/v1/records/" + text;
    const auto hear = [&] {
        auto heard = client_.hear(path, meaning_of, options);
        options.local = false;  // others may be booking: what is asked again is the newest
        return heard;
    };
    const auto answer = client::agreed_answer(hear, meaning_of, "record " + text);
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
