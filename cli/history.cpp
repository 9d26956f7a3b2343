#include "cli/history.h"

#include <algorithm>

#include "cli/answer.h"
#include "cli/history_pages.h"
#include "cli/readings.h"

namespace tally::cli {

using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

void add_row(Table& table, const object& item, Readings& readings) {
    const auto* found = item.if_contains("transaction");
    const object transaction =
        found != nullptr && found->is_object() ? found->get_object() : object{};
    table.add({number_at(item, "entry"), text_at(item, "block_time"),
               text_at(transaction, "value_date"), text_at(item, "type"), text_at(item, "outcome"),
               member_at(item, "submitter"), text_at(transaction, "id"),
               summary_of(transaction, readings.reading_of(transaction))});
}

}  // namespace

Exit print_history(Console& console, client::Client& client, const Target& target,
                   const std::string& path, std::uint64_t limit, bool local) {
    constexpr std::uint64_t kPage = 1000;
    client::ReadOptions read;
    read.local = local;
    array items;
    HistoryPages pages(path);
    if (const auto newest = newest_in_history(client, path)) {
        pages.begin_at_least(*newest);
        pages.begin_at_most(*newest + kRecordedMeanwhile);
    }
    std::string giver;  // of the cursor
    const auto holds = [&pages](const std::string& body) { return pages.check(body); };
    do {
        const std::uint64_t wanted =
            limit == 0 ? kPage : std::min<std::uint64_t>(kPage, limit - items.size());
        const auto answer = client.get(pages.next_path(wanted), read, holds);
        if (!answer && !giver.empty() && client::is(answer.error().code, "invalid_argument")) {
            return console.fail(led_astray(giver, "the history", answer.error()));
        }
        if (!answer) return console.fail(answer.error());
        giver = answer->url;
        if (items.empty()) warn_if_stale(console, *answer);
        const auto page = parse_object(*answer);
        if (!page) return console.fail(page.error());
        const array& found = array_at(*page, "items");
        items.insert(items.end(), found.begin(), found.end());
        pages.take(*page);
    } while (!pages.ended() && (limit == 0 || items.size() < limit));
    const std::string& cursor = pages.cursor();
    if (console.json) {
        console.print(object{{"items", std::move(items)},
                             {"next", cursor.empty() ? value(nullptr) : value(cursor)}});
        return Exit::ok;
    }
    Table table({">entry", "recorded", "value date", "type", "outcome", "submitter", "id", "what"});
    Readings readings(client, target);
    for (const auto& item : items) {
        if (item.is_object()) add_row(table, item.get_object(), readings);
    }
    table.print(console.out);
    if (!cursor.empty()) console.out << "... older entries with --limit 0\n";
    return Exit::ok;
}

}  // namespace tally::cli
