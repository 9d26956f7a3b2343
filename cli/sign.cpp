#include <algorithm>

#include "api/errc.h"
#include "api/ids.h"
#include "api/times.h"
#include "book/lines.h"
#include "cli/answer.h"
#include "cli/confirm.h"
#include "cli/directory.h"
#include "cli/drafts.h"
#include "cli/kept_submission.h"
#include "cli/readable.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/submission_file.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "client/errors.h"

// Members that do not share a machine sign one after the other: one prepares the submission, each
// looks at it and adds a signature, anybody submits it.

namespace tally::cli {
namespace {

struct Options {
    Target target;
    std::string file;
    std::string out;
    std::vector<std::string> names;  // signers to list, or keys to sign with
    bool atomic = false;
    std::string not_after;
    bool show = false;
    bool yes = false;
};

/// The one currency that the file itself names. Nobody is asked: of what only a network knows, the
/// amounts are shown in minor units.
std::string currency_of(const PreparedSubmission& prepared) {
    std::string currency;
    for (const auto& transaction : prepared.transactions) {
        const std::string named = text_at(api::to_json(transaction), "currency");
        if (!named.empty() && !currency.empty() && named != currency) return {};
        if (!named.empty()) currency = named;
    }
    return currency;
}

/// What one signs: who submits, to which network, and every transaction in full.
void show(Console& console, const PreparedSubmission& prepared, const ledger::Genesis& genesis) {
    const auto& header = prepared.header;
    std::string signers;
    for (const ListedSigner& listed : prepared.signers) {
        signers +=
            (signers.empty() ? "" : ", ") + listed.key_name + (listed.signature ? " (signed)" : "");
    }
    print_fields(console.out,
                 {{"network", genesis.name + ", " + genesis.origin()},
                  {"submitter", prepared.signers.front().member},
                  {"signers", signers},
                  {"atomic", header.atomic ? "yes: all transactions or none" : "no"},
                  {"not after",
                   header.not_after.count() == 0 ? "no limit" : api::time_text(header.not_after)}});
    const Reading reading{currency_of(prepared), member_names(genesis)};
    for (std::size_t i = 0; i < prepared.transactions.size(); ++i) {
        console.out << "transaction " << i + 1 << "\n";
        print_fields(console.out,
                     readable_fields(api::to_json(prepared.transactions[i]), reading, "  "));
    }
}

/// With those who joined later, if the genesis does not have all these keys.
ledger::Genesis knowing_all(const ledger::Genesis& genesis, const std::vector<std::string>& names,
                            const Target& target) {
    const bool known = std::ranges::all_of(names, [&genesis](const std::string& name) {
        return network::named_key(genesis, name).has_value();
    });
    if (known) return genesis;
    auto grown = with_later_members(target, genesis);
    return grown ? *std::move(grown) : genesis;
}

/// What a signer is called: one whose key came later by its member, as far as `known` has it.
std::string name_of(const ListedSigner& listed, const ledger::Genesis& known) {
    if (listed.is_named) return listed.key_name;
    for (const auto& named : network::named_keys(known)) {
        const bool same =
            named.member->id == listed.signer.member && named.key == listed.signer.key;
        if (same) return named.name + " (" + listed.key_name + ")";
    }
    return listed.key_name + " of " + api::id_text(listed.signer.member);
}

/// `known`: the genesis, with later members where they were asked for.
void report(Console& console, const Options& options, const std::string& path,
            const PreparedSubmission& prepared, const ledger::Genesis& known) {
    std::vector<std::string> missing;
    for (const ListedSigner& listed : prepared.signers) {
        if (!listed.signature) missing.push_back(name_of(listed, known));
    }
    const ListedSigner* first = prepared.first_missing();
    if (console.json) {
        boost::json::array names;
        for (const std::string& name : prepared.missing()) names.emplace_back(name);
        console.print(boost::json::object{{"file", path}, {"missing", std::move(names)}});
        return;
    }
    std::vector<std::string> submit{"submit", absolute_name(path)};
    for (std::string& word : target_words_anywhere(options.target, options.target.timeout_s)) {
        submit.push_back(std::move(word));
    }
    const std::string next =
        first == nullptr ? shell_command(submit) : sign_command(path, *first, options.target);
    print_fields(console.out, {{"file", path},
                               {"missing", missing.empty() ? "nobody" : joined(missing)},
                               {"next", next}});
    if (first != nullptr && !first->is_named) {
        console.out << "KEY-FILE is the file of that key, as " << name_of(*first, known)
                    << " keeps it\n";
    }
}

/// What was sent of the file before, and may be booked yet, is not prepared a second time.
Status check_none_open(const Options& options, const std::string& drafts,
                       const crypto::Digest& network) {
    const std::string source = kept_source(options.file, drafts);
    const LeftBeside left = left_beside(
        source, network, kept_path(source, network, Wish{.drafts = drafts, .keys = {}}));
    if (!left.other) return {};
    std::vector<std::string> words{"submit", absolute_name(*left.other)};
    for (std::string& word : target_words_anywhere(options.target, options.target.timeout_s)) {
        words.push_back(std::move(word));
    }
    return Error{client::api_code("retry_open"),
                 options.file +
                     ": what became of an earlier submission of it is not known, and "
                     "that one is kept in " +
                     *left.other +
                     "; nothing was prepared. Send it first, and prepare this one only if it is "
                     "another wish: " +
                     shell_command(words)};
}

Exit run_prepare(const Options& options, Console& console) {
    const auto not_after = not_after_of(options.not_after);
    if (!not_after) return console.fail(not_after.error());
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto text = read_text(options.file);
    if (!text) return console.fail(text.error());
    const Status fresh = check_none_open(options, *text, trust->network);
    if (!fresh) return console.fail(fresh.error());
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    const auto genesis = knowing_all(trust->genesis, options.names, options.target);
    book::Signers signers;
    for (const std::string& name : options.names) {
        const auto named = network::named_key(genesis, name);
        if (!named) {
            return console.fail(Error{named.error().code, "--signer: " + named.error().context});
        }
        signers.push_back({named->member->id, named->key});
    }
    const std::string drafts(book::without_byte_order_mark(*text));
    auto transactions = complete_transactions(
        drafts, genesis, *client, signers,
        [&console](const std::string& sentence) { console.err << "note: " << sentence << "\n"; });
    if (!transactions) {
        return console.fail(
            Error{transactions.error().code, options.file + ": " + transactions.error().context});
    }
    const auto prepared = prepare_submission(trust->genesis, signers, std::move(*transactions),
                                             options.atomic, *not_after);
    if (!prepared) return console.fail(prepared.error());
    const Status written = write_new(options.out, submission_file_text(*prepared));
    if (!written) return console.fail(written.error());
    report(console, options, options.out, *prepared, genesis);
    return Exit::ok;
}

Error named(const std::string& file, const Error& error) {
    return {error.code, file + ": " + error.context};
}

/// What has been signed while somebody looked at it is kept; anything else is not what he saw.
Status take_up_changes(const std::string& file, const ledger::Genesis& genesis,
                       PreparedSubmission& prepared) {
    const auto text = read_text(file);
    if (!text) return text.error();
    auto now = read_submission_file(*text, genesis);
    if (!now) return named(file, now.error());
    if (now->header_bytes != prepared.header_bytes ||
        now->transaction_bytes != prepared.transaction_bytes) {
        return Error{client::api_code("bad_file"),
                     file + ": was changed since it was shown; nothing was signed. `" +
                         shell_command({"sign", file, "--show"}) + "` shows what it says now"};
    }
    prepared = *std::move(now);
    return {};
}

Status add_signatures(const Options& options, const std::vector<Signer>& signers,
                      PreparedSubmission& prepared) {
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const Status added = add_signature(prepared, signers[i].key);
        if (!added) return named("--key " + options.names[i], added.error());
    }
    return {};
}

/// Into a new file, as it was shown; or into the one that was read, with what others have signed
/// since.
Result<std::string> write_signed(const Options& options, const ledger::Genesis& genesis,
                                 const std::vector<Signer>& signers, PreparedSubmission& prepared) {
    if (!options.out.empty()) {
        if (Status added = add_signatures(options, signers, prepared); !added) return added.error();
        const Status written = write_new(options.out, submission_file_text(prepared));
        if (!written) return written.error();
        return options.out;
    }
    const auto lock = lock_to_change(options.file);
    if (!lock) return lock.error();
    if (Status same = take_up_changes(options.file, genesis, prepared); !same) return same.error();
    if (Status added = add_signatures(options, signers, prepared); !added) return added.error();
    const Status written = write_whole(options.file, submission_file_text(prepared));
    if (!written) return written.error();
    return options.file;
}

Exit run_sign(const Options& options, Console& console) {
    if (options.show == !options.names.empty()) {
        return console.fail(Exit::usage, "usage",
                            "give either --show, or --key for who signs; see `tallystick sign "
                            "--help`");
    }
    if (options.show && (options.yes || !options.out.empty())) {
        return console.fail(Exit::usage, "usage",
                            std::string(options.yes ? "--yes" : "--out") +
                                ": --show signs nothing and writes no file; leave one out");
    }
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto signers = load_signers(options.names, options.target, trust->genesis);
    if (!signers) return console.fail(signers.error());
    const auto text = read_text(options.file);
    if (!text) return console.fail(text.error());
    auto prepared = read_submission_file(*text, trust->genesis);
    if (!prepared) return console.fail(named(options.file, prepared.error()));
    if (options.show && console.json) {
        console.out << submission_file_text(*prepared);
        return Exit::ok;
    }
    if (!console.json) show(console, *prepared, trust->genesis);
    if (options.show) return Exit::ok;
    const Status agreed = confirm(console, options.yes,
                                  options.file + ": sign this as " + joined(options.names) + "?");
    if (!agreed) return console.fail(agreed.error());
    const auto path = write_signed(options, trust->genesis, *signers, *prepared);
    if (!path) return console.fail(path.error());
    report(console, options, *path, *prepared, trust->genesis);
    return Exit::ok;
}

}  // namespace

