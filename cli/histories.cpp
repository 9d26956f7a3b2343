#include "cli/histories.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>

#include "api/ids.h"
#include "cli/answer.h"
#include "cli/history_pages.h"
#include "client/answers.h"
#include "client/errors.h"
#include "client/proof.h"
#include "storage/audit.h"

namespace tally::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint64_t kPage = 1000;
constexpr milliseconds kPause{50};

/// It cannot answer now, and may be able to the next moment.
bool is_passing(const Error& error, int status) {
    if (status == 503 || status == 429) return true;
    return client::is(error.code, "timed_out") || client::is(error.code, "connection_lost");
}

/// One node's answer of status 200; errors name the node.
Result<client::Answer> ask(client::Client& client, std::size_t node, const std::string& path,
                           milliseconds patience) {
    const std::string& url = client.options().urls[node];
    const auto until = Clock::now() + patience;
    for (;;) {
        auto answer = client.get_from(node, path);
        if (answer && answer->status == 200) return answer;
        const Error error =
            answer ? client::problem_error(answer->status, answer->body) : answer.error();
        const bool named = error.context.find(url) != std::string::npos;
        if (!is_passing(error, answer ? answer->status : 0) || Clock::now() >= until) {
            return Error{error.code, named ? error.context : url + ": " + error.context};
        }
        std::this_thread::sleep_for(kPause);
    }
}

/// What the node has certified, and more than comes until it has certified that; nothing where no
/// certified checkpoint is to be had.
std::optional<std::uint64_t> newest_certified(client::Client& client,
                                              const ledger::Genesis* genesis) {
    constexpr std::uint64_t kUncertified = 1 << 18;
    if (genesis == nullptr) return std::nullopt;
    const auto note = client.get_from(0, "/log/checkpoint");
    if (!note || note->status != 200) return std::nullopt;
    const auto anchor = storage::read_anchor(note->body, *genesis, client.options().urls.front());
    return anchor ? std::optional(anchor->size + kUncertified) : std::nullopt;
}

}  // namespace

std::size_t nodes_named(const client::Client& client) { return client.options().urls.size(); }

bool HistoryRow::operator==(const HistoryRow& other) const {
    return first.outcome == other.first.outcome && first.entry == other.first.entry &&
           first.block == other.first.block && first.transaction == other.first.transaction &&
           accepted == other.accepted;
}

void Histories::note(Node& node, const boost::json::value& value) const {
    const auto& item = value.as_object();
    const auto& transaction = object_at(item, "transaction");
    const auto id = api::id_from_text<ledger::TransactionId>(text_at(transaction, "id"));
    // Other members' ids are other ids, and a retry has no outcome of its own. What somebody
    // without a key of the member had recorded uses up no id.
    const std::string outcome = text_at(item, "outcome");
    const bool own =
        text_at(object_at(item, "submitter"), "member") == api::id_text(query_.member) &&
        client::stands_under_id(outcome);
    if (!own || !id || !query_.wanted.contains(*id)) return;
    HistoryRow& row = node.rows[*id];
    row.first.outcome = outcome;
    row.first.entry = static_cast<std::uint64_t>(integer_at(item, "entry"));
    row.first.block = static_cast<std::uint64_t>(integer_at(item, "block"));
    if (query_.whole.contains(*id)) row.first.transaction = transaction;
    if (outcome == "accepted") row.accepted.push_back(row.first.entry);
}

Status Histories::walk_node(client::Client& client, std::size_t position, milliseconds patience,
                            const std::function<void(std::uint64_t)>& progress) {
    const std::string member = api::id_text(query_.member);
    Node node{client.options().urls[position], {}};
    client::ReadOptions read;
    read.min_index = query_.min_index;
    HistoryPages pages("/v1/members/" + member);
    if (newest_) pages.begin_at_most(*newest_);
    const auto enough = [&] {
        return query_.until_found && node.rows.size() == query_.wanted.size();
    };
    while (!pages.ended() && !enough()) {
        const auto answer =
            ask(client, position, client::with_query(pages.next_path(kPage), read), patience);
        if (!answer) return answer.error();
        if (const Status page = pages.check(answer->body); !page) {
            return Error{page.error().code, node.url + ": " + page.error().context};
        }
        const auto page = parse_object(*answer);
        if (!page) return page.error();
        for (const auto& item : array_at(*page, "items")) note(node, item);
        pages.take(*page);
        entries_ += array_at(*page, "items").size();
        if (progress) progress(entries_);
    }
    nodes_.push_back(std::move(node));
    return {};
}

std::optional<std::optional<HistoryRow>> Histories::agreed(const ledger::TransactionId& id) const {
    std::vector<std::optional<HistoryRow>> said;
    for (const Node& node : nodes_) {
        const auto found = node.rows.find(id);
        auto one = found == node.rows.end() ? std::nullopt : std::optional(found->second);
        if (std::ranges::find(said, one) != said.end()) return one;
        said.push_back(std::move(one));
    }
    return std::nullopt;
}

bool Histories::is_settled() const {
    return nodes_.size() > 1 && std::ranges::all_of(query_.wanted, [this](const auto& id) {
               return agreed(id).has_value();
           });
}

Result<Histories> Histories::walk(client::Client& client, Query query,
                                  const std::function<void(std::uint64_t)>& progress) {
    Histories histories(std::move(query));
    std::vector<std::size_t> left(nodes_named(client));
    std::iota(left.begin(), left.end(), std::size_t{0});
    if (left.size() > 1) {
        histories.newest_ =
            newest_in_history(client, "/v1/members/" + api::id_text(histories.query_.member));
        if (histories.newest_) *histories.newest_ += kRecordedMeanwhile;
    } else {
        histories.newest_ = newest_certified(client, histories.query_.genesis);
    }
    const std::size_t needed = std::min<std::size_t>(left.size(), 2);
    std::optional<Error> first;
    // Whoever cannot answer at once is waited for only where the others are too few.
    for (const milliseconds patience : {milliseconds(0), client.options().deadline}) {
        histories.faults_.clear();
        first.reset();
        std::vector<std::size_t> failed;
        for (const std::size_t node : left) {
            if (histories.is_settled()) break;
            const Status walked = histories.walk_node(client, node, patience, progress);
            if (walked) continue;
            failed.push_back(node);
            histories.faults_.push_back(walked.error().context);
            if (!first) first = walked.error();
        }
        left = std::move(failed);
        if (histories.nodes_.size() >= needed || left.empty()) break;
    }
    if (histories.nodes_.empty()) return *first;
    return histories;
}

}  // namespace tally::cli
