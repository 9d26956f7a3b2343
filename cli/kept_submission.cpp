#include "cli/kept_submission.h"

#include <boost/json.hpp>
#include <filesystem>
#include <string_view>

#include "api/errc.h"
#include "api/json_text.h"
#include "api/problem.h"
#include "api/times.h"
#include "api/transaction_json.h"
#include "base/hex.h"
#include "cli/answer.h"
#include "cli/output.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "client/errors.h"

namespace tally::cli {
namespace {

constexpr std::string_view kMark = ".retry-";
constexpr std::string_view kEnd = ".tally";
constexpr std::size_t kDigits = 8;

std::string short_hex(const crypto::Digest& digest) {
    return to_hex(digest.bytes).substr(0, kDigits);
}

/// Takes the digits of a short_hex off the end.
bool take_digits(std::string_view& name) {
    const std::size_t before = name.find_last_not_of("0123456789abcdef");
    if (before == std::string_view::npos || name.size() - before - 1 != kDigits) return false;
    name.remove_suffix(kDigits);
    return true;
}

}  // namespace

std::string kept_source(const std::string& file, const std::string& drafts) {
    // Two names of one file are one wish.
    std::error_code failure;
    std::string real = file;
    if (std::filesystem::is_symlink(file, failure)) {
        const auto whole = std::filesystem::canonical(file, failure);
        if (!failure) real = whole.string();
    }
    // `/dev/stdin` and what a shell makes of `<(...)` are no places beside which a file can stand.
    std::error_code ignored;
    bool pipe = std::filesystem::is_fifo(file, ignored);
    for (const std::string& name : {file, real}) {
        pipe = pipe || name.starts_with("/dev/") || name.starts_with("/proc/");
    }
    if (file != "-" && !pipe) return real;
    return "stdin-" + short_hex(crypto::domain_hash("submit-stdin", {view_of(drafts)}));
}

std::string kept_path(const std::string& source, const crypto::Digest& network) {
    return source + std::string(kMark) + short_hex(network) + std::string(kEnd);
}

std::string kept_path(const std::string& source, const crypto::Digest& network, const Wish& wish) {
    Bytes keys;
    for (const crypto::PublicKey& key : wish.keys) {
        keys.insert(keys.end(), key.bytes.begin(), key.bytes.end());
    }
    const Bytes atomic{static_cast<std::uint8_t>(wish.atomic ? 1 : 0)};
    const auto asked = crypto::domain_hash("submit-wish", {view_of(wish.drafts), keys, atomic});
    return source + std::string(kMark) + short_hex(network) + "-" + short_hex(asked) +
           std::string(kEnd);
}

std::string source_of(const std::string& kept) { return kept.substr(0, kept.rfind(kMark)); }

bool is_kept_path(const std::string& file) {
    std::string_view name = file;
    if (!name.ends_with(kEnd)) return false;
    name.remove_suffix(kEnd.size());
    if (!take_digits(name)) return false;
    if (name.ends_with(kMark)) return true;
    if (!name.ends_with('-')) return false;
    name.remove_suffix(1);
    return take_digits(name) && name.ends_with(kMark);
}

bool is_kept_for(const std::string& file, const crypto::Digest& network) {
    return is_kept_path(file) &&
           file.substr(file.rfind(kMark)).starts_with(std::string(kMark) + short_hex(network));
}

LeftBeside left_beside(const std::string& source, const crypto::Digest& network,
                       const std::string& path) {
    const std::filesystem::path beside(source);
    const auto folder =
        beside.has_parent_path() ? beside.parent_path() : std::filesystem::path(".");
    const std::string begin = beside.filename().string() + std::string(kMark) + short_hex(network);
    // A file that was moved, or has a second name, asks for the same still.
    const std::string same = path.substr(path.rfind(kMark));
    LeftBeside left;
    std::error_code failure;
    for (auto entry = std::filesystem::directory_iterator(folder, failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        const std::string name = entry->path().filename().string();
        const bool ours = name.starts_with(begin) || name.ends_with(same);
        if (!ours || !is_kept_path(name)) continue;
        if (name == std::filesystem::path(path).filename()) {
            left.own = true;
            continue;
        }
        const std::string other = (beside.parent_path() / name).string();
        if (!left.other || other < *left.other) left.other = other;
    }
    return left;
}

Status keep(const std::string& path, const PreparedSubmission& prepared,
            const std::string& elsewhere) {
    const Status written = write_new(path, submission_file_text(prepared));
    if (written) return written;
    if (written.error().code == api::errc::bad_config) {
        return Error{client::api_code("retry_open"),
                     path + ": another process has kept a submission there just now"};
    }
    return Error{written.error().code,
                 written.error().context +
                     ". What is sent is kept there first, until its outcome is known, so nothing "
                     "of it was sent. Make room and let this folder be written to, or run the "
                     "command from a folder in which you may write: " +
                     elsewhere};
}

Result<PreparedSubmission> read_kept(const std::string& path, const std::string& text,
                                     const ledger::Genesis& genesis) {
    auto prepared = read_submission_file(text, genesis);
    if (prepared) return prepared;
    return Error{prepared.error().code,
                 path + ": " + (text.empty() ? "is empty" : prepared.error().context)};
}

// A draft says what it says, and leaves the rest open: laid over the transaction that was made of
// it, it changes nothing.
bool makes(const boost::json::value& draft, const ledger::Transaction& transaction,
           const ledger::Genesis& genesis) {
    if (!draft.is_object()) return false;
    boost::json::object whole = api::to_json(transaction);
    for (const auto& [name, field] : draft.get_object()) {
        if (name == "periods") {  // stands for the rows of a schedule
            const auto* periods = field.if_int64();
            const auto rows = static_cast<std::int64_t>(array_at(whole, "schedule").size());
            if (periods != nullptr && *periods != rows) return false;
            continue;
        }
        whole[name] = field;
    }
    const auto overlaid = api::transaction_from_json(whole, resolver_of(genesis));
    return overlaid &&
           ledger::encode_transaction(*overlaid) == ledger::encode_transaction(transaction);
}

bool grants(const PreparedSubmission& kept, const Wish& wish, const ledger::Genesis& genesis) {
    std::vector<crypto::PublicKey> keys;
    keys.reserve(kept.signers.size());
    for (const ListedSigner& listed : kept.signers) keys.push_back(listed.signer.key);
    if (keys != wish.keys || kept.header.atomic != wish.atomic) return false;
    auto drafts = api::json_from_text(wish.drafts);
    if (!drafts) return false;
    if (drafts->is_object()) *drafts = boost::json::array{*drafts};
    if (!drafts->is_array() || drafts->get_array().size() != kept.transactions.size()) return false;
    for (std::size_t i = 0; i < kept.transactions.size(); ++i) {
        if (!makes(drafts->get_array()[i], kept.transactions[i], genesis)) return false;
    }
    return true;
}

bool is_refusal(const std::error_code& code) {
    const unsigned status = api::http_status_of(api::error_name(code));
    return status >= 400 && status < 500;
}

Error left_open(const Error& error) {
    if (exit_of(error.code) == Exit::no_quorum) return error;
    const std::string said = api::error_name(error.code) + ": " + error.context;
    if (is_refusal(error.code)) {
        return fail(client::errc::outcome_unknown,
                    "refused this time, " + said +
                        "; but it was sent before, and what was sent may still be booked. Where "
                        "this does not end: once `tallystick transaction` of its ids shows what "
                        "became of each, and nothing that got it is stopped any more, the kept "
                        "file may be removed by hand");
    }
    return fail(client::errc::outcome_unknown,
                "no node says that it took it, " + said +
                    "; but whoever got it and says so may have passed it on");
}

Status forget(const std::string& path) {
    std::error_code failure;
    std::filesystem::remove(path, failure);
    if (!failure) return {};
    return fail(api::errc::io_failed,
                path + ": the outcome is known, but it cannot be removed: " + failure.message());
}

std::string signed_as(const PreparedSubmission& prepared) {
    std::string text = "signed by";
    for (const ListedSigner& listed : prepared.signers) text += " " + listed.key_name;
    if (prepared.header.atomic) text += ", all or none";
    if (prepared.header.not_after.count() != 0) {
        text += ", not after " + api::time_text(prepared.header.not_after);
    }
    return text;
}

}  // namespace tally::cli
