// The index against a reading of all entries, which knows nothing of it.
#include "storage/signed_index.h"

#include <algorithm>
#include <map>
#include <set>

#include "ledger/queries.h"
#include "storage/errc.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/ledger_chain.h"

namespace tally::testing {
namespace {

using consensus::Index;
using ledger::MemberId;
using storage::SignedSubmission;

using Signed = std::map<MemberId, std::vector<std::uint64_t>>;

/// The header entries that each member of genesis signed behind a submitter, newest first.
Signed signed_of_entries(const std::vector<Bytes>& entries, const ledger::Genesis& genesis) {
    Signed found;
    for (std::size_t at = entries.size(); at-- > 0;) {
        const auto entry = ledger::decode_entry(entries[at]);
        REQUIRE(entry);
        const auto* const header = std::get_if<ledger::HeaderEntry>(&*entry);
        if (header == nullptr) continue;
        const auto decoded = ledger::SubmissionHeader::decode(header->header);
        REQUIRE(decoded);
        std::set<MemberId> members;
        for (const ledger::Signer& signer : decoded->signers) {
            for (const ledger::GenesisMember& member : genesis.members) {
                const bool own = std::find(member.keys.begin(), member.keys.end(), signer.key) !=
                                 member.keys.end();
                if (own && member.id == signer.member) members.insert(member.id);
            }
        }
        members.erase(decoded->signers.front().member);
        for (const MemberId& member : members) found[member].push_back(at);
    }
    return found;
}

Signed signed_of_index(const storage::StateView& view, const ledger::Genesis& genesis) {
    Signed found;
    for (const ledger::GenesisMember& member : genesis.members) {
        auto made = storage::newest_signed(view, member.id);
        REQUIRE(made);
        while (*made) {
            CHECK((*made)->transactions > 0);
            found[member.id].push_back((*made)->header_entry);
            if ((*made)->previous == ledger::kNoEntry) break;
            made = storage::signed_at(view, member.id, (*made)->previous);
            REQUIRE(made);
            REQUIRE(*made);
        }
    }
    return found;
}

/// Signed for the funder by a thief with a key of its own: refused with key_not_valid.
SharedBytes with_foreign_key(LedgerChain& chain, Drafts& drafts) {
    const Party thief{"thief", chain.cast().funder().id, key_of(99, "thief")};
    return chain.cast().sign(std::vector{drafts.change(id_of<ledger::LineId>(1), 100)},
                             {&chain.cast().originator(), &thief, &chain.cast().servicer()});
}

}  // namespace

TEST_CASE("the index has what each member signed for others, on disk as in memory") {
    const auto seed = static_cast<std::uint64_t>(GENERATE(take(3, random(1, 1 << 30))));
    INFO("seed " << seed);
    LedgerChain chain(seed);
    Drafts drafts;
    const TempFolder folder(TempFolder::On::memory);
    FaultyDisk disk(seed);
    storage::StateStoreOptions options;
    options.folder = folder.path();
    options.generation_bytes_max = 50'000;
    options.env = disk.env();
    std::string rebuilt;
    auto state = storage::open_state_store(options, chain.genesis(), rebuilt);
    REQUIRE(state);
    storage::Applier applier(chain.genesis(), **state);
    const auto check = storage::plain_checker(chain.genesis());
    for (int i = 0; i < 50; ++i) {
        const auto block = i % 10 == 9  ? chain.seal()
                           : i % 9 == 8 ? chain.add_submissions({with_foreign_key(chain, drafts)})
                                        : chain.random_block();
        REQUIRE(applier.apply(block, check));
    }
    const Signed expected = signed_of_entries(chain.entries(), chain.genesis());
    CHECK(expected.at(chain.cast().funder().id).size() > 3);
    CHECK(expected.at(chain.cast().servicer().id).size() > 3);
    CHECK(signed_of_index(*chain.state().view(), chain.genesis()) == expected);
    CHECK(signed_of_index(*(*state)->view(), chain.genesis()) == expected);

    // A member that signed behind itself, or not at all, is not there.
    const auto submitter = ledger::SubmissionHeader::decode(
        std::get<ledger::HeaderEntry>(*ledger::decode_entry(chain.entries().front())).header);
    const auto own =
        storage::signed_at(*chain.state().view(), submitter.value().signers.front().member, 0);
    REQUIRE(own);
    CHECK_FALSE(own->has_value());
}

TEST_CASE("nothing of the index is in the state digest") {
    LedgerChain chain(7);
    for (int i = 0; i < 12; ++i) chain.random_block();
    REQUIRE(storage::newest_signed(*chain.state().view(), chain.cast().funder().id).value());
    CHECK(chain.points().back().head.state_digest == chain.records().digest());
    for (const auto& [key, value] : chain.records().all()) CHECK(key.front() < storage::kIndexKeys);
}

TEST_CASE("an index record that does not decode is corrupt state, not a history") {
    LedgerChain chain(8);
    const MemberId member = chain.cast().funder().id;
    Bytes newest{storage::kIndexKeys};
    newest.insert(newest.end(), member.bytes.begin(), member.bytes.end());
    MemoryRecords records;
    const auto code_with = [&](Bytes value) {
        records.apply(std::vector{ledger::RecordChange{newest, std::move(value)}});
        const auto found = storage::newest_signed(records, member);
        return found ? std::error_code() : std::error_code(found.error().code);
    };
    CHECK(code_with({}) == storage::errc::corrupt_state);
    CHECK(code_with({2, 0, 0, 0, 0, 0, 0, 0, 9}) == storage::errc::corrupt_state);
    CHECK(code_with({1, 0, 0, 0, 0, 0, 0, 0, 9, 9}) == storage::errc::corrupt_state);
    // Its submission is missing.
    CHECK(code_with({1, 0, 0, 0, 0, 0, 0, 0, 9}) == storage::errc::corrupt_state);
}

}  // namespace tally::testing
