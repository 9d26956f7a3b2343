#include "storage/audit_compare.h"

#include "tests/support/catch.h"
#include "tests/support/lying_ledger.h"

namespace tally::testing {
namespace {

using storage::AuditReport;
using storage::NamedReport;
using storage::Verdict;

const LedgerChain& honest_chain() {
    static const auto chain = [] {
        auto made = std::make_unique<LedgerChain>(32);
        for (int i = 0; i < 12; ++i) i % 6 == 5 ? made->seal() : made->random_block();
        return made;
    }();
    return *chain;
}

NamedReport audited(const std::string& name, const LyingLedger& source) {
    auto report = storage::audit(source, honest_chain().genesis());
    REQUIRE(report);
    return {name, *std::move(report)};
}

std::string words_of(const NamedReport& audit) {
    std::string words;
    for (const auto& finding : audit.report.findings) {
        words += std::to_string(finding.block) + " " + finding.field + ": " + finding.detail + "\n";
    }
    return words;
}

}  // namespace

TEST_CASE("honest sources of different heights agree") {
    LyingLedger shorter(honest_chain());
    shorter.truncate(8);
    shorter.withhold_checkpoints();
    std::vector<NamedReport> audits{audited("a", LyingLedger(honest_chain())),
                                    audited("b", shorter)};
    storage::compare_audits(audits);
    CHECK(audits[0].report.verdict() == Verdict::passed);
    CHECK(audits[1].report.verdict() == Verdict::uncertified);
}

TEST_CASE(
    "a fork is found at its first block, whatever its height, and it is not the honest one's") {
    LyingLedger forked(honest_chain());
    forked.fork(5);
    forked.truncate(9);
    forked.withhold_checkpoints();
    const bool liar_first = GENERATE(true, false);
    std::vector<NamedReport> audits{audited("honest", LyingLedger(honest_chain())),
                                    audited("honest too", LyingLedger(honest_chain()))};
    audits.insert(liar_first ? audits.begin() : audits.end(), audited("liar", forked));
    storage::compare_audits(audits);
    for (const NamedReport& audit : audits) {
        INFO(audit.name << "\n" << words_of(audit));
        if (audit.name == "liar") {
            CHECK(audit.report.verdict() == Verdict::failed);
            CHECK(
                words_of(audit).starts_with("5 divergence: another block than honest has, and "
                                            "what it has is certified\n"));
        } else {
            CHECK(audit.report.verdict() == Verdict::passed);
        }
    }
}

TEST_CASE("where nothing certified decides between two histories, both fail") {
    LyingLedger one(honest_chain());
    LyingLedger other(honest_chain());
    one.withhold_checkpoints();
    other.withhold_checkpoints();
    other.shift_times(12, consensus::Millis(1));
    std::vector<NamedReport> audits{audited("a", one), audited("b", other)};
    storage::compare_audits(audits);
    CHECK(words_of(audits[0]) == "12 divergence: another block than b has\n");
    CHECK(words_of(audits[1]) == "12 divergence: another block than a has\n");
}

TEST_CASE("two signed roots of one size are found, also above what either has") {
    LyingLedger one(honest_chain());
    LyingLedger other(honest_chain());
    const auto size = one.checkpoints.rbegin()->first;
    other.checkpoints[size] = signed_checkpoint(honest_chain().cast(), size, crypto::Digest{}, 2);
    other.newest = other.checkpoints[size];
    std::vector<NamedReport> audits{audited("a", one), audited("b", other)};
    storage::compare_audits(audits);
    CHECK(audits[0].report.verdict() == Verdict::passed);
    CHECK(words_of(audits[1]).find(
              "another signed root than a has, and what it has is certified") != std::string::npos);
    // A majority that signed twice: one has the entries neither of them.
    one.truncate(6);
    other.truncate(6);
    audits = {audited("a", one), audited("b", other)};
    storage::compare_audits(audits);
    for (const NamedReport& audit : audits) {
        CHECK(words_of(audit).find("another signed root than") != std::string::npos);
    }
}

}  // namespace tally::testing
