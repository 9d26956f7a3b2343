#include "node/http/history_walk.h"

#include "api/errc.h"
#include "base/check.h"
#include "ledger/queries.h"
#include "node/http/path_values.h"

namespace tally::node::http {

using ledger::kNoEntry;

namespace {

std::string text_of_entry(std::uint64_t entry) {
    return entry == kNoEntry ? "" : std::to_string(entry);
}

std::optional<std::uint64_t> entry_from(const std::string& text) {
    const auto entry = parse_number(text);
    return entry == kNoEntry ? std::nullopt : entry;
}

const ledger::AccountLink* link_to(const ledger::TransactionEntry& entry, const Account& account) {
    for (const ledger::AccountLink& link : entry.links) {
        if (link.account_class == account.account_class && link.id == account.id) return &link;
    }
    return nullptr;
}

Error foreign_cursor() {
    return fail(api::errc::invalid_argument, "cursor: not one of this account");
}

}  // namespace

std::string HistoryCursor::text() const {
    if (cosigned == kNoEntry) return text_of_entry(linked);
    return text_of_entry(linked) + "." + text_of_entry(cosigned);
}

std::optional<HistoryCursor> HistoryCursor::parse(const std::string& text) {
    HistoryCursor cursor;
    const std::size_t dot = text.find('.');
    if (dot != 0) {
        const auto linked = entry_from(text.substr(0, dot));
        if (!linked) return std::nullopt;
        cursor.linked = *linked;
    }
    if (dot == std::string::npos) return cursor;
    const auto cosigned = entry_from(text.substr(dot + 1));
    if (!cosigned) return std::nullopt;
    cursor.cosigned = *cosigned;
    return cursor;
}

Status HistoryWalk::begin(const std::optional<std::string>& cursor) {
    const auto head = ledger::account_head(context_.view, account_.account_class, account_.id);
    if (!head) return head.error();
    if (!head->has_value() && !of_member()) {
        return fail(api::errc::not_found,
                    std::string(api::account_class_name(account_.account_class)) + " " +
                        api::id_text(account_.id) + ": no entry names it");
    }
    if (cursor) {
        const auto parsed = HistoryCursor::parse(*cursor);
        return parsed ? begin_at(*parsed) : foreign_cursor();
    }
    if (head->has_value()) at_.linked = (*head)->last;
    if (!of_member()) return {};
    const auto newest = storage::newest_signed(context_.view, member());
    if (!newest) return newest.error();
    enter(*newest);
    return {};
}

Status HistoryWalk::begin_at(const HistoryCursor& cursor) {
    if (cursor.linked != kNoEntry) {
        const auto entry = reader_.transaction(cursor.linked);
        if (!entry || link_to(*entry, account_) == nullptr) return foreign_cursor();
    }
    if (cursor.cosigned != kNoEntry) {
        if (!of_member()) return foreign_cursor();
        const auto entry = reader_.transaction(cursor.cosigned);
        if (!entry) return foreign_cursor();
        const auto submission = storage::signed_at(context_.view, member(), entry->header_entry);
        if (!submission) return submission.error();
        if (!*submission) return foreign_cursor();
    }
    at_ = cursor;
    return {};
}

Result<HistoryWalk::Item> HistoryWalk::next() {
    TALLY_CHECK(!ended());
    const bool linked =
        at_.cosigned == kNoEntry || (at_.linked != kNoEntry && at_.linked >= at_.cosigned);
    const std::uint64_t here = linked ? at_.linked : at_.cosigned;
    const bool cosigned = at_.cosigned == here;
    const auto entry = reader_.transaction(here);
    if (!entry) return entry.error();
    auto document = reader_.document(here, *entry);
    if (!document) return document.error();
    if (linked) {
        if (Status status = leave_linked(*entry); !status) return status.error();
    }
    if (cosigned) {
        if (Status status = leave_cosigned(*entry); !status) return status.error();
    }
    return Item{std::move(*document), entry->transaction.size()};
}

/// On to the last transaction of this submission.
void HistoryWalk::enter(const std::optional<storage::SignedSubmission>& submission) {
    at_.cosigned = submission ? submission->last() : kNoEntry;
}

Status HistoryWalk::leave_linked(const ledger::TransactionEntry& entry) {
    const ledger::AccountLink* link = link_to(entry, account_);
    if (link == nullptr || (link->previous != kNoEntry && link->previous >= at_.linked)) {
        return fail(api::errc::corrupt_block,
                    "entry " + std::to_string(at_.linked) + ": the account's chain is broken");
    }
    at_.linked = link->previous;
    return {};
}

Status HistoryWalk::leave_cosigned(const ledger::TransactionEntry& entry) {
    if (at_.cosigned > entry.header_entry + 1) {
        --at_.cosigned;
        return {};
    }
    const auto here = storage::signed_at(context_.view, member(), entry.header_entry);
    if (!here) return here.error();
    if (!*here || (*here)->previous == kNoEntry) {
        enter({});
        return {};
    }
    const auto before = storage::signed_at(context_.view, member(), (*here)->previous);
    if (!before) return before.error();
    enter(*before);
    return {};
}

}  // namespace tally::node::http
