#include "ledger/entry.h"

#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "ledger/submission_view.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

std::vector<Entry> samples() {
    HeaderEntry header{7, 3, Millis(1'700'000'000'000), {1, 2, 3}, {{}, {}}};
    header.signatures[1].bytes[5] = 9;
    TransactionEntry transaction{12, 4, {5, 6}, Outcome::limit_exceeded, {}};
    transaction.links = {{AccountClass::line, {1}, 1, kNoEntry}, {AccountClass::pool, {2}, 9, 4}};
    SealEntry seal;
    seal.sealed_size = 13;
    seal.state_digest.bytes[0] = 1;
    seal.block_index = 8;
    seal.time = Millis(-1);
    return {header, transaction, seal, InvalidEntry{9, 1, crypto::sha256(ByteView{})}};
}

/// A block of three submissions: valid, invalid, valid.
struct Block {
    Book book;
    std::vector<SharedBytes> submissions;
    Bytes payload;
    BlockResult result;

    Block() {
        const Party* lender = &book.cast().originator();
        book.ensure_assessed(id_of<BorrowerId>(1));
        std::vector<Transaction> many;
        for (std::uint64_t number = 0; number < 20; ++number) {
            many.push_back(
                book.drafts().grant(id_of<LineId>(number % 15), id_of<BorrowerId>(1), 100));
        }
        submissions.push_back(book.cast().sign(many, {lender}));
        submissions.push_back(share({9, 9}));
        submissions.push_back(
            book.cast().sign(std::vector{book.drafts().change(id_of<LineId>(1), 5)}, {lender}));
        payload = encode_payload(submissions);
        result = book.apply(submissions);
    }
};

}  // namespace

TEST_CASE("Entries of each type come back", "[ledger][entry]") {
    // Goal: decode(encode(x)) has the same bytes, and truncation at every byte is refused.
    for (const Entry& entry : samples()) {
        const Bytes bytes = encode_entry(entry);
        const auto decoded = decode_entry(bytes);
        REQUIRE(decoded);
        CHECK(decoded->index() == entry.index());
        CHECK(encode_entry(*decoded) == bytes);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CHECK(decode_entry(ByteView(bytes).first(size)).error().code == errc::malformed);
        }
        Bytes longer = bytes;
        longer.push_back(0);
        CHECK(decode_entry(longer).error().code == errc::malformed);
        Bytes version = bytes;
        version[0] = 2;
        CHECK(decode_entry(version).error().code == errc::malformed);
        version[0] = 1;
        version[1] = 5;
        CHECK(decode_entry(version).error().code == errc::malformed);
    }
    CHECK(decode_entry(Bytes(kEntryBytesMax + 1, 1)).error().code == errc::too_large);
}

TEST_CASE("An entry with an unknown outcome or account class is refused", "[ledger][entry]") {
    // Goal: numbers outside their tables do not pass for something.
    const Bytes bytes = encode_entry(samples()[1]);
    Bytes outcome = bytes;
    outcome[2 + 8 + 4 + 4 + 2 + 1] = static_cast<std::uint8_t>(Outcome::price_out_of_range) + 1;
    CHECK_FALSE(decode_entry(outcome));
    for (const std::uint8_t account_class : {std::uint8_t{0}, std::uint8_t{6}}) {
        Bytes changed = bytes;
        changed[2 + 8 + 4 + 4 + 2 + 2 + 1] = account_class;
        CHECK_FALSE(decode_entry(changed));
    }
}

TEST_CASE("The largest transaction fits its entry with every link", "[ledger][entry]") {
    // Goal: what check_submission lets through can never be an oversized leaf.
    TransactionEntry largest;
    largest.transaction = Bytes(kTransactionBytesMax, 1);
    largest.links.resize(32);
    CHECK(encode_entry(largest).size() <= kEntryBytesMax);
}

TEST_CASE("One entry at a time is what all of them are", "[ledger][recipe]") {
    // Goal: entry_of equals entries_of at every position, and says when there is none.
    const Block block;
    REQUIRE(block.result.entries.size() == 1 + 20 + 1 + 2);
    CHECK(entries_of(block.payload, block.result.recipe).value() == block.result.entries);
    for (std::uint32_t position = 0; position < block.result.entries.size(); ++position) {
        CHECK(entry_of(block.payload, block.result.recipe, position).value() ==
              block.result.entries[position]);
    }
    const auto beyond = static_cast<std::uint32_t>(block.result.entries.size());
    CHECK(entry_of(block.payload, block.result.recipe, beyond).error().code ==
          errc::corrupt_record);
    CHECK_FALSE(entry_of(block.payload, block.result.recipe, 0xFFFF'FFFF));
}

TEST_CASE("The recipe of a seal is its entry", "[ledger][recipe]") {
    // Goal: a seal has no payload.
    Book book;
    const BlockResult result = book.seal();
    CHECK(entries_of({}, result.recipe).value() == result.entries);
    CHECK(entry_of({}, result.recipe, 0).value() == result.entries[0]);
    CHECK_FALSE(entry_of({}, result.recipe, 1));
    CHECK(entries_of({}, {}).value().empty());
}

TEST_CASE("A recipe is small beside what it stands for", "[ledger][recipe]") {
    // Goal: links of a block repeat accounts; the recipe names each once.
    const Block block;
    std::size_t entries = 0;
    for (const Bytes& entry : block.result.entries) entries += entry.size();
    CHECK(block.result.recipe.size() * 3 < entries - block.payload.size() + 1);
}

TEST_CASE("A damaged recipe is an error or other entries, never undefined", "[ledger][recipe]") {
    // Goal: total over truncation and over every flipped bit; also with another block's payload.
    const Block block;
    const Bytes& recipe = block.result.recipe;
    for (std::size_t size = 1; size < recipe.size(); ++size) {
        CHECK_FALSE(entries_of(block.payload, ByteView(recipe).first(size)));
    }
    for (std::size_t bit = 0; bit < recipe.size() * 8; ++bit) {
        Bytes changed = recipe;
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1 << (bit % 8)));
        const auto entries = entries_of(block.payload, changed);
        if (entries) CHECK(*entries != block.result.entries);
        for (const std::uint32_t position : {0U, 7U, 23U}) {
            const auto entry = entry_of(block.payload, changed, position);
            if (!entry) CHECK_FALSE(entry.error().context.empty());
        }
    }
    CHECK_FALSE(entries_of(encode_payload({}), recipe));
    CHECK_FALSE(entries_of({}, recipe));
}
