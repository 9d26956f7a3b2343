#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/errors.h"
#include "ledger/submission.h"
#include "ledger/types.h"

namespace tally::client {

struct ClientOptions {
    std::vector<std::string> urls;  ///< `http://host:port`, one for each node, tried in turn
    /// What the nodes at these urls are called, where that is known: an answer that names the
    /// leader then leads to it at once. Without them names are learnt from answers.
    std::vector<std::string> names;
    /// Of a read every node is asked until two say the same, for a second at most: then that is
    /// the answer. Where no two do, one node's word is, and Answer::alone says so.
    bool agreed = false;
    /// The network's id in 64 hexadecimal digits, where it is known: then an answer that names
    /// another network counts for nothing, and that node is not asked again by the same call.
    std::string network;
    /// It is known that the network has no other node: what this one refuses nobody can have
    /// booked.
    bool only_node = false;
    std::chrono::milliseconds connect_timeout{1000};
    std::chrono::milliseconds attempt_timeout{10'000};  ///< one request on one node
    std::chrono::milliseconds deadline{30'000};         ///< all attempts of one call together
    /// A read that is not answered for so long is asked of the next node too. A submission waits
    /// for a share of the deadline instead; it goes to the node that answers call the leader.
    std::chrono::milliseconds hedge_delay{250};
    std::chrono::milliseconds retry_delay_min{20};  ///< doubles with every round over the nodes
    std::chrono::milliseconds retry_delay_max{1000};
};

/// What a node said, whatever it said.
struct Answer {
    int status = 0;
    std::string body;
    std::string content_type;
    std::optional<std::uint64_t> index;  ///< Tally-Index: the block that a read is as of
    bool stale = false;                  ///< Tally-Stale: no quorum confirmed the read
    std::string url;                     ///< of the node that answered
    bool alone = false;                  ///< others were asked, and none said the same
};

struct ReadOptions {
    bool local = false;           ///< the node's own state, not confirmed by a quorum
    std::uint64_t min_index = 0;  ///< wait until this block is applied: read your own writes
};

/// What a list of lines, contracts or borrowers is asked for; what is empty lets everything
/// through.
struct ListQuery {
    std::string owner;        ///< member, by id or name
    std::string servicer;     ///< the same; of contracts alone
    std::string state;        ///< `FROZEN`, `OVERDUE`, ...; not of borrowers
    std::string borrower;     ///< id; not of borrowers
    std::string line;         ///< id; of contracts and alerts
    std::string contract;     ///< id; of complaints and alerts
    std::string lender;       ///< member, by id or name; of recons and opinions
    std::string rule;         ///< `limit_use`, ...; of alerts alone
    std::string pool;         ///< id; of alerts alone
    std::string cursor;       ///< `next` of the page before, which was asked for the same
    std::uint64_t limit = 0;  ///< rows of a page, up to 200; 0: as the node likes
};

struct SubmittedTransaction {
    std::string id;       ///< 32 hexadecimal digits
    std::string outcome;  ///< `accepted`, or why it was refused
    std::uint64_t entry = 0;
    bool repeated = false;  ///< on record before with the same bytes; this is the first outcome

    bool accepted() const { return outcome == "accepted"; }
};

struct Receipt {
    std::uint64_t block = 0;
    std::string block_time;
    std::uint64_t header_entry = 0;
    bool replayed = false;
    std::uint64_t applied_index = 0;  ///< as ReadOptions::min_index it sees this on any node
    std::optional<std::uint64_t> certified_size;
    std::vector<SubmittedTransaction> transactions;
    std::string json;  ///< the answer, verbatim
    std::string url;   ///< of the node that answered: all of it is that node's word
    std::uint32_t attempts = 1;

    bool all_accepted() const;
};

/// A JSON object by name: scalars of the top level, and all of it as text.
class Document {
public:
    /// bad_answer if the body is not a JSON object.
    static Result<Document> parse(const Answer& answer);

    /// A member by its path (`principal`, `links/0/class`, `schedule/2/principal`); nothing if it
    /// is absent or of another kind.
    std::optional<std::int64_t> integer(std::string_view path) const;
    std::optional<std::string> text(std::string_view path) const;
    std::optional<bool> boolean(std::string_view path) const;
    bool has(std::string_view path) const;

    const std::string& json() const { return answer_.body; }
    std::optional<std::uint64_t> index() const { return answer_.index; }
    bool stale() const { return answer_.stale; }
    const std::string& url() const { return answer_.url; }

private:
    Answer answer_;
    std::map<std::string, std::string, std::less<>> scalars_;  // path -> kind letter, then text
};

/// Judges the text of an answer; the error of the last one that did not hold is what the call fails
/// with where no node has a better one.
using AnswerCheck = std::function<Status(const std::string& body)>;
using ProofCheck = AnswerCheck;

/// What an answer says, in words that two nodes share that say the same.
using Meaning = std::function<std::string(const std::string& body)>;
/// What the nodes said to a question for which one node's word does not do.
struct Heard {
    std::optional<Answer> agreed;  ///< what two nodes said alike, which may be a refusal
    std::vector<Answer> said;      ///< what each node said that answered in the form asked for
};

enum class Wait : std::uint8_t { committed, certified };

/// Talks to the nodes of one network over HTTP (docs/API.md). Connections are kept and reused.
/// Thread-safe: concurrent calls use connections of their own. Every call ends by its deadline.
class Client {
public:
    /// bad_url for anything but `http://host:port`, or without urls.
    static Result<Client> create(ClientOptions options);
    static Result<Client> create(std::vector<std::string> urls);
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// Submits and waits until it is committed and applied. The same bytes go to one node after the
    /// other, again and again, until one answers for good or the deadline passes: repeating is
    /// safe, because ids are unique. Retry-After is honoured. Fails with the node's code for what
    /// no retry can mend (bad_signature, ...), if it is a documented one, a second node repeats it,
    /// and no attempt of the call left open whether it arrived. `expired` counts only after the
    /// submission's own not-after. With outcome_unknown if it may have arrived, also when one node
    /// alone refuses it, says that it was not meant for it (misdirected, wrong_network), or gives a
    /// receipt that is not one of these transactions; else with the last reason (no_quorum,
    /// overloaded, unreachable), which is the word of each node for itself.
    Result<Receipt> submit(const ledger::Submission& submission, Wait wait = Wait::committed);
    /// The same for a body in JSON, as the API takes it.
    Result<Receipt> submit_json(const std::string& body, Wait wait = Wait::committed);

    /// GET from the first node that answers in the form that docs/API.md gives that path; other
    /// nodes are tried until the deadline, one more whenever those before have been silent for
    /// `hedge_delay`. A refusal, not_found too, is an Error with the node's code: once a second
    /// node repeats it, or where nobody else can be asked.
    /// `holds`: what an answer must show beyond its form; one that does not is asked of the next
    /// node.
    Result<Answer> get(const std::string& path, const ReadOptions& options = {},
                       const AnswerCheck& holds = {});
    /// GET from one node after the other, until two say the same or nobody else can be asked. Fails
    /// where no node says anything.
    Result<Heard> hear(const std::string& path, const Meaning& meaning,
                       const ReadOptions& options = {});
    /// The same for a POST of JSON that changes nothing, such as /v1/proposals.
    Result<Heard> hear_query(const std::string& path, const std::string& body,
                             const Meaning& meaning);
    /// One request to one node (by position in the urls), no retries; any status is an Answer.
    Result<Answer> get_from(std::size_t node, const std::string& path);
    /// The same for a submission in JSON.
    Result<Answer> post_to(std::size_t node, const std::string& path, const std::string& body,
                           const std::string& content_type);

    Result<Document> status(std::size_t node);
    Result<Document> line(const std::string& id, const ReadOptions& options = {});
    Result<Document> contract(const std::string& id, const ReadOptions& options = {});
    Result<Document> borrower(const std::string& id, const ReadOptions& options = {});
    /// A page of all there are (docs/API.md, Lists): it may have few rows, or none, and go on.
    Result<Document> lines(const ListQuery& query = {}, const ReadOptions& options = {});
    Result<Document> contracts(const ListQuery& query = {}, const ReadOptions& options = {});
    Result<Document> borrowers(const ListQuery& query = {}, const ReadOptions& options = {});
    /// What was posted under a payment's reference, by this member or, if empty, by anybody.
    Result<Document> payment(const std::string& source_ref, const std::string& member = {},
                             const ReadOptions& options = {});
    /// An accounting day, `2024-01-31`, and what its DAY_CLOSE states.
    Result<Document> day(const std::string& date, const ReadOptions& options = {});
    Result<Document> transaction(const std::string& member, const std::string& id,
                                 const ReadOptions& options = {});
    Result<Document> entry(std::uint64_t entry, const ReadOptions& options = {});
    /// Evidence that verifies offline (proof.h). Waits for a certified checkpoint, until the
    /// deadline; then fails with not_certified.
    /// `holds`: what a proof must show to be an answer; while there is another node, one that does
    /// not is asked of the next.
    Result<std::string> proof(std::uint64_t entry, const ProofCheck& holds = {});
    /// The same without waiting for a checkpoint.
    Result<std::string> proof_at_once(std::uint64_t entry, const ProofCheck& holds);
    /// Waits until a certified checkpoint of any node covers the entry; returns the checkpoint's
    /// size.
    Result<std::uint64_t> await_certified(std::uint64_t entry);
    /// The bytes of the genesis. A node's word: compare the network id with one that you trust.
    Result<Bytes> genesis();

    const ClientOptions& options() const;

private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Body of `POST /v1/submissions` in JSON.
std::string submission_json(const ledger::Submission& submission);

}  // namespace tally::client
