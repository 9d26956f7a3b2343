#include "book/made_up/generator.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "book/made_up/attempts.h"
#include "book/made_up/story.h"
#include "ledger/currency.h"

// The story writes rows; after each, by chance, comes an attempt that must be refused: it changes
// nothing, so the story goes on as if it had not been.

namespace tally::book::made_up {
namespace {

constexpr std::uint64_t kWhole = 1'000'000;
constexpr std::size_t kNameMax = 64;  // of a member, as in a genesis

bool is_name(const std::string& name) {
    return !name.empty() && name.size() <= kNameMax &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

}  // namespace

std::string options_fault(const GeneratorOptions& options) {
    if (options.borrowers == 0) return "borrowers: at least 1";
    if (options.transactions > options.borrowers * kRowsABorrowerMax) {
        return "transactions: at most " + std::to_string(kRowsABorrowerMax) + " a borrower";
    }
    if (options.refused_ppm > kRefusedPpmMax) return "refused: at most half";
    if (options.start < kStartMin || options.start > kStartMax) {
        return "start: 1971-01-01 to 2969-05-03";
    }
    if (!ledger::currency_exponent(options.currency)) {
        return "currency: no active code of ISO 4217";
    }
    const std::set<std::string> different(options.funders.begin(), options.funders.end());
    if (different.empty() || different.size() != options.funders.size() ||
        different.size() > kFundersMax ||
        !std::all_of(different.begin(), different.end(), is_name)) {
        return "funder: 1 to " + std::to_string(kFundersMax) + " different names of members";
    }
    return {};
}

GeneratedBook generate_book(const GeneratorOptions& options,
                            const std::function<void(const BookRow&)>& sink) {
    TALLY_CHECK(options_fault(options).empty());
    World world(options, sink);
    Random random(options.seed);
    Story story(world, random);
    Attempts attempts(world, random);
    std::uint64_t seen = world.book().rows;
    while (!world.full()) {
        story.next();
        // Attempts are rows too, and may be followed by another one: so the share comes out right.
        for (; seen < world.book().rows; ++seen) {
            if (random.below(kWhole) < options.refused_ppm) attempts.make();
        }
    }
    return world.book();
}

}  // namespace tally::book::made_up
