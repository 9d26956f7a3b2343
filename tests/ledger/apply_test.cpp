#include "ledger/errc.h"
#include "ledger/submission_view.h"
#include "tests/ledger/refusal.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

const auto kLine = id_of<LineId>(1);
const auto kBorrower = id_of<BorrowerId>(3);

TransactionEntry leaf_at(const Book& book, std::uint64_t entry) {
    return std::get<TransactionEntry>(decode_entry(book.entries().at(entry)).value());
}

/// Makes a member's only key valid for the blocks first <= index < end.
void set_heights(Book& book, const Party& party, std::uint64_t first, std::uint64_t end) {
    const Bytes key = account_key(AccountClass::member, party.id.bytes);
    MemberRecord record = decode_member(book.records().all().at(key)).value();
    record.body->keys.at(0).first_block = first;
    record.body->keys.at(0).end_block = end;
    book.force(key, encode_record(record));
}

/// A book in which lines may be granted to the borrower.
struct Assessed : Book {
    Assessed() { ensure_assessed(kBorrower); }
};

}  // namespace

TEST_CASE("A repeated transaction answers its first outcome and has no effect", "[ledger][ids]") {
    // Goal: a retry is safe: in the next block, the same block and the same submission.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const Transaction grant = book.drafts().grant(kLine, kBorrower, 1000);
    REQUIRE(book.submit_one(grant, {lender}) == Outcome::accepted);
    const std::uint64_t first = book.entries().size() - 1;
    const std::map<Bytes, Bytes> before = book.records().all();

    const SubmissionResult retry = book.submit(std::vector{grant}, {lender});
    REQUIRE(retry.transactions.size() == 1);
    CHECK(retry.transactions[0].repeated);
    CHECK(retry.transactions[0].outcome == Outcome::accepted);
    CHECK(retry.transactions[0].entry == first);
    CHECK(leaf_at(book, first + 2).outcome == Outcome::repeated);
    CHECK(require_no_effect(before, book.records().all()) == 0);

    const Transaction other = book.drafts().grant(id_of<LineId>(2), kBorrower, 1000);
    const SubmissionResult twice = book.submit(std::vector{other, other}, {lender});
    CHECK(twice.transactions[0].outcome == Outcome::accepted);
    CHECK_FALSE(twice.transactions[0].repeated);
    CHECK(twice.transactions[1].repeated);
    CHECK(twice.transactions[1].entry == twice.transactions[0].entry);

    const Transaction third = book.drafts().grant(id_of<LineId>(4), kBorrower, 1000);
    const std::vector<SharedBytes> pair(2, book.cast().sign(std::vector{third}, {lender}));
    const BlockResult block = book.apply(pair);
    CHECK(block.submissions[0].transactions[0].outcome == Outcome::accepted);
    CHECK(block.submissions[1].transactions[0].repeated);
    CHECK(book.borrower(kBorrower)->lines.size() == 3);
}

TEST_CASE("A repeated refusal is answered with that refusal", "[ledger][ids]") {
    // Goal: the first outcome stands, even if the transaction would be accepted by now.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const Transaction change = book.drafts().change(kLine, 500);
    REQUIRE(book.submit_one(change, {lender}) == Outcome::line_unknown);
    REQUIRE(book.grant(kLine, kBorrower, 1000) == Outcome::accepted);
    const SubmissionResult retry = book.submit(std::vector{change}, {lender});
    CHECK(retry.transactions[0].outcome == Outcome::line_unknown);
    CHECK(retry.transactions[0].repeated);
    CHECK(book.line(kLine)->body.limit == 1000);
}

TEST_CASE("An id with other bytes is a duplicate, for its submitter alone", "[ledger][ids]") {
    // Goal: content cannot change under an id, and nobody burns another member's ids.
    Assessed book;
    const Party* lender = &book.cast().originator();
    Transaction grant = book.drafts().grant(kLine, kBorrower, 1000);
    const std::uint64_t block = book.next_block();
    REQUIRE(book.submit_one(grant, {lender}) == Outcome::accepted);
    const std::uint64_t entry = book.entries().size() - 1;
    grant.value_date -= 1;
    require_refused(book, grant, {lender}, Outcome::duplicate);
    grant.body = ModelRegister{id_of<ModelId>(7), "another model", {}};
    require_refused(book, grant, {lender}, Outcome::duplicate);
    CHECK(book.submit_one(grant, {&book.cast().other_originator()}) == Outcome::accepted);

    const auto found = find_transaction(book.records(), lender->id, grant.id).value();
    REQUIRE(found);
    CHECK(found->entry == entry);
    CHECK(found->block_index == block);
    CHECK(found->outcome == Outcome::accepted);
    CHECK_FALSE(find_transaction(book.records(), lender->id, id_of<TransactionId>(9999)).value());
}

