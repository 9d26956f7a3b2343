#include "tests/support/book.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ledger/double_entry.h"
#include "ledger/schedule.h"
#include "ledger/state_digest.h"

namespace tally::testing {
namespace {

using ledger::Role;

struct Part {
    std::string_view name;
    Role role;
};
constexpr Part kParts[] = {
    {"lender", Role::originator}, {"lender-b", Role::originator}, {"funder", Role::funder},
    {"funder-b", Role::funder},   {"servicer", Role::servicer},   {"servicer-b", Role::servicer},
    {"auditor", Role::auditor},   {"regulator", Role::regulator},
};

Party party_of(std::uint64_t seed, std::string_view name) {
    return {std::string(name), ledger::member_id_of(name), key_of(seed, name)};
}

NodeKeys node_of(std::uint64_t seed, std::uint32_t id) {
    const std::string name = "node-" + std::to_string(id);
    return {id, key_of(seed, name + "/tls"), key_of(seed, name + "/statement"),
            key_of(seed, name + "/log"), key_of(seed, name + "/cosignature")};
}

}  // namespace

crypto::SecretKey key_of(std::uint64_t seed, std::string_view name) {
    const std::string text = std::to_string(seed) + "/" + std::string(name);
    const crypto::Digest digest = crypto::domain_hash("test-key", {view_of(text)});
    return crypto::SecretKey::from_seed(digest.view()).value();
}

Cast::Cast(const CastOptions& options) : stranger_(party_of(options.seed, "stranger")) {
    genesis_.name = "test";
    genesis_.origin_base = "tallystick.example/test";
    genesis_.calendar = "Asia/Shanghai";
    genesis_.rules_version = options.rules_version;
    genesis_.created = options.created;
    genesis_.submission_bytes_max = options.submission_bytes_max;
    genesis_.transactions_max = options.transactions_max;
    for (const Part& part : kParts) {
        Party& party = parties_.emplace_back(party_of(options.seed, part.name));
        genesis_.members.push_back({party.id,
                                    party.name,
                                    static_cast<std::uint16_t>(part.role),
                                    {party.key.public_key()}});
    }
    std::sort(genesis_.members.begin(), genesis_.members.end(),
              [](const auto& left, const auto& right) { return left.id < right.id; });
    for (std::uint32_t id = 1; id <= options.nodes; ++id) {
        const NodeKeys& node = nodes_.emplace_back(node_of(options.seed, id));
        genesis_.nodes.push_back({id, "node-" + std::to_string(id), node.tls.public_key(),
                                  node.statement.public_key(), node.log.public_key(),
                                  node.cosignature.public_key()});
    }
    network_ = genesis_.network_id();
}

ledger::SubmissionBounds Cast::bounds() const {
    return {genesis_.submission_bytes_max, genesis_.transactions_max};
}

const Party& Cast::party(std::string_view name) const {
    const auto found = std::find_if(parties_.begin(), parties_.end(),
                                    [name](const Party& party) { return party.name == name; });
    CHECK(found != parties_.end());
    return *found;
}

SharedBytes Cast::sign(std::span<const ledger::Transaction> transactions,
                       std::initializer_list<const Party*> signers, bool atomic,
                       ledger::Millis not_after) const {
    std::vector<Bytes> encoded;
    for (const auto& transaction : transactions) {
        encoded.push_back(ledger::encode_transaction(transaction));
    }
    return sign_bytes(encoded, signers, atomic, not_after);
}

SharedBytes Cast::sign_bytes(std::span<const Bytes> transactions,
                             std::initializer_list<const Party*> signers, bool atomic,
                             ledger::Millis not_after) const {
    std::vector<ledger::SigningKey> keys;
    for (const Party* signer : signers) keys.push_back(signer->signing());
    return share(ledger::sign_submission(network_, transactions, keys, atomic, not_after).encode());
}

ledger::CheckedSubmission Cast::check(SharedBytes submission) const {
    return ledger::check_submission(std::move(submission), network_, bounds());
}

Result<std::optional<Bytes>> MemoryRecords::get(ByteView key) const {
    const auto found = records_.find(to_bytes(key));
    if (found == records_.end()) return std::optional<Bytes>{};
    return std::optional<Bytes>(found->second);
}

void MemoryRecords::apply(std::span<const ledger::RecordChange> changes) {
    for (const ledger::RecordChange& change : changes) {
        if (change.value) {
            records_[change.key] = *change.value;
        } else {
            records_.erase(change.key);
        }
    }
}

crypto::Digest MemoryRecords::digest() const {
    ledger::StateDigest digest{crypto::Digest{}};
    for (const auto& [key, value] : records_) digest.add(key, value);
    return digest.sum();
}

ledger::Transaction Drafts::draft(ledger::TransactionBody body, ledger::Day value_date) {
    return {next_id(), value_date, value_date, std::move(body)};
}

ledger::Transaction Drafts::grant(ledger::LineId line, ledger::BorrowerId borrower,
                                  ledger::Amount limit) {
    return draft(ledger::LimitGrant{line, borrower, "CNY", limit, kToday - 30, kToday + 3650});
}

ledger::Transaction Drafts::change(ledger::LineId line, ledger::Amount limit) {
    return draft(ledger::LimitChange{line, limit});
}

ledger::Transaction Drafts::capture(ledger::ContractId contract, ledger::LineId line,
                                    ledger::MemberId funder, ledger::Amount principal,
                                    ledger::Ppm fee_ppm, std::uint32_t periods,
                                    ledger::Day value_date) {
    ledger::Capture body;
    body.contract = contract;
    body.line = line;
    body.principal = principal;
    body.fee_ppm = fee_ppm;
    body.schedule = ledger::compute_schedule({ledger::ScheduleMethod::equal_principal_fee_last,
                                              principal, fee_ppm, periods, value_date})
                        .rows;
    body.shares = {{funder, 1'000'000}};
    return draft(std::move(body), value_date);
}

ledger::Transaction Drafts::repayment(ledger::ContractId contract, ledger::Amount amount,
                                      std::vector<ledger::Allocation> allocation,
                                      ledger::Day value_date) {
    ledger::Repayment body;
    body.contract = contract;
    body.amount = amount;
    ledger::Transaction transaction = draft(std::move(body), value_date);
    auto& repayment = std::get<ledger::Repayment>(transaction.body);
    repayment.source_ref = "payment-" + std::to_string(last_id_);
    repayment.allocation = std::move(allocation);
    return transaction;
}

Book::Book(const CastOptions& options) : cast_(options), next_time_(options.created) {
    const ledger::GenesisState state = ledger::initial_state(cast_.genesis());
    records_.apply(state.changes);
    head_ = state.head;
    CHECK(records_.digest() == head_.state_digest);
}

void Book::force(const Bytes& key, Bytes value) {
    const ledger::RecordChange change{key, std::move(value)};
    records_.apply(std::span(&change, 1));
    head_.state_digest = records_.digest();
}

ledger::BlockResult Book::apply_block(const ledger::BlockInput& block, ByteView payload) {
    ledger::BlockResult result = ledger::apply_block(block, head_, records_).value();
    CHECK(ledger::entries_of(payload, result.recipe).value() == result.entries);
    CHECK(result.head.entry_count == entries_.size() + result.entries.size());
    ledger::TrialBalance trial;
    trial.add(result.postings);
    CHECK(trial.balanced());
    records_.apply(result.changes);
    CHECK(records_.digest() == result.head.state_digest);
    head_ = result.head;
    entries_.insert(entries_.end(), result.entries.begin(), result.entries.end());
    ++next_block_;
    next_time_ += ledger::Millis(1000);
    return result;
}

ledger::BlockResult Book::apply(std::span<const SharedBytes> submissions) {
    std::vector<ledger::CheckedSubmission> checked;
    for (const SharedBytes& submission : submissions) checked.push_back(cast_.check(submission));
    const Bytes payload = ledger::encode_payload(submissions);
    ledger::BlockInput block;
    block.index = next_block_;
    block.hash = crypto::domain_hash("test-block", {payload});
    block.time = next_time_;
    block.kind = ledger::BlockInput::Kind::submissions;
    block.submissions = checked;
    return apply_block(block, payload);
}

ledger::SubmissionResult Book::submit(std::span<const ledger::Transaction> transactions,
                                      std::initializer_list<const Party*> signers, bool atomic) {
    const SharedBytes submission = cast_.sign(transactions, signers, atomic);
    return apply(std::span(&submission, 1)).submissions.at(0);
}

ledger::Outcome Book::submit_one(const ledger::Transaction& transaction,
                                 std::initializer_list<const Party*> signers) {
    return submit(std::span(&transaction, 1), signers).transactions.at(0).outcome;
}

ledger::BlockResult Book::seal() {
    ledger::BlockInput block;
    block.index = next_block_;
    block.hash = crypto::domain_hash("test-block", {view_of("seal")});
    block.time = next_time_;
    block.kind = ledger::BlockInput::Kind::seal;
    return apply_block(block, {});
}

ledger::BlockResult Book::noop() {
    ledger::BlockInput block;
    block.index = next_block_;
    block.time = next_time_;
    return apply_block(block, {});
}

ledger::Outcome Book::grant(ledger::LineId line, ledger::BorrowerId borrower,
                            ledger::Amount limit) {
    return submit_one(drafts_.grant(line, borrower, limit), {&cast_.originator()});
}

ledger::Outcome Book::capture(ledger::ContractId contract, ledger::LineId line,
                              ledger::Amount principal, ledger::Ppm fee_ppm,
                              std::uint32_t periods) {
    return submit_one(
        drafts_.capture(contract, line, cast_.funder().id, principal, fee_ppm, periods),
        {&cast_.originator(), &cast_.funder()});
}

ledger::Outcome Book::repay(ledger::ContractId id, ledger::Amount amount, ledger::Day value_date) {
    const std::optional<ledger::ContractView> view = contract(id);
    std::vector<ledger::Allocation> allocation;
    if (view) allocation = view->allocation_of(amount, value_date).value_or(allocation);
    return submit_one(drafts_.repayment(id, amount, std::move(allocation), value_date),
                      {&cast_.servicer()});
}

std::optional<ledger::LineView> Book::line(ledger::LineId id) const {
    return ledger::read_line(records_, id).value();
}
std::optional<ledger::ContractView> Book::contract(ledger::ContractId id) const {
    return ledger::read_contract(records_, id).value();
}
std::optional<ledger::BorrowerView> Book::borrower(ledger::BorrowerId id) const {
    return ledger::read_borrower(records_, id).value();
}

}  // namespace tally::testing
