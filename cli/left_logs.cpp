#ifdef TALLY_CLI_HAS_PIPELINE
#include "cli/left_logs.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "api/errc.h"
#include "cli/shell.h"

namespace tally::cli {

using node::pipeline::NodeStanding;
using node::pipeline::NodeTraces;

namespace {

std::string block_words(std::uint64_t index, std::uint64_t term) {
    return "block " + std::to_string(index) + " of term " + std::to_string(term);
}

std::string certified_words(const NodeStanding& standing) {
    if (!standing.certified) return "no certified checkpoint";
    return "certified up to entry " + std::to_string(standing.certified->size - 1);
}

/// `anchors` are by size.
bool has_anchor(const std::vector<storage::Anchor>& anchors, const storage::Anchor& anchor) {
    const auto at = std::ranges::lower_bound(anchors, anchor.size, {}, &storage::Anchor::size);
    return at != anchors.end() && at->size == anchor.size && at->root == anchor.root;
}

/// Those of its folder that the log's own folder has not.
void add_anchors(const LeftLog& other, const NodeStanding& log,
                 std::vector<storage::Anchor>& anchors) {
    for (const storage::Anchor& anchor : other.standing->anchors) {
        if (has_anchor(log.anchors, anchor)) continue;
        anchors.push_back(anchor);
        anchors.back().from = other.node->name;
    }
}

Status refused(const std::string& why) { return fail(api::errc::invalid_argument, why); }

}  // namespace

std::string LeftLog::words() const {
    std::string text = node->name + ": ";
    if (standing) {
        text += block_words(standing->index, standing->term) + ", known to be committed up to " +
                std::to_string(standing->commit) + ", " + certified_words(*standing) +
                (recovers() ? ", " + standing->recovering : ", has forgotten nothing");
    } else {
        text += "is left out, " + problem;
    }
    const bool behind =
        traces.marked && (!standing || !lacks_marked(*standing, traces, node->name).empty());
    if (behind) {
        text += "; its mark named " +
                block_words(traces.marked->index.value, traces.marked->term.value);
    }
    for (const std::string& name : traces.set_aside) {
        text += "; set aside in " + node->folder + "/" + name;
    }
    return text;
}

std::string lacks_marked(const NodeStanding& log, const NodeTraces& traces,
                         const std::string& whose) {
    if (!traces.marked) return {};
    const auto& mark = *traces.marked;
    if (std::pair(mark.term.value, mark.index.value) <= std::pair(log.term, log.index)) return {};
    return whose + " had " + block_words(mark.index.value, mark.term.value) + ", as its mark tells";
}

CertifiedBeside certified_beside(const storage::AuditReport& report) {
    CertifiedBeside found;
    for (const storage::AuditFinding& one : report.findings) {
        std::string& text = one.field == storage::kMissingEntries ? found.lacks : found.differs;
        if (!text.empty()) continue;
        text = "block " + std::to_string(one.block) + ": " + one.field + ": " + one.detail;
    }
    return found;
}

Result<CertifiedBeside> shown_beside(const NodeStanding& log, const NodeTraces& traces,
                                     const std::string& folder) {
    const auto report = node::pipeline::audit_log(folder, {});
    if (!report) return report.error();
    CertifiedBeside found = certified_beside(*report);
    const std::string marked = lacks_marked(log, traces, folder);
    if (!marked.empty()) found.lacks = marked + (found.lacks.empty() ? "" : "; " + found.lacks);
    return found;
}

Status check_given_up(const std::string& losses, std::uint64_t last,
                      const std::optional<std::uint64_t>& said) {
    const std::string first = std::to_string(last + 1);
    if (losses.empty() && said) {
        return refused("--give-up-from " + std::to_string(*said) +
                       ": there is nothing to give up. To go on from block " +
                       std::to_string(last) +
                       " loses nothing that is known to have been there; leave the option out");
    }
    if (losses.empty()) return {};
    if (said == last + 1) return {};
    return refused(
        (said ? "--give-up-from " + std::to_string(*said) + " is not what is lost: " : "") +
        "to go on from block " + std::to_string(last) +
        " would give up what was acknowledged after it: " + losses +
        ". Keep every disk and folder as it is, and look for what is missing: folders "
        "that were set aside, copies, other nodes (docs/OPERATIONS.md, \"All nodes have "
        "forgotten\"). Only if nothing is left, `--give-up-from " +
        first + "` gives up block " + first + " and all after it for good");
}

Status LeftLogs::find_newest() {
    const auto place = [](const LeftLog& log) {
        return std::pair(log.standing->term, log.standing->index);
    };
    for (const LeftLog& log : logs_) {
        if (!log.standing) continue;
        if (chosen_ == nullptr || place(log) > place(*chosen_)) chosen_ = &log;
    }
    return chosen_ != nullptr ? Status() : refused("no node's blocks can be read");
}

Status LeftLogs::find_wished(const std::string& name) {
    const auto found =
        std::ranges::find_if(logs_, [&](const LeftLog& log) { return log.is(name); });
    if (found == logs_.end()) return refused("--from " + name + ": there is no such node");
    if (!found->standing) return refused("--from " + name + ": " + found->problem);
    chosen_ = &*found;
    return {};
}

bool LeftLog::is(const std::string& name) const {
    return node->name == name || std::to_string(node->id) == name;
}

/// Without `blocks/` there is nothing to keep.
bool LeftLog::unreadable() const {
    std::error_code unknown;
    return !standing && node->fault.empty() &&
           (std::filesystem::exists(node->folder + "/blocks", unknown) || unknown);
}

bool LeftLogs::contradicts(const LeftLog& log) const {
    if (!log.standing || &log == chosen_) return false;
    const std::uint64_t parts = log.standing->parts_from(*chosen_->standing);
    return parts <= log.standing->commit && parts <= chosen_->standing->index;
}

/// `tallystick WORD` with the folders of the chosen node and of those that contradict it.
std::string LeftLogs::command_on_parted(const std::string& word) const {
    std::vector<std::string> words{word, absolute_name(chosen_->node->folder)};
    for (const LeftLog& log : logs_) {
        if (contradicts(log)) words.push_back(absolute_name(log.node->folder));
    }
    return shell_command(words);
}

std::string LeftLogs::contradictions() const {
    std::string text;
    const auto blocks_from = [](const LeftLog& log, std::uint64_t parts) {
        const std::uint64_t count = log.standing->index + 1 - parts;
        return log.node->name + " has " + std::to_string(count) +
               (count == 1 ? " block" : " blocks") + " from there on, up to " +
               block_words(log.standing->index, log.standing->term) + ", " +
               certified_words(*log.standing);
    };
    for (const LeftLog& log : logs_) {
        if (!contradicts(log)) continue;
        const std::uint64_t parts = log.standing->parts_from(*chosen_->standing);
        text += chosen_->node->name + " and " + log.node->name + " part at block " +
                std::to_string(parts) + ": " + blocks_from(*chosen_, parts) + "; " +
                blocks_from(log, parts) + ". ";
    }
    return text;
}

/// With what is certified in the folders of those whose history it is.
Result<storage::AuditReport> LeftLogs::audit_with_others() const {
    std::vector<storage::Anchor> anchors;
    for (const LeftLog& other : logs_) {
        if (!other.standing || &other == chosen_ || is_of_another(other)) continue;
        add_anchors(other, *chosen_->standing, anchors);
    }
    return node::pipeline::audit_log(chosen_->node->folder, anchors);
}

Status LeftLogs::audit_chosen() {
    const auto report = audit_with_others();
    if (!report) return report.error();
    certified_ = certified_beside(*report);
    seals_.emplace(*report);
    if (std::ranges::none_of(logs_, [&](const LeftLog& log) { return !!signed_other(log); })) {
        return {};
    }
    // Of whom it is known now that they signed another history, that is decided as a whole.
    const auto again = audit_with_others();
    if (!again) return again.error();
    certified_.lacks = certified_beside(*again).lacks;
    return {};
}

/// What it had beyond the chosen log is of the other history.
bool LeftLogs::is_of_another(const LeftLog& log) const {
    return contradicts(log) || (&log != chosen_ && signed_other(log));
}

std::optional<storage::LogSeals::Other> LeftLogs::signed_other(const LeftLog& log) const {
    return log.standing && seals_ ? seals_->first_other(log.standing->signed_roots) : std::nullopt;
}

/// Whose blocks show the same is told by those.
std::string LeftLogs::signed_words() const {
    std::string text;
    for (const LeftLog& log : logs_) {
        const auto first = signed_other(log);
        if (!first || contradicts(log)) continue;
        text += (text.empty() ? "" : "; ") + log.node->name +
                " has signed another history of block " + std::to_string(first->block.value) +
                " of " + chosen_->node->name;
    }
    return text;
}

/// What the chosen log lacks of what anything that is left shows; of a history that was decided
/// against, all of it is given up.
LeftLogs::Losses LeftLogs::losses() const {
    const NodeStanding& log = *chosen_->standing;
    std::string text;
    const auto add = [&text](const std::string& loss) {
        if (!loss.empty()) text += (text.empty() ? "" : "; ") + loss;
    };
    for (const LeftLog& other : logs_) {
        if (is_of_another(other)) continue;
        add(lacks_marked(log, other.traces, other.node->name));
        if (!other.standing) continue;
        if (other.standing->commit > log.index) {
            add(other.node->name + " knows block " + std::to_string(other.standing->commit) +
                " to be committed");
        }
    }
    add(certified_.lacks);
    const std::string is_signed = signed_words();
    return {text, certified_.differs.empty() ? is_signed : certified_.differs};
}

Status LeftLogs::check_readable() const {
    std::string problems;
    std::string commands;
    for (const LeftLog& log : logs_) {
        if (!log.unreadable()) continue;
        problems += (problems.empty() ? "" : "; ") + log.node->name + ": " + log.problem;
        commands += (commands.empty() ? "`" : ", `") +
                    shell_command({"node", "recover", "--dir", log.node->folder}) + "`";
    }
    if (problems.empty()) return {};
    const bool none = std::ranges::none_of(logs_, [](const auto& log) { return !!log.standing; });
    return refused(
        (none ? "no node's blocks can be read. " : "") + problems +
        ". What is there may be what the others lack, so nothing is decided without it, "
        "and nothing was changed. First " +
        commands +
        " keeps the blocks that can still be read there. A folder of which that keeps "
        "nothing because it ends with an error is moved away, and named with `--without`");
}

Status LeftLogs::check_without(const RecoverWish& wish) const {
    for (const std::string& name : wish.without) {
        const auto found =
            std::ranges::find_if(logs_, [&](const LeftLog& log) { return log.is(name); });
        if (found == logs_.end()) return refused("--without " + name + ": there is no such node");
        if (!found->standing) continue;
        return refused("--without " + name + ": " + found->node->name +
                       " is here, and its blocks can be read: leave the option out");
    }
    std::string problems;
    std::string options;
    for (const LeftLog& log : logs_) {
        if (log.standing || std::ranges::any_of(wish.without, [&](const std::string& name) {
                return log.is(name);
            })) {
            continue;
        }
        problems += (problems.empty() ? "" : "; ") + log.node->name + ": " + log.problem;
        if (log.node->fault.empty()) {
            problems += ", `" + shell_command({"node", "recover", "--dir", log.node->folder}) +
                        "` lets it take part";
        }
        options += (options.empty() ? "" : " ") + ("--without " + log.node->name);
    }
    if (problems.empty()) return {};
    return refused("not every node is here. " + problems +
                   ". What only it had is given up by going on: look for its disk, its folder and "
                   "copies of it first. Only if there is none, `" +
                   options + "` says so; nothing was changed");
}

Status LeftLogs::check_majority() const {
    std::size_t count = 0;
    std::string out;
    for (const LeftLog& log : logs_) {
        if (log.standing) {
            ++count;
            continue;
        }
        out += "; " + log.node->name + ": " + log.problem;
        if (!log.node->fault.empty()) continue;
        out += ", `" + shell_command({"node", "recover", "--dir", log.node->folder}) +
               "` lets it take part";
    }
    const std::size_t needed = storage::majority_of(logs_.size());
    if (count >= needed) return {};
    return refused(std::to_string(count) + " of " + std::to_string(logs_.size()) +
                   " nodes could go on, " + std::to_string(needed) + " are needed" + out);
}

Status LeftLogs::find(const RecoverWish& wish) {
    const Status found = wish.from.empty() ? find_newest() : find_wished(wish.from);
    return found ? audit_chosen() : found;
}

Status LeftLogs::check(const RecoverWish& wish) const {
    if (wish.from.empty()) {
        const std::string parted = contradictions();
        if (!parted.empty()) {
            return refused("the nodes hold histories that contradict each other. " + parted + "`" +
                           command_on_parted("audit") + "` audits them, `" +
                           command_on_parted("evidence") +
                           "` shows what the nodes signed (docs/OPERATIONS.md, \"Two "
                           "histories\"); then `--from NODE` says whose history goes on; the "
                           "other nodes' blocks are set aside in their folders");
        }
    }
    for (const LeftLog& log : logs_) {
        // One that has to lose its end could not go on from there.
        if (!log.standing || log.standing->index <= chosen_->standing->index) continue;
        if (log.standing->parts_from(*chosen_->standing) <= chosen_->standing->index) continue;
        return refused(log.node->name + " has all blocks of " + chosen_->node->name +
                       " and more: `--from " + log.node->name + "` goes on with them");
    }
    // First: who could take part may have what is missing.
    const Losses lost = losses();
    // No number of a block says which of two histories is meant.
    if (wish.from.empty() && !lost.contradicts.empty()) {
        return refused(
            chosen_->node->name + " holds a history that contradicts what is " +
            (certified_.differs.empty() ? "signed: " : "certified: ") + lost.contradicts +
            ". Look for the blocks of the other one: folders that were set "
            "aside, copies, other nodes (docs/OPERATIONS.md, \"Two histories\"), and bring them "
            "back with `tallystick node recover --dir FOLDER --blocks OTHER`. Only then, or if "
            "nothing is left of it, `--from NODE` says whose history goes on; what was signed of "
            "the other one is set aside");
    }
    const Status said = check_given_up(lost.given_up, chosen_->standing->index, wish.give_up_from);
    return said ? check_majority() : said;
}

}  // namespace tally::cli
#endif
