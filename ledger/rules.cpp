#include "ledger/rules.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/check.h"
#include "base/checked.h"
#include "ledger/allocation.h"
#include "ledger/dates.h"
#include "ledger/schedule.h"

// One class with a function a type. Each reads first and refuses with the first rule that is
// broken, cheapest and most general rules first; only behind the last check does it edit. Nothing
// is changed by a refused transaction, so a refusal needs no undo.

namespace tally::ledger {
namespace {

constexpr std::uint32_t kCountMax = std::numeric_limits<std::uint32_t>::max();

bool is_currency(std::string_view text) {
    return text.size() == CurrencyCode{}.size() &&
           std::all_of(text.begin(), text.end(),
                       [](char character) { return character >= 'A' && character <= 'Z'; });
}

bool same_row(const Instalment& left, const Instalment& right) {
    return left.due == right.due && left.principal == right.principal && left.fee == right.fee;
}

bool same_allocation(const Allocation& left, const Allocation& right) {
    return left.instalment == right.instalment && left.component == right.component &&
           left.amount == right.amount;
}

class Rules {
public:
    Rules(Workspace& workspace, const Transaction& transaction, const Signatories& signatories,
          std::uint64_t entry, std::vector<Posting>& postings)
        : workspace_(workspace),
          transaction_(transaction),
          signatories_(signatories),
          entry_(entry),
          postings_(postings) {}

    Outcome operator()(const LimitGrant& grant);
    Outcome operator()(const LimitChange& change);
    Outcome operator()(const Capture& capture);
    Outcome operator()(const Repayment& repayment);

private:
    /// What every type asks for: a signer with the role, and dates of the book.
    Outcome check_common(Role role) const;
    Outcome check_line(const LineId& id) const;
    Outcome check_shares(const std::vector<FundingShare>& shares) const;
    Outcome check_funders(const std::vector<FundingShare>& shares) const;
    Outcome check_capture(const Capture& capture, const Schedule& schedule) const;
    Outcome check_repayment(const Repayment& repayment, const MemberId& servicer) const;
    void pay(ContractBody& contract, std::span<const Allocation> allocation) const;

    /// Adds postings after holding them against what the records say before and after.
    void post(std::vector<Posting> postings, BookBalances before, const BookBalances& after);

