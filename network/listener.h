#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "network/network_folder.h"

namespace tally::network {

/// The process that listens on this TCP port of 127.0.0.1, or of all addresses. 0: nobody does, or
/// the process is not to be seen (another user's).
pid_t listener_on(std::uint16_t port);

/// Who listens at `host:port`, and the command that ends it where it is a node of a network on this
/// machine; empty if nobody is to be seen there.
std::string listener_words(const std::string& listen);

/// The same of both ports of a node: `127.0.0.1:7101 is held by ...`; empty if nobody is there.
std::string ports_held_words(const NodeFolder& node);

}  // namespace tally::network
