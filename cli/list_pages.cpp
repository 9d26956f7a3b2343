#include "cli/list_pages.h"

#include <algorithm>

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
constexpr std::uint64_t kRowsOfPage = 200;

Error bad_page(const std::string& plural, const std::string& what) {
    return fail(client::errc::bad_answer, "a page of " + plural + " " + what);
}

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
    seen_ += items.size();
    query_.cursor = text_at(*page, "next");
    giver_ = answer->url;
    ended_ = query_.cursor.empty();
    empty_ = items.empty() ? empty_ + 1 : 0;
    if (!items.empty()) since_ = Clock::now();
    return ListPage{*std::move(page), *std::move(answer)};
}

Status ListPages::check_rows(const boost::json::array& rows) const {
    std::string before = last_;
    for (const auto& item : rows) {
        const auto* row = item.if_object();
        const std::string id = row == nullptr ? std::string() : text_at(*row, "id");
        if (id.empty()) return bad_page(plural_, "has a row without an id");
        if (id <= before && order_ == ListOrder::ids) {
            return bad_page(plural_, "goes from " + before + " to " + id + ", where ids go up");
        }
        if (const Status held = holds_ ? holds_(*row) : Status(); !held) return held;
        before = id;
    }
    return {};
}

Status ListPages::check_places(const boost::json::array& rows) const {
    std::uint64_t wanted = seen_;
    for (const auto& item : rows) {
        const auto* place = item.get_object().if_contains("place");
        const bool follows = place != nullptr && place->is_int64() &&
                             place->get_int64() == static_cast<std::int64_t>(wanted);
        if (!follows) return bad_page(plural_, "leaves out place " + std::to_string(wanted));
        ++wanted;
    }
    return {};
}

Status ListPages::check(const std::string& body) const {
    const auto bad = [this](const std::string& what) { return bad_page(plural_, what); };
    const auto page = api::json_object_from_text(body);
    if (!page) return fail(client::errc::bad_answer, page.error().context);
    const auto* items = page->if_contains("items");
    if (items == nullptr || !items->is_array()) return bad("has no items");
    if (const Status rows = check_rows(items->get_array()); !rows) return rows;
    if (order_ == ListOrder::places) {
        if (const Status places = check_places(items->get_array()); !places) return places;
    }
    const std::string next = text_at(*page, "next");
    if (!next.empty() && next == query_.cursor) return bad("leads to itself");
    if (!next.empty() && empty_ == kEmptyPagesMax) return bad("has no rows, as so many before");
    return {};
}

Result<ListRows> gather_rows(Console& console, client::Client& client, ListPages pages,
                             const std::string& what, std::uint64_t limit, bool local) {
    client::ReadOptions read;
    read.local = local;
    ListRows rows;
    bool warned = false;
    Progress progress(console, what + " found");
    do {
        const std::uint64_t wanted =
            limit == 0 ? kRowsOfPage : std::min(kRowsOfPage, limit - rows.items.size());
        const auto page = pages.next(client, wanted, read);
        if (!page) return page.error();
        const auto& found = array_at(page->document, "items");
        rows.items.insert(rows.items.end(), found.begin(), found.end());
        rows.as_of = text_at(page->document, "as_of");
        if (!warned) warn_if_stale(console, page->answer);
        warned = warned || page->answer.stale;
        progress.show(rows.items.size(), 0);
    } while (!pages.ended() && (limit == 0 || rows.items.size() < limit));
    rows.next = pages.cursor();
    progress.end();
    return rows;
}

}  // namespace tally::cli
