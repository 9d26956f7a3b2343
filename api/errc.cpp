#include "api/errc.h"

#include <array>

namespace tally::api {
namespace {

constexpr std::array kNames = {
    ErrorName{errc::no_quorum, "no_quorum"},
    ErrorName{errc::outcome_unknown, "outcome_unknown"},
    ErrorName{errc::overloaded, "overloaded"},
    ErrorName{errc::storage_full, "storage_full"},
    ErrorName{errc::corrupt_block, "corrupt_block"},
    ErrorName{errc::halted, "halted"},
    ErrorName{errc::shutting_down, "shutting_down"},
    ErrorName{errc::not_found, "not_found"},
    ErrorName{errc::invalid_argument, "invalid_argument"},
    ErrorName{errc::unauthenticated_bind, "unauthenticated_bind"},
    ErrorName{errc::address_in_use, "address_in_use"},
    ErrorName{errc::bad_config, "bad_config"},
    ErrorName{errc::io_failed, "io_failed"},
    ErrorName{errc::not_ready, "not_ready"},
    ErrorName{errc::not_certified, "not_certified"},
};

}  // namespace

const NamedCategory& category() {
    static const TableCategory<kNames> instance("api");
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

std::string error_name(const std::error_code& code) {
    const bool ours = dynamic_cast<const NamedCategory*>(&code.category()) != nullptr;
    return ours ? code.message() : "io_failed";
}

}  // namespace tally::api
