#include <algorithm>
#include <set>

#include "api/errc.h"
#include "api/transaction_json.h"
#include "crypto/base64.h"
#include "ledger/type_table.h"
#include "tests/ledger/samples.h"
#include "tests/support/catch.h"

using namespace tally;
using boost::json::object;
using boost::json::parse;

namespace {

std::string of(const std::string& byte, int count) {
    std::string digits;
    for (int i = 0; i < count; ++i) digits += byte;
    return "\"" + digits + "\"";
}

/// `$3` stands for an id of bytes 03, `#3` for a digest, `'` for `"`.
std::string expand(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '$') {
            result += of(std::string("0") + text[++i], 16);
        } else if (text[i] == '#') {
            result += of(std::string("0") + text[++i], 32);
        } else {
            result += text[i] == '\'' ? '"' : text[i];
        }
    }
    return result;
}

constexpr std::string_view kRows =
    "[{'due':'1970-04-11','principal':101,'fee':102,'interest':103},"
    "{'due':'1970-04-15','principal':105,'fee':106,'interest':107}]";
constexpr std::string_view kParts =
    "[{'instalment':3,'component':'interest','amount':10},"
    "{'instalment':0,'component':'penalty','amount':11}]";

/// So many equal bytes in base64.
std::string base64_of(std::uint8_t byte, std::size_t count) {
    return "'" + crypto::to_base64(Bytes(count, byte)) + "'";
}
std::string named_key(std::uint8_t byte) {
    return "{'suite':'ed25519','key':" + base64_of(byte, 32) + "}";
}
std::string new_key(std::uint8_t byte) {
    return "{'suite':'ed25519','key':" + base64_of(byte, 32) +
           ",'possession':" + base64_of(static_cast<std::uint8_t>(byte + 0x40), 64) + "}";
}

/// Of the last ones.
std::vector<std::string> newest_documents() {
    return {
        "'contract':$1,'amount':2,'source_ref':'shop-1'",
        "'contract':$1,'amount':2,'source_ref':'deal-1','penalty':3,'fee':4,'interest':5,"
        "'principal':6",
        "'table':$1,'product':$2,'rows':[{'item':'fee','collector':'originator','member':$3,"
        "'basis':'principal','rate_ppm':4,'when':'normal'},{'item':'penalty',"
        "'collector':'third_party','basis':'balance','rate_ppm':5,'when':'default'}]",
        "'disclosure':$1,'borrower':$2,'table':$3,'shown_on':'1970-01-05','seconds_read':5,"
        "'commitment':#6",
        "'alert':$1,'contract':$2,'rule':'roll_rate','reason':'worse','evidence':#3",
        "'alert':$1,'disposition':'escalated','reason':'upwards'",
    };
}

