#include "node/http/host.h"

#include <algorithm>
#include <boost/url.hpp>
#include <cctype>
#include <optional>

namespace tally::node::http {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

/// `Example.com:80` -> `example.com`, `[::1]:7101` -> `::1`; nothing for what is no host.
std::optional<std::string> host_of(std::string_view header) {
    const auto parsed =
        boost::urls::parse_authority(boost::urls::string_view(header.data(), header.size()));
    if (parsed.has_error() || parsed->has_userinfo()) return std::nullopt;
    std::string host = lower(parsed->host_address());
    if (host.empty()) return std::nullopt;
    return host;
}

}  // namespace

HostNames::HostNames(const std::string& listen_address, const std::vector<std::string>& configured)
    : names_{"localhost", "127.0.0.1", "::1", lower(listen_address)} {
    for (const std::string& name : configured) names_.push_back(host_of(name).value_or(""));
}

bool HostNames::allow(std::string_view header) const {
    const auto host = host_of(header);
    return host && std::find(names_.begin(), names_.end(), *host) != names_.end();
}

bool is_host_name(std::string_view text) {
    const auto parsed =
        boost::urls::parse_authority(boost::urls::string_view(text.data(), text.size()));
    return !parsed.has_error() && !parsed->has_userinfo() && !parsed->has_port() &&
           !parsed->host_address().empty();
}

}  // namespace tally::node::http
