#include <algorithm>
#include <array>

#include "cli/account_views.h"
#include "cli/answer.h"

namespace tally::cli {
namespace {

using boost::json::object;

/// In the order of the tables.
constexpr std::array<const char*, 4> kComponents{"principal", "fee", "interest", "penalty"};

/// Prints one contract; the document, its currency and the words are at hand everywhere.
class ContractView {
public:
    ContractView(const object& contract, const Words& words)
        : contract_(contract), words_(words), currency_(text_at(contract, "currency")) {}

    Fields header() const;
    void print_schedule(std::ostream& out) const;
    void print_statement(std::ostream& out) const;

private:
    std::string whole(std::int64_t amount) const { return money(amount, currency_); }
    std::string bare(std::int64_t amount) const { return amount_text(amount, currency_); }
    std::string shares() const;
    std::string terms() const;
    std::string mandate_line(const object& mandate) const;
    std::string complaint_line(const object& complaint) const;
    void add_ageing(Fields& fields) const;
    void add_ownership(Fields& fields) const;
    void add_merchant(Fields& fields) const;
    std::vector<std::string> event_cells(const object& event) const;
    std::string note_of(const object& event) const;

    const object& contract_;
    const Words& words_;
    std::string currency_;
};

std::int64_t total_of(const object& amounts) {
    std::int64_t total = 0;
    for (const char* name : kComponents) total += integer_at(amounts, name);
    return total;
}

std::string ContractView::shares() const {
    std::string text;
    for (const auto& share : array_at(contract_, "shares")) {
        if (!share.is_object()) continue;
        const object& one = share.get_object();
        const std::string name = text_at(one, "name");
        text += (text.empty() ? "" : ", ") + (name.empty() ? text_at(one, "member") : name) + " " +
                percent(integer_at(one, "share"));
    }
    return text;
}

std::string ContractView::mandate_line(const object& mandate) const {
    std::string line = text_at(mandate, "mandate") + ", " + words_("at most") + " " +
                       whole(integer_at(mandate, "amount_max")) + ", " +
                       text_at(mandate, "valid_from") + " " + words_("to") + " " +
                       text_at(mandate, "valid_to");
    if (text_at(mandate, "status") == "REVOKED") {
        line +=
            ", " + words_("REVOKED") + " " + words_("on") + " " + text_at(mandate, "revoked_on");
    }
    return line;
}

std::string ContractView::complaint_line(const object& complaint) const {
    std::string line = text_at(complaint, "complaint") + ", " + text_at(complaint, "category") +
                       ", " + words_(text_at(complaint, "status")) + " " + words_("on") + " ";
    const object& answer = object_at(complaint, "answer");
    if (answer.empty()) return line + text_at(complaint, "value_date");
    return line + text_at(answer, "value_date") + ", " + text_at(answer, "result");
}

std::string ContractView::terms() const {
    const object& terms = object_at(contract_, "terms");
    const std::string method = text_at(terms, "method");
    const std::int64_t plan = integer_at(contract_, "plan");
    return words_(method) + ", " + number_at(terms, "periods") + " " + words_("periods") + ", " +
           percent(integer_at(terms, "rate_ppm")) + " " +
           words_(method == "annuity" ? "a year" : "a period") + " (" +
           (plan == 0 ? words_("as captured") : words_("re-plan") + " " + std::to_string(plan)) +
           ")";
}

void ContractView::add_ageing(Fields& fields) const {
    const object& ageing = object_at(contract_, "ageing");
    const std::int64_t past_due = integer_at(ageing, "days_past_due");
    const std::int64_t delinquent = integer_at(ageing, "delinquent_days");
    std::string days = std::to_string(past_due);
    if (delinquent != past_due) {
        days += " (" + words_("delinquent") + " " + std::to_string(delinquent) + ")";
    }
    fields.emplace_back(words_("days past due"), days);
    fields.emplace_back(words_("bucket"), text_at(ageing, "bucket"));
    fields.emplace_back(words_("class"), words_(text_at(ageing, "class")));
    const object& penalty = object_at(contract_, "penalty");
    fields.emplace_back(words_("penalty to date"),
                        whole(integer_at(penalty, "accrued")) + " (" + words_("not assessed yet") +
                            " " + whole(integer_at(penalty, "to_assess")) + ")");
}

/// What a contract that stayed with who made it says nothing about.
void ContractView::add_ownership(Fields& fields) const {
    const auto& owners = array_at(contract_, "owners");
    if (owners.size() > 1) {
        fields.emplace_back(words_("originator"), member_at(contract_, "originator"));
        for (const auto& element : owners) {
            if (!element.is_object()) continue;
            const object& one = element.get_object();
            const std::string to = text_at(one, "to");
            fields.emplace_back(words_("owned by"),
                                member_at(object{{"owner", one}}, "owner") + ", " + words_("from") +
                                    " " + text_at(one, "from") +
                                    (to.empty() ? "" : " " + words_("to") + " " + to));
        }
    }
    if (const object& pledge = object_at(contract_, "pledge"); !pledge.empty()) {
        fields.emplace_back(
            words_("pledged to"),
            member_at(pledge, "funder") + ", " + words_("from") + " " + text_at(pledge, "since"));
    }
    if (const std::string pool = text_at(contract_, "pool"); !pool.empty()) {
        fields.emplace_back(words_("pool"), pool);
    }
    if (const object& sale = object_at(contract_, "sale"); !sale.empty()) {
        const bool over = flag_at(sale, "expired", false);
        const bool back = flag_at(sale, "buyback", false);
        fields.emplace_back(words_(back ? "bought back by" : "offered to"),
                            member_at(sale, "buyer") + ", " + whole(integer_at(sale, "price")) +
                                ", " + words_("until") + " " + text_at(sale, "valid_until") +
                                (over ? " (" + words_("expired") + ")" : ""));
    }
}

void ContractView::add_merchant(Fields& fields) const {
    for (const char* name : {"merchant", "order", "cost_table", "disclosure"}) {
        const std::string cited = text_at(contract_, name);
        if (!cited.empty()) fields.emplace_back(words_(name), cited);
    }
    if (text_at(contract_, "merchant").empty()) return;
    fields.emplace_back(words_("owed to the merchant"),
                        whole(integer_at(contract_, "merchant_payable")));
    const std::int64_t claim = integer_at(contract_, "merchant_claim");
    if (claim != 0) fields.emplace_back(words_("owed by the merchant"), whole(claim));
}

Fields ContractView::header() const {
    const std::string state = text_at(contract_, "state");
    Fields fields{{words_("contract"), text_at(contract_, "id")},
                  {words_("status"), words_(text_at(contract_, "status")) +
                                         (state.empty() ? "" : ", " + words_(state))},
                  {words_("as of"), text_at(contract_, "as_of") + ", " + words_("known at entry") +
                                        " " + number_at(contract_, "known_at")},
                  {words_("line"), text_at(contract_, "line")},
                  {words_("borrower"), text_at(contract_, "borrower")},
                  {words_("owner"), member_at(contract_, "owner")},
                  {words_("funded by"), shares()},
                  {words_("servicer"), member_at(contract_, "servicer")},
                  {words_("product"), text_at(contract_, "product")},
                  {words_("ruleset"), text_at(contract_, "ruleset")},
                  {words_("principal"), whole(integer_at(contract_, "principal")) + " " +
                                            words_("on") + " " + text_at(contract_, "value_date")},
                  {words_("terms"), terms()},
                  {words_("annual percentage rate"), percent(integer_at(contract_, "apr_ppm"))},
                  {words_("payable"), whole(integer_at(contract_, "payable"))}};
    if (const auto* settlement = contract_.if_contains("settlement");
        settlement != nullptr && settlement->is_number()) {
        fields.emplace_back(words_("settles on that date"),
                            whole(integer_at(contract_, "settlement")));
    }
    if (!object_at(contract_, "collector").empty()) {
        fields.emplace_back(words_("collector"), member_at(contract_, "collector"));
    }
    add_ownership(fields);
    add_merchant(fields);
    add_ageing(fields);
    const object& totals = object_at(contract_, "totals");
    for (const char* name : {"credit", "recovered", "commission"}) {
        const std::int64_t amount = integer_at(totals, name);
        if (amount != 0) fields.emplace_back(words_(name), whole(amount));
    }
    if (const std::int64_t forgone = total_of(object_at(totals, "forgone")); forgone != 0) {
        fields.emplace_back(words_("let go"), whole(forgone));
    }
    if (const std::int64_t failed = integer_at(contract_, "failed_debits"); failed != 0) {
        fields.emplace_back(words_("failed debits in a row"), std::to_string(failed));
    }
    for (const auto& mandate : array_at(contract_, "mandates")) {
        if (mandate.is_object()) {
            fields.emplace_back(words_("mandate"), mandate_line(mandate.get_object()));
        }
    }
    for (const auto& complaint : array_at(contract_, "complaints")) {
        if (complaint.is_object()) {
            fields.emplace_back(words_("complaint"), complaint_line(complaint.get_object()));
        }
    }
    for (const auto& alert : array_at(contract_, "alerts")) {
        if (alert.is_object()) {
            fields.emplace_back(words_("alert"), alert_line(alert.get_object(), words_));
        }
    }
    for (const auto& request : array_at(contract_, "open_requests")) {
        if (!request.is_string()) continue;
        fields.emplace_back(words_("open requests"), request.get_string().c_str());
    }
    return fields;
}

void ContractView::print_schedule(std::ostream& out) const {
    Table table(words_.headers({">instalment", "due", ">principal", ">fee", ">interest", ">penalty",
                                ">total", ">paid", ">outstanding"}));
    for (const auto& element : array_at(contract_, "schedule")) {
        if (!element.is_object()) continue;
        const object& row = element.get_object();
        const object& agreed = object_at(row, "agreed");
        std::vector<std::string> cells{number_at(row, "instalment"), text_at(row, "due")};
        for (const char* name : kComponents) cells.push_back(bare(integer_at(agreed, name)));
        cells.push_back(bare(total_of(agreed)));
        cells.push_back(bare(total_of(object_at(row, "paid"))));
        cells.push_back(bare(total_of(object_at(row, "outstanding"))));
        table.add(std::move(cells));
    }
    table.print(out);
}

namespace {

/// Amounts of an event that its columns do not have, and what they are called.
constexpr std::array<std::pair<const char*, const char*>, 5> kNotedAmounts{
    {{"credit", "credit"},
     {"released", "released"},
     {"unwaived", "waived before"},
     {"returned", "charges given back"},
     {"commission", "commission"}}};

/// What was forgiven is known by its instalments: of the same amount there may be several.
std::vector<std::string> forgiven_in(const object& waiver) {
    std::vector<std::string> forgiven;
    for (const auto& element : array_at(waiver, "allocation")) {
        const auto* part = element.if_object();
        if (part == nullptr) continue;
        const std::string one = number_at(*part, "instalment");
        if (std::ranges::find(forgiven, one) == forgiven.end()) forgiven.push_back(one);
    }
    return forgiven;
}

}  // namespace

std::string ContractView::note_of(const object& event) const {
    std::string note;
    const auto add = [&](const std::string& part) { note += (note.empty() ? "" : ", ") + part; };
    if (const auto* reversed = event.if_contains("reversed_by");
        reversed != nullptr && reversed->is_number()) {
        add(words_("reversed by entry") + " " + number_at(event, "reversed_by"));
    }
    if (text_at(event, "kind") == "WAIVE") {
        for (const std::string& one : forgiven_in(event)) add(words_("instalment") + " " + one);
    }
    for (const auto& [name, word] : kNotedAmounts) {
        if (integer_at(event, name) != 0) add(words_(word) + " " + bare(integer_at(event, name)));
    }
    if (const object& marked = object_at(event, "marked"); !marked.empty()) {
        add("M" + number_at(marked, "bucket") + " " + words_(text_at(marked, "class")));
    }
    if (!text_at(event, "from").empty()) {
        add(text_at(event, "from") + " " + words_("to") + " " + text_at(event, "to"));
    }
    if (event.contains("periods")) {
        add(number_at(event, "periods") + " " + words_("periods"));
    }
    for (const char* party : {"funder", "buyer"}) {
        if (!object_at(event, party).empty()) add(member_at(event, party));
    }
    if (!text_at(event, "pool").empty()) add(words_("pool") + " " + text_at(event, "pool"));
    if (!text_at(event, "valid_until").empty()) {
        add(words_("until") + " " + text_at(event, "valid_until"));
    }
    if (!text_at(event, "stage").empty()) add(words_(text_at(event, "stage")));
    if (const object& let_go = object_at(event, "let_go"); !let_go.empty()) {
        add(words_("let go") + " " + bare(total_of(let_go)));
    }
    if (text_at(event, "result") == "failed") add(words_("failed"));
    if (!text_at(event, "channel").empty()) {
        const std::int64_t minute = integer_at(event, "minute");
        const std::string past = std::to_string(100 + minute % 60).substr(1);
        const std::string hour = std::to_string(100 + minute / 60).substr(1);
        add(words_(text_at(event, "channel")) + " " + hour + ":" + past);
        add(member_at(event, "member"));
    }
    if (!text_at(event, "debit").empty()) {
        add(words_("debit") + " " + text_at(event, "debit"));
    }
    return note;
}

std::vector<std::string> ContractView::event_cells(const object& event) const {
    const auto number = [&](const char* name, auto text) {
        const auto* found = event.if_contains(name);
        return found != nullptr && found->is_number() ? text(integer_at(event, name))
                                                      : std::string();
    };
    const auto amount = [&](std::int64_t value) { return bare(value); };
    std::vector<std::string> cells{number_at(event, "entry"), text_at(event, "value_date"),
                                   words_(text_at(event, "kind")), number("amount", amount)};
    for (const char* name : kComponents) {
        std::int64_t sum = 0;
        for (const auto& element : array_at(event, "allocation")) {
            const auto* part = element.if_object();
            if (part != nullptr && text_at(*part, "component") == name) {
                sum += integer_at(*part, "amount");
            }
        }
        cells.push_back(sum == 0 ? "" : bare(sum));
    }
    cells.push_back(number("balance", amount));
    cells.push_back(
        number("days_past_due", [](std::int64_t value) { return std::to_string(value); }));
    cells.push_back(note_of(event));
    return cells;
}

void ContractView::print_statement(std::ostream& out) const {
    Table table(words_.headers({">entry", "value date", "what", ">amount", ">principal", ">fee",
                                ">interest", ">penalty", ">balance", ">days past due", "note"}));
    for (const auto& event : array_at(contract_, "statement")) {
        if (event.is_object()) table.add(event_cells(event.get_object()));
    }
    table.print(out);
}

}  // namespace

void print_contract(Console& console, const object& contract, const Words& words) {
    const ContractView view(contract, words);
    print_fields(console.out, view.header());
    console.out << "\n";
    view.print_schedule(console.out);
    console.out << "\n";
    view.print_statement(console.out);
}

}  // namespace tally::cli
