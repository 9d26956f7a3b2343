#include <algorithm>
#include <filesystem>

#include "api/errc.h"
#include "api/ids.h"
#include "api/json_text.h"
#include "book/columns.h"
#include "book/lines.h"
#include "book/signing.h"
#include "cli/answer.h"
#include "cli/certification.h"
#include "cli/drafts.h"
#include "cli/kept_submission.h"
#include "cli/last_words.h"
#include "cli/session.h"
#include "cli/shell.h"
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

const char* certified_words(const Options& options) {
    return waits_for_certificate(options) ? "NOT YET: nothing proved it in time"
                                          : "not awaited (--wait certified)";
}

/// Why it was refused, and what helps; that it was on record.
std::string note_of(const client::SubmittedTransaction& one,
                    const ledger::Transaction* transaction) {
    std::string note;
    if (const auto outcome = book::outcome_from_code(one.outcome); outcome && !one.accepted()) {
        note = ledger::outcome_text(*outcome);
        if (*outcome == ledger::Outcome::role_missing && transaction != nullptr) {
            note += ": " + book::who_signs(transaction->body);
        }
    }
    if (!one.repeated) return note;
    note += (note.empty() ? "" : "; ") + std::string("on record before, the first outcome stands");
    if (one.accepted()) return note;
    return note + ": to try anew, give it another id, or none for a new one";
}

/// As the node answered it, but that only what was proven is called certified.
void print_receipt_json(Console& console, const client::Receipt& receipt,
                        std::optional<std::uint64_t> proven) {
    const auto answered = api::json_object_from_text(receipt.json);
    if (!answered) return;  // it was read as one before
    boost::json::object shown;
    for (const auto& [name, member] : *answered) {
        if (name != "certified_size") shown[name] = member;
    }
    if (proven) shown["certified_size"] = *proven;
    console.print(shown);
}

void print_receipt(const Options& options, Console& console, const client::Receipt& receipt,
                   const PreparedSubmission& prepared, std::optional<std::uint64_t> proven) {
    if (console.json) return print_receipt_json(console, receipt, proven);
    print_fields(
        console.out,
        {{"block", std::to_string(receipt.block) + " at " + receipt.block_time},
         {"signed", "header at entry " + std::to_string(receipt.header_entry)},
         {"certified", proven ? "by the checkpoint of " + std::to_string(*proven) + " entries"
                              : certified_words(options)}});
    Table table({"id", "type", "outcome", ">entry", "note"});
    for (std::size_t i = 0; i < receipt.transactions.size(); ++i) {
        const auto& one = receipt.transactions[i];
        const auto& transactions = prepared.transactions;
        const auto* transaction = i < transactions.size() ? &transactions[i] : nullptr;
        const std::string type =
            transaction != nullptr ? std::string(ledger::type_name(transaction->body)) : "";
        table.add(
            {one.id, type, one.outcome, std::to_string(one.entry), note_of(one, transaction)});
    }
    table.print(console.out);
}

/// The rates of a product, beside what a purchase asked for.
void print_offer(Console& console, const boost::json::object& product,
                 const ledger::Capture& capture) {
    console.out << "asked for: " << capture.schedule.size() << " periods, "
                << percent(capture.rate_ppm) << "; product " << api::id_text(capture.product)
                << " offers\n";
    Table offers({">band", ">periods", ">rate"});
    for (const auto& element : array_at(product, "terms")) {
        if (!element.is_object()) continue;
        const auto& term = element.get_object();
        offers.add({std::to_string(integer_at(term, "band")),
                    std::to_string(integer_at(term, "periods")),
                    percent(integer_at(term, "rate_ppm"))});
    }
    offers.print(console.out);
}

/// What stands behind a refusal that its text alone does not tell.
void explain(Console& console, const client::Receipt& receipt, const PreparedSubmission& prepared,
             client::Client& client) {
    const std::size_t count = std::min(receipt.transactions.size(), prepared.transactions.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto* capture = std::get_if<ledger::Capture>(&prepared.transactions[i].body);
        if (capture == nullptr || receipt.transactions[i].outcome != "rate_differs") continue;
        const auto answer = client.get("/v1/products/" + api::id_text(capture->product));
        if (!answer) continue;
        const auto document = parse_object(*answer);
        if (document) print_offer(console, *document, *capture);
    }
}

/// One run of the command, from what the file says to what became of it.
class Submitting {
public:
    Submitting(const Options& options, Console& console, const client::NetworkTrust& trust)
        : options_(options), console_(console), trust_(trust) {}

