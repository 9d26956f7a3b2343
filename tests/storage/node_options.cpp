#include "tests/storage/node_options.h"

#include <filesystem>
#include <fstream>

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

bool is_loss(const std::string& recovering) {
    return recovering.starts_with(storage::recovering_words(storage::Recovering::behind));
}

void adopt_mark(const std::string& folder) {
    auto mark = storage::read_high_water_mark(folder);
    const std::string path = storage::high_water_mark_path(folder);
    const auto file = storage::identity_of(path);
    if (!mark || !file) FAIL(path << ": no mark");
    mark->file = *file;
    std::fstream stream(path, std::ios::binary | std::ios::in | std::ios::out);
    for (int slots = 0; slots < 2; ++slots) {
        ++mark->sequence;
        const Bytes slot = storage::encode_high_water_mark(*mark);
        stream.seekp(static_cast<std::streamoff>(mark->sequence % 2 * storage::kHighWaterMarkSlot));
        stream.write(reinterpret_cast<const char*>(slot.data()),
                     static_cast<std::streamsize>(slot.size()));
    }
    if (!stream.flush()) FAIL(path << ": cannot be written");
}

}  // namespace tally::testing
