// Evidence outlives the quarrel: a statement is kept as it was signed, next to the one that it
// contradicts, and whatever comes later is added and takes nothing away.
#include "storage/evidence.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "crypto/codec.h"
#include "crypto/errc.h"
#include "crypto/note.h"
#include "storage/block_store.h"
#include "storage/errc.h"

namespace tally::storage {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kNoteBytesMax = 64 << 10;

enum Kind : std::uint8_t { kRoots = 1, kBlocks = 2 };

/// `kept` with the lines of `more` by keys that it lacks. Both are of one text.
std::string with_lines(const crypto::Note& kept, const crypto::Note& more) {
    crypto::Note both = kept;
    for (const crypto::NoteSignature& line : more.signatures) {
        const bool known =
            std::any_of(both.signatures.begin(), both.signatures.end(),
                        [&line](const crypto::NoteSignature& other) {
                            return other.name == line.name && other.key_id == line.key_id;
                        });
        if (!known) both.signatures.push_back(line);
    }
    return both.encode();
}

/// Adds a note to those of a record. What does not decode is not kept: nobody could use it.
void add_note(std::vector<std::string>& notes, const std::string& added) {
    const auto more = crypto::Note::decode(added);
    if (!more) return;
    for (std::string& each : notes) {
        const auto kept = crypto::Note::decode(each);
        if (!kept || kept->text != more->text) continue;
        std::string both = with_lines(*kept, *more);
        if (both.size() <= kNoteBytesMax && crypto::Note::decode(both)) each = std::move(both);
        return;
    }
    if (notes.size() < RootConflict::kNotesMax && added.size() <= kNoteBytesMax) {
        notes.push_back(added);
    }
}

void encode_what(crypto::Writer& writer, const RootConflict& conflict) {
    writer.u8(kRoots);
    writer.u32(conflict.node);
    writer.u64(conflict.size);
    writer.u32(static_cast<std::uint32_t>(conflict.notes.size()));
    for (const std::string& note : conflict.notes) writer.bytes(view_of(note));
}

void encode_what(crypto::Writer& writer, const BlockConflict& conflict) {
    writer.u8(kBlocks);
    writer.u32(conflict.node);
    writer.u64(conflict.index);
    writer.digest(conflict.own);
    writer.digest(conflict.other);
}

RootConflict decode_roots(crypto::Reader& reader) {
    RootConflict conflict;
    conflict.node = reader.u32();
    conflict.size = reader.u64();
    const std::uint32_t count = reader.u32();
    if (count > RootConflict::kNotesMax) reader.reject(crypto::errc::too_large);
    for (std::uint32_t at = 0; at < count && !reader.failed(); ++at) {
        conflict.notes.push_back(to_string(reader.bytes(kNoteBytesMax)));
    }
    return conflict;
}

BlockConflict decode_blocks(crypto::Reader& reader) {
    BlockConflict conflict;
    conflict.node = reader.u32();
    conflict.index = reader.u64();
    conflict.own = reader.digest();
    conflict.other = reader.digest();
    return conflict;
}

}  // namespace

EvidenceKey key_of(const Evidence& evidence) {
    return std::visit(Overloaded{[](const RootConflict& it) {
                                     return EvidenceKey{kRoots, it.node, it.size};
                                 },
                                 [](const BlockConflict& it) {
                                     return EvidenceKey{kBlocks, it.node, it.index};
                                 }},
                      evidence.what);
}

std::string description_of(const EvidenceKey& key) {
    const std::string node = std::to_string(key.node);
    const std::string place = std::to_string(key.place);
    if (key.kind == kRoots) return "roots against node " + node + " at size " + place;
    if (key.kind == kBlocks) return "blocks against node " + node + " at block " + place;
    return "kind " + std::to_string(key.kind) + " against node " + node + " at " + place;
}

std::optional<Evidence> merged(const Evidence& kept, const Evidence& more) {
    TALLY_CHECK(key_of(kept) == key_of(more));
    // Of a contradiction at one block the first is enough.
    const auto* added = std::get_if<RootConflict>(&more.what);
    if (added == nullptr) return std::nullopt;
    Evidence both = kept;
    auto& notes = std::get<RootConflict>(both.what).notes;
    for (const std::string& note : added->notes) add_note(notes, note);
    if (notes == std::get<RootConflict>(kept.what).notes) return std::nullopt;
    return both;
}

void add_certified(RootConflict& record, const StoredCheckpoint& checkpoint) {
    TALLY_CHECK(checkpoint.size == record.size);
    if (checkpoint.certified) add_note(record.notes, checkpoint.note);
}

Bytes encode_evidence(const Evidence& evidence) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.i64(evidence.found.count());
    std::visit([&writer](const auto& what) { encode_what(writer, what); }, evidence.what);
    return writer.take();
}

Result<Evidence> decode_evidence(ByteView bytes) {
    crypto::Reader reader(bytes);
    if (reader.u8() != kVersion) reader.reject(crypto::errc::bad_version);
    Evidence evidence;
    evidence.found = consensus::Millis(reader.i64());
    switch (reader.u8()) {
        case kRoots:
            evidence.what = decode_roots(reader);
            break;
        case kBlocks:
            evidence.what = decode_blocks(reader);
            break;
        default:
            reader.reject();
    }
    const Status status = reader.finish();
    if (!status) {
        return fail(errc::corrupt_block, "evidence: " + status.error().code.message());
    }
    return evidence;
}

}  // namespace tally::storage
