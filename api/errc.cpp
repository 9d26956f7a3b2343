#include "api/errc.h"

namespace tally::api {
namespace {

/// The messages of our categories are their stable names, so that one function serves all folders.
class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "api"; }
    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::no_quorum:
                return "no_quorum";
            case errc::outcome_unknown:
                return "outcome_unknown";
            case errc::overloaded:
                return "overloaded";
            case errc::storage_full:
                return "storage_full";
            case errc::corrupt_block:
                return "corrupt_block";
            case errc::halted:
                return "halted";
            case errc::shutting_down:
                return "shutting_down";
            case errc::not_found:
                return "not_found";
            case errc::invalid_argument:
                return "invalid_argument";
            case errc::unauthenticated_bind:
                return "unauthenticated_bind";
            case errc::address_in_use:
                return "address_in_use";
            case errc::bad_config:
                return "bad_config";
            case errc::io_failed:
                return "io_failed";
            case errc::not_ready:
                return "not_ready";
            case errc::not_certified:
                return "not_certified";
        }
        return "unknown";
    }
};

}  // namespace

const std::error_category& category() {
    static const Category instance;
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

std::string error_name(const std::error_code& code) {
    const std::string_view owner = code.category().name();
    const bool ours = owner == "api" || owner == "storage" || owner == "consensus" ||
                      owner == "ledger" || owner == "crypto";
    return ours ? code.message() : "io_failed";
}

}  // namespace tally::api
