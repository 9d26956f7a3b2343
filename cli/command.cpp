#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/closest_word.h"

namespace tally::cli {
namespace {

template <typename Value>
struct Inner {
    using Type = Value;
    static constexpr bool kMany = false;
};
template <typename Value>
struct Inner<std::optional<Value>> : Inner<Value> {};
template <typename Value>
struct Inner<std::vector<Value>> : Inner<Value> {
    static constexpr bool kMany = true;
};

/// Digits, and not more than `most`: a sign or an overflow would be read as another number.
std::string fault_of_number(const std::string& text, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stopped == end && number <= most) return {};
    return text + " is not a whole number from 0 to " + std::to_string(most);
}

const CLI::App& understood_last(const CLI::App& app) {
    const CLI::App* last = &app;
    while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
    return *last;
}

std::string path_of(const CLI::App& app) {
    return (app.get_parent() == nullptr ? "" : path_of(*app.get_parent()) + " ") + app.get_name();
}

/// Options if the word looks like one, else commands.
std::string meant_by(const std::string& word, const CLI::App& app) {
    std::vector<std::string> names;
    if (word.starts_with('-')) {
        for (const CLI::Option* option : app.get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
    } else {
        for (const CLI::App* command : app.get_subcommands({}))
            names.push_back(command->get_name());
    }
    return did_you_mean(word.substr(0, word.find('=')),
                        std::vector<std::string_view>(names.begin(), names.end()));
}

/// One line: the word that is wrong, what was meant, where the help is.
std::string fault_of(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App& last = understood_last(app);
    const std::vector<std::string> words = app.remaining(true);
    std::string fault = error.what();
    std::replace(fault.begin(), fault.end(), '\n', ' ');
    if (!words.empty()) {
        const bool no_command = !last.get_subcommands({}).empty();
        const bool said = no_command || error.get_name() == "ExtrasError";
        const std::string what =
            words.front() +
            (no_command && !words.front().starts_with('-') ? ": no such command"
                                                           : ": was not expected") +
            meant_by(words.front(), last);
        fault = said ? what : what + "; " + fault;
        std::error_code ignored;
        if (words.front().starts_with('-') && std::filesystem::exists(words.front(), ignored)) {
            fault += "; a file of that name is written ./" + words.front();
        }
    }
    return fault + "; see `" + path_of(last) + " --help`";
}

}  // namespace

Option& Option::required() {
    option_->required();
    return *this;
}

Option& Option::range(int least, int most) {
    option_->check(CLI::Range(least, most));
    return *this;
}

Option& Option::range(double least, double most) {
    option_->check(CLI::Range(least, most));
    return *this;
}

Option& Option::one_of(const std::vector<std::string>& words) {
    option_->check(CLI::IsMember(words));
    return *this;
}

Option& Option::count(int least, int most) {
    option_->expected(least, most);
    return *this;
}

Option& Option::excludes(const Option& other) {
    option_->excludes(other.option_);
    return *this;
}

Option& Option::environment(const std::string& name) {
    option_->envname(name);
    return *this;
}

Option& Option::type_name(const std::string& name) {
    option_->type_name(name);
    return *this;
}

Option& Option::show_default() {
    option_->capture_default_str();
    return *this;
}

Command Command::subcommand(const std::string& name, const std::string& description) const {
    return Command(app_->add_subcommand(name, description));
}

void Command::require_subcommand() const { app_->require_subcommand(1); }

void Command::footer(const std::string& text) const { app_->footer(text); }

template <typename Value>
Option Command::option(const std::string& name, Value& value, const std::string& help) const {
    using Number = typename Inner<Value>::Type;
    CLI::Option* option = app_->add_option(name, value, help);
    if constexpr (std::is_unsigned_v<Number>) {
        option->check([](const std::string& text) {
            return fault_of_number(text, std::numeric_limits<Number>::max());
        });
    }
    // One value each time: `--key lender FILE` must leave FILE to the command.
    if (Inner<Value>::kMany && name.starts_with('-')) option->allow_extra_args(false);
    return Option(option);
}

template Option Command::option(const std::string&, std::string&, const std::string&) const;
template Option Command::option(const std::string&, std::vector<std::string>&,
                                const std::string&) const;
template Option Command::option(const std::string&, std::uint16_t&, const std::string&) const;
template Option Command::option(const std::string&, std::uint32_t&, const std::string&) const;
template Option Command::option(const std::string&, std::uint64_t&, const std::string&) const;
template Option Command::option(const std::string&, double&, const std::string&) const;
template Option Command::option(const std::string&, std::optional<std::uint64_t>&,
                                const std::string&) const;

Option Command::flag(const std::string& name, bool& value, const std::string& help) const {
    return Option(app_->add_flag(name, value, help));
}

void Command::on_chosen(std::function<void()> action) const { app_->callback(std::move(action)); }

CommandLine::CommandLine(const std::string& name, const std::string& description)
    : app_(std::make_unique<CLI::App>(description, name)) {}

CommandLine::~CommandLine() = default;

Command CommandLine::program() const { return Command(app_.get()); }

void CommandLine::version_flag(const std::string& name, const std::string& text) {
    app_->set_version_flag(name, text);
}

Parsed CommandLine::parse(const std::vector<std::string>& arguments, std::ostream& out,
                          std::ostream& err) {
    try {
        app_->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::Success& asked) {  // --help, --version
        return {Parsed::End::answered, app_->exit(asked, out, err), {}};
    } catch (const CLI::ParseError& error) {
        return {Parsed::End::refused, 0, fault_of(*app_, error)};
    }
    return {};
}

}  // namespace tally::cli