TEST_CASE("Not-after is judged by the block's time, after the id", "[ledger][ids]") {
    // Goal: the limit itself is in time; a retry after it still gets the first answer.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const Transaction grant = book.drafts().grant(kLine, kBorrower, 1000);
    const Millis limit = book.next_time();
    const SharedBytes in_time = book.cast().sign(std::vector{grant}, {lender}, false, limit);
    CHECK(book.apply(std::span(&in_time, 1)).submissions[0].transactions[0].outcome ==
          Outcome::accepted);
    REQUIRE(book.next_time() > limit);
    CHECK(book.apply(std::span(&in_time, 1)).submissions[0].transactions[0].repeated);

    const std::map<Bytes, Bytes> before = book.records().all();
    const Transaction late = book.drafts().grant(id_of<LineId>(2), kBorrower, 1000);
    const SharedBytes expired =
        book.cast().sign(std::vector{late}, {lender}, false, book.next_time() - Millis(1));
    CHECK(book.apply(std::span(&expired, 1)).submissions[0].transactions[0].outcome ==
          Outcome::expired);
    CHECK(require_no_effect(before, book.records().all()) == 1);
    // The refusal is on record under the id: a later not-after does not revive it.
    const SubmissionResult retry = book.submit(std::vector{late}, {lender});
    CHECK(retry.transactions[0].outcome == Outcome::expired);
    CHECK(retry.transactions[0].repeated);
}

TEST_CASE("A key that is not the member's refuses everything and consumes no id",
          "[ledger][keys]") {
    // Goal: strangers, another member's key, and keys outside their heights.
    Assessed book;
    const Cast& cast = book.cast();
    const Transaction grant = book.drafts().grant(kLine, kBorrower, 1000);
    require_refused(book, grant, {&cast.stranger()}, Outcome::key_not_valid);
    require_refused(book, grant, {&cast.originator(), &cast.stranger()}, Outcome::key_not_valid);

    Party impostor{"lender", cast.originator().id, key_of(99, "impostor")};
    require_refused(book, grant, {&impostor}, Outcome::key_not_valid);
    CHECK_FALSE(find_transaction(book.records(), cast.originator().id, grant.id).value());

    const std::uint64_t later = book.next_block() + 1;
    set_heights(book, cast.originator(), later, ~std::uint64_t{0});
    require_refused(book, grant, {&cast.originator()}, Outcome::key_not_valid);
    // Now the key is valid for exactly one block.
    set_heights(book, cast.originator(), later, later + 1);
    CHECK(book.submit_one(grant, {&cast.originator()}) == Outcome::accepted);
    require_refused(book, book.drafts().change(kLine, 5), {&cast.originator()},
                    Outcome::key_not_valid);
}

TEST_CASE("Bytes that are no transaction are refused on record", "[ledger]") {
    // Goal: malformed bytes yield an entry with the submitter's account, and consume no id.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const Transaction grant = book.drafts().grant(kLine, kBorrower, 1000);
    Bytes padded = encode_transaction(grant);
    padded.insert(padded.end(), {0xA0, 0x06, 0x01});
    require_refused_bytes(book, padded, {lender}, Outcome::malformed_transaction);
    require_refused_bytes(book, {}, {lender}, Outcome::malformed_transaction);
    require_refused_bytes(book, {0xFF, 0xFF}, {lender}, Outcome::malformed_transaction);
    require_refused_bytes(book, Bytes(kTransactionBytesMax, 0x41), {lender},
                          Outcome::malformed_transaction);
    CHECK(leaf_at(book, book.entries().size() - 1).links.size() == 1);
    CHECK(book.submit_one(grant, {lender}) == Outcome::accepted);
}

TEST_CASE("A submission that should not be here yields one entry with its hash", "[ledger]") {
    // Goal: one invalid entry, no account touched, and the submissions beside it applied.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const SharedBytes good =
        book.cast().sign(std::vector{book.drafts().grant(kLine, kBorrower, 1000)}, {lender});
    Bytes flipped = *good;
    flipped.back() ^= 1;
    const std::vector<SharedBytes> submissions = {share({}), good, share(flipped)};
    const std::uint64_t index = book.next_block();
    const BlockResult result = book.apply(submissions);
    REQUIRE(result.entries.size() == 4);
    CHECK_FALSE(result.submissions[0].valid);
    CHECK(result.submissions[1].valid);
    CHECK_FALSE(result.submissions[2].valid);
    CHECK(result.submissions[2].transactions.empty());
    const auto invalid = std::get<InvalidEntry>(decode_entry(result.entries[3]).value());
    CHECK(invalid.position == 2);
    CHECK(invalid.block_index == index);
    CHECK(invalid.submission == crypto::domain_hash("submission", {flipped}));
    CHECK(book.line(kLine)->log.count == 1);
}

