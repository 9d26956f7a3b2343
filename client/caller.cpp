#include "client/caller.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "base/check.h"
#include "client/answers.h"

// One call is rounds over the nodes. Within a round the next node is asked as soon as the one
// before has failed, or has been silent for its patience; what is under way stays so, and the first
// answer for good ends the call. Asking several nodes is safe: reads change nothing, and a
// submission is the same bytes under the same ids wherever it arrives. A refusal, or that something
// is not there, is one node's word: it ends the call when a second node repeats it, or when nobody
// else is left to ask (client/verdict.h says which answer is what). So is every answer to a
// question with a meaning.

namespace tally::client {
namespace {

using std::chrono::milliseconds;

/// How many hedge delays others have to confirm what one node could not.
constexpr int kStalePatience = 4;
constexpr milliseconds kLastWords{1000};  // what ends at the deadline says so a little later
constexpr std::size_t kNameBytesMax = 64;

/// One node has one word, also for who names it twice.
bool same_place(const Address& left, const Address& right) {
    const auto host = [](const Address& address) {
        return address.host == "localhost" ? std::string("127.0.0.1") : address.host;
    };
    return left.port == right.port && host(left) == host(right);
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
    Call(Caller& caller, const Question& question, Clock::time_point deadline)
        : caller_(caller),
          question_(question),
          deadline_(deadline),
          not_before_(caller.nodes_.size(), Clock::time_point::min()),
          words_(caller.nodes_.size()),
          away_(caller.nodes_.size(), false),
          said_(caller.nodes_.size()),
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
                take(*ended);
            } else if (over) {
                break;
            }
        }
        leave_the_rest();
        if (!outcome_.answer && stale_) outcome_.answer = std::move(stale_);
        if (!outcome_.answer) conclude_at_the_end();
        if (question_.meaning) report_all();
        if (!outcome_.answer) name_each();
        return std::move(outcome_);
    }

