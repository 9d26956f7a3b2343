#include "api/ids.h"
#include "ledger/dates.h"
#include "tests/node/http/server_fixture.h"
#include "tests/support/catch.h"

// Pools: as they stand, what is in them, and what happened to them.
using namespace tally;
using namespace tally::node::http::test;
using boost::json::array;
using boost::json::object;
using testing::Drafts;
using testing::id_of;

namespace {

constexpr ledger::Day kToday = Drafts::kToday;  // 2024-01-31
const auto kPool = id_of<ledger::PoolId>(1);
const auto kOther = id_of<ledger::PoolId>(2);
const auto kContract = id_of<ledger::ContractId>(1);
const auto kLine = id_of<ledger::LineId>(1);

object read(ServerFixture& fixture, const std::string& target) {
    const Reply reply = fixture.get(target);
    INFO(target << " " << reply.body);
    REQUIRE(reply.status == 200);
    return object_of(reply);
}

std::uint64_t apply(ServerFixture& fixture, ledger::TransactionBody body,
                    std::initializer_list<const testing::Party*> signers, ledger::Day day) {
    const auto result =
        fixture.apply_proposed(fixture.drafts().draft(std::move(body), day), signers);
    REQUIRE(ledger::outcome_code(result.outcome) == "accepted");
    return result.entry;
}

/// What happens to pools of a book with contracts 1 to 3, of which the first has paid two rates.
class Pools {
public:
    explicit Pools(ServerFixture& fixture) : fixture_(fixture), cast_(fixture.cast()) {
        fixture_.make_small_book();
        for (const std::uint64_t number : {3U, 2U}) {
            const auto captured = fixture_.service().apply_one(
                fixture_.drafts().capture(contract(number), kLine, cast_.funder().id, 100'000),
                {&cast_.originator(), &cast_.funder()});
            REQUIRE(captured.outcome == ledger::Outcome::accepted);
        }
    }

    static ledger::ContractId contract(std::uint64_t number) {
        return id_of<ledger::ContractId>(number);
    }
    /// Revolves to 2024-06-30; falls below a least balance as soon as the third contract is paid.
    std::uint64_t create(const ledger::PoolId& id, ledger::Amount balance_min = 240'000) {
        return both(ledger::PoolCreate{id, "CNY", cast_.trustee().id, cast_.other_funder().id,
                                       kToday + 151, balance_min, balance_min > 0 ? 5U : 0U, 0});
    }
    std::uint64_t both(ledger::TransactionBody body, ledger::Day day = kToday) {
        return apply(fixture_, std::move(body), {&cast_.originator(), &cast_.trustee()}, day);
    }
    void add(const ledger::PoolId& id, std::initializer_list<std::uint64_t> numbers) {
        for (const std::uint64_t number : numbers) both(ledger::PoolAdd{id, contract(number)});
    }
    void sell(std::uint64_t number) {
        apply(fixture_,
              ledger::TransferInit{contract(number), cast_.other_funder().id, 50'000, kToday + 3},
              {&cast_.originator()}, kToday);
        apply(fixture_, ledger::TransferSettle{contract(number), "sale-" + std::to_string(number)},
              {&cast_.originator(), &cast_.other_funder()}, kToday);
    }
    /// Three contracts, sealed, sold and issued against; then the next day begins.
    void issue() {
        create(kPool);
        add(kPool, {3, 1, 2});
        both(ledger::PoolSeal{kPool, 0, 0, {}});
        for (const std::uint64_t number : {1U, 2U, 3U}) sell(number);
        both(ledger::PoolIssue{kPool, {{"senior", 200'000, 32'000}, {"junior", 40'000, 0}}});
        const auto opened = fixture_.service().apply_one(fixture_.drafts().open_day(kToday + 1),
                                                         {&cast_.servicer()});
        REQUIRE(opened.outcome == ledger::Outcome::accepted);
    }

private:
    ServerFixture& fixture_;
    const testing::Cast& cast_;
};

std::string path_of(const ledger::PoolId& id) { return "/v1/pools/" + api::id_text(id); }

std::string name_in(const object& document, std::string_view part) {
    return text_at(document.at(part).as_object(), "name");
}

std::vector<std::string> listed(ServerFixture& fixture, const std::string& query) {
    std::vector<std::string> ids;
    std::string cursor;
    for (;;) {
        const object page = read(fixture, "/v1/pools?limit=1" + query + cursor);
        for (const auto& item : page.at("items").as_array()) {
            ids.push_back(text_at(item.as_object(), "id"));
        }
        if (page.at("next").is_null()) return ids;
        cursor = "&cursor=" + text_at(page, "next");
    }
}

}  // namespace

// Goal: terms, sums and steps, each with its entry, at every stage.
TEST_CASE("a pool is shown with its terms, its balance and what became of it") {
    ServerFixture fixture;
    Pools pools(fixture);
    const std::uint64_t created = pools.create(kPool);
    pools.add(kPool, {3, 1});
    const object draft = read(fixture, path_of(kPool));
    CHECK(text_at(draft, "id") == api::id_text(kPool));
    CHECK(text_at(draft, "status") == "DRAFT");
    CHECK(name_in(draft, "owner") == "lender");
    CHECK(name_in(draft, "trustee") == "trustee");
    CHECK(name_in(draft, "buyer") == "funder-b");
    CHECK(text_at(draft, "currency") == "CNY");
    CHECK(text_at(draft, "revolving_until") == "2024-06-30");
    CHECK(number_at(draft, "balance_min") == 240'000);
    CHECK(number_at(draft, "below_days") == 5);
    CHECK(number_at(draft, "entry") == created);
    CHECK(number_at(draft, "contracts") == 2);
    CHECK(number_at(draft, "live") == 2);
    CHECK(number_at(draft, "owned") == 0);
    CHECK(number_at(draft, "entries") == 3);
    CHECK(text_at(draft, "as_of") == "2024-01-31");
    for (const char* step : {"below_since", "rolled", "sealed", "issued", "triggered", "closed"}) {
        CHECK(draft.at(step).is_null());
    }
    // The principal of 100000, and of the other what two payments left.
    const object contract = read(fixture, "/v1/contracts/" + api::id_text(kContract));
    const std::uint64_t left = number_at(contract.at("outstanding").as_object(), "principal");
    CHECK(number_at(draft, "balance") == 100'000 + left);
    CHECK(text_at(contract, "pool") == api::id_text(kPool));
    const std::uint64_t sealed = pools.both(ledger::PoolSeal{kPool, 0, 0, {}});
    const object after = read(fixture, path_of(kPool));
    CHECK(text_at(after, "status") == "SEALED");
    const object& seal = after.at("sealed").as_object();
    CHECK(number_at(seal, "contracts") == 2);
    CHECK(number_at(seal, "principal") == number_at(after, "balance"));
    CHECK(text_at(seal, "root") == text_at(after, "root"));
    CHECK(number_at(seal, "entry") == sealed);
    CHECK(text_at(seal, "value_date") == "2024-01-31");
    const std::uint64_t closed = pools.both(ledger::PoolClose{kPool});
    const object over = read(fixture, path_of(kPool));
    CHECK(text_at(over, "status") == "CLOSED");
    CHECK(number_at(over.at("closed").as_object(), "entry") == closed);
    CHECK(number_at(over, "balance") == 0);
    // Whoever closes a pool lets its contracts go; what was so before stays so.
    const std::string free = "/v1/contracts/" + api::id_text(kContract);
    CHECK(read(fixture, free).at("pool").is_null());
    const object before = read(fixture, free + "?known_at=" + std::to_string(closed - 1));
    CHECK(text_at(before, "pool") == api::id_text(kPool));
}

// Goal: once notes are issued, the status follows the day and the trigger.
TEST_CASE("an issued pool revolves until it is triggered") {
    ServerFixture fixture;
    Pools pools(fixture);
    pools.issue();
    const object revolving = read(fixture, path_of(kPool));
    CHECK(text_at(revolving, "status") == "REVOLVING");
    CHECK(number_at(revolving, "owned") == 3);
    const array& notes = revolving.at("issued").as_object().at("notes").as_array();
    REQUIRE(notes.size() == 2);
    CHECK(text_at(notes[0].as_object(), "name") == "senior");
    CHECK(number_at(notes[0].as_object(), "amount") == 200'000);
    CHECK(number_at(notes[1].as_object(), "rate_ppm") == 0);
    const testing::Cast& cast = fixture.cast();
    apply(fixture, ledger::PoolTrigger{kPool, ledger::TriggerReason::servicer_event, 0},
          {&cast.trustee()}, kToday + 1);
    const object amortising = read(fixture, path_of(kPool));
    CHECK(text_at(amortising, "status") == "AMORTISING");
    const object& trigger = amortising.at("triggered").as_object();
    CHECK(text_at(trigger, "reason") == "servicer_event");
    CHECK(trigger.at("below_since").is_null());
    CHECK(text_at(trigger, "value_date") == "2024-02-01");
}

// Goal: the order of the tree, page by page, also of what has left.
TEST_CASE("a pool's contracts come in the order in which they were added") {
    ServerFixture fixture;
    Pools pools(fixture);
    pools.issue();
    const std::string path = path_of(kPool) + "/contracts";
    const object whole = read(fixture, path);
    const array& rows = whole.at("items").as_array();
    REQUIRE(rows.size() == 3);
    CHECK(whole.at("next").is_null());
    CHECK(text_at(whole, "as_of") == "2024-02-01");
    constexpr std::array<std::uint64_t, 3> kOrder{3, 1, 2};
    std::uint64_t balance = 0;
    for (std::size_t place = 0; place < rows.size(); ++place) {
        const object& row = rows[place].as_object();
        CHECK(number_at(row, "place") == place);
        CHECK(text_at(row, "id") == api::id_text(Pools::contract(kOrder[place])));
        CHECK(name_in(row, "owner") == "funder-b");
        CHECK(row.at("in_pool").as_bool());
        balance += number_at(row, "principal_outstanding");
    }
    CHECK(balance == number_at(read(fixture, path_of(kPool)), "balance"));
    array paged;
    std::string cursor;
    for (;;) {
        const object page = read(fixture, path + "?limit=1" + cursor);
        REQUIRE(page.at("items").as_array().size() == 1);
        paged.push_back(page.at("items").as_array()[0]);
        if (page.at("next").is_null()) break;
        cursor = "&cursor=" + text_at(page, "next");
    }
    CHECK(paged == rows);
    for (const char* wrong :
         {"?cursor=0", "?cursor=3", "?cursor=x", "?limit=201", "?owner=lender"}) {
        CHECK(problem_code(fixture.get(path + wrong)) == "invalid_argument");
    }
    pools.create(kOther);
    CHECK(read(fixture, path_of(kOther) + "/contracts").at("items").as_array().empty());
    CHECK(problem_code(fixture.get(path_of(id_of<ledger::PoolId>(9)) + "/contracts")) ==
          "not_found");
}

// Goal: what is offered back, and what it leaves behind when it was.
TEST_CASE("a contract that is bought back is shown so, and its price is found") {
    ServerFixture fixture;
    Pools pools(fixture);
    pools.issue();
    const std::string contract = "/v1/contracts/" + api::id_text(Pools::contract(2));
    pools.both(ledger::BuybackInit{Pools::contract(2), 60'000, kToday + 4}, kToday + 1);
    const object offered = read(fixture, contract);
    CHECK(text_at(offered, "pool") == api::id_text(kPool));
    const object& sale = offered.at("sale").as_object();
    CHECK(sale.at("buyback").as_bool());
    CHECK(name_in(sale, "buyer") == "lender");
    CHECK(number_at(sale, "price") == 60'000);
    const std::uint64_t settled =
        pools.both(ledger::BuybackSettle{Pools::contract(2), "back-1"}, kToday + 1);
    const object back = read(fixture, contract);
    CHECK(back.at("pool").is_null());
    CHECK(back.at("sale").is_null());
    CHECK(back.at("owners").as_array().size() == 3);
    const array& statement = back.at("statement").as_array();
    std::vector<std::string> kinds;
    for (const auto& event : statement) kinds.push_back(text_at(event.as_object(), "kind"));
    CHECK(kinds == std::vector<std::string>{"CAPTURE", "POOL_ADD", "TRANSFER_INIT",
                                            "TRANSFER_SETTLE", "BUYBACK_INIT", "BUYBACK_SETTLE"});
    CHECK(text_at(statement[1].as_object(), "pool") == api::id_text(kPool));
    CHECK(statement[1].as_object().at("amount").is_null());
    const object& init = statement[4].as_object();
    CHECK(text_at(init, "pool") == api::id_text(kPool));
    CHECK(text_at(init, "valid_until") == "2024-02-04");
    CHECK(number_at(init, "amount") == 60'000);
    CHECK(name_in(statement[5].as_object(), "buyer") == "lender");
    const object rows = read(fixture, path_of(kPool) + "/contracts");
    CHECK_FALSE(rows.at("items").as_array()[2].as_object().at("in_pool").as_bool());
    CHECK(number_at(read(fixture, path_of(kPool)), "live") == 2);
    // Posted by who sells: the buyer of the pool.
    const object payment = read(fixture, "/v1/payments?source_ref=back-1&member=funder-b");
    const object& item = payment.at("items").as_array()[0].as_object();
    CHECK(number_at(item, "entry") == settled);
    CHECK(text_at(item.at("posted").as_object(), "type") == "BUYBACK_SETTLE");
    CHECK(fixture.get("/v1/payments?source_ref=back-1&member=lender").status == 404);
}

// Goal: a pool's rows that are in it sum to its balance, however often a contract came and went.
TEST_CASE("a contract that came back to its pool is in it at its newest place alone") {
    ServerFixture fixture;
    Pools pools(fixture);
    pools.issue();
    const auto rows = [&] {
        return read(fixture, path_of(kPool) + "/contracts").at("items").as_array();
    };
    const auto inside = [&] {
        std::vector<std::uint64_t> places;
        std::uint64_t balance = 0;
        for (const auto& item : rows()) {
            const object& row = item.as_object();
            if (!row.at("in_pool").as_bool()) continue;
            places.push_back(number_at(row, "place"));
            balance += number_at(row, "principal_outstanding");
        }
        CHECK(balance == number_at(read(fixture, path_of(kPool)), "balance"));
        return places;
    };
    using Places = std::vector<std::uint64_t>;
    const auto open = [&](ledger::Day day) {
        const auto opened = fixture.service().apply_one(fixture.drafts().open_day(day),
                                                        {&fixture.cast().servicer()});
        REQUIRE(opened.outcome == ledger::Outcome::accepted);
    };
    open(kToday + 2);
    pools.both(ledger::BuybackInit{Pools::contract(2), 60'000, kToday + 4}, kToday + 1);
    pools.both(ledger::BuybackSettle{Pools::contract(2), "back-1"}, kToday + 1);
    CHECK(inside() == Places{0, 1});
    pools.both(ledger::PoolAdd{kPool, Pools::contract(2)}, kToday + 2);
    CHECK(inside() == Places{0, 1, 3});
    pools.both(ledger::PoolRemove{kPool, Pools::contract(2)}, kToday + 2);
    CHECK(inside() == Places{0, 1});
    pools.both(ledger::PoolAdd{kPool, Pools::contract(2)}, kToday + 2);
    CHECK(inside() == Places{0, 1, 4});
    CHECK(rows().size() == 5);
    const object contract = read(fixture, "/v1/contracts/" + api::id_text(Pools::contract(2)));
    const object& removed = contract.at("statement").as_array().at(7).as_object();
    CHECK(text_at(removed, "kind") == "POOL_REMOVE");
    CHECK(text_at(removed, "pool") == api::id_text(kPool));
    CHECK_FALSE(removed.contains("buyer"));
}

// Goal: all that names the pool, newest first, of every type.
TEST_CASE("a pool has a history, and entries are linked to it") {
    ServerFixture fixture;
    Pools pools(fixture);
    pools.issue();
    pools.both(ledger::BuybackInit{Pools::contract(2), 60'000, kToday + 4}, kToday + 1);
    std::vector<std::string> types;
    std::string cursor;
    for (;;) {
        const object page = read(fixture, path_of(kPool) + "/history?limit=2" + cursor);
        for (const auto& item : page.at("items").as_array()) {
            types.push_back(text_at(item.as_object(), "type"));
            bool linked = false;
            for (const auto& link : item.as_object().at("links").as_array()) {
                linked = linked || (text_at(link.as_object(), "class") == "pool" &&
                                    text_at(link.as_object(), "id") == api::id_text(kPool));
            }
            CHECK(linked);
        }
        if (page.at("next").is_null()) break;
        cursor = "&cursor=" + text_at(page, "next");
    }
    CHECK(types == std::vector<std::string>{"BUYBACK_INIT", "POOL_ISSUE", "POOL_SEAL", "POOL_ADD",
                                            "POOL_ADD", "POOL_ADD", "POOL_CREATE"});
    CHECK(number_at(read(fixture, path_of(kPool)), "entries") == types.size());
    CHECK(problem_code(fixture.get(path_of(kOther) + "/history")) == "not_found");
    CHECK(problem_code(fixture.get(path_of(kOther))) == "not_found");
    CHECK(problem_code(fixture.get("/v1/pools/xyz")) == "invalid_argument");
}

TEST_CASE("pools are listed by owner and state") {
    ServerFixture fixture;
    Pools pools(fixture);
    pools.issue();
    pools.create(kOther, 0);
    const std::vector one{api::id_text(kPool)};
    const std::vector other{api::id_text(kOther)};
    CHECK(listed(fixture, "") == std::vector{one[0], other[0]});
    CHECK(listed(fixture, "&state=ISSUED") == one);
    CHECK(listed(fixture, "&state=REVOLVING") == one);
    CHECK(listed(fixture, "&state=DRAFT") == other);
    CHECK(listed(fixture, "&state=AMORTISING").empty());
    CHECK(listed(fixture, "&owner=lender").size() == 2);
    CHECK(listed(fixture, "&owner=lender-b").empty());
    object row = read(fixture, "/v1/pools?limit=1").at("items").as_array()[0].as_object();
    const object document = read(fixture, path_of(kPool));
    for (const auto& member : row) CHECK(document.at(member.key()) == member.value());
    for (const char* wrong : {"?state=OPEN", "?trustee=trustee", "?cursor=abc"}) {
        CHECK(problem_code(fixture.get(std::string("/v1/pools") + wrong)) == "invalid_argument");
    }
}

// Goal: an alert that nodes raise on a pool, in its document, in the list, and answered.
TEST_CASE("a balance that falls below the least raises an alert on the pool") {
    ServerFixture fixture;
    Pools pools(fixture);
    pools.issue();
    const testing::Cast& cast = fixture.cast();
    const std::uint64_t paid = apply(fixture, ledger::PrepaySettle{Pools::contract(3), 0, "all-3"},
                                     {&cast.servicer()}, kToday + 1);
    const object pool = read(fixture, path_of(kPool));
    CHECK(text_at(pool, "below_since") == "2024-02-01");
    const array& alerts = pool.at("alerts").as_array();
    REQUIRE(alerts.size() == 1);
    const object& alert = alerts[0].as_object();
    CHECK(text_at(alert, "rule") == "pool_balance");
    CHECK(text_at(alert, "pool") == api::id_text(kPool));
    CHECK(alert.at("line").is_null());
    CHECK(alert.at("contract").is_null());
    CHECK(number_at(alert, "entry") == paid);
    CHECK(number_at(alert, "threshold") == 240'000);
    CHECK(number_at(alert, "measured") == number_at(pool, "balance"));
    CHECK(name_in(alert, "owner") == "lender");
    const auto found = [&](const std::string& query) {
        return read(fixture, "/v1/alerts?" + query).at("items").as_array();
    };
    CHECK(found("pool=" + api::id_text(kPool)) == alerts);
    CHECK(found("pool=" + api::id_text(kOther)).empty());
    CHECK(found("rule=pool_balance") == alerts);
    CHECK(found("line=" + std::string(32, '0')).empty());
    CHECK(problem_code(fixture.get("/v1/alerts?pool=x")) == "invalid_argument");
    apply(fixture,
          ledger::AlertDisposition{*api::id_from_text<ledger::AlertId>(text_at(alert, "id")),
                                   ledger::Disposition::confirmed, "seen"},
          {&cast.originator()}, kToday + 1);
    CHECK(found("pool=" + api::id_text(kPool) + "&state=CONFIRMED").size() == 1);
}
