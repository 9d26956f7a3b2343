#include <sstream>

#include "cli/account_views.h"
#include "cli/display_width.h"
#include "tests/support/catch.h"

using namespace tally;
using boost::json::object;
using cli::Language;
using cli::Words;

namespace {

// The document of a contract as the API gives it, as far as people are shown it.
constexpr const char* kContract = R"({
  "id": "33333333333333333333333333333333", "status": "ACTIVE", "state": "OVERDUE",
  "line": "11111111111111111111111111111111", "borrower": "22222222222222222222222222222222",
  "owner": {"member": "44444444444444444444444444444444", "name": "甲消费金融"},
  "currency": "CNY", "product": "55555555555555555555555555555555",
  "ruleset": "66666666666666666666666666666666", "principal": 100000, "value_date": "2024-01-31",
  "apr_ppm": 89777, "as_of": "2024-04-10", "known_at": 17, "plan": 0,
  "shares": [{"member": "77777777777777777777777777777777", "name": "funder", "share": 1000000}],
  "terms": {"method": "equal_principal", "periods": 3, "rate_ppm": 5000},
  "schedule": [
    {"instalment": 0, "due": "2024-02-29",
     "agreed": {"penalty": 0, "fee": 500, "interest": 0, "principal": 33333},
     "paid": {"penalty": 0, "fee": 500, "interest": 0, "principal": 33333},
     "outstanding": {"penalty": 0, "fee": 0, "interest": 0, "principal": 0}},
    {"instalment": 1, "due": "2024-03-31",
     "agreed": {"penalty": 169, "fee": 500, "interest": 0, "principal": 33333},
     "paid": {"penalty": 169, "fee": 500, "interest": 0, "principal": 19331},
     "outstanding": {"penalty": 0, "fee": 0, "interest": 0, "principal": 14002}}],
  "totals": {"credit": 0, "recovered": 0, "commission": 0}, "payable": 47836, "settlement": 47836,
  "ageing": {"days_past_due": 10, "delinquent_days": 7, "bucket": "M1", "bucket_number": 1,
    "class": "special_mention", "in_grace": false},
  "penalty": {"accrued": 169, "assessed": 169, "to_assess": 0}, "open_requests": [],
  "failed_debits": 2,
  "mandates": [{"mandate": "88888888888888888888888888888888", "status": "REVOKED",
    "amount_max": 50000, "valid_from": "2024-02-01", "valid_to": "2025-01-31",
    "revoked_on": "2024-04-01"}],
  "complaints": [
    {"complaint": "9a", "category": "charges", "status": "OPEN", "value_date": "2024-04-09",
     "answer": null},
    {"complaint": "9b", "category": "privacy", "status": "CLOSED", "value_date": "2024-04-02",
     "answer": {"result": "upheld", "value_date": "2024-04-08"}}],
  "alerts": [{"id": "ffff0000000000000000000000000000", "rule": "missed_debits", "status": "OPEN",
    "entry": 18}],
  "statement": [
    {"entry": 10, "kind": "CAPTURE", "value_date": "2024-01-31", "amount": 100000,
     "allocation": [], "credit": 0, "balance": 101500, "days_past_due": 0, "reversed_by": null},
    {"entry": 14, "kind": "REPAYMENT", "value_date": "2024-04-10", "amount": 20000,
     "allocation": [{"instalment": 1, "component": "penalty", "amount": 169},
       {"instalment": 1, "component": "fee", "amount": 500},
       {"instalment": 1, "component": "principal", "amount": 19331}],
     "credit": 0, "balance": 47836, "days_past_due": 10, "reversed_by": null},
    {"entry": 16, "kind": "OVERDUE_MARK", "value_date": "2024-04-10", "amount": null,
     "allocation": [], "credit": 0, "balance": null, "days_past_due": null, "reversed_by": 17,
     "marked": {"days_past_due": 10, "bucket": 1, "class": "special_mention"}},
    {"entry": 18, "kind": "DEBIT_RESULT", "value_date": "2024-04-10", "amount": null,
     "allocation": [], "credit": 0, "balance": 47836, "days_past_due": 10, "reversed_by": null,
     "debit": "99", "result": "failed"},
    {"entry": 19, "kind": "CONTACT_LOG", "value_date": "2024-04-10", "amount": null,
     "allocation": [], "credit": 0, "balance": 47836, "days_past_due": 10, "reversed_by": null,
     "channel": "call", "minute": 485,
     "member": {"member": "77777777777777777777777777777777", "name": "servicer"}}]})";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream input(text);
    for (std::string line; std::getline(input, line);) lines.push_back(line);
    return lines;
}

