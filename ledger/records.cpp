#include "ledger/records.h"

#include <algorithm>

#include "base/check.h"

namespace tally::ledger {

std::vector<RowOutstanding> ContractBody::outstanding() const {
    const Schedule schedule = compute_schedule(terms);
    CHECK(schedule.outcome == Outcome::accepted && schedule.rows.size() == paid.size());
    std::vector<RowOutstanding> rows;
    rows.reserve(paid.size());
    for (std::size_t index = 0; index < paid.size(); ++index) {
        RowOutstanding& row = rows.emplace_back();
        row.due = schedule.rows[index].due;
        row.fee = schedule.rows[index].fee - paid[index].fee;
        row.principal = schedule.rows[index].principal - paid[index].principal;
    }
    return rows;
}

bool ContractBody::operator==(const ContractBody& other) const {
    const auto same_share = [](const FundingShare& left, const FundingShare& right) {
        return left.funder == right.funder && left.share == right.share;
    };
    return status == other.status && line == other.line && borrower == other.borrower &&
           owner == other.owner && currency == other.currency && terms == other.terms &&
           std::equal(shares.begin(), shares.end(), other.shares.begin(), other.shares.end(),
                      same_share) &&
           paid == other.paid && payments == other.payments && previous == other.previous;
}

bool MemberBody::key_valid(const crypto::PublicKey& wanted, std::uint64_t block_index) const {
    return std::any_of(keys.begin(), keys.end(), [&](const MemberKey& candidate) {
        return candidate.key == wanted && candidate.first_block <= block_index &&
               block_index < candidate.end_block;
    });
}

Bytes genesis_key() { return {kGenesisRecord}; }

Bytes account_key(AccountClass account_class, const std::array<std::uint8_t, 16>& id) {
    Bytes key;
    key.reserve(1 + id.size());
    key.push_back(static_cast<std::uint8_t>(account_class));
    append(key, id);
    return key;
}

Bytes id_key(const MemberId& submitter, const TransactionId& id) {
    Bytes key;
    key.reserve(1 + submitter.bytes.size() + id.bytes.size());
    key.push_back(kIdRecord);
    append(key, submitter.bytes);
    append(key, id.bytes);
    return key;
}

Bytes source_key(const MemberId& servicer, std::string_view source_ref) {
    Bytes key;
    key.reserve(1 + servicer.bytes.size() + source_ref.size());
    key.push_back(kSourceRecord);
    append(key, servicer.bytes);
    append(key, view_of(source_ref));
    return key;
}

}  // namespace tally::ledger
