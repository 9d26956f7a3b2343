#include <algorithm>

#include "base/check.h"
#include "book/made_up/story.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"
#include "ledger/governance.h"
#include "ledger/usual_terms.h"

// Borrowers are assessed, get lines, have them changed, frozen, renewed and closed.

namespace tally::book::made_up {
namespace {

using ledger::Amount;
using ledger::Day;

constexpr Day kLineDays = 364;
constexpr Amount kLimitStep = 10'000;
constexpr std::uint64_t kDeclinedPercent = 15;

/// What a score band may get, in steps of 500.00.
struct BandLimits {
    std::uint64_t least;
    std::uint64_t most;
};
constexpr std::array<BandLimits, 3> kBandLimits{{{10, 100}, {6, 40}, {2, 16}}};
constexpr Amount kBandStep = 50'000;

constexpr std::array<std::string_view, 4> kApprovals{"A1", "A1,B4", "A2", "B1,B7"};
constexpr std::array<std::string_view, 4> kDeclines{"D1", "D2,D5", "D3", "D4,D9"};

Amount rounded(Amount amount) { return std::max(kLimitStep, amount - amount % kLimitStep); }

/// A registered body as the fields of a draft.
World::Draft fields_of_body(ledger::TransactionBody body) {
    World::Draft draft = api::to_json({{}, 0, 0, std::move(body)});
    for (const std::string_view name : {"id", "business_date", "value_date"}) draft.erase(name);
    return draft;
}

}  // namespace

/// A partner joins; the lender tries a new key and ends it again. The keys that sign stay.
void Story::govern() {
    const std::string seed = std::to_string(world_.options().seed);
    const auto claim = [&](const std::string& member, const std::string& label) {
        const auto key = crypto::SecretKey::from_seed(
            crypto::domain_hash("generated-key", {view_of(seed + "/" + label)}).view());
        TALLY_CHECK(key.has_value());
        return ledger::claim_key(ledger::member_id_of(member), *key);
    };
    const std::string partner = "partner-" + seed;
    world_.register_terms(fields_of_body(
        ledger::MemberAdd{partner, {{ledger::RoleName::funder}}, {claim(partner, "partner")}}));
    const std::string lender(kLender);
    const ledger::NewKey key = claim(lender, "tried");
    const ledger::MemberId id = ledger::member_id_of(lender);
    world_.register_terms(fields_of_body(ledger::KeyRotate{id, {key}, {}}));
    world_.register_terms(
        fields_of_body(ledger::KeyRevoke{id, {{key.suite, key.key}}, "never handed out"}));
}

void Story::register_terms() {
    memory_.ruleset = world_.fresh<ledger::RulesetId>();
    memory_.product = world_.fresh<ledger::ProductId>();
    memory_.model = world_.fresh<ledger::ModelId>();
    ledger::ProductRegister product = ledger::usual_product(memory_.product, memory_.ruleset);
    product.currency = world_.options().currency;
    ledger::RulesetRegister ruleset = ledger::usual_ruleset(memory_.ruleset);
    ruleset.alert_limit_use_ppm = 900'000;
    ruleset.alert_first_payment_days = 15;
    ruleset.alert_missed_debits = 2;
    world_.register_terms(fields_of_body(ruleset));
    world_.register_terms(fields_of_body(product));
    register_costs(product, ruleset);
    world_.register_terms(draft_of("MODEL_REGISTER", {{"model", api::id_text(memory_.model)},
                                                      {"name", "scorecard 1"},
                                                      {"commitment", world_.fresh_digest()}}));
}

void Story::arrive(Day day) {
    Borrower borrower;
    borrower.id = world_.fresh<ledger::BorrowerId>();
    const std::uint64_t habit = random_.below(100);
    borrower.mood = habit < 82   ? Mood::prompt
                    : habit < 91 ? Mood::careless
                    : habit < 96 ? Mood::strained
                                 : Mood::lost;
    memory_.borrowers.push_back(borrower);
    put(day, Kind::apply_for_credit, memory_.borrowers.size() - 1);
}

void Story::apply_for_credit(std::size_t borrower, Day day) {
    const std::uint64_t score = random_.below(100);
    const std::uint32_t band = score < 50 ? 1 : score < 83 ? 2 : 3;
    if (chance(kDeclinedPercent)) {
        decline(borrower, day, band);
        if (forget(borrower, day)) return;
        return put(day + days(90, 200), Kind::apply_for_credit, borrower);
    }
    const BandLimits& limits = kBandLimits.at(band - 1);
    const std::uint64_t steps = limits.least + random_.below(limits.most - limits.least + 1);
    const Amount assessed = static_cast<Amount>(steps) * kBandStep;
    grant(borrower, day, assess(borrower, day, band, assessed), band, assessed);
}

ledger::AssessmentId Story::assess(std::size_t borrower, Day day, std::uint32_t band,
                                   Amount limit) {
    const auto id = world_.fresh<ledger::AssessmentId>();
    world_.accept(
        day, draft_of("ASSESSMENT", {{"assessment", api::id_text(id)},
                                     {"borrower", api::id_text(memory_.borrowers.at(borrower).id)},
                                     {"model", api::id_text(memory_.model)},
                                     {"inputs", world_.fresh_digest()},
                                     {"band", band},
                                     {"decision", "approved"},
                                     {"reasons", one_of(kApprovals)},
                                     {"currency", world_.options().currency},
                                     {"limit", limit},
                                     {"valid_to", ledger::day_text(day + kLineDays)}}));
    return id;
}

void Story::decline(std::size_t borrower, Day day, std::uint32_t band) {
    const auto id = world_.fresh<ledger::AssessmentId>();
    world_.accept(
        day, draft_of("ASSESSMENT", {{"assessment", api::id_text(id)},
                                     {"borrower", api::id_text(memory_.borrowers.at(borrower).id)},
                                     {"model", api::id_text(memory_.model)},
                                     {"inputs", world_.fresh_digest()},
                                     {"band", band},
                                     {"decision", "declined"},
                                     {"reasons", one_of(kDeclines)},
                                     {"valid_to", ledger::day_text(day + kLineDays)}}));
    memory_.declined.emplace_back(borrower, id);
}

void Story::grant(std::size_t borrower, Day day, const ledger::AssessmentId& assessment,
                  std::uint32_t band, Amount assessed) {
    Line line;
    line.id = world_.fresh<ledger::LineId>();
    line.borrower = borrower;
    line.assessment = assessment;
    line.assessed = assessed;
    line.band = band;
    line.limit = rounded(percents(assessed, 70, 101));
    line.valid_from = day;
    line.valid_to = day + kLineDays;
    world_.accept(
        day, draft_of("LIMIT_GRANT", {{"line", api::id_text(line.id)},
                                      {"borrower", api::id_text(memory_.borrowers.at(borrower).id)},
                                      {"currency", world_.options().currency},
                                      {"limit", line.limit},
                                      {"valid_from", ledger::day_text(line.valid_from)},
                                      {"valid_to", ledger::day_text(line.valid_to)},
                                      {"assessment", api::id_text(assessment)}}));
    show_costs(borrower, day);
    memory_.lines.push_back(line);
    const std::size_t place = memory_.lines.size() - 1;
    put(day + days(0, 15), Kind::purchase, place);
    if (chance(25)) put(day + days(60, 180), Kind::change, place);
    if (chance(4)) put(day + days(10, 250), Kind::lose_card, place);
    if (chance(4)) put(day + days(60, 300), Kind::leave, place);
    put(line.valid_to + 1, Kind::renew, place);
}

void Story::change(std::size_t place, Day day) {
    Line& line = memory_.lines.at(place);
    if (!line.active() || day > line.valid_to) return;
    const bool raise = chance(70);
    const Amount wanted =
        rounded(raise ? line.limit + percents(line.limit, 10, 60) : percents(line.limit, 50, 91));
    if (wanted == line.limit) return;
    World::Draft draft =
        draft_of("LIMIT_CHANGE", {{"line", api::id_text(line.id)}, {"limit", wanted}});
    if (wanted > line.assessed) {
        line.assessed = rounded(percents(wanted, 105, 140));
        line.assessment = assess(line.borrower, day, line.band, line.assessed);
        draft["assessment"] = api::id_text(line.assessment);
    }
    world_.accept(day, std::move(draft));
    line.limit = wanted;
}

void Story::set_frozen(std::size_t place, Day day, bool frozen, std::string_view reason) {
    Line& line = memory_.lines.at(place);
    const auto wanted = frozen ? ledger::LineStatus::frozen : ledger::LineStatus::active;
    if (line.status == wanted || line.status == ledger::LineStatus::closed) return;
    world_.accept(day, draft_of(frozen ? "LIMIT_FREEZE" : "LIMIT_UNFREEZE",
                                {{"line", api::id_text(line.id)}, {"reason", reason}}));
    line.status = wanted;
    line.in_arrears = false;
}

void Story::lose_card(std::size_t place, Day day) {
    if (!memory_.lines.at(place).active()) return;
    set_frozen(place, day, true, "card reported lost");
    put(day + days(1, 8), Kind::find_card, place);
}

bool Story::close(std::size_t place, Day day) {
    Line& line = memory_.lines.at(place);
    if (line.used != 0 || line.reserved != 0 || line.status == ledger::LineStatus::closed) {
        return false;
    }
    world_.accept(day, draft_of("LIMIT_CLOSE", {{"line", api::id_text(line.id)}}));
    line.status = ledger::LineStatus::closed;
    return true;
}

void Story::leave(std::size_t place, Day day) {
    // Whoever still owes something closes the line when that is paid.
    if (close(place, day) || day > memory_.lines.at(place).valid_to) return;
    put(day + 30, Kind::leave, place);
}

void Story::renew(std::size_t place, Day day) {
    const std::size_t borrower = memory_.lines.at(place).borrower;
    const bool left = memory_.lines.at(place).status == ledger::LineStatus::closed;
    close(place, day);
    // The lender finds another borrower for each that it loses, so a book never ends.
    if (left || memory_.borrowers.at(borrower).stopped || chance(10)) {
        return arrive(day + days(1, 60));
    }
    put(day + days(0, 20), Kind::apply_for_credit, borrower);
}

}  // namespace tally::book::made_up
