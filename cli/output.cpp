#include "cli/output.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "api/errc.h"
#include "base/check.h"
#include "base/shown_text.h"
#include "cli/columns.h"
#include "cli/display_width.h"
#include "ledger/currency.h"
#include "network/commands.h"

namespace tally::cli {
namespace {

constexpr const char* kRed = "\x1b[1;31m";
constexpr const char* kPlain = "\x1b[0m";

struct ExitOf {
    std::string_view name;
    Exit exit;
};

/// The exit codes of errors by their names; all others are Exit::failed (docs/CLI.md).
constexpr std::array kExits = {
    ExitOf{"no_quorum", Exit::no_quorum},
    ExitOf{"outcome_unknown", Exit::no_quorum},
    ExitOf{"retry_open", Exit::no_quorum},
    ExitOf{"unreachable", Exit::no_quorum},
    ExitOf{"timed_out", Exit::no_quorum},
    ExitOf{"connection_lost", Exit::no_quorum},
    ExitOf{"root_mismatch", Exit::verification_failed},
    ExitOf{"bad_proof", Exit::verification_failed},
    ExitOf{"unverified", Exit::verification_failed},
    ExitOf{"usage", Exit::usage},
    ExitOf{"invalid_argument", Exit::usage},
    ExitOf{"bad_url", Exit::usage},
};

std::string grouped_digits(const std::string& digits) {
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
        text.push_back(digits[i]);
    }
    return text;
}

}  // namespace

Exit exit_of(const std::error_code& code) {
    const std::string name = api::error_name(code);
    const auto* const row = std::find_if(kExits.begin(), kExits.end(),
                                         [&](const ExitOf& known) { return known.name == name; });
    return row == kExits.end() ? Exit::failed : row->exit;
}

std::string Console::next_of(const Error& error) const {
    const std::string name = api::error_name(error.code);
    const bool slow = name == "timed_out" && error.context.find("--timeout") == std::string::npos;
    if (slow) return "; a longer --timeout waits for it";
    if (name != "unreachable") return {};
    if (network_folder.empty()) {
        return "; start the nodes that --url names, or name others that run, each with its own "
               "--url";
    }
    return "; " + network::command_on(network_folder, {"network", "status"}) +
           " shows which nodes run, " + network::command_on(network_folder, {"network", "up"}) +
           " starts those that do not";
}

Exit Console::fail(const Error& error) {
    return fail(exit_of(error.code), api::error_name(error.code), error.context + next_of(error));
}

Exit Console::fail(Exit code, const std::string& name, const std::string& context) {
    remark(code, name, context);
    if (json) print(boost::json::object{{"error", {{"code", name}, {"detail", context}}}});
    return code;
}

Exit Console::remark(Exit code, const std::string& name, const std::string& context) {
    out.flush();
    // Further lines are set in, so that none looks like a line of ours.
    std::string text;
    for (const char letter : context) {
        if (text.ends_with('\n') && letter != ' ') text += "  ";
        text.push_back(letter);
    }
    while (text.ends_with('\n')) text.pop_back();
    if (colour) terminal_ << kRed << std::flush;
    err << "error[" << escaped(name) << "]:";
    if (colour) terminal_ << kPlain << std::flush;
    err << " " << text << "\n";
    return code;
}

void Console::print(const boost::json::value& document) {
    out << boost::json::serialize(document) << "\n";
}

Table::Table(std::vector<std::string> headers) : headers_(std::move(headers)) {
    for (std::string& header : headers_) {
        right_.push_back(header.starts_with('>'));
        if (right_.back()) header.erase(0, 1);
    }
}

void Table::add(std::vector<std::string> cells) {
    TALLY_CHECK(cells.size() == headers_.size());
    for (std::string& cell : cells) cell = escaped(cell);
    rows_.push_back(std::move(cells));
}

namespace {

constexpr std::size_t kGap = 2;

/// How the columns of a table are set.
struct Layout {
    std::vector<std::size_t> widths;
    const std::vector<bool>& right;

