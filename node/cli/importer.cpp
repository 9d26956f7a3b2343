#include "node/cli/importer.h"

#include <algorithm>
#include <chrono>

#include "node/book/contract_json.h"
#include "node/errc.h"
#include "node/json/ids.h"

// Two passes: the first finds every fault and sends nothing, the second sends. What makes a second
// run of the same import safe is that each row gives the same transaction again: the id follows
// from the row, schedules and allocations from rows before it. Only a payment on a contract that
// the book does not contain depends on the network's state, which the first run changed; for those,
// the record under the id is looked up first and repeated as it is.

namespace tally::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kHeaderBytes = 4096;  // header and signatures of a submission, at most
constexpr std::size_t kTransactionOverhead = 8;

Result<boost::json::value> parse(const std::string& text, const std::string& what) {
    boost::json::error_code failure;
    auto value = boost::json::parse(text, failure);
    if (failure) return fail(client::errc::bad_answer, what + ": not JSON");
    return value;
}

}  // namespace

const Signer* Importer::with_role(ledger::Role role) const {
    const auto found = std::find_if(signers_.begin(), signers_.end(), [role](const Signer& signer) {
        return (signer.roles & static_cast<std::uint16_t>(role)) != 0;
    });
    return found == signers_.end() ? nullptr : &*found;
}

/// Why the keys at hand cannot sign the row; empty when they can.
std::string Importer::signing_fault(const book::BookRow& row) const {
    const bool payment = std::holds_alternative<book::RepaymentRow>(row.body);
    const auto role = payment ? ledger::Role::servicer : ledger::Role::originator;
    const std::string type(book::row_type(row.body));
    if (with_role(role) == nullptr) {
        return "type: a " + type + " is signed by " + (payment ? "a servicer" : "an originator") +
               ", whose key is not given with --key";
    }
    const auto* capture = std::get_if<book::CaptureRow>(&row.body);
    if (capture == nullptr) return {};
    for (const auto& share : capture->shares) {
        const bool signs =
            std::any_of(signers_.begin(), signers_.end(),
                        [&share](const Signer& signer) { return signer.member == share.funder; });
        const auto* member = genesis_.member(share.funder);
        if (!signs && member != nullptr) {
            return "shares: " + member->name + " must sign, and its key is not given with --key";
        }
    }
    return {};
}

std::vector<std::string> Importer::check(std::istream& book) {
    std::vector<std::string> faults;
    auto reader = book::RowReader::open(book, resolver_of(genesis_));
    if (!reader) return {reader.error().context};
    std::map<ledger::TransactionId, std::uint64_t> ids;
    rows_ = 0;
    while (faults.size() < options_.faults_max) {
        const auto row = reader->next();
        if (!row) {
            faults.push_back(row.error().context);
            continue;
        }
        if (!*row) return faults;
        ++rows_;
        const std::string line = "line " + std::to_string((*row)->line) + ": ";
        const std::string fault = signing_fault(**row);
        if (!fault.empty()) faults.push_back(line + fault);
        if (!(*row)->id) continue;
        const auto [known, added] = ids.emplace(*(*row)->id, (*row)->line);
        if (!added) {
            faults.push_back(line + "id: stands in line " + std::to_string(known->second) + " too");
        }
    }
    return faults;
}

ledger::TransactionId Importer::id_of(const book::BookRow& row) {
    if (row.id) return *row.id;
    return book::derived_id(row.content, equal_rows_[row.content]++);
}

std::size_t Importer::bytes_max() const {
    return genesis_.submission_bytes_max -
           std::min<std::size_t>(kHeaderBytes, genesis_.submission_bytes_max / 2);
}

Result<std::optional<ledger::Transaction>> Importer::recorded(const ledger::TransactionId& id) {
    const auto answer = client_.get("/v1/transactions/" + node::id_text(signers_.front().member) +
                                    "/" + node::id_text(id));
    if (!answer) {
        if (client::is(answer.error().code, "not_found")) {
            return std::optional<ledger::Transaction>{};
        }
        return answer.error();
    }
    const auto value = parse(answer->body, answer->url);
    if (!value) return value.error();
    const auto* object = value->if_object();
    const auto* transaction = object == nullptr ? nullptr : object->if_contains("transaction");
    if (transaction == nullptr) return fail(client::errc::bad_answer, answer->url);
    auto decoded = node::transaction_from_json(*transaction);
    if (!decoded) return decoded.error();
    return std::optional(std::move(*decoded));
}

