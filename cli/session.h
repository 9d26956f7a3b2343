#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/output.h"

namespace tally::cli {

/// One run of the program: what the command line chose to do, and where it writes. Commands are
/// registered before parsing and run after it, so that a fault in a command is never taken for one
/// in its arguments.
struct Session {
    Console& console;
    std::function<Exit()> action;
};

/// A subcommand with its --json option and an example in its help.
Command add_command(const Command& parent, Session& session, const std::string& name,
                    const std::string& description, const std::string& examples);

/// Makes `run(options, session.console)` the action when `command` is chosen. The options live as
/// long as the command.
template <typename Options, typename Run>
void on_chosen(const Command& command, Session& session, std::shared_ptr<Options> options,
               Run run) {
    command.on_chosen([&session, options = std::move(options), run] {
        if constexpr (requires { options->target.urls; }) {
            if (options->target.urls.empty()) session.console.network_folder = options->target.dir;
        }
        session.action = [&session, options, run] { return run(*options, session.console); };
    });
}

// One function a file of commands; each adds its commands to the program.
void add_keygen(const Command& program, Session& session);
void add_claim_key(const Command& program, Session& session);
void add_members(const Command& program, Session& session);  ///< members, governance
void add_network(const Command& program, Session& session);
void add_node(const Command& program, Session& session);
void add_submit(const Command& program, Session& session);
void add_sign(const Command& program, Session& session);  ///< prepare, sign
void add_generate(const Command& program, Session& session);
void add_import(const Command& program, Session& session);
void add_accounts(const Command& program, Session& session);  ///< line, contract, borrower
void add_pools(const Command& program, Session& session);     ///< pool
void add_lists(const Command& program, Session& session);  ///< lines, contracts, borrowers, alerts
void add_entries(const Command& program, Session& session);  ///< transaction, entry, payment
void add_terms(const Command& program, Session& session);    ///< ruleset, product, assessment, ...
void add_days(const Command& program, Session& session);     ///< days, day
void add_prove(const Command& program, Session& session);    ///< prove, verify
void add_schedule(const Command& program, Session& session);
void add_audit(const Command& program, Session& session);
void add_evidence(const Command& program, Session& session);
void add_recovery(const Command& program, Session& session);  ///< recovery make, sign
void add_backup(const Command& program, Session& session);    ///< backup, restore
void add_bench(const Command& program, Session& session);

/// Parses, runs, returns the exit code. `arguments` are without the program's name.
int run_program(const std::vector<std::string>& arguments, Console& console);

}  // namespace tally::cli