    Exit run();

private:
    Exit submit_drafts(const std::string& text);
    Exit submit_file(const std::string& path, const std::string& text);
    /// Nothing if the wish is a new one; else what came of the submission that is kept.
    std::optional<Exit> resume(const Wish& wish, const std::string& path);
    Exit refuse_for(const std::string& path);
    Exit send(const PreparedSubmission& prepared, const std::string& path, client::Client& client,
              bool fresh);
    Exit report_unknown(const std::string& path, const Error& error) const;
    Exit report_unsent(const std::string& path, const Error& error, bool fresh,
                       const PreparedSubmission& prepared) const;
    void print_transactions(const std::vector<ledger::Transaction>& transactions) const;
    KeptAdvice advice_on(const std::string& path, const std::string& text) const;
    /// The command that sends what the file holds.
    std::string command_for(const std::string& path) const;

    const Options& options_;
    Console& console_;
    const client::NetworkTrust& trust_;
};

std::string Submitting::command_for(const std::string& path) const {
    std::vector<std::string> words{"submit", path};
    const auto target = target_words(options_.target, kTimeoutSeconds);
    words.insert(words.end(), target.begin(), target.end());
    if (options_.wait != kCommitted) words.insert(words.end(), {"--wait", options_.wait});
    if (console_.json) words.emplace_back("--json");
    return shell_command(words);
}

/// A file that was altered does not say any more what was sent, so only the submitter's history
/// does.
KeptAdvice Submitting::advice_on(const std::string& path, const std::string& text) const {
    const std::string remove = "`rm " + shell_word(path) + "`";
    KeptAdvice advice{
        .cut =
            "; a submission is sent only after it is whole in its file, and this one was cut "
            "off, so nothing was sent from it: remove it with " +
            remove + " and submit again",
        .altered =
            "; the file was altered since it was kept, so nothing is sent from it, but what "
            "it held may be on record"};
    const auto document = api::json_object_from_text(text);
    const auto* signers = document ? document->if_contains("signers") : nullptr;
    const bool listed = signers != nullptr && signers->is_array() &&
                        !signers->get_array().empty() && signers->get_array().front().is_object();
    const std::string member =
        listed ? text_at(signers->get_array().front().get_object(), "member") : std::string();
    if (member.empty()) return advice;
    std::vector<std::string> look{"member", member};
    const auto target = target_words(options_.target, kTimeoutSeconds);
    look.insert(look.end(), target.begin(), target.end());
    advice.altered += ": see what the submitter has sent with `" + shell_command(look) +
                      "`. If it is not there a minute from now, it never will be: then remove the "
                      "file with " +
                      remove + " and submit again";
    return advice;
}

/// The fate of what was signed is open: a retry must be the same bytes, for under new ids it could
/// credit twice.
Exit Submitting::report_unknown(const std::string& path, const Error& error) const {
    return console_.fail(
        Error{error.code, error.context + "; what was signed is kept in " + path +
                              ", and sending it again is safe: " + command_for(path)});
}

/// Refused off the record. What was sent before may still be on its way.
Exit Submitting::report_unsent(const std::string& path, const Error& error, bool fresh,
                               const PreparedSubmission& prepared) const {
    if (!is_kept_path(path)) return console_.fail(error);
    // Once a block after its time is sealed, nobody can book it any more.
    if (fresh || client::is(error.code, "expired")) {
        const Status forgotten = forget(path);
        return forgotten ? console_.fail(error) : console_.fail(forgotten.error());
    }
    std::vector<std::string> look{"transaction", api::id_text(prepared.transactions.front().id),
                                  "--member", prepared.signers.front().member};
    const auto target = target_words(options_.target, kTimeoutSeconds);
    look.insert(look.end(), target.begin(), target.end());
    return console_.fail(Error{error.code, error.context + "; " + path +
                                               " is kept. If it is not on record a minute from "
                                               "now, it never will be, and may be removed: " +
                                               shell_command(look)});
}

Exit Submitting::send(const PreparedSubmission& prepared, const std::string& path,
                      client::Client& client, bool fresh) {
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
    if (!receipt) return report_unsent(path, receipt.error(), fresh, prepared);
    std::optional<std::uint64_t> proven;
    std::string unproven = "no checkpoint that a majority signed covered it in time";
    if (waits_for_certificate(options_) && receipt->certified_size) {
        const auto size = proven_size(client, trust_.genesis, *receipt, prepared);
        if (size) proven = *size;
        if (!size)
            unproven = "that a checkpoint covers it is the node's word: the node says so, but " +
                       size.error().context;
    }
    print_receipt(options_, console_, *receipt, prepared, proven);
    if (!console_.json) explain(console_, *receipt, prepared, client);
    if (waits_for_certificate(options_) && !proven) {
        // On record, as the receipt says; but nothing yet that holds against all nodes.
        return console_.remark(
            Exit::no_quorum, "not_certified",
            "committed in block " + std::to_string(receipt->block) + ", but " + unproven +
                "; look at `tallystick network status`, and submit the same again to wait for "
                "it: " +
                command_for(path));
    }
    // Whoever cannot be told the outcome does not know it: then the file stays.
    if (!console_.out.flush()) {
        return console_.remark(Exit::failed, "io_failed",
                               "standard output: the outcome could not be written there; submit "
                               "the same again, which is safe: " +
                                   command_for(path));
    }
    if (is_kept_path(path)) {
        const Status forgotten = forget(path);
        if (!forgotten) console_.err << "note: " << forgotten.error().context << "\n";
    }
    return receipt->all_accepted() ? Exit::ok : Exit::failed;
}

