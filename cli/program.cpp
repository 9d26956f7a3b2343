#include <algorithm>

#include "api/errc.h"
#include "base/open_files.h"
#include "cli/columns.h"
#include "cli/session.h"

namespace tally::cli {
namespace {

constexpr const char* kVersion = "tallystick " TALLY_VERSION;

}  // namespace

Command add_command(const Command& parent, Session& session, const std::string& name,
                    const std::string& description, const std::string& examples) {
    const Command command = parent.subcommand(name, description);
    command.footer("Example:\n" + examples);
    command.flag("--json", session.console.json, "One JSON document instead of text");
    return command;
}

namespace {

/// A command that may open too few files finds nobody, and would call a network that serves down.
Status check_open_files() {
    constexpr std::size_t kLeast = 64;
    if (open_files_limit() >= kLeast || raise_open_files_limit() >= kLeast) {
        return {};
    }
    return fail(api::errc::io_failed,
                "this shell lets a process open " + std::to_string(open_files_limit()) +
                    " files, and " + std::to_string(kLeast) +
                    " are needed: `ulimit -n 1024`, or a new shell, and the same again");
}

int parse_and_run(const std::vector<std::string>& arguments, Console& console) {
    CommandLine line("tallystick", "Tallystick: a permissioned audit ledger for instalment credit");
    line.version_flag("--version", kVersion);
    const Command program = line.program();
    Session session{console, {}};
    program.require_subcommand();
    program.footer(
        "Exit codes: 0 ok, 1 failed or refused, 2 usage, 3 verification failed,\n"
        "4 no quorum, nobody reachable or outcome unknown (repeating is safe),\n"
        "5 an audit found nothing wrong, and nobody vouches for what it read.\n"
        "`tallystick COMMAND --help` has an example of each command.");
    add_network(program, session);
    add_node(program, session);
    add_keygen(program, session);
    add_claim_key(program, session);
    add_submit(program, session);
    add_sign(program, session);
    add_generate(program, session);
    add_import(program, session);
    add_accounts(program, session);
    add_pools(program, session);
    add_lists(program, session);
    add_members(program, session);
    add_entries(program, session);
    add_terms(program, session);
    add_days(program, session);
    add_prove(program, session);
    add_schedule(program, session);
    add_audit(program, session);
    add_evidence(program, session);
    add_recovery(program, session);
    add_backup(program, session);
    add_bench(program, session);

    console.typed = arguments;
    set_columns(console.out, console.columns);
    const Parsed parsed = line.parse(arguments, console.out, console.err);
    if (parsed.end == Parsed::End::answered) return parsed.exit_code;
    if (parsed.end == Parsed::End::refused) {
        // The parser may have stopped before it came to the flag.
        const auto words = std::ranges::find(arguments, "--");
        console.json = std::find(arguments.begin(), words, "--json") != words;
        return static_cast<int>(console.fail(Exit::usage, "usage", parsed.fault));
    }
    const Status files = check_open_files();
    return static_cast<int>(files ? session.action() : console.fail(files.error()));
}

}  // namespace

/// Whoever keeps what a command printed must hear of it when it could not be written: a full disk
/// shows at the latest when the last bytes leave.
int run_program(const std::vector<std::string>& arguments, Console& console) {
    const int code = parse_and_run(arguments, console);
    if (console.out.flush()) return code;
    const Exit lost =
        console.remark(Exit::failed, "io_failed",
                       "standard output: cannot be written, so what was printed is not all there; "
                       "what the command did stays done");
    return code == 0 ? static_cast<int>(lost) : code;
}

}  // namespace tally::cli
