#include "cli/import_retry.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "cli/damaged_retry.h"

namespace tally::cli {
namespace {

void rewind(std::istream& book) {
    book.clear();
    book.seekg(0);
}

/// Each transaction is one of a row of the book, and the keys are some of those at hand. Nothing
/// but its name ties a file to a book, and anybody may give a file a name.
bool is_of_book(const PreparedSubmission& kept, std::istream& book,
                std::optional<book::Format> format, const Importer& importer,
                const std::vector<Signer>& signers, const ledger::Genesis& genesis) {
    for (const ListedSigner& listed : kept.signers) {
        const bool at_hand = std::ranges::any_of(signers, [&listed](const Signer& signer) {
            return signer.key.public_key() == listed.signer.key;
        });
        if (!at_hand) return false;
    }
    std::map<ledger::TransactionId, const ledger::Transaction*> open;
    for (const auto& transaction : kept.transactions) open.emplace(transaction.id, &transaction);
    auto rows = book::RowReader::open(book, format, resolver_of(genesis));
    if (!rows) return false;
    for (const ledger::TransactionId& id : importer.ids()) {
        if (open.empty()) break;
        const auto row = (*rows)->next();
        if (!row || !*row) return false;
        const auto found = open.find(id);
        if (found == open.end()) continue;
        if (!makes((*row)->draft, *found->second, genesis)) return false;
        open.erase(found);
    }
    return open.empty();
}

/// `submit` gives ids of version 7 (RFC 9562); those that follow from rows are of version 8.
bool is_given_by_submit(const ledger::TransactionId& id) { return (id.bytes[6] & 0xF0U) == 0x70U; }

/// Whose the transactions are of which nobody knows what became of them.
void compare_ids(const PreparedSubmission& kept, const Importer& importer, OpenRetry& open) {
    const std::set<ledger::TransactionId> rows(importer.ids().begin(), importer.ids().end());
    for (const auto& transaction : kept.transactions) {
        ++open.all;
        if (rows.contains(transaction.id)) continue;
        ++open.strange;
        open.of_submit = open.of_submit || is_given_by_submit(transaction.id);
    }
}

}  // namespace

Wish wish_of(std::istream& book, const std::vector<Signer>& signers) {
    // A book may be larger than memory: a chain over its parts stands for its bytes.
    std::array<char, 64U << 10> part{};
    crypto::Digest digest;
    while (book.read(part.data(), part.size()) || book.gcount() > 0) {
        const std::string_view read(part.data(), static_cast<std::size_t>(book.gcount()));
        digest = crypto::domain_hash("import-book", {digest.view(), view_of(read)});
    }
    rewind(book);
    Wish wish{.drafts = std::string(digest.bytes.begin(), digest.bytes.end()), .keys = {}};
    for (const Signer& signer : signers) wish.keys.push_back(signer.key.public_key());
    return wish;
}

Result<std::optional<OpenRetry>> open_retry(const std::string& source, const ImportOptions& options,
                                            std::istream& book, const Importer& importer,
                                            const std::vector<Signer>& signers,
                                            const client::NetworkTrust& trust) {
    const std::string& path = options.kept;
    const LeftBeside left = left_beside(source, trust.network, path);
    if (left.other) {
        OpenRetry open{*left.other, std::nullopt};
        const auto text = read_text(open.path);
        const auto other = text ? read_kept(open.path, *text, trust.genesis)
                                : Result<PreparedSubmission>(text.error());
        if (other) compare_ids(*other, importer, open);
        return std::optional(std::move(open));
    }
    if (!left.own) return std::optional<OpenRetry>{};
    auto kept = open_kept({.path = path, .text = {}, .drafts = {}, .import = options.again},
                          trust.genesis, options.target);
    if (!kept) return kept.error();
    const bool asked = is_of_book(*kept, book, options.format, importer, signers, trust.genesis);
    rewind(book);
    if (!asked) {
        OpenRetry open{path, std::nullopt};
        compare_ids(*kept, importer, open);
        return std::optional(std::move(open));
    }
    return std::optional(OpenRetry{path, std::move(*kept)});
}

}  // namespace tally::cli
