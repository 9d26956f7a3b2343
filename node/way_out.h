#pragma once

#include <string>

namespace tally::node {

/// What ends a halt of a node that has signed another history than the network went on in, for
/// people, with a space before it; empty where it halted over something else.
std::string way_out_of(const std::string& halted);

}  // namespace tally::node
