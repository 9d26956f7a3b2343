// Copies of the book that nobody can promise anything with, and the way back from them.
#include <filesystem>

#include "api/errc.h"
#include "base/presence.h"
#include "cli/audit_report.h"
#include "cli/audit_subjects.h"
#include "cli/recover.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/whole_file.h"
#include "storage/audit_source.h"
#include "storage/errc.h"
#ifdef TALLY_CLI_HAS_PIPELINE
#include "node/pipeline/backup.h"
#include "node/pipeline/recover_node.h"
#endif

namespace tally::cli {
namespace {

#ifdef TALLY_CLI_HAS_PIPELINE
namespace fs = std::filesystem;

struct BackupOptions {
    Target target;
    std::vector<std::string> folders;
    std::string to;
    bool quick = false;
};
struct RestoreOptions {
    std::string backup;
    std::string dir;
    bool quick = false;
};

/// An audit of the backup alone, against the genesis that is trusted.
struct Audited {
    AuditPlan plan;
    std::vector<storage::NamedReport> reports;
};

/// `anchors`: those that the backup goes far enough for must be in it.
Result<Audited> audit_of(const std::string& folder, const AuditPlan& trusted, Console& console,
                         std::vector<storage::Anchor> anchors = {}) {
    AuditPlan plan;
    plan.genesis = trusted.genesis;
    plan.trusted = trusted.trusted;
    plan.trusts_itself = trusted.trusts_itself;
    plan.subjects.push_back({folder, folder, false, {}});
    const auto source = storage::make_folder_audit_source(folder);
    if (!source) return source.error();
    const auto last = (*source)->last();
    if (!last) return last.error();
    const auto newest = storage::newest_anchor(**source, plan.genesis);
    if (!newest) return newest.error();
    const std::uint64_t reach = *newest ? (*newest)->size : 0;
    std::erase_if(anchors, [reach](const auto& anchor) { return anchor.size > reach; });
    Progress progress(console, "auditing " + folder);
    auto report = storage::audit(**source, plan.genesis, anchors, [&](consensus::Index index) {
        progress.show(index.value, last->value);
    });
    progress.end();
    if (!report) return report.error();
    return Audited{std::move(plan), {{folder, *std::move(report)}}};
}

/// A backup's own folder, or an empty one: never one that holds anything else.
Status check_place(const std::string& folder, const ledger::Genesis& genesis,
                   const std::string& other) {
    std::error_code failure;
    const bool empty = !fs::exists(folder, failure) || fs::is_empty(folder, failure);
    if (failure) return fail(api::errc::io_failed, folder + ": " + failure.message());
    if (empty) return {};
    for (const char* name : {"node.toml", "keys", "network.pub"}) {
        const auto there = is_there(folder + "/" + name);
        if (!there) return there.error();
        if (!*there) continue;
        return fail(api::errc::bad_config,
                    folder + ": holds " + name +
                        ", so it is a node's or a network's folder and no backup; " + other);
    }
    const auto own = storage::read_genesis(folder);
    if (!own) {
        return fail(api::errc::bad_config, folder + ": is neither empty nor an earlier backup (" +
                                               own.error().context + "); " + other);
    }
    if (own->network_id() == genesis.network_id()) return {};
    return fail(api::errc::bad_config, folder + ": is the backup of another network; " + other);
}

/// Ready for blocks.
Status make_place(const std::string& folder, const ledger::Genesis& genesis) {
    const Status place = check_place(
        folder, genesis, "give an empty folder, or that of an earlier backup, with --to");
    if (!place) return place;
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) return fail(api::errc::io_failed, folder + ": " + failure.message());
    const std::string path = folder + "/genesis.bin";
    const auto there = is_there(path);
    if (!there) return there.error();
    if (*there) return {};
    fs::permissions(folder, fs::perms::owner_all, failure);
    const Bytes bytes = genesis.encode();
    return write_new(path, std::string(bytes.begin(), bytes.end()));
}

/// The one of several sources that has most.
struct Chosen {
    const AuditSubject* subject = nullptr;
    AuditReader reader;
};

Result<Chosen> choose(const AuditPlan& plan, const Target& target, Console& console) {
    Chosen best;
    std::uint64_t most = 0;
    Status first;
    for (const AuditSubject& subject : plan.subjects) {
        auto reader = open_subject(subject, target);
        const auto last =
            reader ? reader->source->last() : Result<consensus::Index>(reader.error());
        if (!last) {
            if (first) first = last.error();
            console.err << "note: " << subject.name << " cannot be read: " << last.error().context
                        << "\n";
            continue;
        }
        if (best.subject != nullptr && last->value <= most) continue;
        most = last->value;
        best = {&subject, *std::move(reader)};
    }
    if (best.subject == nullptr) return first.error();
    return best;
}

boost::json::object to_json(const BackupOptions& options, const std::string& from,
                            const node::pipeline::BackedUp& done) {
    return {{"folder", options.to},
            {"from", from},
            {"blocks", done.blocks},
            {"added", done.blocks - done.before},
            {"certified_size", done.certified ? boost::json::value(done.certified->size)
                                              : boost::json::value(nullptr)}};
}

Exit finish(const BackupOptions& options, const AuditPlan& plan, const std::string& from,
            const node::pipeline::BackedUp& done, Console& console) {
    boost::json::object document = to_json(options, from, done);
    if (!console.json) {
        console.out << options.to << ": blocks 1 to " << done.blocks << ", "
                    << done.blocks - done.before << " of them new from " << from << "; "
                    << (done.certified
                            ? "certified up to entry " + std::to_string(done.certified->size - 1)
                            : std::string("no certified checkpoint"))
                    << "\n";
    }
    if (options.quick) {
        document["verdict"] = nullptr;
        if (console.json) console.print(document);
        if (!console.json) {
            console.out << "not audited, and what was there before not read again: `"
                        << shell_command({"audit", options.to}) << "` does both\n";
        }
        return Exit::ok;
    }
    const auto audited = audit_of(options.to, plan, console);
    if (!audited) return console.fail(audited.error());
    const storage::Verdict verdict = verdict_of(audited->reports);
    document["verdict"] = storage::verdict_name(verdict);
    if (console.json) {
        console.print(document);
    } else {
        show_audit(console, audited->plan, audited->reports);
    }
    return exit_of(verdict);
}

Exit run_backup(const BackupOptions& options, Console& console) {
    const auto plan = plan_audit(options.target, options.folders);
    if (!plan) return console.fail(plan.error());
    const auto chosen = choose(*plan, options.target, console);
    if (!chosen) return console.fail(chosen.error());
    if (Status made = make_place(options.to, plan->genesis); !made) {
        return console.fail(made.error());
    }
    const std::string& from = chosen->subject->name;
    Progress progress(console, "copying blocks of " + from);
    const auto last = chosen->reader.source->last();
    const auto done = node::pipeline::back_up(
        *chosen->reader.source, plan->genesis, options.to,
        [&](std::uint64_t block) { progress.show(block, last ? last->value : block); });
    progress.end();
    if (!done) return console.fail(done.error());
    return finish(options, *plan, from, *done, console);
}

/// What the node's own genesis says of the backup: nothing is taken from one that does not hold.
std::optional<Exit> refuse_unsound(const RestoreOptions& options,
                                   const Result<node::pipeline::NodeStanding>& own,
                                   Console& console) {
    const auto genesis = storage::read_genesis(options.dir);
    if (!genesis) {
        return console.fail(
            Error{genesis.error().code, genesis.error().context +
                                            ": cannot be read; a backup holds blocks and no keys: "
                                            "first put the node's own folder there, with keys/, "
                                            "node.toml and genesis.bin"});
    }
    const Status place = check_place(options.backup, *genesis,
                                     "name the folder that `backup` wrote of this network");
    if (!place) {
        return console.fail(place.error());
    }
    if (options.quick) return std::nullopt;
    AuditPlan plan;
    plan.genesis = *genesis;
    plan.trusted = options.dir + "/genesis.bin";
    std::vector<storage::Anchor> anchors;
    if (own) anchors = own->anchors;
    for (storage::Anchor& anchor : anchors) anchor.from = options.dir;
    const auto audited = audit_of(options.backup, plan, console, std::move(anchors));
    if (!audited) return console.fail(audited.error());
    const storage::Verdict verdict = verdict_of(audited->reports);
    if (verdict == storage::Verdict::passed) return std::nullopt;
    if (!console.json) show_audit(console, audited->plan, audited->reports);
    return console.remark(exit_of(verdict), "contradicted",
                          options.backup + ": the audit of the backup did not pass (" +
                              std::string(storage::verdict_name(verdict)) + "); " + options.dir +
                              " was left as it was. Take another backup, or let the node get its "
                              "blocks from its peers: `" +
                              shell_command({"node", "recover", "--dir", options.dir}) + "`");
}

/// The node has forgotten nothing, and the backup has no block that it lacks: to recover would only
/// cost the network a voter.
bool lacks_nothing(const node::pipeline::NodeStanding& own, const std::string& backup) {
    if (!own.recovering.empty()) return false;
    const auto source = storage::make_folder_audit_source(backup);
    const auto last = source ? (*source)->stored() : Result<consensus::Index>(source.error());
    if (!last || last->value == 0 || last->value > own.hashes.size()) return false;
    const auto read = (*source)->read(*last, *last);
    return read && !read->empty() && read->front().hash == own.hashes[last->value - 1];
}

Exit run_restore(const RestoreOptions& options, Console& console) {
    // A node without node.toml is told below what is missing.
    const auto configured = is_there(options.dir + "/node.toml");
    if (configured && *configured) {
        const Status home = node::pipeline::check_at_home(options.dir);
        if (!home) return console.fail(home.error());
    }
    const auto own = node::pipeline::node_standing(options.dir);
    if (const auto refused = refuse_unsound(options, own, console)) return *refused;
    if (own && lacks_nothing(*own, options.backup)) {
        return console.fail(Exit::failed, "invalid_argument",
                            options.dir + ": has all blocks of " + options.backup +
                                " and has forgotten nothing; nothing was changed");
    }
    storage::TakenBlocks taken;
    taken.folder = options.backup;
    const auto done = node::pipeline::recover_node(options.dir, taken);
    if (!done && done.error().code == storage::errc::diverged) {
        return console.fail(
            Error{done.error().code, done.error().context + ". What is given up so is said to `" +
                                         shell_command({"node", "recover", "--dir", options.dir,
                                                        "--blocks", options.backup}) +
                                         "`"});
    }
    if (!done) return console.fail(done.error());
    const std::uint64_t added = done->kept.value - done->own_kept.value;
    if (console.json) {
        console.print(boost::json::object{{"dir", options.dir},
                                          {"backup", options.backup},
                                          {"blocks", done->kept.value},
                                          {"added", added},
                                          {"set_aside", done->set_aside}});
        return Exit::ok;
    }
    console.out << options.dir << ": blocks up to " << done->kept.value << ", " << added
                << " of them from " << options.backup << "\n";
    if (!done->set_aside.empty()) console.out << aside_words(done->set_aside) << "\n";
    console.out << "once started it recovers: it gets what is newer from its peers, and counts in "
                   "no quorum until it has it. Where all nodes were restored, those who govern say "
                   "from where it goes on: `tallystick network recover`\n";
    return Exit::ok;
}
#endif

}  // namespace