private:
    /// How long one node may be silent before the next one is asked too.
    milliseconds patience() const {
        if (!question_.submission) return caller_.options_.hedge_delay;
        // A share of the time for each node, and one for the answer of the last. Copies of a
        // submission are not free, so this is no short delay.
        const auto all = std::chrono::ceil<milliseconds>(deadline_ - Clock::now());
        const auto shares = static_cast<milliseconds::rep>(caller_.nodes_.size() + 1);
        return std::clamp(all / shares, milliseconds(1), caller_.options_.attempt_timeout);
    }

    void begin_round() {
        round_ = caller_.order(question_.submission);
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
            connections_->begin(node, question_.request,
                                {caller_.options_.connect_timeout,
                                 std::min(caller_.options_.attempt_timeout, left)});
            // Where one answer will not do, two nodes are asked at once.
            const bool pair = question_.meaning && asked_ == 1;
            next_start_ = pair ? now : now + patience_;
            return;
        }
        if (!connections_->any_under_way() && others_are_away()) return accept_the_only();
        // Once all were asked, what one has is better than to wait for what nobody confirms.
        if (stale_ && (waited_ || !connections_->any_under_way())) {
            outcome_.answer = std::move(stale_);
            return;
        }
        if (stale_) {
            waited_ = true;
            next_start_ = now + kStalePatience * patience_;
            return;
        }
        const auto willing = *std::min_element(not_before_.begin(), not_before_.end());
        next_start_ = std::max(now + backoff_.next(), willing);
        pausing_ = true;
    }

    void take(HttpConnections::Ended& ended) {
        const std::size_t node = ended.node;
        auto& reply = ended.reply;
        const auto foreign = reply ? caller_.of_another_network(node, *reply) : std::nullopt;
        const std::string& url = caller_.options_.urls[node];
        const Judgement judged = judge(question_, url, reply, foreign);
        away_[node] = !reply && judged.verdict == Verdict::not_arrived;
        if (reply && !foreign) caller_.note_reply(node, *reply);
        const bool word = judged.verdict == Verdict::said || judged.verdict == Verdict::refused;
        if (!reply || (!judged.again && !word)) caller_.note_silence(node);
        if (judged.verdict == Verdict::answered) return accept_or_keep(node, *reply);
        outcome_.last = judged.why;
        said_[node] = judged.why;
        last_ = node;
        if (judged.verdict == Verdict::unknown) outcome_.may_have_arrived = true;
        if (word) {
            std::string meaning = judged.verdict == Verdict::said ? question_.meaning(*reply)
                                                                  : judged.why.code.message();
            words_[node] = Word{judged.why, answer_of(node, *reply), std::move(meaning),
                                judged.verdict == Verdict::refused};
        } else if (judged.again && reply) {
            otherwise_ = true;
        }
        if (!judged.again) {
            not_before_[node] = Clock::time_point::max();
        } else if (reply && reply->retry_after) {
            not_before_[node] = Clock::now() + *reply->retry_after;
        }
        if (conclude()) return;
        // The last one asked in a round has its time before another round begins, and so has
        // whoever may say the same.
        const bool last = asked_ == round_.size() && connections_->under_way(round_.back());
        const bool second = judged.verdict == Verdict::said && connections_->any_under_way();
        if (!pausing_ && !last && !second) next_start_ = Clock::now();
    }

    /// A node that is cut off answers what it has. Another one of the same network may confirm it.
    bool may_be_confirmed_elsewhere(std::size_t node) const {
        const bool local = question_.request.target.find("consistency=local") != std::string::npos;
        if (local || question_.submission || question_.meaning) return false;
        for (std::size_t other = 0; other < not_before_.size(); ++other) {
            if (other == node || (away_[other] && !connections_->under_way(other))) continue;
            if (not_before_[other] != Clock::time_point::max()) return true;
        }
        return false;
    }

    void accept_or_keep(std::size_t node, HttpReply& reply) {
        if (!reply.stale || !may_be_confirmed_elsewhere(node)) {
            caller_.answered_ = node;
            outcome_.answer = answer_of(node, reply);
            return;
        }
        if (!stale_) stale_ = answer_of(node, reply);
        not_before_[node] = Clock::time_point::max();
        next_start_ = Clock::now();
    }

    Answer answer_of(std::size_t node, HttpReply& reply) const {
        return {reply.status, std::move(reply.body), std::move(reply.content_type),
                reply.index,  reply.stale,           caller_.options_.urls[node]};
    }

    void accept_word(std::size_t node) {
        outcome_.last = words_[node]->why;
        outcome_.answer = words_[node]->answer;
        outcome_.repeated = is_repeated(node);
    }

    void accept_the_only() {
        const std::size_t node = *first_word();
        accept_word(node);
        if (!question_.submission) return;
        outcome_.last = told(node);
        name_each();
    }

    std::optional<std::size_t> first_word() const {
        for (std::size_t node = 0; node < words_.size(); ++node) {
            if (words_[node]) return node;
        }
        return std::nullopt;
    }

    /// Another node says so too.
    bool is_repeated(std::size_t node) const {
        for (std::size_t other = 0; other < words_.size(); ++other) {
            if (other == node || !words_[other]) continue;
            const bool alike = words_[other]->refused == words_[node]->refused &&
                               words_[other]->meaning == words_[node]->meaning;
            if (alike) return true;
        }
        return false;
    }

    /// A word that is no longer one node's among others ends the call.
    bool conclude() {
        bool others = connections_->any_under_way();
        for (std::size_t node = 0; node < words_.size(); ++node) {
            if (words_[node] && is_repeated(node)) {
                accept_word(node);
                return true;
            }
            others = others || not_before_[node] != Clock::time_point::max();
        }
        const auto refused = first_word();
        if (others || !refused) return false;
        accept_word(*refused);
        return true;
    }

    /// Somebody said something, and nobody else of those that can be asked could be reached just
    /// now, nor has anybody got what was sent.
    bool others_are_away() const {
        if (!first_word()) return false;
        if (question_.submission && outcome_.may_have_arrived) return false;
        for (std::size_t node = 0; node < away_.size(); ++node) {
            if (not_before_[node] != Clock::time_point::max() && !away_[node]) return false;
        }
        return true;
    }

    /// The time is over, and somebody refused: a read is told so, with the doubt that there is. A
    /// submission was refused if nobody who answered said anything else.
    void conclude_at_the_end() {
        const auto refused = first_word();
        if (!refused) return;
        if (!question_.submission || (!otherwise_ && !outcome_.may_have_arrived)) {
            outcome_.alone = otherwise_;
            return accept_the_only();
        }
        const Error& why = words_[*refused]->why;
        outcome_.may_have_arrived = true;
        outcome_.last = {why.code, why.context + "; only " + caller_.options_.urls[*refused] +
                                       " says so, and no other node confirmed it"};
    }

    /// Whoever asked judges what the nodes said differently.
    void report_all() {
        for (const auto& word : words_) {
            if (word) outcome_.said.push_back(word->answer);
        }
    }

    /// What the node said last, with its name.
    Error told(std::size_t node) const {
        const std::string& url = caller_.options_.urls[node];
        const Error& why = *said_[node];
        if (why.context.find(url) != std::string::npos) return why;
        return {why.code, url + ": " + why.context};
    }

    /// Each node is named with what it said. What one answered stands before that another one could
    /// not be reached.
    void name_each() {
        if (!last_) return;
        if (said_.size() == 1) {
            if (!first_word()) outcome_.last = told(0);
            return;
        }
        std::size_t first = *last_;
        for (std::size_t node = 0; node < said_.size() && away_[first]; ++node) {
            if (said_[node] && !away_[node]) first = node;
        }
        if (!first_word()) outcome_.last = told(first);
        for (std::size_t node = 0; node < said_.size(); ++node) {
            const std::string& url = caller_.options_.urls[node];
            if (!said_[node] || outcome_.last.context.find(url) != std::string::npos) continue;
            outcome_.last.context += "; " + told(node).context;
        }
    }

    /// What is still under way was slower than the answer, or than the deadline.
    void leave_the_rest() {
        for (std::size_t node = 0; node < caller_.nodes_.size(); ++node) {
            if (!connections_->under_way(node)) continue;
            outcome_.may_have_arrived = true;
            if (!last_ && !said_[node] && !first_word()) {
                outcome_.last = fail(errc::timed_out, caller_.options_.urls[node] +
                                                          ": no whole answer came in time");
            }
            caller_.note_silence(node);
        }
        connections_->give_up();
    }

    /// What one node said, where one node's word does not do.
    struct Word {
        Error why;
        Answer answer;
        std::string meaning;
        bool refused = false;
    };

    Caller& caller_;
    const Question& question_;
    const Clock::time_point deadline_;
    std::vector<Clock::time_point> not_before_;  // by node, from Retry-After; max: never again
    std::vector<std::optional<Word>> words_;     // by node
    std::vector<bool> away_;                     // by node: the last attempt did not reach it
    std::optional<std::size_t> last_;            // the node that ended without an answer last
    std::vector<std::optional<Error>> said_;     // by node: why it gave no answer the last time
    Backoff backoff_;
    std::unique_ptr<HttpConnections> connections_;
    const milliseconds patience_;
    CallOutcome outcome_;
    std::optional<Answer> stale_;  // that no quorum confirmed, while others can be asked
    bool waited_ = false;          // for those that were under way when all had been asked
    bool otherwise_ = false;       // some node said neither yes nor no
    std::vector<std::size_t> round_;
    std::size_t asked_ = 0;  // of round_
    bool pausing_ = false;   // until the next round
    Clock::time_point next_start_;
};

