#include "crypto/errc.h"

#include <array>

namespace tally::crypto {
namespace {

constexpr std::array kNames = {
    ErrorName{errc::truncated, "truncated"},
    ErrorName{errc::trailing_bytes, "trailing_bytes"},
    ErrorName{errc::bad_version, "bad_version"},
    ErrorName{errc::too_large, "too_large"},
    ErrorName{errc::bad_encoding, "bad_encoding"},
    ErrorName{errc::bad_key, "bad_key"},
    ErrorName{errc::bad_signature, "bad_signature"},
    ErrorName{errc::unverified, "unverified"},
    ErrorName{errc::bad_proof, "bad_proof"},
    ErrorName{errc::root_mismatch, "root_mismatch"},
    ErrorName{errc::size_out_of_range, "size_out_of_range"},
    ErrorName{errc::not_found, "not_found"},
};

}  // namespace

const NamedCategory& category() {
    static const TableCategory<kNames> instance("crypto");
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

}  // namespace tally::crypto
