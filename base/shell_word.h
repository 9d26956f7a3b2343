#pragma once

#include <string>
#include <vector>

namespace tally {

/// A word as a POSIX shell must read it: quoted if it holds anything that a shell would take for
/// more than itself. One with characters that nobody sees, or that are no UTF-8, is written as
/// $'a\033b', which bash, zsh, ksh and POSIX.1-2024 read.
std::string shell_word(const std::string& word);
/// `tallystick` and the words behind it, to be pasted into a shell.
std::string shell_command(const std::vector<std::string>& words);
/// What moves a folder back to where nothing is, its missing parents made.
std::string move_command(const std::string& from, const std::string& to);

}  // namespace tally
