#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/client.h"
#include "crypto/ed25519.h"
#include "ledger/genesis.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"
#include "network/network_spec.h"

namespace tally::testing {

struct ClusterOptions {
    network::NetworkSpec spec = network::NetworkSpec::development(3);
    std::string binary;  ///< of tallystick; empty: $TALLYSTICK_BINARY, then the installed one
    std::chrono::milliseconds deadline{20'000};  ///< for everything that waits
    /// The nodes reach each other through relays of this process, so that links can be cut and made
    /// slow. Without it they reach each other directly.
    bool links = false;
    bool keep_folder = false;  ///< also with $TALLYSTICK_KEEP: the logs stay, the nodes do not
};

/// The tallystick of the installed package, used when nothing else is said.
/// <tallystick/testing.h> calls it.
void set_installed_binary(const std::string& path);

/// Something that a test asked of its cluster did not work. Its text says what, and shows the end
/// of the log of the node in question.
class ClusterError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What an opened credit book stands on: the usual terms (ledger/usual_terms.h) and a model.
struct Book {
    ledger::RulesetId ruleset;
    ledger::ProductId product;  ///< in CNY
    ledger::ModelId model;
    ledger::Day day = 0;  ///< the newest one that is open
};

/// A throw-away network of real processes on loopback, in a temporary folder and on free ports, for
/// integration tests. Ready when constructed. Its end, or the end of the test process in whatever
/// way, ends the nodes (paused ones too) and removes the folder.
///
/// Nodes are numbered from 0: node i is called n<i+1>. Everything that fails throws ClusterError,
/// which a test framework reports. Not thread-safe, but for `client()`; a test that submits from
/// many threads takes a client each from `make_client()`, or shares one.
class LocalCluster {
public:
    explicit LocalCluster(std::uint32_t nodes = 3);
    explicit LocalCluster(ClusterOptions options);
    LocalCluster(const LocalCluster&) = delete;
    LocalCluster& operator=(const LocalCluster&) = delete;
    ~LocalCluster();

    std::size_t size() const;
    const std::string& folder() const;
    std::string url(std::size_t node) const;
    std::vector<std::string> urls() const;
    std::uint16_t api_port(std::size_t node) const;
    /// 0 when it does not run.
    pid_t pid(std::size_t node) const;
    bool running(std::size_t node) const;  ///< paused ones do not count
    std::string log(std::size_t node, std::size_t lines = 50) const;

    /// SIGKILL; returns when the process is gone.
    void kill(std::size_t node);
    /// SIGTERM, and SIGKILL when it does not follow in time.
    void stop(std::size_t node);
    void pause(std::size_t node);   ///< SIGSTOP
    void resume(std::size_t node);  ///< SIGCONT
    /// Starts a node that does not run, on its old ports and data; returns when it listens.
    void start(std::size_t node);
    /// kill, if it runs, then start.
    void restart(std::size_t node);
    /// stop, if it runs, then start with another tallystick, which later starts keep: an upgrade
    /// node by node, or the way back.
    void upgrade(std::size_t node, const std::string& binary);

    // Of a cluster with ClusterOptions::links; others throw. They say what they do to links, not
    // what nodes make of it, and return when it is done. Clients reach every node all the same.

    /// No message of `from` reaches `to` any more, without an error that either could notice; those
    /// of `to` go on reaching `from`. That is what a rule of a firewall does to what one dials: the
    /// answers to pings of a connection belong to the connection, and so to its own link.
    void cut(std::size_t from, std::size_t to);
    /// Messages of `from` to `to` arrive so much later, and the answers to its pings once more.
    void slow(std::size_t from, std::size_t to, std::chrono::milliseconds delay);
    /// Cuts all links between the ones and the others, in both directions. Links among either, and
    /// to nodes that are in neither, stay.
    void partition(const std::vector<std::size_t>& ones, const std::vector<std::size_t>& others);
    /// All links, or that one, are neither cut nor slow any more. Where one was cut the node
    /// dials anew, within about a second.
    void heal();
    void heal(std::size_t from, std::size_t to);

    /// Waits until one running node leads and a majority of all nodes agree; returns its number.
    std::size_t await_leader() const;
    std::size_t await_leader(std::chrono::milliseconds deadline) const;
    /// The leader hands its lead over to this node; returns when that is seen.
    void transfer_leader(std::size_t to);
    /// Waits until all nodes that run are ready.
    void await_ready() const;
    void await_ready(std::chrono::milliseconds deadline) const;
    /// What a node says of itself; throws when it does not answer.
    client::Document status(std::size_t node) const;

    /// Knows all nodes and retries over them.
    client::Client& client() const;
    /// A client of all nodes, or of those whose urls the options name. Without options an attempt
    /// on one node ends after two seconds: tests pause nodes.
    client::Client make_client() const;
    client::Client make_client(client::ClientOptions options) const;

    const ledger::Genesis& genesis() const;
    std::string trust_path() const;  ///< network.pub
    ledger::MemberId member(const std::string& name) const;
    /// `lender` is that member's first key, `lender-2` its second.
    const crypto::SecretKey& key(const std::string& name) const;

    /// A submission of one transaction with a new id, signed with these keys (named as above); the
    /// first one's member submits. `date` is both its business and its value date.
    ledger::Submission sign(const std::vector<std::string>& signers,
                            const ledger::TransactionBody& body, ledger::Day date) const;
    /// The same for several, in this order; atomic: all or none.
    ledger::Submission sign_all(const std::vector<std::string>& signers,
                                const std::vector<ledger::TransactionBody>& bodies,
                                ledger::Day date, bool atomic = false) const;
    /// Signs and submits through `client()`, with its retries; throws unless there is a receipt.
    client::Receipt submit(const std::vector<std::string>& signers,
                           const ledger::TransactionBody& body, ledger::Day date);

    /// Opens the credit book on this day: registers the usual terms and a model under new ids, and
    /// opens the day. Later calls only open the day, which must be after the last one's; the same
    /// day again changes nothing. Members are those of the development networks.
    const Book& open_book(ledger::Day day);
    /// The book; throws before open_book.
    const Book& book() const;
    /// A line in CNY of a new borrower with an approving assessment of just as much, both valid for
    /// a year from `date`, which must be open. Bands are those of the usual product: 1 to 3, and 9
    /// without any fee.
    ledger::LineId open_line(ledger::Amount limit, ledger::Day date, std::uint32_t band = 1) const;
    /// An assessment that approves this borrower, valid for a year from `date`.
    ledger::Assessment assessment(const ledger::BorrowerId& borrower, ledger::Amount limit,
                                  ledger::Day date, std::uint32_t band = 1) const;
    /// A purchase under the book's product in 3, 6 or 12 instalments, whole: rate, APR and schedule
    /// are the product's. `lender` and `funder`, who funds all of it, have to sign.
    ledger::Capture purchase(const ledger::LineId& line, ledger::Amount principal,
                             std::uint32_t periods, ledger::Day date, std::uint32_t band = 1) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::optional<Book> book_;
};

/// A new id of 16 bytes: milliseconds since 1970, then chance (as UUIDv7, RFC 9562).
ledger::TransactionId new_transaction_id();
/// 16 bytes of chance, for lines, contracts and borrowers.
std::array<std::uint8_t, 16> new_id_bytes();
template <typename Id>
Id new_id() {
    return {new_id_bytes()};
}
/// 32 hexadecimal digits, as in paths of the API.
std::string id_text(const std::array<std::uint8_t, 16>& bytes);
template <typename Tag>
std::string id_text(const Id16<Tag>& id) {
    return id_text(id.bytes);
}

}  // namespace tally::testing