void add_backup(const Command& program, Session& session) {
#ifdef TALLY_CLI_HAS_PIPELINE
    auto backup = std::make_shared<BackupOptions>();
    backup->target.timeout_s = 30;
    const Command command = add_command(
        program, session, "backup",
        "Copy the committed blocks of a node, running or not, into a folder, and audit the copy; "
        "the same again adds what is new. No keys are in it",
        "  tallystick backup tallystick-net/n1 --to backup\n"
        "  tallystick backup --url http://127.0.0.1:7101 --trust network.pub --to backup");
    command.option("FOLDER", backup->folders,
                   "A network's folder or a node's data folder (default: that of --dir); of "
                   "several the one that has most is copied");
    command.option("--to", backup->to, "Empty, or that of an earlier backup").required();
    command.flag("--no-audit", backup->quick, "Check the chain of blocks only, and replay nothing");
    add_target_options(command, backup->target);
    add_trust_option(command, backup->target);
    on_chosen(command, session, backup, run_backup);

    auto restore = std::make_shared<RestoreOptions>();
    const Command back =
        add_command(program, session, "restore",
                    "Give a node that does not run the blocks of a backup; it starts recovering",
                    "  tallystick restore backup --dir tallystick-net/n1");
    back.option("BACKUP", restore->backup, "Folder that `backup` wrote").required();
    back.option("--dir", restore->dir,
                "The node's folder, with its keys/, node.toml and genesis.bin")
        .required();
    back.flag("--no-audit", restore->quick, "Take the blocks without a replay of the backup");
    on_chosen(back, session, restore, run_restore);
#else
    static_cast<void>(program);
    static_cast<void>(session);
#endif
}

}  // namespace tally::cli
