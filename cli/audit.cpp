// An audit of several sources has three parts. First each is asked for its newest certified
// checkpoint; then each is replayed, and has to arrive at the checkpoints of all; then they are
// compared block by block. The checkpoints come first, so that no honest source can be older than
// what is asked of it by more than the blinking of an eye.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "api/errc.h"
#include "cli/audit_report.h"
#include "cli/audit_subjects.h"
#include "cli/session.h"
#include "crypto/errc.h"

namespace tally::cli {
namespace {

using storage::Anchor;
using storage::AuditReport;

/// How long a node that is behind the others' checkpoint has to get there.
constexpr std::chrono::milliseconds kCatchUp{2000};
constexpr std::chrono::milliseconds kCatchUpStep{200};
/// More than a hundred signatures take.
constexpr std::size_t kNoteBytesMax = 64 << 10;

struct Options {
    Target target;
    std::vector<std::string> folders;
    std::vector<std::string> checkpoints;
};

/// What the first look at a subject gave.
struct Look {
    std::optional<Anchor> newest;
    Status status;  ///< why it could not be read
};

Look look_at(const AuditSubject& subject, const AuditPlan& plan, const Target& target) {
    const auto reader = open_subject(subject, target);
    if (!reader) return {std::nullopt, reader.error()};
    auto newest = storage::newest_anchor(*reader->source, plan.genesis);
    if (!newest) return {std::nullopt, newest.error()};
    if (*newest) (*newest)->from = subject.name;
    return {*std::move(newest), {}};
}

Result<std::vector<Anchor>> read_checkpoints(const std::vector<std::string>& paths,
                                             const ledger::Genesis& genesis) {
    std::vector<Anchor> anchors;
    for (const std::string& path : paths) {
        const auto text = read_text(path, kNoteBytesMax);
        if (!text) return text.error();
        auto anchor = storage::read_anchor(*text, genesis, path);
        if (!anchor) {
            return fail(crypto::errc::unverified,
                        "--checkpoint " + path +
                            ": no certified checkpoint of this network: " + anchor.error().context);
        }
        anchors.push_back(*std::move(anchor));
    }
    return anchors;
}

/// Whoever puts one node's data under the names of others has one node's log, and not theirs.
std::optional<storage::AuditFinding> wrong_node(const AuditSubject& subject, const AuditPlan& plan,
                                                const storage::AuditSource& source) {
    const auto found = source.node();
    if (!subject.node || !found || *found == subject.node->id) return std::nullopt;
    const auto& nodes = plan.genesis.nodes;
    const auto owner = std::ranges::find(nodes, *found, &ledger::GenesisNode::id);
    const std::string whose =
        "node " + std::to_string(*found) + (owner == nodes.end() ? "" : " (" + owner->name + ")");
    return storage::AuditFinding{
        0, "node",
        subject.place + ": holds the data of " + whose + ", not of node " +
            std::to_string(subject.node->id) + " (" + subject.node->name +
            "): it is a copy of that node's folder, a link to it or was exchanged with it; of " +
            subject.node->name + " nothing was audited: put its own folder there, or name its URL"};
}

Result<AuditReport> audit_once(const AuditSubject& subject, const Options& options,
                               const AuditPlan& plan, const std::vector<Anchor>& anchors,
                               Console& console) {
    const auto reader = open_subject(subject, options.target);
    if (!reader) return reader.error();
    const auto last = reader->source->last();
    if (!last) return last.error();
    Progress progress(console, "auditing " + subject.name);
    auto report =
        storage::audit(*reader->source, plan.genesis, anchors,
                       [&](consensus::Index index) { progress.show(index.value, last->value); });
    if (!report) return report;
    if (auto finding = wrong_node(subject, plan, *reader->source)) {
        report->find(*std::move(finding));
    }
    return report;
}

bool only_behind(const Result<AuditReport>& report) {
    return report && !report->findings.empty() &&
           std::all_of(report->findings.begin(), report->findings.end(), [](const auto& finding) {
               return finding.field == storage::kMissingEntries;
           });
}

/// A running node may be a heartbeat behind the one whose checkpoint it is held against.
Result<AuditReport> audit_level(const AuditSubject& subject, const Options& options,
                                const AuditPlan& plan, const std::vector<Anchor>& anchors,
                                Console& console) {
    const auto deadline = std::chrono::steady_clock::now() + kCatchUp;
    for (;;) {
        auto report = audit_once(subject, options, plan, anchors, console);
        if (plan.subjects.size() == 1 || !only_behind(report) ||
            std::chrono::steady_clock::now() >= deadline) {
            return report;
        }
        std::this_thread::sleep_for(kCatchUpStep);
    }
}

/// What kept a source from being read; the block is the one that the words begin with, if any.
storage::AuditFinding finding_of(const AuditSubject& subject, const Error& error) {
    if (subject.is_url) return {0, "source", api::error_name(error.code) + ": " + error.context};
    constexpr std::string_view kBlock = "block ";
    const std::string& context = error.context;
    storage::AuditFinding finding{0, "storage", context};
    if (!context.starts_with(kBlock)) return finding;
    const char* const begin = context.data() + kBlock.size();
    const auto [end, failure] =
        std::from_chars(begin, context.data() + context.size(), finding.block);
    if (failure != std::errc{} || std::string_view(end).substr(0, 2) != ": ") {
        return {0, "storage", context};
    }
    finding.detail = std::string(end + 2);
    return finding;
}

/// The error that ends everything: of a command line that names no node's address. Whatever else
/// keeps a source from being read is a finding, for an audit is there to find it.
Status addresses_hold(const std::vector<Look>& looks) {
    for (const Look& look : looks) {
        if (!look.status && look.status.error().code == client::errc::bad_url) return look.status;
    }
    return {};
}

std::vector<Anchor> anchors_for(const AuditSubject& subject, const std::vector<Look>& looks,
                                std::vector<Anchor> anchors) {
    for (const Look& look : looks) {
        if (look.newest && look.newest->from != subject.name) anchors.push_back(*look.newest);
    }
    return anchors;
}

Exit run(const Options& options, Console& console) {
    const auto plan = plan_audit(options.target, options.folders);
    if (!plan) return console.fail(plan.error());
    const auto given = read_checkpoints(options.checkpoints, plan->genesis);
    if (!given) return console.fail(given.error());
    std::vector<Look> looks;
    looks.reserve(plan->subjects.size());
    for (const AuditSubject& subject : plan->subjects) {
        looks.push_back(look_at(subject, *plan, options.target));
    }
    if (Status status = addresses_hold(looks); !status) return console.fail(status.error());

    std::vector<storage::NamedReport> audits;
    for (std::size_t i = 0; i < looks.size(); ++i) {
        const AuditSubject& subject = plan->subjects[i];
        Result<AuditReport> report =
            looks[i].status
                ? audit_level(subject, options, *plan, anchors_for(subject, looks, *given), console)
                : Result<AuditReport>(looks[i].status.error());
        audits.push_back({subject.name, {}});
        if (report) {
            audits.back().report = *std::move(report);
        } else {
            audits.back().report.find(finding_of(subject, report.error()));
        }
    }
    storage::compare_audits(audits);
    show_audit(console, *plan, audits);
    return exit_of(verdict_of(audits));
}

}  // namespace

void add_audit(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    options->target.timeout_s = 30;
    const Command command = add_command(
        program, session, "audit",
        "Replay everything from the first block: chain, signatures, rules, double entry, log, "
        "and arrive at the newest certified checkpoint. PASSED (exit code 0), UNCERTIFIED (5: "
        "holds together, nobody vouches for it) or FAILED (3)",
        "  tallystick audit tallystick-net\n"
        "  tallystick audit --url http://127.0.0.1:7101 --trust network.pub --checkpoint old.note");
    command.option("FOLDER", options->folders,
                   "A network's folder or a node's data folder, running or not, one or several "
                   "(default: that of --dir)");
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    command.option("--checkpoint", options->checkpoints,
                   "A certified checkpoint, as /log/checkpoint served it, that the log must "
                   "contain; may be repeated");
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
