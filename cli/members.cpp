#include "cli/answer.h"
#include "cli/session.h"
#include "cli/target.h"
#include "cli/words.h"
#include "client/paths.h"

// Who belongs to the network, with which keys, and who decides what.

namespace tally::cli {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::uint64_t kPage = 200;

struct Options {
    Target target;
    std::string member;
    bool local = false;
};

std::string words_of(const array& list) {
    std::string text;
    for (const auto& word : list) {
        if (word.is_string()) text += (text.empty() ? "" : ", ") + std::string(word.get_string());
    }
    return text;
}

/// Keys that sign now, as far as the row says.
std::size_t live_keys(const object& member) {
    std::size_t count = 0;
    for (const auto& element : array_at(member, "keys")) {
        const auto* key = element.if_object();
        if (key != nullptr && key->contains("end_block") && key->at("end_block").is_null()) ++count;
    }
    return count;
}

void print_members(Console& console, const object& page) {
    Table table({"member", "roles", ">keys", ">entries", "id"});
    for (const auto& element : array_at(page, "items")) {
        if (!element.is_object()) continue;
        const object& member = element.get_object();
        table.add({text_at(member, "name"), words_of(array_at(member, "roles")),
                   std::to_string(live_keys(member)), number_at(member, "entries"),
                   text_at(member, "id")});
    }
    table.print(console.out);
    if (!text_at(page, "next").empty()) {
        console.out << "... more: GET /v1/members has them page by page\n";
    }
}

void print_member(Console& console, const object& member) {
    print_fields(console.out, {{"member", text_at(member, "name")},
                               {"id", text_at(member, "id")},
                               {"roles", words_of(array_at(member, "roles"))},
                               {"entries", number_at(member, "entries")}});
    Table table({"key", "suite", ">from block", ">to block"});
    for (const auto& element : array_at(member, "keys")) {
        if (!element.is_object()) continue;
        const object& key = element.get_object();
        const std::int64_t end = integer_at(key, "end_block");
        table.add({text_at(key, "key"), text_at(key, "suite"), number_at(key, "first_block"),
                   end == 0 ? "" : std::to_string(end - 1)});
    }
    table.print(console.out);
}

void print_governance(Console& console, const object& governance) {
    std::string members;
    for (const auto& element : array_at(governance, "members")) {
        members += (members.empty() ? "" : ", ") + member_at(object{{"m", element}}, "m");
    }
    std::string nodes;
    for (const auto& element : array_at(governance, "nodes")) {
        if (!element.is_object()) continue;
        const object& node = element.get_object();
        const std::int64_t version = integer_at(node, "rules_newest");
        nodes += (nodes.empty() ? "" : ", ") + text_at(node, "name") + " " +
                 (version == 0 ? "not known" : std::to_string(version));
    }
    std::string next = "nothing";
    const object& decided = object_at(governance, "next");
    if (!decided.empty()) {
        next = "version " + number_at(decided, "version") + " with block " +
               number_at(decided, "height");
    }
    print_fields(
        console.out,
        {{"governing", members.empty() ? "nobody: genesis gave no member the role" : members},
         {"quorum", number_at(governance, "quorum")},
         {"rules version", number_at(governance, "rules_version")},
         {"applied block", number_at(governance, "applied_block")},
         {"next rules", next},
         {"nodes apply up to", nodes}});
}

Exit ask(const Options& options, Console& console, const Result<std::string>& path,
         void (*print)(Console&, const object&)) {
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    client::ReadOptions read;
    read.local = options.local;
    return show_answer(console, client::get_at(*client, path, read),
                       [&](const object& document) { print(console, document); });
}

Exit run_members(const Options& options, Console& console) {
    if (!options.member.empty()) {
        return ask(options, console, client::url_path({"v1", "members", options.member}),
                   print_member);
    }
    client::ListQuery query;
    query.limit = kPage;
    return ask(options, console, client::list_path("members", query), print_members);
}

Exit run_governance(const Options& options, Console& console) {
    return ask(options, console, std::string("/v1/governance"), print_governance);
}

std::shared_ptr<Options> add(const Command& command) {
    auto options = std::make_shared<Options>();
    add_local_option(command, options->local);
    add_target_options(command, options->target);
    return options;
}

}  // namespace

void add_members(const Command& program, Session& session) {
    const Command members = add_command(program, session, "members",
                                        "The members of the network; or one, with its keys",
                                        "  tallystick members\n  tallystick members lender");
    auto options = add(members);
    members.option("MEMBER", options->member, "Name or id of one");
    on_chosen(members, session, options, run_members);

    const Command governance = add_command(
        program, session, "governance",
        "Who governs, which rules are in force and which come next, what the nodes can apply",
        "  tallystick governance");
    on_chosen(governance, session, add(governance), run_governance);
}

}  // namespace tally::cli
