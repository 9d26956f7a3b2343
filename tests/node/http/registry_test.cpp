#include "api/ids.h"
#include "base/hex.h"
#include "crypto/base64.h"
#include "ledger/records.h"
#include "ledger/trial_balance.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::node::http::test;
using boost::json::object;
using testing::Drafts;
using testing::id_of;

namespace {

const auto kLine = id_of<ledger::LineId>(1);
const auto kAuthorisation = id_of<ledger::AuthorisationId>(1);

object document(ServerFixture& fixture, const std::string& path) {
    const Reply reply = fixture.get(path);
    INFO(path << " " << reply.body);
    REQUIRE(reply.status == 200);
    return object_of(reply);
}

}  // namespace

// Goal: what was registered can be read again as it was written, and who wrote it.
TEST_CASE("rulesets, products, models and assessments are shown as registered") {
    ServerFixture fixture;
    fixture.make_small_book();
    const object ruleset = document(fixture, "/v1/rulesets/" + api::id_text(Drafts::kRuleset));
    CHECK(ruleset.at("bucket_days").as_array().size() == 6);
    CHECK(number_at(ruleset, "penalty_ppm_day") == 500);
    CHECK(text_at(ruleset, "overpayment") == "refuse");
    CHECK(number_at(ruleset, "entry") == 1);
    CHECK_FALSE(ruleset.contains("business_date"));

    const object product = document(fixture, "/v1/products/" + api::id_text(Drafts::product(5000)));
    CHECK(text_at(product, "ruleset") == api::id_text(Drafts::kRuleset));
    CHECK(product.at("terms").as_array().size() == 36);
    CHECK(text_at(product.at("owner").as_object(), "name") == "lender");
    CHECK(number_at(product, "entry") == 3);

    const object model = document(fixture, "/v1/models/" + api::id_text(Drafts::kModel));
    CHECK(text_at(model, "name") == "test model");

    const auto id = Drafts::assessment_of(id_of<ledger::BorrowerId>(1));
    const object assessment = document(fixture, "/v1/assessments/" + api::id_text(id));
    CHECK(text_at(assessment, "decision") == "approved");
    CHECK(number_at(assessment, "granted") == 600'000);
    CHECK(number_at(assessment, "entry") == 6);
    for (const std::string kind :
         {"rulesets", "products", "models", "assessments", "authorisations", "mandates", "debits",
          "complaints", "recons", "opinions", "hedges", "erasures", "cost-tables", "disclosures",
          "alerts"}) {
        CHECK(problem_code(fixture.get("/v1/" + kind + "/" + line_id(99))) == "not_found");
        CHECK(problem_code(fixture.get("/v1/" + kind + "/xyz")) == "invalid_argument");
        CHECK(problem_code(fixture.get("/v1/" + kind + "/" + line_id(99) + "?as_of=2024-01-31")) ==
              "invalid_argument");
    }
}

// Goal: a reservation from its opening to its end.
TEST_CASE("an authorisation is shown with what became of it") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto apply = [&](ledger::TransactionBody body) {
        const auto result = fixture.service().apply_one(fixture.drafts().draft(std::move(body)),
                                                        {&fixture.cast().originator()});
        REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
        return result.entry;
    };
    const auto opened =
        apply(ledger::PurchaseAuth{kAuthorisation, kLine, 1'000, Drafts::kToday + 7});
    const std::string path = "/v1/authorisations/" + api::id_text(kAuthorisation);
    const object open = document(fixture, path);
    CHECK(text_at(open, "status") == "RESERVED");
    CHECK(text_at(open, "currency") == "CNY");
    CHECK(text_at(open, "expires") == "2024-02-07");
    CHECK(number_at(open, "amount") == 1'000);
    CHECK(number_at(open, "entry") == opened);
    CHECK(open.at("closed").is_null());
    CHECK(open.at("closed_entry").is_null());
    CHECK(number_at(document(fixture, "/v1/lines/" + line_id(1)), "reserved") == 1'000);
    const auto closed = apply(ledger::PurchaseVoid{kAuthorisation});
    const object ended = document(fixture, path);
    CHECK(text_at(ended, "status") == "VOIDED");
    CHECK(text_at(ended, "closed") == "2024-01-31");
    CHECK(number_at(ended, "closed_entry") == closed);
}

// Goal: a permission, what was drawn under it, and both on their contract.
TEST_CASE("a mandate and its debits are shown with what became of them") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto& cast = fixture.cast();
    const auto apply = [&](ledger::TransactionBody body,
                           std::initializer_list<const testing::Party*> signers) {
        const auto draft = fixture.drafts().draft(std::move(body));
        const auto result = fixture.service().apply_one(draft, signers);
        REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
        return std::pair(draft.id, result.entry);
    };
    const auto contract = id_of<ledger::ContractId>(1);
    const auto mandate = id_of<ledger::MandateId>(1);
    const auto drawn = id_of<ledger::DebitId>(1);
    const auto failed = id_of<ledger::DebitId>(2);
    const ledger::Day today = Drafts::kToday;
    apply(ledger::MandateRegister{mandate, contract, 900, today, today + 9, {}},
          {&cast.bank(), &cast.servicer()});
    apply(ledger::DebitInstruct{drawn, mandate, 700, today}, {&cast.servicer()});
    const std::string path = "/v1/debits/" + api::id_text(drawn);
    const object open = document(fixture, path);
    CHECK(text_at(open, "status") == "OPEN");
    CHECK(text_at(open, "contract") == api::id_text(contract));
    CHECK(text_at(open, "currency") == "CNY");
    CHECK(text_at(open.at("provider").as_object(), "name") == "bank");
    for (const char* name :
         {"result_date", "result_entry", "reason", "source_ref", "reversed_by"}) {
        CHECK(open.at(name).is_null());
    }
    const auto [id, paid] = apply(
        ledger::DebitResult{drawn, ledger::DebitOutcome::succeeded, "", "debit-1"}, {&cast.bank()});
    apply(ledger::DebitInstruct{failed, mandate, 50, today}, {&cast.servicer()});
    apply(ledger::DebitResult{failed, ledger::DebitOutcome::failed, "no money", ""},
          {&cast.bank()});
    const object shown = document(fixture, "/v1/contracts/" + api::id_text(contract));
    CHECK(number_at(shown, "failed_debits") == 1);
    const auto& mandates = shown.at("mandates").as_array();
    REQUIRE(mandates.size() == 1);
    CHECK(text_at(mandates[0].as_object(), "mandate") == api::id_text(mandate));
    CHECK(text_at(mandates[0].as_object(), "status") == "REGISTERED");
    const auto& statement = shown.at("statement").as_array();
    const object& last = statement.back().as_object();
    CHECK(text_at(last, "kind") == "DEBIT_RESULT");
    CHECK(text_at(last, "result") == "failed");
    CHECK(last.at("amount").is_null());
    const object& before = statement[statement.size() - 2].as_object();
    CHECK(text_at(before, "debit") == api::id_text(drawn));
    CHECK(number_at(before, "amount") == 700);
    CHECK_FALSE(before.at("allocation").as_array().empty());

    const auto back =
        apply(ledger::Reversal{cast.bank().id, id, contract, "by mistake", {}}, {&cast.bank()});
    const object ended = document(fixture, path);
    CHECK(text_at(ended, "status") == "SUCCEEDED");
    CHECK(text_at(ended, "source_ref") == "debit-1");
    CHECK(number_at(ended, "result_entry") == paid);
    CHECK(number_at(ended, "reversed_by") == back.second);
    apply(ledger::MandateRevoke{mandate}, {&cast.servicer()});
    const object whole = document(fixture, "/v1/mandates/" + api::id_text(mandate));
    CHECK(text_at(whole, "status") == "REVOKED");
    CHECK(text_at(whole, "revoked_on") == "2024-01-31");
    CHECK(number_at(whole, "amount_max") == 900);
    CHECK(whole.at("debits").as_array().size() == 2);
    CHECK(text_at(whole.at("debits").as_array()[0].as_object(), "reason") == "no money");
}

// Goal: on the contract and the borrower, in lists with their filters, and one by one.
TEST_CASE("contacts, complaints and what is said of a book are shown and listed") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto& cast = fixture.cast();
    const auto apply = [&](ledger::TransactionBody body,
                           std::initializer_list<const testing::Party*> signers) {
        const auto draft = fixture.drafts().draft(std::move(body));
        const auto result = fixture.service().apply_one(draft, signers);
        REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
        return result.entry;
    };
    const auto contract = id_of<ledger::ContractId>(1);
    const auto borrower = id_of<ledger::BorrowerId>(1);
    const auto first = id_of<ledger::ComplaintId>(1);
    const auto second = id_of<ledger::ComplaintId>(2);
    const ledger::Day today = Drafts::kToday;
    apply(ledger::ContactLog{contract, ledger::ContactChannel::letter, 615, {}},
          {&cast.servicer()});
    for (const auto& id : {first, second}) {
        apply(ledger::ComplaintOpen{id, contract, ledger::ComplaintCategory::privacy, {}},
              {&cast.originator()});
    }
    const auto answered =
        apply(ledger::ComplaintClose{first, ledger::ComplaintResult::rejected, {}},
              {&cast.originator(), &cast.servicer()});
    const object shown = document(fixture, "/v1/contracts/" + api::id_text(contract));
    const object& last = shown.at("statement").as_array().back().as_object();
    CHECK(text_at(last, "kind") == "CONTACT_LOG");
    CHECK(text_at(last, "channel") == "letter");
    CHECK(number_at(last, "minute") == 615);
    CHECK(text_at(last.at("member").as_object(), "name") == "servicer");
    CHECK(last.at("amount").is_null());
    const auto& complaints = shown.at("complaints").as_array();
    REQUIRE(complaints.size() == 2);
    CHECK(text_at(complaints[0].as_object(), "complaint") == api::id_text(second));
    CHECK(text_at(complaints[0].as_object(), "status") == "OPEN");
    CHECK(complaints[0].at("answer").is_null());
    const object closed = document(fixture, "/v1/complaints/" + api::id_text(first));
    CHECK(complaints[1] == boost::json::value(closed));
    CHECK(text_at(closed, "category") == "privacy");
    CHECK(text_at(closed, "status") == "CLOSED");
    CHECK(text_at(closed.at("owner").as_object(), "name") == "lender");
    const object& answer = closed.at("answer").as_object();
    CHECK(text_at(answer, "result") == "rejected");
    CHECK(number_at(answer, "entry") == answered);
    CHECK(text_at(answer.at("owner").as_object(), "name") == "lender");
    const object before = document(fixture, "/v1/contracts/" + api::id_text(contract) +
                                                "?known_at=" + std::to_string(answered - 1));
    CHECK(before.at("complaints").as_array()[1].at("answer").is_null());
    const object owed = document(fixture, "/v1/borrowers/" + api::id_text(borrower));
    CHECK(boost::json::serialize(owed.at("contacts")) == R"([{"day":"2024-01-31","count":1}])");
    CHECK(owed.at("erasures").as_array().empty());

    const auto ids = [&](const std::string& path) {
        std::vector<std::string> found;
        const object listed = document(fixture, path);
        for (const auto& row : listed.at("items").as_array()) {
            found.push_back(text_at(row.as_object(), "id"));
        }
        return found;
    };
    using Ids = std::vector<std::string>;
    CHECK(ids("/v1/complaints") == Ids{api::id_text(first), api::id_text(second)});
    CHECK(ids("/v1/complaints?state=OPEN") == Ids{api::id_text(second)});
    CHECK(ids("/v1/complaints?owner=servicer").empty());
    CHECK(ids("/v1/complaints?contract=" + api::id_text(contract)).size() == 2);
    CHECK(ids("/v1/complaints?contract=" + line_id(77)).empty());
    CHECK(problem_code(fixture.get("/v1/complaints?state=ACTIVE")) == "invalid_argument");
    CHECK(problem_code(fixture.get("/v1/complaints?lender=lender")) == "invalid_argument");
    const object page = document(fixture, "/v1/complaints?limit=1");
    CHECK(ids("/v1/complaints?limit=1&cursor=" + text_at(page, "next")) ==
          Ids{api::id_text(second)});

    ledger::ReconResult recon;
    recon.recon = id_of<ledger::ReconId>(1);
    recon.lender = cast.originator().id;
    recon.day = today;
    recon.only_file = 3;
    apply(recon, {&cast.auditor()});
    const object found = document(fixture, "/v1/recons/" + api::id_text(recon.recon));
    CHECK(text_at(found.at("lender").as_object(), "name") == "lender");
    CHECK(text_at(found.at("owner").as_object(), "name") == "auditor");
    CHECK(number_at(found, "only_file") == 3);
    CHECK(number_at(found, "match") == 0);
    CHECK(ids("/v1/recons?lender=lender").size() == 1);
    CHECK(ids("/v1/recons?lender=funder").empty());
    CHECK(problem_code(fixture.get("/v1/recons?lender=nobody")) == "not_found");
    const auto opinion = id_of<ledger::OpinionId>(1);
    apply(
        ledger::AuditOpinion{
            opinion, cast.originator().id, today, today, ledger::AuditConclusion::adverse, 5, {}},
        {&cast.auditor()});
    const object judged = document(fixture, "/v1/opinions/" + api::id_text(opinion));
    CHECK(text_at(judged, "conclusion") == "adverse");
    CHECK(number_at(judged, "ledger_size") == 5);
    CHECK(ids("/v1/opinions?owner=auditor") == Ids{api::id_text(opinion)});
    const auto hedge = id_of<ledger::HedgeId>(1);
    apply(ledger::HedgeRegister{hedge, ledger::HedgeKind::other, "EUR", 700, today, today, {}},
          {&cast.funder()});
    CHECK(number_at(document(fixture, "/v1/hedges/" + api::id_text(hedge)), "notional") == 700);
    CHECK(ids("/v1/hedges?owner=funder") == Ids{api::id_text(hedge)});
    CHECK(ids("/v1/hedges?owner=lender").empty());

    const auto gone = id_of<ledger::BorrowerId>(9);
    apply(fixture.drafts().assessment(gone).body, {&cast.originator()});
    apply(ledger::ErasureCert{gone, {}}, {&cast.originator()});
    const auto customer = api::id_text(ledger::customer_id_of(cast.originator().id, gone));
    CHECK(ids("/v1/erasures?borrower=" + api::id_text(gone)) == Ids{customer});
    CHECK(ids("/v1/erasures?borrower=" + api::id_text(borrower)).empty());
    const object erased = document(fixture, "/v1/erasures/" + customer);
    CHECK(text_at(erased, "borrower") == api::id_text(gone));
    CHECK(text_at(erased, "value_date") == "2024-01-31");
}

// Goal: the days, and the trial balance that closes one; debits equal credits.
TEST_CASE("days and their trial balance are shown") {
    ServerFixture fixture;
    const object empty = document(fixture, "/v1/days");
    CHECK(empty.at("last_closed").is_null());
    CHECK(empty.at("open").as_array().empty());
    CHECK(problem_code(fixture.get("/v1/trial-balance?day=2024-01-31")) == "not_found");
    fixture.make_small_book();
    const object days = document(fixture, "/v1/days");
    CHECK(days.at("open").as_array() == boost::json::array{"2024-01-31"});
    const auto& books = days.at("books").as_array();
    REQUIRE(books.size() == 1);
    CHECK(text_at(books[0].as_object(), "currency") == "CNY");
    CHECK(text_at(books[0].at("lender").as_object(), "name") == "lender");

    const object balance = document(fixture, "/v1/trial-balance?day=2024-01-31");
    CHECK_FALSE(balance.at("closed").as_bool());
    std::int64_t sum = 0;
    std::map<std::string, std::int64_t> by_name;
    for (const auto& row : balance.at("rows").as_array()) {
        const std::int64_t amount = row.at("balance").to_number<std::int64_t>();
        by_name[text_at(row.as_object(), "name")] = amount;
        CHECK(text_at(row.as_object(), "currency") == "CNY");
        sum += amount;
    }
    CHECK(sum == 0);
    CHECK(by_name.at("cash") == 53'833);
    const auto close = fixture.apply_proposed(fixture.drafts().draft(ledger::DayClose{}),
                                              {&fixture.cast().servicer()});
    REQUIRE(close.outcome == ledger::Outcome::accepted);
    const object after = document(fixture, "/v1/trial-balance?day=2024-01-31");
    CHECK(after.at("closed").as_bool());
    CHECK(after.at("rows") == balance.at("rows"));
    CHECK(text_at(document(fixture, "/v1/days"), "last_closed") == "2024-01-31");
    CHECK(problem_code(fixture.get("/v1/trial-balance?day=2024-01-30")) == "not_found");
    CHECK(problem_code(fixture.get("/v1/trial-balance?day=2024-02-01")) == "not_found");
    for (const std::string query : {"", "?day=", "?day=31.1.2024", "?as_of=2024-01-31"}) {
        CHECK(problem_code(fixture.get("/v1/trial-balance" + query)) == "invalid_argument");
    }
}

// Goal: what a day states rests on the open days before it, so they are named, and in the sums.
TEST_CASE("an open day has the amounts of the open days before it and names them") {
    ServerFixture fixture;
    fixture.make_small_book();
    const object first = document(fixture, "/v1/days/2024-01-31");
    CHECK(first.at("open_before").as_array().empty());
    fixture.apply_proposed(fixture.drafts().open_day(Drafts::kToday + 1),
                           {&fixture.cast().servicer()});
    for (const std::string path : {"/v1/trial-balance?day=2024-02-01", "/v1/days/2024-02-01"}) {
        const object later = document(fixture, path);
        CHECK(later.at("open_before").as_array() == boost::json::array{"2024-01-31"});
        CHECK(later.at("rows") == first.at("rows"));
    }
}

// Goal: records come out byte for byte, also that there is none.
TEST_CASE("a record of the state is read by its key") {
    ServerFixture fixture;
    fixture.make_small_book();
    const std::string key = to_hex(ledger::account_key(ledger::AccountClass::line, kLine.bytes));
    const object found = document(fixture, "/v1/records/" + key);
    CHECK(text_at(found, "key") == key);
    CHECK(number_at(found, "applied_index") == kSmallBookBlocks);
    const auto value = crypto::from_base64(text_at(found, "value"));
    REQUIRE(value);
    const auto line = ledger::decode_line(*value);
    REQUIRE(line);
    CHECK(line->body->limit == 600'000);
    CHECK(document(fixture, "/v1/records/00ff").at("value").is_null());
    CHECK(document(fixture, "/v1/records/" + std::string(256, 'a')).at("value").is_null());
    for (const std::string& wrong :
         {std::string("xy"), std::string("abc"), std::string(258, 'a')}) {
        CHECK(problem_code(fixture.get("/v1/records/" + wrong)) == "invalid_argument");
    }
}

// Goal: what a purchase costs, who has seen it, and both with the merchant on its contract.
TEST_CASE("cost tables, acknowledgements and merchants are shown") {
    ServerFixture fixture;
    fixture.make_small_book();
    const auto& cast = fixture.cast();
    const auto apply = [&](ledger::Transaction draft,
                           std::initializer_list<const testing::Party*> signers) {
        const auto result = fixture.service().apply_one(draft, signers);
        REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
        return result.entry;
    };
    const auto table = id_of<ledger::CostTableId>(1);
    const auto seen = id_of<ledger::DisclosureId>(1);
    const auto bought = id_of<ledger::ContractId>(50);
    const auto product = Drafts::product(5000);
    ledger::CostTable costs{table, product, {}};
    costs.rows.push_back({"fee", ledger::CostCollector::originator, cast.originator().id,
                          ledger::CostBasis::principal, 60'000, ledger::CostWhen::normal});
    const auto registered =
        apply(fixture.drafts().draft(costs), {&cast.originator(), &cast.regulator()});
    apply(fixture.drafts().draft(ledger::DisclosureAck{
              seen, id_of<ledger::BorrowerId>(1), table, Drafts::kToday, 9, {}}),
          {&cast.originator()});
    ledger::Transaction purchase =
        fixture.drafts().capture(bought, kLine, cast.funder().id, 3'000, 5000, 3);
    auto& body = std::get<ledger::Capture>(purchase.body);
    body.merchant = id_of<ledger::MerchantId>(3);
    body.order.emplace();
    body.cost_table = table;
    body.disclosure = seen;
    apply(purchase, {&cast.originator(), &cast.funder()});
    apply(fixture.drafts().draft(ledger::MerchantSettle{bought, 2'000, "pay-1"}),
          {&cast.originator()});

    const object shown = document(fixture, "/v1/cost-tables/" + api::id_text(table));
    CHECK(text_at(shown, "product") == api::id_text(product));
    CHECK(text_at(shown, "value_date") == "2024-01-31");
    CHECK(number_at(shown, "entry") == registered);
    CHECK(shown.at("previous").is_null());
    const object& row = shown.at("rows").as_array().at(0).as_object();
    CHECK(text_at(row, "item") == "fee");
    CHECK(text_at(row, "member") == api::id_text(cast.originator().id));
    const object sold = document(fixture, "/v1/products/" + api::id_text(product));
    CHECK(text_at(sold, "cost_table") == api::id_text(table));
    const object ack = document(fixture, "/v1/disclosures/" + api::id_text(seen));
    CHECK(text_at(ack, "table") == api::id_text(table));
    CHECK(number_at(ack, "seconds_read") == 9);
    CHECK(text_at(ack.at("owner").as_object(), "name") == "lender");
    const object contract = document(fixture, "/v1/contracts/" + api::id_text(bought));
    CHECK(text_at(contract, "merchant") == api::id_text(*body.merchant));
    CHECK(text_at(contract, "order") == std::string(64, '0'));
    CHECK(text_at(contract, "cost_table") == api::id_text(table));
    CHECK(text_at(contract, "disclosure") == api::id_text(seen));
    CHECK(number_at(contract, "merchant_payable") == 1'000);
    CHECK(number_at(contract, "merchant_claim") == 0);
    const object& paid = contract.at("statement").as_array().at(1).as_object();
    CHECK(text_at(paid, "kind") == "MERCHANT_SETTLE");
    CHECK(number_at(paid, "amount") == 2'000);
}
