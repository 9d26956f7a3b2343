#include "api/json_text.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "api/errc.h"

// Readers of JSON differ in which of two members of one name they take (RFC 8259, section 4), so a
// text with such a pair shows one thing to a person and another to a program. Boost's own parser
// takes the last one in silence. This one hears of every name as it is read, decoded, and stops at
// the second.

namespace tally::api {
namespace {

namespace json = boost::json;

/// Builds the value that is parsed, and looks at its names.
class Builder {
public:
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    json::value release() { return values_.release(); }
    /// The name that stood twice in one object; nothing if none did.
    const std::optional<std::string>& repeated() const { return repeated_; }

    bool on_document_begin(json::error_code& /*failure*/) {
        values_.reset();
        return true;
    }
    bool on_document_end(json::error_code& /*failure*/) { return true; }
    bool on_object_begin(json::error_code& /*failure*/) {
        open_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t members, json::error_code& /*failure*/) {
        open_.pop_back();
        values_.push_object(members);
        return true;
    }
    bool on_array_begin(json::error_code& /*failure*/) { return true; }
    bool on_array_end(std::size_t elements, json::error_code& /*failure*/) {
        values_.push_array(elements);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t /*so_far*/,
                     json::error_code& /*failure*/) {
        name_ += std::string_view(part.data(), part.size());
        values_.push_chars(part);
        return true;
    }
    bool on_key(json::string_view part, std::size_t /*size*/, json::error_code& failure) {
        name_ += std::string_view(part.data(), part.size());
        values_.push_key(part);
        const auto [place, added] = open_.back().insert(std::exchange(name_, {}));
        if (added) return true;
        repeated_ = *place;
        failure = json::make_error_code(json::error::exception);
        return false;
    }
    bool on_string_part(json::string_view part, std::size_t /*so_far*/,
                        json::error_code& /*failure*/) {
        values_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view part, std::size_t /*size*/, json::error_code& /*failure*/) {
        values_.push_string(part);
        return true;
    }
    bool on_number_part(json::string_view /*digits*/, json::error_code& /*failure*/) {
        return true;
    }
    bool on_int64(std::int64_t number, json::string_view /*digits*/,
                  json::error_code& /*failure*/) {
        values_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view /*digits*/,
                   json::error_code& /*failure*/) {
        values_.push_uint64(number);
        return true;
    }
    bool on_double(double number, json::string_view /*digits*/, json::error_code& /*failure*/) {
        values_.push_double(number);
        return true;
    }
    bool on_bool(bool flag, json::error_code& /*failure*/) {
        values_.push_bool(flag);
        return true;
    }
    bool on_null(json::error_code& /*failure*/) {
        values_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view /*part*/, json::error_code& /*failure*/) { return true; }
    bool on_comment(json::string_view /*part*/, json::error_code& /*failure*/) { return true; }

private:
    json::value_stack values_;
    std::vector<std::set<std::string>> open_;  // names in the objects that we are in
    std::string name_;                         // as much of it as was read
    std::optional<std::string> repeated_;
};

/// ` at line 3, column 14`, both from 1; a text of one line has columns alone. They count bytes.
std::string place_text(std::string_view text, std::size_t position) {
    const std::string_view before = text.substr(0, position);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t begin = before.rfind('\n') + 1;  // 0 on the first line
    const std::string column = "column " + std::to_string(before.size() - begin + 1);
    if (text.find('\n') == std::string_view::npos) return " at " + column;
    return " at line " + std::to_string(line) + ", " + column;
}

}  // namespace

Result<json::value> json_from_text(std::string_view text, std::size_t depth_max) {
    json::parse_options options;
    options.max_depth = depth_max;
    json::basic_parser<Builder> parser(options);
    json::error_code failure;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), failure);
    Builder& builder = parser.handler();
    if (const auto& name = builder.repeated()) {
        constexpr std::size_t kShownMax = 64;
        return fail(errc::invalid_argument, "the name \"" + name->substr(0, kShownMax) +
                                                "\" stands twice in one object" +
                                                place_text(text, taken));
    }
    if (!failure && taken < text.size()) failure = json::make_error_code(json::error::extra_data);
    if (failure) {
        return fail(errc::invalid_argument,
                    "not JSON: " + failure.message() + place_text(text, taken));
    }
    return builder.release();
}

Result<json::object> json_object_from_text(std::string_view text, std::size_t depth_max) {
    auto value = json_from_text(text, depth_max);
    if (!value) return value.error();
    if (!value->is_object()) return fail(errc::invalid_argument, "not a JSON object");
    return std::move(value->get_object());
}

}  // namespace tally::api
