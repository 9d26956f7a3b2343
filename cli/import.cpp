#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "api/errc.h"
#include "api/ids.h"
#include "base/wall_clock.h"
#include "book/columns.h"
#include "cli/damaged_retry.h"
#include "cli/import_retry.h"
#include "cli/last_words.h"
#include "cli/receipts.h"
#include "cli/sender_lock.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/source_lock.h"

namespace tally::cli {
namespace {

constexpr std::uint32_t kTimeoutSeconds = 60;
constexpr std::uint32_t kSubmitTimeoutSeconds = 30;  // that `submit` need not be told

struct Options {
    Target target;
    std::string file;
    std::string format;
    std::vector<std::string> keys;
    std::size_t batch = 500;
    bool check = false;
    bool strict = false;
    std::string receipts;
};

boost::json::object refused_json(const ImportSummary& summary) {
    boost::json::object refused;
    for (const auto& [code, count] : summary.refused) refused[code] = count;
    return refused;
}

std::uint64_t refused_count(const ImportSummary& summary) {
    std::uint64_t total = 0;
    for (const auto& [code, count] : summary.refused) total += count;
    return total;
}

void print_json(Console& console, const ImportSummary& summary, const Refusals& refusals,
                const CheckSummary* check) {
    boost::json::object document{
        {"rows", summary.rows},
        {"acknowledged", summary.acknowledged},
        {"accepted", summary.accepted},
        {"refused", refused_json(summary)},
        {"replayed", summary.replayed},
        {"unexpected", summary.unexpected},
        {"submissions", summary.submissions},
        {"retries", summary.retries},
        {"seconds", summary.seconds},
        {"rate",
         summary.seconds > 0 ? static_cast<double>(summary.acknowledged) / summary.seconds : 0.0},
        {"applied_index", summary.applied_index}};
    boost::json::array rows;
    for (const auto& [line, code] : summary.refused_rows) {
        rows.push_back({{"line", line}, {"outcome", code}});
    }
    document["refused_rows"] = std::move(rows);
    document["refused_unshown"] = refusals.unshown;
    document["contradicted"] = boost::json::value_from(refusals.contradicted);
    if (check != nullptr) {
        document["check"] = {{"acknowledged", check->acknowledged},
                             {"found", check->found},
                             {"doubled", check->doubled},
                             {"entries", check->entries},
                             {"proven", check->proven},
                             {"differing", check->differing},
                             {"differences", boost::json::value_from(check->differences)},
                             {"faults", boost::json::value_from(check->faults)}};
    }
    if (!summary.failure) {
        document["error"] = {{"code", api::error_name(summary.failure.error().code)},
                             {"detail", summary.failure.error().context}};
    }
    console.print(document);
}

/// Another id is advised only where the refusal is shown.
void print_refusals(Console& console, const Refusals& refusals) {
    if (refusals.shown > 0) {
        console.out << grouped(refusals.shown)
                    << " of the refusals were on record before, and stand. To try such a row anew, "
                       "write another `id` into it; one without an id has one that follows from "
                       "what the row says, so give it an `id` of its own\n";
    }
    if (refusals.unshown > 0) {
        console.out << grouped(refusals.unshown)
                    << " of the refusals are said to have been on record before, which no proof "
                       "shows yet and no second node says. Give no such row another `id`: it may "
                       "have been booked. Run the same import again, with other nodes too\n";
    }
    for (const std::string& one : refusals.contradicted) {
        console.out << one << ": do not send it under another `id`\n";
    }
}

void print_text(const Options& options, Console& console, const ImportSummary& summary,
                const Refusals& refusals, const CheckSummary* check) {
    const double rate =
        summary.seconds > 0 ? static_cast<double>(summary.acknowledged) / summary.seconds : 0.0;
    print_fields(console.out,
                 {{"rows", grouped(summary.rows)},
                  {"acknowledged", grouped(summary.acknowledged)},
                  {"accepted", grouped(summary.accepted)},
                  {"refused", grouped(refused_count(summary))},
                  {"replayed", grouped(summary.replayed)},
                  {"submissions", grouped(summary.submissions) + ", " + grouped(summary.retries) +
                                      " attempts repeated"},
                  {"time", decimal(summary.seconds) + " s, " +
                               grouped(static_cast<std::uint64_t>(rate)) + " a second"}});
    for (const auto& [code, count] : summary.refused) {
        console.out << "  " << count << "  " << code << "\n";
    }
    for (const auto& [line, code] : summary.refused_rows) {
        const auto outcome = book::outcome_from_code(code);
        console.out << "  line " << line << ": " << code
                    << (outcome ? ": " + std::string(ledger::outcome_text(*outcome)) : "") << "\n";
    }
    if (refused_count(summary) > summary.refused_rows.size()) {
        console.out << "  ... and " << grouped(refused_count(summary) - summary.refused_rows.size())
                    << " more; "
                    << (options.receipts.empty()
                            ? "to have all of them, run the same import again with --receipts FILE"
                            : "all of them are in " + options.receipts)
                    << "\n";
    }
    if (summary.rows == 0) console.err << "note: " << options.file << ": holds no row\n";
    print_refusals(console, refusals);
    if (summary.unexpected > 0) {
        console.out << grouped(summary.unexpected)
                    << " rows ended otherwise than the column `expect` says\n";
    }
    if (check == nullptr) return;
    print_fields(console.out, {{"found", grouped(check->found) + " of " +
                                             grouped(check->acknowledged) + " acknowledged"},
                               {"doubled", grouped(check->doubled)},
                               {"walked", grouped(check->entries) + " entries"}});
    for (const std::string& difference : check->differences)
        console.out << "  " << difference << "\n";
    if (check->differing > check->differences.size()) {
        console.out << "  ... and " << grouped(check->differing - check->differences.size())
                    << " more differences\n";
    }
    for (const std::string& fault : check->faults) {
        console.err << "note: a history could not be read: " << fault << "\n";
    }
}

/// The book as a stream that can be read twice.
Result<std::unique_ptr<std::istream>> open_book(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) {
        auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
        if (file->is_open()) return std::unique_ptr<std::istream>(std::move(file));
    }
    constexpr std::size_t kStreamBytesMax = 256U << 20;
    auto text = read_text(path, kStreamBytesMax);
    if (!text) return text.error();
    return std::unique_ptr<std::istream>(std::make_unique<std::istringstream>(std::move(*text)));
}

/// Nothing: the book's first character shows it.
std::optional<book::Format> format_of(const Options& options) {
    if (options.format == "csv") return book::Format::csv;
    if (options.format == "ndjson") return book::Format::ndjson;
    return book::format_from_name(options.file);
}

Exit report_faults(Console& console, const std::string& file,
                   const std::vector<std::string>& faults) {
    const bool all = faults.size() < ImportOptions{}.faults_max;
    std::string text = file + ": nothing was sent, " + (all ? "" : "at least ") +
                       std::to_string(faults.size()) +
                       (faults.size() == 1 ? " line is wrong" : " lines are wrong");
    for (const std::string& fault : faults) text += "\n  " + fault;
    return console.fail(Exit::failed, "bad_book", text);
}

/// The command that does the same from any folder, with the book from there.
std::string again(const Options& options, const Console& console, const std::string& book) {
    std::vector<std::string> words{"import", book};
    for (const std::string& key : options.keys) {
        words.insert(words.end(), {"--key", file_anywhere(key)});
    }
    // What standard input holds has no name that shows its form.
    const auto format = book == "-" ? book::format_from_name(options.file) : std::nullopt;
    if (!options.format.empty()) {
        words.insert(words.end(), {"--format", options.format});
    } else if (format) {
        words.insert(words.end(), {"--format", *format == book::Format::csv ? "csv" : "ndjson"});
    }
    if (options.batch != Options{}.batch) {
        words.insert(words.end(), {"--batch", std::to_string(options.batch)});
    }
    if (options.check) words.emplace_back("--check");
    if (options.strict) words.emplace_back("--strict");
    if (!options.receipts.empty()) {
        words.insert(words.end(), {"--receipts", absolute_name(options.receipts)});
    }
    const auto target = target_words_anywhere(options.target, kTimeoutSeconds);
    words.insert(words.end(), target.begin(), target.end());
    if (console.json) words.emplace_back("--json");
    return shell_command(words) + (book == "-" ? from_file(options.file) : "");
}

std::string again(const Options& options, const Console& console) {
    return again(options, console,
                 options.file == "-" ? options.file : absolute_name(options.file));
}

/// What to do with the book once the submission has been sent.
std::string after_kept(const Options& options, const Console& console, const OpenRetry& open) {
    const std::string import = "run the import: `" + again(options, console) + "`";
    if (open.of_submit) {
        return "`submit` made it, under ids that rows do not have: leave out of the import what it "
               "booked, or it is booked once more; then " +
               import;
    }
    const std::string whole =
        "An import kept it, under the ids that its rows have here too: take no row out of the book "
        "for it. Then " +
        import + ", which books none twice";
    if (open.strange == 0) return whole;
    return whole + ". " + std::to_string(open.strange) + " of its " + std::to_string(open.all) +
           " transactions are no rows of the book as it is now, edited or taken out since, and are "
           "booked as they were: an edited row is another transaction, and would be booked beside "
           "it; put such rows back first, unless you want both";
}

/// An earlier import of this file was of another content, or had other keys, and one of its
/// submissions is open: as in `submit`, it must neither go out for this one nor be left unseen.
Exit refuse_for(const Options& options, Console& console, const OpenRetry& open) {
    std::vector<std::string> words{"submit", absolute_name(open.path)};
    const auto target = target_words_anywhere(options.target, kSubmitTimeoutSeconds);
    words.insert(words.end(), target.begin(), target.end());
    return console.fail(
        Exit::no_quorum, "retry_open",
        options.file +
            ": what became of an earlier submission of it is not known, and that one, kept in " +
            open.path +
            ", is not of just the book and keys that are asked for now; nothing was sent. What it "
            "holds may be on record: first send it, and see what became of it: `" +
            shell_command(words) + "`. " + after_kept(options, console, open));
}

/// What an earlier run of the same import has signed and got no answer for goes out first, as it
/// is. Nothing if the import may go on.
std::optional<Exit> send_kept(const Options& options, Console& console, const OpenRetry& open,
                              client::Client& client) {
    if (!open.kept) return refuse_for(options, console, open);
    const auto alone = SenderLock::take(open.path);
    if (!alone) {
        const bool sent = client::is(alone.error().code, "retry_open");
        return console.fail(sent ? being_sent(alone.error(), open.path, options.target)
                                 : alone.error());
    }
    console.err << "note: what became of a submission of an earlier run of this import is not "
                   "known; it goes out once more as it is in "
                << open.path << ", " << signed_as(*open.kept) << "\n";
    const LastWords interrupted(
        "what became of a submission of an earlier run of this import is not known; it is kept "
        "in " +
        open.path + ". Run the same import before the book is changed: " + again(options, console));
    const auto receipt = client.submit(open.kept->submission());
    const Error why = receipt ? Error{} : left_open(receipt.error());
    const Status done =
        receipt ? forget(open.path) : Status(Error{why.code, open.path + ": " + why.context});
    if (done) return std::nullopt;
    return console.fail(
        Error{done.error().code,
              done.error().context + "; run the same import again: " + again(options, console)});
}

/// The command that shows what stands under the id, where one is known; else empty.
std::string look_command(const Options& options, const ImportSummary& summary) {
    if (!summary.reused) return {};
    std::vector<std::string> look{"transaction", api::id_text(summary.reused->first), "--member",
                                  api::id_text(summary.reused->second)};
    Target nodes = options.target;
    nodes.trust.clear();  // reading takes none
    const auto target = target_words_anywhere(nodes, Target{}.timeout_s);
    look.insert(look.end(), target.begin(), target.end());
    return "`" + shell_command(look) + "`";
}

/// Whether a second run helps, and what does.
std::string reused_words(const Options& options, const Console& console,
                         const ImportSummary& summary) {
    const std::string look = look_command(options, summary);
    if (!summary.compared) {
        // Two imports of one book compute what a row leaves out on different states.
        return "somebody booked under an id of these rows since this import looked, such as "
               "another import of the same book. Run the same import again: it compares the rows "
               "with what is on record, and repeats none: " +
               again(options, console) + (look.empty() ? "" : ". What stands there: " + look);
    }
    return "to run the import again does not help: the ledger holds other content under ids of "
           "this book. See what stands there with " +
           look +
           "; then give the rows that are other transactions an id of their own, or none, and "
           "write those that are meant to be the same as they are on record. Rows before them "
           "are on record and are not repeated";
}

Exit finish(const Options& options, Console& console, client::Client& client,
            const ledger::Genesis& genesis, const Importer& importer,
            const ImportSummary& summary) {
    std::optional<CheckSummary> check;
    if (options.check && summary.failure) {
        Progress progress(console, "checking");
        auto checked =
            check_history(client, genesis, importer.acknowledged(), summary.applied_index,
                          [&progress](std::uint64_t entries) { progress.show(entries, 0); });
        if (!checked) return console.fail(checked.error());
        check = *checked;
    }
    const CheckSummary* const walked = check ? &*check : nullptr;
    const Refusals refusals = summary.refused_replayed > 0
                                  ? check_refusals(client, genesis, importer.acknowledged())
                                  : Refusals{};
    if (console.json) {
        print_json(console, summary, refusals, walked);
    } else {
        print_text(options, console, summary, refusals, walked);
    }
    if (!summary.failure) {
        const Error& error = summary.failure.error();
        if (client::is(error.code, "id_reused")) {
            return console.remark(exit_of(error.code), api::error_name(error.code),
                                  error.context + "; " + reused_words(options, console, summary));
        }
        if (client::is(error.code, "retry_open")) {
            return console.remark(exit_of(error.code), api::error_name(error.code), error.context);
        }
        const std::string next = console.next_of(error);
        return console.remark(exit_of(error.code), api::error_name(error.code),
                              error.context + next + (next.empty() ? "; " : "; then ") +
                                  "run the same import again, rows that are on record are not "
                                  "repeated: " +
                                  again(options, console));
    }
    if (check && !check->holds()) return Exit::verification_failed;
    if (!refusals.contradicted.empty()) return Exit::verification_failed;
    if (summary.unexpected > 0) return Exit::failed;
    return options.strict && refused_count(summary) > 0 ? Exit::failed : Exit::ok;
}

Exit run(const Options& options, Console& console) {
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto signers = load_signers(options.keys, options.target, trust->genesis);
    if (!signers) return console.fail(signers.error());
    auto book = open_book(options.file);
    if (!book) return console.fail(book.error());
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());

