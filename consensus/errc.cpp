#include "consensus/errc.h"

#include <array>

namespace tally::consensus {
namespace {

constexpr std::array kNames = {
    ErrorName{errc::not_leader, "not_leader"},
    ErrorName{errc::busy, "busy"},
    ErrorName{errc::too_large, "too_large"},
    ErrorName{errc::bad_message, "bad_message"},
    ErrorName{errc::bad_block, "bad_block"},
    ErrorName{errc::bad_configuration, "bad_configuration"},
    ErrorName{errc::corrupt_log, "corrupt_log"},
    ErrorName{errc::storage_failed, "storage_failed"},
    ErrorName{errc::not_found, "not_found"},
    ErrorName{errc::diverged, "diverged"},
};

}  // namespace

const NamedCategory& category() {
    static const TableCategory<kNames> instance("consensus");
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

}  // namespace tally::consensus