/// What JSON says of the bodies of full_samples, in their order.
std::vector<std::string> documents() {
    const std::string rows(kRows);
    const std::string parts(kParts);
    return {
        "'line':$1,'borrower':$2,'currency':'CNY','limit':3,'valid_from':'1970-01-05',"
        "'valid_to':'1970-01-06','assessment':$6",
        "'line':$1,'limit':2,'assessment':$3",
        "'contract':$1,'line':$2,'principal':3,'product':$4,'rate_ppm':5,'apr_ppm':6,"
        "'terms_hash':#7,'authorisation':$8,'schedule':" +
            rows +
            ",'shares':[{'funder':$9,'share':10},{'funder':'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',"
            "'share':12}],'servicer':'0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d','merchant':$e,'order':#f,"
            "'cost_table':$6,'disclosure':$7",
        "'contract':$1,'amount':2,'source_ref':'pay-1','allocation':" + parts,
        "'ruleset':$1,'bucket_days':[30,60,90],'class_days':[1,31,91,181],"
        "'order':['principal','interest','penalty','fee'],'principal_first_after':2,"
        "'penalty_ppm_day':3,'penalty_cap_ppm':4,'grace_days':5,'grace_grants_max':6,"
        "'grace_grant_days_max':7,'reschedules_max':8,'backdating_days_max':9,"
        "'overpayment':'credit','lag_days_max':10,'charge_off_days_min':11,'observation_rows':12,"
        "'contact_from':13,'contact_to':14,'contacts_per_day':15,'forbearance_first':true,"
        "'apr_caps':[{'valid_from':'1970-01-18','apr_ppm':18},"
        "{'valid_from':'1970-01-20','apr_ppm':20}],"
        "'alert_limit_use_ppm':22,'alert_first_payment_days':23,'alert_missed_debits':24",
        "'product':$1,'ruleset':$2,'currency':'EUR','method':'annuity','day_count':'act/act',"
        "'month_end':'roll','remainder':'spread','prepayment':'all_charges','minimum':3,"
        "'apr_cap_ppm':4,'terms':[{'band':5,'periods':6,'rate_ppm':7},"
        "{'band':8,'periods':9,'rate_ppm':10}],'servicer':'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',"
        "'refund':'last_rows_first'",
        "'model':$1,'name':'model','commitment':#2",
        "'assessment':$1,'borrower':$2,'model':$3,'inputs':#4,'band':5,'decision':'declined',"
        "'reasons':'r-1','currency':'USD','limit':6,'valid_to':'1970-01-08'",
        "'line':$1,'reason':'freeze'",
        "'line':$1,'reason':'thaw'",
        "'line':$1",
        "'authorisation':$1,'line':$2,'amount':3,'expires':'1970-01-05'",
        "'authorisation':$1",
        "'authorisation':$1",
        "'contract':$1,'amount':2,'source_ref':'refund-1'",
        "'contract':$1,'amount':2,'source_ref':'settle-1'",
        "'contract':$1,'amount':2",
        "'contract':$1,'days_past_due':2,'bucket':3,'asset_class':4",
        "'contract':$1,'parts':" + parts,
        "'request':$1,'contract':$2,'stage':'refused','reason':'illness','evidence':#3",
        "'contract':$1,'from':'1970-01-03','to':'1970-01-04','request':$4",
        "'contract':$1,'rate_ppm':2,'carried_penalty':3,'carried_fee':4,'carried_interest':5,"
        "'schedule':" +
            rows + ",'request':$6,'waived_penalty':7",
        "'contract':$1,'penalty':2,'fee':3,'interest':4,'principal':5,'reason':'lost'",
        "'contract':$1,'amount':2,'commission':3,'source_ref':'found-1'",
        "'submitter':$1,'target':$2,'contract':$3,'reason':'error','reposted_on':$4",
        "",
        "'balances':[{'lender':$1,'currency':'CNY','account':1,'balance':2},"
        "{'lender':$2,'currency':'EUR','account':3,'balance':-4}]",
        "",
        "'contract':$1,'servicer':$2",
        "'contract':$1,'amount':2,'source_ref':'back-1'",
        "'contract':$1,'collector':$2,'commission_ppm':3",
        "'contract':$1",
        "'contract':$1,'submitter':$2,'target':$3,'amount':4,'source_ref':'bank-1'",
        "'mandate':$1,'contract':$2,'amount_max':3,'valid_from':'1970-01-05',"
        "'valid_to':'1970-01-06','commitment':#6",
        "'mandate':$1",
        "'debit':$1,'mandate':$2,'amount':3,'due':'1970-01-05'",
        "'debit':$1,'result':'failed','reason':'no money','source_ref':'debit-1'",
        "'name':'bank-2','roles':[{'role':'funder'},{'role':'governance'}],'keys':[" + new_key(1) +
            "," + new_key(3) + "]",
        "'member':$1,'keys':[" + new_key(2) + "],'retired':[" + named_key(4) + "," + named_key(5) +
            "]",
        "'member':$1,'keys':[" + named_key(2) + "],'reason':'stolen'",
    };
}

/// The same of the last one of governance, and those of conduct and oversight.
std::vector<std::string> conduct_documents() {
    return {
        "'version':4,'height':100000",
        "'contract':$1,'channel':'visit','minute':2,'note':#3",
        "'complaint':$1,'contract':$2,'category':'privacy','commitment':#3",
        "'complaint':$1,'result':'rejected','commitment':#2",
        "'recon':$1,'lender':$2,'day':'1970-01-04','match':4,'amount_diff':5,'date_diff':6,"
        "'status_diff':7,'only_ledger':8,'only_file':9,'duplicate':10,'commitment':" +
            of("0b", 32),
        "'opinion':$1,'lender':$2,'from':'1970-01-04','to':'1970-01-05','conclusion':'adverse',"
        "'ledger_size':5,'commitment':#6",
        "'hedge':$1,'kind':'currency_forward','currency':'EUR','notional':2,'from':'1970-01-04',"
        "'to':'1970-01-05','commitment':#5",
        "'borrower':$1,'commitment':#2",
    };
}

/// Those of what became of receivables, behind the others.
std::vector<std::string> documents_of_receivables() {
    return {
        "'contract':$1,'funder':$2",
        "'contract':$1",
        "'contract':$1,'buyer':$2,'price':3,'valid_until':'1970-01-05'",
        "'contract':$1,'source_ref':'price-1'",
        "'contract':$1",
        "'contract':$1",
    };
}

std::vector<std::string> pool_documents() {
    return {
        "'pool':$1,'currency':'CNY','trustee':$2,'buyer':$3,'revolving_until':'1970-01-05',"
        "'balance_min':5,'below_days':6,'roll_ppm':7",
        "'pool':$1,'contract':$2",
        "'pool':$1,'contracts':2,'principal':3,'root':#4",
        "'pool':$1,'notes':[{'name':'senior','amount':2,'rate_ppm':3},"
        "{'name':'junior','amount':4,'rate_ppm':5}]",
        "'pool':$1,'reason':'servicer_event','below_since':'1970-01-03'",
        "'pool':$1",
        "'contract':$1,'price':2,'valid_until':'1970-01-04'",
        "'contract':$1,'source_ref':'back-1'",
        "'pool':$1,'contract':$2",
    };
}

std::string refusal(const object& document) {
    const auto result = api::transaction_from_json(document);
    INFO(boost::json::serialize(document));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == api::errc::invalid_argument);
    return result.error().context;
}

}  // namespace

