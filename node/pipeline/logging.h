#pragma once

#include <memory>
#include <string>

#include <spdlog/formatter.h>

namespace tally::node::pipeline {

/// `time level message` on one line; what is no text for people in the message, whoever sent it, is
/// escaped (base/shown_text.h).
std::unique_ptr<spdlog::formatter> log_formatter();

/// Sets up this process' log: trace, debug, info, warn or error and what is above.
void set_up_logging(const std::string& level);

}  // namespace tally::node::pipeline
