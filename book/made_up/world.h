#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/ids.h"
#include "book/local_ledger.h"
#include "book/made_up/options.h"
#include "book/row.h"
#include "book/signing.h"
#include "ledger/pool.h"
#include "ledger/position.h"
#include "ledger/queries.h"
#include "ledger/records.h"

// What is true in a made-up book: the ledger itself, and of it what the story goes by.

namespace tally::book::made_up {

struct Line {
    ledger::LineId id;
    std::size_t borrower = 0;  ///< place in Memory::borrowers
    ledger::AssessmentId assessment;
    ledger::Amount assessed = 0;  ///< limit of the assessment
    std::uint32_t band = 1;
    ledger::Amount limit = 0;
    ledger::Amount used = 0;
    ledger::Amount reserved = 0;
    ledger::Day valid_from = 0;
    ledger::Day valid_to = 0;  ///< last day of the assessment too
    ledger::LineStatus status = ledger::LineStatus::active;
    bool in_arrears = false;  ///< why it is frozen

    ledger::Amount available() const {
        return limit - used > reserved ? limit - used - reserved : 0;
    }
    bool active() const { return status == ledger::LineStatus::active; }
};
/// An authorisation.
struct Hold {
    ledger::AuthorisationId id;
    std::size_t line = 0;
    ledger::Amount amount = 0;
    ledger::Day expires = 0;
    bool open = true;
};
/// A row of a plan of which something is outstanding.
struct Due {
    ledger::Day day = 0;
    ledger::Amount amount = 0;
};
/// A borrower's permission to draw what is due.
struct Mandate {
    ledger::MandateId id;
    ledger::Amount most = 0;  ///< of one debit
    ledger::Day valid_to = 0;
};
/// A purchase and what is left to pay of it.
struct Deal {
    ledger::ContractId id;
    std::size_t line = 0;
    ledger::Amount principal = 0;
    ledger::Ppm rate_ppm = 0;
    ledger::Day captured = 0;
    ledger::ContractStatus status = ledger::ContractStatus::active;
    std::vector<Due> due;  ///< ascending
    ledger::Amount outstanding = 0;
    ledger::Amount principal_left = 0;
    ledger::Amount refunded = 0;
    ledger::Amount lost = 0;  ///< charged off and not recovered
    std::optional<ledger::HardshipId> request;
    bool relieved = false;  ///< it got its answer to a request

    ledger::Day reopened = 0;        ///< by a chargeback; 0: never
    std::optional<Mandate> mandate;  ///< by which it is paid; revoked ones are forgotten

    bool pledged = false;
    bool offered = false;
    bool sold = false;
    std::optional<std::size_t> pool;  ///< that it is in: place in Memory::pools
    bool bought_back = false;

    bool active() const { return status == ledger::ContractStatus::active; }
    bool paid() const { return status == ledger::ContractStatus::closed_paid; }
    /// Everything that falls due by a day, arrears included.
    ledger::Amount due_by(ledger::Day day) const;
};
struct Payment {
    std::size_t deal = 0;
    ledger::Amount amount = 0;
    std::string source_ref;
    ledger::Day business_date = 0;
    ledger::Day value_date = 0;
    std::optional<ledger::TransactionId> id;  ///< if it may be reversed
    bool reversed = false;
    bool drawn = false;  ///< by a debit: its result is the bank's
};
/// How a borrower pays.
enum class Mood : std::uint8_t { prompt, careless, strained, lost };
struct Borrower {
    ledger::BorrowerId id;
    Mood mood = Mood::prompt;
    bool stopped = false;                            ///< pays nothing any more
    ledger::Day contacted = 0;                       ///< last
    std::optional<ledger::DisclosureId> disclosure;  ///< that it has seen the costs
};
struct Complaint {
    ledger::ComplaintId id;
    bool answered = false;
};
/// A pool, as far as it has come.
struct Pool {
    enum class Stage : std::uint8_t { draft, sealed, offered, issued, closed };
    ledger::PoolId id;
    Stage stage = Stage::draft;
    std::vector<std::size_t> deals;  ///< in it
};
struct Memory {
    ledger::RulesetId ruleset;
    ledger::ProductId product;
    ledger::ModelId model;
    ledger::CostTableId cost_table;
    std::vector<std::string> shops;  ///< their pseudonyms
    std::vector<Borrower> borrowers;
    std::vector<Line> lines;
    std::vector<Hold> holds;
    std::vector<Deal> deals;
    std::vector<Pool> pools;
    std::vector<Payment> payments;
    std::vector<ledger::DebitId> results;  ///< debits that have one
    std::vector<ledger::MandateId> revoked;
    std::vector<Complaint> complaints;
    std::vector<ledger::ReconId> recons;
    std::vector<ledger::BorrowerId> erased;
    std::vector<std::pair<ledger::AlertId, ledger::ContractId>> warned;  ///< by hand
    std::vector<ledger::AlertId> decided;                                ///< for good
    std::vector<std::pair<std::size_t, ledger::AssessmentId>> declined;  ///< borrower, assessment
};

/// Dates and id of a row, where they are not the usual ones.
struct RowExtra {
    std::optional<ledger::Day> value_date;  ///< the business date
    std::optional<ledger::TransactionId> id;
};

/// Puts rows through the rules and writes them, as many as the book is to have: what comes after
/// is tried and not written.
class World {
public:
    using Draft = boost::json::object;

