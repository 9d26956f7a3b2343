#include "client/caller.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "api/problem.h"
#include "base/check.h"
#include "client/answers.h"

// One call is rounds over the nodes. Within a round the next node is asked as soon as the one
// before has failed, or has been silent for its patience; what is under way stays so, and the first
// answer for good ends the call. Asking several nodes is safe: reads change nothing, and a
// submission is the same bytes under the same ids wherever it arrives.

namespace tally::client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLastWords{1000};  // what ends at the deadline says so a little later
constexpr std::size_t kNameBytesMax = 64;

/// What one attempt means for the call as a whole.
enum class Verdict : std::uint8_t {
    answered,     // for good, well or badly
    not_arrived,  // this attempt did nothing: another may
    unknown,      // a submission may have arrived
};

/// Of an answer of 400 and above to a submission. Only a problem document of ours says for good
/// that nothing was booked: anything else may come from a proxy in between, or from a node that
/// this build does not know, after the submission went on.
Verdict refusal_of(int status, const std::string& code) {
    const auto documented = api::known_codes();
    if (std::ranges::find(documented, code) == documented.end()) return Verdict::unknown;
    if (!std::cmp_equal(status, api::http_status_of(code))) return Verdict::unknown;
    // No node answers a submission so.
    for (const std::string_view other : {"not_found", "method_not_allowed", "not_acceptable"}) {
        if (code == other) return Verdict::unknown;
    }
    if (code == "outcome_unknown" || code == "internal_error") return Verdict::unknown;
    if (code == "wrong_network") return Verdict::not_arrived;
    if (code == "not_certified") return Verdict::unknown;  // what is not certified is on record
    if (status == 503) return Verdict::not_arrived;
    return status < 500 ? Verdict::answered : Verdict::unknown;
}

Verdict verdict_of(const Result<HttpReply>& reply, const std::string& code, bool submission) {
    if (!reply) {
        return is(reply.error().code, "unreachable") ? Verdict::not_arrived : Verdict::unknown;
    }
    if (reply->status >= 400 && submission) return refusal_of(reply->status, code);
    if (reply->status == 429) return Verdict::not_arrived;
    if (reply->status < 500) return Verdict::answered;
    if (reply->status == 503) {
        return code == "outcome_unknown" ? Verdict::unknown : Verdict::not_arrived;
    }
    return Verdict::unknown;  // a fault of the node: it may have come after the proposal
}

