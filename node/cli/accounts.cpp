#include "node/cli/history.h"
#include "node/cli/session.h"
#include "node/cli/target.h"
#include "node/errc.h"
#include "node/json/ids.h"

namespace tally::cli {
namespace {

using boost::json::object;

struct Options {
    Target target;
    std::string id;
    bool history = false;
    bool local = false;
    std::uint64_t limit = 20;
    std::string plural;  ///< path segment: lines, contracts, borrowers, members
};

void print_line(Console& console, const object& line) {
    const std::string currency = text_at(line, "currency");
    const auto amount = [&](const char* name) { return money(integer_at(line, name), currency); };
    print_fields(console.out,
                 {{"line", text_at(line, "id")},
                  {"status", text_at(line, "status")},
                  {"borrower", text_at(line, "borrower")},
                  {"owner", member_at(line, "owner")},
                  {"limit", amount("limit")},
                  {"used", amount("used")},
                  {"available", amount("available")},
                  {"valid", text_at(line, "valid_from") + " to " + text_at(line, "valid_to")},
                  {"contracts", std::to_string(integer_at(line, "contract_count"))},
                  {"entries", std::to_string(integer_at(line, "entries"))}});
    for (const auto& contract : array_at(line, "contracts")) {
        if (contract.is_string()) console.out << "  " << contract.get_string().c_str() << "\n";
    }
}

void print_contract(Console& console, const object& contract) {
    const std::string currency = text_at(contract, "currency");
    const auto amount = [&](const object& source, const char* name) {
        return money(integer_at(source, name), currency);
    };
    std::string shares;
    for (const auto& share : array_at(contract, "shares")) {
        if (!share.is_object()) continue;
        shares += (shares.empty() ? "" : ", ") + text_at(share.get_object(), "name") + " " +
                  std::to_string(integer_at(share.get_object(), "share")) + " ppm";
    }
    print_fields(console.out,
                 {{"contract", text_at(contract, "id")},
                  {"status", text_at(contract, "status")},
                  {"line", text_at(contract, "line")},
                  {"borrower", text_at(contract, "borrower")},
                  {"owner", member_at(contract, "owner")},
                  {"funded by", shares},
                  {"principal",
                   amount(contract, "principal") + " on " + text_at(contract, "value_date") +
                       ", fee " + std::to_string(integer_at(contract, "fee_ppm")) + " ppm a month"},
                  {"paid", amount(contract, "paid") + " in " +
                               std::to_string(integer_at(contract, "payment_count")) + " payments"},
                  {"payable", amount(contract, "payable")},
                  {"entries", std::to_string(integer_at(contract, "entries"))}});
    Table table({">row", "due", ">principal", ">fee", ">principal left", ">fee left"});
    for (const auto& entry : array_at(contract, "schedule")) {
        if (!entry.is_object()) continue;
        const object& row = entry.get_object();
        table.add({std::to_string(integer_at(row, "instalment")), text_at(row, "due"),
                   amount(row, "principal"), amount(row, "fee"),
                   amount(row, "principal_outstanding"), amount(row, "fee_outstanding")});
    }
    table.print(console.out);
}

void print_borrower(Console& console, const object& borrower) {
    print_fields(console.out, {{"borrower", text_at(borrower, "id")},
                               {"lines", std::to_string(integer_at(borrower, "line_count"))},
                               {"entries", std::to_string(integer_at(borrower, "entries"))}});
    Table table({"line", "status", ">limit", ">used", ">available", ">contracts"});
    for (const auto& entry : array_at(borrower, "lines")) {
        if (!entry.is_object()) continue;
        const object& line = entry.get_object();
        const std::string currency = text_at(line, "currency");
        table.add({text_at(line, "id"), text_at(line, "status"),
                   money(integer_at(line, "limit"), currency),
                   money(integer_at(line, "used"), currency),
                   money(integer_at(line, "available"), currency),
                   std::to_string(integer_at(line, "contract_count"))});
    }
    table.print(console.out);
}

Exit run_state(const Options& options, Console& console, client::Client& client) {
    client::ReadOptions read;
    read.local = options.local;
    const auto answer = client.get("/v1/" + options.plural + "/" + options.id, read);
    if (!answer && client::is(answer.error().code, "not_found")) {
        return console.fail(Error{answer.error().code,
                                  answer.error().context + ": nothing accepted under that id"});
    }
    if (!answer) return console.fail(answer.error());
    warn_if_stale(console, *answer);
    const auto document = parse_object(*answer);
    if (!document) return console.fail(document.error());
    if (console.json) {
        console.print(*document);
    } else if (options.plural == "lines") {
        print_line(console, *document);
    } else if (options.plural == "contracts") {
        print_contract(console, *document);
    } else {
        print_borrower(console, *document);
    }
    return Exit::ok;
}

Exit run(const Options& options, Console& console) {
    const bool member = options.plural == "members";
    if (!member && !node::id_bytes_from_text(options.id)) {
        return console.fail(Exit::usage, "usage", options.id + ": is not 32 hexadecimal digits");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    if (!options.history && !member) return run_state(options, console, *client);
    return print_history(console, *client, "/v1/" + options.plural + "/" + options.id,
                         options.limit, options.local);
}

void add_account(CLI::App& program, Session& session, const std::string& name,
                 const std::string& plural, const std::string& description) {
    auto options = std::make_shared<Options>();
    options->plural = plural;
    CLI::App* command =
        add_command(program, session, name, description,
                    plural == "members"
                        ? "  tallystick member lender --limit 5"
                        : "  tallystick " + name + " 0123456789abcdef0123456789abcdef --history");
    command
        ->add_option("ID", options->id,
                     plural == "members" ? "Name or id" : "Id, 32 hexadecimal digits")
        ->required();
    if (plural != "members") {
        command->add_flag("--history", options->history, "What happened, newest first");
    }
    command->add_option("--limit", options->limit, "Entries of the history; 0: all")
        ->capture_default_str();
    command->add_flag("--local", options->local,
                      "What the node itself has, not confirmed by a quorum");
    add_target_options(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace

void add_accounts(CLI::App& program, Session& session) {
    add_account(program, session, "line", "lines", "A credit line, or its history");
    add_account(program, session, "contract", "contracts",
                "An instalment contract, or its history");
    add_account(program, session, "borrower", "borrowers", "A borrower, or its history");
    add_account(program, session, "member", "members", "What a member submitted or took part in");
}

}  // namespace tally::cli