    Workspace& workspace_;
    const Transaction& transaction_;
    const Signatories& signatories_;
    std::uint64_t entry_;
    std::vector<Posting>& postings_;
};

Outcome Rules::check_common(Role role) const {
    if (signatories_.first_with(role) == nullptr) return Outcome::role_missing;
    if (!day_in_range(transaction_.business_date) || !day_in_range(transaction_.value_date)) {
        return Outcome::date_out_of_range;
    }
    return Outcome::accepted;
}

Outcome Rules::check_line(const LineId& id) const {
    const std::optional<LineBody>& line = workspace_.lines().view(id).body;
    if (!line) return Outcome::line_unknown;
    if (!signatories_.contains(line->owner)) return Outcome::owner_differs;
    if (line->status != LineStatus::active) return Outcome::line_not_active;
    return Outcome::accepted;
}

void Rules::post(std::vector<Posting> postings, BookBalances before, const BookBalances& after) {
    TrialBalance trial;
    trial.add(postings);
    CHECK(trial.balanced());
    before.apply(postings);
    CHECK(before == after && after.not_negative());
    postings_.insert(postings_.end(), postings.begin(), postings.end());
}

Outcome Rules::operator()(const LimitGrant& grant) {
    if (const Outcome common = check_common(Role::originator); common != Outcome::accepted) {
        return common;
    }
    if (!is_currency(grant.currency)) return Outcome::text_out_of_range;
    if (grant.limit <= 0) return Outcome::amount_not_positive;
    if (!day_in_range(grant.valid_from) || !day_in_range(grant.valid_to) ||
        grant.valid_from > grant.valid_to) {
        return Outcome::date_out_of_range;
    }
    if (workspace_.lines().view(grant.line).body) return Outcome::line_exists;
    const std::optional<BorrowerBody>& known = workspace_.borrowers().view(grant.borrower).body;
    if (known && known->lines == kCountMax) return Outcome::overflow;

    LineBody& line = workspace_.lines().edit(grant.line).body.emplace();
    line.owner = signatories_.first_with(Role::originator)->member;
    line.borrower = grant.borrower;
    std::copy(grant.currency.begin(), grant.currency.end(), line.currency.begin());
    line.limit = grant.limit;
    line.valid_from = grant.valid_from;
    line.valid_to = grant.valid_to;

    BorrowerRecord& borrower = workspace_.borrowers().edit(grant.borrower);
    if (!borrower.body) borrower.body.emplace();
    line.previous = borrower.body->last_line;
    borrower.body->last_line = grant.line;
    ++borrower.body->lines;
    post(postings_of_grant(grant.line, line), BookBalances{}, balances_of(&line, nullptr));
    return Outcome::accepted;
}

Outcome Rules::operator()(const LimitChange& change) {
    if (const Outcome common = check_common(Role::originator); common != Outcome::accepted) {
        return common;
    }
    if (change.limit <= 0) return Outcome::amount_not_positive;
    if (const Outcome refused = check_line(change.line); refused != Outcome::accepted) {
        return refused;
    }
    LineBody& line = *workspace_.lines().edit(change.line).body;
    const BookBalances before = balances_of(&line, nullptr);
    std::vector<Posting> postings = postings_of_change(change.line, line, change.limit);
    line.limit = change.limit;
    post(std::move(postings), before, balances_of(&line, nullptr));
    return Outcome::accepted;
}

Outcome Rules::check_shares(const std::vector<FundingShare>& shares) const {
    if (shares.empty() || shares.size() > kSharesMax) return Outcome::shares_not_whole;
    std::int64_t sum = 0;
    std::set<MemberId> funders;
    for (const FundingShare& share : shares) {
        if (share.share <= 0 || !funders.insert(share.funder).second) {
            return Outcome::shares_not_whole;
        }
        sum += share.share;
    }
    return sum == kWholePpm ? Outcome::accepted : Outcome::shares_not_whole;
}

Outcome Rules::check_funders(const std::vector<FundingShare>& shares) const {
    for (const FundingShare& share : shares) {
        const std::optional<MemberBody>& member = workspace_.members().view(share.funder).body;
        if (!member || !member->has(Role::funder)) return Outcome::funder_unknown;
        if (!signatories_.contains(share.funder)) return Outcome::signer_missing;
    }
    return Outcome::accepted;
}

Outcome Rules::check_capture(const Capture& capture, const Schedule& schedule) const {
    if (schedule.outcome != Outcome::accepted) return schedule.outcome;
    if (workspace_.contracts().view(capture.contract).body) return Outcome::contract_exists;
    if (const Outcome refused = check_line(capture.line); refused != Outcome::accepted) {
        return refused;
    }
    const LineBody& line = *workspace_.lines().view(capture.line).body;
    if (transaction_.value_date < line.valid_from || transaction_.value_date > line.valid_to) {
        return Outcome::date_outside_validity;
    }
    if (const Outcome refused = check_shares(capture.shares); refused != Outcome::accepted) {
        return refused;
    }
    if (const Outcome refused = check_funders(capture.shares); refused != Outcome::accepted) {
        return refused;
    }
    if (!std::equal(schedule.rows.begin(), schedule.rows.end(), capture.schedule.begin(),
                    capture.schedule.end(), same_row)) {
        return Outcome::schedule_differs;
    }
    if (capture.principal > line.available()) return Outcome::limit_exceeded;
    if (line.contracts == kCountMax) return Outcome::overflow;
    return Outcome::accepted;
}

Outcome Rules::operator()(const Capture& capture) {
    if (const Outcome common = check_common(Role::originator); common != Outcome::accepted) {
        return common;
    }
    ScheduleTerms terms;
    terms.principal = capture.principal;
    terms.fee_ppm = capture.fee_ppm;
    terms.periods = static_cast<std::uint32_t>(capture.schedule.size());
    terms.anchor = transaction_.value_date;
    const Schedule schedule = compute_schedule(terms);
    if (const Outcome refused = check_capture(capture, schedule); refused != Outcome::accepted) {
        return refused;
    }
    LineBody& line = *workspace_.lines().edit(capture.line).body;
    const BookBalances before = balances_of(&line, nullptr);
    ContractBody& contract = workspace_.contracts().edit(capture.contract).body.emplace();
    contract.line = capture.line;
    contract.borrower = line.borrower;
    contract.owner = line.owner;
    contract.currency = line.currency;
    contract.terms = terms;
    contract.shares = capture.shares;
    contract.paid.resize(schedule.rows.size());
    contract.previous = line.last_contract;
    line.last_contract = capture.contract;
    ++line.contracts;
    line.used += capture.principal;
    post(postings_of_capture(capture.contract, contract, schedule.fee_total), before,
         balances_of(&line, &contract));
    return Outcome::accepted;
}

Outcome Rules::check_repayment(const Repayment& repayment, const MemberId& servicer) const {
    if (repayment.amount <= 0) return Outcome::amount_not_positive;
    if (repayment.source_ref.empty() || repayment.source_ref.size() > kSourceRefMax) {
        return Outcome::text_out_of_range;
    }
    if (workspace_.sources().exists({servicer, repayment.source_ref})) {
        return Outcome::source_ref_used;
    }
    const std::optional<ContractBody>& contract =
        workspace_.contracts().view(repayment.contract).body;
    if (!contract) return Outcome::contract_unknown;
    if (contract->status != ContractStatus::active) return Outcome::contract_not_active;
    if (transaction_.value_date < contract->terms.anchor) return Outcome::date_outside_validity;
    const std::vector<RowOutstanding> outstanding = contract->outstanding();
    if (repayment.amount > payable_of(outstanding)) return Outcome::above_payable;
    const std::vector<Allocation> own =
        allocate(outstanding, repayment.amount, transaction_.value_date);
    if (!std::equal(own.begin(), own.end(), repayment.allocation.begin(),
                    repayment.allocation.end(), same_allocation)) {
        return Outcome::allocation_differs;
    }
    return contract->payments == kCountMax ? Outcome::overflow : Outcome::accepted;
}

void Rules::pay(ContractBody& contract, std::span<const Allocation> allocation) const {
    for (const Allocation& part : allocation) {
        RowPaid& row = contract.paid.at(part.instalment);
        CHECK(part.component == Component::fee || part.component == Component::principal);
        (part.component == Component::fee ? row.fee : row.principal) += part.amount;
    }
    ++contract.payments;
    if (payable_of(contract.outstanding()) == 0) contract.status = ContractStatus::closed_paid;
}

Outcome Rules::operator()(const Repayment& repayment) {
    if (const Outcome common = check_common(Role::servicer); common != Outcome::accepted) {
        return common;
    }
    const MemberId servicer = signatories_.first_with(Role::servicer)->member;
    if (const Outcome refused = check_repayment(repayment, servicer);
        refused != Outcome::accepted) {
        return refused;
    }
    const LineId line_id = workspace_.contracts().view(repayment.contract).body->line;
    if (!workspace_.lines().view(line_id).body) {
        workspace_.contradiction("a contract's line is not there");
        return Outcome::line_unknown;
    }
    ContractBody& contract = *workspace_.contracts().edit(repayment.contract).body;
    LineBody& line = *workspace_.lines().edit(line_id).body;
    const BookBalances before = balances_of(&line, &contract);
    std::vector<Posting> postings =
        postings_of_repayment(repayment.contract, contract, line, repayment.allocation);
    pay(contract, repayment.allocation);
    for (const Allocation& part : repayment.allocation) {
        if (part.component == Component::principal) line.used -= part.amount;
    }
    SourceRecord& source = workspace_.sources().edit({servicer, repayment.source_ref});
    source.entry = entry_;
    source.contract = repayment.contract;
    post(std::move(postings), before, balances_of(&line, &contract));
    return Outcome::accepted;
}

/// Collects accounts, each once.
class AccountList {
public:
    template <typename Id>
    void add(AccountClass account_class, const Id& id) {
        const AccountRef account{account_class, id.bytes};
        if (std::find(list_.begin(), list_.end(), account) == list_.end()) list_.push_back(account);
    }
    std::vector<AccountRef> take() { return std::move(list_); }

private:
    std::vector<AccountRef> list_;
};

/// Line and, if the line is known, its borrower.
void add_line(AccountList& list, Workspace& workspace, const LineId& id) {
    list.add(AccountClass::line, id);
    const std::optional<LineBody>& line = workspace.lines().view(id).body;
    if (line) list.add(AccountClass::borrower, line->borrower);
}

struct NamedAccounts {
    AccountList& list;
    Workspace& workspace;

