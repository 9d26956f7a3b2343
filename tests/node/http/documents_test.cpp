#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "api/transaction_json.h"
#include "ledger/transaction.h"
#include "ledger/type_table.h"
#include "node/http/router.h"
#include "node/http/status.h"
#include "tests/support/book.h"
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

/// What stands between backquotes.
std::vector<std::string> quoted(const std::string& line) {
    std::vector<std::string> texts;
    for (std::size_t begin = line.find('`'); begin != std::string::npos;) {
        const std::size_t end = line.find('`', begin + 1);
        if (end == std::string::npos) break;
        texts.push_back(line.substr(begin + 1, end - begin - 1));
        begin = line.find('`', end + 1);
    }
    return texts;
}

std::vector<std::string> names_of(const boost::json::object& object) {
    std::vector<std::string> names;
    for (const auto& member : object) names.emplace_back(member.key());
    return names;
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

// Goal: the table of paths in docs/API.md is the route table, neither more nor less.
TEST_CASE("docs/API.md lists every path with its method, and no other") {
    std::set<std::string> documented;
    bool inside = false;
    std::istringstream lines(document());
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("| request | answer |")) inside = true;
        if (line.empty()) inside = false;
        if (!inside) continue;
        std::string method = "GET";
        for (const std::string& text : quoted(line.substr(0, line.find(" | ")))) {
            const std::size_t space = text.find(' ');
            if (space != std::string::npos) method = text.substr(0, space);
            const std::string path = text.substr(space == std::string::npos ? 0 : space + 1);
            // What is in brackets, or behind a question mark, is the query.
            if (path.starts_with('/')) {
                documented.insert(method + " " + path.substr(0, path.find_first_of("?[")));
            }
        }
    }
    std::set<std::string> served;
    for (const node::http::Route& route : node::http::routes()) {
        const bool post = route.method == node::http::HttpMethod::post;
        served.insert((post ? "POST " : "GET ") + std::string(route.pattern));
    }
    CHECK(documented == served);
}

// Goal: what /v1/status shows is what docs/API.md shows, name by name.
TEST_CASE("docs/API.md has the fields of the status and of a peer") {
    const std::string text = document();
    const std::string heading = "`GET /v1/status`:\n\n```json\n";
    const std::size_t begin = text.find(heading);
    REQUIRE(begin != std::string::npos);
    const std::size_t json = begin + heading.size();
    const auto documented = boost::json::parse(text.substr(json, text.find("```", json) - json));
    node::NodeStatus status;
    status.peers.emplace_back();
    const auto shown = node::http::status_json(status, testing::Cast().genesis());
    CHECK(names_of(documented.as_object()) == names_of(shown));
    CHECK(names_of(documented.at("peers").at(0).as_object()) ==
          names_of(shown.at("peers").at(0).as_object()));
}
