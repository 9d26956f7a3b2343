// What the audit knows of each type of transaction, one overload a type and no template that would
// take whatever is new: a type that is added does not compile until somebody has answered. Does it
// set a limit, reserve or release, post a reference, claim something that can be recomputed? A type
// that does none of it is checked all the same by its postings, which have to lead to the records.
//
// Independent on purpose: who answers for a contract, what a reference is, what sets a limit, what
// takes up a reservation, what a reversal frees, is written down here once more and never read from
// ledger/type_table.h, or a fault in the table would hide itself.
#include <algorithm>

#include "ledger/queries.h"
#include "storage/audit_book_records.h"
#include "storage/audit_book_taker.h"
#include "storage/errc.h"

namespace tally::storage {

using ledger::ContractId;
using ledger::MemberId;
using ledger::RecordReader;
using ledger::Role;
using ledger::Wide;

Result<std::vector<MemberId>> signers_with(const ledger::SubmissionHeader& header, Role role,
                                           const RecordReader& records) {
    std::vector<MemberId> all;
    for (const ledger::Signer& signer : header.signers) {
        const auto member = ledger::read_member(records, signer.member);
        if (!member) return member.error();
        if (*member && (*member)->body->has(role)) all.push_back(signer.member);
    }
    return all;
}

Result<MemberId> signer_with(const ledger::SubmissionHeader& header, Role role,
                             const RecordReader& records) {
    const auto all = signers_with(header, role, records);
    if (!all) return all.error();
    if (!all->empty()) return all->front();
    return fail(errc::diverged, "accepted without a signer that has the role");
}

std::optional<std::string> plain_reference(std::string reference) {
    bool digit = false;
    if (reference.empty() || reference.size() > 64) return std::nullopt;
    if (reference.front() == ' ' || reference.back() == ' ') return std::nullopt;
    for (char& letter : reference) {
        if (letter < 0x20 || letter > 0x7E || letter == '@') return std::nullopt;
        digit = digit || (letter >= '0' && letter <= '9');
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
    }
    std::erase(reference, ' ');
    return digit ? std::optional(reference) : std::nullopt;
}

void AuditBook::Taker::add_to(Wide Contract::*sum, Wide amount) {
    Event& event = book_.events_[own_id()];
    event.adds_to = sum;
    book_.contracts_[event.contract].*sum += amount;
}

Result<ledger::RulesetRegister> AuditBook::Taker::ruleset_of(const ContractId& id) const {
    const ledger::ProductId* named_product = book_.conduct_.product_of(id);
    if (named_product == nullptr) return fail(errc::diverged, "no such contract");
    const auto product = ledger::read_product(after_, *named_product);
    if (!product) return product.error();
    if (!*product) return fail(errc::diverged, "no such product");
    const auto ruleset = ledger::read_ruleset(after_, (*product)->terms.ruleset);
    if (!ruleset) return ruleset.error();
    if (!*ruleset) return fail(errc::diverged, "no such ruleset");
    return (*ruleset)->terms;
}

std::size_t AuditBook::Taker::keys_of(const MemberId& member) const {
    const auto& signers = accepted_.header.signers;
    return static_cast<std::size_t>(
        std::count_if(signers.begin(), signers.end(),
                      [&member](const ledger::Signer& signer) { return signer.member == member; }));
}

AuditBook::Line& AuditBook::Taker::touch(const ledger::LineId& id) {
    book_.touched_lines_.insert(id);
    return book_.lines_[id];
}

AuditBook::Finding AuditBook::Taker::on_line(const ledger::LineId& id) {
    if (keys_of(book_.lines_[id].owner) > 0) return std::nullopt;
    return found("its line's owner did not sign");
}

AuditBook::Finding AuditBook::Taker::on_active_line(const ledger::LineId& id) {
    if (book_.lines_[id].status != ledger::LineStatus::active) {
        return found("a purchase on a line that is frozen or closed");
    }
    return on_line(id);
}

AuditBook::Finding AuditBook::Taker::refused(const ContractId& id, Answers answers) {
    const auto known = book_.contracts_.find(id);
    if (known == book_.contracts_.end() || !known->second.line) {
        return found("on a contract that was never captured");
    }
    const Contract& contract = known->second;
    book_.touched_contracts_.insert(id);
    if (answers == Answers::servicer) {
        if (keys_of(contract.servicer) > 0) return std::nullopt;
        return found("the contract's servicer of the time did not sign");
    }
    if (keys_of(contract.originator) == 0) return found("the contract's owner did not sign");
    if (keys_of(book_.sales_.owner(id)) == 0) {
        return found("who had bought the contract did not sign");
    }
    if (answers == Answers::owner) return std::nullopt;
    const bool all = std::all_of(contract.funders.begin(), contract.funders.end(),
                                 [this](const MemberId& funder) { return keys_of(funder) > 0; });
    return all ? std::nullopt : found("a funder of the contract did not sign");
}

AuditBook::Finding AuditBook::Taker::by_servicer_of_book() const {
    const bool named =
        std::ranges::any_of(accepted_.header.signers, [this](const ledger::Signer& signer) {
            return book_.servicers_.may_keep_days(signer.member);
        });
    return named ? std::nullopt : found("a day that no servicer of the book opened or closed");
}

AuditBook::Finding AuditBook::Taker::by_one_key(std::initializer_list<Role> roles) const {
    std::size_t signatures = 0;
    for (const ledger::Signer& signer : accepted_.header.signers) {
        const auto member = ledger::read_member(after_, signer.member);
        if (!member || !*member) return found("signed by nobody that is known");
        const ledger::MemberBody& body = *(*member)->body;
        const auto has = [&body](Role role) { return body.has(role); };
        if (std::ranges::any_of(roles, has)) ++signatures;
    }
    return signatures >= roles.size() ? std::nullopt
                                      : Finding(found("one key signed for two roles"));
}

AuditBook::Finding AuditBook::Taker::by_one_key(const MemberId& one, const MemberId& other) const {
    if (one != other || keys_of(one) >= 2) return std::nullopt;
    return found("one key signed for two roles");
}

AuditBook::Finding AuditBook::Taker::irresponsible(const ContractId& id) {
    const auto known = book_.contracts_.find(id);
    if (known == book_.contracts_.end()) return found("on a contract that was never captured");
    if (keys_of(known->second.originator) > 0 || keys_of(book_.sales_.owner(id)) > 0) {
        return std::nullopt;
    }
    return refused(id, Answers::servicer);
}

AuditBook::Finding AuditBook::Taker::refused_deed(const ContractId& id) {
    const auto known = book_.contracts_.find(id);
    if (known == book_.contracts_.end() || !known->second.line) {
        return found("on a contract that was never captured");
    }
    book_.touched_contracts_.insert(id);
    if (business_date() == value_date()) return std::nullopt;
    return found("pledged or sold as of an earlier day");
}

AuditBook::Finding AuditBook::Taker::refused_of_owner(const ContractId& id) {
    if (Finding wrong = refused_deed(id)) return wrong;
    if (keys_of(book_.sales_.owner(id)) > 0) return std::nullopt;
    return found("who owned the contract did not sign");
}

AuditBook::Finding AuditBook::Taker::refused_of_buyer(const ContractId& id) {
    const AuditSales::Offer* offer = book_.sales_.offer(id);
    if (offer != nullptr && keys_of(offer->buyer) > 0) return std::nullopt;
    return found("the buyer of the contract did not sign");
}

AuditBook::Finding AuditBook::Taker::refused(const AuditDebits::Mandate* mandate) {
    if (mandate == nullptr) return found("names a mandate that was never registered");
    return refused(mandate->said.contract, Answers::servicer);
}

AuditBook::Event& AuditBook::Taker::note(const ContractId& contract, Answers answers) {
    Event& event = book_.events_[own_id()];
    event = {};
    event.contract = contract;
    event.answers = answers;
    return event;
}

AuditBook::Taker::Taken AuditBook::Taker::event_on(const ContractId& contract, Answers answers) {
    note(contract, answers);
    return refused(contract, answers);
}

AuditBook::Taker::Taken AuditBook::Taker::relief_on(const ContractId& contract) {
    note(contract, Answers::owner).relieves = true;
    ++book_.contracts_[contract].reliefs;
    return refused(contract, Answers::owner);
}

AuditBook::Taker::Taken AuditBook::Taker::brings(Event& event, Wide amount,
                                                 const std::string& source_ref) {
    event.amount = amount;
    const auto reference = plain_reference(source_ref);
    if (!reference) return found("a payment's reference is not of its form");
    event.source = SourceKey{book_.sales_.owner(event.contract), *reference};
    return book_.take_source(*event.source, accepted_.entry);
}

Result<AuditBook::Finding> AuditBook::find_open(const Accepted& accepted, const MemberId& lender,
                                                const ledger::BorrowerId& borrower,
                                                const RecordReader& after) {
    for (const ContractId& id : conduct_.contracts_of(lender, borrower)) {
        const auto contract =
            stored_contract(after, id, {ledger::PointInTime{}.as_of, accepted.entry});
        if (!contract) return contract.error();
        const ledger::Position& position = contract->position;
        const bool collected = position.status == ledger::ContractStatus::charged_off &&
                               contracts_[id].collector.has_value();
        if (position.outstanding_total == 0 && position.totals.credit == 0 && !collected) continue;
        return Finding(entry_name(accepted.entry) + ": erases a borrower with " +
                       name_of("contract", id) + ", which is not over");
    }
    return Finding{};
}

AuditBook::Finding AuditBook::take_source(const SourceKey& source, std::uint64_t index) {
    if (sources_.insert(source).second) return std::nullopt;
    return entry_name(index) + ": the reference " + source.second +
           " was posted to this lender before";
}

void AuditBook::release(const ledger::AuthorisationId& id) {
    const auto found = open_authorisations_.find(id);
    if (found == open_authorisations_.end()) return;
    lines_[found->second.line].reserved -= found->second.amount;
    touched_lines_.insert(found->second.line);
    open_authorisations_.erase(found);
}

Result<AuditBook::Finding> AuditBook::take(const Accepted& accepted, const RecordReader& after) {
    return std::visit(Taker(*this, accepted, after), accepted.transaction.body);
}

}  // namespace tally::storage