TEST_CASE("A seal states what it closes", "[ledger]") {
    // Goal: size, digest, block and time; records are not touched and time moves on.
    Assessed book;
    REQUIRE(book.grant(kLine, kBorrower, 1000) == Outcome::accepted);
    const LedgerHead before = book.head();
    const std::uint64_t size = book.entries().size();
    const std::uint64_t index = book.next_block();
    const Millis time = book.next_time();
    const BlockResult result = book.seal();
    REQUIRE(result.seal);
    CHECK(result.changes.empty());
    CHECK(result.seal->sealed_size == size);
    CHECK(result.seal->state_digest == before.state_digest);
    CHECK(result.seal->map_root == crypto::Digest{});
    CHECK(result.seal->block_index == index);
    CHECK(result.seal->time == time);
    CHECK(result.head.entry_count == size + 1);
    CHECK(result.head.state_digest == before.state_digest);
    const BlockResult nothing = book.noop();
    CHECK(nothing.entries.empty());
    CHECK(nothing.recipe.empty());
    CHECK(nothing.head.time == time + Millis(1000));
    CHECK(nothing.head.entry_count == size + 1);
}

TEST_CASE("Rules that this build does not know stop the node", "[ledger]") {
    // Goal: an error that says so, never a guess.
    Assessed book;
    LedgerHead head = book.head();
    for (const std::uint32_t version : {0U, 1U, 2U, 4U, 0xFFFF'FFFFU}) {
        head.rules_version = version;
        const auto result = apply_block(BlockInput{}, head, book.records());
        REQUIRE_FALSE(result);
        CHECK(result.error().code == errc::unsupported_rules);
        CHECK(decode_transaction({}, version).error().code == errc::unsupported_rules);
    }
}

TEST_CASE("A damaged or failing record store ends the block", "[ledger]") {
    // Goal: corrupt_record and the reader's own error come through.
    Assessed book;
    REQUIRE(book.grant(kLine, kBorrower, 1000) == Outcome::accepted);
    const CheckedSubmission checked = book.cast().check(
        book.cast().sign(std::vector{book.drafts().change(kLine, 5)}, {&book.cast().originator()}));
    BlockInput block;
    block.index = book.next_block();
    block.kind = BlockInput::Kind::submissions;
    block.submissions = std::span(&checked, 1);

    MemoryRecords damaged = book.records();
    const RecordChange change{account_key(AccountClass::line, kLine.bytes), Bytes{1, 2, 3}};
    damaged.apply(std::span(&change, 1));
    CHECK(apply_block(block, book.head(), damaged).error().code == errc::corrupt_record);

    // A contract whose line is gone.
    REQUIRE(book.capture(id_of<ContractId>(2), kLine, 500) == Outcome::accepted);
    const Transaction paid = book.proposed(book.drafts().repayment(id_of<ContractId>(2), 5, {}));
    const CheckedSubmission payment =
        book.cast().check(book.cast().sign(std::vector{paid}, {&book.cast().servicer()}));
    block.submissions = std::span(&payment, 1);
    damaged = book.records();
    const RecordChange gone{account_key(AccountClass::line, kLine.bytes),
                            encode_record(LineRecord{{1, 1}, std::nullopt})};
    damaged.apply(std::span(&gone, 1));
    CHECK(apply_block(block, book.head(), damaged).error().code == errc::corrupt_record);
    // A contract whose ruleset, or whose product, is gone.
    for (const Bytes& key : {registry_key(kRulesetRecord, Drafts::kRuleset.bytes),
                             registry_key(kProductRecord, Drafts::product(5000).bytes)}) {
        damaged = book.records();
        const RecordChange removed{key, std::nullopt};
        damaged.apply(std::span(&removed, 1));
        CHECK(apply_block(block, book.head(), damaged).error().code == errc::corrupt_record);
    }
    CHECK(apply_block(block, book.head(), book.records()));

    struct Failing : RecordReader {
        Result<std::optional<Bytes>> get(ByteView) const override {
            return Error{std::make_error_code(std::errc::io_error), "disk"};
        }
    };
    CHECK(apply_block(block, book.head(), Failing{}).error().code == std::errc::io_error);
}
