#include "base/wall_clock.h"
#include "cli/certification.h"
#include "cli/damaged_retry.h"
#include "cli/receipt_view.h"
#include "cli/sender_lock.h"
#include "cli/shell.h"
#include "cli/submitting.h"
#include "network/proc.h"

// What goes out, and what becomes of it.

namespace tally::cli {
namespace {

/// True if nobody can book it any more, as two nodes say: a block after its time is sealed, or
/// something else stands under its id. No node's word is taken for a time that was never set, or
/// that has not come.
bool is_over(const PreparedSubmission& prepared, const Error& refusal) {
    const bool whole = prepared.header.atomic || prepared.transactions.size() == 1;
    if (client::is(refusal.code, "id_reused")) return whole;
    const auto& not_after = prepared.header.not_after;
    return client::is(refusal.code, "expired") && not_after.count() != 0 && not_after < wall_now();
}

constexpr std::chrono::milliseconds kWorthAsking{200};

/// The other nodes.
client::ClientOptions without(client::ClientOptions options, const std::string& url) {
    for (std::size_t i = options.urls.size(); i-- > 0;) {
        if (options.urls[i] != url) continue;
        options.urls.erase(options.urls.begin() + static_cast<std::ptrdiff_t>(i));
        if (i >= options.names.size()) continue;
        options.names.erase(options.names.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return options;
}

/// Shows which node of a network's folder is damaged.
std::string status_command(const Target& target) {
    Target place;
    place.dir = target.dir;
    std::vector<std::string> words{"network", "status"};
    const auto folder = target_words_anywhere(place, place.timeout_s);
    words.insert(words.end(), folder.begin(), folder.end());
    return "`" + shell_command(words) + "`";
}

}  // namespace

std::string Submitting::command_for(const std::string& path, const Target& target) const {
    std::vector<std::string> words{"submit", absolute_name(path)};
    const auto place = target_words_anywhere(target, kSubmitTimeoutSeconds);
    words.insert(words.end(), place.begin(), place.end());
    if (options_.waits_for_certificate()) words.insert(words.end(), {"--wait", options_.wait});
    if (console_.json) words.emplace_back("--json");
    return shell_command(words);
}

std::string Submitting::command_elsewhere() const {
    std::vector<std::string> words{"submit", "-"};
    for (const std::string& key : options_.keys) {
        words.insert(words.end(), {"--key", file_anywhere(key)});
    }
    const auto target = target_words_anywhere(options_.target, kSubmitTimeoutSeconds);
    words.insert(words.end(), target.begin(), target.end());
    if (options_.waits_for_certificate()) words.insert(words.end(), {"--wait", options_.wait});
    if (options_.atomic) words.emplace_back("--atomic");
    if (!options_.not_after.empty()) {
        words.insert(words.end(), {"--not-after", options_.not_after});
    }
    if (console_.json) words.emplace_back("--json");
    return shell_command(words) + from_file(options_.file);
}

/// The fate of what was signed is open: a retry must be the same bytes, for under new ids it could
/// credit twice.
Exit Submitting::report_unknown(const std::string& path, const Error& error) const {
    return console_.fail(
        Error{error.code, error.context + "; what was signed is kept in " + path +
                              ", and sending it again is safe: " + command_for(path)});
}

Exit Submitting::report_contradicted(const std::string& path, const Error& error,
                                     const std::string& url, const client::Client& client) const {
    std::string text = error.context + ", and " + url + ", which answered, lies or is damaged";
    if (options_.target.urls.empty()) text += " (" + status_command(options_.target) + ")";
    Target others = options_.target;
    others.urls = without(client.options(), url).urls;
    text += others.urls.empty()
                ? "; what was signed is kept in " + path +
                      ": submit that file to other nodes, named with --url, which is safe"
                : "; ask the others again, which is safe: " + command_for(path, others);
    return console_.fail(Exit::verification_failed, "contradicted", text);
}

/// Refused off the record. That says nothing of what was sent before: a node that was stopped may
/// have it in its socket still, and book it whenever it goes on.
Exit Submitting::report_refused(const std::string& path, const Error& error, bool final) const {
    if (!final) return report_unknown(path, left_open(error));
    const Status forgotten = forget(path);
    return forgotten ? console_.fail(error) : console_.fail(forgotten.error());
}

Exit Submitting::keep_and_send(const PreparedSubmission& prepared, const std::string& path,
                               client::Client& client) {
    held_.emplace();
    const Status kept = keep(path, prepared, command_elsewhere());
    if (kept) return send(prepared, path, client, true);
    const bool sent = client::is(kept.error().code, "retry_open");
    return console_.fail(sent ? being_sent(kept.error(), path, options_.target) : kept.error());
}

Exit Submitting::send(const PreparedSubmission& prepared, const std::string& path,
                      client::Client& client, bool fresh) {
    const auto alone = SenderLock::take(path);
    if (!alone) {
        const bool sent = client::is(alone.error().code, "retry_open");
        return console_.fail(sent ? being_sent(alone.error(), path, options_.target)
                                  : alone.error());
    }
    const LastWords interrupted(
        "what became of the submission is not known; what was signed is "
        "kept in " +
        path + ", and sending it again is safe: " + command_for(path));
    held_.reset();
    const auto until = std::chrono::steady_clock::now() + client.options().deadline;
    const auto receipt = client.submit(prepared.submission(), wait());
    if (!receipt) {
        const bool final =
            is_refusal(receipt.error().code) && (fresh || is_over(prepared, receipt.error()));
        return report_refused(path, receipt.error(), final);
    }
    const auto shown = show_proofs(prepared, *receipt, client);
    // What the node said is not shown as if it were so.
    if (!shown) return report_contradicted(path, shown.error(), receipt->url, client);
    if (!suffices(*receipt, *shown)) {
        const auto elsewhere = send_elsewhere(prepared, path, client, receipt->url, until);
        if (elsewhere) return *elsewhere;
    }
    return conclude(prepared, path, *receipt, *shown, client);
}

std::optional<Exit> Submitting::send_elsewhere(const PreparedSubmission& prepared,
                                               const std::string& path,
                                               const client::Client& client, std::string liar,
                                               std::chrono::steady_clock::time_point until) {
    client::ClientOptions options = client.options();
    for (;;) {
        options = without(std::move(options), liar);
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (options.urls.empty() || left < kWorthAsking) return std::nullopt;
        options.deadline = left;
        options.attempt_timeout = std::min(options.attempt_timeout, left);
        auto others = client::Client::create(options);
        const auto receipt = others ? others->submit(prepared.submission(), wait())
                                    : Result<client::Receipt>(others.error());
        if (!receipt) return std::nullopt;
        const auto shown = show_proofs(prepared, *receipt, *others);
        if (!shown) return report_contradicted(path, shown.error(), receipt->url, *others);
        if (suffices(*receipt, *shown)) return conclude(prepared, path, *receipt, *shown, *others);
        liar = receipt->url;
    }
}

client::Wait Submitting::wait() const {
    return options_.waits_for_certificate() ? client::Wait::certified : client::Wait::committed;
}

bool Submitting::suffices(const client::Receipt& receipt, const Shown& shown) const {
    return options_.waits_for_certificate() ? shown.proven.has_value()
                                            : !is_doubtful(receipt, shown);
}

bool Submitting::is_doubtful(const client::Receipt& receipt, const Shown& shown) {
    return std::ranges::any_of(receipt.transactions, [&shown](const auto& one) {
        return !one.repeated && shown.unshown.contains(one.id);
    });
}

Result<Submitting::Shown> Submitting::show_proofs(const PreparedSubmission& prepared,
                                                  const client::Receipt& receipt,
                                                  client::Client& client) const {
    Shown shown;
    if (options_.waits_for_certificate()) {
        // Also where the node that answered has no certificate: it may be the only one without.
        const auto size = proven_size(client, trust_.genesis, receipt, prepared);
        if (!size && client::is(size.error().code, "contradicted")) return size.error();
        if (size) {
            shown.proven = *size;
            return shown;
        }
        shown.unproven = (receipt.certified_size
                              ? "that a checkpoint covers it is the node's word: the node says "
                                "so, but "
                              : "no checkpoint that a majority signed covered it in time: ") +
                         size.error().context;
    }
    auto unshown = unshown_refusals(client, trust_.genesis, receipt, prepared);
    if (!unshown) return unshown.error();
    shown.unshown = *std::move(unshown);
    return shown;
}

Exit Submitting::conclude(const PreparedSubmission& prepared, const std::string& path,
                          const client::Receipt& receipt, const Shown& shown,
                          client::Client& client) {
    // What nobody else shows is not shown as if it were so.
    if (is_doubtful(receipt, shown)) {
        return report_unknown(
            path, fail(client::errc::outcome_unknown,
                       receipt.url + " refuses it, and neither a second node nor a proof "
                                     "shows that: it may have booked what it refuses"));
    }
    print_receipt(console_, receipt, prepared,
                  {options_.waits_for_certificate(), shown.proven, shown.unshown});
    if (!console_.json) explain(console_, receipt, prepared, client);
    if (options_.waits_for_certificate() && !shown.proven) {
        // That node's word, and nothing yet that holds against all nodes.
        return console_.remark(Exit::no_quorum, "not_certified",
                               receipt.url + " says that it is committed in block " +
                                   std::to_string(receipt.block) + ", but " + shown.unproven +
                                   "; " +
                                   (options_.target.urls.empty()
                                        ? "look at " + status_command(options_.target) + ", and "
                                        : std::string()) +
                                   "submit the same again to wait for it: " + command_for(path));
    }
    // Whoever cannot be told the outcome does not know it: then the file stays.
    if (!console_.out.flush()) {
        return console_.remark(Exit::failed, "io_failed",
                               "standard output: the outcome could not be written there; submit "
                               "the same again, which is safe: " +
                                   command_for(path));
    }
    // Who ended the process between the forgetting and its exit would be told that the outcome is
    // not known, or by the exit code, and book it once more.
    const network::HeldSignals undisturbed(network::HeldSignals::Until::exit);
    const Status forgotten = forget(path);
    if (lock_) lock_->settle();
    if (!forgotten) console_.err << "note: " << forgotten.error().context << "\n";
    return receipt.all_accepted() ? Exit::ok : Exit::failed;
}

}  // namespace tally::cli
