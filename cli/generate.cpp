#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "api/errc.h"
#include "base/wall_clock.h"
#include "book/made_up/generator.h"
#include "cli/session.h"
#include "cli/whole_file.h"
#include "ledger/dates.h"

namespace tally::cli {
namespace {

struct Options {
    book::made_up::GeneratorOptions book;
    double refused_percent = 3;
    std::string start = "2015-01-01";
    std::string format;  // empty: by the name of the file, else CSV
    std::string out = "-";
};

boost::json::object counts_json(const std::map<std::string, std::uint64_t>& counts) {
    boost::json::object object;
    for (const auto& [name, count] : counts) object[name] = count;
    return object;
}

void report(Console& console, const Options& options,
            const book::made_up::GeneratedBook& generated) {
    if (console.json) {
        console.print(boost::json::object{{"out", options.out},
                                          {"seed", options.book.seed},
                                          {"rows", generated.rows},
                                          {"types", counts_json(generated.types)},
                                          {"to_be_refused", counts_json(generated.refusals)},
                                          {"first", ledger::day_text(generated.first)},
                                          {"last", ledger::day_text(generated.last)}});
        return;
    }
    print_fields(
        console.out,
        {{"book", options.out + ", seed " + std::to_string(options.book.seed)},
         {"rows", grouped(generated.rows)},
         {"of them", grouped(generated.attempts) + " attempts that must be refused, for " +
                         std::to_string(generated.refusals.size()) + " reasons"},
         {"days", ledger::day_text(generated.first) + " to " + ledger::day_text(generated.last)}});
    Table types({"type", ">rows"});
    for (const auto& [type, count] : generated.types) types.add({type, grouped(count)});
    types.print(console.out);
    if (std::chrono::days(generated.last) <= wall_now()) return;
    console.err << "The book goes on after today, and no network opens a day more than one day "
                   "ahead: an earlier --start gives the same story earlier.\n";
}

book::Format format_of(const Options& options) {
    if (options.format == "csv") return book::Format::csv;
    if (options.format == "ndjson") return book::Format::ndjson;
    return book::format_from_name(options.out).value_or(book::Format::csv);
}

/// A name that promises what no book is. Any other name is one for CSV.
std::string name_fault(const Options& options) {
    constexpr std::array kOthers{".xlsx", ".xls", ".xlsm", ".ods", ".json", ".tsv", ".parquet"};
    const std::string end = std::filesystem::path(options.out).extension().string();
    if (!options.format.empty() || std::ranges::find(kOthers, end) == kOthers.end()) return {};
    return "--out " + options.out +
           ": books are CSV (a name that ends in .csv) or NDJSON (.ndjson, " + ".jsonl), not " +
           end + "; name it so, or say --format csv or --format ndjson";
}

Exit run(const Options& options, Console& console) {
    if (const std::string fault = name_fault(options); !fault.empty()) {
        return console.fail(Exit::usage, "usage", fault);
    }
    book::made_up::GeneratorOptions wanted = options.book;
    const auto start = ledger::day_from_text(options.start);
    if (!start) {
        return console.fail(Exit::usage, "usage",
                            "--start " + options.start + ": is not a date, write YYYY-MM-DD");
    }
    wanted.start = *start;
    wanted.refused_ppm = static_cast<std::uint32_t>(options.refused_percent * 10'000);
    if (const std::string fault = book::made_up::options_fault(wanted); !fault.empty()) {
        return console.fail(Exit::usage, "usage", "--" + fault);
    }
    const book::Format format = format_of(options);
    std::ofstream file;
    if (options.out != "-") {
        auto opened = open_new(options.out);
        if (!opened) return console.fail(opened.error());
        file = std::move(*opened);
    }
    std::ostream& out = options.out == "-" ? static_cast<std::ostream&>(console.out) : file;
    int reason = 0;  // of the first write that failed; later ones say less
    const auto write = [&](const std::string& text) {
        if (reason != 0) return;
        errno = 0;
        if (!(out << text)) reason = errno != 0 ? errno : EIO;
    };
    write(book::header_of(format));
    const book::made_up::GeneratedBook generated = book::made_up::generate_book(
        wanted, [&](const book::BookRow& row) { write(book::line_of(row, format)); });
    errno = 0;
    if (reason == 0 && !out.flush()) reason = errno != 0 ? errno : EIO;
    if (reason != 0 && options.out != "-") {
        file.close();
        std::error_code ignored;  // half a book would be in the way of the next try
        std::filesystem::remove(options.out, ignored);
        return console.fail(fail(api::errc::io_failed,
                                 options.out + ": cannot be written: " + std::strerror(reason)));
    }
    if (options.out != "-") report(console, options, generated);
    return Exit::ok;
}

}  // namespace

void add_generate(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command = add_command(
        program, session, "generate", "Make up a book from a seed, for trying things out",
        "  tallystick generate --seed 1 --transactions 10000 --borrowers 1000 --out book.csv");
    auto& book = options->book;
    command.option("--seed", book.seed, "Equal seeds give equal books").show_default();
    command.option("--transactions", book.transactions, "Rows").range(1, 1'000'000).show_default();
    command.option("--borrowers", book.borrowers, "Borrowers at a time")
        .range(1, 1'000'000)
        .show_default();
    command
        .option("--refused", options->refused_percent, "Percent of rows that the rules must refuse")
        .range(0.0, 50.0)
        .show_default();
    command.option("--start", options->start, "First business date").show_default();
    command.option("--currency", book.currency, "ISO 4217 code").show_default();
    command.option("--funder", book.funders, "Member that funds; several share evenly")
        .count(1, static_cast<int>(book::made_up::kFundersMax))
        .show_default();
    command.option("--format", options->format, "csv or ndjson; else by the file's name")
        .one_of({"csv", "ndjson"});
    command.option("--out", options->out, "File; - is standard output").show_default();
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
