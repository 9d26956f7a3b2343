#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/ed25519.h"
#include "ledger/dates.h"
#include "ledger/genesis.h"
#include "ledger/ledger.h"
#include "ledger/queries.h"
#include "ledger/record_reader.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"

// A network to test with: Cast has the genesis and everybody's keys and signs; Book adds state and
// applies blocks. All keys follow from a seed at run time, so that a history repeats exactly.
namespace tally::testing {

/// A member with one of its keys.
struct Party {
    std::string name;  ///< of the member, with "/2" behind it for the second key
    ledger::MemberId id;
    crypto::SecretKey key;

    ledger::SigningKey signing() const { return {id, &key}; }
};

/// A node's four keys, in the order of GenesisNode.
struct NodeKeys {
    std::uint32_t id = 0;
    crypto::SecretKey tls;
    crypto::SecretKey statement;
    crypto::SecretKey log;
    crypto::SecretKey cosignature;
};

struct CastOptions {
    std::uint32_t nodes = 3;
    std::uint64_t seed = 1;
    std::uint32_t rules_version = ledger::kRulesVersion;
    std::uint32_t submission_bytes_max = 1 << 20;
    std::uint32_t transactions_max = 8190;
    /// The last day of the calendar: a block's time opens every day. A test of days sets its own.
    ledger::Millis created{253'402'214'400'000};
};

/// Whether a Book begins with the opening, as its first block, or with nothing.
enum class Opening : std::uint8_t { done, none };

/// An id whose last eight bytes are the number.
template <typename Id>
Id id_of(std::uint64_t number) {
    Id id;
    id.bytes[0] = 0x1D;
    for (std::size_t index = 0; index < 8; ++index) {
        id.bytes[15 - index] = static_cast<std::uint8_t>(number >> (8 * index));
    }
    return id;
}

/// The key that a seed and a name give.
crypto::SecretKey key_of(std::uint64_t seed, std::string_view name);

/// Two originators, two funders, two servicers, a collector, an auditor, a regulator, two banks
/// that pay, two trustees and three members that govern, and the nodes. The first originator,
/// servicer and bank have two keys.
class Cast {
public:
    explicit Cast(const CastOptions& options = {});

    const ledger::Genesis& genesis() const { return genesis_; }
    const crypto::Digest& network() const { return network_; }
    ledger::SubmissionBounds bounds() const;

    const Party& originator() const { return party("lender"); }
    const Party& other_originator() const { return party("lender-b"); }
    const Party& funder() const { return party("funder"); }
    const Party& other_funder() const { return party("funder-b"); }
    const Party& servicer() const { return party("servicer"); }
    const Party& other_servicer() const { return party("servicer-b"); }
    const Party& originator_second_key() const { return party("lender/2"); }
    const Party& servicer_second_key() const { return party("servicer/2"); }
    const Party& collector() const { return party("collector"); }
    const Party& auditor() const { return party("auditor"); }
    const Party& regulator() const { return party("regulator"); }
    const Party& bank() const { return party("bank"); }
    const Party& other_bank() const { return party("bank-b"); }
    const Party& bank_second_key() const { return party("bank/2"); }
    const Party& trustee() const { return party("trustee"); }
    const Party& other_trustee() const { return party("trustee-b"); }
    /// Two of these three decide.
    const Party& governor(char letter) const { return party(std::string("governor-") + letter); }
    /// Not in genesis; has a key.
    const Party& stranger() const { return stranger_; }
    const Party& party(std::string_view name) const;
    /// By position, 0-based; its id is position + 1.
    const NodeKeys& node(std::size_t position) const { return nodes_.at(position); }

    /// Encoded and signed; the first signer is the submitter.
    SharedBytes sign(std::span<const ledger::Transaction> transactions,
                     std::initializer_list<const Party*> signers, bool atomic = false,
                     ledger::Millis not_after = ledger::Millis{0}) const;
    SharedBytes sign_bytes(std::span<const Bytes> transactions,
                           std::initializer_list<const Party*> signers, bool atomic = false,
                           ledger::Millis not_after = ledger::Millis{0}) const;
    ledger::CheckedSubmission check(SharedBytes submission) const;

private:
    ledger::Genesis genesis_;
    crypto::Digest network_;
    std::vector<Party> parties_;
    std::vector<NodeKeys> nodes_;
    Party stranger_;
};

/// Records in memory.
class MemoryRecords : public ledger::RecordReader {
public:
    Result<std::optional<Bytes>> get(ByteView key) const override;
    void apply(std::span<const ledger::RecordChange> changes);
    const std::map<Bytes, Bytes>& all() const { return records_; }
    /// The state digest, computed over all records from the start.
    crypto::Digest digest() const;

private:
    std::map<Bytes, Bytes> records_;
};

/// The transactions of the tests, with ids and dates filled in. Bodies are what the rules accept
/// unless a test changes them.
class Drafts {
public:
    static constexpr ledger::Day kToday = 19'753;  ///< 2024-01-31
    static constexpr ledger::RulesetId kRuleset{{0xB0, 1}};
    static constexpr ledger::ModelId kModel{{0xB0, 2}};
    /// Fee rates for which there is a product, over 1 to 36 periods.
    static constexpr std::array<ledger::Ppm, 2> kFees{0, 5000};

