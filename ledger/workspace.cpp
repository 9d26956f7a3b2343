#include "ledger/workspace.h"

#include "base/check.h"
#include "ledger/errc.h"

namespace tally::ledger {
namespace {

Bytes line_key(const LineId& id) { return account_key(AccountClass::line, id.bytes); }
Bytes contract_key(const ContractId& id) { return account_key(AccountClass::contract, id.bytes); }
Bytes borrower_key(const BorrowerId& id) { return account_key(AccountClass::borrower, id.bytes); }
Bytes member_key(const MemberId& id) { return account_key(AccountClass::member, id.bytes); }
Bytes id_pair_key(const Workspace::IdKey& key) { return id_key(key.first, key.second); }
Bytes source_pair_key(const Workspace::SourceKey& key) { return source_key(key.first, key.second); }

}  // namespace

Workspace::Workspace(const RecordReader& reader)
    : source_(reader),
      lines_(source_, line_key, decode_line),
      contracts_(source_, contract_key, decode_contract),
      borrowers_(source_, borrower_key, decode_borrower),
      members_(source_, member_key, decode_member),
      ids_(source_, id_pair_key, decode_id),
      sources_(source_, source_pair_key, decode_source) {}

AccountHead& Workspace::edit_head(AccountClass account_class,
                                  const std::array<std::uint8_t, 16>& id) {
    switch (account_class) {
        case AccountClass::line:
            return lines_.edit(LineId{id}).head;
        case AccountClass::contract:
            return contracts_.edit(ContractId{id}).head;
        case AccountClass::borrower:
            return borrowers_.edit(BorrowerId{id}).head;
        case AccountClass::member:
            return members_.edit(MemberId{id}).head;
        case AccountClass::pool:
            break;
    }
    CHECK(false && "no transaction of these rules touches a pool");
    return members_.edit(MemberId{id}).head;
}

void Workspace::contradiction(std::string context) {
    source_.fail_with(fail(errc::corrupt_record, std::move(context)));
}

void Workspace::mark() {
    lines_.mark();
    contracts_.mark();
    borrowers_.mark();
    members_.mark();
    ids_.mark();
    sources_.mark();
}

void Workspace::keep() {
    lines_.keep();
    contracts_.keep();
    borrowers_.keep();
    members_.keep();
    ids_.keep();
    sources_.keep();
}

void Workspace::undo() {
    lines_.undo();
    contracts_.undo();
    borrowers_.undo();
    members_.undo();
    ids_.undo();
    sources_.undo();
}

std::vector<RecordChange> Workspace::changes(StateDigest& digest) const {
    // In the order of the keys' first bytes.
    std::vector<RecordChange> changes;
    lines_.collect(changes, digest);
    contracts_.collect(changes, digest);
    borrowers_.collect(changes, digest);
    members_.collect(changes, digest);
    ids_.collect(changes, digest);
    sources_.collect(changes, digest);
    return changes;
}

}  // namespace tally::ledger
