#include "api/ids.h"
#include "cli/answer.h"
#include "cli/readable.h"
#include "cli/session.h"
#include "cli/target.h"
#include "cli/words.h"
#include "client/paths.h"

// What was registered: rulesets, products, models, assessments; cost tables and who has seen them;
// authorisations; mandates and debits; complaints, reconciliations, opinions, hedges, erasures and
// alerts.

namespace tally::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

struct Options {
    Target target;
    std::string id;
    std::string plural;  ///< path segment
    bool local = false;
};

/// `max days past due` for `max_days_past_due`.
std::string label_of(std::string_view name) {
    std::string label(name);
    for (char& letter : label) {
        if (letter == '_') letter = ' ';
    }
    return label;
}

bool is_table(const value& member) {
    return member.is_array() && !member.get_array().empty() && member.get_array()[0].is_object();
}

std::string joined(std::string_view name, const array& scalars, const std::string& currency) {
    std::string text;
    for (const value& scalar : scalars) {
        text += (text.empty() ? "" : ", ") + readable(name, scalar, {currency, {}});
    }
    return text;
}

void print_table(Console& console, const array& rows, const std::string& currency) {
    const object& first = rows.front().get_object();
    std::vector<std::string> headers;
    for (const auto& member : first) {
        headers.push_back((member.value().is_number() ? ">" : "") + label_of(member.key()));
    }
    Table table(headers);
    for (const value& element : rows) {
        if (!element.is_object()) continue;
        std::vector<std::string> cells;
        for (const auto& member : first) {
            const auto* cell = element.get_object().if_contains(member.key());
            cells.push_back(cell == nullptr ? "" : readable(member.key(), *cell, {currency, {}}));
        }
        table.add(std::move(cells));
    }
    console.out << "\n";
    table.print(console.out);
}

/// A member as one field; anything else as a field for each of its own.
void add_object(Fields& fields, const object& document, const std::string& name) {
    const object& inner = object_at(document, name.c_str());
    if (inner.contains("member")) {
        fields.emplace_back(label_of(name), member_at(document, name.c_str()));
        return;
    }
    for (const auto& [label, text] :
         readable_fields(inner, {text_at(document, "currency"), {}}, label_of(name) + " ")) {
        fields.emplace_back(label, text);
    }
}

/// Scalars as fields, lists of objects as tables behind them.
void print_registered(Console& console, const object& document) {
    const std::string currency = text_at(document, "currency");
    Fields fields;
    for (const auto& member : document) {
        const std::string name(member.key());
        if (is_table(member.value())) continue;
        if (member.value().is_object()) {
            add_object(fields, document, name);
        } else if (member.value().is_array()) {
            fields.emplace_back(label_of(name), joined(name, member.value().get_array(), currency));
        } else {
            fields.emplace_back(label_of(name), readable(name, member.value(), {currency, {}}));
        }
    }
    print_fields(console.out, fields);
    for (const auto& member : document) {
        if (is_table(member.value())) {
            print_table(console, member.value().get_array(), currency);
        }
    }
}

Exit run(const Options& options, Console& console) {
    if (!api::id_bytes_from_text(options.id)) {
        return console.fail(Exit::usage, "usage", options.id + ": is not 32 hexadecimal digits");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    client::ReadOptions read;
    read.local = options.local;
    const auto answer =
        client::get_at(*client, client::url_path({"v1", options.plural, options.id}), read);
    return show_answer(console, answer,
                       [&](const auto& document) { print_registered(console, document); });
}

void add_kind(const Command& program, Session& session, const std::string& name,
              const std::string& description) {
    auto options = std::make_shared<Options>();
    options->plural = name + "s";
    const Command command =
        add_command(program, session, name, description,
                    "  tallystick " + name + " 0123456789abcdef0123456789abcdef");
    command.option("ID", options->id, "Id, 32 hexadecimal digits").required();
    add_local_option(command, options->local);
    add_target_options(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace

void add_terms(const Command& program, Session& session) {
    add_kind(program, session, "ruleset", "A ruleset as it was registered");
    add_kind(program, session, "product", "A product and its rates as it was registered");
    add_kind(program, session, "model", "A scoring model's commitment as it was registered");
    add_kind(program, session, "assessment", "An assessment, and what lines have taken of it");
    add_kind(program, session, "authorisation", "A reservation on a line and what became of it");
    add_kind(program, session, "cost-table", "What purchases under a product cost, all parties");
    add_kind(program, session, "disclosure", "That a borrower was shown a cost table");
    add_kind(program, session, "mandate", "A mandate to draw on a contract, and its debits");
    add_kind(program, session, "debit", "A debit that was instructed and what came of it");
    add_kind(program, session, "complaint", "A borrower's complaint and what came of it");
    add_kind(program, session, "recon", "What a comparison of a lender's book with a file found");
    add_kind(program, session, "opinion", "What an auditor concluded, and on what it rests");
    add_kind(program, session, "hedge", "A hedge that a funder registered");
    add_kind(program, session, "erasure",
             "A lender's certificate that it erased a borrower, by its id in the list of them");
    add_kind(program, session, "alert",
             "An early warning, which entry raised it, what was decided");
}

}  // namespace tally::cli
