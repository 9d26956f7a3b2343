#include "node/book/attempts.h"

namespace tally::book {

using ledger::Day;
using ledger::Outcome;

enum class Attempts::Kind : std::uint8_t {
    over_limit,
    posted_twice,
    unknown_line,
    unknown_contract,
    contract_again,
    above_payable,
    paid_already,
    line_again,
    bad_currency,
    shares_short,
    zero_limit,
    zero_payment,
    before_validity,
    too_many_periods,
    count
};

namespace {

constexpr ledger::Amount kSmall = 10'000;
constexpr int kTries = 8;

}  // namespace

std::optional<BookRow> Attempts::next(Day day) {
    const auto kind = static_cast<Kind>(random_.below(static_cast<std::uint64_t>(Kind::count)));
    switch (kind) {
        case Kind::unknown_line:
            return capture(day, Outcome::line_unknown, world_.fresh<ledger::LineId>(), kSmall);
        case Kind::unknown_contract:
            return world_.bare(
                day,
                RepaymentRow{world_.fresh<ledger::ContractId>(), kSmall, world_.fresh_reference()},
                Outcome::contract_unknown);
        case Kind::bad_currency: {
            ledger::LimitGrant grant{world_.fresh<ledger::LineId>(),
                                     world_.fresh<ledger::BorrowerId>(),
                                     "yuan",
                                     kSmall,
                                     day,
                                     day + 365};
            return world_.bare(day, std::move(grant), Outcome::text_out_of_range);
        }
        case Kind::over_limit:
        case Kind::line_again:
        case Kind::shares_short:
        case Kind::zero_limit:
        case Kind::before_validity:
        case Kind::too_many_periods:
            return on_line(kind, day);
        default:
            return on_contract(kind, day);
    }
}

const Line* Attempts::open_line(Day day) {
    for (int i = 0; i < kTries && !world_.lines().empty(); ++i) {
        const Line& line = world_.lines()[random_.below(world_.lines().size())];
        if (line.available() >= kSmall && day >= line.valid_from && day <= line.valid_to) {
            return &line;
        }
    }
    return nullptr;
}

std::optional<BookRow> Attempts::on_line(Kind kind, Day day) {
    const Line* line = open_line(day);
    if (line == nullptr) return std::nullopt;
    switch (kind) {
        case Kind::over_limit:
            return capture(
                day, Outcome::limit_exceeded, line->id,
                line->available() + 1 + static_cast<ledger::Amount>(random_.below(100'000)));
        case Kind::line_again: {
            ledger::LimitGrant grant{
                line->id, world_.fresh<ledger::BorrowerId>(), world_.currency(), line->limit, day,
                day + 365};
            return world_.bare(day, std::move(grant), Outcome::line_exists);
        }
        case Kind::shares_short: {
            BookRow row = capture(day, Outcome::shares_not_whole, line->id, kSmall);
            std::get<CaptureRow>(row.body).shares.back().share -= 1;
            return row;
        }
        case Kind::zero_limit:
            return world_.bare(day, ledger::LimitChange{line->id, 0}, Outcome::amount_not_positive);
        case Kind::before_validity: {
            BookRow row = capture(day, Outcome::date_outside_validity, line->id, kSmall);
            row.value_date = line->valid_from - 1;
            return row;
        }
        default:
            return capture(day, Outcome::periods_out_of_range, line->id, kSmall, 48);
    }
}

std::optional<BookRow> Attempts::on_contract(Kind kind, Day day) {
    if (world_.payments().empty()) return std::nullopt;
    if (kind == Kind::posted_twice) {
        const Payment& payment = world_.payments()[random_.below(world_.payments().size())];
        return world_.bare(day, RepaymentRow{payment.contract, payment.amount, payment.source_ref},
                           Outcome::source_ref_used);
    }
    for (int i = 0; i < kTries; ++i) {
        const std::size_t position = random_.below(world_.contracts().size());
        const ledger::ContractId id = world_.contracts()[position].id;
        const ledger::Amount payable = world_.payable(position);
        if (kind == Kind::contract_again) {
            const Line* line = open_line(day);
            if (line == nullptr) return std::nullopt;
            BookRow row = capture(day, Outcome::contract_exists, line->id, kSmall);
            std::get<CaptureRow>(row.body).contract = id;
            return row;
        }
        if (kind == Kind::zero_payment) {
            return world_.bare(day, RepaymentRow{id, 0, world_.fresh_reference()},
                               Outcome::amount_not_positive);
        }
        // A contract that is still open for one of these, a closed one for the other.
        if ((kind == Kind::above_payable) != (payable > 0)) continue;
        const bool open = payable > 0;
        return world_.bare(day,
                           RepaymentRow{id, open ? payable + 1 : kSmall, world_.fresh_reference()},
                           open ? Outcome::above_payable : Outcome::contract_not_active);
    }
    return std::nullopt;
}

BookRow Attempts::capture(Day day, Outcome expect, const ledger::LineId& line,
                          ledger::Amount principal, std::uint32_t periods) {
    CaptureRow row{
        world_.fresh<ledger::ContractId>(), line, principal, 5'000, periods, world_.shares()};
    return world_.bare(day, std::move(row), expect);
}

}  // namespace tally::book
