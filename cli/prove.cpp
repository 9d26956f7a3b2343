#include <fstream>

#include "api/errc.h"
#include "cli/session.h"
#include "cli/target.h"
#include "client/proof.h"

namespace tally::cli {
namespace {

struct ProveOptions {
    Target target;
    std::string id;
    std::string member = "lender";
    std::optional<std::uint64_t> entry;
    std::string out;
};

Result<std::uint64_t> entry_of(const ProveOptions& options, client::Client& client) {
    if (options.entry) return *options.entry;
    const auto found = client.transaction(options.member, options.id);
    if (!found) return found.error();
    const auto entry = found->integer("entry");
    if (!entry || *entry < 0) return fail(client::errc::bad_answer, found->url() + ": no entry");
    return static_cast<std::uint64_t>(*entry);
}

Exit run_prove(const ProveOptions& options, Console& console) {
    if (options.id.empty() == !options.entry.has_value()) {
        return console.fail(Exit::usage, "usage",
                            "give a transaction's id or --entry N; see `tallystick prove --help`");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    const auto entry = entry_of(options, *client);
    if (!entry) return console.fail(entry.error());
    const auto proof = client->proof(*entry);
    if (!proof) return console.fail(proof.error());
    if (options.out.empty() || options.out == "-") {
        console.out << *proof << "\n";
        return Exit::ok;
    }
    std::ofstream file(options.out, std::ios::binary | std::ios::trunc);
    file << *proof << "\n";
    if (!file.flush()) {
        return console.fail(fail(api::errc::io_failed, options.out + ": cannot be written"));
    }
    if (console.json) {
        console.print(boost::json::object{{"entry", *entry}, {"out", options.out}});
    } else {
        console.out << "entry " << *entry << " proven in " << options.out
                    << "; check it anywhere, offline, with\n  tallystick verify " << options.out
                    << " --trust " << options.target.dir << "/network.pub\n";
    }
    return Exit::ok;
}

struct VerifyOptions {
    Target target;
    std::string file;
};

Exit run_verify(const VerifyOptions& options, Console& console) {
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto text = read_text(options.file);
    if (!text) return console.fail(text.error());
    const auto report = client::verify_proof(*text, trust->genesis);
    if (console.json) {
        console.out << report.to_json() << "\n";
    } else {
        console.out << report.to_text();
    }
    return report.verified ? Exit::ok : Exit::verification_failed;
}

}  // namespace

void add_prove(const Command& program, Session& session) {
    auto prove_options = std::make_shared<ProveOptions>();
    prove_options->target.timeout_s = 20;
    const Command prove = add_command(
        program, session, "prove",
        "Fetch evidence of a transaction; waits until a checkpoint covers it",
        "  tallystick prove 0190f3c2a1b27c3d8e4f5a6b7c8d9e0f --member lender --out proof.json");
    prove.option("ID", prove_options->id, "Id that its submitter gave it");
    prove.option("--member", prove_options->member, "The submitter").show_default();
    prove.option("--entry", prove_options->entry, "Number of the entry, instead of an id");
    prove.option("--out", prove_options->out, "File; standard output without");
    add_target_options(prove, prove_options->target);
    on_chosen(prove, session, prove_options, run_prove);

    auto verify_options = std::make_shared<VerifyOptions>();
    const Command verify = add_command(
        program, session, "verify",
        "Check evidence offline: no network is asked; exit code 3 when it does not hold",
        "  tallystick verify proof.json --trust network.pub");
    verify.option("FILE", verify_options->file, "What prove wrote; - is standard input").required();
    add_dir_option(verify, verify_options->target.dir);
    add_trust_option(verify, verify_options->target);
    on_chosen(verify, session, verify_options, run_verify);
}

}  // namespace tally::cli
