#include "book/local_ledger.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/check.h"
#include "crypto/merkle.h"
#include "ledger/dates.h"
#include "ledger/opened_days.h"
#include "ledger/records.h"
#include "ledger/trial_balance.h"

namespace tally::book {
namespace {

/// Far ahead of the network's blocks, so that every key of genesis is valid.
constexpr std::uint64_t kFirstBlock = std::uint64_t{1} << 62;
/// Ahead of the network's entries, and far from those that stand for none.
constexpr std::uint64_t kFirstEntry = std::uint64_t{1} << 40;

/// A submission as if it had been checked: what needs the bytes and signatures is left out.
ledger::CheckedSubmission checked(const crypto::Digest& network,
                                  std::span<const Bytes> transactions, const Signers& signers,
                                  bool atomic) {
    ledger::CheckedSubmission submission;
    submission.header.network = network;
    submission.header.signers = signers;
    submission.header.atomic = atomic;
    submission.header.transaction_count = static_cast<std::uint32_t>(transactions.size());
    for (const Bytes& bytes : transactions) {
        submission.transactions.emplace_back(bytes);
        submission.transaction_hashes.push_back(crypto::leaf_hash(bytes));
    }
    return submission;
}

/// A time on the newest business date: what is tried is tried on its own day.
ledger::Millis noon_of(std::span<const ledger::Transaction> transactions) {
    ledger::Day newest = 0;
    for (const ledger::Transaction& one : transactions) {
        newest = std::max(newest, std::min(one.business_date, ledger::kDayMax));
    }
    return std::chrono::days(newest) + std::chrono::hours(12);
}

}  // namespace

/// What was applied, over what is below. Nothing is below a book of its own.
class LocalLedger::Overlay : public ledger::RecordReader {
public:
    explicit Overlay(const ledger::RecordReader* below) : below_(below) {}

    Result<std::optional<Bytes>> get(ByteView key) const override {
        const auto found = records_.find(to_bytes(key));
        if (found != records_.end()) return found->second;
        return below_ == nullptr ? std::optional<Bytes>{} : below_->get(key);
    }
    void apply(std::span<const ledger::RecordChange> changes) {
        for (const ledger::RecordChange& change : changes) records_[change.key] = change.value;
    }
    void clear() { records_.clear(); }
    bool has_below() const { return below_ != nullptr; }

private:
    const ledger::RecordReader* below_;
    std::map<Bytes, std::optional<Bytes>> records_;
};

LocalLedger::LocalLedger(const ledger::Genesis& genesis)
    : network_(genesis.network_id()), overlay_(std::make_unique<Overlay>(nullptr)) {
    const ledger::GenesisState state = ledger::initial_state(genesis);
    overlay_->apply(state.changes);
    first_head_ = state.head;
    head_ = state.head;
}

LocalLedger::LocalLedger(const ledger::Genesis& genesis, const ledger::RecordReader& below)
    : LocalLedger(genesis.network_id(), below, ledger::initial_state(genesis).head, kFirstBlock) {
    first_head_.entry_count = kFirstEntry;
    head_ = first_head_;
}

LocalLedger::LocalLedger(const crypto::Digest& network, const ledger::RecordReader& below,
                         ledger::LedgerHead head, std::uint64_t next_block)
    : network_(network),
      overlay_(std::make_unique<Overlay>(&below)),
      first_head_(head),
      head_(head),
      next_block_(next_block) {}

LocalLedger::LocalLedger(LocalLedger&& other) noexcept = default;
LocalLedger& LocalLedger::operator=(LocalLedger&& other) noexcept = default;
LocalLedger::~LocalLedger() = default;

const ledger::RecordReader& LocalLedger::records() const { return *overlay_; }

void LocalLedger::forget() {
    TALLY_CHECK(overlay_->has_below());
    overlay_->clear();
    // Entries and blocks go on: what was forgotten may be on record with theirs.
    head_.state_digest = first_head_.state_digest;
}

LocalLedger LocalLedger::branch() const { return {network_, *overlay_, head_, next_block_}; }

Status LocalLedger::force_open(const std::vector<ledger::Day>& days) {
    if (days.empty()) return {};
    auto record = ledger::read_days(*overlay_);
    if (!record) return record.error();
    record->open = days;
    std::sort(record->open.begin(), record->open.end());
    record->open.erase(std::unique(record->open.begin(), record->open.end()), record->open.end());
    if (record->open.size() > ledger::kOpenDaysMax) record->open.resize(ledger::kOpenDaysMax);
    const ledger::Day first = record->open.front();
    if (record->last_closed && *record->last_closed >= first) record->last_closed = first - 1;
    std::vector<ledger::RecordChange> changes{{ledger::days_key(), ledger::encode_record(*record)}};
    for (const ledger::Day day : record->open) {
        changes.push_back(
            {ledger::opened_day_key(day), ledger::encode_record(ledger::OpenedDayRecord{})});
    }
    overlay_->apply(changes);
    return {};
}

Result<std::vector<ledger::Outcome>> LocalLedger::apply(
    std::span<const ledger::Transaction> transactions, const Signers& signers, bool atomic) {
    TALLY_CHECK(!transactions.empty() && !signers.empty());
    std::vector<Bytes> encoded;
    encoded.reserve(transactions.size());
    for (const ledger::Transaction& transaction : transactions) {
        encoded.push_back(ledger::encode_transaction(transaction));
    }
    const ledger::CheckedSubmission submission = checked(network_, encoded, signers, atomic);
    ledger::BlockInput block;
    block.index = next_block_;
    block.time = std::max(head_.time, noon_of(transactions));
    block.kind = ledger::BlockInput::Kind::submissions;
    block.submissions = std::span(&submission, 1);
    auto result = ledger::apply_block(block, head_, *overlay_);
    if (!result) return result.error();
    overlay_->apply(result->changes);
    head_ = result->head;
    ++next_block_;
    std::vector<ledger::Outcome> outcomes;
    for (const ledger::TransactionResult& one : result->submissions.front().transactions) {
        outcomes.push_back(one.outcome);
        last_entry_ = one.entry;
    }
    return outcomes;
}

}  // namespace tally::book