/// The pause before the next round over the nodes: doubling, with a quarter of chance so that
/// clients that failed together do not return together.
class Backoff {
public:
    Backoff(milliseconds least, milliseconds most) : next_(least), most_(most) {}
    milliseconds next() {
        const auto quarter = std::max<milliseconds::rep>(next_.count() / 4, 1);
        const milliseconds chance(
            std::uniform_int_distribution<milliseconds::rep>(0, quarter)(random_));
        const milliseconds pause = next_ + chance;
        next_ = std::min(next_ * 2, most_);
        return pause;
    }

private:
    milliseconds next_;
    milliseconds most_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace

/// One call's progress over the nodes.
class Caller::Call {
public:
    Call(Caller& caller, const HttpRequest& request, bool submission, Clock::time_point deadline)
        : caller_(caller),
          request_(request),
          submission_(submission),
          deadline_(deadline),
          not_before_(caller.nodes_.size(), Clock::time_point::min()),
          backoff_(caller.options_.retry_delay_min, caller.options_.retry_delay_max),
          connections_(caller.take_connections()),
          patience_(patience()) {
        outcome_.last = fail(errc::timed_out, "the time was over before a node could be asked");
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() { caller_.give_back(std::move(connections_)); }

    CallOutcome run() {
        begin_round();
        while (!outcome_.answer) {
            if (Clock::now() >= next_start_) advance();
            const bool over = next_start_ >= deadline_;
            if (over && !connections_->any_under_way()) break;
            const auto until = over ? deadline_ + kLastWords : next_start_;
            if (!connections_->any_under_way()) {
                std::this_thread::sleep_until(until);
                continue;
            }
            auto ended = connections_->await(until);
            if (ended) {
                judge(*ended);
            } else if (over) {
                break;
            }
        }
        leave_the_rest();
        if (!outcome_.answer) name_the_unusable();
        return std::move(outcome_);
    }

private:
    /// How long one node may be silent before the next one is asked too.
    milliseconds patience() const {
        if (!submission_) return caller_.options_.hedge_delay;
        // A share of the time for each node, and one for the answer of the last. Copies of a
        // submission are not free, so this is no short delay.
        const auto all = std::chrono::ceil<milliseconds>(deadline_ - Clock::now());
        const auto shares = static_cast<milliseconds::rep>(caller_.nodes_.size() + 1);
        return std::clamp(all / shares, milliseconds(1), caller_.options_.attempt_timeout);
    }

    void begin_round() {
        round_ = caller_.order(submission_);
        asked_ = 0;
        pausing_ = false;
        next_start_ = Clock::now();
    }

    /// The next start is due: the next node of this round, or after its end the next round.
    void advance() {
        if (pausing_) begin_round();
        const auto now = Clock::now();
        if (now >= deadline_) {
            next_start_ = Clock::time_point::max();
            return;
        }
        while (asked_ < round_.size()) {
            const std::size_t node = round_[asked_++];
            if (connections_->under_way(node) || now < not_before_[node]) continue;
            const auto left = std::chrono::ceil<milliseconds>(deadline_ - now);
            ++outcome_.attempts;
            connections_->begin(node, request_,
                                {caller_.options_.connect_timeout,
                                 std::min(caller_.options_.attempt_timeout, left)});
            next_start_ = now + patience_;
            return;
        }
        const auto willing = *std::min_element(not_before_.begin(), not_before_.end());
        next_start_ = std::max(now + backoff_.next(), willing);
        pausing_ = true;
    }

    void judge(HttpConnections::Ended& ended) {
        auto& reply = ended.reply;
        const auto foreign =
            reply ? caller_.of_another_network(ended.node, *reply) : std::optional<Error>();
        if (foreign) {
            outcome_.last = *foreign;
            caller_.note_silence(ended.node);
            never_again(ended.node, foreign->context);
        } else if (!reply) {
            outcome_.last = reply.error();
            caller_.note_silence(ended.node);
            // Its answer has no end, or one too far away: the next one would be no other.
            if (is(reply.error().code, "bad_answer")) {
                not_before_[ended.node] = Clock::time_point::max();
            }
        } else {
            if (reply->status >= 400) outcome_.last = problem_error(reply->status, reply->body);
            caller_.note_reply(ended.node, *reply);
            // Of one node that is its own fault as likely as ours: the others are asked too.
            if (submission_ && reply->status >= 400 && is(outcome_.last.code, "wrong_network")) {
                never_again(ended.node, caller_.options_.urls[ended.node] +
                                            ": wrong_network: " + outcome_.last.context);
            }
        }
        const Verdict verdict = foreign
                                    ? verdict_of_another_network(*reply)
                                    : verdict_of(reply, outcome_.last.code.message(), submission_);
        if (verdict == Verdict::answered) {
            caller_.answered_ = ended.node;
            outcome_.answer =
                Answer{reply->status, std::move(reply->body), std::move(reply->content_type),
                       reply->index,  reply->stale,           caller_.options_.urls[ended.node]};
            return;
        }
        if (verdict == Verdict::unknown) outcome_.may_have_arrived = true;
        if (reply && reply->retry_after && not_before_[ended.node] != Clock::time_point::max()) {
            not_before_[ended.node] = Clock::now() + *reply->retry_after;
        }
        // The last one asked in a round has its time before another round begins.
        const bool last = asked_ == round_.size() && connections_->under_way(round_.back());
        if (!pausing_ && !last) next_start_ = Clock::now();
    }

    /// What a node of another network says is no answer. Whether the submission went anywhere from
    /// there, only a refusal says.
    Verdict verdict_of_another_network(const HttpReply& reply) const {
        if (!submission_ || reply.status < 400) {
            return submission_ ? Verdict::unknown : Verdict::not_arrived;
        }
        const Error said = problem_error(reply.status, reply.body);
        const Verdict verdict = refusal_of(reply.status, said.code.message());
        return verdict == Verdict::unknown ? verdict : Verdict::not_arrived;
    }

    void never_again(std::size_t node, const std::string& why) {
        not_before_[node] = Clock::time_point::max();
        unusable_.push_back(why);
    }

    /// A node that others failed after is named with them.
    void name_the_unusable() {
        for (const std::string& why : unusable_) {
            if (outcome_.last.context != why) outcome_.last.context += "; " + why;
        }
    }

    /// What is still under way was slower than the answer, or than the deadline.
    void leave_the_rest() {
        for (std::size_t node = 0; node < caller_.nodes_.size(); ++node) {
            if (!connections_->under_way(node)) continue;
            outcome_.may_have_arrived = true;
            caller_.note_silence(node);
        }
        connections_->give_up();
    }

    Caller& caller_;
    const HttpRequest& request_;
    const bool submission_;
    const Clock::time_point deadline_;
    std::vector<Clock::time_point> not_before_;  // by node, from Retry-After; max: never again
    Backoff backoff_;
    std::unique_ptr<HttpConnections> connections_;
    const milliseconds patience_;
    CallOutcome outcome_;
    std::vector<std::string> unusable_;  // nodes that are not asked again, and why
    std::vector<std::size_t> round_;
    std::size_t asked_ = 0;  // of round_
    bool pausing_ = false;   // until the next round
    Clock::time_point next_start_;
};

Result<std::unique_ptr<Caller>> Caller::create(ClientOptions options) {
    if (options.urls.empty())
        return fail(errc::bad_url, "no node was named; give http://host:port");
    std::unique_ptr<Caller> caller(new Caller(std::move(options)));
    for (std::size_t i = 0; i < caller->options_.urls.size(); ++i) {
        auto address = Address::parse(caller->options_.urls[i]);
        if (!address) return address.error();
        auto node = std::make_unique<Node>();
        node->address = std::move(*address);
        if (i < caller->options_.names.size()) node->name = caller->options_.names[i];
        caller->nodes_.push_back(std::move(node));
    }
    return caller;
}

std::optional<Error> Caller::of_another_network(std::size_t position,
                                                const HttpReply& reply) const {
    if (options_.network.empty() || reply.network.empty() || reply.network == options_.network) {
        return std::nullopt;
    }
    return Error{api_code("wrong_network"), options_.urls[position] + " serves another network, " +
                                                reply.network.substr(0, options_.network.size()) +
                                                ", not " + options_.network};
}

CallOutcome Caller::call(const HttpRequest& request, bool submission, Clock::time_point deadline) {
    return Call(*this, request, submission, deadline).run();
}

Result<HttpReply> Caller::exchange(std::size_t position, const HttpRequest& request) {
    TALLY_CHECK(position < nodes_.size());
    auto connections = take_connections();
    connections->begin(position, request, {options_.connect_timeout, options_.attempt_timeout});
    auto ended = connections->await(Clock::now() + options_.attempt_timeout + kLastWords);
    connections->give_up();
    give_back(std::move(connections));
    if (!ended) return fail(errc::timed_out, options_.urls[position] + ": no answer in time");
    return std::move(ended->reply);
}

std::unique_ptr<HttpConnections> Caller::take_connections() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto connections = std::move(idle_.back());
            idle_.pop_back();
            return connections;
        }
    }
    std::vector<Address> addresses;
    addresses.reserve(nodes_.size());
    for (const auto& node : nodes_) addresses.push_back(node->address);
    return std::make_unique<HttpConnections>(addresses);
}

