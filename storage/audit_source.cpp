#include "storage/audit_source.h"

#include "base/bounded_input.h"
#include "storage/errc.h"
#include "storage/rocks_block_store.h"

namespace tally::storage {

using consensus::Block;
using consensus::Index;

namespace {

constexpr std::size_t kGenesisBytesMax = 1 << 20;

constexpr std::size_t kReadBytes = 4 << 20;

class FolderAuditSource : public AuditSource {
public:
    explicit FolderAuditSource(std::unique_ptr<RocksBlockStore> store) : store_(std::move(store)) {}

    std::optional<std::uint32_t> node() const override { return store_->node(); }

    Result<Index> last() const override { return store_->hard_state().commit; }

    Result<Index> stored() const override { return store_->tip().index; }

    Result<std::vector<Block>> read(Index first, Index last) const override {
        return store_->read_stored(first, last, kReadBytes);
    }

    Result<std::optional<std::string>> checkpoint(std::uint64_t size) const override {
        const auto stored = store_->checkpoint(size);
        if (!stored) return stored.error();
        if (!stored->has_value()) return std::optional<std::string>{};
        return std::optional((*stored)->note);
    }

    Result<std::vector<std::uint64_t>> checkpoint_sizes() const override {
        return store_->checkpoint_sizes();
    }

private:
    const std::unique_ptr<RocksBlockStore> store_;
};

}  // namespace

Result<std::unique_ptr<AuditSource>> make_folder_audit_source(const std::string& folder) {
    auto store = RocksBlockStore::open_readonly(folder, RocksBlockStore::Checking::none);
    if (!store) return store.error();
    return std::unique_ptr<AuditSource>(std::make_unique<FolderAuditSource>(std::move(*store)));
}

Result<ledger::Genesis> read_genesis(const std::string& folder) {
    const std::string path = folder + "/genesis.bin";
    const auto text = read_bounded(path, kGenesisBytesMax);
    if (!text) {
        const bool absent = text.error().code == std::errc::no_such_file_or_directory;
        if (absent) return fail(errc::not_found, path);
        return fail(errc::io_error, text.error().context);
    }
    auto genesis = ledger::Genesis::decode(view_of(*text));
    if (!genesis) return Error{genesis.error().code, path + ": " + genesis.error().context};
    return genesis;
}

}  // namespace tally::storage
