#include "ledger/schedule.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/session.h"
#include "cli/shell.h"
#include "ledger/apr.h"
#include "ledger/currency.h"
#include "ledger/dates.h"
#include "ledger/outcome.h"

namespace tally::cli {
namespace {

using ledger::Amount;

/// Numbers are kept as they were written, so that one which no integer holds is still told to be
/// out of its range.
struct Options {
    std::string method;
    std::string principal;
    std::string rate_ppm;
    std::string periods;
    std::string start;
    std::string day_count = "30/360";
    std::string month_end = "clamp";
    std::string remainder = "last";
    std::string currency = "CNY";
};

struct Totals {
    Amount principal = 0;
    Amount interest = 0;
    Amount fee = 0;
    std::int64_t apr_ppm = 0;
    std::int64_t ear_ppm = 0;

    Amount all() const { return principal + interest + fee; }
};

Amount total_of(const ledger::Instalment& row) { return row.principal + row.interest + row.fee; }

std::nullopt_t refuse(Console& console, const std::string& code, const std::string& context) {
    console.fail(Exit::usage, code, context);
    return std::nullopt;
}

/// The number in `text`; says what is wrong with it otherwise.
std::optional<Amount> number_in(Console& console, const std::string& option,
                                const std::string& text, Amount least, Amount most) {
    const std::string given = option + " " + text;
    Amount number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, number);
    if (code == std::errc::invalid_argument || stop != end) {
        return refuse(console, "usage", given + ": is not a whole number");
    }
    if (code == std::errc::result_out_of_range || number < least || number > most) {
        return refuse(console, "out_of_range",
                      given + ": must be " + std::to_string(least) + " to " + std::to_string(most));
    }
    return number;
}

std::optional<ledger::Day> start_in(Console& console, const std::string& text) {
    const auto day = ledger::day_from_text(text);
    if (day) return day;
    std::string form = text;
    for (char& character : form) {
        if (character >= '0' && character <= '9') character = '0';
    }
    if (form != "0000-00-00") {
        return refuse(console, "usage", "--start " + text + ": is not a date, write YYYY-MM-DD");
    }
    return refuse(console, "out_of_range",
                  "--start " + text + ": must be an existing day from 1970-01-01 to 9999-12-31");
}

std::optional<ledger::ScheduleTerms> terms_in(Console& console, const Options& options) {
    ledger::ScheduleTerms terms;
    const bool annuity = options.method == "annuity";
    if (annuity) terms.method = ledger::ScheduleMethod::annuity;
    if (options.day_count == "act/365") terms.day_count = ledger::DayCount::act_365;
    if (options.day_count == "act/act") terms.day_count = ledger::DayCount::act_act;
    if (options.month_end == "roll") terms.month_end = ledger::MonthEnd::roll;
    if (options.remainder == "first") terms.remainder = ledger::Remainder::first;
    if (options.remainder == "spread") terms.remainder = ledger::Remainder::spread;

    const auto principal =
        number_in(console, "--principal", options.principal, 1, ledger::kPrincipalEnd - 1);
    if (!principal) return std::nullopt;
    const auto rate = number_in(console, "--rate-ppm", options.rate_ppm, 0,
                                annuity ? ledger::kYearlyPpmMax : ledger::kFeePpmMax);
    if (!rate) return std::nullopt;
    const auto periods = number_in(console, "--periods", options.periods, 1, ledger::kPeriodsMax);
    if (!periods) return std::nullopt;
    const auto start = start_in(console, options.start);
    if (!start) return std::nullopt;
    terms.principal = *principal;
    terms.rate_ppm = static_cast<ledger::Ppm>(*rate);
    terms.periods = static_cast<std::uint32_t>(*periods);
    terms.anchor = *start;
    return terms;
}

void print_json(Console& console, const ledger::Schedule& schedule, const Totals& totals) {
    boost::json::array rows;
    for (const ledger::Instalment& row : schedule.rows) {
        rows.push_back(boost::json::object{{"due", ledger::day_text(row.due)},
                                           {"principal", row.principal},
                                           {"interest", row.interest},
                                           {"fee", row.fee},
                                           {"total", total_of(row)}});
    }
    console.print(boost::json::object{{"rows", std::move(rows)},
                                      {"principal", totals.principal},
                                      {"interest", totals.interest},
                                      {"fee", totals.fee},
                                      {"total", totals.all()},
                                      {"apr_ppm", totals.apr_ppm},
                                      {"ear_ppm", totals.ear_ppm}});
}

void print_text(Console& console, const ledger::Schedule& schedule, const Totals& totals,
                const std::string& currency) {
    Table table({">instalment", "due", ">principal", ">interest", ">fee", ">total"});
    std::size_t number = 0;
    for (const ledger::Instalment& row : schedule.rows) {
        table.add({std::to_string(number++), ledger::day_text(row.due),
                   money(row.principal, currency), money(row.interest, currency),
                   money(row.fee, currency), money(total_of(row), currency)});
    }
    table.add({"", "all", money(totals.principal, currency), money(totals.interest, currency),
               money(totals.fee, currency), money(totals.all(), currency)});
    table.print(console.out);
    print_fields(console.out, {{"annual percentage rate", percent(totals.apr_ppm)},
                               {"effective annual rate", percent(totals.ear_ppm)}});
}

Exit run(const Options& options, Console& console) {
    if (!ledger::currency_exponent(options.currency)) {
        return console.fail(Exit::usage, "usage",
                            "--currency " + options.currency +
                                ": must be a code of ISO 4217, three capitals, as CNY");
    }
    const bool annuity = options.method == "annuity";
    const std::string unused = first_typed(console, {annuity ? "--remainder" : "--day-count"});
    if (!unused.empty()) {
        return console.fail(Exit::usage, "usage",
                            unused + ": --method " + options.method + " has none; leave it out");
    }
    const auto terms = terms_in(console, options);
    if (!terms) return Exit::usage;
    const ledger::Schedule schedule = ledger::compute_schedule(*terms);
    if (schedule.outcome == ledger::Outcome::date_out_of_range) {
        return console.fail(Exit::usage, "out_of_range",
                            "--start " + options.start + " with --periods " + options.periods +
                                ": the last due date must be 9999-12-31 or before");
    }
    if (schedule.outcome != ledger::Outcome::accepted) {
        return console.fail(Exit::usage, "out_of_range",
                            std::string(ledger::outcome_text(schedule.outcome)));
    }
    const auto apr = ledger::apr_ppm(terms->principal, schedule.rows);
    if (!apr) {
        return console.fail(Exit::usage, "out_of_range",
                            "--rate-ppm " + options.rate_ppm +
                                ": the annual percentage rate of the rows must be 0 to 10000000 "
                                "ppm, and is above");
    }
    const Totals totals{terms->principal, schedule.interest_total, schedule.fee_total, *apr,
                        ledger::ear_ppm(*apr)};
    if (console.json) {
        print_json(console, schedule, totals);
    } else {
        print_text(console, schedule, totals, options.currency);
    }
    return Exit::ok;
}

}  // namespace

