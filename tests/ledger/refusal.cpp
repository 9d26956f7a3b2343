#include "tests/ledger/refusal.h"

#include "ledger/entry.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using namespace ledger;

/// Bytes of an account's record without its head.
Bytes body_of(const Bytes& value) {
    constexpr std::size_t kHead = 17;
    REQUIRE(value.size() > kHead);
    return {value.begin() + kHead, value.end()};
}

bool is_account(const Bytes& key) { return key.at(0) >= 1 && key.at(0) <= 5; }

bool consumes_id(Outcome outcome) {
    return outcome != Outcome::key_not_valid && outcome != Outcome::malformed_transaction &&
           outcome != Outcome::duplicate && outcome != Outcome::repeated;
}

}  // namespace

std::size_t require_no_effect(const std::map<Bytes, Bytes>& before,
                              const std::map<Bytes, Bytes>& after) {
    const Bytes no_body{0};
    std::size_t ids = 0;
    for (const auto& [key, value] : before) REQUIRE(after.count(key) == 1);
    for (const auto& [key, value] : after) {
        const auto old = before.find(key);
        if (old != before.end() && old->second == value) continue;
        if (key.at(0) == kIdRecord) {
            REQUIRE(old == before.end());
            ++ids;
            continue;
        }
        REQUIRE(is_account(key));
        REQUIRE(body_of(value) == (old == before.end() ? no_body : body_of(old->second)));
    }
    return ids;
}

void require_refused_bytes(Book& book, const Bytes& transaction,
                           std::initializer_list<const Party*> signers, Outcome expected) {
    const std::map<Bytes, Bytes> before = book.records().all();
    const SharedBytes submission = book.cast().sign_bytes(std::span(&transaction, 1), signers);
    const BlockResult result = book.apply(std::span(&submission, 1));
    REQUIRE(result.submissions.size() == 1);
    REQUIRE(result.submissions[0].valid);
    REQUIRE(result.submissions[0].transactions.size() == 1);
    INFO("expected " << outcome_code(expected) << ", got "
                     << outcome_code(result.submissions[0].transactions[0].outcome));
    REQUIRE(result.submissions[0].transactions[0].outcome == expected);
    REQUIRE(result.postings.empty());

    const Entry entry = decode_entry(result.entries.at(1)).value();
    const auto& leaf = std::get<TransactionEntry>(entry);
    REQUIRE(leaf.outcome == expected);
    REQUIRE(leaf.transaction == transaction);
    REQUIRE(leaf.links.back().account_class == AccountClass::member);
    REQUIRE(leaf.links.back().id == (*signers.begin())->id.bytes);
    REQUIRE(require_no_effect(before, book.records().all()) == (consumes_id(expected) ? 1 : 0));
}

void require_refused(Book& book, const Transaction& transaction,
                     std::initializer_list<const Party*> signers, Outcome expected) {
    require_refused_bytes(book, encode_transaction(transaction), signers, expected);
}

}  // namespace tally::testing
