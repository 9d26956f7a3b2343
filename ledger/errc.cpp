#include "ledger/errc.h"

#include <string>

namespace tally::ledger {
namespace {

class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "ledger"; }

    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::malformed:
                return "malformed";
            case errc::too_large:
                return "too_large";
            case errc::wrong_network:
                return "wrong_network";
            case errc::bad_signature:
                return "bad_signature";
            case errc::wrong_root:
                return "wrong_root";
            case errc::expired:
                return "expired";
            case errc::unknown_member:
                return "unknown_member";
            case errc::key_not_valid:
                return "key_not_valid";
            case errc::bad_genesis:
                return "bad_genesis";
            case errc::corrupt_record:
                return "corrupt_record";
            case errc::unsupported_rules:
                return "unsupported_rules";
            case errc::id_reused:
                return "id_reused";
            case errc::out_of_range:
                return "out_of_range";
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

}  // namespace tally::ledger
