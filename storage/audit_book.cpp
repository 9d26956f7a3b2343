#include "storage/audit_book.h"

#include "base/hex.h"
#include "storage/errc.h"

namespace tally::storage {

using ledger::AccountClass;
using ledger::ContractId;
using ledger::LineId;
using ledger::Posting;
using ledger::RecordReader;

namespace {

template <typename Id>
std::string name_of(const char* what, const Id& id) {
    return std::string(what) + " " + to_hex(id.bytes);
}

Result<ledger::LineBody> read_line(const RecordReader& records, const LineId& id) {
    const auto value = records.get(ledger::account_key(AccountClass::line, id.bytes));
    if (!value) return value.error();
    if (!value->has_value()) return fail(errc::not_found, name_of("line", id));
    auto record = ledger::decode_line(**value);
    if (!record) return record.error();
    if (!record->body) return fail(errc::not_found, name_of("line", id));
    return *record->body;
}

Result<ledger::ContractBody> read_contract(const RecordReader& records, const ContractId& id) {
    const auto value = records.get(ledger::account_key(AccountClass::contract, id.bytes));
    if (!value) return value.error();
    if (!value->has_value()) return fail(errc::not_found, name_of("contract", id));
    auto record = ledger::decode_contract(**value);
    if (!record) return record.error();
    if (!record->body) return fail(errc::not_found, name_of("contract", id));
    return *record->body;
}

bool is_memo(ledger::BookAccount account) {
    return account == ledger::BookAccount::granted || account == ledger::BookAccount::available ||
           account == ledger::BookAccount::used;
}

}  // namespace

Status AuditBook::grant(const ledger::LimitGrant& grant, const RecordReader& after) {
    const auto record = read_line(after, grant.line);
    if (!record) return record.error();
    Line& line = lines_[grant.line];
    line.body = *record;
    line.body.limit = grant.limit;
    line.body.used = 0;
    post(ledger::postings_of_grant(grant.line, line.body));
    return {};
}

Status AuditBook::change(const ledger::LimitChange& change) {
    const auto found = lines_.find(change.line);
    if (found == lines_.end()) {
        return fail(errc::diverged, name_of("line", change.line) + " changed, never granted");
    }
    post(ledger::postings_of_change(change.line, found->second.body, change.limit));
    found->second.body.limit = change.limit;
    return {};
}

Status AuditBook::capture(const ledger::Capture& capture, const RecordReader& after) {
    const auto line = lines_.find(capture.line);
    if (line == lines_.end()) {
        return fail(errc::diverged, name_of("line", capture.line) + " used, never granted");
    }
    const auto record = read_contract(after, capture.contract);
    if (!record) return record.error();
    Contract& contract = contracts_[capture.contract];
    contract.line = capture.line;
    contract.terms = *record;
    contract.terms.terms.principal = capture.principal;
    ledger::Amount fees = 0;
    for (const ledger::Instalment& row : capture.schedule) fees += row.fee;
    post(ledger::postings_of_capture(capture.contract, contract.terms, fees));
    line->second.body.used += capture.principal;
    return {};
}

Status AuditBook::repay(const ledger::Repayment& repayment) {
    const auto contract = contracts_.find(repayment.contract);
    if (contract == contracts_.end()) {
        return fail(errc::diverged, name_of("contract", repayment.contract) + " never captured");
    }
    Line& line = lines_[contract->second.line];
    post(ledger::postings_of_repayment(repayment.contract, contract->second.terms, line.body,
                                       repayment.allocation));
    for (const ledger::Allocation& row : repayment.allocation) {
        if (row.component != ledger::Component::principal) continue;
        line.body.used -= row.amount;
        contract->second.repaid += row.amount;
    }
    return {};
}

void AuditBook::post(const std::vector<Posting>& postings) {
    trial_.add(postings);
    for (const Posting& posting : postings) {
        const std::span<const Posting> one(&posting, 1);
        if (is_memo(posting.account)) {
            const LineId id{posting.subject};
            Line& line = lines_[id];
            line.balances.apply(one);
            touched_lines_[id] = &line;
        } else {
            const ContractId id{posting.subject};
            Contract& contract = contracts_[id];
            contract.balances.apply(one);
            touched_contracts_[id] = &contract;
        }
    }
}

Status AuditBook::book(const ledger::TransactionEntry& entry, std::uint32_t rules_version,
                       const RecordReader& after) {
    if (entry.outcome != ledger::Outcome::accepted) return {};
    const auto transaction = ledger::decode_transaction(entry.transaction, rules_version);
    if (!transaction) return transaction.error();
    const auto& body = transaction->body;
    if (const auto* found = std::get_if<ledger::LimitGrant>(&body)) return grant(*found, after);
    if (const auto* found = std::get_if<ledger::LimitChange>(&body)) return change(*found);
    if (const auto* found = std::get_if<ledger::Capture>(&body)) return capture(*found, after);
    if (const auto* found = std::get_if<ledger::Repayment>(&body)) return repay(*found);
    return {};
}

Result<std::optional<std::string>> AuditBook::compare_contracts(const RecordReader& after) {
    for (const auto& [id, contract] : touched_contracts_) {
        const auto record = read_contract(after, id);
        if (!record) return record.error();
        const ledger::BookBalances balances = ledger::balances_of(nullptr, &*record);
        if (balances != contract->balances || !balances.not_negative()) {
            return std::optional(name_of("contract", id) +
                                 ": balances are not those that its postings lead to");
        }
        const ledger::Wide outstanding = balances.receivable_principal;
        if (contract->terms.terms.principal != outstanding + contract->repaid) {
            return std::optional(name_of("contract", id) +
                                 ": captured is not outstanding plus repaid");
        }
        lines_[contract->line].outstanding += outstanding - contract->outstanding;
        contract->outstanding = outstanding;
    }
    return std::optional<std::string>{};
}

Result<std::optional<std::string>> AuditBook::compare_lines(const RecordReader& after) {
    for (const auto& [id, line] : touched_lines_) {
        const auto record = read_line(after, id);
        if (!record) return record.error();
        const ledger::BookBalances balances = ledger::balances_of(&*record, nullptr);
        if (balances != line->balances || !balances.not_negative()) {
            return std::optional(name_of("line", id) +
                                 ": balances are not those that its postings lead to");
        }
        if (record->limit != line->body.limit) {
            return std::optional(name_of("line", id) + ": the limit is not the one last set");
        }
        if (record->used != line->outstanding) {
            return std::optional(name_of("line", id) +
                                 ": used is not the principal outstanding of its contracts");
        }
    }
    return std::optional<std::string>{};
}

Result<std::optional<std::string>> AuditBook::check(const ledger::BlockResult& block,
                                                    const RecordReader& after) {
    trial_ = {};
    touched_lines_.clear();
    touched_contracts_.clear();
    for (const Bytes& bytes : block.entries) {
        const auto entry = ledger::decode_entry(bytes);
        if (!entry) return entry.error();
        const auto* transaction = std::get_if<ledger::TransactionEntry>(&*entry);
        if (transaction == nullptr) continue;
        if (Status status = book(*transaction, block.head.rules_version, after); !status) {
            return status.error();
        }
    }
    if (!trial_.balanced()) return std::optional(std::string("debits differ from credits"));
    auto found = compare_contracts(after);
    if (!found || found->has_value()) return found;
    return compare_lines(after);
}

}  // namespace tally::storage
