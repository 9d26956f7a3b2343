#include "cli/damaged_retry.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include "api/ids.h"
#include "cli/kept_submission.h"
#include "cli/shell.h"
#include "client/errors.h"

namespace tally::cli {
namespace {

constexpr std::size_t kShownMax = 5;

/// The texts of all members of this name, in whatever is left of a JSON document.
std::vector<std::string> texts_of(const std::string& text, std::string_view name) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::string quoted = "\"" + std::string(name) + "\"";
    std::vector<std::string> found;
    for (std::size_t at = text.find(quoted); at != std::string::npos;
         at = text.find(quoted, at + 1)) {
        std::size_t next = text.find_first_not_of(kSpace, at + quoted.size());
        if (next == std::string::npos || text[next] != ':') continue;
        next = text.find_first_not_of(kSpace, next + 1);
        if (next == std::string::npos || text[next] != '"') continue;
        const std::size_t end = text.find('"', next + 1);
        if (end == std::string::npos) continue;
        found.push_back(text.substr(next + 1, end - next - 1));
    }
    return found;
}

std::vector<std::string> ids_in(const std::string& text) {
    std::vector<std::string> ids;
    for (const std::string& id : texts_of(text, "id")) {
        const auto read = api::id_from_text<ledger::TransactionId>(id);
        if (!read) continue;
        const std::string shown = api::id_text(*read);
        if (std::ranges::find(ids, shown) == ids.end()) ids.push_back(shown);
    }
    return ids;
}

std::vector<std::string> reading_words(Target target) {
    target.trust.clear();  // reading takes none
    return target_words_anywhere(target, Target{}.timeout_s);
}

/// Which transactions to look for, and how.
std::string look_for(const std::vector<std::string>& ids, const std::string& submitter,
                     const Target& target) {
    const std::size_t shown = std::min(ids.size(), kShownMax);
    const auto place = reading_words(target);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        std::vector<std::string> words{"transaction", ids[i]};
        if (!submitter.empty()) words.insert(words.end(), {"--member", submitter});
        words.insert(words.end(), place.begin(), place.end());
        text += (text.empty() ? "" : " ; ") + shell_command(words);
    }
    if (ids.size() > shown) text += " ; and " + std::to_string(ids.size() - shown) + " more";
    return text;
}

}  // namespace

Error damaged_retry(const Error& fault, const DamagedRetry& file, const Target& target) {
    std::string text = fault.context +
                       "; so the file is damaged, and nothing was sent now. It was whole when it "
                       "was sent: what it held may be on record, or may come there yet, ";
    if (file.import.empty()) {
        text +=
            "and the same wish under new ids would be booked a second time. Put a whole copy of it "
            "back and submit again, which is safe; without one, look whether it is on record: ";
    } else {
        text +=
            "and a row that was edited since has a new id and would be booked as well. Put a whole "
            "copy of it back and run the import again, which is safe; without one, look whether "
            "it is on record: ";
    }
    auto ids = ids_in(file.text);
    if (ids.empty()) ids = ids_in(file.drafts);
    const auto members = texts_of(file.text, "member");
    const std::string submitter = members.empty() ? std::string() : members.front();
    if (ids.empty()) {
        const auto place = reading_words(target);
        const auto reading = [&place](std::vector<std::string> words) {
            words.insert(words.end(), place.begin(), place.end());
            return "`" + shell_command(words) + "`";
        };
        text +=
            "its ids are lost, so read what the lines and contracts in it were last touched "
            "by, with " +
            reading({"line", "ID", "--history"}) + " or " +
            reading({"contract", "ID", "--history"}) + ", and which days are open, with " +
            reading({"days"});
    } else {
        text += look_for(ids, submitter, target);
    }
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(file.path, ignored);
    text += file.import.empty()
                ? ". Once it is on record, remove what is left: "
                : ". If no row was edited since, the import finds by their ids what "
                  "is on record: then remove what is left and run it again: ";
    text += "rm " + std::string(folder ? "-r " : "") + shell_word(absolute_name(file.path));
    if (!file.import.empty()) text += " && " + file.import;
    return fail(client::errc::outcome_unknown, text);
}

Result<PreparedSubmission> open_kept(DamagedRetry file, const ledger::Genesis& genesis,
                                     const Target& target) {
    auto text = read_text(file.path);
    auto kept =
        text ? read_kept(file.path, *text, genesis) : Result<PreparedSubmission>(text.error());
    if (kept && kept->missing().empty()) return kept;
    if (!kept && client::is(kept.error().code, "wrong_network") &&
        !is_kept_for(file.path, genesis.network_id())) {
        return kept;
    }
    if (text) file.text = std::move(*text);
    const Error fault =
        kept ? Error{client::api_code("signatures_missing"),
                     file.path + ": the signature of " + kept->missing().front() + " is missing"}
             : kept.error();
    return damaged_retry(fault, file, target);
}

Error being_sent(const Error& fault, const std::string& path, const Target& target) {
    const auto text = read_text(path);
    const auto ids = text ? ids_in(*text) : std::vector<std::string>{};
    const auto members = text ? texts_of(*text, "member") : std::vector<std::string>{};
    std::string what = fault.context +
                       "; nothing was sent from here, and that process decides. Wait until it has "
                       "ended, and see what it says before anything is submitted again: once it is "
                       "on record, the same wish would be another transaction, and booked a second "
                       "time";
    if (!ids.empty()) {
        what += ". Look whether it is on record: " +
                look_for(ids, members.empty() ? std::string() : members.front(), target);
    }
    return {fault.code, what};
}

}  // namespace tally::cli