void add_sign(const Command& program, Session& session) {
    auto prepared = std::make_shared<Options>();
    prepared->target.timeout_s = 30;
    const Command prepare = add_command(
        program, session, "prepare", "Write a submission that others sign before it is submitted",
        "  tallystick prepare purchase.json --signer lender --signer funder --out purchase.tally");
    prepare.option("FILE", prepared->file, "One transaction or a list; - is standard input")
        .required();
    prepare
        .option("--signer", prepared->names,
                "Key that has to sign: lender, lender-2; the first one's member submits")
        .required();
    prepare.option("--out", prepared->out, "The file to write; none is replaced").required();
    prepare.flag("--atomic", prepared->atomic, "All transactions or none");
    prepare.option("--not-after", prepared->not_after,
                   "Refuse it after this time: RFC 3339, or +SECONDS");
    add_target_options(prepare, prepared->target);
    add_trust_option(prepare, prepared->target);
    on_chosen(prepare, session, prepared, run_prepare);

    auto signed_with = std::make_shared<Options>();
    const Command sign = add_command(program, session, "sign",
                                     "Show a prepared submission and add a signature to it",
                                     "  tallystick sign purchase.tally --show\n"
                                     "  tallystick sign purchase.tally --key funder");
    sign.option("FILE", signed_with->file, "As prepare wrote it").required();
    sign.option("--key", signed_with->names, "Key file or member that signs");
    sign.flag("--show", signed_with->show, "Show what it says, sign nothing");
    add_yes_option(sign, signed_with->yes);
    sign.option("--out", signed_with->out, "Write there, a new file, instead of into FILE");
    add_dir_option(sign, signed_with->target.dir);
    add_trust_option(sign, signed_with->target);
    on_chosen(sign, session, signed_with, run_sign);
}

}  // namespace tally::cli
