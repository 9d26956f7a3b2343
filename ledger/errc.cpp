#include "ledger/errc.h"

#include <array>

namespace tally::ledger {
namespace {

constexpr std::array kNames = {
    ErrorName{errc::malformed, "malformed"},
    ErrorName{errc::too_large, "too_large"},
    ErrorName{errc::wrong_network, "wrong_network"},
    ErrorName{errc::bad_signature, "bad_signature"},
    ErrorName{errc::wrong_root, "wrong_root"},
    ErrorName{errc::expired, "expired"},
    ErrorName{errc::unknown_member, "unknown_member"},
    ErrorName{errc::key_not_valid, "key_not_valid"},
    ErrorName{errc::bad_genesis, "bad_genesis"},
    ErrorName{errc::corrupt_record, "corrupt_record"},
    ErrorName{errc::unsupported_rules, "unsupported_rules"},
    ErrorName{errc::id_reused, "id_reused"},
    ErrorName{errc::out_of_range, "out_of_range"},
    ErrorName{errc::nodes_behind, "nodes_behind"},
};

}  // namespace

const NamedCategory& category() {
    static const TableCategory<kNames> instance("ledger");
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

}  // namespace tally::ledger
