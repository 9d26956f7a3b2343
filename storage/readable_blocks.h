#pragma once

// Internal: included by .cpp files alone.
#include <memory>
#include <string>

#include "storage/rocks_block_store.h"

namespace tally::storage {

/// The blocks of a folder that may be damaged, for reading alone: nothing of it is changed. A
/// database that does not open is read around its damage: its log up to the first byte that is
/// wrong, which is a state that it had once; where not even that opens, or where logs of two copies
/// of the folder are mixed, whatever can be read of logs and tables. In the second case a block may
/// come up that was replaced later, so that nothing is known to be committed. That each block
/// follows from the one before is proved in all cases.
class ReadableBlocks {
public:
    /// `node` is whose they must be; null: anybody's of the network. A folder without a database
    /// has no blocks, and no damage. in_use, wrong_network, wrong_node, wrong_format, io_error.
    static Result<ReadableBlocks> open(const std::string& path, const BlockStoreOptions& options,
                                       const std::uint32_t* node);

    /// Null: nothing can be read.
    RocksBlockStore* store() const { return store_.get(); }
    /// The last of those that are whole and follow from each other, from the first on.
    const consensus::ChainTip& good() const { return good_; }
    /// Why the others are not; empty: there are no others.
    const std::string& damage() const { return damage_; }
    /// What was known to be committed of the good ones.
    consensus::Index commit() const;
    /// Of a good block, or of none.
    Result<consensus::ChainTip> tip_at(consensus::Index index) const;

private:
    enum class Reading : std::uint8_t { as_always, up_to_damage, around_damage };

    ReadableBlocks(std::string path, const BlockStoreOptions& options, const std::uint32_t* node)
        : path_(std::move(path)), options_(options), node_(node) {}
    Status open_any();
    Status try_open(Reading reading);
    Status judge(RocksBlockStore& store, Reading reading) const;
    void find_good();
    /// The first that is found is told.
    void note_damage(const Error& error) {
        if (damage_.empty()) damage_ = error.context;
    }

    std::string path_;
    const BlockStoreOptions& options_;
    const std::uint32_t* node_;
    std::unique_ptr<RocksBlockStore> store_;
    consensus::ChainTip good_;
    std::string damage_;
};

}  // namespace tally::storage
