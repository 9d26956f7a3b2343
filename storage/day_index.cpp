#include "storage/day_index.h"

#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "base/check.h"
#include "crypto/codec.h"
#include "ledger/records.h"
#include "storage/errc.h"
#include "storage/signed_index.h"

namespace tally::storage {
namespace {

using ledger::Day;

constexpr std::uint8_t kVersion = 1;
// Key: this and the day. Value: entries of its DAY_OPEN and of its DAY_CLOSE.
constexpr std::uint8_t kDay = kIndexKeys + 2;

Bytes day_key(Day day) {
    crypto::Writer writer;
    writer.u8(kDay);
    writer.u32(static_cast<std::uint32_t>(day));
    return writer.take();
}

Bytes encode(const DayEntries& entries) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(entries.opened);
    writer.u64(entries.closed);
    return writer.take();
}

/// Takes an accepted transaction in, if it opens or closes a day.
Status take(const ledger::Transaction& transaction, std::uint64_t entry,
            const ledger::RecordReader& before, std::map<Day, DayEntries>& days) {
    const bool opens = std::holds_alternative<ledger::DayOpen>(transaction.body);
    if (!opens && !std::holds_alternative<ledger::DayClose>(transaction.body)) return {};
    auto day = days.find(transaction.business_date);
    if (day == days.end()) {
        const auto known = day_entries(before, transaction.business_date);
        if (!known) return known.error();
        day = days.emplace(transaction.business_date, known->value_or(DayEntries{})).first;
    }
    (opens ? day->second.opened : day->second.closed) = entry;
    return {};
}

}  // namespace

Status index_days(std::uint32_t rules_version,
                  std::span<const ledger::CheckedSubmission> submissions,
                  std::span<const ledger::SubmissionResult> results,
                  const ledger::RecordReader& before, std::vector<ledger::RecordChange>& changes) {
    TALLY_CHECK(submissions.size() == results.size());
    // Whoever opens or closes a day changes the record of days: most blocks do not.
    const Bytes days_key = ledger::days_key();
    const bool changed = std::any_of(changes.begin(), changes.end(),
                                     [&](const auto& change) { return change.key == days_key; });
    if (!changed) return {};
    std::map<Day, DayEntries> days;
    for (std::size_t i = 0; i < submissions.size(); ++i) {
        if (!results[i].valid) continue;
        const auto& outcomes = results[i].transactions;
        for (std::size_t place = 0; place < outcomes.size(); ++place) {
            const ledger::TransactionResult& result = outcomes[place];
            if (result.outcome != ledger::Outcome::accepted || result.repeated) continue;
            const auto transaction =
                ledger::decode_transaction(submissions[i].transactions[place], rules_version);
            TALLY_CHECK(transaction);  // or it was not accepted
            if (Status status = take(*transaction, result.entry, before, days); !status) {
                return status;
            }
        }
    }
    for (const auto& [day, entries] : days) changes.push_back({day_key(day), encode(entries)});
    return {};
}

Result<std::optional<DayEntries>> day_entries(const ledger::RecordReader& view, Day day) {
    const auto value = view.get(day_key(day));
    if (!value) return value.error();
    if (!value->has_value()) return std::optional<DayEntries>{};
    crypto::Reader reader(**value);
    if (reader.u8() != kVersion) reader.reject();
    DayEntries found;
    found.opened = reader.u64();
    found.closed = reader.u64();
    const bool in_order = found.opened != ledger::kNoEntry &&
                          (found.closed == ledger::kNoEntry || found.opened < found.closed);
    if (!reader.finish() || !in_order) {
        return fail(errc::corrupt_state,
                    "index of days: day " + std::to_string(day) + " does not decode");
    }
    return std::optional(found);
}

}  // namespace tally::storage
