#include "node/pipeline/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include "base/shown_text.h"

namespace tally::node::pipeline {
namespace {

class EscapedMessage final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& target) override {
        const std::string text = escaped({message.payload.data(), message.payload.size()});
        target.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<EscapedMessage>();
    }
};

}  // namespace

std::unique_ptr<spdlog::formatter> log_formatter() {
    auto formatter =
        std::make_unique<spdlog::pattern_formatter>("", spdlog::pattern_time_type::utc);
    formatter->add_flag<EscapedMessage>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %*");
    return formatter;
}

void set_up_logging(const std::string& level) {
    spdlog::set_level(spdlog::level::from_str(level == "warn" ? "warning" : level));
    spdlog::set_formatter(log_formatter());
    spdlog::flush_on(spdlog::level::info);
}

}  // namespace tally::node::pipeline
