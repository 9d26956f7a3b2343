#include "ledger/pricing.h"
#include "ledger/usual_terms.h"
#include "testing/local_cluster.h"

// The credit book of a throw-away network: what has to be on record before anybody can buy.

namespace tally::testing {
namespace {

constexpr ledger::Day kYear = 365;

crypto::Digest random_digest() {
    crypto::Digest digest;
    crypto::random_bytes(digest.bytes);
    return digest;
}

void expect_accepted(const Result<client::Receipt>& receipt, const std::string& what) {
    if (!receipt) {
        throw ClusterError(what + ": " + receipt.error().code.message() + ": " +
                           receipt.error().context);
    }
    if (!receipt->all_accepted()) throw ClusterError(what + " was refused: " + receipt->json);
}

}  // namespace

const Book& LocalCluster::open_book(ledger::Day day) {
    if (book_ && book_->day == day) return *book_;
    if (book_) {
        expect_accepted(client().submit(sign({"servicer"}, ledger::DayOpen{}, day)), "the day");
        book_->day = day;
        return *book_;
    }
    const Book book{new_id<ledger::RulesetId>(), new_id<ledger::ProductId>(),
                    new_id<ledger::ModelId>(), day};
    const std::vector<ledger::TransactionBody> opening{
        ledger::usual_ruleset(book.ruleset), ledger::usual_product(book.product, book.ruleset),
        ledger::ModelRegister{book.model, "test", random_digest()}, ledger::DayOpen{}};
    expect_accepted(
        client().submit(sign_all({"lender", "regulator", "servicer"}, opening, day, true)),
        "the book");
    book_ = book;
    return *book_;
}

const Book& LocalCluster::book() const {
    if (!book_) throw ClusterError("the book is not open: call open_book first");
    return *book_;
}

ledger::Assessment LocalCluster::assessment(const ledger::BorrowerId& borrower,
                                            ledger::Amount limit, ledger::Day date,
                                            std::uint32_t band) const {
    ledger::Assessment assessment;
    assessment.assessment = new_id<ledger::AssessmentId>();
    assessment.borrower = borrower;
    assessment.model = book().model;
    assessment.inputs = random_digest();
    assessment.band = band;
    assessment.currency = "CNY";
    assessment.limit = limit;
    assessment.valid_to = date + kYear;
    return assessment;
}

ledger::LineId LocalCluster::open_line(ledger::Amount limit, ledger::Day date,
                                       std::uint32_t band) const {
    const auto line = new_id<ledger::LineId>();
    const auto borrower = new_id<ledger::BorrowerId>();
    const ledger::Assessment approval = assessment(borrower, limit, date, band);
    const ledger::LimitGrant grant{.line = line,
                                   .borrower = borrower,
                                   .currency = "CNY",
                                   .limit = limit,
                                   .valid_from = date,
                                   .valid_to = date + kYear,
                                   .assessment = approval.assessment};
    expect_accepted(client().submit(sign_all({"lender"}, {approval, grant}, date, true)),
                    "the line");
    return line;
}

ledger::Capture LocalCluster::purchase(const ledger::LineId& line, ledger::Amount principal,
                                       std::uint32_t periods, ledger::Day date,
                                       std::uint32_t band) const {
    ledger::Capture capture;
    capture.contract = new_id<ledger::ContractId>();
    capture.line = line;
    capture.principal = principal;
    capture.product = book().product;
    capture.terms_hash = random_digest();
    capture.shares = {{member("funder"), 1'000'000}};
    capture.schedule.resize(periods);
    const ledger::Outcome priced =
        ledger::price(capture, ledger::usual_product(book().product, book().ruleset), band, date);
    if (priced != ledger::Outcome::accepted) {
        throw ClusterError("the usual product has no such purchase: " +
                           std::string(ledger::outcome_text(priced)));
    }
    return capture;
}

}  // namespace tally::testing
