#include <random>

#include "ledger/submission.h"
#include "storage/audit_book.h"
#include "tests/ledger/history_writer.h"
#include "tests/storage/audit_opening.h"
#include "tests/support/catch.h"

// The second set of books of an audit beside random histories of all types, which are honest:
// whatever the rules accept, the audit finds nothing in it.
namespace tally::testing {

using namespace ledger;

namespace {

/// Mostly by everybody; some do not sign.
SharedBytes sign(const Cast& cast, HistoryWriter& writer, std::vector<Transaction>& sent) {
    for (std::uint64_t count = 1 + writer.below(5); count > 0; --count) {
        sent.push_back(writer.next());
    }
    std::vector<const Party*> signers{&cast.originator(),     &cast.originator_second_key(),
                                      &cast.funder(),         &cast.collector(),
                                      &cast.bank(),           &cast.auditor(),
                                      &cast.regulator(),      &cast.trustee(),
                                      &cast.governor('a'),    &cast.governor('b'),
                                      &cast.other_servicer(), &cast.other_funder(),
                                      &cast.servicer(),       &cast.servicer_second_key()};
    if (writer.below(6) == 0) {
        const auto place = static_cast<std::ptrdiff_t>(1 + writer.below(signers.size() - 1));
        signers.erase(signers.begin() + place);
    }
    std::vector<Bytes> encoded;
    for (const Transaction& one : sent) encoded.push_back(encode_transaction(one));
    std::vector<SigningKey> keys;
    for (const Party* signer : signers) keys.push_back(signer->signing());
    const bool atomic = writer.below(4) == 0;
    return share(sign_submission(cast.network(), encoded, keys, atomic, Millis(0)).encode());
}

std::size_t audit_history(std::uint64_t seed, std::size_t blocks) {
    Book book({}, Opening::none);
    storage::AuditBook audit;
    const auto audited = [&](const BlockResult& result) {
        const auto finding = audit.check(result, book.records());
        REQUIRE(finding);
        REQUIRE(finding->value_or("") == "");
    };
    audit_opening(book, audit);
    HistoryWriter writer(book, seed);
    std::size_t accepted = 0;
    for (std::size_t block = 0; block < blocks; ++block) {
        std::vector<Transaction> sent;
        const SharedBytes submission = sign(book.cast(), writer, sent);
        const BlockResult result = book.apply(std::span(&submission, 1));
        audited(result);
        const SubmissionResult& row = result.submissions.at(0);
        for (std::size_t index = 0; index < sent.size(); ++index) {
            const TransactionResult& one = row.transactions.at(index);
            if (one.outcome != Outcome::accepted || one.repeated) continue;
            writer.accepted(sent[index]);
            ++accepted;
        }
    }
    return accepted;
}

}  // namespace

TEST_CASE("the second set of books finds nothing in random histories of all types",
          "[storage][property]") {
    const std::uint64_t base = std::random_device{}();
    std::size_t accepted = 0;
    for (std::uint64_t seed = base; seed < base + 12; ++seed) {
        INFO("seed " << seed);
        accepted += audit_history(seed, 300);
    }
    CHECK(accepted > 1'000);
}

}  // namespace tally::testing