    void operator()(const LimitGrant& grant) {
        list.add(AccountClass::line, grant.line);
        list.add(AccountClass::borrower, grant.borrower);
    }
    void operator()(const LimitChange& change) { add_line(list, workspace, change.line); }
    void operator()(const Capture& capture) {
        list.add(AccountClass::contract, capture.contract);
        add_line(list, workspace, capture.line);
    }
    void operator()(const Repayment& repayment) {
        list.add(AccountClass::contract, repayment.contract);
        const std::optional<ContractBody>& contract =
            workspace.contracts().view(repayment.contract).body;
        if (contract) add_line(list, workspace, contract->line);
    }
};

}  // namespace

const Signatory* Signatories::first_with(Role role) const {
    const auto found = std::find_if(list_.begin(), list_.end(), [role](const Signatory& signer) {
        return (signer.roles & static_cast<std::uint16_t>(role)) != 0;
    });
    return found == list_.end() ? nullptr : &*found;
}

bool Signatories::contains(const MemberId& member) const {
    return std::any_of(list_.begin(), list_.end(),
                       [&member](const Signatory& signer) { return signer.member == member; });
}

Outcome apply_rules(Workspace& workspace, const Transaction& transaction,
                    const Signatories& signatories, std::uint64_t entry,
                    std::vector<Posting>& postings) {
    return std::visit(Rules(workspace, transaction, signatories, entry, postings),
                      transaction.body);
}

std::vector<AccountRef> accounts_of(Workspace& workspace, const Transaction& transaction,
                                    Outcome outcome, const MemberId& submitter) {
    AccountList list;
    std::visit(NamedAccounts{list, workspace}, transaction.body);
    list.add(AccountClass::member, submitter);
    if (outcome != Outcome::accepted) return list.take();
    if (const auto* capture = std::get_if<Capture>(&transaction.body)) {
        list.add(AccountClass::member, workspace.lines().view(capture->line).body->owner);
        for (const FundingShare& share : capture->shares) {
            list.add(AccountClass::member, share.funder);
        }
    }
    if (const auto* grant = std::get_if<LimitGrant>(&transaction.body)) {
        list.add(AccountClass::member, workspace.lines().view(grant->line).body->owner);
    }
    return list.take();
}

}  // namespace tally::ledger
