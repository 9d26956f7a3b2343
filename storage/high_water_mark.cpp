#include "storage/high_water_mark.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "base/check.h"
#include "base/hex.h"
#include "crypto/codec.h"
#include "storage/block_codec.h"
#include "storage/rocks.h"

namespace tally::storage {

using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;
using consensus::NodeId;
using consensus::Term;

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::string_view kWhat = "high_water_mark";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kFieldBytes = 1 + 8 + kDigestBytes + 4 + 8 + 8 + kDigestBytes + 8 + 4;
constexpr std::size_t kMarkBytes = kFieldBytes + kDigestBytes;
constexpr std::size_t kFileBytes = 2 * kHighWaterMarkSlot;

std::string path_in(const std::string& folder) {
    return folder + "/" + std::string(kHighWaterMarkFile);
}

rocksdb::Env& env_or_default(rocksdb::Env* env) {
    return env != nullptr ? *env : *rocksdb::Env::Default();
}

Error unusable(const std::string& path, const std::string& why) {
    return fail(errc::corrupt_block,
                path + ": " + why +
                    ". Without its mark nobody can tell whether this node has forgotten blocks or "
                    "votes that others count on, so it must not take part; only a folder made by "
                    "`network init` begins with a mark");
}

Result<Bytes> read_file(rocksdb::Env& env, const std::string& path) {
    std::unique_ptr<rocksdb::SequentialFile> file;
    rocksdb::Status status = env.NewSequentialFile(path, &file, rocksdb::EnvOptions());
    Bytes bytes(kFileBytes);
    rocksdb::Slice read;
    if (status.ok()) {
        status = file->Read(bytes.size(), &read, reinterpret_cast<char*>(bytes.data()));
    }
    if (!status.ok()) return rocks_error(status, errc::io_error, path);
    return to_bytes(bytes_of(read));
}

/// A file that ends early has slots that are not whole.
std::optional<HighWaterMark> slot_of(ByteView file, std::size_t slot) {
    TALLY_CHECK(slot < 2);
    const std::size_t begin = slot * kHighWaterMarkSlot;
    if (file.size() < begin + kMarkBytes) return std::nullopt;
    auto mark = decode_high_water_mark(file.subspan(begin, kMarkBytes));
    // In the other slot it would be the next write that destroys the newest mark.
    if (!mark || mark->sequence % 2 != slot) return std::nullopt;
    return *mark;
}

auto place_of(const ChainTip& tip) { return std::tuple(tip.term, tip.index); }
auto place_of(const HighWaterMark& mark) { return std::tuple(mark.term, mark.index); }

}  // namespace

Bytes encode_high_water_mark(const HighWaterMark& mark) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(mark.sequence);
    writer.digest(mark.network);
    writer.u32(mark.node);
    writer.u64(mark.index.value);
    writer.u64(mark.term.value);
    writer.digest(mark.hash);
    writer.u64(mark.voted_term.value);
    writer.u32(mark.vote.value);
    Bytes bytes = writer.take();
    TALLY_CHECK(bytes.size() == kFieldBytes);
    append(bytes, crypto::domain_hash(kWhat, {bytes}).view());
    return bytes;
}

Result<HighWaterMark> decode_high_water_mark(ByteView slot) {
    crypto::Reader reader(slot);
    if (reader.u8() != kVersion) reader.reject();
    HighWaterMark mark;
    mark.sequence = reader.u64();
    mark.network = reader.digest();
    mark.node = reader.u32();
    mark.index = Index(reader.u64());
    mark.term = Term(reader.u64());
    mark.hash = reader.digest();
    mark.voted_term = Term(reader.u64());
    mark.vote = NodeId(reader.u32());
    const crypto::Digest checksum = reader.digest();
    if (!reader.finish()) return fail(errc::corrupt_block, "high-water mark: does not decode");
    if (checksum != crypto::domain_hash(kWhat, {slot.first(kFieldBytes)})) {
        return fail(errc::corrupt_block, "high-water mark: checksum");
    }
    return mark;
}

