#include <filesystem>

#include "api/errc.h"
#include "book/lines.h"
#include "cli/damaged_retry.h"
#include "cli/drafts.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/submitting.h"

// What is to be sent: drafts made whole and signed, what somebody prepared, or what was kept.

namespace tally::cli {
namespace {

/// Whether the name is in use, also by a link that leads nowhere.
bool is_taken(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() !=
           std::filesystem::file_type::not_found;
}

}  // namespace

std::optional<Exit> Submitting::lock(const std::string& source, const std::string& path) {
    auto taken = SourceLock::take(source, trust_.network, began_);
    if (!taken) return console_.fail(being_sent(taken.error(), path, options_.target));
    lock_.emplace(*std::move(taken));
    return std::nullopt;
}

void Submitting::print_transactions(const std::vector<ledger::Transaction>& transactions) const {
    boost::json::array list;
    for (const auto& transaction : transactions) list.push_back(api::to_json(transaction));
    console_.print(list);
}

Status Submitting::check_signed(const std::string& path, const PreparedSubmission& prepared) const {
    const ListedSigner* first = prepared.first_missing();
    if (first == nullptr) return {};
    std::string missing;
    for (const std::string& name : prepared.missing()) {
        missing += (missing.empty() ? "" : ", ") + name;
    }
    return Error{client::api_code("signatures_missing"),
                 path + ": not signed yet by " + missing + ": " +
                     sign_command(path, *first, options_.target)};
}

Result<PreparedSubmission> Submitting::open_kept(const std::string& path,
                                                 const std::string& drafts) const {
    return cli::open_kept({.path = path, .text = {}, .drafts = drafts, .import = {}},
                          trust_.genesis, options_.target);
}

Exit Submitting::submit_kept(const std::string& path, const PreparedSubmission& kept) {
    if (path != options_.file) {
        console_.err << "note: what became of an earlier submission of " << options_.file
                     << " is not known; it " << (options_.dry_run ? "would go out" : "goes out")
                     << " once more as it is in " << path << ", " << signed_as(kept) << "\n";
    }
    if (options_.dry_run) {
        print_transactions(kept.transactions);
        return Exit::ok;
    }
    auto client = connect(options_.target);
    if (!client) return console_.fail(client.error());
    return send(kept, path, *client, false);
}

/// Members have signed it (cli/sign.cpp), or should have. The copy that is kept beside it says that
/// it was sent, to whoever submits it again.
Exit Submitting::submit_prepared(const std::string& text) {
    const auto prepared = read_kept(options_.file, text, trust_.genesis);
    if (!prepared) return console_.fail(prepared.error());
    const std::string path = kept_path(kept_source(options_.file, text), trust_.network);
    if (is_taken(path)) {
        const auto kept = open_kept(path, {});
        if (!kept) return console_.fail(kept.error());
        if (kept->header_bytes != prepared->header_bytes) return refuse_for(path);
        return submit_kept(path, *kept);
    }
    if (options_.dry_run) {
        print_transactions(prepared->transactions);
        return Exit::ok;
    }
    const Status whole = check_signed(options_.file, *prepared);
    if (!whole) return console_.fail(whole.error());
    auto client = connect(options_.target);
    if (!client) return console_.fail(client.error());
    return keep_and_send(*prepared, path, *client);
}

/// An earlier submission of the same file asked for something else, and its outcome is open. It
/// must not go out in the name of this one, nor be left behind unseen.
Exit Submitting::refuse_for(const std::string& path) {
    return console_.fail(Exit::no_quorum, "retry_open",
                         options_.file +
                             ": what became of an earlier submission of it, or of a file that "
                             "held the same, is not known, and that one, kept in " +
                             path +
                             ", is not what is asked for now; nothing was sent. Send the earlier "
                             "one first, and then this one if it is another wish: " +
                             command_for(path));
}

bool Submitting::is_as_late(const PreparedSubmission& kept) const {
    const auto& signed_time = kept.header.not_after;
    if (options_.not_after.empty()) return true;
    if (options_.not_after.starts_with('+')) return signed_time.count() != 0;
    const auto asked = not_after_of(options_.not_after);
    return asked && *asked == signed_time;
}

std::optional<Exit> Submitting::resume(const Wish& wish, const std::string& path) {
    const std::string source = kept_source(options_.file, wish.drafts);
    const LeftBeside left = left_beside(source, trust_.network, path);
    if (left.other) return refuse_for(*left.other);
    if (!left.own) return std::nullopt;
    const auto kept = open_kept(path, wish.drafts);
    if (!kept) return console_.fail(kept.error());
    if (!grants(*kept, wish, trust_.genesis) || !is_as_late(*kept)) return refuse_for(path);
    return submit_kept(path, *kept);
}

Exit Submitting::submit_drafts(const std::string& text) {
    const auto not_after = not_after_of(options_.not_after);
    if (!not_after) return console_.fail(not_after.error());
    const auto signers = load_signers(options_.keys, options_.target, trust_.genesis);
    if (!signers) return console_.fail(signers.error());
    Wish wish{.drafts = text, .keys = {}, .atomic = options_.atomic};
    for (const Signer& signer : *signers) wish.keys.push_back(signer.key.public_key());
    const std::string path = kept_path(kept_source(options_.file, text), trust_.network, wish);
    if (!options_.dry_run) {
        if (const auto busy = lock(kept_source(options_.file, text), path)) return *busy;
    }
    if (const auto resumed = resume(wish, path)) return *resumed;
    auto client = connect(options_.target);
    if (!client) return console_.fail(client.error());
    book::Signers listed;
    for (const Signer& signer : *signers) {
        listed.push_back({signer.member, signer.key.public_key()});
    }
    auto transactions = complete_transactions(
        text, trust_.genesis, *client, listed,
        [this](const std::string& sentence) { console_.err << "note: " << sentence << "\n"; });
    if (!transactions) {
        const Error& error = transactions.error();
        const bool nobody = exit_of(error.code) == Exit::no_quorum;
        return console_.fail(Error{error.code, options_.file + ": " + error.context +
                                                   (nobody ? "; nothing was sent" : "")});
    }
    if (options_.dry_run) {
        const Status twins = options_.atomic ? refuse_twins(*transactions) : Status();
        if (!twins) return console_.fail(twins.error());
        print_transactions(*transactions);
        return Exit::ok;
    }
    auto prepared = prepare_submission(trust_.genesis, listed, std::move(*transactions),
                                       options_.atomic, *not_after);
    if (!prepared) return console_.fail(prepared.error());
    for (const Signer& signer : *signers) {
        if (const Status added = add_signature(*prepared, signer.key); !added) {
            return console_.fail(added.error());
        }
    }
    return keep_and_send(*prepared, path, *client);
}

Exit Submitting::run() {
    const bool kept = is_kept_path(options_.file) && is_taken(options_.file);
    const auto read = kept ? Result<std::string>(std::string()) : read_text(options_.file);
    if (!read) return console_.fail(read.error());
    const std::string text(book::without_byte_order_mark(*read));
    if (kept || is_submission_file(text)) {
        if (!options_.keys.empty() || options_.atomic || !options_.not_after.empty()) {
            return console_.fail(Exit::usage, "usage",
                                 options_.file +
                                     ": what was prepared is submitted as it is; `tallystick "
                                     "sign` adds signatures");
        }
        if (!kept) return submit_prepared(text);
        if (!options_.dry_run) {
            if (const auto busy = lock(source_of(options_.file), options_.file)) return *busy;
        }
        const auto sent = open_kept(options_.file, {});
        return sent ? submit_kept(options_.file, *sent) : console_.fail(sent.error());
    }
    if (options_.keys.empty()) {
        return console_.fail(Exit::usage, "usage",
                             options_.file +
                                 ": --key is required, but for a file that "
                                 "`tallystick prepare` wrote");
    }
    return submit_drafts(text);
}

namespace {

Exit run(const SubmitOptions& options, Console& console) {
    if (options.dry_run && options.waits_for_certificate()) {
        return console.fail(Exit::usage, "usage",
                            "--wait: --dry-run sends nothing to wait for; leave one out");
    }
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    return Submitting(options, console, *trust).run();
}

}  // namespace

void add_submit(const Command& program, Session& session) {
    auto options = std::make_shared<SubmitOptions>();
    options->target.timeout_s = kSubmitTimeoutSeconds;
    const Command command = add_command(
        program, session, "submit", "Sign transactions and submit them (JSON, docs/CLI.md)",
        "  tallystick submit grant.json --key lender\n"
        "  tallystick submit purchase.tally    # prepared and signed\n"
        "  tallystick submit purchase.json --key lender --key funder --wait certified");
    command
        .option("FILE", options->file,
                "One transaction or a list, or what was prepared and signed; - is standard input")
        .required();
    command.option("--key", options->keys,
                   "Key file or member that signs; the first one is the submitter");
    command.option("--wait", options->wait, "committed, or certified by a checkpoint")
        .one_of({"committed", "certified"})
        .show_default();
    command.flag("--atomic", options->atomic, "All transactions or none");
    command.option("--not-after", options->not_after,
                   "Refuse it after this time: 2025-01-31T08:30:00.000Z (UTC), or +SECONDS");
    command.flag("--dry-run", options->dry_run,
                 "Print the transactions as they would be signed, send nothing");
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
