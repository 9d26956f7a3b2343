#include <algorithm>

#include "api/errc.h"
#include "api/ids.h"
#include "api/json_text.h"
#include "base/closest_word.h"
#include "cli/answer.h"
#include "cli/readable.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "client/answers.h"
#include "client/paths.h"
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

/// A proof that holds, of what stands at an entry that some node named: that one may be wrong, and
/// not whoever sent the proof.
Error bad_place(std::uint64_t entry, const std::string& url, const std::string& what) {
    return bad_proof(what + " (" + url + " says that it stands at entry " + std::to_string(entry) +
                     ")");
}

/// Where the transaction may stand, as nodes say. What to believe of it, the proof shows.
struct Candidate {
    std::string member;
    bool agreed = false;  ///< two nodes say the same
    /// The entries, each with the node that names it; what two nodes say comes first.
    std::vector<std::pair<std::uint64_t, std::string>> entries;
};

/// Outcome and entry of a transaction, which two nodes share that have the same on record.
std::string place_of(const std::string& body) {
    const auto document = api::json_object_from_text(body);
    if (!document) return body;
    return text_at(*document, "outcome") + " " + number_at(*document, "entry");
}

/// Adds what one node says. An attempt at what was on record, or by somebody without a key of the
/// member, does not count.
void add_place(const client::Answer& answer, Candidate& candidate) {
    if (answer.status != 200) return;
    const auto document = api::json_object_from_text(answer.body);
    if (!document || !client::stands_under_id(text_at(*document, "outcome"))) return;
    const std::int64_t entry = document->contains("entry") ? integer_at(*document, "entry") : -1;
    if (entry < 0) return;
    const auto place = static_cast<std::uint64_t>(entry);
    const bool known = std::ranges::any_of(candidate.entries,
                                           [place](const auto& one) { return one.first == place; });
    if (!known) candidate.entries.emplace_back(place, answer.url);
}

/// Without entries where it is not on record under this member.
Result<Candidate> candidate_of(const ProveOptions& options, client::Client& client,
                               const std::string& member) {
    const auto path = client::url_path({"v1", "transactions", member, options.id});
    if (!path) return path.error();
    const auto heard = client.hear(*path, place_of);
    if (!heard) return heard.error();
    Candidate candidate{member, heard->agreed.has_value(), {}};
    if (heard->agreed) add_place(*heard->agreed, candidate);
    const bool missing = heard->agreed && heard->agreed->status != 200;
    for (const client::Answer& answer : heard->said) {
        if (!missing) add_place(answer, candidate);
    }
    if (!candidate.entries.empty()) return candidate;
    for (const client::Answer& answer : heard->said) {
        if (answer.status == 200) continue;
        const Error error = client::problem_error(answer.status, answer.body);
        if (!client::is(error.code, "not_found")) return error;
    }
    return candidate;
}

/// Of a name that the network did not begin with: that, and which one may have been meant.
std::string not_a_member(const std::string& member, const ledger::Genesis& genesis) {
    if (genesis.member_named(member) != nullptr || api::id_bytes_from_text(member)) return {};
    std::vector<std::string_view> names;
    for (const auto& known : genesis.members) names.emplace_back(known.name);
    return ", nor did the network begin with a member of that name" + did_you_mean(member, names);
}

/// Who submitted it: an id belongs to its submitter, and people do not always know who that was.
/// Where several are said to have, those of whom one node alone says so do not count.
Result<Candidate> find(const ProveOptions& options, client::Client& client,
                       const ledger::Genesis& genesis) {
    std::vector<std::string> members{options.member};
    if (options.member.empty()) {
        members.clear();
        for (const auto& member : genesis.members) members.push_back(member.name);
    }
    std::vector<Candidate> found;
    for (const std::string& member : members) {
        auto candidate = candidate_of(options, client, member);
        if (!candidate) return candidate.error();
        if (!candidate->entries.empty()) found.push_back(*std::move(candidate));
    }
    std::string which;
    for (const Candidate& one : found) which += (which.empty() ? "" : " or ") + one.member;
    if (found.size() > 1 && std::ranges::any_of(found, &Candidate::agreed)) {
        std::erase_if(found, [](const Candidate& one) { return !one.agreed; });
    }
    if (found.size() == 1) return std::move(found.front());
    if (found.empty()) {
        return Error{client::api_code("not_found"),
                     options.id + (options.member.empty()
                                       ? ": no member has submitted this id"
                                       : ": " + options.member + " has submitted no such id" +
                                             not_a_member(options.member, genesis))};
    }
    return fail(api::errc::invalid_argument,
                options.id +
                    ": several members have submitted this id; say which one is meant: "
                    "--member " +
                    which);
}