    /// The product with a fee rate of kFees.
    static ledger::ProductId product(ledger::Ppm fee_ppm);
    /// The only assessment of a borrower in these tests.
    static ledger::AssessmentId assessment_of(ledger::BorrowerId borrower);

    /// What a book begins with: ruleset, products, model, and the first day. Signed by originator,
    /// regulator and servicer.
    std::vector<ledger::Transaction> opening();
    ledger::Transaction open_day(ledger::Day day);
    /// Approves everything that fits into an amount.
    ledger::Transaction assessment(ledger::BorrowerId borrower);
    /// Cites the borrower's assessment, which must be on record.
    ledger::Transaction grant(ledger::LineId line, ledger::BorrowerId borrower,
                              ledger::Amount limit);
    ledger::Transaction change(ledger::LineId line, ledger::Amount limit);
    /// Funded wholly by one member. The schedule is computed from the value date.
    ledger::Transaction capture(ledger::ContractId contract, ledger::LineId line,
                                ledger::MemberId funder, ledger::Amount principal,
                                ledger::Ppm fee_ppm = 5000, std::uint32_t periods = 3,
                                ledger::Day value_date = kToday);
    ledger::Transaction repayment(ledger::ContractId contract, ledger::Amount amount,
                                  std::vector<ledger::Allocation> allocation,
                                  ledger::Day value_date = kToday);
    /// Any body, on a day.
    ledger::Transaction draft(ledger::TransactionBody body, ledger::Day value_date = kToday);
    ledger::TransactionId next_id() { return id_of<ledger::TransactionId>(++last_id_); }

private:
    std::uint64_t last_id_ = 0;
};

/// State and blocks over a Cast. Every block is checked while it is applied: entries_of rebuilds
/// its entries, the digest is that of all records, debits equal credits.
class Book {
public:
    explicit Book(const CastOptions& options = {}, Opening opening = Opening::done);

    const Cast& cast() const { return cast_; }
    Drafts& drafts() { return drafts_; }
    const ledger::LedgerHead& head() const { return head_; }
    const MemoryRecords& records() const { return records_; }
    /// Sets a record from outside the rules, digest included: states that no transaction reaches.
    void force(const Bytes& key, Bytes value);
    const std::vector<Bytes>& entries() const { return entries_; }  ///< of all blocks
    std::uint64_t next_block() const { return next_block_; }
    /// Time of the next block; advances by one second a block.
    ledger::Millis next_time() const { return next_time_; }
    void set_next_time(ledger::Millis time) { next_time_ = time; }

    /// Applies one block of these submissions.
    ledger::BlockResult apply(std::span<const SharedBytes> submissions);
    /// One block with one submission; its only result.
    ledger::SubmissionResult submit(std::span<const ledger::Transaction> transactions,
                                    std::initializer_list<const Party*> signers,
                                    bool atomic = false);
    /// One transaction; its outcome.
    ledger::Outcome submit_one(const ledger::Transaction& transaction,
                               std::initializer_list<const Party*> signers);
    ledger::BlockResult seal();
    ledger::BlockResult noop();

    /// Opens the day, and if need be closes the oldest ones before. Nothing if it is open.
    void ensure_day(ledger::Day day);
    /// Records the borrower's assessment, in a block of its own, if there is none.
    void ensure_assessed(ledger::BorrowerId borrower);
    /// Has the rules fill in what the transaction claims.
    ledger::Transaction proposed(ledger::Transaction transaction) const;
    /// One transaction with its claims filled in, on its business date; its outcome.
    ledger::Outcome propose_one(ledger::Transaction transaction,
                                std::initializer_list<const Party*> signers);

    /// The usual signers of a type: lender; lender and funder; servicer. A grant is preceded by the
    /// borrower's assessment, in a block of its own, if there is none.
    ledger::Outcome grant(ledger::LineId line, ledger::BorrowerId borrower, ledger::Amount limit);
    ledger::Outcome capture(ledger::ContractId contract, ledger::LineId line,
                            ledger::Amount principal, ledger::Ppm fee_ppm = 5000,
                            std::uint32_t periods = 3);
    /// Pays with the allocation that the rules compute.
    ledger::Outcome repay(ledger::ContractId contract, ledger::Amount amount,
                          ledger::Day value_date = Drafts::kToday);

    std::optional<ledger::LineView> line(ledger::LineId id,
                                         const ledger::PointInTime& point = {}) const;
    std::optional<ledger::ContractView> contract(ledger::ContractId id,
                                                 const ledger::PointInTime& point = {}) const;
    std::optional<ledger::BorrowerView> borrower(ledger::BorrowerId id,
                                                 const ledger::PointInTime& point = {}) const;

private:
    ledger::BlockResult apply_block(const ledger::BlockInput& block, ByteView payload);

    Cast cast_;
    Drafts drafts_;
    MemoryRecords records_;
    ledger::LedgerHead head_;
    std::vector<Bytes> entries_;
    std::uint64_t next_block_ = 1;
    ledger::Millis next_time_{0};
};

}  // namespace tally::testing
