#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tally::testing {

/// blocks/ opened as a plain database, to put into it what no store would: RocksDB's checksums are
/// then right and the content is not.
class RawBlocks {
public:
    explicit RawBlocks(const std::string& folder);
    RawBlocks(const RawBlocks&) = delete;
    RawBlocks& operator=(const RawBlocks&) = delete;
    ~RawBlocks();

    void change(std::uint64_t block, const std::function<void(std::string&)>& edit);
    void remove(std::uint64_t block);
    /// Of what was put in the place of a damaged block.
    void change_mended(std::uint64_t block, const std::function<void(std::string&)>& edit);
    /// As an earlier build has left it.
    void drop_mended();
    void set_meta(const std::string& key, const std::string& value);
    /// Beside the checkpoints, where evidence lies too.
    void set_checkpoint(const std::string& key, const std::string& value);

    /// The key of a record of evidence.
    static std::string evidence_key(std::uint8_t kind, std::uint64_t node, std::uint64_t place);

private:
    struct Open;
    std::unique_ptr<Open> open_;
};

}  // namespace tally::testing
