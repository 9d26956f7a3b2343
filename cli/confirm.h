#pragma once

#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "cli/output.h"

namespace tally::cli {

/// --yes, for commands that ask before they do what cannot be undone.
void add_yes_option(const Command& command, bool& yes);

/// Asks the person at the terminal, unless `yes` has answered already. Fails with `declined`, or
/// where nobody can be asked with invalid_argument, which names --yes.
Status confirm(Console& console, bool yes, const std::string& question);

}  // namespace tally::cli
