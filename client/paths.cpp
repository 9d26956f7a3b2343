#include "client/paths.h"

#include <utility>

#include "api/errc.h"

namespace tally::client {

std::string url_text(std::string_view text) {
    constexpr std::string_view kUnreserved =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    // These two would climb in the tree of paths.
    const bool dots = text == "." || text == "..";
    std::string encoded;
    for (const char letter : text) {
        if (!dots && kUnreserved.find(letter) != std::string_view::npos) {
            encoded += letter;
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        encoded += '%';
        encoded += kDigits[byte >> 4U];
        encoded += kDigits[byte & 15U];
    }
    return encoded;
}

Result<std::string> url_path(std::initializer_list<std::string_view> segments) {
    std::string path;
    for (const std::string_view segment : segments) {
        if (segment.empty()) {
            return fail(api::errc::invalid_argument,
                        "an id or a name is empty, behind " + (path.empty() ? "/" : path));
        }
        path += "/" + url_text(segment);
    }
    return path;
}

namespace {

/// A path with a query of those parameters that have a value.
std::string with_parameters(
    std::string path,
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
    char separator = '?';
    for (const auto& [name, value] : parameters) {
        if (value.empty()) continue;
        path += separator + std::string(name) + "=" + url_text(value);
        separator = '&';
    }
    return path;
}

}  // namespace

std::string list_path(std::string_view plural, const ListQuery& query) {
    const std::string limit = query.limit == 0 ? "" : std::to_string(query.limit);
    return with_parameters("/v1/" + std::string(plural), {{"owner", query.owner},
                                                          {"servicer", query.servicer},
                                                          {"state", query.state},
                                                          {"borrower", query.borrower},
                                                          {"line", query.line},
                                                          {"contract", query.contract},
                                                          {"lender", query.lender},
                                                          {"rule", query.rule},
                                                          {"pool", query.pool},
                                                          {"limit", limit},
                                                          {"cursor", query.cursor}});
}

std::string payment_path(std::string_view source_ref, std::string_view member) {
    return with_parameters("/v1/payments", {{"source_ref", source_ref}, {"member", member}});
}

Result<Answer> get_at(Client& client, const Result<std::string>& path, const ReadOptions& options) {
    if (!path) return path.error();
    return client.get(*path, options);
}

}  // namespace tally::client
