#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// Members, keys, and the rules that come next. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<GivenRole> auto& given) {
    v.word(1, "role", given.role);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<NewKey> auto& added) {
    v.word(1, "suite", added.suite);
    v.key(2, "key", added.key);
    v.key(3, "possession", added.possession);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<NamedKey> auto& named) {
    v.word(1, "suite", named.suite);
    v.key(2, "key", named.key);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<MemberAdd> auto& addition) {
    v.text(1, "name", addition.name, fields::kTextBytesMax);
    v.list(2, "roles", addition.roles);
    v.list(3, "keys", addition.keys);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<KeyRotate> auto& rotation) {
    v.member(1, "member", rotation.member);
    v.list(2, "keys", rotation.keys);
    v.list(3, "retired", rotation.retired, Presence::when_set);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<KeyRevoke> auto& revocation) {
    v.member(1, "member", revocation.member);
    v.list(2, "keys", revocation.keys);
    v.text(3, "reason", revocation.reason, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<RulesActivate> auto& activation) {
    v.count(1, "version", activation.version);
    v.count(2, "height", activation.height);
}

}  // namespace tally::ledger
