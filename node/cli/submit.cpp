#include <charconv>
#include <chrono>
#include <fstream>

#include "node/cli/drafts.h"
#include "node/cli/session.h"
#include "node/cli/target.h"
#include "node/errc.h"
#include "node/json/times.h"
#include "node/wall_clock.h"

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

/// A time in RFC 3339, or so many seconds from now: `+30`.
Result<ledger::Millis> not_after_of(const std::string& text) {
    if (text.empty()) return ledger::Millis{0};
    if (text.front() == '+') {
        std::int64_t seconds = 0;
        const auto [end, error] =
            std::from_chars(text.data() + 1, text.data() + text.size(), seconds);
        if (error == std::errc{} && end == text.data() + text.size() && seconds > 0 &&
            seconds <= 1'000'000'000) {
            return node::wall_now() + std::chrono::seconds(seconds);
        }
    } else if (const auto time = node::time_from_text(text)) {
        return *time;
    }
    return fail(
        node::errc::invalid_argument,
        "--not-after " + text + ": write 2025-01-31T08:30:00.000Z, or +30 for 30 seconds from now");
}

void print_receipt(Console& console, const client::Receipt& receipt,
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
                                    : "not awaited (--wait certified)"}});
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
    for (const auto& transaction : transactions) list.push_back(node::to_json(transaction));
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

Exit run(const Options& options, Console& console) {
    const auto not_after = not_after_of(options.not_after);
    if (!not_after) return console.fail(not_after.error());
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto signers = load_signers(options.keys, options.target, trust->genesis);
    if (!signers) return console.fail(signers.error());
    const auto text = read_text(options.file);
    if (!text) return console.fail(text.error());
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    const auto transactions = complete_transactions(*text, trust->genesis, *client);
    if (!transactions) {
        return console.fail(
            Error{transactions.error().code, options.file + ": " + transactions.error().context});
    }
    if (options.dry_run) {
        boost::json::array list;
        for (const auto& transaction : *transactions) list.push_back(node::to_json(transaction));
        console.print(list);
        return Exit::ok;
    }
    std::vector<Bytes> encoded;
    for (const auto& transaction : *transactions) {
        encoded.push_back(ledger::encode_transaction(transaction));
    }
    const auto submission = ledger::sign_submission(trust->network, encoded, signing_keys(*signers),
                                                    options.atomic, *not_after);
    const auto receipt =
        client->submit(submission, options.wait == "certified" ? client::Wait::certified
                                                               : client::Wait::committed);
    if (!receipt && exit_of(receipt.error().code) == Exit::no_quorum) {
        return report_unknown(options, console, receipt.error(), *transactions);
    }
    if (!receipt) return console.fail(receipt.error());
    print_receipt(console, *receipt, *transactions);
    return receipt->all_accepted() ? Exit::ok : Exit::failed;
}

}  // namespace

void add_submit(CLI::App& program, Session& session) {
    auto options = std::make_shared<Options>();
    options->target.timeout_s = 30;
    CLI::App* command = add_command(
        program, session, "submit", "Sign transactions and submit them (JSON, docs/CLI.md)",
        "  tallystick submit grant.json --key lender\n"
        "  tallystick submit purchase.json --key lender --key funder --wait certified");
    command->add_option("FILE", options->file, "One transaction or a list; - is standard input")
        ->required();
    command
        ->add_option("--key", options->keys,
                     "Key file or member that signs; the first one is the submitter")
        ->required();
    command->add_option("--wait", options->wait, "committed, or certified by a checkpoint")
        ->check(CLI::IsMember({"committed", "certified"}))
        ->capture_default_str();
    command->add_flag("--atomic", options->atomic, "All transactions or none");
    command->add_option("--not-after", options->not_after,
                        "Refuse it after this time: RFC 3339, or +SECONDS");
    command->add_flag("--dry-run", options->dry_run,
                      "Print the transactions as they would be signed, send nothing");
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
