#include "ledger/trial_balance.h"

#include "base/checked.h"
#include "ledger/errc.h"

namespace tally::ledger {
namespace {

Result<TotalsRecord> read_totals(const RecordReader& reader, const BookId& book, Day day) {
    const auto value = reader.get(totals_key(book, day));
    if (!value) return value.error();
    if (!*value) return TotalsRecord{};
    return decode_totals(**value);
}

}  // namespace

std::optional<TotalsRecord> sum_of(const TotalsRecord& left, const TotalsRecord& right) {
    TotalsRecord sum;
    for (std::size_t place = 0; place < sum.balances.size(); ++place) {
        const auto balance = checked_add(left.balances[place], right.balances[place]);
        if (!balance) return std::nullopt;
        sum.balances[place] = *balance;
    }
    return sum;
}

std::vector<BookBalance> trial_balance_of(std::span<const std::pair<BookId, TotalsRecord>> totals) {
    std::vector<BookBalance> balances;
    for (const auto& [book, record] : totals) {
        for (std::size_t place = 0; place < record.balances.size(); ++place) {
            if (record.balances[place] == 0) continue;
            balances.push_back({book.lender,
                                std::string(book.currency.data(), book.currency.size()),
                                static_cast<std::uint32_t>(place + 1), record.balances[place]});
        }
    }
    return balances;
}

Result<DaysRecord> read_days(const RecordReader& reader) {
    const auto value = reader.get(days_key());
    if (!value) return value.error();
    if (!*value) return DaysRecord{};
    return decode_days(**value);
}

Result<ServicersRecord> read_servicers(const RecordReader& reader) {
    const auto value = reader.get(servicers_key());
    if (!value) return value.error();
    if (!*value) return ServicersRecord{};
    return decode_servicers(**value);
}

Result<std::vector<BookBalance>> trial_balance(const RecordReader& reader, Day day) {
    const auto days = read_days(reader);
    if (!days) return days.error();
    std::vector<std::pair<BookId, TotalsRecord>> totals;
    for (const BookId& book : days->books) {
        const auto closed = read_totals(reader, book, kClosedDays);
        if (!closed) return closed.error();
        std::optional<TotalsRecord> sum = *closed;
        for (const Day each : days->open) {
            if (each > day) break;
            const auto open = read_totals(reader, book, each);
            if (!open) return open.error();
            sum = sum_of(*sum, *open);
            if (!sum) return fail(errc::out_of_range, "a balance does not fit in 64 bits");
        }
        totals.emplace_back(book, *sum);
    }
    return trial_balance_of(totals);
}

}  // namespace tally::ledger
