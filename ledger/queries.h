#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/position.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"

namespace tally::ledger {

/// A line at a point in time. `body` is the record as it stands now; what may differ at the point
/// stands beside it.
struct LineView {
    LineId id;
    AccountHead log;
    LineBody body;
    LineStatus status = LineStatus::active;
    Amount limit = 0;
    Amount used = 0;
    Amount reserved = 0;
    Amount available = 0;
    std::vector<ContractId> contracts;  ///< newest first, known at the point, at most kListMax
    bool whole = true;  ///< false: contracts or authorisations beyond kListMax are left out
};

/// A contract at a point in time.
struct ContractView {
    ContractId id;
    AccountHead log;
    ContractBody body;  ///< events as known at the point; later ones and reversals are left out
    Position position;
    Day as_of = 0;  ///< the date that ageing and penalties are for
};

/// A borrower at a point in time.
struct BorrowerView {
    BorrowerId id;
    AccountHead log;
    BorrowerBody body;
    std::vector<LineView> lines;  ///< newest first, known at the point, at most kListMax
};

/// First outcome of a transaction id of a submitter.
struct TransactionView {
    std::uint64_t entry = 0;
    Outcome outcome = Outcome::accepted;
    std::uint64_t block_index = 0;
    crypto::Digest leaf_hash;  ///< of the transaction's bytes
};

/// What a payment reference was posted for.
struct PaymentView {
    std::uint64_t entry = 0;  ///< the last transaction that posted it
    ContractId contract;
    std::uint64_t reversed_by = kNoEntry;  ///< then the reference is free again
};

/// A mandate with what was instructed under it.
struct MandateView {
    MandateRecord record;
    std::vector<DebitRecord> debits;  ///< newest first, at most kListMax
    bool whole = true;                ///< false: older ones are left out
};

/// Alerts on a contract, line or pool.
struct AlertsView {
    struct Item {
        AlertId id;
        AlertRecord record;
    };
    std::vector<Item> alerts;  ///< newest first, at most kListMax
    bool whole = true;         ///< false: older ones are left out
};

/// Bound of the lists above; of contracts, for all lines of a borrower together.
inline constexpr std::size_t kListMax = 1000;

/// Nothing where there was no such line, contract or borrower at the point, also if a refused
/// transaction named it. A point without a date means the book's newest day; one without an entry,
/// everything that is known. Fail with corrupt_record or the reader's error.
Result<std::optional<LineView>> read_line(const RecordReader& reader, const LineId& id,
                                          const PointInTime& point = {});
Result<std::optional<ContractView>> read_contract(const RecordReader& reader, const ContractId& id,
                                                  const PointInTime& point = {});
/// The same of a record that was read already.
Result<std::optional<ContractView>> view_contract(const RecordReader& reader, const ContractId& id,
                                                  ContractRecord record,
                                                  const PointInTime& point = {});
Result<std::optional<BorrowerView>> read_borrower(const RecordReader& reader, const BorrowerId& id,
                                                  const PointInTime& point = {});
/// The ruleset and the product that a contract is under.
struct ContractTerms {
    RulesetRecord ruleset;
    ProductRecord product;

