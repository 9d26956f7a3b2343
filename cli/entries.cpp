#include "cli/history.h"
#include "cli/session.h"
#include "cli/target.h"

namespace tally::cli {
namespace {

using boost::json::object;

struct Options {
    Target target;
    std::string id;
    std::string member = "lender";
    std::uint64_t entry = 0;
};

void print_entry(Console& console, const object& entry) {
    std::vector<std::pair<std::string, std::string>> fields{
        {"entry", std::to_string(integer_at(entry, "entry")) + ", " + text_at(entry, "kind")}};
    if (text_at(entry, "kind") == "transaction") {
        const std::string text = text_at(entry, "outcome_text");
        fields.push_back(
            {"outcome", text_at(entry, "outcome") + (text.empty() ? "" : ": " + text)});
        fields.push_back({"submitted by", member_at(entry, "submitter") + ", header at entry " +
                                              std::to_string(integer_at(entry, "header_entry"))});
    }
    if (entry.contains("block")) {
        fields.push_back({"block", std::to_string(integer_at(entry, "block")) + " at " +
                                       text_at(entry, "block_time")});
    }
    print_fields(console.out, fields);
    for (const auto& link : array_at(entry, "links")) {
        if (!link.is_object()) continue;
        const object& account = link.get_object();
        console.out << "  number " << integer_at(account, "sequence") << " of "
                    << text_at(account, "class") << " " << text_at(account, "id") << "\n";
    }
    // What the entry is about: its transaction, its header, or for a seal all of it.
    for (const char* part : {"transaction", "header"}) {
        const auto* found = entry.if_contains(part);
        if (found != nullptr && found->is_object()) return console.print(*found);
    }
    console.print(entry);
}

Exit show(const Options& options, Console& console, const std::string& path) {
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    const auto answer = client->get(path);
    return show_answer(console, answer,
                       [&](const auto& document) { print_entry(console, document); });
}

}  // namespace

void add_entries(const Command& program, Session& session) {
    auto by_id = std::make_shared<Options>();
    const Command transaction =
        add_command(program, session, "transaction", "What became of a transaction",
                    "  tallystick transaction 0190f3c2a1b27c3d8e4f5a6b7c8d9e0f --member servicer");
    transaction.option("ID", by_id->id, "Id that its submitter gave it").required();
    transaction.option("--member", by_id->member, "The submitter").show_default();
    add_target_options(transaction, by_id->target);
    on_chosen(transaction, session, by_id, [](const Options& options, Console& console) {
        return show(options, console, "/v1/transactions/" + options.member + "/" + options.id);
    });

    auto by_number = std::make_shared<Options>();
    const Command entry =
        add_command(program, session, "entry", "An entry of the log by its number",
                    "  tallystick entry 17 --json");
    entry.option("N", by_number->entry, "From 0").required();
    add_target_options(entry, by_number->target);
    on_chosen(entry, session, by_number, [](const Options& options, Console& console) {
        return show(options, console, "/v1/entries/" + std::to_string(options.entry));
    });
}

}  // namespace tally::cli
