#include "tests/storage/made_state.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

namespace tally::testing {

using storage::AppliedBlock;
using storage::StateView;

namespace {

constexpr std::uint32_t kKeys = 400;
/// Of records that are kept in order: accounts of three classes, alerts.
constexpr std::array<std::uint8_t, 4> kListed{1, 2, 3, ledger::kAlertRecord};

/// Every other one is an account's or alert's: those are kept in order too.
Bytes made_key(std::uint32_t number) {
    if (number % 2 == 0) return to_bytes("made/" + std::to_string(number));
    const crypto::Digest digest = crypto::sha256(view_of(std::to_string(number)));
    Bytes key{kListed.at(number / 2 % kListed.size())};
    append(key, digest.view().first(16));
    return key;
}

// Views are looked at on threads, where Catch's assertions may not be used.
void must(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

template <typename T>
T take(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().context);
    return std::move(result).value();
}

using Id = std::array<std::uint8_t, 16>;

/// What a scan shows of a class of accounts, which must be what `records` has of it.
void check_scan(const StateView& view, std::uint8_t kind, const std::optional<Id>& after,
                const std::map<Bytes, Bytes>& records) {
    Bytes begin{kind};
    if (after) append(begin, *after);
    const auto scan = view.listed(kind, after);
    auto expected = records.upper_bound(begin);
    for (auto found = take(scan->next()); found; found = take(scan->next()), ++expected) {
        must(expected != records.end() && found->key == expected->first &&
                 found->value == expected->second,
             "a scan differs from look-ups");
    }
    must(expected == records.end() || expected->first.front() != kind, "a scan ends early");
    must(!take(scan->next()), "a scan goes on after its end");
}

void add(Bytes& all, std::uint64_t number) { append(all, view_of(std::to_string(number) + "/")); }

}  // namespace

ledger::Genesis small_genesis() {
    ledger::Genesis genesis;
    genesis.name = "test";
    genesis.origin_base = "example.com/tally";
    genesis.calendar = "Asia/Shanghai";
    ledger::GenesisMember member;
    member.name = "lender";
    member.id = ledger::member_id_of(member.name);
    member.roles = 1;
    const auto key = [](std::uint8_t number) { return crypto::PublicKey{{number}}; };
    member.keys = {key(1)};
    genesis.members = {member};
    ledger::GenesisNode node;
    node.id = 1;
    node.name = "n1";
    node.tls_key = key(2);
    node.statement_key = key(3);
    node.log_key = key(4);
    node.cosignature_key = key(5);
    genesis.nodes = {node};
    return genesis;
}

StateMaker::StateMaker(const ledger::Genesis& genesis, std::uint64_t seed) : random_(seed) {
    const ledger::GenesisState start = ledger::initial_state(genesis);
    point_.head = start.head;
    point_.block_hash = genesis.network_id();
}

crypto::Digest StateMaker::hash_of(std::uint64_t index) {
    return crypto::sha256(view_of("block " + std::to_string(index)));
}

AppliedBlock StateMaker::next() {
    AppliedBlock block;
    point_.index = point_.index.next();
    point_.block_hash = hash_of(point_.index.value);
    std::map<Bytes, std::optional<Bytes>> changes;
    const std::size_t count = random_() % 40;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t hot = static_cast<std::uint32_t>(random_() % 4);
        const auto number =
            static_cast<std::uint32_t>(hot == 0 ? random_() % 3 : random_() % kKeys);
        if (random_() % 10 == 0) {
            changes[made_key(number)] = std::nullopt;
        } else {
            Bytes value(random_() % 200, static_cast<std::uint8_t>(random_()));
            append(value, view_of(std::to_string(point_.index.value)));
            changes[made_key(number)] = value;
        }
    }
    for (const auto& [key, value] : changes) {
        block.changes.push_back({key, value});
        if (value) {
            records_[key] = *value;
        } else {
            records_.erase(key);
        }
    }
    block.first_entry = point_.head.entry_count;
    block.entry_count = static_cast<std::uint32_t>(random_() % 30);
    for (std::uint32_t i = 0; i < block.entry_count; ++i) {
        const crypto::Digest leaf = crypto::leaf_hash(view_of(std::to_string(leaves_.size())));
        leaves_.push_back(leaf);
        point_.frontier.append(leaf, block.tile_hashes);
    }
    point_.head.entry_count += block.entry_count;
    if (block.entry_count > 0) block.recipe = to_bytes(std::to_string(point_.index.value));
    if (block.entry_count > 0 && random_() % 3 == 0) {
        block.seal = storage::SealPoint{point_.head.entry_count, point_.frontier.root(),
                                        point_.index, consensus::Millis(5)};
        point_.last_seal = block.seal;
    }
    block.point = point_;
    return block;
}

std::vector<Bytes> made_keys() {
    std::vector<Bytes> keys;
    for (std::uint32_t i = 0; i < kKeys; ++i) keys.push_back(made_key(i));
    return keys;
}

crypto::Digest digest_of_view(const StateView& view, const std::vector<Bytes>& keys) {
    Bytes all;
    const storage::AppliedPoint& applied = view.applied();
    std::map<Bytes, Bytes> accounts;
    add(all, applied.index.value);
    append(all, applied.block_hash.view());
    append(all, applied.head.encode());
    append(all, applied.frontier.encode());
    for (const Bytes& key : keys) {
        const auto value = take(view.get(key));
        add(all, value ? value->size() + 1 : 0);
        if (value) append(all, *value);
        if (value && key.size() == 17) accounts.emplace(key, *value);
    }
    for (const std::uint8_t kind : kListed) {
        check_scan(view, kind, std::nullopt, accounts);
        check_scan(view, kind, Id{0x80}, accounts);  // in the middle, where nothing is
        const auto first = accounts.upper_bound(Bytes{kind});
        if (first == accounts.end() || first->first.front() != kind) continue;
        Id id{};
        std::copy(first->first.begin() + 1, first->first.end(), id.begin());
        check_scan(view, kind, id, accounts);
    }
    const std::uint64_t size = applied.head.entry_count;
    must(take(crypto::root_at(view, size)) == applied.frontier.root(), "tiles and frontier differ");
    for (std::uint64_t entry = 0; entry < size; entry += 7) {
        const storage::EntryPlace place = take(view.locate_entry(entry));
        add(all, place.block.value);
        add(all, place.position);
        append(all, place.recipe);
        const auto seal = take(view.seal_covering(entry));
        add(all, seal ? seal->size : 0);
        if (seal) append(all, seal->root.view());
    }
    must(!view.locate_entry(size), "an entry after the last");
    must(!take(view.seal_covering(size)), "a seal above the size");
    return crypto::sha256(all);
}

}  // namespace tally::testing
