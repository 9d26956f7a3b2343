#include "ledger/recipe.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/check.h"
#include "ledger/entry_layout.h"
#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "ledger/submission_view.h"

namespace tally::ledger {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kSubmissions = 1;
constexpr std::uint8_t kSeal = 2;
constexpr std::size_t kAccountBytes = 17;

void write_varint(crypto::Writer& writer, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) writer.u8(static_cast<std::uint8_t>(value | 0x80));
    writer.u8(static_cast<std::uint8_t>(value));
}

std::uint64_t read_varint(crypto::Reader& reader) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint8_t byte = reader.u8();
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    reader.reject();
    return 0;
}

Error corrupt(std::string_view reason) {
    return fail(errc::corrupt_record, "recipe: " + std::string(reason));
}

/// Walks recipe and payload together. With a wanted position only that entry is built; everything
/// before it is stepped over.
class Rebuild {
public:
    Rebuild(ByteView payload, ByteView recipe, std::optional<std::uint64_t> wanted)
        : payload_(payload), reader_(recipe), wanted_(wanted) {}

    Status run();
    std::vector<Bytes> take() { return std::move(entries_); }

private:
    Status run_seal();
    Status run_submissions();
    Status run_submission(ByteView submission, std::uint32_t position);
    void run_transaction(ByteView transaction, std::uint64_t header, std::uint32_t position);
    AccountLink read_link(std::uint64_t entry);
    void skip_transaction();
    bool wants(std::uint64_t position) const { return !wanted_ || *wanted_ == position; }
    bool done() const { return wanted_ && !entries_.empty(); }

    ByteView payload_;
    crypto::Reader reader_;
    std::optional<std::uint64_t> wanted_;
    std::uint64_t block_index_ = 0;
    Millis block_time_{0};
    std::uint64_t first_entry_ = 0;
    std::uint64_t position_ = 0;  // of the next entry in the block
    ByteView accounts_;
    std::vector<Bytes> entries_;
};

Status Rebuild::run() {
    if (reader_.u8() != kVersion) return corrupt("a version that is not known");
    const std::uint8_t kind = reader_.u8();
    if (kind == kSeal) return run_seal();
    if (kind == kSubmissions) return run_submissions();
    return corrupt("a kind that is not known");
}

Status Rebuild::run_seal() {
    const ByteView entry = reader_.raw(reader_.remaining());
    if (entry.empty()) return corrupt("a seal without its entry");
    if (wants(0)) entries_.push_back(to_bytes(entry));
    return {};
}

Status Rebuild::run_submissions() {
    block_index_ = reader_.u64();
    block_time_ = Millis(reader_.i64());
    first_entry_ = reader_.u64();
    const std::size_t accounts = reader_.u32();
    if (accounts > reader_.remaining() / kAccountBytes) return corrupt("cut short");
    accounts_ = reader_.raw(accounts * kAccountBytes);
    const Result<std::vector<ByteView>> submissions = decode_payload(payload_);
    if (!submissions) return submissions.error();
    if (reader_.u32() != submissions->size()) return corrupt("made for another payload");
    for (std::uint32_t index = 0; index < submissions->size() && !done(); ++index) {
        if (const Status status = run_submission((*submissions)[index], index); !status) {
            return status;
        }
    }
    if (reader_.failed()) return corrupt("cut short");
    if (!wanted_ && !reader_.finish()) return corrupt("bytes left over");
    return {};
}

Status Rebuild::run_submission(ByteView submission, std::uint32_t position) {
    const std::uint8_t valid = reader_.u8();
    if (valid == 0) {
        const crypto::Digest digest = reader_.digest();
        if (wants(position_)) {
            entries_.push_back(encode_entry(InvalidEntry{block_index_, position, digest}));
        }
        ++position_;
        return {};
    }
    const std::uint64_t count = read_varint(reader_);
    if (wanted_ && *wanted_ > position_ + count) {
        for (std::uint64_t index = 0; index < count && !reader_.failed(); ++index) {
            skip_transaction();
        }
        position_ += 1 + count;
        return {};
    }
    const Result<SubmissionView> view = view_submission(submission);
    if (!view) return view.error();
    if (valid != 1 || view->transactions.size() != count)
        return corrupt("made for another payload");
    const std::uint64_t header = first_entry_ + position_;
    if (wants(position_)) {
        entries_.push_back(encode_header_entry(block_index_, position, block_time_, view->header,
                                               view->signatures));
    }
    ++position_;
    for (std::uint32_t index = 0; index < count && !done() && !reader_.failed(); ++index) {
        if (wants(position_)) {
            run_transaction(view->transactions[index], header, index);
        } else {
            skip_transaction();
        }
        ++position_;
    }
    return {};
}

