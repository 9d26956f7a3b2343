#include "ledger/rules.h"

#include <algorithm>
#include <type_traits>

#include "ledger/governance.h"
#include "ledger/ownership.h"
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

/// A mandate's contract, if the mandate is known.
void add_mandate(AccountList& list, Workspace& workspace, const MandateId& id) {
    if (!workspace.mandates().exists(id)) return;
    add_contract(list, workspace, workspace.mandates().view(id).terms.contract);
}

/// What an alert is on, if it is known.
void add_warned(AccountList& list, Workspace& workspace, const AlertId& id) {
    if (!workspace.alerts().exists(id)) return;
    const AlertRecord& alert = workspace.alerts().view(id);
    if (alert.pool) return list.add(AccountClass::pool, *alert.pool);
    if (alert.contract) return add_contract(list, workspace, *alert.contract);
    add_line(list, workspace, alert.line);
}

/// The pool that a contract was bought back out of by this entry, or is in.
void add_pool_of(AccountList& list, Workspace& workspace, const ContractId& id,
                 std::uint64_t entry) {
    const std::optional<ContractBody>& contract = workspace.contracts().view(id).body;
    if (!contract) return;
    const auto event = std::ranges::find(contract->events, entry, &ContractEvent::entry);
    const std::optional<PoolId> pool =
        event == contract->events.end() ? pool_with(workspace, *contract) : event->pool;
    if (pool) list.add(AccountClass::pool, *pool);
}

/// Accounts that the transaction names, as the row of its type says.
struct NamedAccounts {
    AccountList& list;
    Workspace& workspace;
    std::uint64_t entry;  ///< of the transaction if it is accepted, else kNoEntry

    template <typename Body>
    void operator()(const Body& body) {
        constexpr Accounts kAccounts = facts_of<Body>().accounts;
        if constexpr (kAccounts == Accounts::member) {
            list.add(AccountClass::member, member_of(body));
        } else if constexpr (kAccounts == Accounts::borrower) {
            list.add(AccountClass::borrower, body.borrower);
        } else if constexpr (kAccounts == Accounts::line) {
            add_line(list, workspace, body.line);
        } else if constexpr (kAccounts == Accounts::new_line) {
            list.add(AccountClass::line, body.line);
            list.add(AccountClass::borrower, body.borrower);
        } else if constexpr (kAccounts == Accounts::authorisation) {
            if (!workspace.authorisations().exists(body.authorisation)) return;
            add_line(list, workspace, workspace.authorisations().view(body.authorisation).line);
        } else if constexpr (kAccounts == Accounts::contract || kAccounts == Accounts::parties) {
            add_contract(list, workspace, body.contract);
        } else if constexpr (kAccounts == Accounts::new_contract) {
            list.add(AccountClass::contract, body.contract);
            add_line(list, workspace, body.line);
        } else if constexpr (kAccounts == Accounts::mandate) {
            add_mandate(list, workspace, body.mandate);
        } else if constexpr (kAccounts == Accounts::debit) {
            if (!workspace.debits().exists(body.debit)) return;
            add_mandate(list, workspace, workspace.debits().view(body.debit).terms.mandate);
        } else if constexpr (kAccounts == Accounts::complaint) {
            if (!workspace.complaints().exists(body.complaint)) return;
            add_contract(list, workspace,
                         workspace.complaints().view(body.complaint).terms.contract);
        } else if constexpr (kAccounts == Accounts::alert) {
            add_warned(list, workspace, body.alert);
        } else if constexpr (kAccounts == Accounts::pool || kAccounts == Accounts::new_pool) {
            list.add(AccountClass::pool, body.pool);
        } else if constexpr (kAccounts == Accounts::pool_contract) {
            add_contract(list, workspace, body.contract);
            list.add(AccountClass::pool, body.pool);
        } else if constexpr (kAccounts == Accounts::buyback) {
            add_contract(list, workspace, body.contract);
            add_pool_of(list, workspace, body.contract, entry);
        } else {
            static_assert(kAccounts == Accounts::none);
            constexpr bool kContract = requires { body.contract; };
            constexpr bool kLine = requires { body.line; };
            constexpr bool kBorrower = requires { body.borrower; };
            constexpr bool kMandate = requires { body.mandate; };
            constexpr bool kDebit = requires { body.debit; };
            constexpr bool kMember = requires { body.member; };
            constexpr bool kComplaint = requires { body.complaint; };
            constexpr bool kAlert = requires { body.alert; };
            constexpr bool kPool = requires { body.pool; };
            static_assert(!kContract && !kLine && !kBorrower && !kMandate && !kDebit && !kMember &&
                              !kComplaint && !kAlert && !kPool,
                          "the row of the type leaves out an account that it names");
        }
    }
};

/// Members that an accepted transaction made parties of something.
struct Parties {
    AccountList& list;
    Workspace& workspace;
    std::uint64_t entry;  ///< of the transaction

