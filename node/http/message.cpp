#include "node/http/message.h"

#include <algorithm>
#include <boost/url.hpp>
#include <cctype>

namespace tally::node::http {
namespace {

std::string_view trim(std::string_view text) {
    const auto is_space = [](char letter) { return letter == ' ' || letter == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// The part of `text` before `separator`, which is taken off together with it.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t position = text.find(separator);
    const std::string_view part = text.substr(0, position);
    text.remove_prefix(position == std::string_view::npos ? text.size() : position + 1);
    return trim(part);
}

bool same_letters(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    });
}

/// `q=0`, `q=0.0` and so on: "not acceptable".
bool is_refusal(std::string_view parameter) {
    if (parameter.size() < 3 || !same_letters(parameter.substr(0, 2), "q=")) return false;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

/// How closely a media range names a type: 3 exactly, 2 `text/*`, 1 `*/*`, 0 not.
int match(std::string_view range, std::string_view media_type) {
    if (range == "*/*") return 1;
    if (same_letters(range, media_type)) return 3;
    const std::string_view family = media_type.substr(0, media_type.find('/') + 1);
    const bool whole_family = range.size() == family.size() + 1 && range.ends_with("/*") &&
                              same_letters(range.substr(0, family.size()), family);
    return whole_family ? 2 : 0;
}

}  // namespace

bool parse_target(std::string_view target, HttpRequest& request) {
    const auto parsed =
        boost::urls::parse_origin_form(boost::urls::string_view(target.data(), target.size()));
    if (parsed.has_error()) return false;
    for (const auto& segment : parsed->segments()) request.path.emplace_back(segment);
    if (parsed->encoded_query().empty()) return true;  // a bare `?` names no parameter
    for (const auto& parameter : parsed->params()) {
        request.query.emplace_back(parameter.key, parameter.has_value ? parameter.value : "");
    }
    return true;
}

bool has_folded_line(std::string_view head) {
    return head.find("\n ") != std::string_view::npos ||
           head.find("\n\t") != std::string_view::npos;
}

bool accepts(std::string_view accept, std::string_view media_type) {
    if (trim(accept).empty()) return true;
    media_type = trim(media_type.substr(0, media_type.find(';')));
    int closest = 0;
    bool allowed = false;
    while (!accept.empty()) {
        std::string_view range = take_until(accept, ',');
        const int closeness = match(take_until(range, ';'), media_type);
        if (closeness <= closest) continue;
        closest = closeness;
        allowed = true;
        while (!range.empty()) {
            if (is_refusal(take_until(range, ';'))) allowed = false;
        }
    }
    return allowed;
}

HttpResponse json_response(const boost::json::object& document) {
    HttpResponse response;
    response.content_type = kJsonMediaType;
    response.body = boost::json::serialize(document);
    response.body += '\n';
    return response;
}

HttpResponse text_response(std::string text) {
    return {.status = 200,
            .content_type = std::string(kTextMediaType),
            .body = std::move(text),
            .headers = {}};
}

HttpResponse octets_response(std::string octets) {
    return {.status = 200,
            .content_type = std::string(kOctetsMediaType),
            .body = std::move(octets),
            .headers = {}};
}

HttpResponse problem_response(const api::Problem& problem) {
    HttpResponse response = json_response(to_json(problem));
    response.status = problem.status;
    response.content_type = api::kProblemMediaType;
    if (problem.retry_after_s > 0) {
        response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_s));
    }
    return response;
}

}  // namespace tally::node::http
