#include "node/peer/address.h"

#include <charconv>
#include <cstdint>

#include "api/errc.h"

namespace tally::node::peer {
namespace {

Error bad_address(const std::string& text) {
    return fail(api::errc::bad_config,
                "'" + text + "' is not host:port with an IP address or localhost");
}

}  // namespace

Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return bad_address(text);
    std::string host = text.substr(0, colon);
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
    if (parsed.ec != std::errc() || parsed.ptr != end) return bad_address(text);

    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    boost::system::error_code failure;
    const auto address = boost::asio::ip::make_address(host, failure);
    if (failure || address.is_v6() != bracketed) return bad_address(text);
    return boost::asio::ip::tcp::endpoint(address, port);
}

}  // namespace tally::node::peer