    ImportOptions settings;
    settings.batch = options.batch;
    settings.format = format_of(options);
    std::optional<Receipts> receipts;
    if (!options.receipts.empty()) {
        auto opened = Receipts::open(options.receipts);
        if (!opened) return console.fail(opened.error());
        settings.receipts = &receipts.emplace(std::move(*opened)).lines();
    }
    const Wish wish = wish_of(**book, *signers);
    const std::string source = kept_source(options.file, wish.drafts);
    settings.kept = kept_path(source, trust->network, wish);
    settings.again = again(options, console);
    settings.elsewhere = again(options, console, "-");
    settings.target = options.target;
    ImportSummary summary;
    Progress progress(console, "importing");
    // Between two submissions none is on its way, and just behind one it is kept still.
    const std::string kept = "; a submission that was not settled is kept in " + settings.kept +
                             ", if that file is there. The same import, with the book as it is, ";
    LastWords interrupted("no row is acknowledged from here" + kept + "goes on: " + settings.again);
    settings.progress = [&](std::uint64_t done, std::uint64_t total) {
        interrupted.say(std::to_string(done) + " of " + std::to_string(total) +
                        " rows are acknowledged and on record" + kept +
                        "repeats none of them and sends the rest: " + settings.again);
        progress.show(done, total);
    };
    Importer importer(*client, trust->genesis, *signers, settings);
    const auto faults = importer.check(**book);
    if (!faults.empty()) return report_faults(console, options.file, faults);
    (*book)->clear();
    (*book)->seekg(0);
    // Beside another one each would take the other's submissions for an earlier run's.
    const auto alone = SourceLock::take(source, trust->network, wall_now());
    if (!alone) {
        return console.fail(Error{alone.error().code,
                                  alone.error().context +
                                      "; nothing was sent from here. Once that one has ended, the "
                                      "same import repeats nothing that is on record: " +
                                      settings.again});
    }
    const auto open = open_retry(source, settings, **book, importer, *signers, *trust);
    if (!open) return console.fail(open.error());
    if (*open) {
        const auto ended = send_kept(options, console, **open, *client);
        if (ended) return *ended;
    }
    summary = importer.send(**book);
    progress.end();
    const Exit ended = finish(options, console, *client, trust->genesis, importer, summary);
    if (ended != Exit::ok || !receipts || receipts->lines().flush()) return ended;
    return console.remark(Exit::failed, "io_failed",
                          options.receipts +
                              ": cannot be written; what was imported stays so, and "
                              "to run the same import again writes the receipts");
}

}  // namespace

void add_import(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    options->target.timeout_s = kTimeoutSeconds;
    const Command command = add_command(
        program, session, "import", "Send a book of transactions (CSV or NDJSON, docs/IMPORT.md)",
        "  tallystick import book.csv --key lender --key lender-2 --key funder --key servicer \\\n"
        "      --key servicer-2 --key regulator --key collector --key bank --key auditor \\\n"
        "      --key trustee --check");
    command.option("FILE", options->file, "The book; - is standard input").required();
    command
        .option("--key", options->keys,
                "Key file or key of a member; each row is signed with those that its type needs")
        .required();
    command.option("--format", options->format, "csv or ndjson, if the file's name is silent")
        .one_of({"csv", "ndjson"});
    command.option("--batch", options->batch, "Rows in a submission").range(1, 8190).show_default();
    command.flag("--check", options->check,
                 "Afterwards, walk the submitter's history and count what is found");
    command.flag("--strict", options->strict, "Exit code 1 when a row was refused");
    command.option(
        "--receipts", options->receipts,
        "Write a line of JSON for each acknowledged row; what an earlier import wrote stays");
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