template <typename Print>
std::string shown(Print print, const char* document, Language language) {
    std::ostringstream out;
    std::ostringstream err;
    cli::Console console(out, err, false);
    print(console, boost::json::parse(document).as_object(), Words(language));
    CHECK(err.str().empty());
    return out.str();
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A contract is shown with its schedule and statement, money with its decimals") {
    const std::string text = shown(cli::print_contract, kContract, Language::english);
    INFO(text);
    CHECK(has(text, "status                  ACTIVE, OVERDUE\n"));
    CHECK(has(text, "as of                   2024-04-10, known at entry 17\n"));
    CHECK(has(text, "principal               1,000.00 CNY on 2024-01-31\n"));
    CHECK(has(text, "terms                   equal_principal, 3 periods, 0.5 % a period"));
    CHECK(has(text, "annual percentage rate  8.9777 %\n"));
    CHECK(has(text, "days past due           10 (delinquent 7)\n"));
    CHECK(has(text, "bucket                  M1\n"));
    CHECK(has(text, "penalty to date         1.69 CNY (not assessed yet 0.00 CNY)\n"));
    CHECK(has(text,
              "instalment  due         principal   fee  interest  penalty   total    paid  "
              "outstanding\n"));
    CHECK(has(text,
              "         1  2024-03-31     333.33  5.00      0.00     1.69  340.02  200.00       "
              "140.02\n"));
    CHECK(has(text,
              "entry  value date  what            amount  principal   fee  interest  "
              "penalty   balance  days past due  note\n"));
    CHECK(has(text,
              "   14  2024-04-10  REPAYMENT       200.00     193.31  5.00               "
              "1.69    478.36             10\n"));
    CHECK(has(text, "reversed by entry 17, M1 special_mention\n"));
    CHECK(has(text, "failed debits in a row  2\n"));
    CHECK(has(text,
              "mandate                 88888888888888888888888888888888, at most 500.00 CNY, "
              "2024-02-01 to 2025-01-31, REVOKED on 2024-04-01\n"));
    CHECK(has(text, "failed, debit 99\n"));
    CHECK(has(text, "9a, charges, OPEN on 2024-04-09\n"));
    CHECK(has(text, "9b, privacy, CLOSED on 2024-04-08, upheld\n"));
    CHECK(has(text, "call 08:05, servicer\n"));
}