    /// Both must outlive it.
    World(const GeneratorOptions& options, const std::function<void(const BookRow&)>& sink);

    bool full() const { return book_.rows >= options_.transactions; }
    const GeneratedBook& book() const { return book_; }
    const GeneratorOptions& options() const { return options_; }
    Memory& memory() { return memory_; }

    /// Opens the day unless it is, and closes the one before. Days must not go back.
    void begin(ledger::Day day);
    /// A row of the story, on a day that it begins. Requires that the rules accept it.
    void accept(ledger::Day day, Draft draft, const RowExtra& extra = {});
    /// The same, on no day: registrations.
    void register_terms(Draft draft);
    /// A servicer opens the day after as well, by mistake, and takes it back.
    void open_too_early(ledger::Day day);
    /// An attempt on any day. Requires that the rules refuse it.
    void refuse(ledger::Day day, Draft draft, const RowExtra& extra = {});
    /// Rows on a closed day, all or none: written if the rules accept them. Returns whether they
    /// did.
    bool correct(ledger::Day day, std::vector<std::pair<Draft, RowExtra>> rows);

    /// Learns what became of a deal, and moves its line's use. Returns where it stands on the day.
    ledger::Position look(std::size_t deal_place, ledger::Day day);
    /// A pool as it stands now. Requires that there is one.
    ledger::PoolRecord pool(const ledger::PoolId& id) const;
    /// Alerts on a contract, line or pool.
    std::vector<ledger::AlertsView::Item> alerts_on(ledger::AccountClass on,
                                                    const std::array<std::uint8_t, 16>& id) const;
    /// The draft with all claims computed; nothing if the rules compute none.
    std::optional<Draft> claimed(ledger::Day day, const Draft& draft) const;

    /// Today, and the last day that is closed; none before the first.
    std::optional<ledger::Day> today() const { return today_; }
    std::optional<ledger::Day> closed() const { return closed_; }

    /// An id that no other call gave.
    template <typename Id>
    Id fresh() {
        return Id{next_id()};
    }
    std::string fresh_text() { return api::id_text(next_id()); }
    std::string fresh_digest();
    std::string fresh_reference(std::string_view from);
    boost::json::array shares() const;
    /// The funder that lends on deals and buys them.
    const std::string& first_funder() const { return options_.funders.front(); }

private:
    std::array<std::uint8_t, 16> next_id();
    BookRow row_of(ledger::Day day, Draft draft, const RowExtra& extra) const;
    ledger::Outcome plan(BookRow& row);
    /// Who signs these rows together.
    Signers signers_of(std::span<const BookRow> rows) const;
    void write(BookRow row);

    const GeneratorOptions& options_;
    const std::function<void(const BookRow&)>& sink_;
    ledger::Genesis genesis_;
    Signers signers_;
    std::vector<KeyHolder> holders_;  // of signers_
    LocalLedger ledger_;
    Memory memory_;
    GeneratedBook book_;
    std::optional<ledger::Day> today_;
    std::optional<ledger::Day> closed_;
    std::uint64_t next_number_ = 0;
    std::uint64_t next_reference_ = 0;
    std::uint64_t next_group_ = 0;
};

/// A draft of a type: `draft_of("LIMIT_CLOSE", {{"line", ...}})`.
World::Draft draft_of(std::string_view type, World::Draft fields = {});

}  // namespace tally::book::made_up