void Caller::give_back(std::unique_ptr<HttpConnections> connections) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(connections));
}

std::vector<std::size_t> Caller::order(bool submission) const {
    std::vector<std::size_t> positions;
    const std::size_t leader = submission ? leader_.load() : kNobody;
    if (leader != kNobody) positions.push_back(leader);
    const std::size_t first = answered_;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const std::size_t position = (first + i) % nodes_.size();
        if (position != leader) positions.push_back(position);
    }
    std::stable_partition(positions.begin(), positions.end(),
                          [this](std::size_t position) { return !nodes_[position]->silent; });
    return positions;
}

/// A node may say anything here: it decides only which of the nodes that we know is asked first.
void Caller::note_reply(std::size_t position, const HttpReply& reply) {
    nodes_[position]->silent = false;
    if (reply.node.empty() || reply.node.size() > kNameBytesMax) return;
    const std::lock_guard lock(mutex_);
    nodes_[position]->name = reply.node;
    leader_ = kNobody;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (!reply.leader.empty() && nodes_[i]->name == reply.leader) leader_ = i;
    }
}

void Caller::note_silence(std::size_t position) {
    nodes_[position]->silent = true;
    std::size_t expected = position;
    leader_.compare_exchange_strong(expected, kNobody);
}

}  // namespace tally::client
