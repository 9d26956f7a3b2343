#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/wall_clock.h"
#include "cli/kept_submission.h"
#include "cli/last_words.h"
#include "cli/output.h"
#include "cli/source_lock.h"
#include "cli/submission_file.h"
#include "cli/target.h"
#include "client/client.h"
#include "client/trust.h"
#include "network/proc.h"

namespace tally::cli {

inline constexpr std::uint32_t kSubmitTimeoutSeconds = 30;

struct SubmitOptions {
    Target target;
    std::string file;
    std::vector<std::string> keys;
    std::string wait = "committed";  ///< or certified
    bool atomic = false;
    bool dry_run = false;
    std::string not_after;

    bool waits_for_certificate() const { return wait != "committed"; }
};

/// One run of the command, from what the file says to what became of it.
class Submitting {
public:
    Submitting(const SubmitOptions& options, Console& console, const client::NetworkTrust& trust)
        : options_(options), console_(console), trust_(trust) {}

    Exit run();

private:
    Exit submit_drafts(const std::string& text);
    /// What somebody prepared, or kept: it goes out as it is.
    Exit submit_prepared(const std::string& text);
    Exit submit_kept(const std::string& path, const PreparedSubmission& kept);
    /// What was sent from here before, all of it; outcome_unknown for anything less. `drafts`: what
    /// it was made of.
    Result<PreparedSubmission> open_kept(const std::string& path, const std::string& drafts) const;
    /// Nothing if the wish is a new one; else what came of the submission that is kept.
    std::optional<Exit> resume(const Wish& wish, const std::string& path);
    Exit refuse_for(const std::string& path);
    /// The time that is asked for now, if any, is the one that was signed; so many seconds from now
    /// mean a time, and any is one.
    bool is_as_late(const PreparedSubmission& kept) const;
    /// Fails with signatures_missing, and says who signs next.
    Status check_signed(const std::string& path, const PreparedSubmission& prepared) const;
    Exit send(const PreparedSubmission& prepared, const std::string& path, client::Client& client,
              bool fresh);
    /// What a booked submission is shown as, and with which code the command ends.
    struct Shown {
        std::optional<std::uint64_t> proven;  ///< size of a checkpoint that the proofs are under
        std::string unproven;                 ///< why there is none, where one was waited for
        std::set<std::string> unshown;        ///< refusals that one node alone says
    };
    /// Contradicted, where a proof shows something else.
    Result<Shown> show_proofs(const PreparedSubmission& prepared, const client::Receipt& receipt,
                              client::Client& client) const;
    /// The same bytes to the other nodes, one after the other, for as long as is left: what the
    /// one that answered says is booked, and nobody certifies, may be made up, and so may what it
    /// refuses. Nothing where none of them shows what it says.
    std::optional<Exit> send_elsewhere(const PreparedSubmission& prepared, const std::string& path,
                                       const client::Client& client, std::string liar,
                                       std::chrono::steady_clock::time_point until);
    client::Wait wait() const;
    /// What was waited for is proven; where nothing was, nothing of the answer is doubtful.
    bool suffices(const client::Receipt& receipt, const Shown& shown) const;
    /// It refuses now what neither a second node nor a proof shows.
    static bool is_doubtful(const client::Receipt& receipt, const Shown& shown);
    Exit conclude(const PreparedSubmission& prepared, const std::string& path,
                  const client::Receipt& receipt, const Shown& shown, client::Client& client);
    Exit report_unknown(const std::string& path, const Error& error) const;
    /// A node said one thing, and a proof that holds shows another.
    Exit report_contradicted(const std::string& path, const Error& error, const std::string& url,
                             const client::Client& client) const;
    Exit report_refused(const std::string& path, const Error& error, bool final) const;
    void print_transactions(const std::vector<ledger::Transaction>& transactions) const;
    /// The command that sends what the file holds.
    std::string command_for(const std::string& path) const {
        return command_for(path, options_.target);
    }
    std::string command_for(const std::string& path, const Target& target) const;
    /// retry_open: another process submits the same source.
    std::optional<Exit> lock(const std::string& source, const std::string& path);
    /// The same command from another folder, for whoever cannot write in this one.
    std::string command_elsewhere() const;
    /// Before a byte goes out.
    Exit keep_and_send(const PreparedSubmission& prepared, const std::string& path,
                       client::Client& client);

    const SubmitOptions& options_;
    Console& console_;
    const client::NetworkTrust& trust_;
    const ledger::Millis began_ = process_began();
    std::optional<SourceLock> lock_;
    /// From before it is kept until whoever ends the process is told that it is.
    std::optional<network::HeldSignals> held_;
};

}  // namespace tally::cli
