#include "cli/history_pages.h"

#include "api/json_text.h"
#include "cli/answer.h"
#include "client/errors.h"
#include "client/paths.h"

namespace tally::cli {
namespace {

Error bad(const std::string& what) {
    return fail(client::errc::bad_answer, "a page of a history " + what);
}

std::optional<std::uint64_t> entry_of(const boost::json::value& item) {
    const auto* object = item.if_object();
    const auto* entry = object == nullptr ? nullptr : object->if_contains("entry");
    if (entry == nullptr || !entry->is_int64() || entry->get_int64() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(entry->get_int64());
}

}  // namespace

std::string HistoryPages::next_path(std::uint64_t limit) const {
    return path_ + "/history?limit=" + std::to_string(limit) +
           (cursor_.empty() ? "" : "&cursor=" + client::url_text(cursor_));
}

Status HistoryPages::check(const std::string& body) const {
    const auto page = api::json_object_from_text(body);
    if (!page) return fail(client::errc::bad_answer, page.error().context);
    const auto* items = page->if_contains("items");
    if (items == nullptr || !items->is_array()) return bad("has no items");
    std::optional<std::uint64_t> before = last_;
    for (const auto& item : items->get_array()) {
        const auto entry = entry_of(item);
        if (!entry) return bad("has an item without an entry");
        if (!last_ && newest_ && *entry > *newest_) {
            return bad("begins at entry " + std::to_string(*entry) +
                       ", which the log does not have yet");
        }
        if (before && *entry >= *before) {
            return bad("goes from entry " + std::to_string(*before) + " to entry " +
                       std::to_string(*entry) + ", where entries go down");
        }
        before = entry;
    }
    const std::string next = text_at(*page, "next");
    if (next.empty()) return {};
    if (next == cursor_) return bad("leads to itself");
    if (items->get_array().empty()) return bad("is empty and goes on");
    return {};
}

std::optional<std::uint64_t> newest_in_history(client::Client& client, const std::string& path) {
    constexpr std::uint64_t kMeanwhile = 1 << 16;
    if (client.options().urls.size() < 2) return std::nullopt;
    const auto newest = [](const std::string& body) -> std::optional<std::uint64_t> {
        const auto page = api::json_object_from_text(body);
        if (!page || array_at(*page, "items").empty()) return std::nullopt;
        return entry_of(array_at(*page, "items").front());
    };
    const auto heard = client.hear(path + "/history?limit=1", [&](const std::string& body) {
        const auto entry = newest(body);
        return entry ? std::to_string(*entry) : body;
    });
    if (!heard || !heard->agreed || heard->agreed->status != 200) return std::nullopt;
    const auto entry = newest(heard->agreed->body);
    return entry ? std::optional(*entry + kMeanwhile) : std::nullopt;
}

void HistoryPages::take(const boost::json::object& page) {
    const auto& items = array_at(page, "items");
    if (!items.empty()) last_ = entry_of(items.back());
    cursor_ = text_at(page, "next");
    ended_ = cursor_.empty();
}

}  // namespace tally::cli
