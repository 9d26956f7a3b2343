#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tally::cli {

// What a command line may say. The parser behind it is CLI11, known to command.cpp alone: its
// header costs nine seconds of compiling wherever it is included.

/// An option, a flag or a positional argument; a handle that is valid as long as the CommandLine.
/// Each function returns the handle, so that they can be written one after the other.
class Option {
public:
    explicit Option(CLI::Option* option) : option_(option) {}

    Option& required();
    /// Takes numbers from `least` to `most`, both included.
    Option& range(int least, int most);
    Option& range(double least, double most);
    Option& one_of(const std::vector<std::string>& words);
    /// How many values it takes.
    Option& count(int least, int most);
    /// Not together with `other`.
    Option& excludes(const Option& other);
    /// Taken from this variable of the environment when the command line is silent.
    Option& environment(const std::string& name);
    /// What help calls the value.
    Option& type_name(const std::string& name);
    /// Help tells the value that the variable has now.
    Option& show_default();

private:
    CLI::Option* option_;
};

/// A command; a handle that is valid as long as the CommandLine.
class Command {
public:
    explicit Command(CLI::App* app) : app_(app) {}

    Command subcommand(const std::string& name, const std::string& description) const;
    /// One of the subcommands must be named.
    void require_subcommand() const;
    /// The last lines of the help.
    void footer(const std::string& text) const;
    /// `--name`, or NAME for a positional argument. `value` must live as long as the CommandLine;
    /// it may be a std::string, a std::vector of them, a std::uint16_t, _32_ or 64_t, a double or
    /// a std::optional<std::uint64_t>.
    template <typename Value>
    Option option(const std::string& name, Value& value, const std::string& help) const;
    Option flag(const std::string& name, bool& value, const std::string& help) const;
    /// Called in parsing, when all is understood and this command was named.
    void on_chosen(std::function<void()> action) const;

private:
    CLI::App* app_;
};

/// How parsing ended.
struct Parsed {
    enum class End { understood, answered, refused };
    End end = End::understood;
    int exit_code = 0;  ///< if answered: --help and --version are
    std::string fault;  ///< if refused, one line
};

/// A program's commands, and the parser of what is typed.
class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& description);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// The program itself, to which commands are added.
    Command program() const;
    void version_flag(const std::string& name, const std::string& text);
    /// `arguments` are without the program's name. Help and version are written to `out`.
    Parsed parse(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

private:
    std::unique_ptr<CLI::App> app_;
};

}  // namespace tally::cli
