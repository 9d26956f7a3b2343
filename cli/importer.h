#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "book/planner.h"
#include "book/remote_records.h"
#include "book/row.h"
#include "book/signing.h"
#include "cli/submission_file.h"
#include "cli/target.h"

namespace tally::cli {

/// What became of a book. `failure` says why the rest was not sent; everything acknowledged before
/// it stands, and the same import may be started again.
struct ImportSummary {
    std::uint64_t rows = 0;          ///< in the book
    std::uint64_t acknowledged = 0;  ///< rows whose outcome is known to be on record
    std::uint64_t accepted = 0;
    std::map<std::string, std::uint64_t> refused;  ///< by outcome code
    /// The first of them, by line.
    std::vector<std::pair<std::uint64_t, std::string>> refused_rows;
    std::uint64_t replayed = 0;          ///< of the acknowledged: on record before this import
    std::uint64_t refused_replayed = 0;  ///< of those, refused
    std::uint64_t unexpected = 0;        ///< outcome differs from the row's `expect`
    std::uint64_t submissions = 0;
    std::uint64_t retries = 0;  ///< attempts beyond the first
    double seconds = 0;
    std::uint64_t applied_index = 0;  ///< a min_index that sees all of it
    Status failure;
    /// The row whose id stands on record with other content, if that is the failure.
    std::optional<std::pair<ledger::TransactionId, ledger::MemberId>> reused;
    /// It was compared with what is on record, and is something else. Otherwise a node refused it
    /// for what was booked since this import looked.
    bool compared = false;
};

/// A row that the network answered for.
struct Acknowledged {
    ledger::TransactionId id;
    ledger::MemberId submitter;
    std::string outcome;
    std::uint64_t entry = 0;
    bool repeated = false;  ///< on record before
    bool shown = false;     ///< by a proof or two nodes, not by the word of one
};

/// What stands on record under the id of a row.
struct Recorded {
    std::string outcome;  ///< of the first time
    std::uint64_t entry = 0;
    std::uint64_t block = 0;
    /// As it is on record; kept for ids that a row states, which another row may have had.
    boost::json::object transaction;
    bool shown = false;  ///< by a proof, or as two nodes say it alike
};
using RecordedRows = std::map<ledger::TransactionId, Recorded>;

struct ImportOptions {
    std::optional<book::Format> format;  ///< none: the one that the book's first character shows
    std::size_t batch = 500;
    std::size_t faults_max = 20;  ///< bad lines that are named
    std::ostream* receipts = nullptr;
    std::string kept;   ///< where a submission stands until its outcome is known; empty: nowhere
    std::string again;  ///< the command of this import, from any folder
    std::string elsewhere;  ///< the same with the book on standard input
    Target target;          ///< for the commands that errors show
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

/// Sends a book row by row, in order, each signed with those of `signers` that it needs
/// (book/signing.h) and submitted by the member who answers for it. Claims that rows
/// leave out are computed by the rules on a local copy of the ledger, which follows what the
/// network acknowledges.
class Importer {
public:
    /// All must outlive the importer.
    Importer(client::Client& client, const ledger::Genesis& genesis,
             const std::vector<Signer>& signers, ImportOptions options);

    /// First pass: every fault of the book, by line; empty when it can be sent. Counts the rows.
    /// Nothing is sent by it.
    std::vector<std::string> check(std::istream& book);
    /// Second pass, from the beginning of the same book.
    ImportSummary send(std::istream& book);

    /// Of all rows that were checked, in order.
    const std::vector<ledger::TransactionId>& ids() const { return ids_; }
    const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }

private:
    /// Rows that go together: one, or a group.
    struct Unit {
        std::vector<book::BookRow> rows;
        std::vector<ledger::TransactionId> ids;
        std::vector<std::size_t> keys;  ///< that sign, by their places in signers_
    };
    struct Batch {
        std::vector<std::size_t> keys;
        std::vector<std::uint64_t> lines;
        std::vector<std::optional<ledger::Outcome>> expect;
        std::vector<book::Planned> planned;
        std::vector<Bytes> transactions;
        std::size_t bytes = 0;
        bool atomic = false;
    };

