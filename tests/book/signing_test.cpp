#include "book/signing.h"

#include "ledger/transaction_layout.h"
#include "ledger/type_table.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using testing::id_of;

namespace {

const std::vector<std::string> kAll{"lender",     "lender/2",  "funder",   "servicer",
                                    "servicer/2", "collector", "regulator"};

std::string fault_of(const testing::Cast& cast, ledger::TransactionBody body,
                     const std::vector<std::string>& names) {
    std::vector<book::KeyHolder> keys;
    for (const std::string& name : names) {
        const auto id = cast.party(name).id;
        keys.push_back({id, cast.genesis().member(id)->roles});
    }
    return book::signing_fault({{}, 1, 1, std::move(body)}, keys, cast.genesis());
}

std::vector<std::string> without(const std::string& name) {
    std::vector<std::string> rest;
    for (const std::string& one : kAll) {
        if (one.substr(0, name.size()) != name) rest.push_back(one);
    }
    return rest;
}

}  // namespace

TEST_CASE("All keys of a development network sign every type") {
    const testing::Cast cast;
    for (const std::string_view type : ledger::kTransactionTypes) {
        INFO(type);
        CHECK(fault_of(cast, ledger::body_of_type(*ledger::type_from_name(type)), kAll).empty());
        CHECK_FALSE(fault_of(cast, ledger::body_of_type(*ledger::type_from_name(type)),
                             {"collector"}) == "");
    }
}

TEST_CASE("A role that is missing is named with the field that asks for it") {
    const testing::Cast cast;
    CHECK(fault_of(cast, ledger::ProductRegister{}, without("regulator")) ==
          "type: a PRODUCT_REGISTER is signed by a regulator, whose key is not given with --key");
    CHECK(fault_of(cast, ledger::Recovery{}, without("collector")).find("a collector") !=
          std::string::npos);
    CHECK(fault_of(cast, ledger::Repayment{}, without("servicer")).find("a servicer") !=
          std::string::npos);
    CHECK(fault_of(cast, ledger::Waive{}, without("lender/2")) ==
          "type: a WAIVE is signed with two keys of an originator: give both with --key");
    ledger::Capture capture;
    capture.shares = {{cast.funder().id, 1'000'000}};
    CHECK(fault_of(cast, capture, without("funder")) ==
          "shares: funder must sign, and its key is not given with --key");
    // Who is no funder is for the rules to refuse, on record.
    capture.shares = {{cast.auditor().id, 500'000}, {id_of<ledger::MemberId>(9), 500'000}};
    CHECK(fault_of(cast, capture, without("funder")).empty());
    CHECK(fault_of(cast, ledger::Reversal{}, {"servicer"}).empty());
    CHECK_FALSE(fault_of(cast, ledger::Reversal{}, {"regulator"}).empty());
}
