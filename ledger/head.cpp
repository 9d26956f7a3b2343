#include "crypto/codec.h"
#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "ledger/records.h"
#include "ledger/state_digest.h"

#include <algorithm>

namespace tally::ledger {
namespace {

constexpr std::uint8_t kVersion = 1;

Bytes genesis_value(const Genesis& genesis) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.bytes(genesis.encode());
    return writer.take();
}

/// Whose all keys are, and who governs.
void add_governance(const Genesis& genesis, std::vector<RecordChange>& changes) {
    const auto add = [&changes](const crypto::PublicKey& key, const KeyRecord& record) {
        changes.push_back({key_key(key), encode_record(record)});
    };
    GovernanceRecord governance;
    for (const GenesisMember& member : genesis.members) {
        for (const crypto::PublicKey& key : member.keys) add(key, {member.id});
        if (member.has(Role::governance)) governance.members.push_back(member.id);
    }
    for (const GenesisNode& node : genesis.nodes) {
        for (const auto* key :
             {&node.tls_key, &node.statement_key, &node.log_key, &node.cosignature_key}) {
            add(*key, {});
        }
    }
    changes.push_back({governance_key(), encode_record(governance)});
}

RecordChange member_change(const GenesisMember& member) {
    MemberRecord record;
    MemberBody& body = record.body.emplace();
    body.name = member.name;
    body.roles = member.roles;
    for (const crypto::PublicKey& key : member.keys) body.keys.push_back(MemberKey{key});
    return {account_key(AccountClass::member, member.id.bytes), encode_record(record)};
}

}  // namespace

Bytes LedgerHead::encode() const {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u64(entry_count);
    writer.digest(state_digest);
    writer.u32(rules_version);
    writer.u64(configuration_index);
    writer.i64(time.count());
    return writer.take();
}

Result<LedgerHead> LedgerHead::decode(ByteView bytes) {
    crypto::Reader reader(bytes);
    LedgerHead head;
    if (reader.u8() != kVersion) reader.reject();
    head.entry_count = reader.u64();
    head.state_digest = reader.digest();
    head.rules_version = reader.u32();
    head.configuration_index = reader.u64();
    head.time = Millis(reader.i64());
    if (!reader.finish()) return fail(errc::corrupt_record, "ledger head does not decode");
    return head;
}

Result<Genesis> genesis_of(ByteView record) {
    crypto::Reader reader(record);
    if (reader.u8() != kVersion) reader.reject();
    const ByteView bytes = reader.bytes(record.size());
    if (!reader.finish())
        return fail(errc::corrupt_record, "record of the genesis does not decode");
    return Genesis::decode(bytes);
}

GenesisState initial_state(const Genesis& genesis) {
    GenesisState state;
    state.changes.push_back({genesis_key(), genesis_value(genesis)});
    state.changes.push_back(
        {calendar_key(), encode_record(CalendarRecord{genesis.utc_offset_minutes})});
    for (const GenesisMember& member : genesis.members) {
        state.changes.push_back(member_change(member));
    }
    add_governance(genesis, state.changes);
    std::sort(
        state.changes.begin(), state.changes.end(),
        [](const RecordChange& left, const RecordChange& right) { return left.key < right.key; });
    StateDigest digest{crypto::Digest{}};
    for (const RecordChange& change : state.changes) digest.add(change.key, *change.value);
    state.head.state_digest = digest.sum();
    state.head.rules_version = genesis.rules_version;
    state.head.time = genesis.created;
    return state;
}

}  // namespace tally::ledger
