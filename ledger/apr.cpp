// The rate is where f(a) = sum over k of CF_k * D^k * (D + a)^(n - k) - P * (D + a)^n changes its
// sign, with D = 12 * 10^6, CF_k the total of row k and a in ppm: the present value of the rows at
// a / D a month, less the principal, brought to whole numbers. Divided by (D + a)^n it falls as a
// rises, so there is one change of sign, and the nearest ppm is the a with
// f(a - 1/2) >= 0 > f(a + 1/2). Halves are avoided by doubling D and a, and negative numbers by
// comparing the two sides of the difference.
//
// Widths: doubled, D is 24'000'000 < 2^24.6 and D + a at most 44'000'001 < 2^25.4. Then for n = 36
// the principal's side is below 2^50 * 2^(36 * 25.4) < 2^965, and the rows' side, 36 terms with a
// total below 2^63 each, below 2^(5.2 + 63 + 36 * 25.4) < 2^983: within the 1024 bits. For the
// effective rate, 2 * 10^6 * (D + a)^12 with D + a at most 22'000'000 is below 2^315.
//
// A refund asks this in every replay of its contract, so the wide numbers are the last resort: two
// bounds of the present value, in 128 bits, decide all but what lies next to it.
#include "ledger/apr.h"

#include <limits>
#include <vector>

#include "base/check.h"
#include "base/wide_uint.h"
#include "ledger/wide.h"

