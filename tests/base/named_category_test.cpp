#include "base/named_category.h"

#include <array>

#include "tests/support/catch.h"

namespace tally::test {
namespace {

enum class Fault { late = 1, lost };

// What a table can get wrong, each of which must not compile in a category.
constexpr std::array kWhole = {ErrorName{Fault::late, "late"}, ErrorName{Fault::lost, "lost"}};
constexpr std::array kShort = {ErrorName{Fault::late, "late"}};
constexpr std::array kSwapped = {ErrorName{Fault::lost, "lost"}, ErrorName{Fault::late, "late"}};
constexpr std::array kMisspelt = {ErrorName{Fault::late, "late"}, ErrorName{Fault::lost, "loss"}};
static_assert(detail::complete_and_in_order<kWhole>());
static_assert(!detail::complete_and_in_order<kShort>());
static_assert(!detail::complete_and_in_order<kSwapped>());
static_assert(!detail::complete_and_in_order<kMisspelt>());

TEST_CASE("A category finds its codes by name and its names by code") {
    const TableCategory<kWhole> category("fault");
    CHECK(std::string(category.name()) == "fault");
    CHECK(category.message(1) == "late");
    CHECK(category.message(2) == "lost");
    CHECK(category.code_of("lost") == 2);
    CHECK(category.knows(1));
}

TEST_CASE("A category knows no other code and no other name") {
    const TableCategory<kWhole> category("fault");
    for (const int code : {-1, 0, 3, 9999}) {
        CHECK_FALSE(category.knows(code));
        CHECK(category.message(code) == "unknown");
    }
    CHECK_FALSE(category.code_of("unknown"));
    CHECK_FALSE(category.code_of(""));
}

}  // namespace
}  // namespace tally::test
