#pragma once

// Internal.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/contract.h"
#include "ledger/record_reader.h"
#include "ledger/transaction.h"

namespace tally::storage {

/// What an audit keeps of how borrowers were treated, from entries alone: contacts within the hours
/// and the number that their ruleset permits, complaints opened before they were answered, once,
/// and nothing begun with a borrower whom the owner erased. Who signed is asked elsewhere
/// (audit_book_take.cpp).
class AuditConduct {
public:
    /// What is wrong with a transaction, in words; nothing: it was taken down.
    using Wrong = std::optional<std::string>;

    /// `owner`: of its model.
    Wrong take(const ledger::Assessment& assessment, const ledger::MemberId& owner) const;
    Wrong take(const ledger::LimitGrant& grant, const ledger::MemberId& owner);
    void take(const ledger::LimitClose& close);
    void take(const ledger::Capture& capture);
    /// From then on the borrower is the buyer's.
    Wrong sell(const ledger::ContractId& id, const ledger::MemberId& buyer);
    Wrong take(const ledger::CollectionAssign& assignment, const ledger::RulesetRegister& ruleset,
               bool relieved) const;
    Wrong take(const ledger::ContactLog& contact, const ledger::RulesetRegister& ruleset,
               ledger::Day value_date);
    Wrong take(const ledger::ComplaintOpen& complaint, ledger::Day value_date);
    Wrong take(const ledger::ComplaintClose& answer, ledger::Day value_date);
    Wrong take(const ledger::ErasureCert& certificate, const ledger::MemberId& lender);
    Wrong take(const ledger::AuditOpinion& opinion, std::uint64_t entry) const;
    void open(ledger::Day day) { opened_.insert(day); }
    void cancel(ledger::Day day) { opened_.erase(day); }
    Wrong take(const ledger::ReconResult& result) const;

    /// Under which the contract was captured; null if it never was.
    const ledger::ProductId* product_of(const ledger::ContractId& id) const;
    /// Of the complaint; null if it was never opened.
    const ledger::ContractId* contract_of(const ledger::ComplaintId& id) const;
    /// That the member owns and the borrower owes.
    std::vector<ledger::ContractId> contracts_of(const ledger::MemberId& lender,
                                                 const ledger::BorrowerId& borrower) const;

    /// The first record of what the block touched that no transaction leads to.
    Result<Wrong> compare(const ledger::RecordReader& after) const;
    /// What a contract's events say of contacts that is not so.
    Wrong compare(const ledger::ContractId& id, const ledger::ContractBody& contract) const;
    void begin_block();

private:
    /// A lender and a borrower of its.
    using Customer = std::pair<ledger::MemberId, ledger::BorrowerId>;
    struct Line {
        Customer customer;
        bool closed = false;
    };
    struct Contract {
        Customer customer;
        ledger::ProductId product;
        std::vector<std::pair<ledger::Day, std::uint32_t>> contacts;  ///< day and minute
    };
    struct Complaint {
        ledger::ContractId contract;
        ledger::Day opened = 0;
        std::optional<ledger::ComplaintResult> result;
    };

    Result<Wrong> compare_contacts(const ledger::RecordReader& after,
                                   const ledger::BorrowerId& borrower) const;
    Result<Wrong> compare_complaint(const ledger::RecordReader& after,
                                    const ledger::ComplaintId& id) const;

    std::map<ledger::LineId, Line> lines_;
    std::map<ledger::ContractId, Contract> contracts_;
    std::map<Customer, std::vector<ledger::ContractId>> owned_;
    std::map<Customer, std::size_t> open_lines_;
    std::map<std::pair<ledger::BorrowerId, ledger::Day>, std::uint32_t> contacts_;
    std::map<ledger::ComplaintId, Complaint> complaints_;
    std::set<Customer> erased_;
    std::set<ledger::Day> opened_;  ///< and not cancelled
    // Of the block in hand.
    std::set<ledger::BorrowerId> touched_borrowers_;
    std::set<ledger::ComplaintId> touched_complaints_;
};

}  // namespace tally::storage
