#include "cli/account_views.h"

#include "cli/answer.h"

namespace tally::cli {
namespace {

using boost::json::object;

std::string point_of(const object& document, const Words& words) {
    return text_at(document, "as_of") + ", " + words("known at entry") + " " +
           number_at(document, "known_at");
}

/// The newest days on which it was contacted, and who erased it.
void add_conduct(Fields& fields, const object& borrower, const Words& words) {
    constexpr std::size_t kShown = 3;
    const auto& days = array_at(borrower, "contacts");
    for (std::size_t place = 0; place < days.size() && place < kShown; ++place) {
        if (!days[place].is_object()) continue;
        const object& day = days[place].get_object();
        fields.emplace_back(words("contacts"), number_at(day, "count") + " " + words("on") + " " +
                                                   text_at(day, "day"));
    }
    for (const auto& element : array_at(borrower, "erasures")) {
        if (!element.is_object()) continue;
        const object& erasure = element.get_object();
        fields.emplace_back(words("erased"),
                            member_at(erasure, "owner") + ", " + text_at(erasure, "value_date"));
    }
}

}  // namespace

std::string alert_line(const object& alert, const Words& words) {
    return text_at(alert, "id") + ", " + words(text_at(alert, "rule")) + ", " +
           words(text_at(alert, "status")) + ", " + words("entry") + " " +
           number_at(alert, "entry");
}

void print_line(Console& console, const object& line, const Words& words) {
    const std::string currency = text_at(line, "currency");
    const auto amount = [&](const char* name) { return money(integer_at(line, name), currency); };
    print_fields(console.out,
                 {{words("line"), text_at(line, "id")},
                  {words("status"), words(text_at(line, "status"))},
                  {words("as of"), point_of(line, words)},
                  {words("borrower"), text_at(line, "borrower")},
                  {words("owner"), member_at(line, "owner")},
                  {words("limit"), amount("limit")},
                  {words("used"), amount("used")},
                  {words("reserved"), amount("reserved")},
                  {words("available"), amount("available")},
                  {words("valid"), text_at(line, "valid_from") + " " + words("to") + " " +
                                       text_at(line, "valid_to")},
                  {words("assessment"), text_at(line, "assessment") + ", " + words("band") + " " +
                                            number_at(line, "band")},
                  {words("contracts"), std::to_string(array_at(line, "contracts").size())},
                  {words("entries"), number_at(line, "entries")}});
    for (const auto& contract : array_at(line, "contracts")) {
        if (contract.is_string()) console.out << "  " << contract.get_string().c_str() << "\n";
    }
    if (!flag_at(line, "whole", true)) {
        console.out << "  ... " << words("older ones are left out") << "\n";
    }
    for (const auto& alert : array_at(line, "alerts")) {
        if (!alert.is_object()) continue;
        console.out << words("alert") << " " << alert_line(alert.get_object(), words) << "\n";
    }
    Table events(words.headers({">entry", "value date", "what", ">limit"}));
    for (const auto& event : array_at(line, "events")) {
        if (!event.is_object()) continue;
        const object& change = event.get_object();
        events.add({number_at(change, "entry"), text_at(change, "value_date"),
                    words(text_at(change, "kind")),
                    amount_text(integer_at(change, "limit"), currency)});
    }
    console.out << "\n";
    events.print(console.out);
}

void print_borrower(Console& console, const object& borrower, const Words& words) {
    Fields fields{{words("borrower"), text_at(borrower, "id")},
                  {words("as of"), point_of(borrower, words)},
                  {words("lines"), std::to_string(array_at(borrower, "lines").size())},
                  {words("entries"), number_at(borrower, "entries")}};
    add_conduct(fields, borrower, words);
    print_fields(console.out, fields);
    Table table(words.headers(
        {"line", "status", ">limit", ">used", ">reserved", ">available", ">contracts"}));
    for (const auto& entry : array_at(borrower, "lines")) {
        if (!entry.is_object()) continue;
        const object& line = entry.get_object();
        const std::string currency = text_at(line, "currency");
        const auto amount = [&](const char* name) {
            return money(integer_at(line, name), currency);
        };
        table.add({text_at(line, "id"), words(text_at(line, "status")), amount("limit"),
                   amount("used"), amount("reserved"), amount("available"),
                   std::to_string(array_at(line, "contracts").size())});
    }
    table.print(console.out);
}

}  // namespace tally::cli
