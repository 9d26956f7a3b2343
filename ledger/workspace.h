#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/ledger.h"
#include "ledger/opened_days.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"
#include "ledger/state_digest.h"

namespace tally::ledger {

/// Reads records for the tables of a workspace and keeps the first failure, so that the rules read
/// without asking each time and the block fails once.
class RecordSource {
public:
    explicit RecordSource(const RecordReader& reader) : reader_(reader) {}

    /// Nothing when there is no record, and after a failure.
    std::optional<Bytes> get(ByteView key) {
        if (!status_) return std::nullopt;
        Result<std::optional<Bytes>> value = reader_.get(key);
        if (value) return *std::move(value);
        status_ = value.error();
        return std::nullopt;
    }
    void fail_with(Error error) {
        if (status_) status_ = std::move(error);
    }
    const Status& status() const { return status_; }

private:
    const RecordReader& reader_;
    Status status_;
};

/// The records of one kind that a block touches: read once, decoded once, changed in memory and
/// written once. Ordered, so that nothing depends on hashing and changes come out in key order.
/// While a mark is set, edits can be undone.
template <typename Key, typename Record>
class Table {
public:
    using Encode = Bytes (*)(const Key&);
    using Decode = Result<Record> (*)(ByteView);

    Table(RecordSource& source, Encode encode_key, Decode decode)
        : source_(source), encode_key_(encode_key), decode_(decode) {}

    /// The record, or a default one if there is none: see `exists`. Stays valid for the block.
    const Record& view(const Key& key) { return slot(key).now; }
    bool exists(const Key& key) { return slot(key).present; }
    /// The record to change in place, written with the block.
    Record& edit(const Key& key) {
        Slot& found = slot(key);
        if (marked_) undo_.emplace_back(key, found);
        found.present = true;
        found.dirty = true;
        return found.now;
    }

    /// Takes the record away.
    void erase(const Key& key) {
        edit(key) = Record{};
        slot(key).present = false;
    }

    void mark() { marked_ = true; }
    void keep() {
        marked_ = false;
        undo_.clear();
    }
    void undo() {
        for (auto entry = undo_.rbegin(); entry != undo_.rend(); ++entry) {
            slots_.find(entry->first)->second = std::move(entry->second);
        }
        keep();
    }

    void collect(std::vector<RecordChange>& changes, StateDigest& digest) const {
        for (const auto& [key, found] : slots_) {
            if (!found.dirty) continue;
            if (!found.present) {
                if (found.before) drop(key, *found.before, changes, digest);
                continue;
            }
            Bytes value = encode_record(found.now);
            if (found.before && *found.before == value) continue;
            Bytes bytes = encode_key_(key);
            if (found.before) digest.remove(bytes, *found.before);
            digest.add(bytes, value);
            changes.push_back({std::move(bytes), std::move(value)});
        }
    }

private:
    struct Slot {
        std::optional<Bytes> before;
        Record now;
        bool present = false;
        bool dirty = false;
    };

    void drop(const Key& key, const Bytes& before, std::vector<RecordChange>& changes,
              StateDigest& digest) const {
        Bytes bytes = encode_key_(key);
        digest.remove(bytes, before);
        changes.push_back({std::move(bytes), std::nullopt});
    }

    Slot& slot(const Key& key) {
        const auto place = slots_.lower_bound(key);
        if (place != slots_.end() && place->first == key) return place->second;
        Slot loaded;
        loaded.before = source_.get(encode_key_(key));
        if (loaded.before) {
            Result<Record> record = decode_(*loaded.before);
            if (record) {
                loaded.now = *std::move(record);
                loaded.present = true;
            } else {
                source_.fail_with(record.error());
            }
        }
        return slots_.emplace_hint(place, key, std::move(loaded))->second;
    }

    RecordSource& source_;
    Encode encode_key_;
    Decode decode_;
    std::map<Key, Slot> slots_;
    std::vector<std::pair<Key, Slot>> undo_;
    bool marked_ = false;
};

/// Everything that a block reads and writes.
class Workspace {
public:
    using IdKey = std::pair<MemberId, TransactionId>;
    using SourceKey = std::pair<MemberId, std::string>;  ///< lender, canonical reference
    using TotalsKey = std::pair<BookId, std::uint32_t>;  ///< the day as in totals_key
    using PoolPlaceKey = std::pair<PoolId, std::uint64_t>;
    /// A contract, a line or a pool.
    using AlertSubject = std::pair<AccountClass, std::array<std::uint8_t, 16>>;

