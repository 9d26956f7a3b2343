#include "storage/errc.h"

#include <string>

namespace tally::storage {
namespace {

class Category : public std::error_category {
public:
    const char* name() const noexcept override { return "storage"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::io_error:
                return "the file system or the database failed";
            case errc::no_space:
                return "no space left on the disk";
            case errc::in_use:
                return "another process has the folder open";
            case errc::wrong_network:
                return "the folder belongs to another network";
            case errc::wrong_node:
                return "the folder belongs to another node";
            case errc::wrong_format:
                return "written by another format version";
            case errc::corrupt_block:
                return "a stored block is damaged";
            case errc::corrupt_state:
                return "derived data is damaged";
            case errc::not_found:
                return "not found";
            case errc::diverged:
                return "derived data contradicts the blocks";
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
