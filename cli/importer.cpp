#include "cli/importer.h"

#include <algorithm>
#include <chrono>

#include "api/errc.h"
#include "api/ids.h"
#include "api/transaction_json.h"
#include "base/shown_text.h"
#include "book/columns.h"
#include "book/signing.h"
#include "cli/output.h"
#include "client/errors.h"
#include "ledger/errc.h"
#include "ledger/hidden_text.h"
#include "ledger/queries.h"
#include "ledger/records.h"
#include "ledger/transaction_layout.h"
#include "ledger/trial_balance.h"
#include "ledger/type_table.h"

// Two passes: the first finds every fault and sends nothing, the second sends. What makes a second
// run of the same import safe is that a row's id follows from the row: what is on record under it
// is found there and not sent again. Claims of the rest are computed on the state that the network
// is in, so an import that was interrupted anywhere goes on as if it had not been.

namespace tally::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kHeaderBytes = 4096;  // header and signatures of a submission, at most
constexpr std::size_t kTransactionOverhead = 8;

/// No transaction was ever submitted: each would be in the account log of its submitter. Then the
/// state is that of the genesis, and nothing of it has to be asked for.
Result<bool> is_untouched(const ledger::Genesis& genesis, const ledger::RecordReader& records) {
    for (const ledger::GenesisMember& member : genesis.members) {
        const auto head =
            ledger::account_head(records, ledger::AccountClass::member, member.id.bytes);
        if (!head) return head.error();
        if (*head && (*head)->count > 0) return false;
    }
    return true;
}

}  // namespace

Importer::Importer(client::Client& client, const ledger::Genesis& genesis,
                   const std::vector<Signer>& signers, ImportOptions options)
    : client_(client),
      genesis_(genesis),
      signers_(signers),
      options_(std::move(options)),
      resolver_(resolver_of(genesis)),
      remote_(client) {
    for (const Signer& signer : signers) holders_.push_back({signer.member, signer.roles});
}

/// A reversal needs what its target needed; one of what the book does not hold needs all.
std::vector<std::size_t> Importer::keys_for(const book::BookRow& row) const {
    const ledger::Transaction skeleton = book::skeleton_of(row, resolver_);
    const auto* reversal = std::get_if<ledger::Reversal>(&skeleton.body);
    const auto target = reversal == nullptr ? types_.end() : types_.find(reversal->target);
    if (target == types_.end()) return book::needed_keys(skeleton, holders_);
    const ledger::TransactionBody body = ledger::body_of_type(target->second);
    return book::needed_keys(skeleton, holders_, &ledger::facts_of(body));
}

std::vector<std::string> Importer::check(std::istream& book) {
    std::vector<std::string> faults;
    auto reader = book::RowReader::open(book, options_.format, resolver_);
    if (!reader) return {reader.error().context};
    std::map<ledger::TransactionId, std::uint64_t> lines;  // of rows with an id of their own
    std::map<crypto::Digest, std::uint64_t> equal_rows;
    std::string group;
    std::size_t group_rows = 0;
    ids_.clear();
    submitters_.clear();
    types_.clear();
    stated_.clear();
    while (faults.size() < options_.faults_max) {
        const auto row = (*reader)->next();
        if (!row) {
            faults.push_back(row.error().context);
            continue;
        }
        if (!*row) return faults;
        const book::BookRow& found = **row;
        const std::string line = "line " + std::to_string(found.line) + ": ";
        const ledger::Transaction skeleton = book::skeleton_of(found, resolver_);
        const std::string fault = book::signing_fault(skeleton, holders_, genesis_);
        if (!fault.empty()) faults.push_back(line + fault);
        if (const auto hidden = ledger::hidden_text_in(skeleton)) {
            faults.push_back(line + hidden->field + ": has the character " +
                             code_point_text(hidden->character) +
                             ", which is not shown as it is; write the text without it");
        }
        group_rows = found.group == group ? group_rows + 1 : 1;
        group = found.group;
        if (!group.empty() && group_rows == book::kGroupRowsMax + 1) {
            faults.push_back(line + "group: more than " + std::to_string(book::kGroupRowsMax) +
                             " rows");
        }
        // A group is one submission: its first row's member submits it.
        submitters_.push_back(group_rows > 1 && !group.empty() ? submitters_.back()
                                                               : submitter_of(keys_for(found)));
        ids_.push_back(found.id ? *found.id
                                : book::derived_id(found.content, equal_rows[found.content]++));
        types_.emplace(ids_.back(), skeleton.body.index());
        if (!found.id) continue;
        stated_.insert(*found.id);
        const auto [known, added] = lines.emplace(*found.id, found.line);
        if (!added) {
            faults.push_back(line + "id: stands in line " + std::to_string(known->second) + " too");
        }
    }
    return faults;
}

