#include "tests/ledger/samples.h"

#include <limits>

#include "ledger/transaction_layout.h"
#include "ledger/transaction_words.h"
#include "ledger/type_table.h"

namespace tally::testing {

using namespace ledger;

namespace {

/// A visitor that gives each field a random value.
class RandomFiller {
public:
    explicit RandomFiller(Samples& samples) : samples_(samples) {}

    template <typename Id>
    void id(std::uint32_t /*field*/, std::string_view /*name*/, Id& id) {
        id = samples_.id<Id>();
    }
    void member(std::uint32_t field, std::string_view name, MemberId& member) {
        id(field, name, member);
    }
    void digest(std::uint32_t field, std::string_view name, crypto::Digest& digest) {
        id(field, name, digest);
    }
    void key(std::uint32_t field, std::string_view name, auto& key) { id(field, name, key); }
    template <typename Id>
    void optional_id(std::uint32_t field, std::string_view name, std::optional<Id>& value) {
        if (samples_.number() % 2 == 0) id(field, name, value.emplace());
    }
    void optional_digest(std::uint32_t field, std::string_view name,
                         std::optional<crypto::Digest>& value) {
        optional_id(field, name, value);
    }
    void text(std::uint32_t /*field*/, std::string_view /*name*/, std::string& text,
              std::size_t size_max, Presence = Presence::always) {
        text = samples_.text(size_max);
    }
    void amount(std::uint32_t /*field*/, std::string_view /*name*/, Amount& amount,
                Presence = Presence::always) {
        amount = samples_.amount();
    }
    void day(std::uint32_t /*field*/, std::string_view /*name*/, Day& day,
             Presence = Presence::always) {
        day = samples_.small();
    }
    void days(std::uint32_t field, std::string_view name, Day& days, Presence = Presence::always) {
        day(field, name, days);
    }
    void ppm(std::uint32_t field, std::string_view name, Ppm& ppm, Presence = Presence::always) {
        day(field, name, ppm);
    }
    void count(std::uint32_t /*field*/, std::string_view /*name*/, std::uint32_t& count,
               Presence = Presence::always) {
        count = static_cast<std::uint32_t>(samples_.number() >> (samples_.number() % 64));
    }
    void flag(std::uint32_t /*field*/, std::string_view /*name*/, bool& flag) {
        flag = samples_.number() % 2 == 0;
    }
    template <typename Enumeration>
    void word(std::uint32_t /*field*/, std::string_view /*name*/, Enumeration& value) {
        value = static_cast<Enumeration>(1 + samples_.number() % kWords<Enumeration>.size());
    }
    void order(std::uint32_t field, std::string_view name,
               std::array<Component, kComponents>& order) {
        for (Component& component : order) word(field, name, component);
    }
    void days_list(std::uint32_t field, std::string_view name, std::vector<Day>& list) {
        list.resize(samples_.number() % 6);
        for (Day& days : list) day(field, name, days);
    }
    template <typename Element>
    void list(std::uint32_t /*field*/, std::string_view /*name*/, std::vector<Element>& list,
              Presence = Presence::always) {
        list.resize(samples_.number() % (samples_.number() % 8 == 0 ? 40 : 4));
        for (Element& element : list) describe(*this, element);
    }

private:
    Samples& samples_;
};

}  // namespace

Amount Samples::amount() {
    switch (random_() % 6) {
        case 0:
            return 0;
        case 1:
            return std::numeric_limits<Amount>::max();
        case 2:
            return std::numeric_limits<Amount>::min();
        case 3:
            return -static_cast<Amount>(random_() % 1000);
        default:
            return static_cast<Amount>(random_() >> (random_() % 64));
    }
}

std::int32_t Samples::small() { return static_cast<std::int32_t>(amount() >> (random_() % 40)); }

std::string Samples::text(std::size_t size_max) {
    static const char* const kPieces[] = {
        "a",  "-",  "9",       "\xC3\xA9", "\xE4\xBA\xAC", "\xF0\x9F\x93\x92", "\xE2\x80\x8B",
        "\"", "\\", "\xC2\xA0"};
    std::string text;
    for (std::uint64_t count = random_() % 12; count > 0; --count) {
        const std::string piece = kPieces[random_() % std::size(kPieces)];
        if (text.size() + piece.size() <= size_max) text += piece;
    }
    return text;
}

Transaction Samples::transaction() { return transaction_of(random_() % kTransactionTypes.size()); }

Transaction Samples::transaction_of(std::size_t type) {
    Transaction transaction;
    RandomFiller filler(*this);
    describe(filler, transaction);
    transaction.body = body_of_type(type);
    std::visit([&](auto& body) { describe(filler, body); }, transaction.body);
    return transaction;
}

std::vector<Transaction> minimal_samples() {
    std::vector<Transaction> samples;
    for (std::size_t type = 0; type < kTransactionTypes.size(); ++type) {
        Transaction& sample = samples.emplace_back();
        sample.body = body_of_type(type);
        if (auto* ruleset = std::get_if<RulesetRegister>(&sample.body)) {
            ruleset->order.fill(Component::penalty);
        }
    }
    return samples;
}

}  // namespace tally::testing
