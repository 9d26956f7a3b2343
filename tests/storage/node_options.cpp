#include "tests/storage/node_options.h"

#include <filesystem>

#include "storage/high_water_mark.h"
#include "tests/support/catch.h"

namespace tally::testing {

storage::BlockStoreOptions node_options(const std::string& folder, const crypto::Digest& network,
                                        std::uint32_t node) {
    if (std::filesystem::is_empty(folder)) {
        const Status made = storage::create_high_water_mark(folder, network, node);
        if (!made) FAIL(made.error().context);
    }
    storage::BlockStoreOptions options;
    options.folder = folder;
    options.network = network;
    options.node = node;
    return options;
}

}  // namespace tally::testing
