#include "consensus/errc.h"

#include <string>

namespace tally::consensus {
namespace {

/// The messages are the stable names of the codes, for programs; contexts are for people.
class Category : public std::error_category {
public:
    const char* name() const noexcept override { return "consensus"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::not_leader:
                return "not_leader";
            case errc::busy:
                return "busy";
            case errc::too_large:
                return "too_large";
            case errc::bad_message:
                return "bad_message";
            case errc::bad_block:
                return "bad_block";
            case errc::bad_configuration:
                return "bad_configuration";
            case errc::corrupt_log:
                return "corrupt_log";
            case errc::storage_failed:
                return "storage_failed";
            case errc::not_found:
                return "not_found";
        }
        return "unknown consensus error";
    }
};

}  // namespace

const std::error_category& category() {
    static const Category instance;
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

}  // namespace tally::consensus
