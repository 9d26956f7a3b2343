#include "api/ids.h"
#include "cli/answer.h"
#include "cli/readings.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/target.h"
#include "client/answers.h"
#include "client/paths.h"

namespace tally::cli {
namespace {

using boost::json::object;

struct Options {
    Target target;
    std::string id;
    std::string member;  ///< empty: whoever it was
    std::uint64_t entry = 0;
    bool local = false;
};

void print_entry(Console& console, const object& entry, Readings& readings) {
    std::vector<std::pair<std::string, std::string>> fields{
        {"entry", number_at(entry, "entry") + ", " + text_at(entry, "kind")}};
    if (text_at(entry, "kind") == "transaction") {
        const std::string text = text_at(entry, "outcome_text");
        fields.emplace_back("outcome",
                            text_at(entry, "outcome") + (text.empty() ? "" : ": " + text));
        fields.emplace_back("submitted by", member_at(entry, "submitter") + ", header at entry " +
                                                number_at(entry, "header_entry"));
    }
    if (entry.contains("block")) {
        fields.emplace_back("block",
                            number_at(entry, "block") + " at " + text_at(entry, "block_time"));
    }
    print_fields(console.out, fields);
    const Reading names = readings.reading_of({});
    for (const auto& link : array_at(entry, "links")) {
        if (!link.is_object()) continue;
        const object& account = link.get_object();
        const std::string id = text_at(account, "id");
        const std::string name =
            text_at(account, "class") == "member" && names.member ? names.member(id) : "";
        console.out << "  number " << integer_at(account, "sequence") << " of "
                    << text_at(account, "class") << " " << id
                    << (name.empty() ? "" : " (" + name + ")") << "\n";
    }
    // What the entry is about: its transaction, its header, or for a seal all of it.
    for (const char* part : {"transaction", "header"}) {
        const object& found = object_at(entry, part);
        if (found.empty()) continue;
        console.out << part << "\n";
        return print_fields(console.out, readable_fields(found, readings.reading_of(found), "  "));
    }
    print_fields(console.out, readable_fields(entry, readings.reading_of(entry), "  "));
}

Exit show(const Options& options, Console& console, client::Client& client,
          const Result<client::Answer>& answer) {
    Readings readings(client, options.target);
    return show_answer(console, answer,
                       [&](const auto& document) { print_entry(console, document, readings); });
}

Exit show_entry(const Options& options, Console& console) {
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    return show(
        options, console, *client,
        client->get("/v1/entries/" + std::to_string(options.entry), {.local = options.local}));
}

/// An id belongs to its submitter; who that was, people do not always know.
Exit show_transaction(const Options& options, Console& console) {
    if (!api::id_bytes_from_text(options.id)) {
        return console.fail(Exit::usage, "usage", options.id + ": is not 32 hexadecimal digits");
    }
    if (options.member.empty() && !first_typed(console, {"--member"}).empty()) {
        return console.fail(Exit::usage, "usage", "--member: is empty; give a name or id");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    std::vector<std::string> members{options.member};
    if (options.member.empty()) {
        const auto trust = trust_of(options.target);
        if (!trust) {
            return console.fail(Error{
                trust.error().code,
                "--member is missing, and the members are not known: " + trust.error().context});
        }
        members.clear();
        for (const auto& member : trust->genesis.members) members.push_back(member.name);
    }
    Error none = fail(client::errc::bad_answer, "the network has no members");
    std::string doubt;  // of one of them: a majority may know more
    for (const std::string& member : members) {
        const auto answer =
            client::get_at(*client, client::url_path({"v1", "transactions", member, options.id}),
                           {.local = options.local});
        if (answer) return show(options, console, *client, answer);
        none = answer.error();
        if (!client::is(none.code, "not_found")) return console.fail(none);
        if (client::is_unconfirmed(none)) doubt = "; " + none.context;
    }
    if (!options.member.empty()) return console.fail(none);
    return console.fail(Error{none.code, options.id + ": no member has submitted this id" + doubt});
}

struct PaymentOptions {
    Target target;
    std::string source_ref;
    std::string member;  ///< a lender; empty: any
    bool local = false;
};

void print_payment(Console& console, const object& payment, Readings& readings) {
    const object& posted = object_at(payment, "posted");
    const std::int64_t reversal = integer_at(payment, "reversed_by");
    print_fields(console.out,
                 {{"payment", text_at(payment, "source_ref")},
                  {"lender", member_at(payment, "lender")},
                  {"contract", text_at(payment, "contract")},
                  {"reversed", reversal == 0 ? "no" : "by entry " + std::to_string(reversal)}});
    print_entry(console, posted, readings);
}

Exit show_payment(const PaymentOptions& options, Console& console) {
    if (options.source_ref.empty()) {
        return console.fail(Exit::usage, "usage", "REF: is empty; give the payment's source_ref");
    }
    if (options.member.empty() && !first_typed(console, {"--member"}).empty()) {
        return console.fail(Exit::usage, "usage", "--member: is empty; give a name or id");
    }
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    client::ReadOptions read;
    read.local = options.local;
    const auto answer = client->get(client::payment_path(options.source_ref, options.member), read);
    Readings readings(*client, options.target);
    return show_answer(console, answer, [&](const object& document) {
        bool first = true;
        for (const auto& item : array_at(document, "items")) {
            if (!item.is_object()) continue;
            if (!first) console.out << "\n";
            first = false;
            print_payment(console, item.get_object(), readings);
        }
    });
}

void add_payment(const Command& program, Session& session) {
    auto options = std::make_shared<PaymentOptions>();
    const Command command =
        add_command(program, session, "payment", "What was posted under a payment's reference",
                    "  tallystick payment bank-0001 --member lender");
    command.option("REF", options->source_ref, "The source_ref; capitals do not matter").required();
    command.option("--member", options->member,
                   "The lender in whose book it was posted; without it all are looked at");
    add_local_option(command, options->local);
    add_target_options(command, options->target);
    on_chosen(command, session, options, show_payment);
}

}  // namespace

void add_entries(const Command& program, Session& session) {
    auto by_id = std::make_shared<Options>();
    const Command transaction =
        add_command(program, session, "transaction", "What became of a transaction",
                    "  tallystick transaction 0190f3c2a1b27c3d8e4f5a6b7c8d9e0f --member servicer");
    transaction.option("ID", by_id->id, "Id that its submitter gave it").required();
    transaction.option("--member", by_id->member,
                       "The submitter; without it every member is tried");
    add_local_option(transaction, by_id->local);
    add_target_options(transaction, by_id->target);
    on_chosen(transaction, session, by_id, [](const Options& options, Console& console) {
        return show_transaction(options, console);
    });

    auto by_number = std::make_shared<Options>();
    const Command entry =
        add_command(program, session, "entry", "An entry of the log by its number",
                    "  tallystick entry 17 --json");
    entry.option("N", by_number->entry, "From 0").required();
    add_local_option(entry, by_number->local);
    add_target_options(entry, by_number->target);
    on_chosen(entry, session, by_number, [](const Options& options, Console& console) {
        return show_entry(options, console);
    });
    add_payment(program, session);
}

}  // namespace tally::cli
