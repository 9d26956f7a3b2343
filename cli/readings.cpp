#include "cli/readings.h"

#include <array>
#include <utility>

#include "cli/answer.h"
#include "client/paths.h"

namespace tally::cli {

Readings::Readings(client::Client& client, const Target& target) : client_(client) {
    auto trust = trust_of(target);
    if (trust) trust_ = std::move(*trust);
}

Reading Readings::reading_of(const boost::json::object& transaction) {
    Reading reading;
    reading.currency = currency_of(transaction);
    if (trust_) reading.member = member_names(trust_->genesis);
    return reading;
}

std::string Readings::currency_of(const boost::json::object& transaction) {
    if (std::string own = text_at(transaction, "currency"); !own.empty()) return own;
    // What stands nearest to the amounts first: a contract is in the currency of its line.
    constexpr std::array kBases{
        std::pair{"contract", "contracts"}, std::pair{"line", "lines"},
        std::pair{"product", "products"},   std::pair{"authorisation", "authorisations"},
        std::pair{"mandate", "mandates"},   std::pair{"debit", "debits"},
        std::pair{"pool", "pools"}};
    for (const auto& [field, plural] : kBases) {
        const std::string id = text_at(transaction, field);
        if (id.empty()) continue;
        const auto [known, fresh] =
            currencies_.emplace("/v1/" + std::string(plural) + "/" + client::url_text(id), "");
        if (fresh) {
            client::ReadOptions read;
            read.local = true;  // it never changes, so nobody has to confirm it
            const auto answer = client_.get(known->first, read);
            if (!answer) continue;
            const auto document = parse_object(*answer);
            if (document) known->second = text_at(*document, "currency");
        }
        if (!known->second.empty()) return known->second;
    }
    return {};
}

}  // namespace tally::cli
