#include <filesystem>

#include "api/errc.h"
#include "base/wall_clock.h"
#include "book/lines.h"
#include "cli/certification.h"
#include "cli/damaged_retry.h"
#include "cli/drafts.h"
#include "cli/kept_submission.h"
#include "cli/last_words.h"
#include "cli/receipt_view.h"
#include "cli/sender_lock.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/source_lock.h"
#include "cli/target.h"

namespace tally::cli {
namespace {

constexpr std::uint32_t kTimeoutSeconds = 30;
constexpr const char* kCommitted = "committed";

struct Options {
    Target target;
    std::string file;
    std::vector<std::string> keys;
    std::string wait = kCommitted;
    bool atomic = false;
    bool dry_run = false;
    std::string not_after;
};

bool waits_for_certificate(const Options& options) { return options.wait != kCommitted; }

/// Whether the name is in use, also by a link that leads nowhere.
bool is_taken(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() !=
           std::filesystem::file_type::not_found;
}

/// True if nobody can book it any more: a block after its time is sealed. No node's word is taken
/// for a time that was never set, or that has not come.
bool is_over(const PreparedSubmission& prepared, const Error& refusal) {
    const auto& not_after = prepared.header.not_after;
    return client::is(refusal.code, "expired") && not_after.count() != 0 && not_after < wall_now();
}

/// Shows which node of a network's folder is damaged.
std::string status_command(const Target& target) {
    Target place;
    place.dir = target.dir;
    std::vector<std::string> words{"network", "status"};
    const auto folder = target_words_anywhere(place, place.timeout_s);
    words.insert(words.end(), folder.begin(), folder.end());
    return "`" + shell_command(words) + "`";
}

/// One run of the command, from what the file says to what became of it.
class Submitting {
public:
    Submitting(const Options& options, Console& console, const client::NetworkTrust& trust)
        : options_(options), console_(console), trust_(trust) {}

    Exit run();

private:
    Exit submit_drafts(const std::string& text);
    /// What somebody prepared, or kept: it goes out as it is.
    Exit submit_prepared(const std::string& text);
    Exit submit_kept(const std::string& path, const PreparedSubmission& kept);
    /// What was sent from here before, all of it; outcome_unknown for anything less. `drafts`: what
    /// it was made of.
    Result<PreparedSubmission> open_kept(const std::string& path, const std::string& drafts) const;
    /// Nothing if the wish is a new one; else what came of the submission that is kept.
    std::optional<Exit> resume(const Wish& wish, const std::string& path);
    Exit refuse_for(const std::string& path);
    /// The time that is asked for now, if any, is the one that was signed; so many seconds from now
    /// mean a time, and any is one.
    bool is_as_late(const PreparedSubmission& kept) const;
    /// Fails with signatures_missing, and says who signs next.
    Status check_signed(const std::string& path, const PreparedSubmission& prepared) const;
    Exit send(const PreparedSubmission& prepared, const std::string& path, client::Client& client,
              bool fresh);
    Exit report_unknown(const std::string& path, const Error& error) const;
    /// A node said one thing, and a proof that holds shows another.
    Exit report_contradicted(const std::string& path, const Error& error, const std::string& url,
                             const client::Client& client) const;
    Exit report_refused(const std::string& path, const Error& error, bool final) const;
    void print_transactions(const std::vector<ledger::Transaction>& transactions) const;
    /// The command that sends what the file holds.
    std::string command_for(const std::string& path) const {
        return command_for(path, options_.target);
    }
    std::string command_for(const std::string& path, const Target& target) const;
    /// retry_open: another process submits the same source.
    std::optional<Exit> lock(const std::string& source, const std::string& path);
    /// The same command from another folder, for whoever cannot write in this one.
    std::string command_elsewhere() const;
    /// Before a byte goes out.
    Exit keep_and_send(const PreparedSubmission& prepared, const std::string& path,
                       client::Client& client);

