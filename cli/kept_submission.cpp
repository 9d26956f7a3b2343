#include "cli/kept_submission.h"

#include <filesystem>
#include <string_view>

#include "api/errc.h"
#include "api/times.h"
#include "base/hex.h"
#include "cli/whole_file.h"

namespace tally::cli {
namespace {

constexpr std::string_view kMark = ".retry-";
constexpr std::string_view kEnd = ".tally";
constexpr std::size_t kDigits = 8;

std::string short_hex(const crypto::Digest& digest) {
    return to_hex(digest.bytes).substr(0, kDigits);
}

}  // namespace

std::string kept_path(const std::string& file, const crypto::Digest& content,
                      const crypto::Digest& network) {
    const std::string source = file == "-" ? "stdin-" + short_hex(content) : file;
    return source + std::string(kMark) + short_hex(network) + std::string(kEnd);
}

bool is_kept_path(const std::string& file) {
    std::string_view name = file;
    if (!name.ends_with(kEnd)) return false;
    name.remove_suffix(kEnd.size());
    const std::size_t digits = name.find_last_not_of("0123456789abcdef");
    if (digits == std::string_view::npos || name.size() - digits - 1 != kDigits) return false;
    return name.substr(0, digits + 1).ends_with(kMark);
}

Status keep(const std::string& path, const PreparedSubmission& prepared) {
    const Status written = write_new(path, submission_file_text(prepared));
    if (written) return written;
    if (written.error().code == api::errc::bad_config) {
        return Error{written.error().code, path +
                                               ": another submission of the same file is on "
                                               "its way; submit again when it has ended"};
    }
    return Error{written.error().code,
                 written.error().context +
                     ". A submission is kept there until its outcome is known, so nothing was "
                     "sent; from a folder that you may write in, give the file on standard "
                     "input: tallystick submit - < FILE"};
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