void Rebuild::run_transaction(ByteView transaction, std::uint64_t header, std::uint32_t position) {
    const std::uint64_t entry = first_entry_ + position_;
    const std::uint64_t number = read_varint(reader_);
    const std::size_t links = reader_.u8();
    if (number > std::numeric_limits<std::uint16_t>::max() || links > kLinksMax ||
        transaction.size() > kTransactionBytesMax) {
        reader_.reject();
    }
    std::array<AccountLink, kLinksMax> list;
    for (std::size_t index = 0; index < links && !reader_.failed(); ++index) {
        list[index] = read_link(entry);
    }
    if (reader_.failed()) return;
    entries_.push_back(encode_transaction_entry(
        header, position, transaction, static_cast<Outcome>(number), std::span(list).first(links)));
}

AccountLink Rebuild::read_link(std::uint64_t entry) {
    const std::uint64_t account = read_varint(reader_);
    AccountLink link;
    link.sequence = read_varint(reader_);
    const std::uint64_t distance = read_varint(reader_);
    if (account >= accounts_.size() / kAccountBytes || distance > entry) {
        reader_.reject();
        return link;
    }
    const ByteView row = accounts_.subspan(account * kAccountBytes, kAccountBytes);
    link.account_class = static_cast<AccountClass>(row[0]);
    std::copy(row.begin() + 1, row.end(), link.id.begin());
    link.previous = distance == 0 ? kNoEntry : entry - distance;
    return link;
}

void Rebuild::skip_transaction() {
    read_varint(reader_);
    const std::size_t links = reader_.u8();
    for (std::size_t index = 0; index < 3 * links && !reader_.failed(); ++index) {
        read_varint(reader_);
    }
}

}  // namespace

RecipeWriter::RecipeWriter(std::uint64_t block_index, Millis block_time, std::uint64_t first_entry)
    : block_index_(block_index), block_time_(block_time), first_entry_(first_entry) {}

void RecipeWriter::invalid(const crypto::Digest& submission) {
    ++submissions_;
    body_.u8(0);
    body_.digest(submission);
}

void RecipeWriter::submission(std::uint32_t transactions) {
    ++submissions_;
    body_.u8(1);
    write_varint(body_, transactions);
}

void RecipeWriter::transaction(std::uint64_t entry, Outcome outcome,
                               std::span<const AccountLink> links) {
    write_varint(body_, static_cast<std::uint64_t>(outcome));
    body_.u8(static_cast<std::uint8_t>(links.size()));
    for (const AccountLink& link : links) {
        const auto next = static_cast<std::uint32_t>(numbers_.size());
        const auto [place, added] = numbers_.try_emplace({link.account_class, link.id}, next);
        if (added) {
            accounts_.u8(static_cast<std::uint8_t>(link.account_class));
            accounts_.raw(link.id);
        }
        TALLY_CHECK(link.previous == kNoEntry || link.previous < entry);
        write_varint(body_, place->second);
        write_varint(body_, link.sequence);
        write_varint(body_, link.previous == kNoEntry ? 0 : entry - link.previous);
    }
}

Bytes RecipeWriter::take() {
    if (submissions_ == 0) return {};
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u8(kSubmissions);
    writer.u64(block_index_);
    writer.i64(block_time_.count());
    writer.u64(first_entry_);
    writer.u32(static_cast<std::uint32_t>(numbers_.size()));
    writer.raw(accounts_.take());
    writer.u32(submissions_);
    writer.raw(body_.take());
    return writer.take();
}

Bytes RecipeWriter::of_seal(ByteView entry) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u8(kSeal);
    writer.raw(entry);
    return writer.take();
}

Result<std::vector<Bytes>> entries_of(ByteView payload, ByteView recipe) {
    if (recipe.empty()) return std::vector<Bytes>{};
    Rebuild rebuild(payload, recipe, std::nullopt);
    if (const Status status = rebuild.run(); !status) return status.error();
    return rebuild.take();
}

Result<Bytes> entry_of(ByteView payload, ByteView recipe, std::uint32_t position) {
    Rebuild rebuild(payload, recipe, position);
    if (const Status status = rebuild.run(); !status) return status.error();
    std::vector<Bytes> entries = rebuild.take();
    if (entries.empty()) return corrupt("the block has no such entry");
    return std::move(entries.front());
}

}  // namespace tally::ledger
