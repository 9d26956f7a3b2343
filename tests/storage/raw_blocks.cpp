#include "tests/storage/raw_blocks.h"

#include <rocksdb/db.h>

#include <algorithm>

#include "tests/support/catch.h"

namespace tally::testing {
namespace {

std::string key_of_block(std::uint64_t block) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(block >> shift));
    return key;
}

}  // namespace

struct RawBlocks::Open {
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> families;
};

RawBlocks::RawBlocks(const std::string& folder) : open_(std::make_unique<Open>()) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    std::vector<std::string> there;
    REQUIRE(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), folder + "/blocks", &there).ok());
    for (const char* name : {"default", "blocks", "checkpoints", "signing", "mended"}) {
        if (std::find(there.begin(), there.end(), name) == there.end()) continue;
        rocksdb::ColumnFamilyOptions options;
        options.enable_blob_files = true;
        families.emplace_back(name, options);
    }
    rocksdb::DB* db = nullptr;
    REQUIRE(
        rocksdb::DB::Open(rocksdb::DBOptions(), folder + "/blocks", families, &open_->families, &db)
            .ok());
    open_->db.reset(db);
}

RawBlocks::~RawBlocks() {
    for (auto* family : open_->families) open_->db->DestroyColumnFamilyHandle(family);
}

void RawBlocks::change(std::uint64_t block, const std::function<void(std::string&)>& edit) {
    std::string value;
    const std::string key = key_of_block(block);
    REQUIRE(open_->db->Get(rocksdb::ReadOptions(), open_->families[1], key, &value).ok());
    edit(value);
    REQUIRE(open_->db->Put(rocksdb::WriteOptions(), open_->families[1], key, value).ok());
}

void RawBlocks::remove(std::uint64_t block) {
    const std::string key = key_of_block(block);
    REQUIRE(open_->db->Delete(rocksdb::WriteOptions(), open_->families[1], key).ok());
}

void RawBlocks::change_mended(std::uint64_t block, const std::function<void(std::string&)>& edit) {
    std::string value;
    const std::string key = key_of_block(block);
    REQUIRE(open_->families.size() == 5);
    REQUIRE(open_->db->Get(rocksdb::ReadOptions(), open_->families[4], key, &value).ok());
    edit(value);
    REQUIRE(open_->db->Put(rocksdb::WriteOptions(), open_->families[4], key, value).ok());
}

void RawBlocks::drop_mended() {
    REQUIRE(open_->families.size() == 5);
    REQUIRE(open_->db->DropColumnFamily(open_->families[4]).ok());
    REQUIRE(open_->db->DestroyColumnFamilyHandle(open_->families[4]).ok());
    open_->families.pop_back();
}

void RawBlocks::set_meta(const std::string& key, const std::string& value) {
    REQUIRE(open_->db->Put(rocksdb::WriteOptions(), open_->families[0], key, value).ok());
}

void RawBlocks::set_checkpoint(const std::string& key, const std::string& value) {
    REQUIRE(open_->db->Put(rocksdb::WriteOptions(), open_->families[2], key, value).ok());
}

std::string RawBlocks::evidence_key(std::uint8_t kind, std::uint64_t node, std::uint64_t place) {
    return std::string("e") + static_cast<char>(kind) + key_of_block(node) + key_of_block(place);
}

}  // namespace tally::testing
