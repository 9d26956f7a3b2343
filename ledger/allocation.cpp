#include "ledger/allocation.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace tally::ledger {
namespace {

enum class Group { past_due, due, in_advance };

// The order of both levels is data: a ruleset that pays principal first would bring its own.
constexpr std::array kGroupOrder = {Group::past_due, Group::due, Group::in_advance};
constexpr std::array kComponentOrder = {Component::penalty, Component::fee, Component::interest,
                                        Component::principal};

Group group_of(Day due, Day value_date) {
    if (due < value_date) return Group::past_due;
    return due == value_date ? Group::due : Group::in_advance;
}

Amount part_of(const RowOutstanding& row, Component component) {
    switch (component) {
        case Component::penalty:
            return row.penalty;
        case Component::fee:
            return row.fee;
        case Component::interest:
            return row.interest;
        case Component::principal:
            return row.principal;
    }
    return 0;
}

}  // namespace

Amount payable_of(std::span<const RowOutstanding> rows) {
    Amount sum = 0;
    for (const RowOutstanding& row : rows) {
        sum += row.penalty + row.fee + row.interest + row.principal;
    }
    return sum;
}

std::vector<Allocation> allocate(std::span<const RowOutstanding> rows, Amount amount,
                                 Day value_date) {
    CHECK(amount >= 0);
    std::vector<Allocation> allocation;
    for (const Group group : kGroupOrder) {
        for (std::uint32_t index = 0; index < rows.size(); ++index) {
            if (group_of(rows[index].due, value_date) != group) continue;
            for (const Component component : kComponentOrder) {
                const Amount part = std::min(part_of(rows[index], component), amount);
                if (part == 0) continue;
                allocation.push_back({index, component, part});
                amount -= part;
            }
        }
    }
    CHECK(amount == 0);
    return allocation;
}

}  // namespace tally::ledger