    std::string line(const std::vector<std::string>& cells) const {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string padding(widths[i] - display_width(cells[i]), ' ');
            if (i > 0) text += std::string(kGap, ' ');
            text += right[i] ? padding + cells[i] : cells[i] + padding;
        }
        return text.erase(text.find_last_not_of(' ') + 1);
    }

    /// A row in as many lines as its tallest cell needs.
    void print(std::ostream& out, const std::vector<std::string>& cells) const {
        std::vector<std::vector<std::string>> parts;
        std::size_t height = 1;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            parts.push_back(right[i] ? std::vector{cells[i]}
                                     : folded(cells[i], std::max<std::size_t>(widths[i], 2)));
            height = std::max(height, parts.back().size());
        }
        for (std::size_t row = 0; row < height; ++row) {
            std::vector<std::string> shown;
            shown.reserve(parts.size());
            for (const auto& part : parts) shown.push_back(row < part.size() ? part[row] : "");
            out << line(shown) << "\n";
        }
    }
};

}  // namespace

void Table::print(std::ostream& out) const {
    std::vector<ColumnShape> shapes;
    for (std::size_t i = 0; i < headers_.size(); ++i) {
        shapes.push_back({display_width(headers_[i]), !right_[i], false});
        for (const auto& row : rows_) {
            shapes[i].width = std::max(shapes[i].width, display_width(row[i]));
            shapes[i].has_spaces = shapes[i].has_spaces || row[i].find(' ') != std::string::npos;
        }
    }
    const Layout layout{fitted(shapes, kGap, columns_of(out)), right_};
    layout.print(out, headers_);
    for (const auto& row : rows_) layout.print(out, row);
}

void print_fields(std::ostream& out,
                  const std::vector<std::pair<std::string, std::string>>& fields) {
    std::size_t width = 0;
    for (const auto& [label, value] : fields) width = std::max(width, display_width(label));
    for (const auto& [label, value] : fields) {
        out << label << std::string(width - display_width(label) + 2, ' ') << escaped(value)
            << "\n";
    }
}

Progress::Progress(Console& console, const std::string& what)
    : console_(console), what_(escaped(what)), begin_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { end(); }

void Progress::end() {
    if (visible_) console_.terminal() << "\r\x1b[K" << std::flush;
    visible_ = false;
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
    if (!console_.live()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    visible_ = true;
    std::string text = what_ + "  " + grouped(done);
    if (total > 0) {
        text += " of " + grouped(total) + "  " + std::to_string(done * 100 / total) + " %";
    }
    const auto elapsed_ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now - begin_).count());
    if (elapsed_ms > 500) text += "  " + grouped(done * 1000 / elapsed_ms) + "/s";
    console_.terminal() << "\r\x1b[K" << text << std::flush;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string grouped(std::uint64_t number) { return grouped_digits(std::to_string(number)); }

std::string amount_text(std::int64_t amount, std::string_view currency) {
    const std::size_t exponent = ledger::currency_exponent(currency).value_or(2);
    const bool negative = amount < 0;
    // The magnitude in unsigned arithmetic, where the least amount has one too.
    std::string digits = std::to_string(negative ? 0 - static_cast<std::uint64_t>(amount)
                                                 : static_cast<std::uint64_t>(amount));
    if (digits.size() <= exponent) {
        digits = std::string(exponent + 1 - digits.size(), '0').append(digits);
    }
    std::string text(negative ? 1 : 0, '-');
    text += grouped_digits(digits.substr(0, digits.size() - exponent));
    if (exponent > 0) {
        text.push_back('.');
        text += digits.substr(digits.size() - exponent);
    }
    return text;
}

std::string money(std::int64_t amount, std::string_view currency) {
    std::string text = amount_text(amount, currency);
    text.push_back(' ');
    text += currency;
    return text;
}

std::string percent(std::int64_t ppm) {
    constexpr std::int64_t kPpmPerPercent = 10'000;
    std::string text = std::to_string(ppm / kPpmPerPercent);
    std::string fraction = std::to_string(kPpmPerPercent + ppm % kPpmPerPercent).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (!fraction.empty()) text += "." + fraction;
    return text + " %";
}

std::string decimal(double number) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.1f", number);
    return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace tally::cli
