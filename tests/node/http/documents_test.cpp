#include <fstream>
#include <iterator>

#include "api/transaction_json.h"
#include "ledger/transaction.h"
#include "ledger/type_table.h"
#include "node/http/router.h"
#include "tests/support/catch.h"

using namespace tally;

namespace {

std::string document() {
    std::ifstream file(std::string(TALLY_SOURCE_DIR) + "/docs/API.md");
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// As the table of docs/API.md writes it.
std::string text_of(const std::vector<api::Field>& fields) {
    std::string text;
    for (const api::Field& field : fields) {
        text += (text.empty() ? "`" : " `") + std::string(field.name) + "`";
        if (field.optional) text += "?";
        if (field.kind == api::FieldKind::list) text += ": [" + text_of(field.elements) + "]";
    }
    return text;
}

}  // namespace

// Goal: the table of fields in docs/API.md is the one in the code.
TEST_CASE("docs/API.md has the fields of every transaction") {
    const std::string text = document();
    for (const std::string_view type : ledger::kTransactionTypes) {
        const std::string fields = text_of(api::fields_of(type).value());
        const std::string row =
            "| `" + std::string(type) + "` | " + (fields.empty() ? "none" : fields) + " |\n";
        INFO(row);
        CHECK(text.find(row) != std::string::npos);
    }
}

// Goal: no path is left out of docs/API.md.
TEST_CASE("docs/API.md names every path") {
    const std::string text = document();
    for (const node::http::Route& route : node::http::routes()) {
        std::string_view path = route.pattern;
        if (path.starts_with("/v1/")) path.remove_prefix(4);
        const std::string_view name = path.substr(0, path.find('/', 1));
        INFO(route.pattern);
        CHECK(text.find(name) != std::string::npos);
    }
}
