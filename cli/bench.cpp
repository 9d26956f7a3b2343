#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "api/errc.h"
#include "cli/bench_book.h"
#include "cli/confirm.h"
#include "cli/session.h"
#include "cli/target.h"
#include "ledger/dates.h"

// Closed loop: each client signs a submission, waits for its answer and only then makes the next
// one, so that the latency and the rate belong together. The clients run beside the nodes and take
// their share of the processors; what is measured is the whole, as a user would have it.

namespace tally::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    Target target;
    std::string mix = "grants";
    std::string key = "lender";
    std::string regulator = "regulator";
    std::string servicer = "servicer";
    std::string funder = "funder";
    std::uint32_t clients = 1;
    std::uint32_t batch = 1;
    double seconds = 10;
    std::string wait = "committed";
    bool yes = false;
};

struct Tally {
    std::uint64_t submissions = 0;
    std::uint64_t transactions = 0;
    std::uint64_t refused = 0;
    std::map<std::string, std::uint64_t> errors;
    std::vector<double> latencies_ms;
};

/// What all clients of a load have in common.
struct Load {
    client::Client& client;
    crypto::Digest network;
    BenchBook book;
    std::vector<ledger::SigningKey> keys;
    bool purchases = false;
    std::uint32_t batch = 1;  // transactions
    client::Wait wait = client::Wait::committed;

    std::vector<Bytes> next() const {
        if (!purchases) return grants_on(book, batch);
        return purchases_on(book, std::max(batch / kTransactionsAPurchase, 1U));
    }
};

Tally run_client(const Load& load, Clock::time_point end) {
    Tally tally;
    while (Clock::now() < end) {
        const auto submission =
            ledger::sign_submission(load.network, load.next(), load.keys, false, ledger::Millis{0});
        const auto begin = Clock::now();
        const auto receipt = load.client.submit(submission, load.wait);
        if (!receipt) {
            ++tally.errors[api::error_name(receipt.error().code)];
            continue;
        }
        const std::chrono::duration<double, std::milli> taken = Clock::now() - begin;
        tally.latencies_ms.push_back(taken.count());
        ++tally.submissions;
        tally.transactions += receipt->transactions.size();
        for (const auto& one : receipt->transactions) tally.refused += one.accepted() ? 0U : 1U;
    }
    return tally;
}

void add_to(Tally& total, const Tally& part) {
    total.submissions += part.submissions;
    total.transactions += part.transactions;
    total.refused += part.refused;
    for (const auto& [code, count] : part.errors) total.errors[code] += count;
    total.latencies_ms.insert(total.latencies_ms.end(), part.latencies_ms.begin(),
                              part.latencies_ms.end());
}

/// The value that `percent` of all are at or below; requires sorted values.
double percentile(const std::vector<double>& sorted, std::size_t percent) {
    if (sorted.empty()) return 0;
    return sorted[(sorted.size() - 1) * percent / 100];
}

void report(Console& console, const Options& options, const BenchBook& book, const Tally& tally,
            double seconds) {
    const double rate = static_cast<double>(tally.transactions) / seconds;
    const double submissions = static_cast<double>(tally.submissions) / seconds;
    const double p50 = percentile(tally.latencies_ms, 50);
    const double p99 = percentile(tally.latencies_ms, 99);
    const double most = percentile(tally.latencies_ms, 100);
    std::uint64_t failed = 0;
    boost::json::object errors;
    for (const auto& [code, count] : tally.errors) {
        failed += count;
        errors[code] = count;
    }
    if (console.json) {
        console.print(boost::json::object{{"mix", options.mix},
                                          {"clients", options.clients},
                                          {"batch", options.batch},
                                          {"wait", options.wait},
                                          {"seconds", seconds},
                                          {"transactions", tally.transactions},
                                          {"submissions", tally.submissions},
                                          {"refused", tally.refused},
                                          {"business_date", ledger::day_text(book.day)},
                                          {"transactions_per_s", rate},
                                          {"submissions_per_s", submissions},
                                          {"p50_ms", p50},
                                          {"p99_ms", p99},
                                          {"max_ms", most},
                                          {"errors", std::move(errors)}});
        return;
    }
    print_fields(
        console.out,
        {{"load", options.mix + " of " + std::to_string(options.clients) + " clients, " +
                      std::to_string(options.batch) + " transactions a submission, answered when " +
                      options.wait},
         {"rate", grouped(static_cast<std::uint64_t>(rate)) + " transactions a second, " +
                      decimal(submissions) + " submissions a second"},
         {"latency",
          "p50 " + decimal(p50) + " ms, p99 " + decimal(p99) + " ms, max " + decimal(most) + " ms"},
         {"total", grouped(tally.transactions) + " transactions in " + decimal(seconds) + " s, " +
                       grouped(tally.refused) + " refused"},
         {"errors", grouped(failed)},
         {"left", "on record for good: these transactions, on " + ledger::day_text(book.day) +
                      ", and a ruleset, a product and a model"}});
    for (const auto& [code, count] : tally.errors) {
        console.out << "  " << count << "  " << code << "\n";
    }
}

