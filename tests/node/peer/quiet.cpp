#include <spdlog/spdlog.h>

// Tests make peers fail on purpose: what the node would log about it helps nobody here.

namespace {

const bool quiet = [] {
    spdlog::set_level(spdlog::level::off);
    return true;
}();

}  // namespace
