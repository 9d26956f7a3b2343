#include "ledger/governance.h"

#include "ledger/errc.h"
#include "ledger/queries.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Members, keys and rules versions. Three members govern; two of them decide.
namespace {

NamedKey named(const crypto::PublicKey& key) { return {crypto::Suite::ed25519, key}; }

struct Governed : Stage {
    const Cast& cast = book.cast();
    const Party* a = &cast.governor('a');
    const Party* b = &cast.governor('b');
    const Party* c = &cast.governor('c');

    /// A party that is in no genesis.
    Party party(const std::string& name, std::uint64_t seed = 7) const {
        return {name, member_id_of(name), key_of(seed, name)};
    }
    MemberAdd addition(const Party& party, std::vector<GivenRole> roles) const {
        return {party.name, std::move(roles), {claim_key(party.id, party.key)}};
    }
    Outcome by(std::initializer_list<const Party*> signers, TransactionBody body) {
        return book.submit_one(draft(std::move(body)), signers);
    }
    MemberBody member(const MemberId& id) const {
        return *read_member(book.records(), id).value()->body;
    }
    GovernanceRecord governance() const {
        return decode_governance(*book.records().get(governance_key()).value()).value();
    }
    /// Whether the key can sign now: a refusal for another reason is an answer too.
    bool can_sign(const Party& who) { return by({&who}, DayOpen{}) != Outcome::key_not_valid; }
};

}  // namespace

