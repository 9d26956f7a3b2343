#include "book/signing.h"

#include "ledger/transaction_layout.h"
#include "ledger/type_table.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using testing::id_of;

namespace {

const std::vector<std::string> kAll{"lender",     "lender/2",   "funder",    "servicer",
                                    "servicer/2", "collector",  "regulator", "bank",
                                    "governor-a", "governor-b", "auditor",   "trustee"};

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
        const bool audits = type == "AUDIT_OPINION" || type == "RECON_RESULT";
        CHECK_FALSE(fault_of(cast, ledger::body_of_type(*ledger::type_from_name(type)),
                             {audits ? "regulator" : "auditor"}) == "");
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
    ledger::Reschedule plan;
    CHECK(fault_of(cast, plan, without("lender/2")).empty());
    plan.waived_penalty = 1;
    CHECK(fault_of(cast, plan, without("lender/2")) ==
          "type: a RESCHEDULE is signed with two keys of an originator: give both with --key");
    ledger::Capture capture;
    capture.shares = {{cast.funder().id, 1'000'000}};
    CHECK(fault_of(cast, capture, without("funder")) ==
          "shares: funder must sign, and its key is not given with --key");
    // Who is no funder is for the rules to refuse, on record.
    capture.shares = {{cast.auditor().id, 500'000}, {id_of<ledger::MemberId>(9), 500'000}};
    CHECK(fault_of(cast, capture, without("funder")).empty());
    CHECK(fault_of(cast, ledger::Reversal{}, {"servicer"}).empty());
    CHECK(fault_of(cast, ledger::Reversal{}, {"bank"}).empty());  // of a debit's result
    CHECK_FALSE(fault_of(cast, ledger::Reversal{}, {"regulator"}).empty());
    // One of two roles is enough.
    CHECK(fault_of(cast, ledger::ContactLog{}, {"servicer"}).empty());
    CHECK(fault_of(cast, ledger::ContactLog{}, {"collector"}).empty());
    CHECK(fault_of(cast, ledger::ContactLog{}, {"lender"}) ==
          "a CONTACT_LOG is signed by a collector or a servicer, and no such key is given with "
          "--key");
}

TEST_CASE("A member with two roles signs with a key for each") {
    // Goal: what the rules would refuse as two_keys_required is told before it is sent.
    const auto both = static_cast<std::uint16_t>(static_cast<unsigned>(ledger::Role::originator) |
                                                 static_cast<unsigned>(ledger::Role::servicer));
    const testing::Cast cast;
    const book::KeyHolder house{id_of<ledger::MemberId>(1), both};
    const book::KeyHolder lender{cast.originator().id,
                                 static_cast<std::uint16_t>(ledger::Role::originator)};
    const ledger::Transaction cancel{{}, 1, 1, ledger::DayCancel{}};
    const auto fault = [&](const std::vector<book::KeyHolder>& keys) {
        return book::signing_fault(cancel, keys, cast.genesis());
    };
    CHECK(fault({house}) ==
          "a DAY_CANCEL is signed by a servicer and an originator, each with a key of its own: "
          "give a second key of the member with --key");
    CHECK(fault({house, house}).empty());
    CHECK(fault({house, lender}).empty());
    using Places = std::vector<std::size_t>;
    CHECK(book::needed_keys(cancel, {house, house}) == Places{0, 1});
    CHECK(book::needed_keys(cancel, {lender, house, house}) == Places{1, 0});
    CHECK(book::needed_keys({{}, 1, 1, ledger::DayOpen{}}, {house, house}) == Places{0});
}