void Submitting::print_transactions(const std::vector<ledger::Transaction>& transactions) const {
    boost::json::array list;
    for (const auto& transaction : transactions) list.push_back(api::to_json(transaction));
    console_.print(list);
}

/// A submission that is whole, or should be: members have signed it (cli/sign.cpp), or it was kept.
Exit Submitting::submit_file(const std::string& path, const std::string& text) {
    const auto prepared = read_kept(path, text, trust_.genesis, advice_on(path, text));
    if (!prepared) return console_.fail(prepared.error());
    if (path != options_.file) {
        console_.err << "note: what became of an earlier submission of " << options_.file
                     << " is not known; it " << (options_.dry_run ? "would go out" : "goes out")
                     << " once more as it is in " << path << ", " << signed_as(*prepared) << "\n";
    }
    if (options_.dry_run) {
        print_transactions(prepared->transactions);
        return Exit::ok;
    }
    std::string missing;
    for (const std::string& name : prepared->missing()) missing += " " + name;
    if (!missing.empty()) {
        return console_.fail(Exit::failed, "signatures_missing",
                             path + ": not signed yet by" + missing + ": " +
                                 sign_command(path, prepared->missing().front(), options_.target));
    }
    auto client = connect(options_.target);
    if (!client) return console_.fail(client.error());
    return send(*prepared, path, *client, false);
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

std::optional<Exit> Submitting::resume(const Wish& wish, const std::string& path) {
    const std::string source = kept_source(options_.file, wish.drafts);
    bool found = false;
    for (const std::string& other : kept_paths(source, trust_.network)) {
        if (std::filesystem::path(other).filename() == std::filesystem::path(path).filename()) {
            found = true;
        } else {
            return refuse_for(other);
        }
    }
    if (!found) return std::nullopt;
    const auto text = read_text(path);
    if (!text) return console_.fail(text.error());
    const auto kept = read_kept(path, *text, trust_.genesis, advice_on(path, *text));
    if (!kept) return console_.fail(kept.error());
    if (!grants(*kept, wish, trust_.genesis)) return refuse_for(path);
    return submit_file(path, *text);
}

Exit Submitting::submit_drafts(const std::string& text) {
    const auto not_after = not_after_of(options_.not_after);
    if (!not_after) return console_.fail(not_after.error());
    const auto signers = load_signers(options_.keys, options_.target, trust_.genesis);
    if (!signers) return console_.fail(signers.error());
    Wish wish{.drafts = text, .keys = {}, .atomic = options_.atomic};
    for (const Signer& signer : *signers) wish.keys.push_back(signer.key.public_key());
    const std::string path = kept_path(kept_source(options_.file, text), trust_.network, wish);
    if (const auto resumed = resume(wish, path)) return *resumed;
    auto client = connect(options_.target);
    if (!client) return console_.fail(client.error());
    book::Signers listed;
    std::vector<std::string> names;
    for (const Signer& signer : *signers) {
        listed.push_back({signer.member, signer.key.public_key()});
        names.push_back(signer.key_name);
    }
    auto transactions = complete_transactions(text, trust_.genesis, *client, listed);
    if (!transactions) {
        return console_.fail(
            Error{transactions.error().code, options_.file + ": " + transactions.error().context});
    }
    if (options_.dry_run) {
        print_transactions(*transactions);
        return Exit::ok;
    }
    auto prepared = prepare_submission(trust_.genesis, names, std::move(*transactions),
                                       options_.atomic, *not_after);
    if (!prepared) return console_.fail(prepared.error());
    for (const Signer& signer : *signers) {
        if (const Status added = add_signature(*prepared, signer.key); !added) {
            return console_.fail(added.error());
        }
    }
    if (const Status kept = keep(path, *prepared); !kept) return console_.fail(kept.error());
    return send(*prepared, path, *client, true);
}

Exit Submitting::run() {
    const auto read = read_text(options_.file);
    if (!read) return console_.fail(read.error());
    const std::string text(book::without_byte_order_mark(*read));
    if (is_kept_path(options_.file) || is_submission_file(text)) {
        if (!options_.keys.empty() || options_.atomic || !options_.not_after.empty()) {
            return console_.fail(Exit::usage, "usage",
                                 options_.file +
                                     ": what was prepared is submitted as it is; `tallystick "
                                     "sign` adds signatures");
        }
        return submit_file(options_.file, text);
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
                   "Refuse it after this time: RFC 3339, or +SECONDS");
    command.flag("--dry-run", options->dry_run,
                 "Print the transactions as they would be signed, send nothing");
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