std::size_t Importer::bytes_max() const {
    return genesis_.submission_bytes_max -
           std::min<std::size_t>(kHeaderBytes, genesis_.submission_bytes_max / 2);
}

/// Where the book stands: what of it is on record, and what the rest is planned on.
Status Importer::begin() {
    if (ids_.empty()) return {};
    std::map<ledger::MemberId, std::vector<ledger::TransactionId>> by_submitter;
    for (std::size_t i = 0; i < ids_.size(); ++i) by_submitter[submitters_[i]].push_back(ids_[i]);
    for (const auto& [submitter, ids] : by_submitter) {
        auto recorded = find_recorded(client_, genesis_, submitter, ids, stated_);
        if (!recorded) return recorded.error();
        recorded_.merge(*recorded);
    }
    const auto untouched = is_untouched(genesis_, remote_);
    if (!untouched) return untouched.error();
    on_network_ = !*untouched;
    if (on_network_) {
        ledger_.emplace(genesis_, remote_);
    } else {
        ledger_.emplace(genesis_);
    }
    return {};
}

void Importer::follow_network(std::uint64_t min_index) {
    remote_.forget(min_index);
    if (on_network_) {
        ledger_->forget();
    } else {
        ledger_.emplace(genesis_, remote_);
    }
    on_network_ = true;
    ++generation_;
}

Result<std::vector<book::Planned>> Importer::plan(const Unit& unit) {
    book::Signers signers;
    for (const std::size_t place : unit.keys) {
        signers.push_back({signers_[place].member, signers_[place].key.public_key()});
    }
    for (const book::BookRow& row : unit.rows) {
        remote_.ask_for_cited(book::skeleton_of(row, resolver_));
    }
    auto planned = book::plan_rows(*ledger_, unit.rows, unit.ids, signers, resolver_);
    if (planned) return planned;
    return Error{planned.error().code, lines_text(unit.rows.front().line, unit.rows.back().line) +
                                           planned.error().context};
}

/// A row that states its id must be what is on record under it: an edited one needs another id.
Status Importer::compare(const book::BookRow& row, const Recorded& recorded) const {
    const boost::json::object said = api::to_json(book::skeleton_of(row, resolver_));
    for (const auto& [name, value] : row.draft) {
        const auto* mine = said.if_contains(name);  // in the words of the record
        const auto* theirs = recorded.transaction.if_contains(name);
        if (mine == nullptr || (theirs != nullptr && *mine == *theirs)) continue;
        return fail(ledger::errc::id_reused,
                    "line " + std::to_string(row.line) + ": " + std::string(name) +
                        ": differs from what is on record under this id at entry " +
                        std::to_string(recorded.entry) + "; another transaction needs another id");
    }
    return {};
}

/// Rows that are on record already; a group is so as a whole.
Status Importer::replay(const Unit& unit) {
    for (const book::BookRow& row : unit.rows) {
        if (!row.id) continue;
        const Status same = compare(row, recorded_.at(*row.id));
        if (same) continue;
        summary_.reused = {*row.id, submitter_of(unit.keys)};
        summary_.compared = true;
        return same;
    }
    const Status flushed = flush();
    if (!flushed) return flushed;
    for (std::size_t i = 0; i < unit.rows.size(); ++i) {
        acknowledge(unit.rows[i].line,
                    {.id = unit.ids[i], .submitter = submitter_of(unit.keys), .outcome = {}},
                    unit.rows[i].expect, recorded_.at(unit.ids[i]), true);
    }
    if (options_.progress) options_.progress(summary_.acknowledged, ids_.size());
    return {};
}

Status Importer::add(const Unit& unit) {
    const bool on_record =
        std::all_of(unit.ids.begin(), unit.ids.end(),
                    [this](const ledger::TransactionId& id) { return recorded_.contains(id); });
    return on_record ? replay(unit) : send_unit(unit);
}