Status create_high_water_mark(const std::string& folder, const crypto::Digest& network,
                              std::uint32_t node, rocksdb::Env* chosen) {
    rocksdb::Env& env = env_or_default(chosen);
    const std::string path = path_in(folder);
    for (const std::string& found : {path, folder + "/blocks"}) {
        if (env.FileExists(found).ok()) {
            return fail(errc::diverged, path + ": is not begun anew where there is " + found);
        }
    }
    HighWaterMark mark;
    mark.network = network;
    mark.node = node;
    mark.hash = network;
    // Both slots, so that damage to either leaves one.
    Bytes file(kFileBytes);
    for (; mark.sequence < 2; ++mark.sequence) {
        const Bytes slot = encode_high_water_mark(mark);
        std::copy(slot.begin(), slot.end(),
                  file.begin() + static_cast<std::ptrdiff_t>(mark.sequence * kHighWaterMarkSlot));
    }
    std::unique_ptr<rocksdb::WritableFile> writable;
    rocksdb::Status status = env.NewWritableFile(path, &writable, rocksdb::EnvOptions());
    if (status.ok()) status = writable->Append(slice_of(file));
    if (status.ok()) status = writable->Fsync();
    if (status.ok()) status = writable->Close();
    std::unique_ptr<rocksdb::Directory> directory;
    if (status.ok()) status = env.NewDirectory(folder, &directory);
    if (status.ok()) status = directory->Fsync();
    if (!status.ok()) return rocks_error(status, errc::io_error, path);
    return {};
}

Result<HighWaterMark> read_high_water_mark(const std::string& folder, rocksdb::Env* chosen) {
    rocksdb::Env& env = env_or_default(chosen);
    const std::string path = path_in(folder);
    if (env.FileExists(path).IsNotFound()) {
        const bool blocks = env.FileExists(folder + "/blocks").ok();
        return unusable(path, blocks ? "is missing beside blocks/: it was removed, or the blocks "
                                       "are those of a version that kept none"
                                     : "is missing");
    }
    const Result<Bytes> file = read_file(env, path);
    if (!file) return file.error();
    const auto first = slot_of(*file, 0);
    const auto second = slot_of(*file, 1);
    if (first && second) return first->sequence > second->sequence ? *first : *second;
    if (first) return *first;
    if (second) return *second;
    return unusable(path, "both copies of the mark are damaged");
}

bool is_behind(const ChainTip& tip, const HighWaterMark& mark) {
    return place_of(tip) < place_of(mark);
}

Status check_high_water_mark(const HighWaterMark& mark, const ChainTip& tip,
                             const HardState& state) {
    const std::string number = std::to_string(mark.index.value);
    if (is_behind(tip, mark)) {
        if (tip.index < mark.index) {
            return damaged_block(tip.index.next(),
                                 "missing, though the high-water mark has it: its last block is " +
                                     number + " of term " + std::to_string(mark.term.value));
        }
        return damaged_block(mark.index, "missing, though the high-water mark has it, of term " +
                                             std::to_string(mark.term.value));
    }
    if (place_of(tip) == place_of(mark) && tip.hash != mark.hash) {
        return damaged_block(mark.index,
                             "hash: the high-water mark has another, " + to_hex(mark.hash.view()));
    }
    const std::string marked_term = std::to_string(mark.voted_term.value);
    if (state.term < mark.voted_term) {
        return fail(errc::corrupt_block, "hard state: term " + std::to_string(state.term.value) +
                                             ", though the high-water mark has term " +
                                             marked_term);
    }
    const bool voted = mark.vote != consensus::kNobody;
    if (state.term == mark.voted_term && voted && state.vote != mark.vote) {
        return fail(errc::corrupt_block, "hard state: the vote for node " +
                                             std::to_string(mark.vote.value) + " in term " +
                                             marked_term +
                                             ", which the high-water mark has, is "
                                             "missing");
    }
    return {};
}

}  // namespace tally::storage
