#include <charconv>
#include <filesystem>

#include "api/errc.h"
#include "base/hex.h"
#include "cli/session.h"
#include "cli/target.h"
#include "cli/url_audit_source.h"
#include "storage/audit.h"
#include "storage/audit_source.h"

namespace tally::cli {
namespace {

struct Options {
    Target target;
    std::string folder;
};

/// What is audited: a data folder or a node's URL.
struct Subject {
    std::string name;
    std::string place;
    bool is_url = false;
};

struct Audited {
    Subject subject;
    storage::AuditReport report;
};

boost::json::object to_json(const Audited& audited) {
    const storage::AuditReport& report = audited.report;
    boost::json::array findings;
    for (const auto& finding : report.findings) {
        findings.push_back(
            {{"block", finding.block}, {"field", finding.field}, {"detail", finding.detail}});
    }
    return {{"name", audited.subject.name},
            {"place", audited.subject.place},
            {"passed", report.passed()},
            {"blocks", report.blocks},
            {"submissions", report.submissions},
            {"transactions", report.transactions},
            {"accepted", report.accepted},
            {"refused", report.refused},
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

void print_text(Console& console, const std::vector<Audited>& all) {
    Table table({"node", "result", ">blocks", ">transactions", ">accepted", ">refused",
                 ">signatures", ">entries", ">seals", ">checkpoints", ">certified"});
    for (const auto& [subject, report] : all) {
        table.add({subject.name, report.passed() ? "PASSED" : "FAILED", grouped(report.blocks),
                   grouped(report.transactions), grouped(report.accepted), grouped(report.refused),
                   grouped(report.signatures), grouped(report.entries), grouped(report.seals),
                   grouped(report.checkpoints), grouped(report.certified)});
    }
    table.print(console.out);
    for (const auto& [subject, report] : all) {
        for (const auto& finding : report.findings) {
            console.out << subject.name << "  block " << finding.block << ": " << finding.field
                        << ": " << finding.detail << "\n";
        }
    }
    if (all.size() == 1 && all.front().report.passed()) {
        const storage::AuditReport& report = all.front().report;
        print_fields(console.out, {{"tip", to_hex(report.tip_hash.view())},
                                   {"log root", to_hex(report.log_root.view())},
                                   {"state", to_hex(report.state_digest.view())}});
    }
}

/// Equally long chains of one network must be equal; of different lengths, nothing is said here.
void compare(std::vector<Audited>& all) {
    for (std::size_t i = 1; i < all.size(); ++i) {
        const storage::AuditReport& first = all.front().report;
        storage::AuditReport& other = all[i].report;
        if (!first.passed() || !other.passed() || first.blocks != other.blocks) continue;
        if (first.tip_hash == other.tip_hash && first.log_root == other.log_root &&
            first.state_digest == other.state_digest) {
            continue;
        }
        other.findings.push_back({other.blocks, "divergence",
                                  "another chain, log or state than " + all.front().subject.name +
                                      " has at the same block"});
    }
}

Result<std::vector<Subject>> subjects_of(const Options& options) {
    std::vector<Subject> subjects;
    for (const auto& url : options.target.urls) subjects.push_back({url, url, true});
    if (!subjects.empty()) return subjects;
    const std::string folder = options.folder.empty() ? options.target.dir : options.folder;
    std::error_code ignored;
    if (std::filesystem::exists(folder + "/network.pub", ignored)) {
        const auto network = network::NetworkFolder::open(folder);
        if (!network) return network.error();
        for (const auto& node : network->nodes()) {
            if (std::filesystem::exists(node.folder + "/blocks", ignored)) {
                subjects.push_back({node.name, node.folder, false});
            }
        }
        if (subjects.empty()) {
            return fail(api::errc::not_found, folder + ": no node of it has ever run");
        }
        return subjects;
    }
    if (!std::filesystem::exists(folder + "/blocks", ignored)) {
        return fail(api::errc::not_found,
                    folder + ": neither a network's folder nor a node's data folder");
    }
    const auto name = std::filesystem::path(folder).lexically_normal();
    subjects.push_back(
        {name.has_filename() ? name.filename().string() : name.parent_path().filename().string(),
         folder, false});
    return subjects;
}

/// What to audit against: the trust named; else that of the network's folder; a data folder alone
/// brings its own genesis.
Result<ledger::Genesis> genesis_of(const Options& options) {
    Target target = options.target;
    std::error_code ignored;
    if (target.trust.empty() && !options.folder.empty() && target.urls.empty()) {
        if (!std::filesystem::exists(options.folder + "/network.pub", ignored)) {
            return storage::read_genesis(options.folder);
        }
        target.dir = options.folder;
    }
    const auto trust = trust_of(target);
    if (!trust) return trust.error();
    return trust->genesis;
}

Result<Audited> audit_one(const Subject& subject, const Options& options,
                          const ledger::Genesis& genesis, Console& console) {
    std::optional<client::Client> client;
    std::unique_ptr<storage::AuditSource> source;
    if (subject.is_url) {
        Target one = options.target;
        one.urls = {subject.place};
        auto connected = connect(one);
        if (!connected) return connected.error();
        client = std::move(*connected);
        source = make_url_audit_source(*client);
    } else {
        auto opened = storage::make_folder_audit_source(subject.place);
        if (!opened) return opened.error();
        source = std::move(*opened);
    }
    const auto last = source->last();
    if (!last) return last.error();
    Progress progress(console, "auditing " + subject.name);
    auto report = storage::audit(
        *source, genesis, [&](consensus::Index index) { progress.show(index.value, last->value); });
    if (!report) return report.error();
    return Audited{subject, std::move(*report)};
}

/// What kept a store from being opened; the block is the one that the words begin with, if any.
storage::AuditFinding finding_of(const std::string& context) {
    constexpr std::string_view kBlock = "block ";
    storage::AuditFinding finding{0, "storage", context};
    if (!context.starts_with(kBlock)) return finding;
    const char* const begin = context.data() + kBlock.size();
    const auto [end, error] =
        std::from_chars(begin, context.data() + context.size(), finding.block);
    if (error != std::errc{} || std::string_view(end).substr(0, 2) != ": ") {
        return {0, "storage", context};
    }
    finding.detail = std::string(end + 2);
    return finding;
}

Exit run(const Options& options, Console& console) {
    const auto subjects = subjects_of(options);
    if (!subjects) return console.fail(subjects.error());
    const auto genesis = genesis_of(options);
    if (!genesis) return console.fail(genesis.error());
    std::vector<Audited> all;
    for (const Subject& subject : *subjects) {
        auto audited = audit_one(subject, options, *genesis, console);
        if (!audited && api::error_name(audited.error().code) == "corrupt_block") {
            // A store too damaged to be opened is what an audit is there to find.
            storage::AuditReport report;
            report.findings.push_back(finding_of(audited.error().context));
            audited = Audited{subject, std::move(report)};
        }
        if (!audited) {
            return console.fail(
                Error{audited.error().code, subject.place + ": " + audited.error().context});
        }
        all.push_back(std::move(*audited));
    }
    compare(all);
    bool passed = true;
    boost::json::array list;
    for (const auto& audited : all) {
        passed = passed && audited.report.passed();
        list.push_back(to_json(audited));
    }
    if (console.json) {
        console.print(boost::json::object{{"passed", passed}, {"nodes", std::move(list)}});
    } else {
        print_text(console, all);
    }
    return passed ? Exit::ok : Exit::verification_failed;
}

}  // namespace

void add_audit(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    options->target.timeout_s = 30;
    const Command command = add_command(
        program, session, "audit",
        "Replay everything from the first block: chain, signatures, rules, double entry, log, "
        "checkpoints; exit code 3 on findings",
        "  tallystick audit tallystick-net\n"
        "  tallystick audit --url http://127.0.0.1:7101 --trust network.pub");
    command.option("FOLDER", options->folder,
                   "A network's folder or a node's data folder, running or not (default: "
                   "that of --dir)");
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