    explicit Workspace(const RecordReader& reader);
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    Table<LineId, LineRecord>& lines() { return lines_; }
    Table<ContractId, ContractRecord>& contracts() { return contracts_; }
    Table<BorrowerId, BorrowerRecord>& borrowers() { return borrowers_; }
    Table<MemberId, MemberRecord>& members() { return members_; }
    Table<IdKey, IdRecord>& ids() { return ids_; }
    Table<SourceKey, SourceRecord>& sources() { return sources_; }
    /// The only record of its kind.
    Table<std::monostate, DaysRecord>& days() { return days_; }
    /// The only record of its kind.
    Table<std::monostate, ServicersRecord>& servicers() { return servicers_; }
    Table<TotalsKey, TotalsRecord>& totals() { return totals_; }
    Table<std::uint32_t, OpenedDayRecord>& opened_days() { return opened_days_; }
    Table<RulesetId, RulesetRecord>& rulesets() { return rulesets_; }
    Table<ProductId, ProductRecord>& products() { return products_; }
    Table<ModelId, ModelRecord>& models() { return models_; }
    Table<AssessmentId, AssessmentRecord>& assessments() { return assessments_; }
    Table<AuthorisationId, AuthorisationRecord>& authorisations() { return authorisations_; }
    Table<MandateId, MandateRecord>& mandates() { return mandates_; }
    Table<DebitId, DebitRecord>& debits() { return debits_; }
    Table<BorrowerId, ContactsRecord>& contacts() { return contacts_; }
    Table<ComplaintId, ComplaintRecord>& complaints() { return complaints_; }
    Table<ReconId, ReconRecord>& recons() { return recons_; }
    Table<OpinionId, OpinionRecord>& opinions() { return opinions_; }
    Table<HedgeId, HedgeRecord>& hedges() { return hedges_; }
    Table<CustomerId, CustomerRecord>& customers() { return customers_; }
    Table<CustomerId, ErasureRecord>& erasures() { return erasures_; }
    Table<CostTableId, CostTableRecord>& cost_tables() { return cost_tables_; }
    Table<DisclosureId, DisclosureRecord>& disclosures() { return disclosures_; }
    Table<AlertId, AlertRecord>& alerts() { return alerts_; }
    Table<AlertSubject, AlertListRecord>& alert_lists() { return alert_lists_; }
    /// The only record of its kind.
    Table<std::monostate, AwaitedRecord>& awaited() { return awaited_; }
    Table<std::uint32_t, AwaitedDayRecord>& awaited_days() { return awaited_days_; }
    Table<ContractId, AwaitedContractRecord>& awaited_contracts() { return awaited_contracts_; }
    Table<PoolId, PoolLogRecord>& pool_logs() { return pool_logs_; }
    Table<PoolId, PoolRecord>& pools() { return pools_; }
    Table<PoolPlaceKey, PoolContractRecord>& pool_contracts() { return pool_contracts_; }

    /// The only record of its kind.
    Table<std::monostate, CalendarRecord>& calendar() { return calendar_; }

    /// The only record of its kind.
    Table<std::monostate, GovernanceRecord>& governance() { return governance_; }
    Table<crypto::PublicKey, KeyRecord>& keys() { return keys_; }

    /// The head of an account's log, to change in place.
    AccountHead& edit_head(AccountClass account_class, const std::array<std::uint8_t, 16>& id);

    /// From `mark` on, `undo` takes everything back and `keep` lets it stand.
    void mark();
    void keep();
    void undo();

    /// Replays of contracts are what transactions cost. Their work (replay_work) is summed for each
    /// submission from 0, so that what a node does for one is bounded.
    void begin_submission() { replayed_ = 0; }
    void count_replay(std::uint64_t work) { replayed_ += work; }
    std::uint64_t replayed() const { return replayed_; }

    const Status& status() const { return source_.status(); }
    /// Ends the block: two records contradict each other (corrupt_record).
    void contradiction(std::string context);
    /// All changes in key order; the digest moves with them.
    std::vector<RecordChange> changes(StateDigest& digest) const;

private:
    /// Calls `visit` with every table, in the order of the keys' first bytes.
    template <typename Self, typename Visit>
    static void each(Self& self, Visit visit);

    RecordSource source_;
    std::uint64_t replayed_ = 0;
    Table<LineId, LineRecord> lines_;
    Table<ContractId, ContractRecord> contracts_;
    Table<BorrowerId, BorrowerRecord> borrowers_;
    Table<MemberId, MemberRecord> members_;
    Table<PoolId, PoolLogRecord> pool_logs_;
    Table<IdKey, IdRecord> ids_;
    Table<SourceKey, SourceRecord> sources_;
    Table<std::monostate, DaysRecord> days_;
    Table<TotalsKey, TotalsRecord> totals_;
    Table<RulesetId, RulesetRecord> rulesets_;
    Table<ProductId, ProductRecord> products_;
    Table<ModelId, ModelRecord> models_;
    Table<AssessmentId, AssessmentRecord> assessments_;
    Table<AuthorisationId, AuthorisationRecord> authorisations_;
    Table<std::monostate, CalendarRecord> calendar_;
    Table<MandateId, MandateRecord> mandates_;
    Table<DebitId, DebitRecord> debits_;
    Table<std::monostate, GovernanceRecord> governance_;
    Table<crypto::PublicKey, KeyRecord> keys_;
    Table<BorrowerId, ContactsRecord> contacts_;
    Table<ComplaintId, ComplaintRecord> complaints_;
    Table<ReconId, ReconRecord> recons_;
    Table<OpinionId, OpinionRecord> opinions_;
    Table<HedgeId, HedgeRecord> hedges_;
    Table<CustomerId, CustomerRecord> customers_;
    Table<CustomerId, ErasureRecord> erasures_;
    Table<CostTableId, CostTableRecord> cost_tables_;
    Table<DisclosureId, DisclosureRecord> disclosures_;
    Table<AlertId, AlertRecord> alerts_;
    Table<AlertSubject, AlertListRecord> alert_lists_;
    Table<std::monostate, AwaitedRecord> awaited_;
    Table<std::uint32_t, AwaitedDayRecord> awaited_days_;
    Table<ContractId, AwaitedContractRecord> awaited_contracts_;
    Table<PoolId, PoolRecord> pools_;
    Table<PoolPlaceKey, PoolContractRecord> pool_contracts_;
    Table<std::uint32_t, OpenedDayRecord> opened_days_;
    Table<std::monostate, ServicersRecord> servicers_;
};

}  // namespace tally::ledger
