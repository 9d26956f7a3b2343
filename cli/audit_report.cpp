#include "cli/audit_report.h"

#include <algorithm>

#include "base/hex.h"

namespace tally::cli {
namespace {

using storage::AuditReport;
using storage::NamedReport;
using storage::Verdict;

boost::json::value to_json(const std::optional<storage::Anchor>& anchor, std::uint64_t block) {
    if (!anchor) return nullptr;
    return {{"size", anchor->size},
            {"root", to_hex(anchor->root.view())},
            {"block", block},
            {"cosigners", anchor->cosigners},
            {"from", anchor->from}};
}

boost::json::object to_json(const AuditSubject& subject, const AuditReport& report) {
    boost::json::array findings;
    for (const auto& finding : report.findings) {
        findings.push_back(
            {{"block", finding.block}, {"field", finding.field}, {"detail", finding.detail}});
    }
    return {{"name", subject.name},
            {"place", subject.place},
            {"verdict", storage::verdict_name(report.verdict())},
            {"passed", report.verdict() == Verdict::passed},
            {"anchor", to_json(report.anchor, report.certified_block)},
            {"blocks", report.blocks},
            {"submissions", report.submissions},
            {"transactions", report.transactions},
            {"accepted", report.accepted},
            {"refused", report.refused},
            {"repeated", report.repeated},
            {"signatures", report.signatures},
            {"entries", report.entries},
            {"seals", report.seals},
            {"checkpoints", report.checkpoints},
            {"certified", report.certified},
            {"tip_hash", to_hex(report.tip_hash.view())},
            {"log_root", to_hex(report.log_root.view())},
            {"state_digest", to_hex(report.state_digest.view())},
            {"findings", std::move(findings)}};
}

/// `entries 44 to 50`, or one of them.
std::string span_of(const char* one, const char* many, std::uint64_t first, std::uint64_t last) {
    if (first == last) return std::string(one) + " " + std::to_string(first);
    return std::string(many) + " " + std::to_string(first) + " to " + std::to_string(last);
}

/// What lies above the checkpoint, which only the source itself vouches for.
std::string above(const AuditReport& report) {
    if (report.blocks <= report.certified_block) return "nothing lies above";
    const std::string blocks =
        span_of("block", "blocks", report.certified_block + 1, report.blocks);
    const std::string entries =
        report.entries > report.anchor->size
            ? span_of("entry", "entries", report.anchor->size, report.entries - 1) + " in " + blocks
            : blocks + ", without an entry";
    return "the rest is this node's word: " + entries;
}

std::string words_of(const AuditReport& report, std::size_t nodes) {
    if (!report.anchor) {
        return report.entries == 0 ? "holds together, but has no entry, and nobody vouches that "
                                     "there is none"
                                   : "holds together, but nobody vouches for it: no certified "
                                     "checkpoint was to be had, so all of it is this node's word";
    }
    const storage::Anchor& anchor = *report.anchor;
    return "certified up to entry " + std::to_string(anchor.size - 1) + ", block " +
           std::to_string(report.certified_block) + " (cosigned by " +
           std::to_string(anchor.cosigners) + " of " + std::to_string(nodes) + " nodes" +
           (anchor.from.empty() ? "" : "; checkpoint from " + anchor.from) + "); " + above(report);
}

void print_words(Console& console, const AuditPlan& plan, const std::vector<NamedReport>& audits) {
    console.out << "\n";
    for (const auto& [name, report] : audits) {
        for (const auto& finding : report.findings) {
            console.out << name << "  block " << finding.block << ": " << finding.field << ": "
                        << finding.detail << "\n";
        }
        if (report.anchor || report.findings.empty()) {
            console.out << name << "  " << words_of(report, plan.genesis.nodes.size()) << "\n";
        }
    }
    if (verdict_of(audits) == Verdict::uncertified) {
        console.out << "UNCERTIFIED: audit again when a seal is certified, or name a checkpoint "
                       "that you have from elsewhere with --checkpoint FILE\n";
    }
    if (plan.trusts_itself) {
        console.out << "This folder's own genesis was believed: compare the network id with one "
                       "that you have from elsewhere, or name a --trust file\n";
    }
}

void print_text(Console& console, const AuditPlan& plan, const std::vector<NamedReport>& audits) {
    print_fields(console.out,
                 {{"network", plan.genesis.name + " " + to_hex(plan.genesis.network_id().view())},
                  {"trusted", plan.trusted}});
    console.out << "\n";
    Table table({"node", "result", ">blocks", ">transactions", ">accepted", ">refused", ">repeated",
                 ">signatures", ">entries", ">seals", ">checkpoints", ">certified"});
    for (const auto& [name, report] : audits) {
        table.add({name, std::string(storage::verdict_name(report.verdict())),
                   grouped(report.blocks), grouped(report.transactions), grouped(report.accepted),
                   grouped(report.refused), grouped(report.repeated), grouped(report.signatures),
                   grouped(report.entries), grouped(report.seals), grouped(report.checkpoints),
                   grouped(report.certified)});
    }
    table.print(console.out);
    print_words(console, plan, audits);
    if (audits.size() == 1 && audits.front().report.findings.empty()) {
        const AuditReport& report = audits.front().report;
        print_fields(console.out, {{"tip", to_hex(report.tip_hash.view())},
                                   {"log root", to_hex(report.log_root.view())},
                                   {"state", to_hex(report.state_digest.view())}});
    }
}

}  // namespace

Verdict verdict_of(const std::vector<NamedReport>& audits) {
    Verdict worst = Verdict::passed;
    for (const NamedReport& audit : audits) worst = std::max(worst, audit.report.verdict());
    return worst;
}

Exit exit_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return Exit::ok;
        case Verdict::uncertified:
            return Exit::uncertified;
        case Verdict::failed:
            break;
    }
    return Exit::verification_failed;
}

void show_audit(Console& console, const AuditPlan& plan, const std::vector<NamedReport>& audits) {
    if (!console.json) return print_text(console, plan, audits);
    boost::json::array nodes;
    for (std::size_t i = 0; i < audits.size(); ++i) {
        nodes.push_back(to_json(plan.subjects[i], audits[i].report));
    }
    const Verdict verdict = verdict_of(audits);
    console.print(boost::json::object{
        {"verdict", storage::verdict_name(verdict)},
        {"passed", verdict == Verdict::passed},
        {"network",
         {{"name", plan.genesis.name}, {"id", to_hex(plan.genesis.network_id().view())}}},
        {"trusted", plan.trusted},
        {"nodes", std::move(nodes)}});
}

}  // namespace tally::cli
