#include "cli/account_views.h"
#include "cli/answer.h"

namespace tally::cli {
namespace {

using boost::json::object;

/// `2024-04-10, entry 17`, behind what was said.
std::string step_at(const object& step, const Words& words, const std::string& said) {
    return (said.empty() ? "" : said + ", ") + text_at(step, "value_date") + ", " + words("entry") +
           " " + number_at(step, "entry");
}

/// What was agreed when it was created.
void add_terms(Fields& fields, const object& pool, const Words& words) {
    const std::string currency = text_at(pool, "currency");
    const std::string until = text_at(pool, "revolving_until");
    if (!until.empty()) fields.emplace_back(words("revolves to"), until);
    if (const std::int64_t least = integer_at(pool, "balance_min"); least != 0) {
        fields.emplace_back(words("least balance"), money(least, currency) + ", " +
                                                        number_at(pool, "below_days") + " " +
                                                        words("days below it"));
    }
    if (const std::int64_t ppm = integer_at(pool, "roll_ppm"); ppm > 0) {
        fields.emplace_back(words("roll rate"), percent(ppm));
    }
}

/// What became of it since.
void add_steps(Fields& fields, const object& pool, const Words& words) {
    const std::string currency = text_at(pool, "currency");
    if (const object& sealed = object_at(pool, "sealed"); !sealed.empty()) {
        const std::string said = number_at(sealed, "contracts") + " " + words("contracts") + ", " +
                                 money(integer_at(sealed, "principal"), currency);
        fields.emplace_back(words("sealed"), step_at(sealed, words, said));
    }
    if (const object& issued = object_at(pool, "issued"); !issued.empty()) {
        fields.emplace_back(words("issued"), step_at(issued, words, ""));
    }
    if (const object& triggered = object_at(pool, "triggered"); !triggered.empty()) {
        fields.emplace_back(words("triggered"),
                            step_at(triggered, words, words(text_at(triggered, "reason"))));
    }
    if (const object& closed = object_at(pool, "closed"); !closed.empty()) {
        fields.emplace_back(words("closed"), step_at(closed, words, ""));
    }
}

void print_notes(Console& console, const object& pool, const Words& words) {
    const auto& notes = array_at(object_at(pool, "issued"), "notes");
    if (notes.empty()) return;
    const std::string currency = text_at(pool, "currency");
    Table table(words.headers({"notes", ">amount", ">rate"}));
    for (const auto& element : notes) {
        if (!element.is_object()) continue;
        const object& note = element.get_object();
        const std::int64_t rate = integer_at(note, "rate_ppm");
        table.add({text_at(note, "name"), amount_text(integer_at(note, "amount"), currency),
                   rate >= 0 ? percent(rate) : std::to_string(rate)});
    }
    console.out << "\n";
    table.print(console.out);
}

}  // namespace

void print_pool(Console& console, const object& pool, const Words& words) {
    const std::string currency = text_at(pool, "currency");
    Fields fields{{words("pool"), text_at(pool, "id")},
                  {words("status"), words(text_at(pool, "status"))},
                  {words("as of"), text_at(pool, "as_of")},
                  {words("owner"), member_at(pool, "owner")},
                  {words("trustee"), member_at(pool, "trustee")},
                  {words("buyer"), member_at(pool, "buyer")}};
    add_terms(fields, pool, words);
    fields.emplace_back(words("contracts"), number_at(pool, "contracts"));
    fields.emplace_back(words("active"), number_at(pool, "live") + ", " + words("of the buyer") +
                                             " " + number_at(pool, "owned"));
    fields.emplace_back(words("balance"), money(integer_at(pool, "balance"), currency));
    if (const std::string since = text_at(pool, "below_since"); !since.empty()) {
        fields.emplace_back(words("below since"), since);
    }
    if (const object& rolled = object_at(pool, "rolled"); !rolled.empty()) {
        fields.emplace_back(words("rolled"), money(integer_at(rolled, "amount"), currency) + " " +
                                                 words("on") + " " + text_at(rolled, "day"));
    }
    add_steps(fields, pool, words);
    fields.emplace_back(words("root"), text_at(pool, "root"));
    fields.emplace_back(words("entries"), number_at(pool, "entries"));
    for (const auto& alert : array_at(pool, "alerts")) {
        if (!alert.is_object()) continue;
        fields.emplace_back(words("alert"), alert_line(alert.get_object(), words));
    }
    print_fields(console.out, fields);
    print_notes(console, pool, words);
}

}  // namespace tally::cli
