#include "storage/signed_index.h"

#include <map>
#include <set>
#include <string>

#include "base/check.h"
#include "crypto/codec.h"
#include "ledger/queries.h"
#include "storage/errc.h"

namespace tally::storage {
namespace {

using ledger::MemberId;

constexpr std::uint8_t kVersion = 1;
// Key: this and the member. Value: header entry of the newest.
constexpr std::uint8_t kNewest = kIndexKeys;
// Key: this, the member, the header entry. Value: number of transactions, header entry before it.
constexpr std::uint8_t kSigned = kIndexKeys + 1;

Bytes newest_key(const MemberId& member) {
    crypto::Writer writer;
    writer.u8(kNewest);
    writer.raw(member.bytes);
    return writer.take();
}

Bytes signed_key(const MemberId& member, std::uint64_t header_entry) {
    crypto::Writer writer;
    writer.u8(kSigned);
    writer.raw(member.bytes);
    writer.u64(header_entry);
    return writer.take();
}

Bytes encode_newest(std::uint64_t header_entry) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(header_entry);
    return writer.take();
}

Bytes encode_signed(const SignedSubmission& made) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u32(made.transactions);
    writer.u64(made.previous);
    return writer.take();
}

Error damaged(const std::string& what) {
    return fail(errc::corrupt_state, "index of signed submissions: " + what);
}

/// Header entry of the newest; kNoEntry if there is none.
Result<std::uint64_t> newest_entry(const ledger::RecordReader& view, const MemberId& member) {
    const auto value = view.get(newest_key(member));
    if (!value) return value.error();
    if (!value->has_value()) return ledger::kNoEntry;
    crypto::Reader reader(**value);
    if (reader.u8() != kVersion) reader.reject();
    const std::uint64_t entry = reader.u64();
    if (!reader.finish()) return damaged("the newest one does not decode");
    return entry;
}

/// The members that signed behind the submitter, each once, with a key that is theirs.
Result<std::set<MemberId>> others_of(const ledger::SubmissionHeader& header, std::uint64_t block,
                                     const ledger::RecordReader& before) {
    TALLY_CHECK(!header.signers.empty());
    std::set<MemberId> others;
    for (const ledger::Signer& signer : header.signers) {
        if (signer.member == header.signers.front().member) continue;
        const auto record = ledger::read_member(before, signer.member);
        if (!record) return record.error();
        if (*record && (*record)->body->key_valid(signer.key, block)) others.insert(signer.member);
    }
    return others;
}

}  // namespace

Status index_signed(std::uint64_t block, std::span<const ledger::CheckedSubmission> submissions,
                    std::span<const ledger::SubmissionResult> results,
                    const ledger::RecordReader& before,
                    std::vector<ledger::RecordChange>& changes) {
    TALLY_CHECK(submissions.size() == results.size());
    std::map<MemberId, std::uint64_t> newest;
    for (std::size_t i = 0; i < submissions.size(); ++i) {
        if (!results[i].valid) continue;
        const auto others = others_of(submissions[i].header, block, before);
        if (!others) return others.error();
        for (const MemberId& member : *others) {
            auto last = newest.find(member);
            if (last == newest.end()) {
                const auto entry = newest_entry(before, member);
                if (!entry) return entry.error();
                last = newest.emplace(member, *entry).first;
            }
            const SignedSubmission made{
                .header_entry = results[i].header_entry,
                .transactions = static_cast<std::uint32_t>(results[i].transactions.size()),
                .previous = last->second};
            changes.push_back({signed_key(member, made.header_entry), encode_signed(made)});
            last->second = made.header_entry;
        }
    }
    for (const auto& [member, entry] : newest) {
        changes.push_back({newest_key(member), encode_newest(entry)});
    }
    return {};
}

Result<std::optional<SignedSubmission>> newest_signed(const ledger::RecordReader& view,
                                                      const MemberId& member) {
    const auto entry = newest_entry(view, member);
    if (!entry) return entry.error();
    if (*entry == ledger::kNoEntry) return std::optional<SignedSubmission>{};
    auto found = signed_at(view, member, *entry);
    if (found && !*found) return damaged("the newest one is missing");
    return found;
}

Result<std::optional<SignedSubmission>> signed_at(const ledger::RecordReader& view,
                                                  const MemberId& member,
                                                  std::uint64_t header_entry) {
    const auto value = view.get(signed_key(member, header_entry));
    if (!value) return value.error();
    if (!value->has_value()) return std::optional<SignedSubmission>{};
    crypto::Reader reader(**value);
    if (reader.u8() != kVersion) reader.reject();
    SignedSubmission found;
    found.header_entry = header_entry;
    found.transactions = reader.u32();
    found.previous = reader.u64();
    const bool ends = found.previous == ledger::kNoEntry || found.previous < header_entry;
    if (!reader.finish() || !ends) {
        return damaged("header entry " + std::to_string(header_entry) + " does not decode");
    }
    return std::optional(found);
}

}  // namespace tally::storage
