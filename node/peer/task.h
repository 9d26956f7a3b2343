#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tally::node::peer {

/// A coroutine on the network thread.
template <typename T>
using Task = boost::asio::awaitable<T>;

/// Waits for an operation and gives (error code, values...): failures of sockets are expected, so
/// none of them throws.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace tally::node::peer
