#include <algorithm>
#include <optional>
#include <random>

#include "api/errc.h"
#include "api/ids.h"
#include "cli/damaged_retry.h"
#include "cli/importer.h"
#include "cli/kept_submission.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/sender_lock.h"
#include "client/errors.h"
#include "client/on_record.h"
#include "network/proc.h"

// How a batch of rows goes out, as what `submit` sends does: kept beside the book, signed, before a
// byte of it leaves, sent by one process at a time, and forgotten when its outcome is known. A row
// that is edited meanwhile has another id, so that nothing else would tell it from the one that was
// sent.

namespace tally::cli {
namespace {

constexpr std::size_t kRefusedRowsMax = 20;  // that a summary names
constexpr std::size_t kUnplannedAskedMax = 20;

}  // namespace

std::string Importer::lines_text(std::uint64_t first, std::uint64_t last) {
    if (first == last) return "line " + std::to_string(first) + ": ";
    return "lines " + std::to_string(first) + " to " + std::to_string(last) + ": ";
}

Result<PreparedSubmission> Importer::sign_batch() const {
    std::vector<ledger::Signer> listed;
    std::vector<ledger::Transaction> transactions;
    listed.reserve(batch_.keys.size());
    transactions.reserve(batch_.planned.size());
    for (const std::size_t place : batch_.keys) {
        listed.push_back({signers_[place].member, signers_[place].key.public_key()});
    }
    for (const auto& planned : batch_.planned) transactions.push_back(planned.transaction);
    auto prepared = prepare_submission(genesis_, listed, std::move(transactions), batch_.atomic,
                                       ledger::Millis{0});
    if (!prepared) return prepared;
    for (const std::size_t place : batch_.keys) {
        const Status added = add_signature(*prepared, signers_[place].key);
        if (!added) return added.error();
    }
    return prepared;
}

Result<client::Receipt> Importer::send_batch(const PreparedSubmission& prepared) const {
    const std::string& path = options_.kept;
    if (path.empty()) return client_.submit(prepared.submission());
    // Until whoever ends the process is told what is kept.
    std::optional<network::HeldSignals> held(std::in_place);
    if (const Status kept = keep(path, prepared, options_.elsewhere); !kept) return kept.error();
    const auto alone = SenderLock::take(path);
    if (!alone) return alone.error();
    const LastWords interrupted(
        "what became of a submission of the import is not known; what was "
        "signed is kept in " +
        path + ". Run the same import before the book is changed: " + options_.again);
    held.reset();
    auto receipt = client_.submit(prepared.submission());
    if (receipt) return receipt;
    const Error& error = receipt.error();
    if (!is_refusal(error.code)) {
        const Error open = left_open(error);
        return Error{open.code, open.context + "; what was signed is kept in " + path};
    }
    // Refused for good, as two nodes say: it is on record nowhere.
    const Status forgotten = forget(path);
    return forgotten ? error : Error{error.code, error.context + "; " + forgotten.error().context};
}

Status Importer::flush() {
    // Each time at least the first of them is judged.
    while (!batch_.lines.empty()) {
        if (const Status sent = send_once(); !sent) return sent;
    }
    return {};
}

void Importer::keep_rest(std::size_t settled) {
    const auto drop = [settled](auto& list) {
        list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(settled));
    };
    drop(batch_.lines);
    drop(batch_.expect);
    drop(batch_.planned);
    drop(batch_.transactions);
    batch_.bytes = 0;
    for (const Bytes& one : batch_.transactions) batch_.bytes += one.size();
    if (batch_.lines.empty()) batch_ = Batch{};
}

Status Importer::send_once() {
    const auto prepared = sign_batch();
    const auto receipt =
        prepared ? send_batch(*prepared) : Result<client::Receipt>(prepared.error());
    if (!receipt) {
        const Error& error = receipt.error();
        if (client::is(error.code, "id_reused") && batch_.planned.size() == 1) {
            summary_.reused = {batch_.planned.front().transaction.id, submitter_of(batch_.keys)};
        }
        const Error told = client::is(error.code, "retry_open")
                               ? being_sent(error, options_.kept, options_.target)
                               : error;
        return Error{told.code,
                     lines_text(batch_.lines.front(), batch_.lines.back()) + told.context};
    }
    if (const Status confirmed = confirm(*receipt); !confirmed) {
        return Error{confirmed.error().code, lines_text(batch_.lines.front(), batch_.lines.back()) +
                                                 confirmed.error().context};
    }
    const Status settled = settle(*receipt);
    if (!settled) batch_ = Batch{};
    if (!settled || options_.kept.empty()) return settled;
    return forget(options_.kept);
}

