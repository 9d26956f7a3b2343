#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <istream>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/escaped_stream.h"

namespace tally::cli {

/// What the process says to its caller (docs/CLI.md).
enum class Exit : int {
    ok = 0,
    failed = 1,
    usage = 2,
    verification_failed = 3,
    no_quorum = 4,
    uncertified = 5,
};

/// 4 when nobody with a quorum answered or the outcome is unknown, 3 when evidence does not hold, 2
/// for what the caller wrote wrongly, else 1.
Exit exit_of(const std::error_code& code);

/// Where a command writes: results to `out`, all else to `err`. Both escape what is no text for
/// people, wherever it came from.
class Console {
public:
    /// `live` says whether a person watches `err`, who likes to see progress.
    Console(std::ostream& results, std::ostream& remarks, bool live)
        : out(results), err(remarks), live_(live), terminal_(remarks) {}

    EscapedStream out;
    EscapedStream err;
    bool json = false;               ///< one JSON document on `out`
    std::istream* person = nullptr;  ///< who may be asked; null: nobody sits there
    std::size_t columns = 0;         ///< of the terminal that shows `out`; 0: no limit
    bool colour = false;             ///< on `err`
    std::vector<std::string> typed;  ///< the command line, without the program's name
    std::string network_folder;      ///< whose nodes are asked; empty: none, or others (--url)

    /// Prints `error[code]: context` and, for machines, the same as a JSON document. Returns the
    /// exit code that belongs to it.
    Exit fail(const Error& error);
    Exit fail(Exit code, const std::string& name, const std::string& context);
    /// What may be done about an error that says nothing of it, such as nodes that do not run;
    /// empty: nothing is known here.
    std::string next_of(const Error& error) const;
    /// The same for a command whose document says it too: `error[code]: context` alone.
    Exit remark(Exit code, const std::string& name, const std::string& context);
    /// The document on one line, ended by LF.
    void print(const boost::json::value& document);
    bool live() const { return live_ && !json; }
    /// For what moves the cursor, and for nothing that anybody else wrote.
    std::ostream& terminal() { return terminal_; }

private:
    bool live_;
    std::ostream& terminal_;
};

/// Aligned columns for people, by display width. Cells are UTF-8 text on one line; columns named
/// with a leading
/// '>' align right.
class Table {
public:
    explicit Table(std::vector<std::string> headers);
    /// Requires as many cells as there are columns.
    void add(std::vector<std::string> cells);
    void print(std::ostream& out) const;
    bool empty() const { return rows_.empty(); }

private:
    std::vector<std::string> headers_;
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> rows_;
};

/// `label   value` lines, aligned; each stays on its line.
void print_fields(std::ostream& out,
                  const std::vector<std::pair<std::string, std::string>>& fields);

/// One line on the terminal that is drawn again and again, at most ten times a second, and wiped at
/// the end. Silent when nobody watches.
class Progress {
public:
    Progress(Console& console, const std::string& what);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `total` 0: not known.
    void show(std::uint64_t done, std::uint64_t total);
    /// Wipes the line.
    void end();

private:
    Console& console_;
    std::string what_;
    std::chrono::steady_clock::time_point begin_;
    std::chrono::steady_clock::time_point drawn_;
    bool visible_ = false;
};

/// `12,345,678`
std::string grouped(std::uint64_t number);
/// `n1, n2, n3`.
std::string joined(const std::vector<std::string>& names);
/// Minor units as people write them: `338.33 CNY`; exponents per ISO 4217.
std::string money(std::int64_t amount, std::string_view currency);
/// The same without the currency, for columns of one: `338.33`.
std::string amount_text(std::int64_t amount, std::string_view currency);
/// `10.896 %`, from integers; zeros at the end are left out. Requires ppm >= 0.
std::string percent(std::int64_t ppm);
/// One digit behind the point.
std::string decimal(double number);

}  // namespace tally::cli
