#include "cli/directory.h"

#include <algorithm>

#include "api/ids.h"
#include "cli/answer.h"
#include "cli/list_pages.h"
#include "crypto/base64.h"
#include "ledger/transaction_words.h"

namespace tally::cli {
namespace {

using boost::json::object;

constexpr std::uint64_t kPage = 200;
/// As many members as a genesis may have, and as many again.
constexpr std::size_t kMembersMax = 8192;

std::uint16_t roles_of(const object& row) {
    std::uint16_t roles = 0;
    for (const auto& word : array_at(row, "roles")) {
        const auto* text = word.if_string();
        const auto role =
            text == nullptr
                ? std::nullopt
                : ledger::from_word<ledger::RoleName>(std::string_view(text->data(), text->size()));
        if (role) {
            roles = static_cast<std::uint16_t>(roles | (1U << (static_cast<unsigned>(*role) - 1)));
        }
    }
    return roles;
}

/// What a row adds to the genesis: keys that it has not.
Result<ledger::GenesisMember> later_part(const object& row, const ledger::Genesis& genesis) {
    ledger::GenesisMember member;
    member.name = text_at(row, "name");
    member.id = ledger::member_id_of(member.name);
    member.roles = roles_of(row);
    if (api::id_text(member.id) != text_at(row, "id")) {
        return fail(client::errc::bad_answer,
                    "a member's id is not that of its name: " + member.name);
    }
    const ledger::GenesisMember* known = genesis.member(member.id);
    for (const auto& element : array_at(row, "keys")) {
        if (!element.is_object()) continue;
        const auto bytes = crypto::from_base64(text_at(element.get_object(), "key"));
        crypto::PublicKey key;
        if (!bytes || bytes->size() != key.bytes.size()) continue;
        std::copy(bytes->begin(), bytes->end(), key.bytes.begin());
        const bool there = known != nullptr && std::find(known->keys.begin(), known->keys.end(),
                                                         key) != known->keys.end();
        if (!there) member.keys.push_back(key);
    }
    return member;
}

}  // namespace

Result<ledger::Genesis> with_later_members(client::Client& client, const ledger::Genesis& genesis) {
    ledger::Genesis grown = genesis;
    ListPages pages("members", {}, [&genesis](const object& row) -> Status {
        const auto member = later_part(row, genesis);
        return member ? Status() : member.error();
    });
    std::size_t read = 0;
    while (!pages.ended() && read < kMembersMax) {
        const auto page = pages.next(client, kPage, {.local = true});
        if (!page) return page.error();
        for (const auto& item : array_at(page->document, "items")) {
            ++read;
            auto member = later_part(item.get_object(), genesis);
            if (!member) return member.error();
            if (!member->keys.empty()) grown.later.push_back(*std::move(member));
        }
    }
    if (pages.ended()) return grown;
    return fail(client::errc::bad_answer, "the list of members has no end");
}

Result<ledger::Genesis> with_later_members(const Target& target, const ledger::Genesis& genesis) {
    auto client = connect(target);
    if (!client) return client.error();
    return with_later_members(*client, genesis);
}

}  // namespace tally::cli
