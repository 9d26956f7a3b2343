#include "node/book/generator.h"

#include <algorithm>
#include <array>
#include <optional>
#include <queue>

#include "base/check.h"
#include "consensus/random.h"
#include "ledger/allocation.h"
#include "ledger/genesis.h"
#include "node/book/attempts.h"
#include "node/book/world.h"

// A calendar of events, each of which writes at most one row and puts the next event of its
// borrower or contract on the calendar. After a row, by chance, comes an attempt that must be
// refused: it changes nothing, so the story goes on as if it had not been.

namespace tally::book {
namespace {

using ledger::Amount;
using ledger::Day;

constexpr Amount kPurchaseMin = 10'000;

enum class EventKind : std::uint8_t { grant, purchase, payment, change };

struct Event {
    Day day = 0;
    std::uint64_t order = 0;  ///< ties are broken by who came first, never by chance
    EventKind kind = EventKind::grant;
    std::size_t subject = 0;  ///< borrower, or contract for payments
    Amount amount = 0;        ///< payments: 0 means what is due

    bool operator>(const Event& other) const {
        return day != other.day ? day > other.day : order > other.order;
    }
};

class Generator {
public:
    explicit Generator(const GeneratorOptions& options)
        : options_(options), random_(options.seed), world_(options), attempts_(world_, random_) {
        for (std::uint32_t i = 0; i < options.borrowers; ++i) {
            put(options.start + days(0, 30), EventKind::grant, i);
        }
    }

    GeneratedBook run() {
        while (book_.rows.size() < options_.transactions) {
            CHECK(!calendar_.empty());  // purchases never end
            const Event event = calendar_.top();
            calendar_.pop();
            const std::size_t before = book_.rows.size();
            play(event);
            if (book_.rows.size() > before && random_.below(1'000'000) < options_.refused_ppm &&
                book_.rows.size() < options_.transactions) {
                if (auto attempt = attempts_.next(event.day)) write(std::move(*attempt));
            }
        }
        book_.names = world_.names();
        return std::move(book_);
    }

private:
    Day days(std::uint64_t least, std::uint64_t below) {
        return static_cast<Day>(least + random_.below(below - least));
    }
    bool chance(std::uint64_t percent) { return random_.below(100) < percent; }

    void put(Day day, EventKind kind, std::size_t subject, Amount amount = 0) {
        calendar_.push({day, next_order_++, kind, subject, amount});
    }

    void write(BookRow row) {
        row.line = book_.rows.size() + 2;  // the header is line 1
        ++book_.types[std::string(row_type(row.body))];
        if (*row.expect != ledger::Outcome::accepted) {
            ++book_.refusals[std::string(ledger::outcome_code(*row.expect))];
        }
        book_.last = row.business_date;
        book_.rows.push_back(std::move(row));
    }

    void play(const Event& event) {
        switch (event.kind) {
            case EventKind::grant:
                return grant(event);
            case EventKind::purchase:
                return purchase(event);
            case EventKind::payment:
                return payment(event);
            case EventKind::change:
                return change(event);
        }
    }

    void grant(const Event& event) {
        // 1,000.00 to 50,000.00 in steps of 500.00.
        const Amount limit = static_cast<Amount>(2 + random_.below(99)) * 50'000;
        write(world_.grant(event.subject, event.day, limit));
        put(event.day + days(0, 21), EventKind::purchase, event.subject);
        if (chance(25)) put(event.day + days(60, 180), EventKind::change, event.subject);
    }

    void purchase(const Event& event) {
        const Line& line = world_.line_of(event.subject);
        if (event.day > line.valid_to) return put(event.day, EventKind::grant, event.subject);
        put(event.day + days(20, 80), EventKind::purchase, event.subject);
        const Amount available = line.available();
        if (available < kPurchaseMin) return;
        const Amount wanted = available / 100 * static_cast<Amount>(5 + random_.below(31));
        const Amount principal = std::max(kPurchaseMin, wanted - wanted % 10);
        constexpr std::array<std::pair<std::uint32_t, ledger::Ppm>, 4> kTerms{
            {{3, 0}, {3, 5'000}, {6, 6'000}, {12, 6'000}}};
        const auto [periods, fee_ppm] = kTerms.at(random_.below(kTerms.size()));
        write(world_.capture(event.subject, event.day, principal, fee_ppm, periods));
        plan_payment(world_.contracts().size() - 1, event.day);
    }

    /// When the next instalment of a contract will be paid: most on the due date, some late, few
    /// ahead of it.
    void plan_payment(std::size_t contract, Day today) {
        const auto rows = world_.outstanding(contract);
        const auto next = std::find_if(rows.begin(), rows.end(),
                                       [](const auto& row) { return row.fee + row.principal > 0; });
        if (next == rows.end()) return;
        Day day = next->due;
        const std::uint64_t habit = random_.below(100);
        if (habit < 10) day += days(1, 40);
        if (habit >= 95) day -= days(1, 10);
        const Amount due = next->fee + next->principal;
        if (habit >= 10 && habit < 16 && due > 1) {
            // Half of it on the day, the rest whenever the next event of this contract comes.
            return put(std::max(day, today), EventKind::payment, contract, due / 2);
        }
        if (habit >= 16 && habit < 18) {
            return put(std::max(day, today), EventKind::payment, contract,
                       world_.payable(contract));
        }
        put(std::max(day, today), EventKind::payment, contract, due);
    }

    void payment(const Event& event) {
        const Amount amount = std::min(event.amount, world_.payable(event.subject));
        write(world_.repay(event.subject, event.day, amount));
        plan_payment(event.subject, event.day + (chance(50) ? 1 : 0));
    }

    void change(const Event& event) {
        const Line& line = world_.line_of(event.subject);
        const Amount step = line.limit / 10 * static_cast<Amount>(1 + random_.below(5));
        const Amount limit = chance(70) ? line.limit + step : line.limit - step;
        if (event.day <= line.valid_to) {
            write(world_.change(event.subject, event.day, limit));
        }
        put(event.day + days(90, 300), EventKind::change, event.subject);
    }

    const GeneratorOptions& options_;
    consensus::Random random_;
    World world_;
    Attempts attempts_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> calendar_;
    std::uint64_t next_order_ = 0;
    GeneratedBook book_;
};

}  // namespace

GeneratedBook generate_book(const GeneratorOptions& options) {
    CHECK(options.borrowers >= 1 && options.refused_ppm <= 500'000);
    CHECK(!options.funders.empty() && options.funders.size() <= 16);
    return Generator(options).run();
}

}  // namespace tally::book
