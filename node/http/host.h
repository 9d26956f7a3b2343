#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tally::node::http {

/// The names under which a server may be addressed. A page in a browser can make the name that it
/// came from point to this machine (DNS rebinding) and then read whatever is served here; but its
/// requests carry that name. So a request for a name that is not ours is answered by nobody.
class HostNames {
public:
    /// `localhost`, `127.0.0.1`, `[::1]`, the address that the server listens on, and these.
    HostNames(const std::string& listen_address, const std::vector<std::string>& configured);

    /// Whether the value of a Host header names this server, with any port or none.
    bool allow(std::string_view header) const;

private:
    std::vector<std::string> names_;  // lower case, IPv6 addresses without brackets
};

/// A name or an IP address, without port, user or path: what `host_names` may hold.
bool is_host_name(std::string_view text);

}  // namespace tally::node::http