/// Others may have booked on a day meanwhile: it is closed with what the network has.
Status Importer::look_at_books(const ledger::Transaction& close) {
    const Status flushed = flush();
    if (!flushed) return flushed;
    book::RemoteRecords now(client_);
    now.forget(summary_.applied_index);
    const auto days = ledger::read_days(now);
    if (!days) return days.error();
    std::vector<Bytes> keys{ledger::days_key()};
    for (const ledger::BookId& book : days->books) {
        keys.push_back(ledger::totals_key(book, close.business_date));
        keys.push_back(ledger::totals_key(book, ledger::kClosedDays));
    }
    for (const Bytes& key : keys) {
        const auto theirs = now.get(key);
        const auto ours = ledger_->records().get(key);
        if (!theirs) return theirs.error();
        if (!ours) return ours.error();
        if (*theirs == *ours) continue;
        follow_network(summary_.applied_index);
        break;
    }
    return {};
}

Status Importer::send_unit(const Unit& unit) {
    if (on_network_ && unit.rows.front().type() == "DAY_CLOSE") {
        const Status looked = look_at_books(book::skeleton_of(unit.rows.front(), resolver_));
        if (!looked) return looked;
    }
    auto planned = plan(unit);
    if (!planned) return planned.error();
    const auto encode = [](const std::vector<book::Planned>& rows) {
        std::vector<Bytes> encoded;
        encoded.reserve(rows.size());
        for (const auto& row : rows) encoded.push_back(ledger::encode_transaction(row.transaction));
        return encoded;
    };
    std::vector<Bytes> encoded = encode(*planned);
    std::size_t size = 0;
    for (const Bytes& bytes : encoded) size += bytes.size() + kTransactionOverhead;
    const bool atomic = unit.rows.size() > 1;
    const bool apart = atomic || batch_.keys != unit.keys || batch_.bytes + size > bytes_max();
    if (!batch_.lines.empty() && apart) {
        const std::uint64_t before = generation_;
        const Status flushed = flush();
        if (!flushed) return flushed;
        if (generation_ != before) {
            planned = plan(unit);
            if (!planned) return planned.error();
            encoded = encode(*planned);
        }
    }
    batch_.atomic = atomic;
    batch_.keys = unit.keys;
    batch_.bytes += size;
    for (std::size_t i = 0; i < unit.rows.size(); ++i) {
        batch_.lines.push_back(unit.rows[i].line);
        batch_.expect.push_back(unit.rows[i].expect);
        batch_.planned.push_back(std::move((*planned)[i]));
        batch_.transactions.push_back(std::move(encoded[i]));
    }
    const std::size_t most = std::min<std::size_t>(options_.batch, genesis_.transactions_max);
    return atomic || batch_.lines.size() >= most ? flush() : Status{};
}

Status Importer::send_rows(book::RowReader& reader) {
    Unit unit;
    for (std::size_t number = 0;; ++number) {
        auto row = reader.next();
        const bool changed = !row || (*row && number >= ids_.size());
        if (changed) {
            return fail(api::errc::io_failed, (row ? "" : row.error().context + ": ") +
                                                  "the book changed while it was imported");
        }
        const bool joins = *row && !unit.rows.empty() && !(*row)->group.empty() &&
                           (*row)->group == unit.rows.front().group;
        if (!joins && !unit.rows.empty()) {
            const Status added = add(unit);
            if (!added) return added;
            unit = Unit{};
        }
        if (!*row) return flush();
        for (const std::size_t place : keys_for(**row)) {
            if (std::find(unit.keys.begin(), unit.keys.end(), place) == unit.keys.end()) {
                unit.keys.push_back(place);
            }
        }
        unit.rows.push_back(std::move(**row));
        unit.ids.push_back(ids_[number]);
    }
}

ImportSummary Importer::send(std::istream& book) {
    summary_ = ImportSummary{};
    summary_.rows = ids_.size();
    const auto start = Clock::now();
    auto reader = book::RowReader::open(book, options_.format, resolver_);
    Status status = reader ? begin() : Status(reader.error());
    if (status) status = send_rows(**reader);
    summary_.failure = status;
    summary_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return summary_;
}

}  // namespace tally::cli