/// Those who open the book, then those who sign the load.
struct Parties {
    std::vector<Signer> opening;
    std::vector<Signer> load;
};

Result<Parties> parties_of(const Options& options, const ledger::Genesis& genesis) {
    Parties parties;
    auto opening =
        load_signers({options.key, options.regulator, options.servicer}, options.target, genesis);
    if (!opening) return opening.error();
    parties.opening = std::move(*opening);
    std::vector<std::string> names{options.key};
    if (options.mix == "purchases") names.insert(names.end(), {options.funder, options.servicer});
    auto load = load_signers(names, options.target, genesis);
    if (!load) return load.error();
    parties.load = std::move(*load);
    return parties;
}

/// A person is asked before a book gets what nobody can take out again. A script is taken to know
/// which network it names; it is told all the same.
Status agree(const Options& options, bool own, const std::string& network, Console& console) {
    const std::string words =
        network +
        ": holds a book that bench did not begin. What it writes stays there for good: a ruleset, "
        "a "
        "product, a model, the next day where none is open, and thousands of lines" +
        (options.mix == "purchases" ? ", purchases and payments" : "") +
        ". (A network for loads alone: `tallystick network up --ephemeral`.)";
    if (own || options.yes) return {};
    if (console.person != nullptr) return confirm(console, false, words + " Write into this one?");
    console.err << "note: " << words << "\n";
    return {};
}

Exit run(const Options& options, Console& console) {
    const auto trust = trust_of(options.target);
    if (!trust) return console.fail(trust.error());
    const auto parties = parties_of(options, trust->genesis);
    if (!parties) return console.fail(parties.error());
    auto client = connect(options.target);
    if (!client) return console.fail(client.error());
    const auto own = is_bench_network(*client, parties->opening.front().name);
    if (!own) return console.fail(own.error());
    const Status agreed = agree(options, *own, network_words(trust->genesis), console);
    if (!agreed) return console.fail(agreed.error());
    const auto book = open_bench_book(*client, trust->network, parties->opening);
    if (!book) return console.fail(book.error());
    Load load{*client, trust->network, *book, signing_keys(parties->load)};
    load.purchases = options.mix == "purchases";
    if (load.purchases) load.book.funder = parties->load[1].member;
    load.batch = options.batch;
    if (options.wait == "certified") load.wait = client::Wait::certified;

    std::vector<Tally> tallies(options.clients);
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(options.seconds));
    {
        std::vector<std::jthread> threads;
        for (std::uint32_t i = 0; i < options.clients; ++i) {
            threads.emplace_back([&, i] { tallies[i] = run_client(load, end); });
        }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    Tally total;
    for (const Tally& tally : tallies) add_to(total, tally);
    std::sort(total.latencies_ms.begin(), total.latencies_ms.end());
    report(console, options, *book, total, seconds);
    if (total.submissions == 0 && !total.errors.empty()) {
        return exit_of(client::api_code(total.errors.begin()->first));
    }
    return total.errors.empty() && total.refused == 0 ? Exit::ok : Exit::failed;
}

}  // namespace

void add_bench(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command = add_command(
        program, session, "bench",
        "Load a network with signed transactions in a closed loop; what it writes stays on record",
        "  tallystick bench --clients 4 --batch 1000 --seconds 10 --json\n"
        "  tallystick bench --mix purchases --batch 400");
    command.option("--clients", options->clients, "At the same time").range(1, 1024).show_default();
    command.option("--batch", options->batch, "Transactions in a submission")
        .range(1, 8190)
        .show_default();
    command.option("--seconds", options->seconds, "How long").range(0.1, 86'400.0).show_default();
    command.option("--wait", options->wait, "committed, or certified by a checkpoint")
        .one_of({"committed", "certified"})
        .show_default();
    command
        .option("--mix", options->mix,
                "grants of fresh lines, or purchases: assessment, grant, purchase, payment")
        .one_of({"grants", "purchases"})
        .show_default();
    command.option("--key", options->key, "Key file or member that signs: an originator")
        .show_default();
    command.option("--regulator", options->regulator, "Signs the rules that it opens")
        .show_default();
    command.option("--servicer", options->servicer, "Opens the day, and takes payments")
        .show_default();
    command.option("--funder", options->funder, "Funds purchases").show_default();
    add_yes_option(command, options->yes);
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
