// Members that joined after genesis: what people are told about their keys, and what one node that
// lies about them, or about any list, can do.

#include <boost/json.hpp>
#include <filesystem>

#include "api/ids.h"
#include "cli/directory.h"
#include "cli/list_pages.h"
#include "crypto/base64.h"
#include "network/network_folder.h"
#include "tests/cli/offline.h"

using namespace tally;
using namespace tally::cli::testing;
using tally::testing::SeenRequest;

namespace {

Behaviour ok(const std::string& body) {
    Behaviour answer;
    answer.headers = {{"Content-Type", "application/json"}};
    answer.body = body;
    return answer;
}

crypto::SecretKey key_of(std::uint8_t seed) {
    return *crypto::SecretKey::from_seed(Bytes(32, seed));
}

std::string row_of(const std::string& name, const crypto::PublicKey& key) {
    return R"({"id":")" + api::id_text(ledger::member_id_of(name)) + R"(","name":")" + name +
           R"(","roles":["funder"],"keys":[{"suite":"ed25519","key":")" +
           crypto::to_base64(key.view()) + R"(","first_block":7,"end_block":null}],"entries":1})";
}

/// A network that has these members beside those of its genesis.
FakeNode::Answering with_members(const std::string& rows) {
    return [rows](const SeenRequest& request) {
        if (request.target.starts_with("/v1/members")) {
            return ok(R"({"items":[)" + rows + R"(],"next":null})");
        }
        if (request.target.starts_with("/v1/days")) {
            return ok(R"({"last_closed":null,"open":["2026-02-28"]})");
        }
        return Behaviour{Behaviour::Kind::answer,
                         404,
                         R"({"code":"not_found","detail":"none"})",
                         {{"Content-Type", "application/problem+json"}},
                         true,
                         {}};
    };
}

std::vector<std::string> names_in(const std::vector<network::NamedKey>& keys) {
    std::vector<std::string> names;
    for (const auto& key : keys) names.push_back(key.name);
    return names;
}

}  // namespace

TEST_CASE("Whoever's key came after genesis is named, and told to sign with a file of its own") {
    const Offline offline;
    const crypto::SecretKey key = key_of(7);
    const std::string shown = "key " + crypto::to_base64(key.public_key().view());
    const FakeNode node(with_members(row_of("bank-2", key.public_key())));
    const std::string draft = offline.scratch.write(
        "draft.json", R"({"type":"LIMIT_CHANGE","line":")" + kOne + R"(","limit":5})");
    const std::string file = offline.scratch / "change.tally";
    const Said prepared = run({"prepare", draft, "--signer", "bank-2", "--signer", "lender",
                               "--out", file, "--dir", offline.dir, "--url", node.url()});
    INFO(prepared.out << prepared.err);
    REQUIRE(prepared.code == 0);
    CHECK(contains(prepared.out, "bank-2 (" + shown + "), lender"));
    CHECK(contains(prepared.out, "tallystick sign " + file + " --key KEY-FILE"));
    CHECK(contains(prepared.out, "as bank-2 (" + shown + ") keeps it"));
    // Signing asks no node: there it is known by its id.
    const Said own = run({"sign", file, "--key", "lender", "--yes", "--dir", offline.dir});
    CHECK(own.code == 0);
    const std::string id = api::id_text(ledger::member_id_of("bank-2"));
    CHECK(contains(own.out, shown + " of " + id));
    CHECK(contains(own.out, "--key KEY-FILE"));
    const Said early = run({"submit", file, "--dir", offline.dir, "--url", node.url()});
    CHECK(contains(early.err, "not signed yet by " + shown + ": tallystick sign "));
    CHECK(contains(early.err, "--key KEY-FILE"));
}

