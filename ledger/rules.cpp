#include "ledger/rules.h"

#include <algorithm>

#include "ledger/rules_run.h"

namespace tally::ledger {
namespace {

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

/// A contract and, if it is known, its line and borrower.
void add_contract(AccountList& list, Workspace& workspace, const ContractId& id) {
    list.add(AccountClass::contract, id);
    const std::optional<ContractBody>& contract = workspace.contracts().view(id).body;
    if (contract) add_line(list, workspace, contract->line);
}

struct NamedAccounts {
    AccountList& list;
    Workspace& workspace;

    void operator()(const LimitGrant& grant) {
        list.add(AccountClass::line, grant.line);
        list.add(AccountClass::borrower, grant.borrower);
    }
    void operator()(const Capture& capture) {
        list.add(AccountClass::contract, capture.contract);
        add_line(list, workspace, capture.line);
    }
    void operator()(const Assessment& assessment) {
        list.add(AccountClass::borrower, assessment.borrower);
    }
    void operator()(const PurchaseVoid& voiding) { authorisation(voiding.authorisation); }
    void operator()(const PurchaseExpire& expiry) { authorisation(expiry.authorisation); }
    /// All else names a contract, a line, or no account.
    template <typename Body>
    void operator()(const Body& body) {
        if constexpr (requires { body.contract; }) {
            add_contract(list, workspace, body.contract);
        } else if constexpr (requires { body.line; }) {
            add_line(list, workspace, body.line);
        }
    }

private:
    void authorisation(const AuthorisationId& id) {
        if (!workspace.authorisations().exists(id)) return;
        add_line(list, workspace, workspace.authorisations().view(id).line);
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

bool Signatories::two_keys_of(const MemberId& member) const {
    return std::count_if(list_.begin(), list_.end(), [&member](const Signatory& signer) {
               return signer.member == member;
           }) >= 2;
}

Outcome apply_rules(Workspace& workspace, const Transaction& transaction,
                    const Signatories& signatories, std::uint64_t entry, Together& together,
                    std::vector<Posting>& postings) {
    Run run{workspace, transaction, signatories, entry, together, postings};
    return std::visit([&run](const auto& body) { return apply(run, body); }, transaction.body);
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