TEST_CASE("A contract that was sold is shown with all its owners, its pledge and its offer") {
    object contract = boost::json::parse(kContract).as_object();
    CHECK_FALSE(has(shown(cli::print_contract, kContract, Language::english), "owned by"));
    const auto member = [](const char* name) {
        return object{{"member", "44444444444444444444444444444444"}, {"name", name}};
    };
    object first = member("lender");
    first["from"] = "2024-01-31";
    first["to"] = "2024-04-10";
    object second = member("funder");
    second["from"] = "2024-04-11";
    second["to"] = nullptr;
    contract["originator"] = member("lender");
    contract["owners"] = {first, second};
    contract["pledge"] = {{"funder", member("bank-2")}, {"since", "2024-05-01"}};
    contract["sale"] = {{"buyer", member("funder-b")},
                        {"price", 45'000},
                        {"valid_until", "2024-05-03"},
                        {"expired", true}};
    const std::string document = boost::json::serialize(contract);
    const std::string text = shown(cli::print_contract, document.c_str(), Language::english);
    INFO(text);
    CHECK(has(text, "originator              lender\n"));
    CHECK(has(text, "owned by                lender, from 2024-01-31 to 2024-04-10\n"));
    CHECK(has(text, "owned by                funder, from 2024-04-11\n"));
    CHECK(has(text, "pledged to              bank-2, from 2024-05-01\n"));
    CHECK(has(text, "offered to              funder-b, 450.00 CNY, until 2024-05-03 (expired)\n"));
    CHECK(has(shown(cli::print_contract, document.c_str(), Language::chinese), "质权人"));
    CHECK_FALSE(has(text, "pool"));
    contract["pool"] = "55555555555555555555555555555555";
    contract["sale"].as_object()["buyback"] = true;
    const std::string pooled = boost::json::serialize(contract);
    const std::string in_pool = shown(cli::print_contract, pooled.c_str(), Language::english);
    CHECK(has(in_pool, "pool                    55555555555555555555555555555555\n"));
    CHECK(has(in_pool, "bought back by          funder-b, 450.00 CNY, until 2024-05-03"));
    CHECK(has(text,
              "alert                   ffff0000000000000000000000000000, missed_debits, OPEN, "
              "entry 18\n"));
}

TEST_CASE("In Chinese the same columns align by display width") {
    const std::string text = shown(cli::print_contract, kContract, Language::chinese);
    INFO(text);
    for (const char* word : {"合同", "期次", "应还日", "本金", "服务费", "利息", "罚息", "合计",
                             "余额", "逾期天数", "五级分类", "关注", "还款", "有效, 逾期"}) {
        CHECK(has(text, word));
    }
    CHECK_FALSE(has(text, "principal"));
    CHECK_FALSE(has(text, "special_mention"));
    // Amounts end in the column in which their heading ends.
    const auto lines = lines_of(text);
    std::size_t heading = 0;
    while (heading < lines.size() && !has(lines[heading], "应还日")) ++heading;
    REQUIRE(heading + 2 < lines.size());
    const auto end_of = [&](const std::string& line, std::string_view part) {
        const std::size_t begin = line.find(part);
        REQUIRE(begin != std::string::npos);
        return cli::display_width(std::string_view(line).substr(0, begin + part.size()));
    };
    CHECK(end_of(lines[heading], "本金") == end_of(lines[heading + 2], "333.33"));
    CHECK(end_of(lines[heading], "罚息") == end_of(lines[heading + 2], "1.69"));
    CHECK(cli::display_width(lines[heading]) == cli::display_width(lines[heading + 1]));
    CHECK(cli::display_width(lines[heading]) == cli::display_width(lines[heading + 2]));
}

TEST_CASE("A line and a borrower are shown at their point in time") {
    constexpr const char* kLine = R"({"id": "11111111111111111111111111111111",
      "status": "FROZEN", "owner": {"member": "4", "name": "lender"},
      "borrower": "22222222222222222222222222222222", "currency": "JPY", "as_of": "2024-04-10",
      "known_at": 9, "limit": 5000, "used": 1200, "reserved": 300, "available": 3500,
      "valid_from": "2024-01-01", "valid_to": "2024-12-31", "assessment": "a1", "band": 2,
      "contract_count": 1, "contracts": ["33333333333333333333333333333333"], "whole": false,
      "events": [{"entry": 4, "kind": "LIMIT_GRANT", "value_date": "2024-01-31", "limit": 5000}],
      "entries": 3, "last_entry": 9})";
    const std::string line = shown(cli::print_line, kLine, Language::english);
    INFO(line);
    CHECK(has(line, "available   3,500 JPY\n"));
    CHECK(has(line, "assessment  a1, band 2\n"));
    CHECK(has(line, "... older ones are left out\n"));
    CHECK(has(line, "    4  2024-01-31  LIMIT_GRANT  5,000\n"));
    CHECK(has(shown(cli::print_line, kLine, Language::chinese), "可用额度  3,500 JPY\n"));
    const std::string borrower = std::string(R"({"id": "2", "as_of": "2024-04-10", "known_at": 9,
      "line_count": 1, "entries": 3, "lines": [)") +
                                 kLine + "]}";
    const std::string text = shown(cli::print_borrower, borrower.c_str(), Language::english);
    INFO(text);
    CHECK(has(text, "FROZEN  5,000 JPY  1,200 JPY   300 JPY  3,500 JPY          1\n"));
}