TEST_CASE("A node that lies about members is passed over, and named where it is the only one") {
    const Offline offline;
    const auto genesis = network::NetworkFolder::open(offline.dir)->genesis();
    const crypto::PublicKey key = key_of(7).public_key();
    std::string lie = row_of("bank-2", key);
    const std::string id = api::id_text(ledger::member_id_of("bank-2"));
    lie.replace(lie.find(id), id.size(), kOne);
    const FakeNode liar(with_members(lie));
    const FakeNode turned(with_members(row_of("bank-2", key) + "," + row_of("bank-2", key)));
    const FakeNode good(with_members(row_of("bank-2", key)));
    const auto asking = [&](const std::vector<std::string>& urls) {
        auto client = client::Client::create(urls);
        REQUIRE(client);
        return cli::with_later_members(*client, genesis);
    };
    for (const FakeNode* first : {&liar, &turned}) {
        const auto grown = asking({first->url(), good.url()});
        REQUIRE(grown);
        CHECK(network::named_key(*grown, "bank-2"));
    }
    const auto alone = asking({liar.url()});
    REQUIRE_FALSE(alone);
    CHECK(alone.error().code == client::errc::bad_answer);
    CHECK(contains(alone.error().context, liar.url()));
}

TEST_CASE("A later key never takes the name that the genesis gave to another") {
    const Offline offline;
    auto genesis = network::NetworkFolder::open(offline.dir)->genesis();
    const auto before = names_in(network::named_keys(genesis));
    REQUIRE(std::ranges::count(before, "lender-2") == 1);
    const auto known = network::named_key(genesis, "lender-2")->key;
    ledger::GenesisMember later;
    later.name = "lender-2";
    later.id = ledger::member_id_of(later.name);
    later.keys = {key_of(7).public_key()};
    genesis.later.push_back(later);
    CHECK(network::named_key(genesis, "lender-2")->key == known);
    CHECK(network::named_key(genesis, "lender-2.1")->key == later.keys.front());
}

// Goal: every walk through a list ends, and says which node led it astray.
TEST_CASE("A page of a list goes up, and what it leads to is its node's word") {
    const Offline offline;
    const auto row = [](const std::string& id) {
        return R"({"id":")" + id + R"(","name":"x","roles":[],"keys":[]})";
    };
    const auto walk = [&](const std::vector<std::string>& urls) -> Result<std::size_t> {
        auto client = client::Client::create(urls);
        REQUIRE(client);
        cli::ListPages pages("members", {});
        std::size_t rows = 0;
        while (!pages.ended()) {
            const auto page = pages.next(*client, 200, {.local = true});
            if (!page) return page.error();
            rows += page->document.at("items").as_array().size();
        }
        return rows;
    };
    const FakeNode good([&](const SeenRequest& request) {
        const bool second = contains(request.target, "cursor=one");
        if (!second && contains(request.target, "cursor=")) {
            return Behaviour{Behaviour::Kind::answer,
                             400,
                             R"({"code":"invalid_argument","detail":"cursor: not one of this"})",
                             {{"Content-Type", "application/problem+json"}},
                             true,
                             {}};
        }
        return second ? ok(R"({"items":[)" + row(kTwo) + R"(],"next":null})")
                      : ok(R"({"items":[)" + row(kOne) + R"(],"next":"one"})");
    });
    const FakeNode turning([&](const SeenRequest&) {
        return ok(R"({"items":[)" + row(kTwo) + "," + row(kOne) + R"(],"next":"two"})");
    });
    const FakeNode astray([&](const SeenRequest& request) {
        if (contains(request.target, "cursor=")) return ok(R"({"items":7})");
        return ok(R"({"items":[],"next":"nowhere"})");
    });
    CHECK(*walk({good.url()}) == 2);
    CHECK(*walk({turning.url(), good.url()}) == 2);
    const auto lost = walk({astray.url(), good.url()});
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == client::errc::bad_answer);
    CHECK(contains(lost.error().context, astray.url() + ": its page of members leads to"));
}

TEST_CASE("A signature goes into the file behind a link, which stays a link") {
    const Offline offline;
    const FakeNode node(with_members(""));
    const std::string draft = offline.scratch.write(
        "draft.json", R"({"type":"LIMIT_CHANGE","line":")" + kOne + R"(","limit":5})");
    const std::string file = offline.scratch / "change.tally";
    REQUIRE(run({"prepare", draft, "--signer", "lender", "--out", file, "--dir", offline.dir,
                 "--url", node.url()})
                .code == 0);
    std::filesystem::permissions(file, std::filesystem::perms(0640));
    const std::string link = offline.scratch / "link.tally";
    std::filesystem::create_symlink("change.tally", link);
    CHECK(run({"sign", link, "--key", "lender", "--yes", "--dir", offline.dir}).code == 0);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(contains(run({"sign", file, "--show", "--dir", offline.dir}).out, "lender (signed)"));
    CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0640));
}
