#pragma once

// Internal.
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"
#include "ledger/transaction.h"
#include "ledger/wide.h"

namespace tally::storage {

/// What an audit keeps of early warnings: each one by the nodes is warranted, none of those that
/// these books can tell is missing, and each is decided on as often as it may be. Thresholds come
/// from the registrations, lines and failed debits from the entries; of contracts it is the
/// ledger's own replay that says what was outstanding at an entry.
class AuditAlerts {
public:
    /// What is wrong, in words; nothing: it was taken down.
    using Wrong = std::optional<std::string>;
    /// The entry in hand.
    struct At {
        std::uint64_t entry = 0;
        ledger::Day business_date = 0;
        ledger::Day value_date = 0;
    };
    /// What is on record of an alert, but for its place on a chain.
    struct Kept {
        ledger::AlertRule rule = ledger::AlertRule::other;
        bool by_hand = false;
        ledger::LineId line;
        std::optional<ledger::ContractId> contract;
        std::optional<ledger::PoolId> pool;
        std::uint64_t entry = 0;
        ledger::Day business_date = 0;
        ledger::Day as_of = 0;
        std::int64_t measured = 0;
        std::int64_t threshold = 0;
        std::vector<ledger::AlertAnswer> answers;
    };
    struct Measure {
        std::int64_t measured = 0;
        std::int64_t threshold = 0;
    };
    /// A line as the entry leaves it.
    struct LineNow {
        ledger::Amount limit = 0;
        ledger::Wide reserved = 0;
    };

    void take(const ledger::RulesetRegister& ruleset);
    void take(const ledger::ProductRegister& product);
    void take(const ledger::Capture& capture);
    void take(const ledger::DebitResult& result, const ledger::ContractId& contract, const At& at);
    void take_back_debit(const ledger::DebitId& id);
    void take_back_capture(const ledger::ContractId& id);
    Wrong take(const ledger::Alert& alert, const At& at);
    Wrong take(const ledger::AlertDisposition& disposition, const At& at);
    /// Null if nothing raised it.
    const Kept* alert(const ledger::AlertId& id) const;

    /// After the entry: counts failed debits of a contract that it touched.
    void look(const ledger::ContractId& id, const At& at);
    /// The same for what is taken up of a line; `moved`: contracts that the entry touched.
    Status look(const ledger::LineId& id, const LineNow& now,
                const std::set<ledger::ContractId>& moved, const At& at,
                const ledger::RecordReader& after);
    /// On a pool, which AuditPools follows.
    void warn(const ledger::PoolId& id, ledger::AlertRule rule, ledger::Day as_of,
              const Measure& measure, const At& at);
    /// A day was closed: judges first payments.
    Status close(ledger::Day day, const At& at, const ledger::RecordReader& after);

    void begin_block();
    /// The first record that nothing leads to, or what is not on record.
    Result<Wrong> compare(const ledger::BlockResult& block,
                          const ledger::RecordReader& after) const;

private:
    using Subject = std::pair<ledger::AccountClass, std::array<std::uint8_t, 16>>;
    struct Thresholds {
        ledger::Ppm limit_use_ppm = 0;
        ledger::Day first_payment_days = 0;
        std::uint32_t missed_debits = 0;
    };
    /// What came of a debit.
    struct Outcome {
        ledger::Day value_date = 0;
        std::uint64_t entry = 0;
        bool failed = false;
        bool taken_back = false;
        ledger::DebitId debit;
    };
    struct Contract {
        ledger::LineId line;
        ledger::RulesetId ruleset;
        std::vector<Outcome> debits;  ///< by value date, then entry
        std::uint32_t missed = 0;     ///< in a row
        bool gone = false;            ///< its capture was taken back
    };
    struct Line {
        std::map<ledger::ContractId, ledger::Wide> principal;  ///< of each contract, if known
        std::optional<ledger::ContractId> newest;
        bool known = false;
        bool reached = false;
    };

    void expect(const Subject& on, Kept kept);
    void keep(const Subject& on, const ledger::AlertId& id, Kept kept);
    Status judge(const ledger::ContractId& id, ledger::Day awaited, const At& at,
                 const ledger::RecordReader& after, std::size_t& events);
    Result<Wrong> compare_alert(const ledger::AlertId& id, const ledger::RecordReader& after) const;

    std::map<ledger::RulesetId, Thresholds> rulesets_;
    std::map<ledger::ProductId, ledger::RulesetId> products_;
    std::map<ledger::ContractId, Contract> contracts_;
    std::map<ledger::LineId, Line> lines_;
    std::map<ledger::DebitId, ledger::ContractId> debited_;
    std::map<ledger::Day, std::deque<ledger::ContractId>> awaited_;
    ledger::Day awaited_from_ = 0;
    std::map<ledger::AlertId, Kept> alerts_;
    std::map<Subject, std::vector<ledger::AlertId>> lists_;
    // Of the block in hand.
    std::set<ledger::AlertId> touched_;
    std::set<Subject> touched_lists_;
};

}  // namespace tally::storage
