#include "storage/audit_book_conduct.h"

#include "ledger/dates.h"
#include "ledger/queries.h"
#include "storage/audit_book_records.h"

namespace tally::storage {

using ledger::BorrowerId;
using ledger::ContractId;
using ledger::Day;
using ledger::MemberId;

namespace {

constexpr const char* kErased = "begins something with a borrower whom the owner erased";

}  // namespace

void AuditConduct::begin_block() {
    touched_borrowers_.clear();
    touched_complaints_.clear();
}

AuditConduct::Wrong AuditConduct::take(const ledger::Assessment& assessment,
                                       const MemberId& owner) const {
    if (erased_.contains({owner, assessment.borrower})) return kErased;
    return std::nullopt;
}

AuditConduct::Wrong AuditConduct::take(const ledger::LimitGrant& grant, const MemberId& owner) {
    const Customer customer{owner, grant.borrower};
    if (erased_.contains(customer)) return kErased;
    lines_[grant.line] = {customer, false};
    ++open_lines_[customer];
    return std::nullopt;
}

void AuditConduct::take(const ledger::LimitClose& close) {
    Line& line = lines_[close.line];
    if (!line.closed) --open_lines_[line.customer];
    line.closed = true;
}

void AuditConduct::take(const ledger::Capture& capture) {
    const Customer& customer = lines_[capture.line].customer;
    contracts_[capture.contract] = {customer, capture.product, {}};
    owned_[customer].push_back(capture.contract);
}

AuditConduct::Wrong AuditConduct::sell(const ContractId& id, const MemberId& buyer) {
    Customer& customer = contracts_.at(id).customer;
    std::erase(owned_[customer], id);
    customer.first = buyer;
    owned_[customer].push_back(id);
    return erased_.contains(customer) ? Wrong("buys from a borrower whom the buyer erased")
                                      : std::nullopt;
}

const ledger::ProductId* AuditConduct::product_of(const ContractId& id) const {
    const auto found = contracts_.find(id);
    return found == contracts_.end() ? nullptr : &found->second.product;
}

AuditConduct::Wrong AuditConduct::take(const ledger::CollectionAssign& assignment,
                                       const ledger::RulesetRegister& ruleset,
                                       bool relieved) const {
    if (erased_.contains(contracts_.at(assignment.contract).customer)) return kErased;
    if (ruleset.forbearance_first && !relieved) {
        return "a collector before relief was asked for or given";
    }
    return std::nullopt;
}

AuditConduct::Wrong AuditConduct::take(const ledger::ContactLog& contact,
                                       const ledger::RulesetRegister& ruleset, Day value_date) {
    Contract& contract = contracts_.at(contact.contract);
    const Customer& customer = contract.customer;
    if (erased_.contains(customer)) return kErased;
    const bool permitted =
        ruleset.contact_from <= contact.minute && contact.minute < ruleset.contact_to;
    if (!permitted) return "a contact outside the hours of its ruleset";
    const BorrowerId& borrower = customer.second;
    if (++contacts_[{borrower, value_date}] > ruleset.contacts_per_day) {
        return "more contacts with a borrower on a day than its ruleset permits";
    }
    contract.contacts.emplace_back(value_date, contact.minute);
    touched_borrowers_.insert(borrower);
    return std::nullopt;
}

AuditConduct::Wrong AuditConduct::take(const ledger::ComplaintOpen& complaint, Day value_date) {
    const Complaint added{complaint.contract, value_date, std::nullopt};
    if (!complaints_.emplace(complaint.complaint, added).second) {
        return "opens a complaint that is there";
    }
    touched_complaints_.insert(complaint.complaint);
    return std::nullopt;
}

AuditConduct::Wrong AuditConduct::take(const ledger::ComplaintClose& answer, Day value_date) {
    const auto found = complaints_.find(answer.complaint);
    if (found == complaints_.end()) return "answers a complaint that was never opened";
    Complaint& complaint = found->second;
    if (complaint.result) return "answers a complaint a second time";
    if (value_date < complaint.opened) return "answers a complaint before it was opened";
    complaint.result = answer.result;
    touched_complaints_.insert(answer.complaint);
    return std::nullopt;
}

AuditConduct::Wrong AuditConduct::take(const ledger::ErasureCert& certificate,
                                       const MemberId& lender) {
    const Customer customer{lender, certificate.borrower};
    if (open_lines_[customer] != 0) return "erases a borrower with a line that is not closed";
    if (!erased_.insert(customer).second) return "erases a borrower a second time";
    return std::nullopt;
}

AuditConduct::Wrong AuditConduct::take(const ledger::AuditOpinion& opinion,
                                       std::uint64_t entry) const {
    const bool there =
        opinion.ledger_size > 0 && static_cast<std::uint64_t>(opinion.ledger_size) <= entry;
    if (there) return std::nullopt;
    return "an opinion on entries that were not there";
}

AuditConduct::Wrong AuditConduct::take(const ledger::ReconResult& result) const {
    if (opened_.contains(result.day)) return std::nullopt;
    return "a reconciliation as of " + ledger::day_text(result.day) + ", which was never opened";
}

const ContractId* AuditConduct::contract_of(const ledger::ComplaintId& id) const {
    const auto found = complaints_.find(id);
    return found == complaints_.end() ? nullptr : &found->second.contract;
}

std::vector<ContractId> AuditConduct::contracts_of(const MemberId& lender,
                                                   const BorrowerId& borrower) const {
    const auto found = owned_.find({lender, borrower});
    return found == owned_.end() ? std::vector<ContractId>{} : found->second;
}

AuditConduct::Wrong AuditConduct::compare(const ContractId& id,
                                          const ledger::ContractBody& contract) const {
    std::vector<std::pair<Day, std::uint32_t>> recorded;
    for (const ledger::ContractEvent& event : contract.events) {
        if (event.kind != ledger::EventKind::contact) continue;
        recorded.emplace_back(event.value_date, event.minute);
    }
    if (recorded == contracts_.at(id).contacts) return std::nullopt;
    return "its contacts are not those that were logged";
}

Result<AuditConduct::Wrong> AuditConduct::compare_contacts(const ledger::RecordReader& after,
                                                           const BorrowerId& borrower) const {
    const auto record = ledger::read_contacts(after, borrower);
    if (!record) return record.error();
    for (const ledger::ContactDay& day : record->days) {
        const auto known = contacts_.find({borrower, day.day});
        if (known != contacts_.end() && known->second == day.count) continue;
        return Wrong(name_of("borrower", borrower) + ": its contacts are not those on record");
    }
    return Wrong{};
}

Result<AuditConduct::Wrong> AuditConduct::compare_complaint(const ledger::RecordReader& after,
                                                            const ledger::ComplaintId& id) const {
    const auto record = ledger::read_complaint(after, id);
    if (!record) return record.error();
    const Complaint& complaint = complaints_.at(id);
    const bool same = *record && (*record)->terms.contract == complaint.contract &&
                      (*record)->answer.has_value() == complaint.result.has_value() &&
                      (!complaint.result || (*record)->answer->said.result == *complaint.result);
    if (same) return Wrong{};
    return Wrong(name_of("complaint", id) + ": is not what was opened, or came of it");
}

Result<AuditConduct::Wrong> AuditConduct::compare(const ledger::RecordReader& after) const {
    for (const BorrowerId& borrower : touched_borrowers_) {
        auto wrong = compare_contacts(after, borrower);
        if (!wrong || wrong->has_value()) return wrong;
    }
    for (const ledger::ComplaintId& id : touched_complaints_) {
        auto wrong = compare_complaint(after, id);
        if (!wrong || wrong->has_value()) return wrong;
    }
    return Wrong{};
}

}  // namespace tally::storage
