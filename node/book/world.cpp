#include "node/book/world.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/codec.h"
#include "ledger/genesis.h"
#include "node/book/generator.h"

namespace tally::book {
namespace {

constexpr ledger::Day kValidityDays = 3 * 365;

}  // namespace

World::World(const GeneratorOptions& options) : seed_(options.seed), currency_(options.currency) {
    for (const std::string& name : options.funders) {
        names_.emplace_back(ledger::member_id_of(name), name);
    }
    borrowers_.reserve(options.borrowers);
    for (std::uint32_t i = 0; i < options.borrowers; ++i) {
        borrowers_.push_back(fresh<ledger::BorrowerId>());
    }
    newest_.resize(options.borrowers);
}

std::array<std::uint8_t, 16> World::next_id() {
    crypto::Writer writer;
    writer.u64(seed_);
    writer.u64(next_number_++);
    const Bytes bytes = writer.take();
    const crypto::Digest digest = crypto::domain_hash("generated-id", {ByteView(bytes)});
    std::array<std::uint8_t, 16> id{};
    std::copy_n(digest.bytes.begin(), id.size(), id.begin());
    return id;
}

std::string World::fresh_reference() {
    return "bank-" + std::to_string(seed_) + "-" + std::to_string(++next_reference_);
}

std::vector<ledger::FundingShare> World::shares() const {
    std::vector<ledger::FundingShare> result;
    const auto count = static_cast<ledger::Ppm>(names_.size());
    for (const auto& [member, name] : names_) result.push_back({member, 1'000'000 / count});
    result.back().share += 1'000'000 % count;
    return result;
}

BookRow World::bare(ledger::Day day, RowBody body, ledger::Outcome expect) const {
    BookRow row;
    row.business_date = day;
    row.value_date = day;
    row.body = std::move(body);
    row.expect = expect;
    return row;
}

ledger::Transaction World::accept(const BookRow& row) {
    const Planned planned = model_.plan(row, ledger::TransactionId{});
    const ledger::Outcome accepted = ledger::Outcome::accepted;
    model_.settle({&planned, 1}, {&accepted, 1});
    return planned.transaction;
}

BookRow World::grant(std::size_t borrower, ledger::Day day, ledger::Amount limit) {
    ledger::LimitGrant grant;
    grant.line = fresh<ledger::LineId>();
    grant.borrower = borrowers_.at(borrower);
    grant.currency = currency_;
    grant.limit = limit;
    grant.valid_from = day;
    grant.valid_to = day + kValidityDays;
    newest_.at(borrower) = lines_.size();
    lines_.push_back({grant.line, limit, 0, grant.valid_from, grant.valid_to});
    return bare(day, grant, ledger::Outcome::accepted);
}

BookRow World::change(std::size_t borrower, ledger::Day day, ledger::Amount limit) {
    Line& line = lines_.at(newest_.at(borrower));
    line.limit = limit;
    return bare(day, ledger::LimitChange{line.id, limit}, ledger::Outcome::accepted);
}

BookRow World::capture(std::size_t borrower, ledger::Day day, ledger::Amount principal,
                       ledger::Ppm fee_ppm, std::uint32_t periods) {
    const std::size_t position = newest_.at(borrower);
    Line& line = lines_.at(position);
    CHECK(principal <= line.available());
    CaptureRow capture{fresh<ledger::ContractId>(), line.id, principal, fee_ppm, periods, shares()};
    line.used += principal;
    contracts_.push_back({capture.contract, position});
    BookRow row = bare(day, std::move(capture), ledger::Outcome::accepted);
    accept(row);
    return row;
}

BookRow World::repay(std::size_t contract, ledger::Day day, ledger::Amount amount) {
    const Purchase& purchase = contracts_.at(contract);
    RepaymentRow repayment{purchase.id, amount, fresh_reference()};
    payments_.push_back({purchase.id, amount, repayment.source_ref});
    BookRow row = bare(day, std::move(repayment), ledger::Outcome::accepted);
    const ledger::Transaction transaction = accept(row);
    for (const auto& part : std::get<ledger::Repayment>(transaction.body).allocation) {
        if (part.component == ledger::Component::principal) {
            lines_.at(purchase.line).used -= part.amount;
        }
    }
    return row;
}

std::vector<ledger::RowOutstanding> World::outstanding(std::size_t contract) const {
    const ledger::ContractBody* body = model_.contract(contracts_.at(contract).id);
    CHECK(body != nullptr);
    return body->outstanding();
}

ledger::Amount World::payable(std::size_t contract) const {
    return ledger::payable_of(outstanding(contract));
}

}  // namespace tally::book
