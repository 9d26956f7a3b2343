#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace tally::network {

/// TCP ports of 127.0.0.1 that nobody listens on now, all different. They lie below the range from
/// which the system takes ports for outgoing connections: a port in that range could be taken by a
/// peer that keeps dialling a node that was killed, which then could never listen again. Somebody
/// else may still be faster: the node then says address_in_use, and callers choose again.
Result<std::vector<std::uint16_t>> choose_free_ports(std::size_t count);

/// False if somebody listens there: a node of ours could not.
bool is_free_port(std::uint16_t port);

}  // namespace tally::network
