#include "storage/errc.h"

#include <string>

namespace tally::storage {
namespace {

/// The messages are the stable names of the codes, for programs; contexts are for people.
class Category : public std::error_category {
public:
    const char* name() const noexcept override { return "storage"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::io_error:
                return "io_error";
            case errc::no_space:
                return "no_space";
            case errc::in_use:
                return "in_use";
            case errc::wrong_network:
                return "wrong_network";
            case errc::wrong_node:
                return "wrong_node";
            case errc::wrong_format:
                return "wrong_format";
            case errc::corrupt_block:
                return "corrupt_block";
            case errc::corrupt_state:
                return "corrupt_state";
            case errc::not_found:
                return "not_found";
            case errc::diverged:
                return "diverged";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& category() {
    static const Category instance;
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

}  // namespace tally::storage
