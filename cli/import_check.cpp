#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "api/ids.h"
#include "api/json_text.h"
#include "cli/answer.h"
#include "cli/histories.h"
#include "cli/importer.h"
#include "client/on_record.h"

// What an import passes over, and what its check counts, is on record: by a proof that verifies, or
// as two nodes say it alike. One node's word is neither; else it could have rows taken for booked
// that are not, or refused ones that are, and booked a second time on the program's own advice.

namespace tally::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Rows whose ids are looked up before a history is walked, spread over the book.
constexpr std::size_t kProbes = 16;
/// Differences between nodes that are told one by one.
constexpr std::size_t kDifferencesMax = 20;

/// Fetches proofs of a member's transactions, one after the other. What cannot be proven may cost a
/// whole timeout each: after two of them in vain, nothing more is waited for.
class Prover {
public:
    Prover(client::Client& client, const ledger::Genesis& genesis)
        : client_(client), genesis_(genesis) {}

    /// What a proof shows to be at this entry; nothing where none does.
    std::optional<client::ProofReport> at(std::uint64_t entry, const ledger::MemberId& member,
                                          const ledger::TransactionId& id) {
        const auto deadline = client_.options().deadline;
        if (in_vain_ > 2 * deadline) return std::nullopt;
        const auto begin = Clock::now();
        client::ProofReport report;
        const auto holds = client::proof_of(genesis_, entry, member, id, report);
        const auto proof =
            in_vain_ < deadline ? client_.proof(entry, holds) : client_.proof_at_once(entry, holds);
        if (proof) return report;
        in_vain_ += Clock::now() - begin;
        return std::nullopt;
    }

private:
    client::Client& client_;
    const ledger::Genesis& genesis_;
    Clock::duration in_vain_{};
};

std::set<std::uint64_t> entries_claimed(const Histories& histories,
                                        const ledger::TransactionId& id) {
    std::set<std::uint64_t> entries;
    for (const auto& node : histories.nodes()) {
        const auto row = node.rows.find(id);
        if (row == node.rows.end()) continue;
        entries.insert(row->second.first.entry);
        entries.insert(row->second.accepted.begin(), row->second.accepted.end());
    }
    return entries;
}

/// The row that a proof shows, of those that single nodes claim.
std::optional<Recorded> prove_claim(Prover& prover, const Histories& histories,
                                    const ledger::MemberId& member,
                                    const ledger::TransactionId& id) {
    for (const std::uint64_t entry : entries_claimed(histories, id)) {
        const auto report = prover.at(entry, member, id);
        if (!report) continue;
        Recorded recorded{.outcome = report->outcome,
                          .entry = report->entry,
                          .block = report->block,
                          .transaction = {},
                          .shown = true};
        const auto transaction = api::json_object_from_text(report->transaction);
        if (transaction) recorded.transaction = *transaction;
        return recorded;
    }
    return std::nullopt;
}

/// Whether some of the rows, spread over the book, is on record, as any node says.
Result<bool> any_on_record(client::Client& client, const std::string& member,
                           const std::vector<ledger::TransactionId>& ids) {
    std::set<std::size_t> places;
    for (std::size_t i = 0; i < kProbes; ++i) places.insert(i * (ids.size() - 1) / (kProbes - 1));
    for (const std::size_t place : places) {
        const auto answer = client.transaction(member, api::id_text(ids[place]));
        if (answer) return true;
        if (!client::is(answer.error().code, "not_found")) return answer.error();
    }
    return false;
}

/// What a check found, row by row.
class Checking {
public:
    Checking(client::Client& client, const ledger::Genesis& genesis) : prover_(client, genesis) {}

    CheckSummary summary;

    void add(const Acknowledged& row, const Histories& histories) {
        ++summary.acknowledged;
        const auto agreed = histories.agreed(row.id);
        if (agreed && *agreed) {
            const HistoryRow& found = **agreed;
            if (found.first.outcome == row.outcome) ++summary.found;
            if (found.accepted.size() > 1) ++summary.doubled;
            tell_others(row, histories, found, "two nodes say " + found.first.outcome);
            if (found.first.outcome != row.outcome) {
                tell(row.id, "two nodes say " + found.first.outcome + ", where " + row.outcome +
                                 " was answered");
            }
            return;
        }
        prove(row, histories);
    }

private:
    void tell(const ledger::TransactionId& id, const std::string& what) {
        ++summary.differing;
        if (summary.differences.size() < kDifferencesMax) {
            summary.differences.push_back(api::id_text(id) + ": " + what);
        }
    }

    static std::string said(const HistoryRow* row) {
        if (row == nullptr) return "says that it is not on record";
        if (row->accepted.size() > 1) {
            return "says that it was accepted " + std::to_string(row->accepted.size()) + " times";
        }
        return "says " + row->first.outcome + " at entry " + std::to_string(row->first.entry);
    }

    /// Whoever says otherwise is named.
    void tell_others(const Acknowledged& row, const Histories& histories, const HistoryRow& found,
                     const std::string& shown) {
        for (const auto& node : histories.nodes()) {
            const auto theirs = node.rows.find(row.id);
            const HistoryRow* const one = theirs == node.rows.end() ? nullptr : &theirs->second;
            if (one != nullptr && one->first.outcome == found.first.outcome &&
                one->first.entry == found.first.entry && one->accepted == found.accepted) {
                continue;
            }
            tell(row.id, node.url + " " + said(one) + ", and " + shown);
        }
    }