// Goal: each member stands under its own name, in order; the text is written by hand.
TEST_CASE("every type is written as documented") {
    const auto samples = testing::full_samples();
    auto expected = documents();
    for (std::string& one : conduct_documents()) expected.push_back(std::move(one));
    for (const std::string& more : documents_of_receivables()) expected.push_back(more);
    for (std::string& one : newest_documents()) expected.push_back(std::move(one));
    for (std::string& one : pool_documents()) expected.push_back(std::move(one));
    REQUIRE(samples.size() == expected.size());
    for (std::size_t type = 0; type < samples.size(); ++type) {
        const std::string name(ledger::kTransactionTypes[type]);
        const std::string body = expected[type].empty() ? "" : "," + expected[type];
        const std::string text = expand(
            "{'id':'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1','business_date':"
            "'2024-01-31','value_date':'2024-02-01','type':'" +
            name + "'" + body + "}");
        CHECK(boost::json::serialize(api::to_json(samples[type])) == text);
        const auto read = api::transaction_from_json(parse(text));
        INFO((read ? std::string() : read.error().context));
        REQUIRE(read);
        CHECK(ledger::encode_transaction(*read) == ledger::encode_transaction(samples[type]));
    }
}

// Goal: each field of each type: left out, of another type, with another beside it.
TEST_CASE("every field of every type is held to its form") {
    for (const ledger::Transaction& sample : testing::full_samples()) {
        const object document = api::to_json(sample);
        for (const auto& member : document) {
            const std::string name(member.key());
            INFO(name << " of " << ledger::type_name(sample.body));
            object changed = document;
            // What is true or false is a text instead.
            changed[name] = member.value().is_bool() ? boost::json::value("true") : true;
            CHECK(refusal(changed).find(name + ": not a") == 0);
            changed[name] = nullptr;
            CHECK(refusal(changed).find(name + ": not a") == 0);
            changed.erase(name);
            const auto without = api::transaction_from_json(changed);
            const auto fields = api::fields_of(ledger::type_name(sample.body)).value();
            const bool optional = std::ranges::any_of(
                fields, [&](const auto& field) { return field.name == name && field.optional; });
            CHECK(without.has_value() == optional);
            if (!without) CHECK(without.error().context == name + ": missing");
        }
        object more = document;
        more["more"] = 1;
        CHECK(refusal(more) == "more: unknown field");
    }
}

// Goal: what propose computes is named as the type's own fields are.
TEST_CASE("every claim is a field of its type, of the form that its placeholder has") {
    using Form = ledger::Claim::Form;
    for (const ledger::TypeFacts& facts : ledger::kTypeFacts) {
        const auto fields = api::fields_of(facts.name).value();
        for (const ledger::Claim& claim : facts.claims) {
            INFO(facts.name << ": " << claim.field);
            const auto field = std::ranges::find(fields, claim.field, &api::Field::name);
            REQUIRE(field != fields.end());
            const bool list = claim.form == Form::list || claim.form == Form::schedule;
            CHECK((field->kind == api::FieldKind::list) == list);
            CHECK((field->kind == api::FieldKind::member) == (claim.form == Form::member));
            CHECK(claim.usual.empty() == (claim.form != Form::text));
            CHECK((claim.field == "schedule") == (claim.form == Form::schedule));
            CHECK((field->kind == api::FieldKind::digest) == (claim.form == Form::digest));
            CHECK((field->kind == api::FieldKind::day) == (claim.form == Form::day));
        }
    }
}

// Goal: an importer can ask what there is.
TEST_CASE("the fields of a type are listed") {
    CHECK_FALSE(api::fields_of("REFUND"));
    CHECK(api::fields_of("DAY_OPEN").value().empty());
    for (const ledger::Transaction& sample : testing::full_samples()) {
        const auto fields = api::fields_of(ledger::type_name(sample.body)).value();
        const object document = api::to_json(sample);
        // After id, the two dates and the type come the fields, in the same order.
        REQUIRE(document.size() == fields.size() + 4);
        std::set<std::string_view> names = {"id", "business_date", "value_date", "type"};
        for (std::size_t place = 0; place < fields.size(); ++place) {
            CHECK(std::string((document.begin() + 4 + place)->key()) == fields[place].name);
            CHECK(names.insert(fields[place].name).second);
        }
    }
    const auto capture = api::fields_of("CAPTURE").value();
    CHECK(capture[7].kind == api::FieldKind::id);
    CHECK(capture[7].optional);
    CHECK(capture[8].kind == api::FieldKind::list);
    REQUIRE(capture[8].elements.size() == 4);
    CHECK(capture[8].elements[0].kind == api::FieldKind::day);
    CHECK(capture[9].elements[0].kind == api::FieldKind::member);
    const auto product = api::fields_of("PRODUCT_REGISTER").value();
    REQUIRE(product[4].words.size() == 3);
    CHECK(product[4].words[0] == "30/360");
    CHECK(api::fields_of("RULESET_REGISTER").value()[4].kind == api::FieldKind::days);
}