namespace tally::ledger {
namespace {

using Number = WideUint<16>;

constexpr Ppm kAprMax = 10'000'000;
constexpr std::uint64_t kTwelveWholes = 12'000'000;

/// By the widths above everything fits: an overflow would be our own mistake.
Number must(const std::optional<Number>& number) {
    TALLY_CHECK(number.has_value());
    return *number;
}

/// The totals of the rows; nothing where the rate is not defined for them.
std::optional<std::vector<std::uint64_t>> totals_of(Amount principal,
                                                    std::span<const Instalment> rows) {
    if (rows.empty() || rows.size() > kPeriodsMax) return std::nullopt;
    if (principal <= 0 || principal >= kPrincipalEnd) return std::nullopt;
    std::vector<std::uint64_t> totals;
    totals.reserve(rows.size());
    Wide sum = 0;
    for (const Instalment& row : rows) {
        const Wide total = static_cast<Wide>(row.principal) + row.fee + row.interest;
        if (total < 0 || total > std::numeric_limits<Amount>::max()) return std::nullopt;
        totals.push_back(static_cast<std::uint64_t>(total));
        sum += total;
    }
    if (sum < principal) return std::nullopt;
    return totals;
}

constexpr std::uint64_t kTwiceD = 2 * kTwelveWholes;

/// floor(value * factor / 2^64). Requires value < 2^124, so that no product leaves 128 bits.
DoubleLimb scaled(DoubleLimb value, std::uint64_t factor) {
    const DoubleLimb high = (value >> 64) * factor;
    return high + (static_cast<DoubleLimb>(static_cast<std::uint64_t>(value)) * factor >> 64);
}

/// The same where the two bounds of the rows' present value, in units of 2^-60, agree about it;
/// nothing where the principal lies between them. The discount of a month, below 1, is cut off
/// after 64 bits for the lower bound and raised by one unit for the upper one.
std::optional<bool> clearly_not_below_zero(Amount principal, std::span<const std::uint64_t> totals,
                                           std::uint64_t base) {
    constexpr unsigned kUnits = 60;
    if (base <= kTwiceD) return std::nullopt;
    DoubleLimb sum = 0;
    for (const std::uint64_t total : totals) sum += total;
    if (sum >> 63 != 0) return std::nullopt;
    const auto discount = static_cast<std::uint64_t>((DoubleLimb{kTwiceD} << 64) / base);
    DoubleLimb least = 0;
    DoubleLimb most = 0;
    for (std::size_t row = totals.size(); row-- > 0;) {
        const DoubleLimb total = static_cast<DoubleLimb>(totals[row]) << kUnits;
        least = scaled(least + total, discount);
        most = scaled(most + total, discount + 1) + 1;
    }
    const DoubleLimb owed = static_cast<DoubleLimb>(principal) << kUnits;
    if (least >= owed) return true;
    if (most < owed) return false;
    return std::nullopt;
}

/// f(a) >= 0 at `twice_a` = 2a. Requires -1 <= twice_a <= 2 * kAprMax + 1.
bool not_below_zero(Amount principal, std::span<const std::uint64_t> totals, Amount twice_a) {
    TALLY_CHECK(twice_a >= -1 && twice_a <= 2 * Amount{kAprMax} + 1);
    const auto base = static_cast<std::uint64_t>(Amount{kTwiceD} + twice_a);
    if (const auto clear = clearly_not_below_zero(principal, totals, base)) return *clear;
    // Horner's scheme: each step raises all earlier terms by one power of the base.
    Number rows_side;
    Number principal_side(static_cast<std::uint64_t>(principal));
    Number power(1);
    for (const std::uint64_t total : totals) {
        power = must(checked_mul(power, kTwiceD));
        rows_side =
            must(checked_add(must(checked_mul(rows_side, base)), must(checked_mul(power, total))));
        principal_side = must(checked_mul(principal_side, base));
    }
    return rows_side >= principal_side;
}

}  // namespace

std::optional<Ppm> apr_ppm(Amount principal, std::span<const Instalment> rows) {
    const auto totals = totals_of(principal, rows);
    if (!totals) return std::nullopt;
    const auto reaches = [&](Ppm apr) {
        return not_below_zero(principal, *totals, 2 * Amount{apr} + 1);
    };
    if (reaches(kAprMax)) return std::nullopt;
    // The least rate whose upper half step is beyond the change of sign.
    Ppm below = -1;
    Ppm apr = kAprMax;
    while (apr - below > 1) {
        const Ppm middle = below + (apr - below) / 2;
        (reaches(middle) ? below : apr) = middle;
    }
    return apr;
}

bool apr_is(Amount principal, std::span<const Instalment> rows, Ppm claim) {
    if (claim < 0 || claim > kAprMax) return false;
    const auto totals = totals_of(principal, rows);
    return totals && not_below_zero(principal, *totals, 2 * Amount{claim} - 1) &&
           !not_below_zero(principal, *totals, 2 * Amount{claim} + 1);
}

bool apr_within(Amount principal, std::span<const Instalment> rows, Ppm cap) {
    if (cap < 0 || cap > kAprMax) return false;
    const auto totals = totals_of(principal, rows);
    return totals && !not_below_zero(principal, *totals, 2 * Amount{cap} + 1);
}

std::int64_t ear_ppm(Ppm apr) {
    TALLY_CHECK(apr >= 0 && apr <= kAprMax);
    constexpr std::uint64_t kWhole = 1'000'000;
    constexpr std::uint64_t kTwoWholes = 2 * kWhole;
    // 10^6 * ((D + a)^12 / D^12), half up: floor((2 * 10^6 * (D + a)^12 + D^12) / (2 * D^12)).
    Number grown(kTwoWholes);
    Number power(1);
    for (int month = 0; month < 12; ++month) {
        grown = must(checked_mul(grown, kTwelveWholes + static_cast<std::uint64_t>(apr)));
        power = must(checked_mul(power, kTwelveWholes));
    }
    Number rounded = quotient(must(checked_add(grown, power)), 2);
    // Rounding down in steps is rounding down once.
    for (int month = 0; month < 12; ++month) rounded = quotient(rounded, kTwelveWholes);
    const std::optional<std::uint64_t> ear = rounded.to_u64();
    TALLY_CHECK(ear.has_value() && *ear >= kWhole);
    return static_cast<std::int64_t>(*ear - kWhole);
}

}  // namespace tally::ledger
