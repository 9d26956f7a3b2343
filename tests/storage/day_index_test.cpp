// The index against a reading of all entries, which knows nothing of it.
#include "storage/day_index.h"

#include <map>
#include <variant>

#include "ledger/queries.h"
#include "storage/errc.h"
#include "storage/signed_index.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/ledger_chain.h"

namespace tally::testing {
namespace {

using ledger::Day;
using storage::DayEntries;

std::map<Day, DayEntries> days_of_entries(const std::vector<Bytes>& entries) {
    std::map<Day, DayEntries> days;
    for (std::size_t at = 0; at < entries.size(); ++at) {
        const auto entry = ledger::decode_entry(entries[at]);
        REQUIRE(entry);
        const auto* const made = std::get_if<ledger::TransactionEntry>(&*entry);
        if (made == nullptr || made->outcome != ledger::Outcome::accepted) continue;
        const auto transaction =
            ledger::decode_transaction(made->transaction, ledger::kRulesVersion);
        REQUIRE(transaction);
        DayEntries& day = days[transaction->business_date];
        if (std::holds_alternative<ledger::DayOpen>(transaction->body)) day.opened = at;
        if (std::holds_alternative<ledger::DayClose>(transaction->body)) day.closed = at;
    }
    std::erase_if(days, [](const auto& day) { return day.second.opened == ledger::kNoEntry; });
    return days;
}

void check_index(const storage::StateView& view, const std::map<Day, DayEntries>& expected) {
    const Day first = expected.begin()->first;
    const Day last = expected.rbegin()->first;
    for (Day day = first - 2; day <= last + 2; ++day) {
        INFO("day " << day);
        const auto found = storage::day_entries(view, day);
        REQUIRE(found);
        const auto known = expected.find(day);
        REQUIRE(found->has_value() == (known != expected.end()));
        if (*found) CHECK(**found == known->second);
    }
}

}  // namespace

TEST_CASE("the index has where each day was opened and closed, on disk as in memory") {
    const auto seed = static_cast<std::uint64_t>(GENERATE(take(3, random(1, 1 << 30))));
    INFO("seed " << seed);
    LedgerChain chain(seed);
    const TempFolder folder(TempFolder::On::memory);
    FaultyDisk disk(seed);
    storage::StateStoreOptions options;
    options.folder = folder.path();
    options.generation_bytes_max = 50'000;
    options.env = disk.env();
    std::string rebuilt;
    auto state = storage::open_state_store(options, chain.genesis(), rebuilt);
    REQUIRE(state);
    storage::Applier applier(chain.genesis(), **state);
    const auto check = storage::plain_checker(chain.genesis());
    for (int i = 0; i < 150; ++i) REQUIRE(applier.apply(chain.random_block(), check));
    const auto expected = days_of_entries(chain.entries());
    REQUIRE(expected.size() > 3);
    CHECK(expected.begin()->second.closed != ledger::kNoEntry);
    check_index(*chain.state().view(), expected);
    check_index(*(*state)->view(), expected);
    // Beside the state, not of it.
    CHECK(chain.points().back().head.state_digest == chain.records().digest());
}

TEST_CASE("days that one block opens and closes are in the index, refused and repeated ones not") {
    LedgerChain chain(1);
    const Cast& cast = chain.cast();
    Drafts drafts;
    constexpr Day kFirst = Drafts::kToday;
    const auto close = [&](Day day) { return drafts.draft(ledger::DayClose{}, day); };
    const ledger::Transaction open = drafts.open_day(kFirst);
    const std::vector<ledger::Transaction> all{open,
                                               drafts.open_day(kFirst),  // is open
                                               drafts.open_day(kFirst + 1),
                                               close(kFirst + 1),  // not the oldest
                                               close(kFirst),
                                               drafts.open_day(kFirst + 3),
                                               close(kFirst + 1)};
    chain.add_submissions(
        {cast.sign(all, {&cast.servicer()}), cast.sign(std::span(&open, 1), {&cast.servicer()})});
    const auto view = chain.state().view();
    // Entry 0 is the header, 1 the first opening.
    CHECK(storage::day_entries(*view, kFirst).value() == DayEntries{1, 5});
    CHECK(storage::day_entries(*view, kFirst + 1).value() == DayEntries{3, 7});
    CHECK_FALSE(storage::day_entries(*view, kFirst + 2).value());
    CHECK(storage::day_entries(*view, kFirst + 3).value() == DayEntries{6, ledger::kNoEntry});
}

TEST_CASE("a day's record that does not decode is corrupt state") {
    constexpr std::uint8_t kDay = storage::kIndexKeys + 2;
    MemoryRecords records;
    const auto code_with = [&](Bytes value) {
        records.apply(std::vector{ledger::RecordChange{Bytes{kDay, 0, 0, 0, 7}, std::move(value)}});
        const auto found = storage::day_entries(records, 7);
        return found ? std::error_code() : std::error_code(found.error().code);
    };
    const Bytes good{1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2};
    CHECK(code_with(good) == std::error_code());
    CHECK(code_with({}) == storage::errc::corrupt_state);
    Bytes version = good;
    version[0] = 2;
    CHECK(code_with(version) == storage::errc::corrupt_state);
    Bytes longer = good;
    longer.push_back(0);
    CHECK(code_with(longer) == storage::errc::corrupt_state);
    Bytes closed_before = good;
    closed_before[16] = 1;
    CHECK(code_with(closed_before) == storage::errc::corrupt_state);
}

}  // namespace tally::testing