void add_schedule(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command = add_command(
        program, session, "schedule",
        "Compute instalments and their rates as the ledger does; asks no network",
        "  tallystick schedule --method annuity --principal 1000000 --rate-ppm 120000 \\\n"
        "    --periods 6 --start 2023-12-12 --day-count act/act\n"
        "  tallystick schedule --method equal-principal --principal 100000 --rate-ppm 5000 \\\n"
        "    --periods 12 --start 2024-01-31");
    command.option("--method", options->method, "annuity, or equal-principal with a fee")
        .one_of({"annuity", "equal-principal"})
        .required();
    command.option("--principal", options->principal, "Minor units, 1 to 2^50 - 1")
        .type_name("N")
        .required();
    command
        .option("--rate-ppm", options->rate_ppm,
                "annuity: a year, 0 to 10000000; equal-principal: the fee a period, 0 to "
                "1000000")
        .type_name("N")
        .required();
    command.option("--periods", options->periods, "Months, 1 to 36").type_name("N").required();
    command.option("--start", options->start, "Date from which due dates count: YYYY-MM-DD")
        .type_name("DATE")
        .required();
    command.option("--day-count", options->day_count, "annuity: part of a year in a period")
        .one_of({"30/360", "act/365", "act/act"})
        .show_default();
    command
        .option("--month-end", options->month_end,
                "A day that a month lacks: its last day, or the first of the next")
        .one_of({"clamp", "roll"})
        .show_default();
    command
        .option("--remainder", options->remainder,
                "equal-principal: where what the division leaves over goes")
        .one_of({"last", "first", "spread"})
        .show_default();
    command.option("--currency", options->currency, "ISO 4217 code, for the table alone")
        .show_default();
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
