#include "storage/audit.h"

#include <filesystem>
#include <fstream>

#include "storage/audit_book.h"
#include "storage/audit_source.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "tests/storage/audit_opening.h"
#include "tests/storage/node_options.h"
#include "tests/storage/raw_blocks.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/lying_ledger.h"

namespace tally::testing {
namespace {

using consensus::Block;
using consensus::Index;
using storage::AuditReport;
using storage::errc;
using storage::Verdict;

/// As after a while in which not every node was there: every other checkpoint has one cosignature.
void thin_out(const LedgerChain& chain, LyingLedger& source) {
    std::size_t cosigners = 1;
    for (const auto& point : chain.points()) {
        if (!point.last_seal || point.last_seal->block != point.index) continue;
        source.checkpoints[point.last_seal->size] = signed_checkpoint(
            chain.cast(), point.last_seal->size, point.last_seal->root, cosigners);
        cosigners = 3 - cosigners;
    }
}

LedgerChain& fill(LedgerChain& chain) {
    for (int i = 0; i < 24; ++i) i % 6 == 5 ? chain.seal() : chain.random_block();
    chain.noop();
    return chain;
}

AuditReport audit_of(const storage::AuditSource& source, const LedgerChain& chain) {
    auto report = storage::audit(source, chain.genesis());
    if (!report) FAIL(report.error().context);
    return std::move(*report);
}

void check_finding(const AuditReport& report, std::uint64_t block, const std::string& field) {
    REQUIRE(report.verdict() == Verdict::failed);
    INFO(report.findings[0].field << ": " << report.findings[0].detail);
    CHECK(report.findings[0].block == block);
    CHECK(report.findings[0].field == field);
}

}  // namespace

TEST_CASE("an honest history passes and is counted") {
    LedgerChain chain(21);
    fill(chain);
    LyingLedger source(chain);
    thin_out(chain, source);
    std::uint64_t told = 0;
    const auto report =
        storage::audit(source, chain.genesis(), {}, [&told](Index index) { told = index.value; });
    REQUIRE(report);
    for (const auto& finding : report->findings) WARN(finding.field << ": " << finding.detail);
    CHECK(report->verdict() == Verdict::passed);
    CHECK(told == 25);
    CHECK(report->blocks == 25);
    CHECK(report->seals == 4);
    CHECK(report->checkpoints == 4);
    CHECK(report->certified == 2);
    CHECK(report->entries == chain.entries().size());
    CHECK(report->accepted > 10);
    CHECK(report->refused > 0);
    CHECK(report->repeated > 0);
    CHECK(report->accepted + report->refused + report->repeated == report->transactions);
    CHECK(report->signatures >= report->submissions);
    CHECK(report->tip_hash == chain.blocks().back().hash);
    CHECK(report->log_root == chain.points().back().frontier.root());
    CHECK(report->state_digest == chain.points().back().head.state_digest);
}

TEST_CASE("each header field that is wrong is named with its block") {
    LedgerChain chain(22);
    fill(chain);
    LyingLedger source(chain);
    Block& block = source.blocks[9];
    std::string field;
    SECTION("payload") {
        Bytes payload = *block.payload;
        payload[20] ^= 1;
        block.payload = share(payload);
        field = "payload_hash";
    }
    SECTION("payload size") {
        block.payload = share(Bytes(3, 1));
        field = "payload_size";
    }
    SECTION("previous") {
        block.header.previous.bytes[0] ^= 1;
        field = "previous";
    }
    SECTION("index") {
        block.header.index = Index(11);
        field = "index";
    }
    SECTION("term") {
        block.header.term = consensus::Term(0);
        field = "term";
    }
    SECTION("time") {
        block.header.time -= consensus::Millis(5000);
        field = "time";
    }
    SECTION("network") {
        block.header.network.bytes[3] ^= 1;
        field = "network";
    }
    SECTION("hash") {
        block.hash.bytes[3] ^= 1;
        field = "hash";
    }
    const AuditReport report = audit_of(source, chain);
    check_finding(report, 10, field);
    CHECK(report.blocks == 9);
    CHECK(report.findings.size() == 1);
}

TEST_CASE("a rewritten history with right links breaks its signatures or its checkpoints") {
    LedgerChain chain(23);
    fill(chain);
    LyingLedger source(chain);
    thin_out(chain, source);
    SECTION("another amount") {
        Block& block = source.blocks[3];
        const auto views = ledger::decode_payload(*block.payload);
        REQUIRE(views);
        auto submission = ledger::Submission::decode(views->front());
        REQUIRE(submission);
        submission->transactions[0].back() ^= 1;
        block.payload =
            share(ledger::encode_payload(std::vector<SharedBytes>{share(submission->encode())}));
        source.hash_anew();
        check_finding(audit_of(source, chain), 4, "transactions_root");
    }
    SECTION("a forged signature") {
        Block& block = source.blocks[3];
        const auto views = ledger::decode_payload(*block.payload);
        auto submission = ledger::Submission::decode(views->front());
        submission->signatures[0].bytes[5] ^= 1;
        block.payload =
            share(ledger::encode_payload(std::vector<SharedBytes>{share(submission->encode())}));
        source.hash_anew();
        check_finding(audit_of(source, chain), 4, "signatures");
    }
    SECTION("a block left out") {
        source.drop(3);
        source.lists_sizes = true;
        check_finding(audit_of(source, chain), 11, "checkpoint");
    }
    SECTION("a payload that is none") {
        source.blocks[3].payload = share(Bytes(50, 7));
        source.hash_anew();
        check_finding(audit_of(source, chain), 4, "payload");
    }
}

TEST_CASE("checkpoints that do not fit the log or its signers are named") {
    LedgerChain chain(24);
    fill(chain);
    LyingLedger source(chain);
    const auto seal = *chain.points()[6].last_seal;
    crypto::Digest other = seal.root;
    other.bytes[0] ^= 1;
    SECTION("another root") {
        source.checkpoints[seal.size] = signed_checkpoint(chain.cast(), seal.size, other, 3);
    }
    SECTION("another size") {
        source.checkpoints[seal.size] =
            signed_checkpoint(chain.cast(), seal.size + 1, seal.root, 3);
    }
    SECTION("another network's signers") {
        LedgerChain stranger(99);
        source.checkpoints[seal.size] = signed_checkpoint(stranger.cast(), seal.size, seal.root, 3);
    }
    SECTION("a changed text under old signatures") {
        std::string note = signed_checkpoint(chain.cast(), seal.size, seal.root, 3);
        char& changed = note[note.size() - 20];
        changed = changed == 'A' ? 'B' : 'A';
        source.checkpoints[seal.size] = note;
    }
    SECTION("no note at all") { source.checkpoints[seal.size] = "nothing\n"; }
    const AuditReport report = audit_of(source, chain);
    check_finding(report, 6, "checkpoint");
    // The blocks themselves are right.
    CHECK(report.blocks == 25);
}

TEST_CASE("a folder is audited beside its node, and damage in it is named") {
    LedgerChain chain(25);
    fill(chain);
    const TempFolder folder(TempFolder::On::memory);
    const Bytes genesis = chain.genesis().encode();
    const auto options = node_options(folder.path(), chain.cast().network(), 1);
    std::ofstream(folder.path() + "/genesis.bin", std::ios::binary) << text_of(genesis);
    CHECK(storage::read_genesis(folder.path())->network_id() == chain.cast().network());
    CHECK(storage::read_genesis(folder.path() + "/none").error().code == errc::not_found);
    {
        const auto store = storage::open_block_store(options);
        REQUIRE(store);
        REQUIRE((*store)->write({chain.blocks(), {consensus::Term(1), {}, Index(24)}}));
        const auto source = storage::make_folder_audit_source(folder.path());
        REQUIRE(source);
        const AuditReport report = audit_of(**source, chain);
        CHECK(report.verdict() == Verdict::uncertified);
        CHECK(report.blocks == 24);
    }
    SECTION("another payload under valid checksums") {
        RawBlocks(folder.path()).change(8, [](std::string& value) { value[200] ^= 4; });
        const auto source = storage::make_folder_audit_source(folder.path());
        check_finding(audit_of(**source, chain), 8, "payload_hash");
    }
    SECTION("another predecessor under valid checksums") {
        RawBlocks(folder.path()).change(8, [](std::string& value) { value[60] ^= 4; });
        const auto source = storage::make_folder_audit_source(folder.path());
        check_finding(audit_of(**source, chain), 8, "previous");
    }
    SECTION("a header that does not decode") {
        RawBlocks(folder.path()).change(8, [](std::string& value) { value[0] ^= 4; });
        const auto source = storage::make_folder_audit_source(folder.path());
        check_finding(audit_of(**source, chain), 8, "stored");
    }
    SECTION("a block that is gone") {
        RawBlocks(folder.path()).remove(8);
        const auto source = storage::make_folder_audit_source(folder.path());
        check_finding(audit_of(**source, chain), 8, "stored");
    }
}

TEST_CASE("the second set of books notices a record that no posting leads to") {
    Book book({}, Opening::none);
    storage::AuditBook audit_book;
    audit_opening(book, audit_book);
    const auto line = id_of<ledger::LineId>(1);
    const auto contract = id_of<ledger::ContractId>(2);
    const auto result_of = [&book](const ledger::Transaction& transaction,
                                   std::initializer_list<const Party*> signers) {
        const SharedBytes submission = book.cast().sign(std::span(&transaction, 1), signers);
        return book.apply(std::span(&submission, 1));
    };
    const Cast& cast = book.cast();
    book.ensure_assessed(id_of<ledger::BorrowerId>(3));
    const auto granted = result_of(book.drafts().grant(line, id_of<ledger::BorrowerId>(3), 100'000),
                                   {&cast.originator()});
    REQUIRE_FALSE(*audit_book.check(granted, book.records()));
    const auto captured = result_of(book.drafts().capture(contract, line, cast.funder().id, 30'000),
                                    {&cast.originator(), &cast.funder()});
    auto used = book.line(line)->body;
    const auto key = ledger::account_key(ledger::AccountClass::line, line.bytes);
    ledger::LineRecord record{book.line(line)->log, used};
    SECTION("honest") { CHECK_FALSE(*audit_book.check(captured, book.records())); }
    SECTION("use") {
        record.body->used -= 1;
        book.force(key, ledger::encode_record(record));
        CHECK(audit_book.check(captured, book.records())->has_value());
    }
    SECTION("limit") {
        record.body->limit += 1;
        book.force(key, ledger::encode_record(record));
        CHECK(audit_book.check(captured, book.records())->has_value());
    }
}

}  // namespace tally::testing
