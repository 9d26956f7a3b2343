#include <algorithm>
#include <array>
#include <cctype>

#include "api/ids.h"
#include "cli/answer.h"
#include "cli/list_pages.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/target.h"
#include "cli/words.h"

namespace tally::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

struct Options {
    Target target;
    std::string plural;  ///< path segment: lines, contracts, complaints, alerts, pools
    client::ListQuery query;
    std::optional<std::uint64_t> limit;
    bool local = false;
    std::string lang;
};

Table table_of_lines(const array& rows, const Words& words) {
    Table table(words.headers({"line", "status", "owner", "borrower", ">limit", ">used",
                               ">available", ">contracts", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        table.add({text_at(row, "id"), words(text_at(row, "status")), member_at(row, "owner"),
                   text_at(row, "borrower"), amount_at(row, "limit"), amount_at(row, "used"),
                   amount_at(row, "available"), number_at(row, "contract_count"),
                   number_at(row, "first_entry")});
    }
    return table;
}

Table table_of_contracts(const array& rows, const Words& words) {
    Table table(words.headers({"contract", "status", "state", "owner", "servicer", "borrower",
                               ">principal", ">payable", ">days past due", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        table.add({text_at(row, "id"), words(text_at(row, "status")), words(text_at(row, "state")),
                   member_at(row, "owner"), member_at(row, "servicer"), text_at(row, "borrower"),
                   amount_at(row, "principal"), amount_at(row, "payable"),
                   number_at(row, "days_past_due"), number_at(row, "first_entry")});
    }
    return table;
}

Table table_of_borrowers(const array& rows, const Words& words) {
    Table table(words.headers({"borrower", "owner", ">lines", ">entries", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        std::string owners;
        for (const auto& owner : array_at(row, "owners")) {
            owners += (owners.empty() ? "" : ", ") + member_at(object{{"owner", owner}}, "owner");
        }
        const bool first_known = row.contains("first_entry") && !row.at("first_entry").is_null();
        table.add({text_at(row, "id"), owners, number_at(row, "line_count"),
                   number_at(row, "entries"), first_known ? number_at(row, "first_entry") : ""});
    }
    return table;
}

Table table_of_complaints(const array& rows, const Words& words) {
    Table table(words.headers({"complaint", "status", "contract", "category", "value date",
                               "result", "answered", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        const object& answer = object_at(row, "answer");
        table.add({text_at(row, "id"), words(text_at(row, "status")), text_at(row, "contract"),
                   text_at(row, "category"), text_at(row, "value_date"), text_at(answer, "result"),
                   text_at(answer, "value_date"), number_at(row, "entry")});
    }
    return table;
}

Table table_of_recons(const array& rows, const Words& words) {
    constexpr std::array kCounts{"match",       "amount_diff", "date_diff", "status_diff",
                                 "only_ledger", "only_file",   "duplicate"};
    Table table(
        words.headers({"recon", "lender", "day", "owner", ">match", ">amount diff", ">date diff",
                       ">status diff", ">only ledger", ">only file", ">duplicate", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        std::vector<std::string> cells{text_at(row, "id"), member_at(row, "lender"),
                                       text_at(row, "day"), member_at(row, "owner")};
        for (const char* count : kCounts) cells.push_back(number_at(row, count));
        cells.push_back(number_at(row, "entry"));
        table.add(std::move(cells));
    }
    return table;
}

Table table_of_opinions(const array& rows, const Words& words) {
    Table table(words.headers(
        {"opinion", "lender", "from", "to", "conclusion", "owner", ">entries", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        table.add({text_at(row, "id"), member_at(row, "lender"), text_at(row, "from"),
                   text_at(row, "to"), text_at(row, "conclusion"), member_at(row, "owner"),
                   number_at(row, "ledger_size"), number_at(row, "entry")});
    }
    return table;
}

Table table_of_hedges(const array& rows, const Words& words) {
    Table table(words.headers({"hedge", "owner", "kind", ">notional", "from", "to", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        table.add({text_at(row, "id"), member_at(row, "owner"), text_at(row, "kind"),
                   amount_at(row, "notional"), text_at(row, "from"), text_at(row, "to"),
                   number_at(row, "entry")});
    }
    return table;
}

Table table_of_erasures(const array& rows, const Words& words) {
    Table table(words.headers({"erasure", "borrower", "owner", "value date", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        table.add({text_at(row, "id"), text_at(row, "borrower"), member_at(row, "owner"),
                   text_at(row, "value_date"), number_at(row, "entry")});
    }
    return table;
}

/// What an alert is on.
std::string subject_of(const object& alert, const Words& words) {
    for (const char* name : {"pool", "contract"}) {
        const std::string id = text_at(alert, name);
        if (!id.empty()) return words(name) + " " + id;
    }
    return words("line") + " " + text_at(alert, "line");
}

Table table_of_alerts(const array& rows, const Words& words) {
    Table table(words.headers({"alert", "status", "rule", "owner", "on", "as of", ">measured",
                               ">threshold", "reason", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        const bool by_nodes = text_at(row, "raised_by") == "nodes";
        table.add({text_at(row, "id"), words(text_at(row, "status")), words(text_at(row, "rule")),
                   member_at(row, "owner"), subject_of(row, words), text_at(row, "as_of"),
                   by_nodes ? number_at(row, "measured") : "",
                   by_nodes ? number_at(row, "threshold") : "", text_at(row, "reason"),
                   number_at(row, "entry")});
    }
    return table;
}

Table table_of_pools(const array& rows, const Words& words) {
    Table table(words.headers({"pool", "status", "owner", "trustee", "buyer", ">contracts",
                               ">balance", "below since", ">entry"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        table.add({text_at(row, "id"), words(text_at(row, "status")), member_at(row, "owner"),
                   member_at(row, "trustee"), member_at(row, "buyer"), number_at(row, "contracts"),
                   amount_at(row, "balance"), text_at(row, "below_since"),
                   number_at(row, "entry")});
    }
    return table;
}

/// What there is a list of, and how its rows are shown.
struct Kind {
    std::string_view plural;
    Table (*table)(const array& rows, const Words& words);
};
constexpr std::array kKinds{
    Kind{"lines", table_of_lines},         Kind{"contracts", table_of_contracts},
    Kind{"borrowers", table_of_borrowers}, Kind{"complaints", table_of_complaints},
    Kind{"recons", table_of_recons},       Kind{"opinions", table_of_opinions},
    Kind{"hedges", table_of_hedges},       Kind{"erasures", table_of_erasures},
    Kind{"alerts", table_of_alerts},       Kind{"pools", table_of_pools}};

void print_rows(Console& console, const Options& options, const ListRows& rows) {
    const Words words(language_of(options.lang));
    for (const Kind& kind : kKinds) {
        if (kind.plural == options.plural) kind.table(rows.items, words).print(console.out);
    }
    if (!rows.next.empty()) console.out << "... more with --limit 0\n";
}

/// What is wrong with the options; empty: nothing.
std::string fault_of(const Options& options, const Console& console) {
    const client::ListQuery& query = options.query;
    const std::pair<const char*, const std::string&> given[] = {
        {"--owner", query.owner},   {"--servicer", query.servicer},
        {"--state", query.state},   {"--borrower", query.borrower},
        {"--line", query.line},     {"--contract", query.contract},
        {"--lender", query.lender}, {"--rule", query.rule},
        {"--pool", query.pool}};
    for (const auto& [name, text] : given) {
        if (text.empty() && !first_typed(console, {name}).empty()) {
            return std::string(name) + ": is empty; give a value or leave it out";
        }
    }
    for (const std::string& id : {query.borrower, query.line, query.contract, query.pool}) {
        if (!id.empty() && !api::id_bytes_from_text(id)) {
            return id + ": is not 32 hexadecimal digits";
        }
    }
    return {};
}

Exit run(const Options& options, Console& console) {
    const std::string fault = fault_of(options, console);
    if (!fault.empty()) return console.fail(Exit::usage, "usage", fault);
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    Options asked = options;
    std::ranges::transform(asked.query.state, asked.query.state.begin(), [](unsigned char letter) {
        return static_cast<char>(std::toupper(letter));
    });
    auto rows = gather_rows(console, *client, ListPages(asked.plural, asked.query), asked.plural,
                            asked.limit.value_or(kRowsUsual), asked.local);
    if (!rows) return console.fail(rows.error());
    if (console.json) {
        console.print(object{{"items", std::move(rows->items)},
                             {"next", rows->next.empty() ? value(nullptr) : value(rows->next)},
                             {"as_of", rows->as_of.empty() ? value(nullptr) : value(rows->as_of)}});
        return Exit::ok;
    }
    print_rows(console, asked, *rows);
    return Exit::ok;
}

void add_list(const Command& program, Session& session, const std::string& plural,
              const std::string& description, const std::string& examples) {
    auto options = std::make_shared<Options>();
    options->plural = plural;
    const Command command = add_command(program, session, plural, description, examples);
    client::ListQuery& query = options->query;
    const auto is = [&plural](std::initializer_list<std::string_view> names) {
        return std::ranges::find(names, plural) != names.end();
    };
    command.option("--owner", query.owner, "Of this member alone: name or id");
    if (is({"alerts"})) {
        command.option("--state", query.state,
                       "In this state alone: OPEN, ESCALATED, CONFIRMED, DISMISSED or DISPOSED");
    }
    if (is({"pools"})) {
        command.option("--state", query.state,
                       "In this state alone: DRAFT, SEALED, REVOLVING, AMORTISING, ISSUED (one of "
                       "these two) or CLOSED");
    }
    if (is({"lines", "contracts", "complaints"})) {
        command.option("--state", query.state, "In this state alone, such as ACTIVE");
    }
    if (is({"lines", "contracts", "erasures"})) {
        command.option("--borrower", query.borrower, "Of this borrower alone: 32 digits");
    }
    if (is({"complaints", "alerts"})) {
        command.option("--contract", query.contract, "On this contract alone: 32 digits");
    }
    if (is({"recons", "opinions"})) {
        command.option("--lender", query.lender, "About this lender alone: name or id");
    }
    if (plural == "alerts") {
        command.option("--rule", query.rule, "By this rule alone, such as limit_use");
        command.option("--line", query.line, "On this line and its contracts alone: 32 digits");
        command.option("--pool", query.pool, "On this pool alone: 32 digits");
    }
    if (plural == "contracts") {
        command.option("--servicer", query.servicer, "Of this servicer alone: name or id");
        command.option("--line", query.line, "On this line alone: 32 digits");
    }
    command.option("--limit", options->limit, "Rows, 20 without it; 0: all");
    add_local_option(command, options->local);
    add_language_option(command, options->lang);
    add_target_options(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace

void add_lists(const Command& program, Session& session) {
    add_list(program, session, "lines", "All credit lines, by id",
             "  tallystick lines --owner lender --state FROZEN");
    add_list(program, session, "contracts", "All instalment contracts, by id",
             "  tallystick contracts --state OVERDUE --limit 0 --json");
    add_list(program, session, "borrowers", "All borrowers that were ever granted a line, by id",
             "  tallystick borrowers --owner lender");
    add_list(program, session, "complaints", "All complaints of borrowers, by id",
             "  tallystick complaints --state OPEN");
    add_list(program, session, "recons", "All reconciliations of books with files, by id",
             "  tallystick recons --lender lender");
    add_list(program, session, "opinions", "All audit opinions, by id",
             "  tallystick opinions --lender lender");
    add_list(program, session, "hedges", "All hedges of funders, by id",
             "  tallystick hedges --owner funder");
    add_list(program, session, "erasures", "All certificates that a borrower was erased, by id",
             "  tallystick erasures --owner lender");
    add_list(program, session, "alerts", "All early warnings, by id",
             "  tallystick alerts --owner lender --state OPEN --limit 0");
    add_list(program, session, "pools", "All pools of receivables, by id",
             "  tallystick pools --owner lender --state ISSUED");
}

}  // namespace tally::cli
