#include "storage/errc.h"

#include <array>

namespace tally::storage {
namespace {

constexpr std::array kNames = {
    ErrorName{errc::io_error, "io_error"},
    ErrorName{errc::no_space, "no_space"},
    ErrorName{errc::in_use, "in_use"},
    ErrorName{errc::wrong_network, "wrong_network"},
    ErrorName{errc::wrong_node, "wrong_node"},
    ErrorName{errc::wrong_format, "wrong_format"},
    ErrorName{errc::corrupt_block, "corrupt_block"},
    ErrorName{errc::corrupt_state, "corrupt_state"},
    ErrorName{errc::not_found, "not_found"},
    ErrorName{errc::diverged, "diverged"},
};

}  // namespace

const NamedCategory& category() {
    static const TableCategory<kNames> instance("storage");
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

}  // namespace tally::storage
