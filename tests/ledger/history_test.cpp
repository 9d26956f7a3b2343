#include <random>

#include "ledger/queries.h"
#include "ledger/type_table.h"
#include "tests/ledger/history_auditor.h"
#include "tests/ledger/history_writer.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Random histories of all types against an auditor with books of its own.
namespace {

SharedBytes sign(const Cast& cast, HistoryWriter& writer, std::vector<Transaction>& transactions) {
    transactions.clear();
    for (std::uint64_t count = 1 + writer.below(5); count > 0; --count) {
        transactions.push_back(writer.next());
    }
    const bool atomic = writer.below(4) == 0;
    if (writer.below(25) == 0) return cast.sign(transactions, {&cast.auditor()}, atomic);
    return cast.sign(transactions,
                     {&cast.originator(), &cast.originator_second_key(), &cast.funder(),
                      &cast.servicer(), &cast.servicer_second_key(), &cast.collector()},
                     atomic);
}

void run_history(std::uint64_t seed, std::size_t blocks,
                 std::map<std::size_t, std::size_t>& accepted) {
    Book book;
    HistoryWriter writer(book, seed);
    HistoryAuditor auditor;
    for (std::size_t block = 0; block < blocks; ++block) {
        std::vector<SharedBytes> submissions;
        std::vector<std::vector<Transaction>> sent(1 + writer.below(3));
        for (auto& transactions : sent) {
            submissions.push_back(sign(book.cast(), writer, transactions));
        }
        const BlockResult result = book.apply(submissions);
        auditor.note(result.postings);
        for (std::size_t place = 0; place < sent.size(); ++place) {
            const SubmissionResult& submission = result.submissions.at(place);
            for (std::size_t index = 0; index < sent[place].size(); ++index) {
                const TransactionResult& row = submission.transactions.at(index);
                if (row.outcome != Outcome::accepted || row.repeated) continue;
                auditor.note(sent[place][index], book.cast().originator());
                writer.accepted(sent[place][index]);
            }
        }
        auditor.check(book);
    }
    CHECK(auditor.contracts() > 0);
    for (const auto& [type, count] : auditor.accepted()) accepted[type] += count;
}

}  // namespace

TEST_CASE("Invariants hold after every block of random histories", "[ledger][property]") {
    // Goal: balances, limits and books agree as docs/CREDIT.md has them, under retries, reused ids,
    // atomic groups, backdating, reversals and wrong signers. A failure shows the seed.
    const std::uint64_t base = std::random_device{}();
    std::map<std::size_t, std::size_t> accepted;
    for (std::uint64_t seed = base; seed < base + 8; ++seed) {
        INFO("seed " << seed);
        run_history(seed, 200, accepted);
    }
    std::size_t total = 0;
    for (std::size_t type = 0; type < std::variant_size_v<TransactionBody>; ++type) {
        INFO(kTransactionTypes[type] << ": " << accepted[type]);
        // Registrations stand in the opening and the assessments.
        const bool registration = type >= 4 && type <= 7;
        CHECK((registration || accepted[type] > 0));
        total += accepted[type];
    }
    CHECK(total > 1'500);
}
