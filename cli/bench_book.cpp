#include "cli/bench_book.h"

#include <algorithm>
#include <array>

#include "api/ids.h"
#include "base/check.h"
#include "cli/answer.h"
#include "cli/book_days.h"
#include "cli/drafts.h"
#include "ledger/dates.h"
#include "ledger/pricing.h"
#include "ledger/usual_terms.h"

namespace tally::cli {
namespace {

constexpr ledger::Day kFirstDay = 20'089;  // 2025-01-01, in a book that has no days yet
constexpr ledger::Day kValidTo = 80'000;   // of assessments: 2189
constexpr ledger::Day kLineDays = 1'000;
constexpr ledger::Amount kLimit = 1'000'000;
constexpr ledger::Amount kRoom = ledger::Amount{1} << 61;
constexpr ledger::Amount kPrincipal = 100'000;
constexpr std::uint32_t kPeriods = 3;
constexpr std::uint32_t kBand = 1;

/// An id that is the same in every run.
template <typename Id>
Id fixed_id(const std::string& lender, std::string_view what, ledger::Day day = 0) {
    const std::string name = lender + "/" + std::string(what) + "/" + std::to_string(day);
    const auto digest = crypto::domain_hash("bench", {view_of(name)});
    Id id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

template <typename Id>
Id random_id() {
    return {api::random_id_bytes()};
}

Bytes encoded(const ledger::TransactionId& id, ledger::Day day, ledger::TransactionBody body) {
    return ledger::encode_transaction({id, day, day, std::move(body)});
}

ledger::Assessment approval(const BenchBook& book, const ledger::AssessmentId& id,
                            const ledger::BorrowerId& borrower, ledger::Amount limit) {
    ledger::Assessment assessment;
    assessment.assessment = id;
    assessment.borrower = borrower;
    assessment.model = book.model;
    assessment.inputs = crypto::domain_hash("bench", {view_of(std::string_view("inputs"))});
    assessment.band = kBand;
    assessment.currency = "CNY";
    assessment.limit = limit;
    assessment.valid_to = kValidTo;
    return assessment;
}

ledger::LimitGrant grant(const BenchBook& book, const ledger::BorrowerId& borrower,
                         const ledger::AssessmentId& assessment) {
    return {.line = random_id<ledger::LineId>(),
            .borrower = borrower,
            .currency = "CNY",
            .limit = kLimit,
            .valid_from = book.day,
            .valid_to = book.day + kLineDays,
            .assessment = assessment};
}

/// Everything of a purchase but its ids: the same for all, and computed once.
ledger::Capture priced_capture(const BenchBook& book) {
    ledger::Capture capture;
    capture.principal = kPrincipal;
    capture.product = book.product;
    capture.schedule.resize(kPeriods);
    TALLY_CHECK(ledger::price(capture, ledger::usual_product(book.product, book.ruleset), kBand,
                              book.day) == ledger::Outcome::accepted);
    capture.terms_hash = crypto::domain_hash("bench", {view_of(std::string_view("terms"))});
    capture.shares = {{book.funder, 1'000'000}};
    return capture;
}

/// What opens the book. The transactions' ids follow from the day: a second run on the same day
/// sends the same bytes, which are on record then; one on another day is told that they exist.
std::vector<Bytes> opening(const BenchBook& book, const std::string& lender, bool day_is_open) {
    std::vector<Bytes> transactions;
    const auto add = [&](std::string_view what, ledger::TransactionBody body) {
        const auto id = fixed_id<ledger::TransactionId>(lender, what, book.day);
        transactions.push_back(encoded(id, book.day, std::move(body)));
    };
    if (!day_is_open) add("day-open", ledger::DayOpen{});
    add("ruleset-register", ledger::usual_ruleset(book.ruleset));
    add("product-register", ledger::usual_product(book.product, book.ruleset));
    const auto commitment = crypto::domain_hash("bench", {view_of(std::string_view("model"))});
    add("model-register", ledger::ModelRegister{book.model, "bench", commitment});
    add("approval", approval(book, book.assessment, book.borrower, kRoom));
    return transactions;
}

bool is_there(const client::SubmittedTransaction& transaction) {
    constexpr std::array<std::string_view, 4> kExists{"ruleset_exists", "product_exists",
                                                      "model_exists", "assessment_exists"};
    return transaction.accepted() ||
           std::find(kExists.begin(), kExists.end(), transaction.outcome) != kExists.end();
}

}  // namespace

Result<bool> is_bench_network(client::Client& client, const std::string& lender) {
    constexpr std::uint64_t kLookedAt = 64;  // a header and a few seals stand before it
    for (std::uint64_t entry = 0; entry < kLookedAt; ++entry) {
        const auto answer = client.get("/v1/entries/" + std::to_string(entry));
        if (!answer && client::is(answer.error().code, "not_found")) return true;
        if (!answer) return answer.error();
        const auto document = parse_object(*answer);
        if (!document) return document.error();
        if (text_at(*document, "kind") != "transaction") continue;
        const auto& first = object_at(*document, "transaction");
        const auto day = ledger::day_from_text(text_at(first, "business_date"));
        if (!day) return false;
        const auto opens = [&](std::string_view what) {
            return text_at(first, "id") ==
                   api::id_text(fixed_id<ledger::TransactionId>(lender, what, *day));
        };
        return opens("day-open") || opens("ruleset-register");
    }
    return false;
}

Result<BenchBook> open_bench_book(client::Client& client, const crypto::Digest& network,
                                  const std::vector<Signer>& keys) {
    const std::string& lender = keys.front().name;
    const auto days = read_days(client);
    if (!days) return days.error();
    BenchBook book;
    book.ruleset = fixed_id<ledger::RulesetId>(lender, "ruleset");
    book.product = fixed_id<ledger::ProductId>(lender, "product");
    book.model = fixed_id<ledger::ModelId>(lender, "model");
    book.borrower = fixed_id<ledger::BorrowerId>(lender, "borrower");
    book.assessment = fixed_id<ledger::AssessmentId>(lender, "assessment");
    const bool is_open = !days->open.empty();
    book.day = is_open ? days->open.back() : days->last_closed.value_or(kFirstDay - 1) + 1;
    const auto receipt = client.submit(ledger::sign_submission(
        network, opening(book, lender, is_open), signing_keys(keys), false, ledger::Millis{0}));
    if (!receipt) return receipt.error();
    for (const auto& transaction : receipt->transactions) {
        if (is_there(transaction)) continue;
        return Error{client::api_code(transaction.outcome),
                     "the book for the load could not be opened: entry " +
                         std::to_string(transaction.entry) + " was refused"};
    }
    return book;
}

std::vector<Bytes> grants_on(const BenchBook& book, std::uint32_t count) {
    std::vector<Bytes> transactions;
    transactions.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        transactions.push_back(
            encoded(new_transaction_id(), book.day, grant(book, book.borrower, book.assessment)));
    }
    return transactions;
}

std::vector<Bytes> purchases_on(const BenchBook& book, std::uint32_t count) {
    std::vector<Bytes> transactions;
    transactions.reserve(std::size_t{count} * kTransactionsAPurchase);
    ledger::Capture capture = priced_capture(book);
    const auto add = [&](ledger::TransactionBody body) {
        transactions.push_back(encoded(new_transaction_id(), book.day, std::move(body)));
    };
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto borrower = random_id<ledger::BorrowerId>();
        const auto assessment = random_id<ledger::AssessmentId>();
        add(approval(book, assessment, borrower, kLimit));
        const auto line = grant(book, borrower, assessment);
        add(line);
        capture.contract = random_id<ledger::ContractId>();
        capture.line = line.line;
        add(capture);
        const auto& row = capture.schedule.front();
        add(ledger::Repayment{capture.contract,
                              row.fee + row.principal,
                              api::id_text(capture.contract),
                              {{0, ledger::Component::fee, row.fee},
                               {0, ledger::Component::principal, row.principal}}});
    }
    return transactions;
}

}  // namespace tally::cli