/// A node may send any proof that holds, also one of something else than was asked for: of another
/// entry, of another transaction, or of one that another member submitted under the same id.
Status check_asked(const ProveOptions& options, std::uint64_t entry, const std::string& claimed_by,
                   const client::ProofReport& report, const ledger::Genesis& genesis) {
    if (report.entry != entry) {
        return bad_proof("proves entry " + std::to_string(report.entry) + ", not entry " +
                         std::to_string(entry));
    }
    if (options.entry) return {};
    const auto id = api::id_from_text<ledger::TransactionId>(options.id);
    if (!id || report.transaction_id != api::id_text(*id)) {
        return bad_place(entry, claimed_by,
                         "proves the transaction " + report.transaction_id + ", not " + options.id);
    }
    const auto* member = genesis.member_named(options.member);
    const auto wanted = member != nullptr ? std::optional(member->id)
                                          : api::id_from_text<ledger::MemberId>(options.member);
    if (!wanted || report.submitter != api::id_text(*wanted)) {
        return bad_place(entry, claimed_by,
                         "proves a transaction that member " + report.submitter +
                             " submitted, not " + options.member);
    }
    // Attempts can be recorded under the id by others, and by whoever sends the same once more.
    if (!client::stands_under_id(report.outcome)) {
        return bad_place(
            entry, claimed_by,
            "proves only an attempt under the id (" + report.outcome + "), not what became of it");
    }
    return {};
}

struct Proven {
    std::string text;
    std::uint64_t entry = 0;
    client::ProofReport report;
};

/// The proof of one of the entries that nodes name: each is tried before a checkpoint is waited
/// for.
Result<Proven> fetch(const ProveOptions& options, const Candidate& candidate,
                     client::Client& client, const ledger::Genesis& genesis) {
    std::optional<Error> last;
    for (const bool waiting : {false, true}) {
        for (const auto& place : candidate.entries) {
            const std::uint64_t entry = place.first;
            const std::string& url = place.second;
            Proven proven{{}, entry, {}};
            const auto holds = [&](const std::string& text) -> Status {
                proven.report = client::verify_proof(text, genesis);
                if (proven.report.verified) {
                    return check_asked(options, entry, url, proven.report, genesis);
                }
                return bad_proof("does not hold: " + proven.report.failed_field + ": " +
                                 proven.report.failure);
            };
            auto proof = waiting ? client.proof(entry, holds) : client.proof_at_once(entry, holds);
            if (proof) {
                proven.text = *std::move(proof);
                return proven;
            }
            last = proof.error();
        }
        // Nothing gets better by waiting but what is not certified yet.
        if (!client::is(last->code, "not_certified")) break;
    }
    return *last;
}

/// What is wrong with the command line; empty: nothing.
std::string usage_fault(const ProveOptions& options, const Console& console) {
    if (options.id.empty() == !options.entry.has_value()) {
        return "give a transaction's id or --entry N; see `tallystick prove --help`";
    }
    if (options.entry && !options.member.empty()) {
        return "--member: is for a transaction's id, --entry needs none; leave it out";
    }
    if (options.member.empty() && !first_typed(console, {"--member"}).empty()) {
        return "--member: is empty; give a name or id";
    }
    return {};
}

Exit run_prove(const ProveOptions& typed, Console& console) {
    ProveOptions options = typed;
    const std::string fault = usage_fault(options, console);
    if (!fault.empty()) return console.fail(Exit::usage, "usage", fault);
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    Candidate candidate;
    if (options.entry) {
        candidate.entries = {{*options.entry, {}}};
    } else {
        auto found = find(options, *client, trust->genesis);
        if (!found) return console.fail(found.error());
        candidate = *std::move(found);
        options.member = candidate.member;
    }
    const auto fetched = fetch(options, candidate, *client, trust->genesis);
    if (!fetched) return console.fail(fetched.error());
    const auto& [proof, entry, report] = *fetched;
    if (options.out.empty() || options.out == "-") {
        console.out << proof << "\n";
        return Exit::ok;
    }
    const Status written = write_new(options.out, proof + "\n", Readers::everybody);
    if (!written) return console.fail(written.error());
    if (console.json) {
        console.print(boost::json::object{{"entry", entry},
                                          {"accepted", report.accepted},
                                          {"outcome", report.outcome},
                                          {"out", options.out}});
    } else {
        console.out << "VERIFIED: " << report.verdict() << "\n"
                    << "entry " << entry << " proven in " << options.out
                    << "; check it anywhere, offline, with\n  "
                    << shell_command({"verify", absolute_name(options.out), "--trust",
                                      absolute_name(trust_path(options.target))})
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
    if (expect == "refused") return !report.accepted && !report.is_repetition();
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
