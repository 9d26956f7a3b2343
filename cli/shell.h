#pragma once

#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/submission_file.h"
#include "cli/target.h"

namespace tally::cli {

/// A word as a POSIX shell must read it: quoted if it holds anything that a shell would take for
/// more than itself. One with characters that nobody sees, or that are no UTF-8, is written as
/// $'a\033b', which bash, zsh, ksh and POSIX.1-2024 read.
std::string shell_word(const std::string& word);
/// The same file from whatever folder the command is run in; nor can its name be taken for an
/// option.
std::string absolute_name(const std::string& path);
/// `tallystick` and the words behind it, to be pasted into a shell.
std::string shell_command(const std::vector<std::string>& words);

/// The command by which this signer signs a submission in a file. Where the genesis has not the
/// key, `KEY-FILE` stands for the file that its owner keeps.
std::string sign_command(const std::string& path, const ListedSigner& listed, const Target& target);

/// The first of these options that was written; empty: none. One that would be ignored is an error.
std::string first_typed(const Console& console, const std::vector<std::string>& names);

/// A key as a command names it that may be run from another folder: a file by its absolute name,
/// the name of a key as it is.
std::string file_anywhere(const std::string& key);

/// What follows on a command that reads `file` from standard input: ` < /abs/FILE`; of standard
/// input itself the file behind it, if it is one, else words that stand for it.
std::string from_file(const std::string& file);

}  // namespace tally::cli
