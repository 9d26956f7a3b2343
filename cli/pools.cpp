// A pool, what is in it, and what happened to it.
#include "api/ids.h"
#include "cli/account_views.h"
#include "cli/answer.h"
#include "cli/history.h"
#include "cli/list_pages.h"
#include "cli/session.h"
#include "cli/target.h"
#include "client/paths.h"

namespace tally::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

struct Options {
    Target target;
    std::string id;
    bool contracts = false;
    bool history = false;
    bool local = false;
    std::optional<std::uint64_t> limit;
    std::string lang;
};

Table table_of(const array& rows, const Words& words) {
    Table table(words.headers({">place", "contract", "status", "state", "owner", ">principal",
                               ">outstanding", ">days past due", "note"}));
    for (const auto& item : rows) {
        if (!item.is_object()) continue;
        const object& row = item.get_object();
        table.add({number_at(row, "place"), text_at(row, "id"), words(text_at(row, "status")),
                   words(text_at(row, "state")), member_at(row, "owner"),
                   amount_at(row, "principal"), amount_at(row, "principal_outstanding"),
                   number_at(row, "days_past_due"),
                   flag_at(row, "in_pool", true) ? "" : words("not in it any more")});
    }
    return table;
}

Exit run_contracts(const Options& options, Console& console, client::Client& client) {
    ListPages pages("pools/" + options.id + "/contracts", {}, {}, ListOrder::places);
    auto rows = gather_rows(console, client, std::move(pages), "contracts",
                            options.limit.value_or(kRowsUsual), options.local);
    if (!rows) return console.fail(rows.error());
    if (console.json) {
        console.print(object{{"items", std::move(rows->items)},
                             {"next", rows->next.empty() ? value(nullptr) : value(rows->next)},
                             {"as_of", rows->as_of.empty() ? value(nullptr) : value(rows->as_of)}});
        return Exit::ok;
    }
    table_of(rows->items, Words(language_of(options.lang))).print(console.out);
    if (!rows->next.empty()) console.out << "... more with --limit 0\n";
    return Exit::ok;
}

/// What is wrong with the options; empty: nothing.
std::string fault_of(const Options& options) {
    if (!api::id_bytes_from_text(options.id)) {
        return options.id + ": is not 32 hexadecimal digits";
    }
    if (options.history && !options.lang.empty()) {
        return "--lang: --history is in English only; leave one of them out";
    }
    if (!options.history && !options.contracts && options.limit) {
        return "--limit: is for --history and --contracts; give one of them too";
    }
    return {};
}

Exit run(const Options& options, Console& console) {
    const std::string fault = fault_of(options);
    if (!fault.empty()) return console.fail(Exit::usage, "usage", fault);
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    if (options.contracts) return run_contracts(options, console, *client);
    const auto path = client::url_path({"v1", "pools", options.id});
    if (options.history) {
        return print_history(console, *client, options.target, *path,
                             options.limit.value_or(kRowsUsual), options.local);
    }
    client::ReadOptions read;
    read.local = options.local;
    const auto answer = client::get_at(*client, path, read);
    return show_answer(console, answer, [&](const auto& document) {
        print_pool(console, document, Words(language_of(options.lang)));
    });
}

}  // namespace

void add_pools(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const std::string example = "  tallystick pool 0123456789abcdef0123456789abcdef";
    const Command command =
        add_command(program, session, "pool", "A pool of receivables: its terms, balance and notes",
                    example + "\n" + example + " --contracts --limit 0\n" + example + " --history");
    command.option("ID", options->id, "Id, 32 hexadecimal digits").required();
    const Option history =
        command.flag("--history", options->history, "What happened, newest first");
    command.flag("--contracts", options->contracts, "What was added to it, in that order")
        .excludes(history);
    command.option("--limit", options->limit,
                   "Entries of the history, or contracts: 20 without it; 0: all");
    add_local_option(command, options->local);
    add_language_option(command, options->lang);
    add_target_options(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