    const Options& options_;
    Console& console_;
    const client::NetworkTrust& trust_;
    const ledger::Millis began_ = process_began(wall_now());
    std::optional<SourceLock> lock_;
};

std::string Submitting::command_for(const std::string& path, const Target& target) const {
    std::vector<std::string> words{"submit", absolute_name(path)};
    const auto place = target_words_anywhere(target, kTimeoutSeconds);
    words.insert(words.end(), place.begin(), place.end());
    if (options_.wait != kCommitted) words.insert(words.end(), {"--wait", options_.wait});
    if (console_.json) words.emplace_back("--json");
    return shell_command(words);
}

std::string Submitting::command_elsewhere() const {
    std::vector<std::string> words{"submit", "-"};
    for (const std::string& key : options_.keys) {
        words.insert(words.end(), {"--key", file_anywhere(key)});
    }
    const auto target = target_words_anywhere(options_.target, kTimeoutSeconds);
    words.insert(words.end(), target.begin(), target.end());
    if (options_.wait != kCommitted) words.insert(words.end(), {"--wait", options_.wait});
    if (options_.atomic) words.emplace_back("--atomic");
    if (!options_.not_after.empty()) {
        words.insert(words.end(), {"--not-after", options_.not_after});
    }
    if (console_.json) words.emplace_back("--json");
    return shell_command(words) + from_file(options_.file);
}

/// The fate of what was signed is open: a retry must be the same bytes, for under new ids it could
/// credit twice.
Exit Submitting::report_unknown(const std::string& path, const Error& error) const {
    return console_.fail(
        Error{error.code, error.context + "; what was signed is kept in " + path +
                              ", and sending it again is safe: " + command_for(path)});
}

Exit Submitting::report_contradicted(const std::string& path, const Error& error,
                                     const std::string& url, const client::Client& client) const {
    std::string text = error.context + ", and " + url + ", which answered, lies or is damaged";
    if (options_.target.urls.empty()) text += " (" + status_command(options_.target) + ")";
    Target others = options_.target;
    others.urls.clear();
    for (const std::string& other : client.options().urls) {
        if (other != url) others.urls.push_back(other);
    }
    text += others.urls.empty()
                ? "; what was signed is kept in " + path +
                      ": submit that file to other nodes, named with --url, which is safe"
                : "; ask the others again, which is safe: " + command_for(path, others);
    return console_.fail(Exit::verification_failed, "contradicted", text);
}

std::optional<Exit> Submitting::lock(const std::string& source, const std::string& path) {
    auto taken = SourceLock::take(source, trust_.network, began_);
    if (!taken) return console_.fail(being_sent(taken.error(), path, options_.target));
    lock_.emplace(*std::move(taken));
    return std::nullopt;
}

/// Refused off the record. That says nothing of what was sent before: a node that was stopped may
/// have it in its socket still, and book it whenever it goes on.
Exit Submitting::report_refused(const std::string& path, const Error& error, bool final) const {
    if (!final) {
        return report_unknown(
            path, fail(client::errc::outcome_unknown,
                       "refused this time, " + error.code.message() + ": " + error.context +
                           "; but it was sent before, and what was sent may still be booked"));
    }
    const Status forgotten = forget(path);
    return forgotten ? console_.fail(error) : console_.fail(forgotten.error());
}

Exit Submitting::keep_and_send(const PreparedSubmission& prepared, const std::string& path,
                               client::Client& client) {
    const Status kept = keep(path, prepared, command_elsewhere());
    if (kept) return send(prepared, path, client, true);
    const bool sent = client::is(kept.error().code, "retry_open");
    return console_.fail(sent ? being_sent(kept.error(), path, options_.target) : kept.error());
}

Exit Submitting::send(const PreparedSubmission& prepared, const std::string& path,
                      client::Client& client, bool fresh) {
    const auto alone = SenderLock::take(path);
    if (!alone) {
        const bool sent = client::is(alone.error().code, "retry_open");
        return console_.fail(sent ? being_sent(alone.error(), path, options_.target)
                                  : alone.error());
    }
    const LastWords interrupted(
        "what became of the submission is not known; what was signed is "
        "kept in " +
        path + ", and sending it again is safe: " + command_for(path));
    const auto wait =
        waits_for_certificate(options_) ? client::Wait::certified : client::Wait::committed;
    const auto receipt = client.submit(prepared.submission(), wait);
    if (!receipt && exit_of(receipt.error().code) == Exit::no_quorum) {
        return report_unknown(path, receipt.error());
    }
    if (!receipt) {
        const bool final = fresh || is_over(prepared, receipt.error());
        return report_refused(path, receipt.error(), final);
    }
    std::optional<std::uint64_t> proven;
    std::string unproven;
    if (waits_for_certificate(options_)) {
        // Also where the node that answered has no certificate: it may be the only one without.
        const auto size = proven_size(client, trust_.genesis, *receipt, prepared);
        if (size) proven = *size;
        // What the node said is not shown as if it were so.
        if (!size && client::is(size.error().code, "contradicted")) {
            return report_contradicted(path, size.error(), receipt->url, client);
        }
        if (!size) {
            unproven = (receipt->certified_size
                            ? "that a checkpoint covers it is the node's word: the node says so, "
                              "but "
                            : "no checkpoint that a majority signed covered it in time: ") +
                       size.error().context;
        }
    }
    const auto unshown = proven ? Result<std::set<std::string>>(std::set<std::string>{})
                                : unshown_refusals(client, trust_.genesis, *receipt, prepared);
    if (!unshown) return report_contradicted(path, unshown.error(), receipt->url, client);
    print_receipt(console_, *receipt, prepared,
                  {waits_for_certificate(options_), proven, *unshown});
    if (!console_.json) explain(console_, *receipt, prepared, client);
    if (waits_for_certificate(options_) && !proven) {
        // That node's word, and nothing yet that holds against all nodes.
        return console_.remark(Exit::no_quorum, "not_certified",
                               receipt->url + " says that it is committed in block " +
                                   std::to_string(receipt->block) + ", but " + unproven + "; " +
                                   (options_.target.urls.empty()
                                        ? "look at " + status_command(options_.target) + ", and "
                                        : std::string()) +
                                   "submit the same again to wait for it: " + command_for(path));
    }
    // Whoever cannot be told the outcome does not know it: then the file stays.
    if (!console_.out.flush()) {
        return console_.remark(Exit::failed, "io_failed",
                               "standard output: the outcome could not be written there; submit "
                               "the same again, which is safe: " +
                                   command_for(path));
    }
    const Status forgotten = forget(path);
    if (lock_) lock_->settle();
    if (!forgotten) console_.err << "note: " << forgotten.error().context << "\n";
    return receipt->all_accepted() ? Exit::ok : Exit::failed;
}

void Submitting::print_transactions(const std::vector<ledger::Transaction>& transactions) const {
    boost::json::array list;
    for (const auto& transaction : transactions) list.push_back(api::to_json(transaction));
    console_.print(list);
}

Status Submitting::check_signed(const std::string& path, const PreparedSubmission& prepared) const {
    const auto names = prepared.missing();
    if (names.empty()) return {};
    std::string missing;
    for (const std::string& name : names) missing += " " + name;
    return Error{client::api_code("signatures_missing"),
                 path + ": not signed yet by" + missing + ": " +
                     sign_command(path, names.front(), options_.target)};
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
                             ": what became of an earlier submission of it is not "
                             "known, and that one, kept in " +
                             path +
                             ", is not what is asked for now; nothing was sent. Send the earlier "
                             "one first, and then this one: " +
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
        return console_.fail(
            Error{transactions.error().code, options_.file + ": " + transactions.error().context});
    }
    if (options_.dry_run) {
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

Exit run(const Options& options, Console& console) {
    if (options.dry_run && waits_for_certificate(options)) {
        return console.fail(Exit::usage, "usage",
                            "--wait: --dry-run sends nothing to wait for; leave one out");
    }
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    return Submitting(options, console, *trust).run();
}

}  // namespace

void add_submit(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    options->target.timeout_s = kTimeoutSeconds;
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
