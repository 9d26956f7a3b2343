#pragma once

#include <string>
#include <vector>

namespace tally::cli {

/// A word as a POSIX shell must read it: quoted if it holds anything that a shell would take for
/// more than itself.
std::string shell_word(const std::string& word);
/// `tallystick` and the words behind it, to be pasted into a shell.
std::string shell_command(const std::vector<std::string>& words);

}  // namespace tally::cli
