#include "book/made_up/world.h"

#include <algorithm>

#include "api/claims.h"
#include "base/check.h"
#include "book/made_up/world_members.h"
#include "book/planner.h"
#include "crypto/codec.h"
#include "ledger/dates.h"
#include "ledger/queries.h"

namespace tally::book::made_up {
namespace {

std::optional<ledger::MemberId> by_name(std::string_view name) {
    return ledger::member_id_of(name);
}

ledger::Amount sum_of(const ledger::ByComponent& amounts) {
    ledger::Amount sum = 0;
    for (const ledger::Amount amount : amounts) sum += amount;
    return sum;
}

}  // namespace

World::Draft draft_of(std::string_view type, World::Draft fields) {
    World::Draft draft{{"type", type}};
    for (auto& field : fields) draft[field.key()] = std::move(field.value());
    return draft;
}

ledger::Amount Deal::due_by(ledger::Day day) const {
    ledger::Amount sum = 0;
    for (const Due& row : due) {
        if (row.day <= day) sum += row.amount;
    }
    return sum;
}

World::World(const GeneratorOptions& options, const std::function<void(const BookRow&)>& sink)
    : options_(options),
      sink_(sink),
      genesis_(made_up_genesis(options.funders)),
      signers_(made_up_signers(options.funders)),
      ledger_(genesis_) {
    for (const ledger::Signer& signer : signers_) {
        holders_.push_back({signer.member, genesis_.member(signer.member)->roles});
    }
    book_.first = options.start;
    book_.last = options.start;
}

std::array<std::uint8_t, 16> World::next_id() {
    crypto::Writer writer;
    writer.u64(options_.seed);
    writer.u64(next_number_++);
    const Bytes bytes = writer.take();
    const crypto::Digest digest = crypto::domain_hash("generated-id", {ByteView(bytes)});
    std::array<std::uint8_t, 16> id{};
    std::copy_n(digest.bytes.begin(), id.size(), id.begin());
    return id;
}

std::string World::fresh_digest() {
    return to_hex(crypto::domain_hash("generated", {ByteView(next_id())}).view());
}

std::string World::fresh_reference(std::string_view from) {
    return std::string(from) + "-" + std::to_string(options_.seed) + "-" +
           std::to_string(++next_reference_);
}

boost::json::array World::shares() const {
    boost::json::array shares;
    const auto count = static_cast<ledger::Ppm>(options_.funders.size());
    for (const std::string& name : options_.funders) {
        const bool last = &name == &options_.funders.back();
        const ledger::Ppm share = 1'000'000 / count + (last ? 1'000'000 % count : 0);
        shares.push_back(Draft{{"funder", name}, {"share", share}});
    }
    return shares;
}

BookRow World::row_of(ledger::Day day, Draft draft, const RowExtra& extra) const {
    BookRow row;
    row.draft["type"] = draft.at("type");
    row.draft["business_date"] = ledger::day_text(day);
    row.draft["value_date"] = ledger::day_text(extra.value_date.value_or(day));
    for (auto& field : draft) row.draft[field.key()] = std::move(field.value());
    row.id = extra.id;
    return row;
}

Signers World::signers_of(std::span<const BookRow> rows) const {
    Signers together;
    for (const BookRow& row : rows) {
        for (const std::size_t place : needed_keys(skeleton_of(row, by_name), holders_)) {
            const ledger::Signer& signer = signers_[place];
            if (std::find(together.begin(), together.end(), signer) == together.end()) {
                together.push_back(signer);
            }
        }
    }
    return together;
}

ledger::Outcome World::plan(BookRow& row) {
    const ledger::TransactionId id = row.id ? *row.id : fresh<ledger::TransactionId>();
    const auto planned = plan_rows(ledger_, std::span(&row, 1), std::span(&id, 1),
                                   signers_of(std::span(&row, 1)), by_name);
    TALLY_CHECK(planned.has_value());
    row.expect = planned->front().outcome;
    return *row.expect;
}

void World::write(BookRow row) {
    if (full()) return;
    row.line = book_.rows + 1;
    row.content = content_of(row.draft);
    ++book_.rows;
    ++book_.types[std::string(row.type())];
    if (*row.expect != ledger::Outcome::accepted) {
        ++book_.attempts;
        ++book_.refusals[std::string(ledger::outcome_code(*row.expect))];
    }
    if (today_) book_.last = *today_;
    sink_(row);
}

void World::register_terms(Draft draft) {
    BookRow row = row_of(options_.start, std::move(draft), {});
    TALLY_CHECK(plan(row) == ledger::Outcome::accepted);
    write(std::move(row));
}

void World::begin(ledger::Day day) {
    if (today_ == day) return;
    TALLY_CHECK(!today_ || *today_ < day);
    const std::optional<ledger::Day> before = std::exchange(today_, day);
    BookRow open = row_of(day, draft_of("DAY_OPEN"), {});
    TALLY_CHECK(plan(open) == ledger::Outcome::accepted);
    write(std::move(open));
    if (!before) return;
    BookRow close = row_of(*before, draft_of("DAY_CLOSE"), {});
    TALLY_CHECK(plan(close) == ledger::Outcome::accepted);
    write(std::move(close));
    closed_ = before;
}

void World::accept(ledger::Day day, Draft draft, const RowExtra& extra) {
    begin(day);
    BookRow row = row_of(day, std::move(draft), extra);
    TALLY_CHECK(plan(row) == ledger::Outcome::accepted);
    write(std::move(row));
}

void World::open_too_early(ledger::Day day) {
    for (const char* type : {"DAY_OPEN", "DAY_CANCEL"}) {
        BookRow row = row_of(day + 1, draft_of(type), {});
        TALLY_CHECK(plan(row) == ledger::Outcome::accepted);
        write(std::move(row));
    }
}

void World::refuse(ledger::Day day, Draft draft, const RowExtra& extra) {
    BookRow row = row_of(day, std::move(draft), extra);
    TALLY_CHECK(plan(row) != ledger::Outcome::accepted);
    write(std::move(row));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): drafts are moved out, through a binding.
bool World::correct(ledger::Day day, std::vector<std::pair<Draft, RowExtra>> rows) {
    // Half a group would be another submission, with another outcome.
    if (book_.rows + rows.size() > options_.transactions) return false;
    std::vector<BookRow> group;
    std::vector<ledger::TransactionId> ids;
    const std::string name = "correction-" + std::to_string(++next_group_);
    for (auto& [draft, extra] : rows) {
        BookRow& row = group.emplace_back(row_of(day, std::move(draft), extra));
        row.group = name;
        ids.push_back(row.id ? *row.id : fresh<ledger::TransactionId>());
    }
    const auto planned = plan_rows(ledger_, group, ids, signers_of(group), by_name);
    TALLY_CHECK(planned.has_value());
    for (std::size_t i = 0; i < group.size(); ++i) {
        if ((*planned)[i].outcome != ledger::Outcome::accepted) return false;
        group[i].expect = ledger::Outcome::accepted;
    }
    for (BookRow& row : group) write(std::move(row));
    return true;
}

ledger::Position World::look(std::size_t place, ledger::Day day) {
    Deal& deal = memory_.deals.at(place);
    auto read = ledger::read_contract(ledger_.records(), deal.id, {day});
    TALLY_CHECK(read.has_value() && read->has_value());
    ledger::Position position = std::move((*read)->position);
    const ledger::ContractTotals& totals = position.totals;
    const ledger::Amount principal =
        position.outstanding[ledger::place_of(ledger::Component::principal)];
    memory_.lines[deal.line].used += principal - deal.principal_left;
    deal.principal_left = principal;
    deal.status = position.status;
    deal.rate_ppm = position.terms.rate_ppm;
    deal.outstanding = position.outstanding_total;
    deal.refunded = totals.refunded_total;
    deal.lost = totals.recoverable();
    deal.due.clear();
    for (const ledger::PlanRow& row : position.rows) {
        const ledger::Amount amount = sum_of(row.outstanding);
        if (amount > 0) deal.due.push_back({row.due, amount});
    }
    return position;
}

ledger::PoolRecord World::pool(const ledger::PoolId& id) const {
    auto read = ledger::read_pool(ledger_.records(), id);
    TALLY_CHECK(read.has_value() && read->has_value());
    return **std::move(read);
}

std::vector<ledger::AlertsView::Item> World::alerts_on(
    ledger::AccountClass on, const std::array<std::uint8_t, 16>& id) const {
    auto read = ledger::read_alerts(ledger_.records(), on, id, ledger::kNoEntry - 1);
    TALLY_CHECK(read.has_value());
    return std::move(read->alerts);
}

std::optional<World::Draft> World::claimed(ledger::Day day, const Draft& draft) const {
    Draft whole = row_of(day, draft, {}).draft;
    whole["id"] = api::id_text(ledger::TransactionId{});
    const auto completed = api::complete_draft(std::move(whole), ledger_.records(), by_name);
    TALLY_CHECK(completed.has_value());
    if (completed->claims != ledger::Outcome::accepted) return std::nullopt;
    Draft said = api::to_json(completed->transaction);
    for (const std::string_view name : {"id", "business_date", "value_date"}) said.erase(name);
    return said;
}

}  // namespace tally::book::made_up
