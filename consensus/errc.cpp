#include "consensus/errc.h"

#include <string>

namespace tally::consensus {
namespace {

class Category : public std::error_category {
public:
    const char* name() const noexcept override { return "consensus"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::not_leader:
                return "this node does not lead";
            case errc::busy:
                return "a bound on waiting work is reached";
            case errc::too_large:
                return "larger than a block may be";
            case errc::bad_message:
                return "a message that no correct node of this network sends";
            case errc::bad_block:
                return "a block that does not continue the chain";
            case errc::bad_configuration:
                return "a configuration that cannot work";
            case errc::corrupt_log:
                return "persisted state contradicts itself";
            case errc::storage_failed:
                return "the log store failed";
            case errc::not_found:
                return "no such block";
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