TEST_CASE("A row is signed with the keys that its type needs, and no others") {
    const testing::Cast cast;
    std::vector<book::KeyHolder> keys;
    for (const std::string& name : kAll) {
        const auto id = cast.party(name).id;
        keys.push_back({id, cast.genesis().member(id)->roles});
    }
    const auto needed = [&](ledger::TransactionBody body,
                            const ledger::TypeFacts* target = nullptr) {
        std::vector<std::string> names;
        for (const std::size_t place :
             book::needed_keys({{}, 1, 1, std::move(body)}, keys, target)) {
            names.push_back(kAll[place]);
        }
        return names;
    };
    using Names = std::vector<std::string>;
    CHECK(needed(ledger::Repayment{}) == Names{"servicer"});
    CHECK(needed(ledger::DayOpen{}) == Names{"servicer"});
    CHECK(needed(ledger::LimitChange{}) == Names{"lender"});
    CHECK(needed(ledger::Waive{}) == Names{"lender", "lender/2"});
    CHECK(needed(ledger::Recovery{}) == Names{"servicer", "collector"});
    CHECK(needed(ledger::ProductRegister{}) == Names{"lender", "regulator"});
    CHECK(needed(ledger::MandateRegister{}) == Names{"servicer", "bank"});
    CHECK(needed(ledger::DebitInstruct{}) == Names{"servicer"});
    CHECK(needed(ledger::DebitResult{}) == Names{"bank"});
    CHECK(needed(ledger::ContactLog{}) == Names{"collector", "servicer"});
    CHECK(needed(ledger::ComplaintClose{}) == Names{"lender", "servicer", "regulator"});
    CHECK(needed(ledger::AlertDisposition{}) == Names{"lender", "funder"});
    CHECK(needed(ledger::ReconResult{}) == Names{"auditor"});
    CHECK(needed(ledger::AuditOpinion{}) == Names{"auditor"});
    CHECK(needed(ledger::HedgeRegister{}) == Names{"funder"});
    CHECK(needed(ledger::ErasureCert{}) == Names{"lender"});
    CHECK(needed(ledger::PoolCreate{}) == Names{"lender", "trustee"});
    CHECK(needed(ledger::PoolAdd{}) == Names{"lender", "trustee"});
    CHECK(needed(ledger::PoolTrigger{}) == Names{"trustee"});
    CHECK(needed(ledger::BuybackSettle{}) == Names{"lender", "trustee"});
    CHECK(needed(ledger::PoolRemove{}) == Names{"lender", "trustee"});
    ledger::Capture capture;
    capture.shares = {{cast.funder().id, 1'000'000}};
    CHECK(needed(capture) == Names{"lender", "funder"});
    ledger::Reversal reversal;
    reversal.submitter = cast.party("servicer").id;
    const ledger::TransactionBody repayment = ledger::Repayment{};
    CHECK(needed(reversal, &ledger::facts_of(repayment)) == Names{"servicer", "servicer/2"});
    const Names all = needed(reversal);
    CHECK(all.size() == kAll.size());
    CHECK(all.front() == "servicer");
    // What they sign with them holds: no role is missing among them.
    for (const std::string_view type : ledger::kTransactionTypes) {
        INFO(type);
        const auto body = ledger::body_of_type(*ledger::type_from_name(type));
        std::vector<book::KeyHolder> chosen;
        for (const std::size_t place : book::needed_keys({{}, 1, 1, body}, keys)) {
            chosen.push_back(keys[place]);
        }
        CHECK(book::signing_fault({{}, 1, 1, body}, chosen, cast.genesis()).empty());
    }
}

// Goal: with several at hand, the one that is named, or each that it may be.
TEST_CASE("Of two trustees the one that a pool names signs, and both where none is named") {
    const testing::Cast cast;
    const std::vector<std::string> names{"lender", "lender-b", "trustee", "trustee-b", "funder"};
    std::vector<book::KeyHolder> keys;
    for (const std::string& name : names) {
        const auto id = cast.party(name).id;
        keys.push_back({id, cast.genesis().member(id)->roles});
    }
    const auto needed = [&](ledger::TransactionBody body) {
        std::vector<std::string> found;
        for (const std::size_t place : book::needed_keys({{}, 1, 1, std::move(body)}, keys)) {
            found.push_back(names[place]);
        }
        return found;
    };
    using Names = std::vector<std::string>;
    ledger::PoolCreate creation;
    creation.trustee = cast.other_trustee().id;
    CHECK(needed(creation) == Names{"lender", "trustee-b"});
    creation.trustee = cast.funder().id;
    CHECK(needed(creation) == Names{"lender", "trustee"});
    CHECK(needed(ledger::PoolSeal{}) == Names{"lender", "lender-b", "trustee", "trustee-b"});
    CHECK(needed(ledger::PoolTrigger{}) == Names{"trustee", "trustee-b"});
    CHECK(needed(ledger::BuybackInit{}) == Names{"lender", "lender-b", "trustee", "trustee-b"});

    creation.trustee = cast.other_trustee().id;
    CHECK(fault_of(cast, creation, {"lender", "trustee"}) ==
          "trustee: trustee-b must sign, and its key is not given with --key");
    CHECK(fault_of(cast, creation, {"lender", "trustee-b"}).empty());
    // Who is no trustee is for the rules to refuse, on record.
    creation.trustee = cast.auditor().id;
    CHECK(fault_of(cast, creation, {"lender", "trustee"}).empty());
    CHECK(fault_of(cast, ledger::PoolAdd{}, {"lender"}) ==
          "type: a POOL_ADD is signed by a trustee, whose key is not given with --key");
    CHECK(fault_of(cast, ledger::PoolTrigger{}, {"trustee"}).empty());
}
