#include "storage/high_water_mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "base/check.h"
#include "base/hex.h"
#include "crypto/codec.h"
#include "storage/block_codec.h"
#include "storage/errc.h"

namespace tally::storage {

using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;
using consensus::NodeId;
using consensus::Term;

namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::string_view kWhat = "high_water_mark";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kFieldBytes = kHighWaterMarkBytes - kDigestBytes;

/// Both slots of a new mark, so that damage to either leaves one.
Bytes new_file(HighWaterMark mark) {
    Bytes file(2 * kHighWaterMarkSlot);
    for (; mark.sequence < 2; ++mark.sequence) {
        const Bytes slot = encode_high_water_mark(mark);
        std::copy(slot.begin(), slot.end(),
                  file.begin() + static_cast<std::ptrdiff_t>(mark.sequence * kHighWaterMarkSlot));
    }
    return file;
}

/// Makes the file, never replacing one, and its name in the folder durable. Gives 0 or what errno
/// said. Done without RocksDB, so that whoever makes a network's folders need not have it.
int write_durably(const std::string& path, const std::string& folder, HighWaterMark mark) {
    const auto sync_and_close = [](int file) {
        const int error = ::fsync(file) == 0 ? 0 : errno;
        ::close(file);
        return error;
    };
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) return errno;
    const auto identity = identity_of(file);
    if (!identity) {
        ::close(file);
        return EIO;
    }
    mark.file = *identity;
    const Bytes content = new_file(mark);
    ByteView bytes = content;
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            const int error = written < 0 ? errno : EIO;
            ::close(file);
            return error;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    if (const int error = sync_and_close(file); error != 0) return error;
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0 ? errno : sync_and_close(directory);
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
    writer.u8(static_cast<std::uint8_t>(mark.recovering));
    writer.u64(mark.file.device);
    writer.u64(mark.file.inode);
    writer.i64(mark.file.born_seconds);
    writer.u32(mark.file.born_nanoseconds);
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
    const std::uint8_t recovering = reader.u8();
    if (recovering > static_cast<std::uint8_t>(Recovering::ordered)) reader.reject();
    mark.recovering = static_cast<Recovering>(recovering);
    mark.file.device = reader.u64();
    mark.file.inode = reader.u64();
    mark.file.born_seconds = reader.i64();
    mark.file.born_nanoseconds = reader.u32();
    const crypto::Digest checksum = reader.digest();
    if (!reader.finish()) return fail(errc::corrupt_block, "high-water mark: does not decode");
    if (checksum != crypto::domain_hash(kWhat, {slot.first(kFieldBytes)})) {
        return fail(errc::corrupt_block, "high-water mark: checksum");
    }
    return mark;
}

Status create_high_water_mark(const std::string& folder, const crypto::Digest& network,
                              std::uint32_t node) {
    const std::string path = high_water_mark_path(folder);
    for (const std::string& found : {path, folder + "/blocks"}) {
        if (::access(found.c_str(), F_OK) == 0) {
            return fail(errc::diverged, path + ": is not begun anew where there is " + found);
        }
    }
    HighWaterMark mark;
    mark.network = network;
    mark.node = node;
    mark.hash = network;
    const int error = write_durably(path, folder, mark);
    if (error == 0) return {};
    return fail(error == ENOSPC ? errc::no_space : errc::io_error,
                path + ": " + std::generic_category().message(error));
}

std::string recovering_words(Recovering why) {
    switch (why) {
        case Recovering::none:
            return {};
        case Recovering::copied:
            return "its folder is a copy, or was put back from one";
        case Recovering::behind:
            return "its log or its votes ended before its high-water mark";
        case Recovering::unmarked:
            return "it had blocks, and no high-water mark that could be read";
        case Recovering::ordered:
            return "`tallystick node recover` was called";
    }
    return "unknown";
}

std::string high_water_mark_path(const std::string& folder, const std::string& mark_folder) {
    return (mark_folder.empty() ? folder : mark_folder) + "/" + std::string(kHighWaterMarkFile);
}

bool is_behind(const ChainTip& tip, const HighWaterMark& mark) {
    return place_of(tip) < place_of(mark);
}

Status check_same_history(const HighWaterMark& mark, const ChainTip& tip) {
    if (place_of(tip) != place_of(mark) || tip.hash == mark.hash) return {};
    return damaged_block(mark.index,
                         "hash: the high-water mark has another, " + to_hex(mark.hash.view()));
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
    if (Status same = check_same_history(mark, tip); !same) return same;
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
