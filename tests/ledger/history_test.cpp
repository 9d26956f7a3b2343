#include <random>

#include "ledger/queries.h"
#include "ledger/type_table.h"
#include "tests/ledger/history_auditor.h"
#include "tests/ledger/history_writer.h"
#include "tests/ledger/link_table.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Random histories of all types against an auditor with books of its own.
namespace {

struct Sent {
    std::vector<Transaction> transactions;
    std::vector<const Party*> signers;
};

/// Mostly by everybody; some do not sign.
SharedBytes sign(const Cast& cast, HistoryWriter& writer, Sent& sent) {
    for (std::uint64_t count = 1 + writer.below(5); count > 0; --count) {
        sent.transactions.push_back(writer.next());
    }
    const bool atomic = writer.below(4) == 0;
    sent.signers = {&cast.originator(), &cast.originator_second_key(),
                    &cast.funder(),     &cast.collector(),
                    &cast.bank(),       &cast.auditor(),
                    &cast.regulator(),  &cast.trustee()};
    if (writer.below(3) != 0) sent.signers.push_back(&cast.other_funder());
    for (const char governor : {'a', 'b', 'c'}) {
        if (writer.below(3) != 0) sent.signers.push_back(&cast.governor(governor));
    }
    const std::uint64_t servicers = writer.below(10);
    if (servicers != 0) {
        sent.signers.push_back(&cast.servicer());
        sent.signers.push_back(&cast.servicer_second_key());
    }
    if (servicers != 1) sent.signers.push_back(&cast.other_servicer());
    if (writer.below(25) == 0) sent.signers = {&cast.auditor()};
    std::vector<Bytes> encoded;
    for (const Transaction& one : sent.transactions) encoded.push_back(encode_transaction(one));
    std::vector<SigningKey> keys;
    for (const Party* signer : sent.signers) keys.push_back(signer->signing());
    return share(sign_submission(cast.network(), encoded, keys, atomic, Millis(0)).encode());
}

void run_history(std::uint64_t seed, std::size_t blocks,
                 std::map<std::size_t, std::size_t>& accepted,
                 std::map<std::string, std::size_t>& linked) {
    Book book;
    HistoryWriter writer(book, seed);
    HistoryAuditor auditor;
    for (std::size_t block = 0; block < blocks; ++block) {
        std::vector<SharedBytes> submissions;
        std::vector<Sent> sent(1 + writer.below(3));
        for (Sent& one : sent) submissions.push_back(sign(book.cast(), writer, one));
        const BlockResult result = book.apply(submissions);
        auditor.note(result.postings);
        for (std::size_t place = 0; place < sent.size(); ++place) {
            const SubmissionResult& submission = result.submissions.at(place);
            for (std::size_t index = 0; index < sent[place].transactions.size(); ++index) {
                const TransactionResult& row = submission.transactions.at(index);
                if (row.outcome != Outcome::accepted || row.repeated) continue;
                auditor.note(sent[place].transactions[index], sent[place].signers);
                writer.accepted(sent[place].transactions[index]);
            }
        }
        auditor.check(book);
    }
    CHECK(auditor.contracts() > 0);
    for (const auto& [type, count] : auditor.accepted()) accepted[type] += count;
    for (const auto& [type, count] : LinkTable().check(book.entries())) linked[type] += count;
}

}  // namespace

TEST_CASE("Invariants hold after every block of random histories", "[ledger][property]") {
    // Goal: balances, limits and books agree as docs/CREDIT.md has them, under retries, reused ids,
    // atomic groups, backdating, reversals and wrong signers; every entry has the links that
    // docs/FORMAT.md lists for its type. A failure shows the seed.
    const std::uint64_t base = std::random_device{}();
    std::map<std::size_t, std::size_t> accepted;
    std::map<std::string, std::size_t> linked;
    for (std::uint64_t seed = base; seed < base + 20; ++seed) {
        INFO("seed " << seed);
        run_history(seed, 200, accepted, linked);
    }
    std::size_t total = 0;
    for (std::size_t type = 0; type < std::variant_size_v<TransactionBody>; ++type) {
        INFO(kTransactionTypes[type] << ": " << accepted[type]);
        // Registrations stand in the opening and the assessments.
        const bool registration = type >= 4 && type <= 7;
        CHECK((registration || accepted[type] > 0));
        CHECK(linked[std::string(kTransactionTypes[type])] > 0);
        total += accepted[type];
    }
    CHECK(total > 1'500);
}