    /// No two nodes say the same, or one alone was asked.
    void prove(const Acknowledged& row, const Histories& histories) {
        std::set<std::uint64_t> entries = entries_claimed(histories, row.id);
        if (row.entry != 0) entries.insert(row.entry);
        HistoryRow shown;
        bool any = false;
        for (const std::uint64_t entry : entries) {
            const auto report = prover_.at(entry, row.submitter, row.id);
            if (!report) continue;
            if (!any)
                shown.first = {.outcome = report->outcome,
                               .entry = entry,
                               .block = report->block,
                               .transaction = {}};
            any = true;
            if (report->accepted) shown.accepted.push_back(entry);
        }
        if (!any) {
            tell_others(row, histories, shown, "nothing shows what became of it");
            return;
        }
        ++summary.proven;
        if (shown.first.outcome == row.outcome) ++summary.found;
        if (shown.accepted.size() > 1) ++summary.doubled;
        tell_others(row, histories, shown,
                    "a proof shows " + shown.first.outcome + " at entry " +
                        std::to_string(shown.first.entry));
        if (shown.first.outcome != row.outcome) {
            tell(row.id, "a proof shows " + shown.first.outcome + ", where " + row.outcome +
                             " was answered");
        }
    }

    Prover prover_;
};

}  // namespace

Result<RecordedRows> find_recorded(client::Client& client, const ledger::Genesis& genesis,
                                   const ledger::MemberId& submitter,
                                   const std::vector<ledger::TransactionId>& ids,
                                   const std::set<ledger::TransactionId>& stated) {
    const auto any = any_on_record(client, api::id_text(submitter), ids);
    if (!any) return any.error();
    RecordedRows recorded;
    if (!*any) return recorded;
    // Rows need not lie in the order of the book: one may have been sent by another book before.
    const auto histories = Histories::walk(client,
                                           {.member = submitter,
                                            .wanted = {ids.begin(), ids.end()},
                                            .whole = stated,
                                            .min_index = 0,
                                            .until_found = true,
                                            .genesis = &genesis},
                                           {});
    if (!histories) return histories.error();
    const bool lone = nodes_named(client) == 1;
    Prover prover(client, genesis);
    for (const ledger::TransactionId& id : ids) {
        const auto agreed = histories->agreed(id);
        if (agreed && *agreed) {
            recorded[id] = (*agreed)->first;
            recorded[id].shown = true;
        } else if (!agreed && lone) {
            const auto& rows = histories->nodes().front().rows;
            if (const auto row = rows.find(id); row != rows.end()) recorded[id] = row->second.first;
        } else if (!agreed) {
            auto shown = prove_claim(prover, *histories, submitter, id);
            if (shown) recorded[id] = std::move(*shown);
        }
    }
    return recorded;
}

Result<CheckSummary> check_history(client::Client& client, const ledger::Genesis& genesis,
                                   const std::vector<Acknowledged>& acknowledged,
                                   std::uint64_t min_index,
                                   const std::function<void(std::uint64_t)>& progress) {
    std::map<ledger::MemberId, std::vector<const Acknowledged*>> by_submitter;
    for (const Acknowledged& row : acknowledged) by_submitter[row.submitter].push_back(&row);
    Checking checking(client, genesis);
    for (const auto& [submitter, rows] : by_submitter) {
        std::set<ledger::TransactionId> wanted;
        for (const Acknowledged* row : rows) wanted.insert(row->id);
        const std::uint64_t before = checking.summary.entries;
        Histories::Query query{.member = submitter,
                               .wanted = std::move(wanted),
                               .whole = {},
                               .min_index = min_index,
                               .until_found = false,
                               .genesis = &genesis};
        const auto told = [&](std::uint64_t entries) {
            if (progress) progress(before + entries);
        };
        auto histories = Histories::walk(client, query, told);
        if (!histories && client::is(histories.error().code, "not_ready")) {
            // The block that a receipt named is nowhere: it may have been made up, and what the
            // nodes have shows that.
            query.min_index = 0;
            histories = Histories::walk(client, std::move(query), told);
        }
        if (!histories) return histories.error();
        checking.summary.entries = before + histories->entries();
        auto& faults = checking.summary.faults;
        for (const std::string& fault : histories->faults()) {
            if (std::ranges::find(faults, fault) == faults.end()) faults.push_back(fault);
        }
        for (const Acknowledged* row : rows) checking.add(*row, *histories);
    }
    return checking.summary;
}

Refusals check_refusals(client::Client& client, const ledger::Genesis& genesis,
                        const std::vector<Acknowledged>& acknowledged) {
    constexpr std::size_t kAskedMax = 100;
    Refusals refusals;
    const auto begin = Clock::now();
    std::size_t asked = 0;
    for (const Acknowledged& row : acknowledged) {
        if (!row.repeated || row.outcome == "accepted") continue;
        if (row.shown) {
            ++refusals.shown;
            continue;
        }
        const bool ask = asked++ < kAskedMax && Clock::now() - begin < client.options().deadline;
        const auto sought = ask ? client::look_up(client, genesis, row.submitter, row.id)
                                : Result<client::Sought>(client::Sought{});
        if (!sought || !sought->found) {
            ++refusals.unshown;
        } else if (sought->found->outcome == row.outcome) {
            ++refusals.shown;
        } else {
            refusals.contradicted.push_back(
                api::id_text(row.id) + ": " + row.outcome + " was answered, and " +
                (sought->found->is_proven() ? "a proof shows " : "two nodes say ") +
                sought->found->outcome);
        }
    }
    return refusals;
}

}  // namespace tally::cli
