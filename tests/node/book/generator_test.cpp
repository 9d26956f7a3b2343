#include <sstream>

#include "node/book/generator.h"
#include "node/book/model.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;

namespace {

std::string text_of(const book::GeneratedBook& generated) {
    std::string text = book::header_line();
    for (const auto& row : generated.rows) text += book::row_line(row, generated.names);
    return text;
}

std::optional<ledger::MemberId> by_name(std::string_view name) {
    return ledger::member_id_of(name);
}

/// Reads a book as the importer does and puts it through the real rules; returns how many rows
/// did not end as the book says.
std::uint64_t unexpected_rows(const std::string& text, std::size_t batch) {
    std::istringstream source(text);
    auto reader = book::RowReader::open(source, by_name);
    REQUIRE(reader.has_value());
    testing::Book network;
    const auto& cast = network.cast();
    book::ContractModel model;
    std::vector<book::Planned> planned;
    std::vector<ledger::Outcome> expected;
    std::uint64_t unexpected = 0;
    std::uint64_t number = 0;
    const auto flush = [&] {
        std::vector<ledger::Transaction> transactions;
        for (const auto& plan : planned) transactions.push_back(plan.transaction);
        const auto result =
            network.submit(transactions, {&cast.originator(), &cast.funder(), &cast.servicer()});
        std::vector<ledger::Outcome> outcomes;
        for (const auto& transaction : result.transactions) {
            outcomes.push_back(transaction.outcome);
        }
        REQUIRE(outcomes.size() == planned.size());
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            if (outcomes[i] != expected[i]) ++unexpected;
        }
        model.settle(planned, outcomes);
        planned.clear();
        expected.clear();
    };
    for (;;) {
        auto row = reader->next();
        REQUIRE(row.has_value());
        if (!*row) break;
        planned.push_back(model.plan(**row, book::derived_id((*row)->content, number++)));
        expected.push_back(*(*row)->expect);
        if (planned.size() == batch) flush();
    }
    if (!planned.empty()) flush();
    return unexpected;
}

}  // namespace

TEST_CASE("The same options give the same book, another seed another") {
    book::GeneratorOptions options;
    options.transactions = 2000;
    options.borrowers = 100;
    const std::string text = text_of(book::generate_book(options));
    CHECK(text == text_of(book::generate_book(options)));
    options.seed = 2;
    CHECK(text != text_of(book::generate_book(options)));
}

TEST_CASE("A generated book has as many rows as asked for, and counts them truly") {
    for (const std::uint64_t transactions : {1U, 7U, 500U}) {
        book::GeneratorOptions options;
        options.transactions = transactions;
        options.borrowers = 40;
        const auto generated = book::generate_book(options);
        CHECK(generated.rows.size() == transactions);
        std::uint64_t typed = 0;
        for (const auto& [type, count] : generated.types) typed += count;
        CHECK(typed == transactions);
    }
}

TEST_CASE("Every row of a generated book ends under the rules as the book says") {
    // Goal: accepted and refused alike, by the real rules, whatever the batch; so the book's own
    // arithmetic, schedules and allocations agree with the ledger's.
    for (const std::uint64_t seed : {1U, 42U}) {
        for (const std::size_t batch : {1U, 500U}) {
            INFO("seed " << seed << ", batch " << batch);
            book::GeneratorOptions options;
            options.seed = seed;
            options.transactions = batch == 1 ? 600 : 3000;
            options.borrowers = 60;
            options.refused_ppm = 100'000;
            const auto generated = book::generate_book(options);
            CHECK(generated.refusals.size() >= 8);
            CHECK(unexpected_rows(text_of(generated), batch) == 0);
        }
    }
}

TEST_CASE("A generated book without attempts is accepted whole, with several funders too") {
    book::GeneratorOptions options;
    options.transactions = 500;
    options.borrowers = 50;
    options.refused_ppm = 0;
    options.currency = "JPY";
    const auto generated = book::generate_book(options);
    CHECK(generated.refusals.empty());
    CHECK(unexpected_rows(text_of(generated), 100) == 0);

    options.funders = {"funder", "funder-b", "funder-c"};
    const auto shared = book::generate_book(options);
    for (const auto& row : shared.rows) {
        if (const auto* capture = std::get_if<book::CaptureRow>(&row.body)) {
            ledger::Ppm sum = 0;
            for (const auto& share : capture->shares) sum += share.share;
            CHECK(sum == 1'000'000);
        }
    }
}