    template <typename Body>
    void operator()(const Body& body) {
        constexpr Accounts kAccounts = facts_of<Body>().accounts;
        constexpr bool kContract = kAccounts == Accounts::new_contract;
        if constexpr (kAccounts == Accounts::new_pool) {
            list.add(AccountClass::member, workspace.pools().view(body.pool).owner);
            list.add(AccountClass::member, body.trustee);
            list.add(AccountClass::member, body.buyer);
        }
        if constexpr (kAccounts == Accounts::parties || kAccounts == Accounts::buyback) {
            add_parties(*workspace.contracts().view(body.contract).body);
        }
        if constexpr (kContract || kAccounts == Accounts::new_line) {
            list.add(AccountClass::member, workspace.lines().view(body.line).body->owner);
        }
        if constexpr (kContract) {
            for (const FundingShare& share : body.shares) {
                list.add(AccountClass::member, share.funder);
            }
        }
    }

private:
    /// A later transaction of the same submission may stand behind this one by now.
    void add_parties(const ContractBody& contract) {
        const PointInTime before{PointInTime{}.as_of, entry - 1};
        list.add(AccountClass::member, ownership_of(contract, before).owner());
        for (const ContractEvent& event : contract.events) {
            if (event.entry == entry) list.add(AccountClass::member, event.member);
        }
    }
};

}  // namespace

Signatories Signatories::everybody() {
    Signatories all({Signatory{}});
    all.everybody_ = true;
    return all;
}

const Signatory* Signatories::first_with(Role role) const {
    return first_with(role, [](const MemberId&) { return true; });
}

const Signatory* Signatories::first_with(Role role,
                                         const std::function<bool(const MemberId&)>& holds) const {
    if (everybody_) return &list_.front();
    const auto found = std::find_if(list_.begin(), list_.end(), [&](const Signatory& signer) {
        return (signer.roles & static_cast<std::uint16_t>(role)) != 0 && holds(signer.member);
    });
    return found == list_.end() ? nullptr : &*found;
}

bool Signatories::contains(const MemberId& member) const {
    return everybody_ ||
           std::any_of(list_.begin(), list_.end(),
                       [&member](const Signatory& signer) { return signer.member == member; });
}

bool Signatories::cover(std::span<const Role> roles,
                        const std::function<bool(Role, const MemberId&)>& stands) const {
    if (everybody_) return true;
    std::vector<bool> taken(list_.size());
    // No type asks for more than two roles, so that trying all is little.
    const auto from = [&](const auto& self, std::size_t place) -> bool {
        if (place == roles.size()) return true;
        for (std::size_t one = 0; one < list_.size(); ++one) {
            const bool has = (list_[one].roles & static_cast<std::uint16_t>(roles[place])) != 0;
            if (taken[one] || !has || !stands(roles[place], list_[one].member)) continue;
            taken[one] = true;
            if (self(self, place + 1)) return true;
            taken[one] = false;
        }
        return false;
    };
    return from(from, 0);
}

bool Signatories::two_keys_of(const MemberId& member) const {
    return everybody_ ||
           std::count_if(list_.begin(), list_.end(), [&member](const Signatory& signer) {
               return signer.member == member;
           }) >= 2;
}

bool Together::Repost::fits(const Transaction& transaction) const {
    if (transaction.body.index() != type || transaction.business_date != day) return false;
    return std::visit(
        [this](const auto& body) {
            // A debit has one result, so there is no other one to post in its place.
            if constexpr (requires { body.debit; }) return false;
            if constexpr (requires { body.contract; }) {
                if (body.contract != contract) return false;
            }
            if constexpr (requires { body.amount; }) return !amount || body.amount == *amount;
            return !amount;
        },
        transaction.body);
}

namespace {

/// A day that anything is dated on is not taken back.
void note_day(Workspace& workspace, const Transaction& transaction) {
    const bool of_days = std::visit(
        [](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            return std::is_same_v<Body, DayOpen> || std::is_same_v<Body, DayClose> ||
                   std::is_same_v<Body, DayCancel>;
        },
        transaction.body);
    const DaysRecord& days = workspace.days().view({});
    const Day day = transaction.business_date;
    if (of_days || !days.is_open(day) || days.is_used(day)) return;
    std::vector<Day>& used = workspace.days().edit({}).used;
    used.insert(std::lower_bound(used.begin(), used.end(), day), day);
}

}  // namespace

Outcome apply_rules(Workspace& workspace, const Transaction& transaction,
                    const Signatories& signatories, const Moment& moment, Together& together,
                    std::vector<Posting>& postings) {
    Run run{workspace,    transaction,  signatories,
            moment.entry, moment.block, moment.rules_version,
            moment.today, together,     postings};
    const Outcome outcome =
        std::visit([&run](const auto& body) { return apply(run, body); }, transaction.body);
    if (outcome == Outcome::accepted) note_day(workspace, transaction);
    return outcome;
}

std::vector<AccountRef> accounts_of(Workspace& workspace, const Transaction& transaction,
                                    Outcome outcome, const MemberId& submitter) {
    AccountList list;
    const bool accepted = outcome == Outcome::accepted;
    const std::uint64_t entry =
        accepted ? workspace.ids().view({submitter, transaction.id}).entry : kNoEntry;
    std::visit(NamedAccounts{list, workspace, entry}, transaction.body);
    list.add(AccountClass::member, submitter);
    if (accepted) std::visit(Parties{list, workspace, entry}, transaction.body);
    return list.take();
}

}  // namespace tally::ledger
