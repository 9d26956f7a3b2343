#pragma once

// Internal.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/double_entry.h"
#include "ledger/record_reader.h"
#include "ledger/transaction.h"
#include "ledger/wide.h"
#include "storage/audit_book_records.h"

namespace tally::storage {

/// What an audit keeps of who owns what, from entries and postings alone: one owner of a contract
/// on each date, without a gap; nothing pledged that was sold; receivables in the book of their
/// owner and in no other, and those of a book the sum of what its lender owns. Who signed is asked
/// elsewhere (audit_book_take.cpp).
class AuditSales {
public:
    /// What is wrong, in words; nothing: it was taken down.
    using Wrong = std::optional<std::string>;

    struct Owner {
        ledger::MemberId member;
        ledger::Day from = 0;

        bool operator==(const Owner&) const = default;
    };
    struct Offer {
        ledger::MemberId buyer;
        ledger::Amount price = 0;
        ledger::Day until = 0;
        bool buyback = false;  ///< out of its pool, to its originator
    };

    void capture(const ledger::ContractId& id, const ledger::MemberId& owner, ledger::Day from);
    Wrong take(const ledger::Pledge& pledge, ledger::Day day);
    Wrong take(const ledger::Release& release, ledger::Day day);
    Wrong take(const ledger::TransferInit& offer, ledger::Day day);
    /// With the contract as the sale found it.
    Wrong take(const ledger::TransferSettle& settlement, ledger::Day day,
               const ledger::Position& sold);
    Wrong take(const ledger::BuybackInit& offer, ledger::Day day);
    Wrong take(const ledger::BuybackSettle& settlement, ledger::Day day,
               const ledger::Position& sold);
    /// Its originator owns it, and it is bound to nobody.
    Wrong take(const ledger::PoolAdd& addition, ledger::Day day);
    Wrong take(const ledger::PoolRemove& removal, ledger::Day day);
    Wrong end_offer(const ledger::ContractId& id, ledger::Day day);
    /// Why a capture cannot be taken back.
    Wrong bound(const ledger::ContractId& id, ledger::Day day) const;

    /// Who owns it by now. Requires that it was captured.
    const ledger::MemberId& owner(const ledger::ContractId& id) const;
    /// Null where there is none.
    const Offer* offer(const ledger::ContractId& id) const;
    const ledger::MemberId* pledgee(const ledger::ContractId& id) const;

    void post(const ledger::Posting& posting);
    /// What a contract's record or the books have of it that is not so.
    Wrong compare(const ledger::ContractId& id, const StoredContract& contract);
    /// The same of what a lender's book has as receivables, in all.
    Wrong compare(const ledger::BookId& book, const ledger::Balances& totals) const;

private:
    using Sums = std::array<ledger::Wide, ledger::kComponents>;
    struct Deed {
        std::vector<Owner> owners;  ///< ascending by day
        std::optional<ledger::MemberId> pledgee;
        std::optional<Offer> offer;
        ledger::Day last = 0;  ///< of any step
        std::map<ledger::MemberId, ledger::Balances> books;
        std::map<ledger::MemberId, ledger::Wide> earned;  ///< by selling it; lost: below zero
        std::map<ledger::MemberId, ledger::Wide> paid;    ///< above what it took over; or below
        std::optional<ledger::BookId> counted_in;         ///< in owned_
        Sums counted{};
    };

    /// Each step comes on a day of its own or later than the one before.
    static Wrong step(Deed& deed, ledger::Day day);
    static Wrong free_of_its_maker(const Deed& deed, ledger::Day day, const std::string& does);
    static Wrong offer_it(Deed& deed, const Offer& offer, ledger::Day day);
    static Wrong settle(Deed& deed, bool buyback, ledger::Day day, const ledger::Position& sold);
    static Wrong compare_books(const Deed& deed, const ledger::Position& position);
    void count(Deed& deed, const ledger::BookId& book, const ledger::Position& position);

    std::map<ledger::ContractId, Deed> deeds_;
    std::map<ledger::BookId, Sums> owned_;  ///< outstanding, by who owns it
};

}  // namespace tally::storage
