#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "base/result.h"

namespace tally::node::peer {

/// `host:port` with an IPv4 address, an IPv6 address in brackets, or `localhost` (127.0.0.1). No
/// names are looked up: a voter must not depend on a name service. Fails with bad_config.
Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& text);

}  // namespace tally::node::peer
