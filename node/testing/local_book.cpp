#include "ledger/apr.h"
#include "ledger/usual_terms.h"
#include "node/testing/local_cluster.h"

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

/// The terms of the usual product are the same under any id.
ledger::Ppm usual_rate(std::uint32_t band, std::uint32_t periods) {
    for (const auto& term : ledger::usual_product({}, {}).terms) {
        if (term.band == band && term.periods == periods) return term.rate_ppm;
    }
    throw ClusterError("the usual product has no term of " + std::to_string(periods) +
                       " instalments for band " + std::to_string(band));
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
    const ledger::LimitGrant grant{line,         borrower,           "CNY", limit, date,
                                   date + kYear, approval.assessment};
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
    capture.rate_ppm = usual_rate(band, periods);
    capture.terms_hash = random_digest();
    capture.shares = {{member("funder"), 1'000'000}};
    ledger::ScheduleTerms terms;
    terms.principal = principal;
    terms.rate_ppm = capture.rate_ppm;
    terms.periods = periods;
    terms.anchor = date;
    capture.schedule = ledger::compute_schedule(terms).rows;
    const auto apr = ledger::apr_ppm(principal, capture.schedule);
    if (!apr) throw ClusterError("no such purchase can be priced");
    capture.apr_ppm = *apr;
    return capture;
}

}  // namespace tally::testing
