#include "cli/list_pages.h"

#include "api/json_text.h"
#include "cli/answer.h"
#include "client/errors.h"
#include "client/paths.h"

namespace tally::cli {

using boost::json::object;

namespace {

using Clock = std::chrono::steady_clock;

/// A filter may leave nothing of many pages of 2000 accounts, but not of so many.
constexpr std::uint64_t kEmptyPagesMax = 100'000;
/// So many may take longer than the user waits for one answer.
constexpr std::uint64_t kEmptyPagesMin = 16;

}  // namespace

Result<ListPage> ListPages::next(client::Client& client, std::uint64_t limit,
                                 const client::ReadOptions& read) {
    query_.limit = limit;
    if (!since_) since_ = Clock::now();
    if (empty_ > kEmptyPagesMin && Clock::now() - *since_ > client.options().deadline) {
        return fail(client::errc::bad_answer,
                    giver_ + ": " + std::to_string(empty_) + " pages of " + plural_ +
                        " without a row, one after the other; ask others with --url, or wait "
                        "longer with --timeout");
    }
    // Rows that one node leaves out, no link shows: what two say is the page (ClientOptions).
    auto answer = client.get(client::list_path(plural_, query_), read,
                             [this](const std::string& body) { return check(body); });
    if (!answer && !query_.cursor.empty() && client::is(answer.error().code, "invalid_argument")) {
        return led_astray(giver_, plural_, answer.error());
    }
    if (!answer) return answer.error();
    auto page = parse_object(*answer);
    if (!page) return page.error();
    const auto& items = array_at(*page, "items");
    if (!items.empty()) last_ = text_at(items.back().get_object(), "id");
    query_.cursor = text_at(*page, "next");
    giver_ = answer->url;
    ended_ = query_.cursor.empty();
    empty_ = items.empty() ? empty_ + 1 : 0;
    if (!items.empty()) since_ = Clock::now();
    return ListPage{*std::move(page), *std::move(answer)};
}

Status ListPages::check(const std::string& body) const {
    const auto bad = [this](const std::string& what) {
        return fail(client::errc::bad_answer, "a page of " + plural_ + " " + what);
    };
    const auto page = api::json_object_from_text(body);
    if (!page) return fail(client::errc::bad_answer, page.error().context);
    const auto* items = page->if_contains("items");
    if (items == nullptr || !items->is_array()) return bad("has no items");
    std::string before = last_;
    for (const auto& item : items->get_array()) {
        const auto* row = item.if_object();
        const std::string id = row == nullptr ? std::string() : text_at(*row, "id");
        if (id.empty()) return bad("has a row without an id");
        if (id <= before) {
            return bad("goes from " + before + " to " + id + ", where ids go up");
        }
        if (const Status held = holds_ ? holds_(*row) : Status(); !held) return held;
        before = id;
    }
    const std::string next = text_at(*page, "next");
    if (!next.empty() && next == query_.cursor) return bad("leads to itself");
    if (!next.empty() && empty_ == kEmptyPagesMax) return bad("has no rows, as so many before");
    return {};
}

}  // namespace tally::cli