Status Importer::confirm(const client::Receipt& receipt) {
    if (client_.options().urls.size() < 2) return {};
    std::vector<const client::SubmittedTransaction*> standing;
    std::vector<const client::SubmittedTransaction*> unplanned;
    for (std::size_t i = 0; i < receipt.transactions.size() && i < batch_.planned.size(); ++i) {
        const auto& answer = receipt.transactions[i];
        if (!client::stands_under_id(answer.outcome)) continue;
        standing.push_back(&answer);
        const auto planned = ledger::outcome_code(batch_.planned[i].outcome);
        if (answer.outcome != planned) unplanned.push_back(&answer);
    }
    if (standing.empty()) return {};
    // A node that lies says what is not so, and that is mostly what the plan does not say.
    std::minstd_rand random{std::random_device{}()};
    auto& asked = unplanned.empty() ? standing : unplanned;
    const std::size_t most = unplanned.empty() ? 1 : kUnplannedAskedMax;
    std::ranges::shuffle(asked, random);
    asked.resize(std::min(asked.size(), most));
    for (const auto* one : asked) {
        if (const Status shown = confirm_one(receipt, *one); !shown) return shown;
    }
    return {};
}

Status Importer::confirm_one(const client::Receipt& receipt,
                             const client::SubmittedTransaction& one) {
    const auto id = api::id_from_text<ledger::TransactionId>(one.id);
    if (!id) return fail(client::errc::bad_answer, "a receipt for an id that is none");
    const auto sought = client::look_up(client_, genesis_, submitter_of(batch_.keys), *id, true);
    if (!sought) return sought.error();
    const std::string kept =
        options_.kept.empty() ? "" : "; what was signed is kept in " + options_.kept;
    if (!sought->found) {
        return fail(client::errc::outcome_unknown,
                    receipt.url + " says that " + one.id + " is " + one.outcome + ", entry " +
                        std::to_string(one.entry) +
                        ", and neither a second node nor a proof shows it" + kept);
    }
    if (sought->found->outcome == one.outcome && sought->found->entry == one.entry) return {};
    return Error{client::api_code("contradicted"),
                 receipt.url + ", which answered, says that " + one.id + " is " + one.outcome +
                     ", entry " + std::to_string(one.entry) + ", but it is " +
                     sought->found->outcome + ", entry " + std::to_string(sought->found->entry) +
                     ": it lies or is damaged; run the same import again without it, named by "
                     "--url, which is safe" +
                     kept};
}

Status Importer::settle(const client::Receipt& receipt) {
    if (receipt.transactions.size() != batch_.lines.size()) {
        return fail(client::errc::bad_answer, "a receipt for another number of transactions");
    }
    bool as_planned = true;
    std::size_t judged = batch_.lines.size();
    for (std::size_t i = 0; i < judged; ++i) {
        const auto& answer = receipt.transactions[i];
        const book::Planned& planned = batch_.planned[i];
        if (answer.id != api::id_text(planned.transaction.id)) {
            return fail(client::errc::bad_answer, "a receipt for other ids");
        }
        // It was not judged, and neither was what follows: it keeps no id, and goes out once more.
        const bool unjudged =
            answer.outcome == ledger::outcome_code(ledger::Outcome::replays_exhausted);
        if (i > 0 && !batch_.atomic && unjudged) {
            judged = i;
            break;
        }
        as_planned = as_planned && answer.outcome == ledger::outcome_code(planned.outcome);
        acknowledge(
            batch_.lines[i],
            {.id = planned.transaction.id, .submitter = submitter_of(batch_.keys), .outcome = {}},
            batch_.expect[i],
            {.outcome = answer.outcome,
             .entry = answer.entry,
             .block = receipt.block,
             .transaction = {}},
            answer.repeated);
    }
    keep_rest(judged);
    // What is booked after that would have no receipt.
    const bool lost = options_.receipts != nullptr && !options_.receipts->flush();
    summary_.retries += receipt.attempts - 1;
    summary_.applied_index = std::max(summary_.applied_index, receipt.applied_index);
    ++summary_.submissions;
    if (!as_planned) follow_network(summary_.applied_index);
    if (options_.progress) options_.progress(summary_.acknowledged, ids_.size());
    if (!lost) return {};
    return fail(
        api::errc::io_failed,
        "--receipts: cannot be written, so no more rows were sent; rows acknowledged and on "
        "record, not all with a receipt: " +
            std::to_string(summary_.acknowledged) + ". Make room first");
}

void Importer::acknowledge(std::uint64_t line, Acknowledged row,
                           const std::optional<ledger::Outcome>& expect, const Recorded& recorded,
                           bool repeated) {
    if (expect && ledger::outcome_code(*expect) != recorded.outcome) ++summary_.unexpected;
    if (recorded.outcome == ledger::outcome_code(ledger::Outcome::accepted)) {
        ++summary_.accepted;
    } else {
        ++summary_.refused[recorded.outcome];
        summary_.refused_replayed += repeated ? 1 : 0;
        if (summary_.refused_rows.size() < kRefusedRowsMax) {
            summary_.refused_rows.emplace_back(line, recorded.outcome);
        }
    }
    summary_.replayed += repeated ? 1 : 0;
    ++summary_.acknowledged;
    row.outcome = recorded.outcome;
    row.entry = recorded.entry;
    row.repeated = repeated;
    row.shown = recorded.shown;
    acknowledged_.push_back(std::move(row));
    if (options_.receipts == nullptr) return;
    *options_.receipts << boost::json::object{{"line", line},
                                              {"id", api::id_text(acknowledged_.back().id)},
                                              {"outcome", recorded.outcome},
                                              {"entry", recorded.entry},
                                              {"block", recorded.block},
                                              {"repeated", repeated}}
                       << "\n";
}

}  // namespace tally::cli
