#include "client/paths.h"

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

Result<Answer> get_at(Client& client, const Result<std::string>& path, const ReadOptions& options) {
    if (!path) return path.error();
    return client.get(*path, options);
}

}  // namespace tally::client
