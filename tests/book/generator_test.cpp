#include "book/made_up/generator.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "book/planner.h"
#include "book/signing.h"
#include "ledger/genesis.h"
#include "ledger/type_table.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using book::Format;

namespace {

std::string text_of(const book::made_up::GeneratorOptions& options, Format format = Format::csv) {
    std::string text = book::header_of(format);
    book::made_up::generate_book(
        options, [&](const book::BookRow& row) { text += book::line_of(row, format); });
    return text;
}

book::made_up::GeneratorOptions small(std::uint64_t seed, std::uint64_t transactions = 2000) {
    book::made_up::GeneratorOptions options;
    options.seed = seed;
    options.transactions = transactions;
    options.borrowers = 60;
    options.refused_ppm = 100'000;
    return options;
}

/// Who judges what the local ledger planned: nodes, with real signatures, or nobody else.
enum class Judge : std::uint8_t { nodes, nobody };

/// A network from genesis on, that a book is read into as the importer does it.
class Network {
public:
    explicit Network(Judge judge) : judge_(judge) {}

    /// Rows that did not end as the book says.
    std::uint64_t import(const std::string& text) {
        std::istringstream source(text);
        const auto reader = book::RowReader::open(source, std::nullopt, resolver_);
        REQUIRE(reader.has_value());
        for (;;) {
            auto row = (*reader)->next();
            REQUIRE(row.has_value());
            const bool joins = *row && !unit_.empty() && !(*row)->group.empty() &&
                               (*row)->group == unit_.front().group;
            if (!joins && !unit_.empty()) send();
            if (!*row) return unexpected_;
            unit_.push_back(std::move(**row));
        }
    }

private:
    static constexpr std::array<const char*, 12> kSigners{
        "lender",    "lender/2", "funder",     "servicer",   "servicer/2", "regulator",
        "collector", "bank",     "governor-a", "governor-b", "auditor",    "trustee"};

    void send() {
        std::vector<ledger::TransactionId> ids;
        for (const auto& row : unit_) {
            ids.push_back(row.id ? *row.id : book::derived_id(row.content, equal_[row.content]++));
        }
        const std::vector<std::size_t> places = signing();
        book::Signers signers;
        for (const std::size_t place : places) {
            const auto& party = cast().party(kSigners.at(place));
            signers.push_back({party.id, party.key.public_key()});
        }
        const auto planned = book::plan_rows(local_, unit_, ids, signers, resolver_);
        REQUIRE(planned.has_value());
        std::vector<ledger::Transaction> transactions;
        for (std::size_t i = 0; i < unit_.size(); ++i) {
            transactions.push_back((*planned)[i].transaction);
            if ((*planned)[i].outcome != unit_[i].expect) ++unexpected_;
        }
        if (judge_ == Judge::nodes) judge(transactions, *planned, places);
        unit_.clear();
    }
    /// Places in kSigners of who signs the unit.
    std::vector<std::size_t> signing() const {
        std::vector<book::KeyHolder> holders;
        for (const char* name : kSigners) {
            const auto id = cast().party(name).id;
            holders.push_back({id, cast().genesis().member(id)->roles});
        }
        std::vector<std::size_t> places;
        for (const auto& row : unit_) {
            for (const std::size_t place :
                 book::needed_keys(book::skeleton_of(row, resolver_), holders)) {
                if (std::find(places.begin(), places.end(), place) == places.end()) {
                    places.push_back(place);
                }
            }
        }
        return places;
    }
    void judge(const std::vector<ledger::Transaction>& transactions,
               const std::vector<book::Planned>& planned, const std::vector<std::size_t>& places) {
        std::vector<ledger::SigningKey> keys;
        for (const std::size_t place : places) {
            keys.push_back(cast().party(kSigners.at(place)).signing());
        }
        std::vector<Bytes> encoded;
        for (const auto& one : transactions) encoded.push_back(ledger::encode_transaction(one));
        const auto bytes = std::make_shared<const Bytes>(
            ledger::sign_submission(cast().genesis().network_id(), encoded, keys, unit_.size() > 1,
                                    ledger::Millis{0})
                .encode());
        const SharedBytes submission = bytes;
        const auto result = network_.apply(std::span(&submission, 1)).submissions.at(0);
        for (std::size_t i = 0; i < unit_.size(); ++i) {
            CHECK(result.transactions[i].outcome == planned[i].outcome);
        }
    }
    const testing::Cast& cast() const { return network_.cast(); }

    const Judge judge_;
    testing::Book network_{{}, testing::Opening::none};
    book::LocalLedger local_{network_.cast().genesis()};
    const api::MemberResolver resolver_ = [](std::string_view name) {
        return std::optional(ledger::member_id_of(name));
    };
    std::vector<book::BookRow> unit_;
    std::map<crypto::Digest, std::uint64_t> equal_;
    std::uint64_t unexpected_ = 0;
};

}  // namespace

TEST_CASE("The same options give the same book, another seed another") {
    const std::string text = text_of(small(1));
    CHECK(text == text_of(small(1)));
    CHECK(text != text_of(small(2)));
}

TEST_CASE("A generated book has as many rows as asked for, and counts them truly") {
    for (const std::uint64_t transactions : {1U, 7U, 500U}) {
        std::uint64_t rows = 0;
        const auto made = book::made_up::generate_book(
            small(3, transactions), [&rows](const book::BookRow& /*row*/) { ++rows; });
        CHECK(rows == transactions);
        CHECK(made.rows == transactions);
        std::uint64_t typed = 0;
        for (const auto& [type, count] : made.types) typed += count;
        CHECK(typed == transactions);
    }
}

