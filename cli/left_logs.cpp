#ifdef TALLY_CLI_HAS_PIPELINE
#include "cli/left_logs.h"

#include <algorithm>
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

Result<CertifiedBeside> certified_beside(const std::string& folder,
                                         const std::vector<storage::Anchor>& anchors) {
    const auto report = node::pipeline::audit_log(folder, anchors);
    if (!report) return report.error();
    CertifiedBeside found;
    for (const storage::AuditFinding& one : report->findings) {
        std::string& text = one.field == storage::kMissingEntries ? found.lacks : found.differs;
        if (!text.empty()) continue;
        text = "block " + std::to_string(one.block) + ": " + one.field + ": " + one.detail;
    }
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
    const auto found = std::ranges::find_if(logs_, [&](const LeftLog& log) {
        return log.node->name == name || std::to_string(log.node->id) == name;
    });
    if (found == logs_.end()) return refused("--from " + name + ": there is no such node");
    if (!found->standing) return refused("--from " + name + ": " + found->problem);
    chosen_ = &*found;
    return {};
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

/// What the chosen log lacks of what anything that is left shows; of a history that was decided
/// against, all of it is given up.
Result<LeftLogs::Losses> LeftLogs::losses() const {
    const NodeStanding& log = *chosen_->standing;
    std::string text;
    std::vector<storage::Anchor> anchors;
    const auto add = [&text](const std::string& loss) {
        if (!loss.empty()) text += (text.empty() ? "" : "; ") + loss;
    };
    for (const LeftLog& other : logs_) {
        if (contradicts(other)) continue;
        add(lacks_marked(log, other.traces, other.node->name));
        if (!other.standing) continue;
        if (other.standing->commit > log.index) {
            add(other.node->name + " knows block " + std::to_string(other.standing->commit) +
                " to be committed");
        }
        if (&other == chosen_) continue;
        add_anchors(other, log, anchors);
    }
    const auto certified = certified_beside(chosen_->node->folder, anchors);
    if (!certified) return certified.error();
    add(certified->lacks);
    std::string damaged;
    for (const LeftLog& other : logs_) {
        if (other.standing || !other.node->fault.empty()) continue;
        damaged += (damaged.empty() ? "" : ", ") +
                   ("`" + shell_command({"node", "recover", "--dir", other.node->folder}) + "`");
    }
    if (!text.empty() && !damaged.empty())
        text += "; first let " + damaged + " keep the blocks that can still be read there";
    return Losses{text, certified->differs};
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
    return wish.from.empty() ? find_newest() : find_wished(wish.from);
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
    const auto lost = losses();
    if (!lost) return lost.error();
    // No number of a block says which of two histories is meant.
    if (wish.from.empty() && !lost->contradicts.empty()) {
        return refused(
            chosen_->node->name +
            " holds a history that contradicts what is certified: " + lost->contradicts +
            ". Look for the blocks of the other one: folders that were set "
            "aside, copies, other nodes (docs/OPERATIONS.md, \"Two histories\"), and bring them "
            "back with `tallystick node recover --dir FOLDER --blocks OTHER`. Only then, or if "
            "nothing is left of it, `--from NODE` says whose history goes on");
    }
    const Status said = check_given_up(lost->given_up, chosen_->standing->index, wish.give_up_from);
    return said ? check_majority() : said;
}

}  // namespace tally::cli
#endif
