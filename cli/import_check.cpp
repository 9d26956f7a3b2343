#include <algorithm>
#include <map>
#include <set>

#include "api/errc.h"
#include "api/ids.h"
#include "cli/answer.h"
#include "cli/importer.h"
#include "client/paths.h"

namespace tally::cli {
namespace {

/// Rows whose ids are looked up before a history is walked, spread over the book.
constexpr std::size_t kProbes = 16;

std::uint64_t number_at(const boost::json::object& object, const char* name) {
    const auto* found = object.if_contains(name);
    if (found == nullptr || !found->is_int64() || found->get_int64() < 0) return 0;
    return static_cast<std::uint64_t>(found->get_int64());
}

/// A transaction's entry in the history of its submitter.
struct HistoryItem {
    std::optional<ledger::TransactionId> id;  // nothing for what does not decode
    Recorded recorded;
    bool own = false;                                  // submitted by this member, and not a retry
    const boost::json::object* transaction = nullptr;  // in the page
};

HistoryItem item_of(const boost::json::value& value, const std::string& submitter) {
    HistoryItem item;
    const auto* object = value.if_object();
    if (object == nullptr) return item;
    item.recorded.outcome = text_at(*object, "outcome");
    item.recorded.entry = number_at(*object, "entry");
    item.recorded.block = number_at(*object, "block");
    const auto* transaction = object->if_contains("transaction");
    if (transaction == nullptr || !transaction->is_object()) return item;
    item.transaction = &transaction->get_object();
    item.id = api::id_from_text<ledger::TransactionId>(text_at(*item.transaction, "id"));
    const auto* from = object->if_contains("submitter");
    // Other members' ids are other ids, and a retry has no outcome of its own.
    item.own = from != nullptr && from->is_object() &&
               text_at(from->get_object(), "member") == submitter &&
               item.recorded.outcome != "repeated" && item.recorded.outcome != "duplicate";
    return item;
}

/// Calls `visit` with every entry of a member's history, newest first, until it says false.
template <typename Visit>
Status walk_history(client::Client& client, const std::string& member, std::uint64_t min_index,
                    Visit visit) {
    std::string cursor;
    do {
        client::ReadOptions options;
        options.min_index = min_index;
        const auto page =
            client.get("/v1/members/" + member + "/history?limit=1000" +
                           (cursor.empty() ? "" : "&cursor=" + client::url_text(cursor)),
                       options);
        if (!page) return page.error();
        const auto document = parse_object(*page);
        if (!document) return document.error();
        const auto* items = document->if_contains("items");
        if (items == nullptr || !items->is_array()) {
            return fail(client::errc::bad_answer, page->url + ": not a page of a history");
        }
        for (const auto& item : items->get_array()) {
            if (!visit(item_of(item, member))) return {};
        }
        const std::string next = text_at(*document, "next");
        if (!next.empty() && items->get_array().empty()) {
            return fail(client::errc::bad_answer, page->url + ": a page without an end");
        }
        cursor = next;
    } while (!cursor.empty());
    return {};
}

/// Entry of the transaction that a member submitted under an id; nothing if there is none.
Result<std::optional<std::uint64_t>> entry_of(client::Client& client, const std::string& member,
                                              const ledger::TransactionId& id) {
    const auto answer = client.transaction(member, api::id_text(id));
    if (!answer) {
        if (client::is(answer.error().code, "not_found")) return std::optional<std::uint64_t>{};
        return answer.error();
    }
    const auto entry = answer->integer("entry");
    if (!entry || *entry < 0) return fail(client::errc::bad_answer, answer->url() + ": no entry");
    return std::optional(static_cast<std::uint64_t>(*entry));
}

}  // namespace

Result<RecordedRows> find_recorded(client::Client& client, const ledger::MemberId& submitter,
                                   const std::vector<ledger::TransactionId>& ids,
                                   const std::set<ledger::TransactionId>& stated) {
    const std::string member = api::id_text(submitter);
    std::set<std::size_t> places;
    for (std::size_t i = 0; i < kProbes; ++i) places.insert(i * (ids.size() - 1) / (kProbes - 1));
    bool any = false;
    std::uint64_t oldest = 0;  // a book goes out in order: none of it is older than its first row
    for (const std::size_t place : places) {
        const auto entry = entry_of(client, member, ids[place]);
        if (!entry) return entry.error();
        any = any || entry->has_value();
        if (place == 0) oldest = entry->value_or(0);
        // Nor is anything of it on record if, as ever, its beginning is not; but a book may have
        // been given a new beginning.
    }
    RecordedRows recorded;
    if (!any) return recorded;
    const std::set<ledger::TransactionId> wanted(ids.begin(), ids.end());
    const Status walked = walk_history(client, member, 0, [&](const HistoryItem& item) {
        if (item.own && item.id && wanted.contains(*item.id)) {
            Recorded& found = recorded[*item.id] = item.recorded;
            if (stated.contains(*item.id)) found.transaction = *item.transaction;
        }
        return item.recorded.entry > oldest;
    });
    if (!walked) return walked.error();
    return recorded;
}

Result<CheckSummary> check_history(client::Client& client,
                                   const std::vector<Acknowledged>& acknowledged,
                                   std::uint64_t min_index,
                                   const std::function<void(std::uint64_t)>& progress) {
    struct Seen {
        std::string outcome;  // of the oldest entry, which comes last
        std::uint64_t accepted = 0;
    };
    std::map<ledger::MemberId, std::map<ledger::TransactionId, Seen>> seen;
    for (const Acknowledged& row : acknowledged) seen[row.submitter].emplace(row.id, Seen{});
    CheckSummary summary;
    summary.acknowledged = acknowledged.size();
    for (auto& [submitter, rows] : seen) {
        const Status walked = walk_history(
            client, api::id_text(submitter), min_index, [&, &own = rows](const HistoryItem& item) {
                constexpr std::uint64_t kPage = 1000;
                if (++summary.entries % kPage == 0 && progress) progress(summary.entries);
                const auto found = item.own && item.id ? own.find(*item.id) : own.end();
                if (found == own.end()) return true;
                found->second.outcome = item.recorded.outcome;
                if (item.recorded.outcome == "accepted") ++found->second.accepted;
                return true;
            });
        if (!walked) return walked.error();
    }
    for (const Acknowledged& row : acknowledged) {
        const Seen& found = seen.at(row.submitter).at(row.id);
        if (found.outcome == row.outcome) ++summary.found;
        if (found.accepted > 1) ++summary.doubled;
    }
    return summary;
}

}  // namespace tally::cli
