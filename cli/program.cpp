#include <algorithm>

#include "cli/session.h"

namespace tally::cli {
namespace {

constexpr const char* kVersion = "tallystick " TALLY_VERSION;

}  // namespace

CLI::App* add_command(CLI::App& parent, Session& session, const std::string& name,
                      const std::string& description, const std::string& examples) {
    CLI::App* command = parent.add_subcommand(name, description);
    command->footer("Example:\n" + examples);
    command->add_flag("--json", session.console.json, "One JSON document instead of text");
    return command;
}

int run_program(const std::vector<std::string>& arguments, Console& console) {
    CLI::App program("Tallystick: a permissioned audit ledger for instalment credit", "tallystick");
    Session session{console, {}};
    program.require_subcommand(1);
    program.set_version_flag("--version", kVersion);
    program.footer(
        "Exit codes: 0 ok, 1 failed, 2 usage, 3 verification failed, 4 no quorum.\n"
        "`tallystick COMMAND --help` has an example of each command.");
    add_network(program, session);
    add_node(program, session);
    add_keygen(program, session);
    add_submit(program, session);
    add_sign(program, session);
    add_generate(program, session);
    add_import(program, session);
    add_accounts(program, session);
    add_entries(program, session);
    add_terms(program, session);
    add_days(program, session);
    add_prove(program, session);
    add_schedule(program, session);
    add_audit(program, session);
    add_bench(program, session);

    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        program.parse(std::move(reversed));
    } catch (const CLI::Success& asked) {  // --help, --version
        return program.exit(asked, console.out, console.err);
    } catch (const CLI::ParseError& error) {
        std::string what = error.what();
        std::replace(what.begin(), what.end(), '\n', ' ');
        return static_cast<int>(
            console.fail(Exit::usage, "usage", what + "; see `tallystick --help`"));
    }
    return static_cast<int>(session.action());
}

}  // namespace tally::cli
