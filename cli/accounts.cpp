#include <algorithm>

#include "api/ids.h"
#include "cli/account_views.h"
#include "cli/answer.h"
#include "cli/history.h"
#include "cli/session.h"
#include "cli/target.h"
#include "client/paths.h"
#include "ledger/dates.h"

namespace tally::cli {
namespace {

using boost::json::object;

constexpr std::uint64_t kHistoryEntries = 20;

struct Options {
    Target target;
    std::string id;
    bool history = false;
    bool local = false;
    std::optional<std::uint64_t> limit;
    std::string plural;  ///< path segment: lines, contracts, borrowers, members
    std::string as_of;
    std::string known_at;  ///< kept as written: "-1" must not become a large number
    std::string lang;
};

bool is_number(const std::string& text) {
    return std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

/// The path with the point in time that was asked for.
Result<std::string> path_at_point(const Options& options) {
    auto whole = client::url_path({"v1", options.plural, options.id});
    if (!whole) return whole;
    std::string& path = *whole;
    char separator = '?';
    const auto add = [&](const std::string& name, const std::string& value) {
        path += separator + name + "=" + client::url_text(value);
        separator = '&';
    };
    if (!options.as_of.empty()) add("as_of", options.as_of);
    if (!options.known_at.empty()) add("known_at", options.known_at);
    return whole;
}

Exit run_state(const Options& options, Console& console, client::Client& client) {
    client::ReadOptions read;
    read.local = options.local;
    const auto answer = client::get_at(client, path_at_point(options), read);
    return show_answer(console, answer, [&](const auto& document) {
        const Words words(language_of(options.lang));
        if (options.plural == "lines") {
            print_line(console, document, words);
        } else if (options.plural == "contracts") {
            print_contract(console, document, words);
        } else {
            print_borrower(console, document, words);
        }
    });
}

Exit run(const Options& options, Console& console) {
    const bool member = options.plural == "members";
    if (member && options.id.empty()) {
        return console.fail(Exit::usage, "usage", "ID: is empty; give a member's name or id");
    }
    if (!member && !api::id_bytes_from_text(options.id)) {
        return console.fail(Exit::usage, "usage", options.id + ": is not 32 hexadecimal digits");
    }
    if (!options.as_of.empty() && !ledger::day_from_text(options.as_of)) {
        return console.fail(Exit::usage, "usage",
                            "--as-of " + options.as_of + ": is not a date, write YYYY-MM-DD");
    }
    if (!options.known_at.empty() && !is_number(options.known_at)) {
        return console.fail(Exit::usage, "usage",
                            "--known-at " + options.known_at + ": is not an entry's number");
    }
    if (options.history && !options.lang.empty()) {
        return console.fail(Exit::usage, "usage",
                            "--lang: --history is in English only; leave one of them out");
    }
    if (!member && !options.history && options.limit) {
        return console.fail(Exit::usage, "usage", "--limit: is for --history; give both or none");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    if (!options.history && !member) return run_state(options, console, *client);
    const auto path = client::url_path({"v1", options.plural, options.id});
    if (!path) return console.fail(path.error());
    return print_history(console, *client, options.target, *path,
                         options.limit.value_or(kHistoryEntries), options.local);
}

/// What only things with a state have.
void add_state_options(const Command& command, Options& options) {
    const Option history =
        command.flag("--history", options.history, "What happened, newest first");
    command.option("--as-of", options.as_of, "What was true for this date: YYYY-MM-DD")
        .type_name("DATE")
        .excludes(history);
    command.option("--known-at", options.known_at, "As known when this entry was the last one")
        .type_name("ENTRY")
        .excludes(history);
    add_language_option(command, options.lang);
}

void add_account(const Command& program, Session& session, const std::string& name,
                 const std::string& plural, const std::string& description) {
    auto options = std::make_shared<Options>();
    options->plural = plural;
    const std::string example = "  tallystick " + name + " 0123456789abcdef0123456789abcdef";
    const Command command = add_command(
        program, session, name, description,
        plural == "members" ? "  tallystick member lender --limit 5"
                            : example + " --as-of 2024-04-10\n" + example + " --history");
    command
        .option("ID", options->id, plural == "members" ? "Name or id" : "Id, 32 hexadecimal digits")
        .required();
    if (plural != "members") add_state_options(command, *options);
    command.option("--limit", options->limit, "Entries of the history, 20 without it; 0: all");
    add_local_option(command, options->local);
    add_target_options(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace

void add_accounts(const Command& program, Session& session) {
    add_account(program, session, "line", "lines", "A credit line at a point in time");
    add_account(program, session, "contract", "contracts",
                "An instalment contract at a point in time: schedule, statement, ageing");
    add_account(program, session, "borrower", "borrowers", "A borrower's lines at a point in time");
    add_account(program, session, "member", "members",
                "What a member submitted, signed for others or took part in");
}

}  // namespace tally::cli
