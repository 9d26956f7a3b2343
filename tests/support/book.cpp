#include "tests/support/book.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "base/check.h"
#include "ledger/apr.h"
#include "ledger/double_entry.h"
#include "ledger/propose.h"
#include "ledger/schedule.h"
#include "ledger/state_digest.h"
#include "ledger/trial_balance.h"
#include "ledger/usual_terms.h"

namespace tally::testing {
namespace {

using ledger::Role;

struct Part {
    std::string_view name;
    Role role;
    bool two_keys = false;
};
constexpr Part kParts[] = {
    {"lender", Role::originator, true}, {"lender-b", Role::originator},
    {"funder", Role::funder},           {"funder-b", Role::funder},
    {"servicer", Role::servicer, true}, {"servicer-b", Role::servicer},
    {"collector", Role::collector},     {"auditor", Role::auditor},
    {"regulator", Role::regulator},     {"bank", Role::payment_provider, true},
    {"bank-b", Role::payment_provider}, {"governor-a", Role::governance},
    {"governor-b", Role::governance},   {"governor-c", Role::governance},
    {"trustee", Role::trustee},         {"trustee-b", Role::trustee},
};

Party party_of(std::uint64_t seed, std::string_view name) {
    const std::string_view member = name.substr(0, name.find('/'));
    return {std::string(name), ledger::member_id_of(member), key_of(seed, name)};
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
        ledger::GenesisMember& member = genesis_.members.emplace_back();
        member = {
            party.id, party.name, static_cast<std::uint16_t>(part.role), {party.key.public_key()}};
        if (!part.two_keys) continue;
        parties_.push_back(party_of(options.seed, std::string(part.name) + "/2"));
        member.keys.push_back(parties_.back().key.public_key());
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
    TALLY_CHECK(found != parties_.end());
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

ledger::ProductId Drafts::product(ledger::Ppm fee_ppm) {
    ledger::ProductId id{{0xB1}};
    id.bytes[14] = static_cast<std::uint8_t>(fee_ppm >> 8);
    id.bytes[15] = static_cast<std::uint8_t>(fee_ppm);
    return id;
}

ledger::AssessmentId Drafts::assessment_of(ledger::BorrowerId borrower) {
    return ledger::AssessmentId{borrower.bytes};
}

ledger::Transaction Drafts::open_day(ledger::Day day) { return draft(ledger::DayOpen{}, day); }

std::vector<ledger::Transaction> Drafts::opening() {
    std::vector<ledger::Transaction> opening;
    ledger::RulesetRegister ruleset = ledger::usual_ruleset(kRuleset);
    ruleset.apr_caps.clear();  // purchases of any size, whatever their rounding costs
    opening.push_back(draft(std::move(ruleset)));
    for (const ledger::Ppm fee : kFees) {
        ledger::ProductRegister product = ledger::usual_product(Drafts::product(fee), kRuleset);
        product.servicer = ledger::member_id_of("servicer");
        product.minimum = 1;
        product.apr_cap_ppm = ledger::kYearlyPpmMax;
        product.terms.clear();
        for (std::uint32_t periods = 1; periods <= ledger::kPeriodsMax; ++periods) {
            product.terms.push_back({1, periods, fee});
        }
        opening.push_back(draft(std::move(product)));
    }
    opening.push_back(draft(ledger::ModelRegister{kModel, "test model", {}}));
    opening.push_back(open_day(kToday));
    return opening;
}

ledger::Transaction Drafts::assessment(ledger::BorrowerId borrower) {
    ledger::Assessment body;
    body.assessment = assessment_of(borrower);
    body.borrower = borrower;
    body.model = kModel;
    body.band = 1;
    body.currency = "CNY";
    body.limit = std::numeric_limits<ledger::Amount>::max();
    body.valid_to = kToday + 3650;
    return draft(std::move(body));
}

ledger::Transaction Drafts::grant(ledger::LineId line, ledger::BorrowerId borrower,
                                  ledger::Amount limit) {
    ledger::LimitGrant body;
    body.line = line;
    body.borrower = borrower;
    body.currency = "CNY";
    body.limit = limit;
    body.valid_from = kToday - 30;
    body.valid_to = kToday + 3650;
    body.assessment = assessment_of(borrower);
    return draft(std::move(body));
}

ledger::Transaction Drafts::change(ledger::LineId line, ledger::Amount limit) {
    return draft(ledger::LimitChange{line, limit, std::nullopt});
}

ledger::Transaction Drafts::capture(ledger::ContractId contract, ledger::LineId line,
                                    ledger::MemberId funder, ledger::Amount principal,
                                    ledger::Ppm fee_ppm, std::uint32_t periods,
                                    ledger::Day value_date) {
    ledger::Capture body;
    body.contract = contract;
    body.line = line;
    body.principal = principal;
    body.product = product(fee_ppm);
    body.rate_ppm = fee_ppm;
    ledger::ScheduleTerms terms;
    terms.principal = principal;
    terms.rate_ppm = fee_ppm;
    terms.periods = periods;
    terms.anchor = value_date;
    body.schedule = ledger::compute_schedule(terms).rows;
    body.apr_ppm = ledger::apr_ppm(principal, body.schedule).value_or(0);
    body.shares = {{funder, 1'000'000}};
    body.servicer = ledger::member_id_of("servicer");
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

Book::Book(const CastOptions& options, Opening opening)
    : cast_(options), next_time_(options.created) {
    const ledger::GenesisState state = ledger::initial_state(cast_.genesis());
    records_.apply(state.changes);
    head_ = state.head;
    TALLY_CHECK(records_.digest() == head_.state_digest);
    if (opening == Opening::none) return;
    const auto result =
        submit(drafts_.opening(), {&cast_.originator(), &cast_.regulator(), &cast_.servicer()});
    for (const auto& transaction : result.transactions) {
        TALLY_CHECK(transaction.outcome == ledger::Outcome::accepted);
    }
}

void Book::force(const Bytes& key, Bytes value) {
    const ledger::RecordChange change{key, std::move(value)};
    records_.apply(std::span(&change, 1));
    head_.state_digest = records_.digest();
}

ledger::BlockResult Book::apply_block(const ledger::BlockInput& block, ByteView payload) {
    auto applied = ledger::apply_block(block, head_, records_);
    // A node would stop here, over what a member sent.
    if (!applied) std::fprintf(stderr, "apply_block: %s\n", applied.error().context.c_str());
    ledger::BlockResult result = std::move(applied).value();
    TALLY_CHECK(ledger::entries_of(payload, result.recipe).value() == result.entries);
    TALLY_CHECK(result.head.entry_count == entries_.size() + result.entries.size());
    ledger::TrialBalance trial;
    trial.add(result.postings);
    TALLY_CHECK(trial.balanced());
    records_.apply(result.changes);
    TALLY_CHECK(records_.digest() == result.head.state_digest);
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

void Book::ensure_day(ledger::Day day) {
    const ledger::DaysRecord days = ledger::read_days(records_).value();
    if (days.is_open(day)) return;
    if (days.open.size() == ledger::kOpenDaysMax) {
        TALLY_CHECK(propose_one(drafts_.draft(ledger::DayClose{}, days.open.front()),
                                {&cast_.servicer()}) == ledger::Outcome::accepted);
    }
    TALLY_CHECK(submit_one(drafts_.open_day(day), {&cast_.servicer()}) ==
                ledger::Outcome::accepted);
}

ledger::Transaction Book::proposed(ledger::Transaction transaction) const {
    TALLY_CHECK(ledger::propose(transaction, records_).has_value());
    return transaction;
}

ledger::Outcome Book::propose_one(ledger::Transaction transaction,
                                  std::initializer_list<const Party*> signers) {
    return submit_one(proposed(std::move(transaction)), signers);
}

void Book::ensure_assessed(ledger::BorrowerId borrower) {
    if (ledger::read_assessment(records_, Drafts::assessment_of(borrower)).value()) return;
    TALLY_CHECK(submit_one(drafts_.assessment(borrower), {&cast_.originator()}) ==
                ledger::Outcome::accepted);
}

ledger::Outcome Book::grant(ledger::LineId line, ledger::BorrowerId borrower,
                            ledger::Amount limit) {
    ensure_assessed(borrower);
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
    ensure_day(value_date);
    return propose_one(drafts_.repayment(id, amount, {}, value_date), {&cast_.servicer()});
}

std::optional<ledger::LineView> Book::line(ledger::LineId id,
                                           const ledger::PointInTime& point) const {
    return ledger::read_line(records_, id, point).value();
}
std::optional<ledger::ContractView> Book::contract(ledger::ContractId id,
                                                   const ledger::PointInTime& point) const {
    return ledger::read_contract(records_, id, point).value();
}
std::optional<ledger::BorrowerView> Book::borrower(ledger::BorrowerId id,
                                                   const ledger::PointInTime& point) const {
    return ledger::read_borrower(records_, id, point).value();
}

}  // namespace tally::testing
