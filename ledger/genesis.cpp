#include "ledger/genesis.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/check.h"
#include "base/hex.h"
#include "crypto/codec.h"
#include "crypto/suite.h"
#include "ledger/errc.h"
#include "ledger/registry.h"

namespace tally::ledger {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kNameMax = 32;
constexpr std::size_t kMemberNameMax = 64;
constexpr std::size_t kOriginBaseMax = 128;
constexpr std::size_t kCalendarMax = 64;
constexpr std::int32_t kOffsetMin = -12 * 60;
constexpr std::int32_t kOffsetMax = 14 * 60;
constexpr std::size_t kMembersMax = 4096;
constexpr std::size_t kKeysMax = 16;
constexpr std::uint32_t kNodeIdMax = 15;
constexpr std::uint32_t kTransactionsMax = 8190;
constexpr std::uint32_t kSubmissionBytesMin = 1 << 12;
/// A submission travels in one block, whose payload has at most 4 MiB.
constexpr std::uint32_t kSubmissionBytesMax = 2 << 20;
constexpr std::uint16_t kAllRoles = (1 << 9) - 1;

Error refuse(std::string context) {
    return fail(errc::bad_genesis, "genesis: " + std::move(context));
}

bool is_name(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return (character >= 'a' && character <= 'z') ||
                      (character >= '0' && character <= '9') || character == '-';
           });
}

/// Visible ASCII without `+`, which separates the parts of a verifier key.
bool is_plain(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return character > ' ' && character <= '~' && character != '+';
           });
}

/// IANA names have letters, digits, `_`, `-`, `+` and `/`.
bool is_zone(std::string_view text) {
    return !text.empty() && text.size() <= kCalendarMax &&
           std::all_of(text.begin(), text.end(),
                       [](char character) { return character > ' ' && character <= '~'; });
}

Status validate_settings(const Genesis& genesis) {
    if (!is_name(genesis.name, kNameMax)) return refuse("name is not 1..32 of [a-z0-9-]");
    if (!is_plain(genesis.origin_base, kOriginBaseMax) || genesis.origin_base.back() == '/') {
        return refuse("origin_base is not a URL without scheme and final slash");
    }
    if (!is_zone(genesis.calendar)) return refuse("calendar is not the name of a time zone");
    if (genesis.utc_offset_minutes < kOffsetMin || genesis.utc_offset_minutes > kOffsetMax) {
        return refuse("utc_offset_minutes is not -720..840");
    }
    if (genesis.rules_version == 0) return refuse("rules_version is 0; versions start at 1");
    if (genesis.created.count() < 0) return refuse("created lies before 1970");
    if (genesis.submission_bytes_max < kSubmissionBytesMin ||
        genesis.submission_bytes_max > kSubmissionBytesMax) {
        return refuse("submission_bytes_max is not 4096..67108864");
    }
    if (genesis.transactions_max == 0 || genesis.transactions_max > kTransactionsMax) {
        return refuse("transactions_max is not 1..8190");
    }
    return {};
}

using KeySet = std::set<crypto::PublicKey>;

Status validate_member(const GenesisMember& member, KeySet& keys) {
    if (!is_member_name(member.name)) {
        return refuse("member name `" + member.name + "` is not 1..64 of [a-z0-9-]");
    }
    if (member.id != member_id_of(member.name)) {
        return refuse("member " + member.name + " has an id that is not that of its name");
    }
    if (member.roles == 0 || (member.roles & ~kAllRoles) != 0) {
        return refuse("member " + member.name + " has no role or an unknown one");
    }
    if (member.keys.empty() || member.keys.size() > kKeysMax) {
        return refuse("member " + member.name + " has " + std::to_string(member.keys.size()) +
                      " keys, not 1..16");
    }
    for (const crypto::PublicKey& key : member.keys) {
        if (!keys.insert(key).second) {
            return refuse("a key of member " + member.name + " is used twice in the network");
        }
    }
    return {};
}

Status validate_node(const GenesisNode& node, KeySet& keys, std::set<std::string>& names) {
    if (node.id == 0 || node.id > kNodeIdMax) return refuse("a node id is not 1..15");
    if (!is_name(node.name, kNameMax)) {
        return refuse("node name `" + node.name + "` is not 1..32 of [a-z0-9-]");
    }
    if (!names.insert(node.name).second) return refuse("node name " + node.name + " is used twice");
    for (const crypto::PublicKey* key :
         {&node.tls_key, &node.statement_key, &node.log_key, &node.cosignature_key}) {
        if (!keys.insert(*key).second) {
            return refuse("a key of node " + node.name + " is used twice in the network");
        }
    }
    return {};
}

void encode_member(crypto::Writer& writer, const GenesisMember& member) {
    writer.raw(member.id.bytes);
    writer.bytes(view_of(member.name));
    writer.u16(member.roles);
    writer.u8(static_cast<std::uint8_t>(member.keys.size()));
    for (const crypto::PublicKey& key : member.keys) crypto::write_key(writer, key);
}

void encode_node(crypto::Writer& writer, const GenesisNode& node) {
    writer.u32(node.id);
    writer.bytes(view_of(node.name));
    crypto::write_key(writer, node.tls_key);
    crypto::write_key(writer, node.statement_key);
    crypto::write_key(writer, node.log_key);
    crypto::write_key(writer, node.cosignature_key);
}

