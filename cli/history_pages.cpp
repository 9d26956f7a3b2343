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

/// The link of an item in the log of the account whose path this is; null: it has none there.
const boost::json::object* link_of(const boost::json::object& item, const std::string& path) {
    const std::string id = path.substr(path.rfind('/') + 1);
    for (const auto& link : array_at(item, "links")) {
        if (link.is_object() && text_at(link.get_object(), "id") == id) return &link.get_object();
    }
    return nullptr;
}

/// Where the link leads to; nothing at the beginning of the log.
std::optional<std::uint64_t> previous_of(const boost::json::object& link) {
    const auto* previous = link.if_contains("previous");
    if (previous == nullptr || !previous->is_int64() || previous->get_int64() < 0) return {};
    return static_cast<std::uint64_t>(previous->get_int64());
}

}  // namespace

std::string HistoryPages::next_path(std::uint64_t limit) const {
    return path_ + "/history?limit=" + std::to_string(limit) +
           (cursor_.empty() ? "" : "&cursor=" + client::url_text(cursor_));
}

Status HistoryPages::check_beginning(const boost::json::array& items) const {
    const bool begins = !last_ && cursor_.empty();
    const auto first = items.empty() ? std::nullopt : entry_of(items.front());
    if (!begins) return {};
    if (known_ && (!first || *first < *known_)) {
        return bad("does not have entry " + std::to_string(*known_) + ", which two nodes have");
    }
    if (newest_ && first && *first > *newest_) {
        return bad("begins at entry " + std::to_string(*first) +
                   ", which the log does not have yet");
    }
    return {};
}

Result<std::optional<std::uint64_t>> HistoryPages::check_items(
    const boost::json::array& items) const {
    std::optional<std::uint64_t> before = last_;
    std::optional<std::uint64_t> wanted = previous_;
    for (const auto& item : items) {
        const auto entry = entry_of(item);
        if (!entry) return bad("has an item without an entry");
        if (before && *entry >= *before) {
            return bad("goes from entry " + std::to_string(*before) + " to entry " +
                       std::to_string(*entry) + ", where entries go down");
        }
        before = entry;
        const auto* link = link_of(item.get_object(), path_);
        if (link == nullptr) continue;
        if (wanted && *entry != *wanted) {
            return bad("leaves out entry " + std::to_string(*wanted));
        }
        wanted = previous_of(*link);
    }
    return wanted;
}

Status HistoryPages::check(const std::string& body) const {
    const auto page = api::json_object_from_text(body);
    if (!page) return fail(client::errc::bad_answer, page.error().context);
    const auto* items = page->if_contains("items");
    if (items == nullptr || !items->is_array()) return bad("has no items");
    if (const Status begun = check_beginning(items->get_array()); !begun) return begun;
    const auto wanted = check_items(items->get_array());
    if (!wanted) return wanted.error();
    const std::string next = text_at(*page, "next");
    if (next.empty()) {
        return *wanted ? Status(bad("leaves out entry " + std::to_string(**wanted))) : Status();
    }
    if (next == cursor_) return bad("leads to itself");
    if (items->get_array().empty()) return bad("is empty and goes on");
    return {};
}

std::optional<std::uint64_t> newest_in_history(client::Client& client, const std::string& path) {
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
    return entry;
}

void HistoryPages::take(const boost::json::object& page) {
    const auto& items = array_at(page, "items");
    if (!items.empty()) last_ = entry_of(items.back());
    for (const auto& item : items) {
        const auto* link = item.is_object() ? link_of(item.get_object(), path_) : nullptr;
        if (link != nullptr) previous_ = previous_of(*link);
    }
    cursor_ = text_at(page, "next");
    ended_ = cursor_.empty();
}

}  // namespace tally::cli
