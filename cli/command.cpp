#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <optional>

namespace tally::cli {

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
    return Option(app_->add_option(name, value, help));
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
        std::string fault = error.what();
        std::replace(fault.begin(), fault.end(), '\n', ' ');
        return {Parsed::End::refused, 0, std::move(fault)};
    }
    return {};
}

}  // namespace tally::cli