TEST_CASE("Every row of a generated book ends under the rules as the book says") {
    // Goal: accepted and refused alike, read back from either format, signed and judged as a node
    // does it; groups and corrections of closed days included.
    for (const std::uint64_t seed : {1U, 42U}) {
        INFO("seed " << seed);
        const Format format = seed == 1 ? Format::csv : Format::ndjson;
        Network network(Judge::nodes);
        CHECK(network.import(text_of(small(seed, 1200), format)) == 0);
    }
}

TEST_CASE("So does every row of longer books, by a ledger that begins anew") {
    for (const std::uint64_t seed : {8U, 9U}) {
        INFO("seed " << seed);
        const Format format = seed == 8 ? Format::csv : Format::ndjson;
        Network network(Judge::nobody);
        CHECK(network.import(text_of(small(seed, 8000), format)) == 0);
    }
}

TEST_CASE("A generated book has every kind of event and many kinds of refusal") {
    // All types and at least 50 codes; of the codes, those that a lender's day is full of.
    const std::uint64_t seed = 2;
    INFO("seed " << seed);
    book::made_up::GeneratorOptions options;
    options.seed = seed;
    options.transactions = 40'000;  // long enough for what becomes of a loss
    std::set<std::string> corrected;
    const auto made = book::made_up::generate_book(options, [&corrected](const book::BookRow& row) {
        if (!row.group.empty()) corrected.insert(row.group);
    });
    for (const std::string_view type : ledger::kTransactionTypes) {
        INFO(type);
        CHECK(made.types.contains(std::string(type)));
    }
    CHECK(made.refusals.size() >= 50);
    for (const std::string code :
         {"limit_exceeded", "source_ref_used", "line_unknown", "allocation_differs",
          "schedule_differs", "settlement_differs", "charge_off_differs", "reschedule_differs",
          "assessment_not_live", "above_assessment", "apr_differs", "day_closed", "pool_exists",
          "pool_not_open", "trustee_differs"}) {
        INFO(code);
        CHECK(made.refusals.contains(code));
    }
    CHECK(!corrected.empty());
    CHECK(made.last - made.first > 200);
}

TEST_CASE("Of a generated book's rows about as many are refused as was asked for") {
    for (const std::uint32_t ppm : {0U, 30'000U, 300'000U}) {
        book::made_up::GeneratorOptions options = small(7, 5000);
        options.refused_ppm = ppm;
        std::uint64_t refused = 0;
        const auto made =
            book::made_up::generate_book(options, [&refused](const book::BookRow& row) {
                refused += row.expect != ledger::Outcome::accepted ? 1U : 0U;
            });
        INFO("seed " << options.seed << ", " << ppm << " ppm, " << refused << " refused");
        const std::uint64_t wanted = options.transactions * ppm / 1'000'000;
        CHECK(refused == made.attempts);
        CHECK(refused <= wanted + wanted / 5);
        CHECK(refused >= wanted - wanted / 5);
    }
}

TEST_CASE("Twice as much is bought in June and November, and most payments come on time") {
    const std::uint64_t seed = 3;
    INFO("seed " << seed);
    std::map<std::string, std::uint64_t> months;
    std::uint64_t penalties = 0;
    const auto made =
        book::made_up::generate_book(small(seed, 20'000), [&](const book::BookRow& row) {
            if (row.expect != ledger::Outcome::accepted) return;
            const std::string date(row.draft.at("business_date").as_string());
            if (row.type() == "CAPTURE") ++months[date.substr(5, 2)];
            if (row.type() == "PENALTY_ASSESS") ++penalties;
        });
    const std::uint64_t season = months["06"] + months["11"];
    const std::uint64_t others = months["04"] + months["05"] + months["09"] + months["10"];
    CHECK(season * 10 > others * 7);
    CHECK(season * 10 < others * 13);
    CHECK(penalties * 5 < made.types.at("REPAYMENT") + made.types.at("DEBIT_RESULT"));
}

TEST_CASE("Options that no book can be made with are named") {
    book::made_up::GeneratorOptions options;
    CHECK(book::made_up::options_fault(options).empty());
    options.transactions = book::made_up::kRowsABorrowerMax * options.borrowers + 1;
    CHECK(book::made_up::options_fault(options).starts_with("transactions"));
    options = {};
    options.funders.assign(book::made_up::kFundersMax + 1, "funder");
    CHECK(book::made_up::options_fault(options).starts_with("funder"));
    options = {};
    options.funders = {"funder", "funder"};
    CHECK(book::made_up::options_fault(options).starts_with("funder"));
    options = {};
    options.start = 0;
    CHECK(book::made_up::options_fault(options).starts_with("start"));
    options = {};
    options.currency = "yuan";
    CHECK(book::made_up::options_fault(options).starts_with("currency"));
}

TEST_CASE("A generated book without attempts is accepted whole, with several funders too") {
    book::made_up::GeneratorOptions options = small(5, 1000);
    options.refused_ppm = 0;
    for (const std::vector<std::string>& funders :
         {std::vector<std::string>{"funder"}, {"funder", "funder-b", "funder-c"}}) {
        options.funders = funders;
        const auto made = book::made_up::generate_book(options, [&](const book::BookRow& row) {
            const auto* shares = row.draft.if_contains("shares");
            if (shares == nullptr) return;
            std::int64_t sum = 0;
            for (const auto& share : shares->as_array()) sum += share.at("share").as_int64();
            CHECK(sum == 1'000'000);
            CHECK(shares->as_array().size() == funders.size());
        });
        CHECK(made.refusals.empty());
        CHECK(made.attempts == 0);
    }
}
