#include "crypto/errc.h"

#include <string>

namespace tally::crypto {
namespace {

/// The message of a code is its stable name.
class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "crypto"; }
    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::truncated:
                return "truncated";
            case errc::trailing_bytes:
                return "trailing_bytes";
            case errc::bad_version:
                return "bad_version";
            case errc::too_large:
                return "too_large";
            case errc::bad_encoding:
                return "bad_encoding";
            case errc::bad_key:
                return "bad_key";
            case errc::bad_signature:
                return "bad_signature";
            case errc::unverified:
                return "unverified";
            case errc::bad_proof:
                return "bad_proof";
            case errc::root_mismatch:
                return "root_mismatch";
            case errc::size_out_of_range:
                return "size_out_of_range";
            case errc::not_found:
                return "not_found";
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

}  // namespace tally::crypto