TEST_CASE("Documents that lack what is shown are shown without it") {
    for (const Language language : {Language::english, Language::chinese}) {
        CHECK_FALSE(shown(cli::print_contract, "{}", language).empty());
        CHECK_FALSE(shown(cli::print_line, "{}", language).empty());
        CHECK_FALSE(shown(cli::print_borrower, "{}", language).empty());
        const char* odd =
            R"({"schedule": [1, {}], "statement": [{}, null], "ageing": 7, "shares": [[]],
                "totals": {"credit": 1e300}, "terms": {"rate_ppm": "x"}, "lines": [1, {}]})";
        CHECK_FALSE(shown(cli::print_contract, odd, language).empty());
        CHECK_FALSE(shown(cli::print_borrower, odd, language).empty());
    }
}

TEST_CASE("The language is the one chosen, else that of the environment") {
    CHECK(cli::language_of("en") == Language::english);
    CHECK(cli::language_of("zh") == Language::chinese);
    setenv("LC_ALL", "zh_CN.UTF-8", 1);
    CHECK(cli::language_of("") == Language::chinese);
    CHECK(cli::language_of("en") == Language::english);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("LANG", "zh_CN.UTF-8", 1);
    CHECK(cli::language_of("") == Language::english);
    unsetenv("LC_ALL");
    CHECK(cli::language_of("") == Language::chinese);
    unsetenv("LANG");
    CHECK(cli::language_of("") == Language::english);
    CHECK(Words(Language::chinese)("no such word") == "no such word");
    CHECK(Words(Language::chinese).headers({">fee", "due"}) ==
          std::vector<std::string>{">服务费", "应还日"});
}

TEST_CASE("A pool is shown with its terms, its balance and its notes") {
    constexpr const char* kPool = R"({"id": "11111111111111111111111111111111",
      "status": "AMORTISING", "owner": {"member": "4", "name": "lender"},
      "trustee": {"member": "5", "name": "trustee"}, "buyer": {"member": "6", "name": "funder"},
      "currency": "CNY", "revolving_until": "2025-04-10", "balance_min": 7000000,
      "below_days": 10, "roll_ppm": 50000, "entry": 60, "contracts": 120, "root": "ab",
      "live": 118, "owned": 117, "balance": 6120344, "below_since": "2024-06-01",
      "rolled": {"day": "2024-04-30", "amount": 41200},
      "sealed": {"contracts": 118, "principal": 9800000, "root": "ab",
        "value_date": "2024-04-11", "entry": 181},
      "issued": {"notes": [{"name": "senior", "amount": 8000000, "rate_ppm": 32000}],
        "value_date": "2024-04-15", "entry": 420},
      "triggered": {"reason": "balance_below", "below_since": "2024-06-01",
        "value_date": "2024-06-12", "entry": 480},
      "closed": null, "as_of": "2024-06-13", "entries": 370, "last_entry": 501,
      "alerts": [{"id": "ff", "rule": "pool_balance", "status": "OPEN", "entry": 470}],
      "alerts_whole": true})";
    const std::string text = shown(cli::print_pool, kPool, Language::english);
    INFO(text);
    for (const char* line :
         {"status         AMORTISING\n", "trustee        trustee\n", "buyer          funder\n",
          "revolves to    2025-04-10\n", "least balance  70,000.00 CNY, 10 days below it\n",
          "roll rate      5 %\n", "active         118, of the buyer 117\n",
          "balance        61,203.44 CNY\n", "below since    2024-06-01\n",
          "rolled         412.00 CNY on 2024-04-30\n",
          "sealed         118 contracts, 98,000.00 CNY, 2024-04-11, entry 181\n",
          "issued         2024-04-15, entry 420\n",
          "triggered      balance_below, 2024-06-12, entry 480\n",
          "alert          ff, pool_balance, OPEN, entry 470\n", "notes      amount   rate\n",
          "senior  80,000.00  3.2 %\n"}) {
        INFO(line);
        CHECK(has(text, line));
    }
    CHECK_FALSE(has(text, "closed"));
    const std::string chinese = shown(cli::print_pool, kPool, Language::chinese);
    for (const char* word : {"资产池", "摊还期", "受托人", "余额低于下限", "证券"}) {
        CHECK(has(chinese, word));
    }
}
