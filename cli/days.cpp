#include "api/errc.h"
#include "cli/answer.h"
#include "cli/session.h"
#include "cli/target.h"
#include "cli/words.h"
#include "client/paths.h"
#include "ledger/dates.h"

namespace tally::cli {
namespace {

using boost::json::object;

struct Options {
    Target target;
    std::string trial_balance;  ///< day; empty: the days themselves
    bool local = false;
};

std::string joined(const boost::json::array& texts) {
    std::string text;
    for (const auto& element : texts) {
        if (!element.is_string()) continue;
        text += (text.empty() ? "" : ", ") + std::string(element.get_string());
    }
    return text.empty() ? "none" : text;
}

/// `lender CNY, lender-b EUR`
std::string books_text(const boost::json::array& books) {
    std::string text;
    for (const auto& element : books) {
        if (!element.is_object()) continue;
        const object& book = element.get_object();
        text += (text.empty() ? "" : ", ") + member_at(book, "lender") + " " +
                text_at(book, "currency");
    }
    return text.empty() ? "none" : text;
}

void print_days(Console& console, const object& days) {
    const std::string closed = text_at(days, "last_closed");
    print_fields(console.out, {{"last closed", closed.empty() ? "none" : closed},
                               {"open", joined(array_at(days, "open"))},
                               {"books", books_text(array_at(days, "books"))}});
}

void print_trial_balance(Console& console, const object& balance) {
    Table table({"lender", "currency", ">account", "name", ">debit", ">credit"});
    for (const auto& element : array_at(balance, "rows")) {
        if (!element.is_object()) continue;
        const object& row = element.get_object();
        const std::string currency = text_at(row, "currency");
        const std::int64_t amount = integer_at(row, "balance");
        // The sign says the side; the magnitude of the least amount is not a number of its type.
        std::string text = amount_text(amount, currency);
        if (amount < 0) text.erase(0, 1);
        table.add({member_at(row, "lender"), currency, number_at(row, "account"),
                   text_at(row, "name"), amount < 0 ? "" : text, amount < 0 ? text : ""});
    }
    table.print(console.out);
}

std::string made_at(const object& day, const char* name) {
    const object& made = object_at(day, name);
    if (made.empty()) return "no";
    return "entry " + number_at(made, "entry") + " at " + text_at(made, "block_time") + " by " +
           member_at(made, "submitter");
}

void print_day(Console& console, const object& day) {
    std::vector<std::pair<std::string, std::string>> fields{{"day", text_at(day, "day")},
                                                            {"state", text_at(day, "state")},
                                                            {"opened", made_at(day, "opened")},
                                                            {"closed", made_at(day, "closed")}};
    const boost::json::array& before = array_at(day, "open_before");
    if (!before.empty()) fields.emplace_back("closed first", joined(before));
    print_fields(console.out, fields);
    console.out << "\n";
    print_trial_balance(console, day);
}

struct DayOptions {
    Target target;
    std::string date;  ///< empty: the book's newest day
    bool local = false;
};

/// The newest open day, or the last closed one.
Result<std::string> newest_day(client::Client& client, const client::ReadOptions& read) {
    const auto answer = client.get("/v1/days", read);
    if (!answer) return answer.error();
    const auto days = parse_object(*answer);
    if (!days) return days.error();
    const boost::json::array& open = array_at(*days, "open");
    if (!open.empty() && open.back().is_string()) return std::string(open.back().get_string());
    const std::string closed = text_at(*days, "last_closed");
    if (!closed.empty()) return closed;
    return fail(api::errc::not_found, "no day was opened in this book yet");
}

Exit run_day(const DayOptions& options, Console& console) {
    if (!options.date.empty() && !ledger::day_from_text(options.date)) {
        return console.fail(Exit::usage, "usage",
                            options.date + ": is not a date, write YYYY-MM-DD");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    client::ReadOptions read;
    read.local = options.local;
    std::string date = options.date;
    if (date.empty()) {
        const auto newest = newest_day(*client, read);
        if (!newest) return console.fail(newest.error());
        date = *newest;
    }
    const auto answer = client::get_at(*client, client::url_path({"v1", "days", date}), read);
    return show_answer(console, answer,
                       [&](const object& document) { print_day(console, document); });
}

Exit run(const Options& options, Console& console) {
    const std::string& day = options.trial_balance;
    if (!day.empty() && !ledger::day_from_text(day)) {
        return console.fail(Exit::usage, "usage",
                            "--trial-balance " + day + ": is not a date, write YYYY-MM-DD");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    client::ReadOptions read;
    read.local = options.local;
    const auto answer =
        client->get(day.empty() ? "/v1/days" : "/v1/trial-balance?day=" + day, read);
    return show_answer(console, answer, [&](const object& document) {
        if (day.empty()) {
            print_days(console, document);
        } else {
            print_trial_balance(console, document);
        }
    });
}

}  // namespace

void add_days(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command = add_command(program, session, "days",
                                        "Accounting days, open and closed, and their trial balance",
                                        "  tallystick days\n"
                                        "  tallystick days --trial-balance 2024-01-31");
    command
        .option("--trial-balance", options->trial_balance,
                "Balances of all closed days and of this open one: YYYY-MM-DD")
        .type_name("DATE");
    add_local_option(command, options->local);
    add_target_options(command, options->target);
    on_chosen(command, session, options, run);

    auto one = std::make_shared<DayOptions>();
    const Command day =
        add_command(program, session, "day",
                    "An accounting day: where it was opened and closed, what its DAY_CLOSE states",
                    "  tallystick day\n"
                    "  tallystick day 2024-01-31");
    day.option("DATE", one->date, "YYYY-MM-DD; without it the newest day");
    add_local_option(day, one->local);
    add_target_options(day, one->target);
    on_chosen(day, session, one, run_day);
}

}  // namespace tally::cli