Result<std::unique_ptr<Caller>> Caller::create(ClientOptions options) {
    if (options.urls.empty())
        return fail(errc::bad_url, "no node was named; give http://host:port");
    std::vector<std::string> urls;
    std::vector<std::string> names;
    std::vector<std::unique_ptr<Node>> nodes;
    for (std::size_t i = 0; i < options.urls.size(); ++i) {
        auto address = Address::parse(options.urls[i]);
        if (!address) return address.error();
        const bool twice = std::ranges::any_of(
            nodes, [&](const auto& node) { return same_place(node->address, *address); });
        if (twice) continue;
        auto node = std::make_unique<Node>();
        node->address = std::move(*address);
        if (i < options.names.size()) node->name = options.names[i];
        urls.push_back(options.urls[i]);
        names.push_back(node->name);
        nodes.push_back(std::move(node));
    }
    options.urls = std::move(urls);
    options.names = std::move(names);
    std::unique_ptr<Caller> caller(new Caller(std::move(options)));
    caller->nodes_ = std::move(nodes);
    return caller;
}

std::optional<Error> Caller::of_another_network(std::size_t position,
                                                const HttpReply& reply) const {
    if (options_.network.empty() || reply.network.empty() || reply.network == options_.network) {
        return std::nullopt;
    }
    return Error{api_code("wrong_network"), options_.urls[position] + " serves another network, " +
                                                reply.network.substr(0, options_.network.size()) +
                                                ", not " + options_.network +
                                                "; name nodes of that one with --url, or another "
                                                "network with --dir or --trust"};
}

CallOutcome Caller::call(const Question& question, Clock::time_point deadline) {
    return Call(*this, question, deadline).run();
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
