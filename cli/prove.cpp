#include "api/errc.h"
#include "api/ids.h"
#include "api/json_text.h"
#include "cli/readable.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "client/proof.h"
#include "ledger/outcome.h"

namespace tally::cli {
namespace {

struct ProveOptions {
    Target target;
    std::string id;
    std::string member;  ///< empty: whoever it was
    std::optional<std::uint64_t> entry;
    std::string out;
};

Error bad_proof(const std::string& what) {
    return Error{
        client::api_code("bad_proof"),
        "what the node sent " + what + "; nothing was written: ask another node with --url"};
}

/// Who submitted it: an id belongs to its submitter, and people do not always know who that was.
/// What somebody without a key of the member had recorded under its name does not count.
Result<std::string> submitter_of(const ProveOptions& options, client::Client& client,
                                 const ledger::Genesis& genesis) {
    if (!options.member.empty()) return options.member;
    std::vector<std::string> found;
    Error none = fail(client::errc::bad_answer, "the network has no members");
    for (const auto& member : genesis.members) {
        const auto answer = client.transaction(member.name, options.id);
        if (answer &&
            answer->text("outcome") != ledger::outcome_code(ledger::Outcome::key_not_valid)) {
            found.push_back(member.name);
        }
        if (answer) continue;
        none = answer.error();
        if (!client::is(none.code, "not_found")) return none;
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) {
        return Error{client::api_code("not_found"),
                     options.id + ": no member has submitted this id"};
    }
    std::string which;
    for (const std::string& name : found) which += (which.empty() ? "" : " or ") + name;
    return fail(api::errc::invalid_argument,
                options.id +
                    ": several members have submitted this id; say which one is meant: "
                    "--member " +
                    which);
}

Result<std::uint64_t> entry_of(const ProveOptions& options, client::Client& client) {
    if (options.entry) return *options.entry;
    const auto found = client.transaction(options.member, options.id);
    if (!found) return found.error();
    const auto entry = found->integer("entry");
    if (!entry || *entry < 0) return fail(client::errc::bad_answer, found->url() + ": no entry");
    return static_cast<std::uint64_t>(*entry);
}

/// A node may send any proof that holds, also one of something else than was asked for: of another
/// entry, of another transaction, or of one that another member submitted under the same id.
Status check_asked(const ProveOptions& options, std::uint64_t entry,
                   const client::ProofReport& report, const ledger::Genesis& genesis) {
    if (report.entry != entry) {
        return bad_proof("proves entry " + std::to_string(report.entry) + ", not entry " +
                         std::to_string(entry));
    }
    if (options.entry) return {};
    const auto id = api::id_from_text<ledger::TransactionId>(options.id);
    if (!id || report.transaction_id != api::id_text(*id)) {
        return bad_proof("proves the transaction " + report.transaction_id + ", not " + options.id);
    }
    const auto* member = genesis.member_named(options.member);
    const auto wanted = member != nullptr ? std::optional(member->id)
                                          : api::id_from_text<ledger::MemberId>(options.member);
    if (!wanted || report.submitter != api::id_text(*wanted)) {
        return bad_proof("proves a transaction that member " + report.submitter +
                         " submitted, not " + options.member);
    }
    // Whoever has no key of the member can have refusals recorded under its name, with any id.
    if (report.outcome == ledger::outcome_code(ledger::Outcome::key_not_valid)) {
        return bad_proof("proves only that somebody without a key of " + options.member +
                         " used the id");
    }
    return {};
}

Exit run_prove(const ProveOptions& typed, Console& console) {
    ProveOptions options = typed;
    if (options.id.empty() == !options.entry.has_value()) {
        return console.fail(Exit::usage, "usage",
                            "give a transaction's id or --entry N; see `tallystick prove --help`");
    }
    if (options.entry && !options.member.empty()) {
        return console.fail(
            Exit::usage, "usage",
            "--member: is for a transaction's id, --entry needs none; leave it out");
    }
    if (options.member.empty() && !first_typed(console, {"--member"}).empty()) {
        return console.fail(Exit::usage, "usage", "--member: is empty; give a name or id");
    }
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    if (!options.entry) {
        auto submitter = submitter_of(options, *client, trust->genesis);
        if (!submitter) return console.fail(submitter.error());
        options.member = *std::move(submitter);
    }
    const auto entry = entry_of(options, *client);
    if (!entry) return console.fail(entry.error());
    client::ProofReport report;
    const auto proof = client->proof(*entry, [&](const std::string& text) -> Status {
        report = client::verify_proof(text, trust->genesis);
        if (report.verified) return check_asked(options, *entry, report, trust->genesis);
        return bad_proof("does not hold: " + report.failed_field + ": " + report.failure);
    });
    if (!proof) return console.fail(proof.error());
    if (options.out.empty() || options.out == "-") {
        console.out << *proof << "\n";
        return Exit::ok;
    }
    const Status written = write_new(options.out, *proof + "\n", Readers::everybody);
    if (!written) return console.fail(written.error());
    if (console.json) {
        console.print(boost::json::object{{"entry", *entry},
                                          {"accepted", report.accepted},
                                          {"outcome", report.outcome},
                                          {"out", options.out}});
    } else {
        console.out << "VERIFIED: " << report.verdict() << "\n"
                    << "entry " << *entry << " proven in " << options.out
                    << "; check it anywhere, offline, with\n  "
                    << shell_command({"verify", options.out, "--trust", trust_path(options.target)})
                    << "\n";
    }
    return Exit::ok;
}

/// The transaction is shown as people read it, in place of its JSON.
void print_report(Console& console, const client::ProofReport& report,
                  const ledger::Genesis& genesis) {
    const auto transaction = api::json_object_from_text(report.transaction);
    if (!report.verified || !transaction) {
        console.out << report.to_text();
        return;
    }
    client::ProofReport shown = report;
    shown.transaction.clear();
    console.out << shown.to_text() << "What it says\n";
    print_fields(console.out, readable_fields(*transaction, {{}, member_names(genesis)}, "  "));
}

struct VerifyOptions {
    Target target;
    std::string file;
    std::string expect;
};

/// `accepted`, `refused`, or the code under which it was.
bool is_as_expected(const client::ProofReport& report, const std::string& expect) {
    if (expect.empty()) return true;
    if (expect == "refused") return !report.accepted;
    return report.outcome == expect;
}

bool can_be_expected(const std::string& expect) {
    if (expect.empty() || expect == "refused") return true;
    for (std::uint16_t number = 0;; ++number) {
        const auto outcome = ledger::outcome_from(number);
        if (!outcome) return false;
        if (ledger::outcome_code(*outcome) == expect) return true;
    }
}

Exit run_verify(const VerifyOptions& options, Console& console) {
    if (options.expect.empty() && !first_typed(console, {"--expect"}).empty()) {
        return console.fail(Exit::usage, "usage",
                            "--expect: is empty, which is no outcome: write accepted, refused or "
                            "the code of a refusal (docs/CREDIT.md), or leave it out");
    }
    if (!can_be_expected(options.expect)) {
        return console.fail(Exit::usage, "usage",
                            "--expect " + options.expect +
                                ": neither accepted, refused nor the code of a refusal "
                                "(docs/CREDIT.md)");
    }
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto text = read_text(options.file, client::kProofBytesMax);
    if (!text) return console.fail(text.error());
    const auto report = client::verify_proof(*text, trust->genesis);
    const bool expected = report.verified && is_as_expected(report, options.expect);
    if (console.json) {
        auto document = api::json_object_from_text(report.to_json());
        if (!document) return console.fail(document.error());
        if (!options.expect.empty()) {
            (*document)["expected"] = options.expect;
            (*document)["as_expected"] = expected;
        }
        console.print(*document);
    } else {
        print_report(console, report, trust->genesis);
    }
    if (!report.verified) return Exit::verification_failed;
    if (expected) return Exit::ok;
    return console.remark(Exit::verification_failed, "not_as_expected",
                          options.file + ": the proof holds and shows: " + report.verdict() +
                              "; expected was " + options.expect);
}

}  // namespace

void add_prove(const Command& program, Session& session) {
    auto prove_options = std::make_shared<ProveOptions>();
    prove_options->target.timeout_s = 20;
    const Command prove = add_command(
        program, session, "prove",
        "Fetch evidence of a transaction and verify it; waits until a checkpoint covers it",
        "  tallystick prove 0190f3c2a1b27c3d8e4f5a6b7c8d9e0f --member lender --out proof.json");
    prove.option("ID", prove_options->id, "Id that its submitter gave it");
    prove.option("--member", prove_options->member,
                 "The submitter; without it every member is tried");
    prove.option("--entry", prove_options->entry, "Number of the entry, instead of an id");
    prove.option("--out", prove_options->out, "File, none is replaced; standard output without");
    add_target_options(prove, prove_options->target);
    add_trust_option(prove, prove_options->target);
    on_chosen(prove, session, prove_options, run_prove);

    auto verify_options = std::make_shared<VerifyOptions>();
    const Command verify = add_command(
        program, session, "verify",
        "Check evidence offline: no network is asked; exit code 3 when it does not hold",
        "  tallystick verify proof.json --trust network.pub --expect accepted");
    verify.option("FILE", verify_options->file, "What prove wrote; - is standard input").required();
    verify.option("--expect", verify_options->expect,
                  "What it must show: accepted, refused or the code of a refusal; exit code 3 when "
                  "it shows anything else");
    add_dir_option(verify, verify_options->target.dir);
    add_trust_option(verify, verify_options->target);
    on_chosen(verify, session, verify_options, run_verify);
}

}  // namespace tally::cli