    std::vector<std::size_t> keys_for(const book::BookRow& row) const;
    const ledger::MemberId& submitter_of(const std::vector<std::size_t>& keys) const {
        return signers_[keys.front()].member;
    }
    Status begin();
    Status send_rows(book::RowReader& reader);
    Status add(const Unit& unit);
    Status look_at_books(const ledger::Transaction& close);
    Status send_unit(const Unit& unit);
    Status compare(const book::BookRow& row, const Recorded& recorded) const;
    Status replay(const Unit& unit);
    Result<std::vector<book::Planned>> plan(const Unit& unit);
    /// Sends the batch; what nodes did not judge, once more.
    Status flush();
    Status send_once();
    /// Leaves in the batch what follows the first `settled` of it.
    void keep_rest(std::size_t settled);
    static std::string lines_text(std::uint64_t first, std::uint64_t last);
    Result<PreparedSubmission> sign_batch() const;
    /// Kept while its outcome is not known.
    Result<client::Receipt> send_batch(const PreparedSubmission& prepared) const;
    /// One of a receipt's transactions as a second node or a proof shows it: whoever answers alone
    /// could have booked nothing.
    Status confirm(const client::Receipt& receipt);
    Status confirm_one(const client::Receipt& receipt, const client::SubmittedTransaction& one);
    Status settle(const client::Receipt& receipt);
    void acknowledge(std::uint64_t line, Acknowledged row,
                     const std::optional<ledger::Outcome>& expect, const Recorded& recorded,
                     bool repeated);
    /// From here on by what the network has, whatever was planned before.
    void follow_network(std::uint64_t min_index);
    std::size_t bytes_max() const;

    client::Client& client_;
    const ledger::Genesis& genesis_;
    const std::vector<Signer>& signers_;
    const ImportOptions options_;
    const api::MemberResolver resolver_;
    std::vector<book::KeyHolder> holders_;  // of signers_

    book::RemoteRecords remote_;
    std::optional<book::LocalLedger> ledger_;
    bool on_network_ = false;       // ledger_ stands on remote_
    std::uint64_t generation_ = 0;  // of what ledger_ stands on
    RecordedRows recorded_;
    Batch batch_;
    ImportSummary summary_;
    std::vector<ledger::TransactionId> ids_;              // of all rows, in order
    std::vector<ledger::MemberId> submitters_;            // likewise
    std::map<ledger::TransactionId, std::size_t> types_;  // of rows, by their ids: what is reversed
    std::set<ledger::TransactionId> stated_;              // by their rows, not derived
    std::vector<Acknowledged> acknowledged_;
};

/// Which of the rows that a member submits are on record under their ids: nothing if none of some
/// rows, spread over them, is. Only what two nodes say alike or a proof shows is, for what is on
/// record is not sent; where one node is named, what it says. Those of `stated` come with the
/// transaction on record. Fails with the client's error, or bad_answer.
Result<RecordedRows> find_recorded(client::Client& client, const ledger::Genesis& genesis,
                                   const ledger::MemberId& submitter,
                                   const std::vector<ledger::TransactionId>& ids,
                                   const std::set<ledger::TransactionId>& stated);

/// What the submitters' histories on two nodes, and proofs, say about acknowledged rows.
struct CheckSummary {
    std::uint64_t acknowledged = 0;
    std::uint64_t found = 0;    ///< shown to be on record with the outcome that was acknowledged
    std::uint64_t doubled = 0;  ///< shown to be accepted more than once
    std::uint64_t entries = 0;  ///< walked, on all nodes
    std::uint64_t proven = 0;   ///< rows of which no two nodes say the same, shown by their proofs
    std::uint64_t differing = 0;           ///< words of a node that differ from what is shown
    std::vector<std::string> differences;  ///< the first of them, with the node
    std::vector<std::string> faults;       ///< why a node's history could not be read

    bool holds() const { return found == acknowledged && doubled == 0; }
};
Result<CheckSummary> check_history(client::Client& client, const ledger::Genesis& genesis,
                                   const std::vector<Acknowledged>& acknowledged,
                                   std::uint64_t min_index,
                                   const std::function<void(std::uint64_t)>& progress);

/// Refusals that are said to have been on record before: whoever tries such a row anew under
/// another id books it twice if the word of one node was a lie.
struct Refusals {
    std::uint64_t shown = 0;    ///< by a proof or two nodes
    std::uint64_t unshown = 0;  ///< one node's word
    std::vector<std::string> contradicted;
};
Refusals check_refusals(client::Client& client, const ledger::Genesis& genesis,
                        const std::vector<Acknowledged>& acknowledged);

}  // namespace tally::cli
