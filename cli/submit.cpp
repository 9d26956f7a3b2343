#include <fstream>

#include "api/errc.h"
#include "cli/drafts.h"
#include "cli/session.h"
#include "cli/submission_file.h"
#include "cli/target.h"

namespace tally::cli {
namespace {

struct Options {
    Target target;
    std::string file;
    std::vector<std::string> keys;
    std::string wait = "committed";
    bool atomic = false;
    bool dry_run = false;
    std::string not_after;
};

bool waits_for_certificate(const Options& options) { return options.wait == "certified"; }

const char* certified_words(const Options& options) {
    return waits_for_certificate(options) ? "NOT YET: no checkpoint covered it in time"
                                          : "not awaited (--wait certified)";
}

void print_receipt(const Options& options, Console& console, const client::Receipt& receipt,
                   const std::vector<ledger::Transaction>& transactions) {
    if (console.json) {
        std::string_view text = receipt.json;
        while (text.ends_with('\n')) text.remove_suffix(1);
        console.out << text << "\n";
        return;
    }
    print_fields(console.out,
                 {{"block", std::to_string(receipt.block) + " at " + receipt.block_time},
                  {"signed", "header at entry " + std::to_string(receipt.header_entry)},
                  {"certified", receipt.certified_size
                                    ? "by the checkpoint of " +
                                          std::to_string(*receipt.certified_size) + " entries"
                                    : certified_words(options)}});
    Table table({"id", "type", "outcome", ">entry", "note"});
    for (std::size_t i = 0; i < receipt.transactions.size(); ++i) {
        const auto& one = receipt.transactions[i];
        const std::string type =
            i < transactions.size() ? std::string(ledger::type_name(transactions[i].body)) : "";
        table.add({one.id, type, one.outcome, std::to_string(one.entry),
                   one.repeated ? "on record before, the first outcome stands" : ""});
    }
    table.print(console.out);
}

/// The fate of ids that were made here is open, so they are kept: a retry under new ones could
/// credit twice.
Exit report_unknown(const Options& options, Console& console, const Error& error,
                    const std::vector<ledger::Transaction>& transactions) {
    const std::string path = (options.file == "-" ? "submission" : options.file) + ".retry.json";
    boost::json::array list;
    for (const auto& transaction : transactions) list.push_back(api::to_json(transaction));
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << list << "\n";
    if (!file.flush()) {
        console.print(list);
        return console.fail(Error{error.code, error.context + "; retry with the ids above"});
    }
    std::string command = "tallystick submit " + path;
    for (const std::string& key : options.keys) command += " --key " + key;
    return console.fail(
        Error{error.code,
              error.context + "; retry with the same ids, which are in " + path + ": " + command});
}

/// What to do with a submission that is whole.
Exit send(const Options& options, Console& console, client::Client& client,
          const ledger::Submission& submission,
          const std::vector<ledger::Transaction>& transactions) {
    const auto wait =
        waits_for_certificate(options) ? client::Wait::certified : client::Wait::committed;
    const auto receipt = client.submit(submission, wait);
    if (!receipt && exit_of(receipt.error().code) == Exit::no_quorum && !options.keys.empty()) {
        return report_unknown(options, console, receipt.error(), transactions);
    }
    if (!receipt) return console.fail(receipt.error());
    print_receipt(options, console, *receipt, transactions);
    if (waits_for_certificate(options) && !receipt->certified_size) {
        // On record, as the receipt says; but nothing yet that holds against all nodes.
        return console.remark(
            Exit::no_quorum, "not_certified",
            "committed in block " + std::to_string(receipt->block) +
                ", but no checkpoint that a majority signed covered it in time; look at "
                "`tallystick network status`, and submit the same again to wait for one");
    }
    return receipt->all_accepted() ? Exit::ok : Exit::failed;
}

void print_transactions(Console& console, const std::vector<ledger::Transaction>& transactions) {
    boost::json::array list;
    for (const auto& transaction : transactions) list.push_back(api::to_json(transaction));
    console.print(list);
}

/// A file that members have signed (cli/sign.cpp).
Exit submit_prepared(const Options& options, Console& console, const client::NetworkTrust& trust,
                     const std::string& text) {
    if (!options.keys.empty() || options.atomic || !options.not_after.empty()) {
        return console.fail(Exit::usage, "usage",
                            options.file +
                                ": what was prepared is submitted as it is; `tallystick sign` "
                                "adds signatures");
    }
    const auto prepared = read_submission_file(text, trust.genesis);
    if (!prepared) {
        return console.fail(
            Error{prepared.error().code, options.file + ": " + prepared.error().context});
    }
    if (options.dry_run) {
        print_transactions(console, prepared->transactions);
        return Exit::ok;
    }
    std::string missing;
    for (const std::string& name : prepared->missing()) missing += " " + name;
    if (!missing.empty()) {
        return console.fail(Exit::failed, "signatures_missing",
                            options.file + ": not signed yet by" + missing + ": tallystick sign " +
                                options.file + " --key " + prepared->missing().front());
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    return send(options, console, *client, prepared->submission(), prepared->transactions);
}

Exit submit_drafts(const Options& options, Console& console, const client::NetworkTrust& trust,
                   const std::string& text) {
    const auto not_after = not_after_of(options.not_after);
    if (!not_after) return console.fail(not_after.error());
    const auto signers = load_signers(options.keys, options.target, trust.genesis);
    if (!signers) return console.fail(signers.error());
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    book::Signers listed;
    for (const Signer& signer : *signers)
        listed.push_back({signer.member, signer.key.public_key()});
    const auto transactions = complete_transactions(text, trust.genesis, *client, listed);
    if (!transactions) {
        return console.fail(
            Error{transactions.error().code, options.file + ": " + transactions.error().context});
    }
    if (options.dry_run) {
        print_transactions(console, *transactions);
        return Exit::ok;
    }
    std::vector<Bytes> encoded;
    for (const auto& transaction : *transactions) {
        encoded.push_back(ledger::encode_transaction(transaction));
    }
    const auto submission = ledger::sign_submission(trust.network, encoded, signing_keys(*signers),
                                                    options.atomic, *not_after);
    return send(options, console, *client, submission, *transactions);
}

Exit run(const Options& options, Console& console) {
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto text = read_text(options.file);
    if (!text) return console.fail(text.error());
    if (is_submission_file(*text)) return submit_prepared(options, console, *trust, *text);
    if (options.keys.empty()) {
        return console.fail(Exit::usage, "usage",
                            options.file +
                                ": --key is required, but for a file that "
                                "`tallystick prepare` wrote");
    }
    return submit_drafts(options, console, *trust, *text);
}

}  // namespace

void add_submit(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    options->target.timeout_s = 30;
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
