#include <algorithm>
#include <filesystem>
#include <functional>

#include "storage/audit.h"
#include "storage/audit_source.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/lying_ledger.h"

// What ties a chain to its network. Every lie here holds together: hashes, signatures of members,
// rules and books are right, because blocks carry no signature of the network.

namespace tally::testing {
namespace {

using consensus::BlockKind;
using consensus::Index;
using storage::Anchor;
using storage::AuditReport;
using storage::Verdict;

/// 25 blocks with seals at 6, 12, 18 and 24; a copy of block 3 is among them.
const LedgerChain& honest_chain() {
    static const auto chain = [] {
        auto made = std::make_unique<LedgerChain>(31);
        for (int i = 0; i < 24; ++i) i % 6 == 5 ? made->seal() : made->random_block();
        made->noop();
        return made;
    }();
    return *chain;
}

AuditReport audit_of(const storage::AuditSource& source, const std::vector<Anchor>& others = {}) {
    auto report = storage::audit(source, honest_chain().genesis(), others);
    if (!report) FAIL(report.error().context);
    return *std::move(report);
}

bool finds(const AuditReport& report, const std::string& field) {
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [&field](const auto& finding) { return finding.field == field; });
}

std::string newest_of(const LyingLedger& ledger) { return *ledger.newest; }

/// A lie about blocks, told to somebody who has the genuine checkpoints, or none.
struct Lie {
    const char* name;
    std::function<void(LyingLedger&)> tell;
};

const std::vector<Lie>& lies() {
    static const std::vector<Lie> all{
        {"a block dropped", [](LyingLedger& ledger) { ledger.drop(9); }},
        {"two payloads swapped", [](LyingLedger& ledger) { ledger.swap_payloads(8, 9); }},
        {"the first eight blocks only", [](LyingLedger& ledger) { ledger.truncate(8); }},
        {"no block at all", [](LyingLedger& ledger) { ledger.truncate(0); }},
        {"seals removed", [](LyingLedger& ledger) { ledger.remove_seals(); }},
        {"times shifted",
         [](LyingLedger& ledger) { ledger.shift_times(7, consensus::Millis(60'000)); }},
        {"another history from a block on", [](LyingLedger& ledger) { ledger.fork(15); }},
    };
    return all;
}

}  // namespace

TEST_CASE("an audit arrives at the newest certified checkpoint and tells what lies above it") {
    LyingLedger source(honest_chain());
    const AuditReport report = audit_of(source);
    REQUIRE(report.verdict() == Verdict::passed);
    CHECK(report.anchor->size == source.checkpoints.rbegin()->first);
    CHECK(report.anchor->cosigners == 3);
    CHECK(report.certified_block == 24);
    CHECK(report.blocks == 25);
}

TEST_CASE("a rewritten history fails where a genuine checkpoint is known, and never passes") {
    for (const Lie& lie : lies()) {
        INFO(lie.name);
        {
            LyingLedger source(honest_chain());
            lie.tell(source);
            CHECK(audit_of(source).verdict() == Verdict::failed);  // a node that serves it
            source.lists_sizes = true;
            source.newest.reset();
            CHECK(audit_of(source).verdict() == Verdict::failed);  // a folder that holds it
            source.lists_sizes = false;
            const auto file = storage::read_anchor(newest_of(LyingLedger(honest_chain())),
                                                   honest_chain().genesis(), "file");
            REQUIRE(file);
            CHECK(audit_of(source, {*file}).verdict() == Verdict::failed);  // somebody who has it
        }
        LyingLedger source(honest_chain());
        lie.tell(source);
        source.withhold_checkpoints();
        CHECK(audit_of(source).verdict() == Verdict::uncertified);
        source.sign_alone(false);
        CHECK(audit_of(source).verdict() == Verdict::uncertified);
        source.sign_alone(true);
        CHECK(audit_of(source).verdict() ==
              (source.newest ? Verdict::failed : Verdict::uncertified));
    }
}

TEST_CASE("a submission that is played back is found, and counts as repeated, never as accepted") {
    LyingLedger source(honest_chain());
    const AuditReport before = audit_of(source);
    source.repeat(3);
    SECTION("above the checkpoint it is the node's word") {
        const AuditReport report = audit_of(source);
        CHECK(report.verdict() == Verdict::passed);
        CHECK(report.certified_block == 24);
        CHECK(report.blocks == 26);
        CHECK(report.repeated > before.repeated);
        CHECK(report.accepted == before.accepted);
    }
    SECTION("below it is another history") {
        const consensus::Block again = source.blocks.back();
        source.blocks.pop_back();
        source.blocks.insert(source.blocks.begin() + 20, again);
        source.blocks[20].header.time = source.blocks[19].header.time;
        source.hash_anew();
        CHECK(audit_of(source).verdict() == Verdict::failed);
    }
}

TEST_CASE("one node's signature on a forged outcome is found") {
    LyingLedger source(honest_chain());
    source.forge_outcome();
    CHECK(audit_of(source).verdict() == Verdict::failed);
    source.newest.reset();
    CHECK(finds(audit_of(source), "checkpoint"));
}

TEST_CASE("a node that withholds its checkpoints is not certified, whatever it has") {
    LyingLedger source(honest_chain());
    source.withhold_checkpoints();
    const AuditReport report = audit_of(source);
    CHECK(report.verdict() == Verdict::uncertified);
    CHECK_FALSE(report.anchor);
    // The newest alone withheld: what the one before it does not cover is told apart.
    LyingLedger older(honest_chain());
    older.newest.reset();
    older.checkpoints.erase(std::prev(older.checkpoints.end()));
    CHECK(audit_of(older).verdict() == Verdict::passed);
    CHECK(audit_of(older).certified_block == 18);
}

TEST_CASE("a checkpoint that is larger than the log says which entries are missing") {
    LyingLedger source(honest_chain());
    source.truncate(12);
    const AuditReport report = audit_of(source);
    REQUIRE(report.verdict() == Verdict::failed);
    CHECK(report.findings.back().field == storage::kMissingEntries);
    const auto size = source.checkpoints.rbegin()->first;
    CHECK(report.findings.back().detail.find("entries " + std::to_string(report.entries) + " to " +
                                             std::to_string(size - 1) + " are missing") !=
          std::string::npos);
}

TEST_CASE("only a majority of the genesis' own keys makes an anchor") {
    const ledger::Genesis& genesis = honest_chain().genesis();
    const auto& seal = *honest_chain().points()[24].last_seal;
    const auto note = [&](const Cast& cast, std::size_t cosigners) {
        return signed_checkpoint(cast, seal.size, seal.root, cosigners);
    };
    CHECK(storage::read_anchor(note(honest_chain().cast(), 3), genesis, ""));
    CHECK(storage::read_anchor(note(honest_chain().cast(), 2), genesis, ""));
    CHECK_FALSE(storage::read_anchor(note(honest_chain().cast(), 1), genesis, ""));
    CHECK_FALSE(storage::read_anchor(note(honest_chain().cast(), 0), genesis, ""));
    CHECK_FALSE(storage::read_anchor(note(LedgerChain(99).cast(), 3), genesis, ""));
    // The same line twice is one node's.
    std::string twice = note(honest_chain().cast(), 1);
    twice += twice.substr(twice.rfind("\xE2\x80\x94"));
    CHECK_FALSE(storage::read_anchor(twice, genesis, ""));
    CHECK_FALSE(storage::read_anchor("nothing\n", genesis, ""));
}

TEST_CASE("blocks of a kind that carries nothing carry nothing, and no configuration is founded") {
    LyingLedger source(honest_chain());
    source.withhold_checkpoints();
    const auto first = [&source] {
        const AuditReport report = audit_of(source);
        REQUIRE(report.verdict() == Verdict::failed);
        return std::to_string(report.findings[0].block) + " " + report.findings[0].field;
    };
    SECTION("a no-op") {
        source.replace(25, BlockKind::noop, Bytes(3, 1));
        CHECK(first() == "25 payload");
    }
    SECTION("a seal") {
        source.replace(12, BlockKind::seal, Bytes(3, 1));
        CHECK(first() == "12 payload");
    }
    SECTION("a configuration") {
        source.replace(25, BlockKind::configuration, {});
        CHECK(first() == "25 configuration");
        source.replace(25, BlockKind::configuration, Bytes(3, 1));
        CHECK(audit_of(source).findings[1].field == "payload");
    }
    SECTION("a kind that nobody knows") {
        source.replace(7, static_cast<BlockKind>(9), {});
        CHECK(first() == "7 kind");
    }
}

TEST_CASE("a source that does not give what it says it has is a finding, not an error") {
    class Stingy : public LyingLedger {
    public:
        using LyingLedger::LyingLedger;
        Result<std::vector<consensus::Block>> read(Index first, Index last) const override {
            if (first.value > 8) return fail(storage::errc::io_error, "gone");
            return LyingLedger::read(first, std::min(last, Index(8)));
        }
    };
    const Stingy source(honest_chain());
    const AuditReport report = audit_of(source);
    REQUIRE(report.verdict() == Verdict::failed);
    CHECK(report.findings[0].block == 9);
    CHECK(report.findings[0].field == "source");
}

namespace {

/// A node's data folder with these blocks and notes, its committed hint at `commit`.
std::unique_ptr<storage::AuditSource> folder_of(const TempFolder& folder, const LyingLedger& from,
                                                std::uint64_t commit) {
    const auto store =
        storage::open_block_store(node_options(folder.path(), honest_chain().cast().network(), 1));
    REQUIRE(store);
    for (const auto& [size, note] : from.checkpoints) {
        REQUIRE((*store)->put_checkpoint({size, note, true}));
    }
    REQUIRE((*store)->write({from.blocks, {consensus::Term(1), {}, Index(commit)}}));
    auto source = storage::make_folder_audit_source(folder.path());
    REQUIRE(source);
    return *std::move(source);
}

}  // namespace

TEST_CASE("a data folder is held against the genuine checkpoint that lies in it") {
    const TempFolder folder(TempFolder::On::memory);
    LyingLedger ledger(honest_chain());
    SECTION("honest, its hint of what is committed a few blocks old") {
        const auto source = folder_of(folder, ledger, 20);
        const AuditReport report = audit_of(*source);
        CHECK(report.verdict() == Verdict::passed);
        CHECK(report.certified_block == 24);
        CHECK(report.blocks == 24);  // what no checkpoint covers may still be replaced
        const auto newest = storage::newest_anchor(*source, honest_chain().genesis());
        REQUIRE(newest);
        CHECK((*newest)->size == ledger.checkpoints.rbegin()->first);
    }
    SECTION("a block dropped, everything above hashed anew") {
        ledger.drop(9);
        CHECK(audit_of(*folder_of(folder, ledger, 24)).verdict() == Verdict::failed);
    }
    SECTION("the same, its checkpoints removed") {
        ledger.drop(9);
        ledger.withhold_checkpoints();
        CHECK(audit_of(*folder_of(folder, ledger, 24)).verdict() == Verdict::uncertified);
    }
    SECTION("the last blocks cut off") {
        ledger.truncate(14);
        const AuditReport report = audit_of(*folder_of(folder, ledger, 14));
        CHECK(report.verdict() == Verdict::failed);
        CHECK(finds(report, storage::kMissingEntries));
    }
}

}  // namespace tally::testing
