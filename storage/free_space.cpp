#include "storage/free_space.h"

#include <filesystem>

#include "storage/errc.h"

namespace tally::storage {

Result<std::uint64_t> free_bytes(const std::string& folder) {
    std::error_code code;
    const std::filesystem::space_info space = std::filesystem::space(folder, code);
    if (code) return fail(errc::io_error, folder + ": free space: " + code.message());
    return std::uint64_t{space.available};
}

}  // namespace tally::storage
