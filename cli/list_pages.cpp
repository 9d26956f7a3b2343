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
    auto answer = ask(client, read);
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

/// Rows that one node leaves out, no link shows: where several are named, the page is what two of
/// them say, as far as any two agree in what changes from moment to moment.
Result<client::Answer> ListPages::ask(client::Client& client, const client::ReadOptions& read) {
    const std::string path = client::list_path(plural_, query_);
    const auto holds = [this](const std::string& body) { return check(body); };
    if (client.options().urls.size() > 1) {
        const auto rows = [&holds](const std::string& body) -> std::string {
            const auto page = api::json_object_from_text(body);
            if (!page || !holds(body)) return "not a page: " + body;
            return boost::json::serialize(array_at(*page, "items")) + text_at(*page, "next");
        };
        auto heard = client.hear(path, rows, read);
        if (heard && heard->agreed && heard->agreed->status == 200 && holds(heard->agreed->body)) {
            return std::move(*heard->agreed);
        }
    }
    return client.get(path, read, holds);
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
