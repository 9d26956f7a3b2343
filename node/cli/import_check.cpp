#include <map>

#include "node/cli/importer.h"
#include "node/errc.h"
#include "node/json/ids.h"

namespace tally::cli {
namespace {

struct Seen {
    std::string outcome;  // of the first entry that is no retry
    std::uint64_t accepted = 0;
};
using SeenById = std::map<std::string, Seen>;

std::string text_at(const boost::json::object& object, const char* name) {
    const auto* found = object.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

/// Items come newest first, so the outcome that stays is that of the oldest entry.
void note(const boost::json::value& item, const std::string& submitter, SeenById& seen) {
    const auto* object = item.if_object();
    const auto* transaction = object == nullptr ? nullptr : object->if_contains("transaction");
    if (transaction == nullptr || !transaction->is_object()) return;
    const std::string outcome = text_at(*object, "outcome");
    const auto* from = object->if_contains("submitter");
    const bool own =
        from != nullptr && from->is_object() && text_at(from->get_object(), "member") == submitter;
    // Other members' ids are other ids, and a retry has no outcome of its own.
    if (!own || outcome == "repeated" || outcome == "duplicate") return;
    const auto found = seen.find(text_at(transaction->get_object(), "id"));
    if (found == seen.end()) return;
    found->second.outcome = outcome;
    if (outcome == "accepted") ++found->second.accepted;
}

}  // namespace

Result<CheckSummary> check_history(client::Client& client, const Signer& submitter,
                                   const std::vector<Acknowledged>& acknowledged,
                                   std::uint64_t min_index,
                                   const std::function<void(std::uint64_t)>& progress) {
    SeenById seen;
    for (const Acknowledged& row : acknowledged) seen.emplace(node::id_text(row.id), Seen{});
    const std::string member = node::id_text(submitter.member);
    CheckSummary summary;
    summary.acknowledged = acknowledged.size();
    std::string cursor;
    do {
        client::ReadOptions options;
        options.min_index = min_index;
        const auto page = client.get("/v1/members/" + member + "/history?limit=1000" +
                                         (cursor.empty() ? "" : "&cursor=" + cursor),
                                     options);
        if (!page) return page.error();
        boost::json::error_code failure;
        const auto document = boost::json::parse(page->body, failure);
        const auto* object = failure ? nullptr : document.if_object();
        const auto* items = object == nullptr ? nullptr : object->if_contains("items");
        if (items == nullptr || !items->is_array()) {
            return fail(client::errc::bad_answer, page->url + ": not a page of a history");
        }
        for (const auto& item : items->get_array()) note(item, member, seen);
        summary.entries += items->get_array().size();
        if (progress) progress(summary.entries);
        const std::string next = text_at(*object, "next");
        if (!next.empty() && items->get_array().empty()) {
            return fail(client::errc::bad_answer, page->url + ": a page without an end");
        }
        cursor = next;
    } while (!cursor.empty());
    for (const Acknowledged& row : acknowledged) {
        const Seen& found = seen.at(node::id_text(row.id));
        if (found.outcome == row.outcome) ++summary.found;
        if (found.accepted > 1) ++summary.doubled;
    }
    return summary;
}

}  // namespace tally::cli
