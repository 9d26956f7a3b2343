#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ledger/allocation.h"
#include "node/book/model.h"
#include "node/book/row.h"

namespace tally::book {

struct GeneratorOptions;

/// A credit line as the generator keeps it: the rules' own arithmetic, without the ledger.
struct Line {
    ledger::LineId id;
    ledger::Amount limit = 0;
    ledger::Amount used = 0;
    ledger::Day valid_from = 0;
    ledger::Day valid_to = 0;

    ledger::Amount available() const { return limit > used ? limit - used : 0; }
};
struct Purchase {
    ledger::ContractId id;
    std::size_t line = 0;  ///< position in lines()
};
/// What an accepted payment said, for posting it again.
struct Payment {
    ledger::ContractId contract;
    ledger::Amount amount = 0;
    std::string source_ref;
};

/// Everything that is true in the made-up book. The functions that change it return the row that
/// tells of the change, expected to be accepted.
class World {
public:
    explicit World(const GeneratorOptions& options);

    BookRow grant(std::size_t borrower, ledger::Day day, ledger::Amount limit);
    BookRow change(std::size_t borrower, ledger::Day day, ledger::Amount limit);
    BookRow capture(std::size_t borrower, ledger::Day day, ledger::Amount principal,
                    ledger::Ppm fee_ppm, std::uint32_t periods);
    BookRow repay(std::size_t contract, ledger::Day day, ledger::Amount amount);

    /// The newest line of a borrower who has one.
    const Line& line_of(std::size_t borrower) const { return lines_.at(newest_.at(borrower)); }
    const std::vector<Line>& lines() const { return lines_; }
    const std::vector<Purchase>& contracts() const { return contracts_; }
    const std::vector<Payment>& payments() const { return payments_; }
    std::vector<ledger::RowOutstanding> outstanding(std::size_t contract) const;
    ledger::Amount payable(std::size_t contract) const;

    /// Rows that nothing in the world answers to, for attempts.
    BookRow bare(ledger::Day day, RowBody body, ledger::Outcome expect) const;
    /// An id that no other call gave.
    template <typename Id>
    Id fresh() {
        return Id{next_id()};
    }
    std::string fresh_reference();
    std::vector<ledger::FundingShare> shares() const;
    const std::string& currency() const { return currency_; }
    const std::vector<std::pair<ledger::MemberId, std::string>>& names() const { return names_; }

private:
    std::array<std::uint8_t, 16> next_id();
    /// Plans the row in the model and settles it as accepted.
    ledger::Transaction accept(const BookRow& row);

    const std::uint64_t seed_;
    const std::string currency_;
    std::vector<std::pair<ledger::MemberId, std::string>> names_;
    std::vector<ledger::BorrowerId> borrowers_;
    std::vector<std::size_t> newest_;  // borrower -> line
    std::vector<Line> lines_;
    std::vector<Purchase> contracts_;
    std::vector<Payment> payments_;
    ContractModel model_;
    std::uint64_t next_number_ = 0;
    std::uint64_t next_reference_ = 0;
};

}  // namespace tally::book