TEST_CASE("A new member acts from the block after the one that adds it", "[ledger]") {
    Governed stage;
    const Party fund = stage.party("new-fund");
    CHECK_FALSE(stage.can_sign(fund));
    // In the same block it is still unknown: keys are looked up once a submission.
    const std::vector add{stage.draft(stage.addition(fund, {{RoleName::funder}}))};
    const std::vector act{stage.draft(DayOpen{})};
    const std::vector<SharedBytes> block{stage.cast.sign(add, {stage.a, stage.b}),
                                         stage.cast.sign(act, {&fund})};
    const BlockResult result = stage.book.apply(block);
    CHECK(result.submissions[0].transactions[0].outcome == Outcome::accepted);
    CHECK(result.submissions[1].transactions[0].outcome == Outcome::key_not_valid);
    CHECK(stage.can_sign(fund));
    const MemberBody body = stage.member(fund.id);
    CHECK(body.name == "new-fund");
    CHECK(body.has(Role::funder));
    CHECK_FALSE(body.has(Role::governance));
    // It funds a purchase.
    Capture capture = stage.capture(20'000, 3, id_of<ContractId>(77));
    capture.shares = {{fund.id, 1'000'000}};
    CHECK(stage.by({stage.lender, &fund}, capture) == Outcome::accepted);
}

TEST_CASE("A quorum is more than half of the governing members, not of their keys", "[ledger]") {
    Governed stage;
    const Party fund = stage.party("new-fund");
    const MemberAdd addition = stage.addition(fund, {{RoleName::funder}});
    CHECK(stage.by({stage.a}, addition) == Outcome::quorum_missing);
    CHECK(stage.by({stage.lender, stage.servicer}, addition) == Outcome::role_missing);
    // A second key of the same one makes no second voice.
    const Party again{"governor-a", stage.a->id, key_of(9, "again")};
    CHECK(stage.by({stage.a, stage.b},
                   KeyRotate{stage.a->id, {claim_key(again.id, again.key)}, {}}) ==
          Outcome::accepted);
    CHECK(stage.by({stage.a, &again}, addition) == Outcome::quorum_missing);
    CHECK(stage.by({&again, stage.c}, addition) == Outcome::accepted);
    // Whoever joins counts from then on: of four, three decide.
    const Party fourth = stage.party("governor-d");
    CHECK(stage.by({stage.a, stage.b}, stage.addition(fourth, {{RoleName::governance}})) ==
          Outcome::accepted);
    CHECK(stage.governance().members.size() == 4);
    const MemberAdd more = stage.addition(stage.party("more"), {{RoleName::auditor}});
    CHECK(stage.by({stage.a, stage.b}, more) == Outcome::quorum_missing);
    CHECK(stage.by({stage.a, stage.b, &fourth}, more) == Outcome::accepted);
}

TEST_CASE("A key ends with the block that ends it, and never comes back", "[ledger]") {
    Governed stage;
    // A member ends its own key alone; nobody else's.
    const KeyRevoke own{stage.funder->id, {named(stage.funder->key.public_key())}, "stolen"};
    CHECK(stage.by({stage.lender}, own) == Outcome::quorum_missing);
    const std::vector end{stage.draft(own)};
    const std::vector act{stage.draft(stage.capture(500, 3, id_of<ContractId>(78)))};
    const std::vector<SharedBytes> block{stage.cast.sign(end, {stage.funder}),
                                         stage.cast.sign(act, {stage.lender, stage.funder})};
    const BlockResult result = stage.book.apply(block);
    CHECK(result.submissions[0].transactions[0].outcome == Outcome::accepted);
    CHECK(result.submissions[1].transactions[0].outcome == Outcome::accepted);
    CHECK_FALSE(stage.can_sign(*stage.funder));
    CHECK(stage.by({stage.a, stage.b}, own) == Outcome::key_unknown);
    // It cannot sign for a new one; those who govern give it one, and only a new one.
    const NewKey old = claim_key(stage.funder->id, stage.funder->key);
    CHECK(stage.by({stage.a, stage.b}, KeyRotate{stage.funder->id, {old}, {}}) ==
          Outcome::key_used);
    const Party fresh{"funder", stage.funder->id, key_of(9, "funder")};
    CHECK(stage.by({stage.a, stage.b}, KeyRotate{fresh.id, {claim_key(fresh.id, fresh.key)}, {}}) ==
          Outcome::accepted);
    CHECK(stage.can_sign(fresh));
    const MemberBody body = stage.member(fresh.id);
    REQUIRE(body.keys.size() == 2);
    CHECK(body.keys[0].end_block <= body.keys[1].first_block);
}

TEST_CASE("Nobody is given a key behind its back, or one that another holds", "[ledger]") {
    Governed stage;
    const Party fresh{"lender", stage.lender->id, key_of(9, "lender")};
    const KeyRotate rotation{
        fresh.id,
        {claim_key(fresh.id, fresh.key)},
        {named(stage.lender->key.public_key()), named(stage.lender_2->key.public_key())}};
    CHECK(stage.by({stage.a, stage.b}, rotation) == Outcome::signer_missing);
    CHECK(stage.by({stage.a, stage.lender}, rotation) == Outcome::quorum_missing);
    // Seen on the wire and claimed by another: it has no proof for its own name.
    KeyRotate stolen = rotation;
    stolen.member = stage.funder->id;
    stolen.retired.clear();
    CHECK(stage.by({stage.a, stage.b, stage.funder}, stolen) == Outcome::possession_unproven);
    CHECK(stage.by({stage.a, stage.b, stage.lender}, rotation) == Outcome::accepted);
    CHECK_FALSE(stage.can_sign(*stage.lender));
    CHECK_FALSE(stage.can_sign(*stage.lender_2));
    CHECK(stage.can_sign(fresh));
    // A node's key is nobody's.
    const auto& node = stage.cast.node(0);
    CHECK(stage.by(
              {stage.a, stage.b},
              MemberAdd{
                  "spy", {{RoleName::funder}}, {claim_key(member_id_of("spy"), node.statement)}}) ==
          Outcome::key_used);
}

TEST_CASE("Those who govern can always still decide", "[ledger]") {
    Governed stage;
    const auto end = [&](const Party& who) {
        return KeyRevoke{who.id, {named(who.key.public_key())}, "left"};
    };
    CHECK(stage.by({stage.c}, end(*stage.c)) == Outcome::accepted);
    CHECK(stage.by({stage.b}, end(*stage.b)) == Outcome::quorum_endangered);
    CHECK(stage.by({stage.a, stage.b}, end(*stage.a)) == Outcome::quorum_endangered);
    // With a new key for the third, the second may go.
    const Party third{"governor-c", stage.c->id, key_of(9, "c")};
    CHECK(stage.by({stage.a, stage.b}, KeyRotate{third.id, {claim_key(third.id, third.key)}, {}}) ==
          Outcome::accepted);
    CHECK(stage.by({stage.b}, end(*stage.b)) == Outcome::accepted);
}

TEST_CASE("The next rules begin with their block, wherever it comes from", "[ledger]") {
    // Goal: a version is decided on, put off, taken back; at its height the ledger is under it, or
    // stops with the words that say what to do.
    Governed stage;
    const auto height = [&](std::uint64_t ahead) {
        return static_cast<std::uint32_t>(stage.book.next_block() + ahead);
    };
    const std::uint32_t made_up = kRulesVersion + 1;
    CHECK(stage.by({stage.a}, RulesActivate{made_up, height(9)}) == Outcome::quorum_missing);
    CHECK(stage.by({stage.a, stage.b}, RulesActivate{made_up, height(0)}) ==
          Outcome::height_passed);
    CHECK(stage.by({stage.a, stage.b}, RulesActivate{kRulesVersion, 0}) ==
          Outcome::version_out_of_order);
    CHECK(stage.by({stage.a, stage.b}, RulesActivate{made_up, height(2)}) == Outcome::accepted);
    CHECK(stage.by({stage.a, stage.b}, RulesActivate{made_up, height(9)}) == Outcome::accepted);
    CHECK(stage.by({stage.a, stage.b}, RulesActivate{kRulesVersion, 0}) == Outcome::accepted);
    CHECK_FALSE(stage.governance().next);
    CHECK(stage.by({stage.a, stage.b}, RulesActivate{made_up, height(3)}) == Outcome::accepted);
    CHECK(stage.governance().next->height == stage.book.next_block() + 2);
    stage.book.noop();
    stage.book.noop();
    CHECK(stage.book.head().rules_version == kRulesVersion);

    BlockInput block;
    block.index = stage.book.next_block();
    block.kind = BlockInput::Kind::seal;
    const auto stopped = apply_block(block, stage.book.head(), stage.book.records());
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().code == errc::unsupported_rules);
    CHECK(stopped.error().context.find("under rules version 4; this build applies version 3") !=
          std::string::npos);
    block.rules_newest = made_up;
    const auto applied = apply_block(block, stage.book.head(), stage.book.records());
    REQUIRE(applied);
    CHECK(applied->head.rules_version == made_up);
    CHECK(applied->seal->rules_version == made_up);
    REQUIRE(applied->changes.size() == 1);
    CHECK_FALSE(decode_governance(*applied->changes[0].value)->next);
    // An older build stops from there on, also without the decision in sight.
    ++block.index;
    block.rules_newest = kRulesVersion;
    CHECK(apply_block(block, applied->head, stage.book.records()).error().code ==
          errc::unsupported_rules);
}