GenesisMember read_member(crypto::Reader& reader) {
    GenesisMember member;
    const ByteView id = reader.raw(member.id.bytes.size());
    std::copy(id.begin(), id.end(), member.id.bytes.begin());
    member.name = to_string(reader.bytes(kMemberNameMax));
    member.roles = reader.u16();
    const std::size_t keys = reader.u8();
    if (keys > kKeysMax) reader.reject();
    for (std::size_t index = 0; index < keys && !reader.failed(); ++index) {
        member.keys.push_back(crypto::read_key(reader));
    }
    return member;
}

GenesisNode read_node(crypto::Reader& reader) {
    GenesisNode node;
    node.id = reader.u32();
    node.name = to_string(reader.bytes(kNameMax));
    node.tls_key = crypto::read_key(reader);
    node.statement_key = crypto::read_key(reader);
    node.log_key = crypto::read_key(reader);
    node.cosignature_key = crypto::read_key(reader);
    return node;
}

template <typename Wanted>
const GenesisMember* find_member(const Genesis& genesis, Wanted wanted) {
    for (const auto* list : {&genesis.members, &genesis.later}) {
        const auto found = std::find_if(list->begin(), list->end(), wanted);
        if (found != list->end()) return &*found;
    }
    return nullptr;
}

}  // namespace

Bytes Genesis::encode() const {
    TALLY_CHECK(members.size() <= kMembersMax && nodes.size() <= kNodeIdMax);
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.bytes(view_of(name));
    writer.bytes(view_of(origin_base));
    writer.bytes(view_of(calendar));
    writer.u32(static_cast<std::uint32_t>(utc_offset_minutes));
    writer.u32(rules_version);
    writer.i64(created.count());
    writer.u32(submission_bytes_max);
    writer.u32(transactions_max);
    writer.u16(static_cast<std::uint16_t>(members.size()));
    for (const GenesisMember& member : members) encode_member(writer, member);
    writer.u8(static_cast<std::uint8_t>(nodes.size()));
    for (const GenesisNode& node : nodes) encode_node(writer, node);
    return writer.take();
}

Result<Genesis> Genesis::decode(ByteView bytes) {
    crypto::Reader reader(bytes);
    Genesis genesis;
    if (reader.u8() != kVersion) reader.reject();
    genesis.name = to_string(reader.bytes(kNameMax));
    genesis.origin_base = to_string(reader.bytes(kOriginBaseMax));
    genesis.calendar = to_string(reader.bytes(kCalendarMax));
    genesis.utc_offset_minutes = static_cast<std::int32_t>(reader.u32());
    genesis.rules_version = reader.u32();
    genesis.created = Millis(reader.i64());
    genesis.submission_bytes_max = reader.u32();
    genesis.transactions_max = reader.u32();
    const std::size_t members = reader.u16();
    if (members > kMembersMax) reader.reject();
    for (std::size_t index = 0; index < members && !reader.failed(); ++index) {
        genesis.members.push_back(read_member(reader));
    }
    const std::size_t nodes = reader.u8();
    if (nodes > kNodeIdMax) reader.reject();
    for (std::size_t index = 0; index < nodes && !reader.failed(); ++index) {
        genesis.nodes.push_back(read_node(reader));
    }
    if (const Status status = reader.finish(); !status) {
        return fail(errc::malformed, "genesis: " + status.error().code.message());
    }
    if (const Status status = genesis.validate(); !status) return status.error();
    return genesis;
}

Status Genesis::validate() const {
    if (Status status = validate_settings(*this); !status) return status;
    if (members.empty() || members.size() > kMembersMax) return refuse("not 1..4096 members");
    if (nodes.empty() || nodes.size() > kNodeIdMax) return refuse("not 1..15 nodes");
    KeySet keys;
    for (std::size_t index = 0; index < members.size(); ++index) {
        if (Status status = validate_member(members[index], keys); !status) return status;
        if (index > 0 && members[index - 1].id >= members[index].id) {
            return refuse("members are not in ascending order of their ids");
        }
    }
    const auto governing =
        std::count_if(members.begin(), members.end(),
                      [](const GenesisMember& member) { return member.has(Role::governance); });
    if (static_cast<std::size_t>(governing) > kGoverningMembersMax) {
        return refuse("more than 64 members govern");
    }
    std::set<std::string> names;
    for (std::size_t index = 0; index < nodes.size(); ++index) {
        if (Status status = validate_node(nodes[index], keys, names); !status) return status;
        if (index > 0 && nodes[index - 1].id >= nodes[index].id) {
            return refuse("nodes are not in ascending order of their ids");
        }
    }
    return {};
}

crypto::Digest Genesis::network_id() const { return crypto::domain_hash("genesis", {encode()}); }

std::string Genesis::origin() const { return origin_base + "/" + to_hex(network_id().view()); }

const GenesisMember* Genesis::member(const MemberId& id) const {
    return find_member(*this, [&id](const GenesisMember& member) { return member.id == id; });
}

const GenesisNode* Genesis::node(std::uint32_t id) const {
    const auto found = std::find_if(nodes.begin(), nodes.end(),
                                    [id](const GenesisNode& one) { return one.id == id; });
    return found == nodes.end() ? nullptr : &*found;
}

const GenesisMember* Genesis::member_named(std::string_view wanted) const {
    return find_member(*this,
                       [wanted](const GenesisMember& member) { return member.name == wanted; });
}

bool is_member_name(std::string_view text) { return is_name(text, kMemberNameMax); }

MemberId member_id_of(std::string_view name) {
    const crypto::Digest digest = crypto::domain_hash("member", {view_of(name)});
    MemberId id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

}  // namespace tally::ledger