Result<book::Planned> Importer::plan(const book::BookRow& row, const ledger::TransactionId& id) {
    const auto* payment = std::get_if<book::RepaymentRow>(&row.body);
    if (payment == nullptr) return model_.plan(row, id);
    if (model_.contract(payment->contract) == nullptr || fetched_.count(payment->contract) != 0) {
        auto known = recorded(id);
        if (!known) return known.error();
        // Already counted in whatever state the node gives, so the model must not count it again.
        if (*known) return book::Planned{std::move(**known), false, true};
        const auto answer = client_.contract(node::id_text(payment->contract));
        if (answer) {
            const auto value = parse(answer->json(), answer->url());
            if (!value) return value.error();
            auto body = book::contract_from_json(*value);
            if (!body) return body.error();
            model_.learn(payment->contract, std::move(*body));
            fetched_.insert(payment->contract);
        } else if (!client::is(answer.error().code, "not_found")) {
            return answer.error();
        }
    }
    return model_.plan(row, id);
}

Status Importer::add(book::BookRow row, Batch& batch, ImportSummary& summary) {
    const std::uint64_t line = row.line;
    auto planned = plan(row, id_of(row));
    if (!planned) {
        return Error{planned.error().code,
                     "line " + std::to_string(line) + ": " + planned.error().context};
    }
    Bytes bytes = ledger::encode_transaction(planned->transaction);
    const std::size_t size = bytes.size() + kTransactionOverhead;
    if (!batch.rows.empty() && batch.bytes + size > bytes_max()) {
        // The planned row stays out of the batch that is settled, so it is planned again behind it.
        model_.forget(*planned);
        const Status flushed = flush(batch, summary);
        if (!flushed) return flushed;
        planned = plan(row, planned->transaction.id);
        if (!planned) return planned.error();
        bytes = ledger::encode_transaction(planned->transaction);
    }
    batch.bytes += size;
    batch.rows.push_back(std::move(row));
    batch.planned.push_back(std::move(*planned));
    batch.transactions.push_back(std::move(bytes));
    const std::size_t most = std::min<std::size_t>(options_.batch, genesis_.transactions_max);
    return batch.rows.size() >= most ? flush(batch, summary) : Status{};
}

Status Importer::flush(Batch& batch, ImportSummary& summary) {
    if (batch.rows.empty()) return {};
    const auto keys = signing_keys(signers_);
    const auto submission = ledger::sign_submission(genesis_.network_id(), batch.transactions, keys,
                                                    false, ledger::Millis{0});
    const auto receipt = client_.submit(submission);
    if (!receipt) {
        return Error{receipt.error().code, "lines " + std::to_string(batch.rows.front().line) +
                                               " to " + std::to_string(batch.rows.back().line) +
                                               ": " + receipt.error().context};
    }
    const Status settled = settle(batch, *receipt, summary);
    batch = Batch{};
    return settled;
}

Status Importer::settle(const Batch& batch, const client::Receipt& receipt,
                        ImportSummary& summary) {
    if (receipt.transactions.size() != batch.rows.size()) {
        return fail(client::errc::bad_answer, "a receipt for another number of transactions");
    }
    std::vector<ledger::Outcome> outcomes;
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const auto& answer = receipt.transactions[i];
        const std::string id = node::id_text(batch.planned[i].transaction.id);
        if (answer.id != id) return fail(client::errc::bad_answer, "a receipt for other ids");
        // An outcome that only a newer node knows is a refusal all the same.
        outcomes.push_back(book::outcome_from_code(answer.outcome)
                               .value_or(ledger::Outcome::malformed_transaction));
        const auto& expect = batch.rows[i].expect;
        if (expect && ledger::outcome_code(*expect) != answer.outcome) ++summary.unexpected;
        if (answer.accepted()) {
            ++summary.accepted;
        } else {
            ++summary.refused[answer.outcome];
        }
        summary.replayed += answer.repeated ? 1 : 0;
        acknowledged_.push_back({batch.planned[i].transaction.id, answer.outcome});
        if (options_.receipts != nullptr) {
            *options_.receipts << boost::json::object{{"line", batch.rows[i].line},
                                                      {"id", id},
                                                      {"outcome", answer.outcome},
                                                      {"entry", answer.entry},
                                                      {"block", receipt.block},
                                                      {"repeated", answer.repeated}}
                               << "\n";
        }
    }
    if (options_.receipts != nullptr) options_.receipts->flush();
    model_.settle(batch.planned, outcomes);
    summary.acknowledged += batch.rows.size();
    summary.retries += receipt.attempts - 1;
    summary.applied_index = std::max(summary.applied_index, receipt.applied_index);
    ++summary.submissions;
    if (options_.progress) options_.progress(summary.acknowledged, rows_);
    return {};
}

ImportSummary Importer::send(std::istream& book) {
    ImportSummary summary;
    summary.rows = rows_;
    const auto begin = Clock::now();
    Status status;
    Batch batch;
    auto reader = book::RowReader::open(book, resolver_of(genesis_));
    if (!reader) status = reader.error();
    while (status) {
        auto row = reader->next();
        if (!row) {
            status = fail(node::errc::io_failed,
                          row.error().context + " (the book changed while it was imported)");
        } else if (*row) {
            status = add(std::move(**row), batch, summary);
        } else {
            status = flush(batch, summary);
            break;
        }
    }
    summary.failure = status;
    summary.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return summary;
}

}  // namespace tally::cli