    ContractRules rules() const { return {ruleset.terms, product.terms}; }
};
Result<ContractTerms> read_terms(const RecordReader& reader, const ContractBody& contract);
Result<std::optional<RulesetRecord>> read_ruleset(const RecordReader& reader, const RulesetId& id);
Result<std::optional<ProductRecord>> read_product(const RecordReader& reader, const ProductId& id);
Result<std::optional<ModelRecord>> read_model(const RecordReader& reader, const ModelId& id);
Result<std::optional<AssessmentRecord>> read_assessment(const RecordReader& reader,
                                                        const AssessmentId& id);
Result<std::optional<AuthorisationRecord>> read_authorisation(const RecordReader& reader,
                                                              const AuthorisationId& id);
Result<std::optional<MandateView>> read_mandate(const RecordReader& reader, const MandateId& id);
Result<std::optional<DebitRecord>> read_debit(const RecordReader& reader, const DebitId& id);
Result<std::optional<CostTableRecord>> read_cost_table(const RecordReader& reader,
                                                       const CostTableId& id);
/// The product's, newest first.
Result<std::vector<CostTableRecord>> read_cost_tables(const RecordReader& reader,
                                                      const ProductRecord& product);
Result<std::optional<DisclosureRecord>> read_disclosure(const RecordReader& reader,
                                                        const DisclosureId& id);
/// The contract's, newest first, at most kListMax; as known at an entry.
Result<std::vector<MandateRecord>> read_mandates(const RecordReader& reader,
                                                 const ContractBody& contract,
                                                 std::uint64_t known_at);
/// The days on which a borrower was contacted; none if it never was.
Result<ContactsRecord> read_contacts(const RecordReader& reader, const BorrowerId& id);
Result<std::optional<ComplaintRecord>> read_complaint(const RecordReader& reader,
                                                      const ComplaintId& id);
/// The contract's, newest first, at most kListMax; as known at an entry.
Result<std::vector<ComplaintRecord>> read_complaints(const RecordReader& reader,
                                                     const ContractBody& contract,
                                                     std::uint64_t known_at);
Result<std::optional<ReconRecord>> read_recon(const RecordReader& reader, const ReconId& id);
Result<std::optional<OpinionRecord>> read_opinion(const RecordReader& reader, const OpinionId& id);
Result<std::optional<HedgeRecord>> read_hedge(const RecordReader& reader, const HedgeId& id);
Result<std::optional<CustomerRecord>> read_customer(const RecordReader& reader,
                                                    const CustomerId& id);
Result<std::optional<ErasureRecord>> read_erasure(const RecordReader& reader, const CustomerId& id);
Result<std::optional<AlertRecord>> read_alert(const RecordReader& reader, const AlertId& id);
/// Of a contract, line or pool, with what was decided on them, as known at an entry.
Result<AlertsView> read_alerts(const RecordReader& reader, AccountClass on,
                               const std::array<std::uint8_t, 16>& id, std::uint64_t known_at);
/// Nothing where no pool was created under this id, also if a refused transaction named it.
Result<std::optional<PoolRecord>> read_pool(const RecordReader& reader, const PoolId& id);
/// Contracts that were added to the pool, in that order: those at the places from `first` on, from
/// 0, at most `count` of them. Who left it is among them: what a contract is in now, pool_of
/// (ledger/ownership.h) says. None for a pool that is not there.
Result<std::vector<PoolContractRecord>> read_pool_contracts(const RecordReader& reader,
                                                            const PoolId& id, std::uint64_t first,
                                                            std::size_t count);
/// Who opens and closes days.
Result<ServicersRecord> read_servicers(const RecordReader& reader);
/// What waits for first payments.
Result<AwaitedRecord> read_awaited(const RecordReader& reader);
Result<GovernanceRecord> read_governance(const RecordReader& reader);
/// Whose a key is or was; nothing for one that the network has never seen.
Result<std::optional<KeyRecord>> read_key(const RecordReader& reader, const crypto::PublicKey& key);
Result<std::optional<MemberRecord>> read_member(const RecordReader& reader, const MemberId& id);
/// Nothing when the id is free for this submitter.
Result<std::optional<TransactionView>> find_transaction(const RecordReader& reader,
                                                        const MemberId& submitter,
                                                        const TransactionId& id);
/// Nothing when it was never posted in this lender's book, in whatever spelling.
Result<std::optional<PaymentView>> find_payment(const RecordReader& reader, const MemberId& lender,
                                                std::string_view source_ref);
/// Nothing when no entry touched the account.
Result<std::optional<AccountHead>> account_head(const RecordReader& reader,
                                                AccountClass account_class,
                                                const std::array<std::uint8_t, 16>& id);

}  // namespace tally::ledger
