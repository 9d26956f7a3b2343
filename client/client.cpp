#include "client/client.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "client/answers.h"
#include "client/http.h"

namespace tally::client {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kJson = "application/json";
constexpr milliseconds kPollInterval{50};

/// What one attempt means for the call as a whole.
enum class Verdict : std::uint8_t {
    answered,     // for good, well or badly
    not_arrived,  // this attempt did nothing: another may
    unknown,      // a submission may have arrived
};

Verdict verdict_of(const Result<HttpReply>& reply, const std::string& code) {
    if (!reply) {
        return is(reply.error().code, "unreachable") ? Verdict::not_arrived : Verdict::unknown;
    }
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

struct Client::Impl {
    struct Node {
        Address address;
        std::string url;
        std::vector<std::unique_ptr<HttpConnection>> idle;  // guarded by mutex
    };

    /// One call's progress over the nodes.
    struct Call {
        Clock::time_point deadline;
        std::vector<Clock::time_point> not_before;  // by node, from Retry-After
        std::uint32_t attempts = 0;
        bool may_have_arrived = false;
        Error last;
    };

    Result<HttpReply> exchange(std::size_t position, const HttpRequest& request,
                               milliseconds whole) {
        Node& node = *nodes[position];
        std::unique_ptr<HttpConnection> connection;
        {
            const std::lock_guard lock(mutex);
            if (!node.idle.empty()) {
                connection = std::move(node.idle.back());
                node.idle.pop_back();
            }
        }
        if (!connection) connection = std::make_unique<HttpConnection>(node.address);
        auto reply = connection->exchange(request, {options.connect_timeout, whole});
        const std::lock_guard lock(mutex);
        if (reply && node.idle.size() < kIdleMax) node.idle.push_back(std::move(connection));
        return reply;
    }

    /// One attempt on one node, if it is willing yet. Returns the answer that ends the call.
    std::optional<Answer> attempt(Call& call, std::size_t position, const HttpRequest& request) {
        const auto now = Clock::now();
        if (now >= call.deadline || now < call.not_before[position]) return std::nullopt;
        const auto left = std::chrono::ceil<milliseconds>(call.deadline - now);
        ++call.attempts;
        auto reply = exchange(position, request, std::min(options.attempt_timeout, left));
        if (!reply) call.last = reply.error();
        if (reply && reply->status >= 400) {
            call.last = problem_error(reply->status, reply->body);
        }
        const Verdict verdict = verdict_of(reply, call.last.code.message());
        if (verdict == Verdict::answered) {
            preferred = position;
            return Answer{reply->status, std::move(reply->body), std::move(reply->content_type),
                          reply->index,  reply->stale,           nodes[position]->url};
        }
        if (verdict == Verdict::unknown) call.may_have_arrived = true;
        if (reply && reply->retry_after) {
            call.not_before[position] = Clock::now() + *reply->retry_after;
        }
        return std::nullopt;
    }

    /// Rounds over the nodes until one answers for good, or the deadline (call.last says why).
    std::optional<Answer> run(Call& call, const HttpRequest& request) {
        call.deadline = Clock::now() + options.deadline;
        call.not_before.assign(nodes.size(), Clock::time_point::min());
        Backoff backoff(options.retry_delay_min, options.retry_delay_max);
        for (;;) {
            const std::size_t first = preferred;
            for (std::size_t i = 0; i < nodes.size(); ++i) {
                auto answer = attempt(call, (first + i) % nodes.size(), request);
                if (answer) return answer;
            }
            const auto willing = *std::min_element(call.not_before.begin(), call.not_before.end());
            const auto resume = std::max(Clock::now() + backoff.next(), willing);
            if (resume >= call.deadline) return std::nullopt;
            std::this_thread::sleep_until(resume);
        }
    }

    Result<Receipt> submit(const HttpRequest& request) {
        Call call;
        const auto answer = run(call, request);
        const bool ended = !answer || answer->status >= 400;
        // An earlier attempt may still commit when a later one is refused as too old.
        if (call.may_have_arrived && ended && (!answer || is(call.last.code, "expired"))) {
            return fail(errc::outcome_unknown,
                        "no answer in time after " + std::to_string(call.attempts) +
                            " attempts, and the submission may have arrived; submit the same "
                            "bytes again, which is safe (last: " +
                            call.last.code.message() + ": " + call.last.context + ")");
        }
        if (ended) return call.last;
        auto receipt = receipt_of(answer->body);
        if (!receipt) {
            return fail(errc::outcome_unknown, answer->url + ": " + receipt.error().context);
        }
        receipt->attempts = call.attempts;
        return receipt;
    }

    Result<Answer> get(const std::string& target) {
        Call call;
        auto answer = run(call, HttpRequest{false, target, {}, {}});
        if (!answer || answer->status >= 400) return call.last;
        return std::move(*answer);
    }

    static constexpr std::size_t kIdleMax = 64;  // connections kept for each node
    ClientOptions options;
    std::vector<std::unique_ptr<Node>> nodes;
    std::mutex mutex;
    std::atomic<std::size_t> preferred{0};  // the node that answered last
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::create(ClientOptions options) {
    if (options.urls.empty())
        return fail(errc::bad_url, "no node was named; give http://host:port");
    auto impl = std::make_unique<Impl>();
    for (const auto& url : options.urls) {
        auto address = Address::parse(url);
        if (!address) return address.error();
        auto node = std::make_unique<Impl::Node>();
        node->address = std::move(*address);
        node->url = url;
        impl->nodes.push_back(std::move(node));
    }
    impl->options = std::move(options);
    return Client(std::move(impl));
}

Result<Client> Client::create(std::vector<std::string> urls) {
    ClientOptions options;
    options.urls = std::move(urls);
    return create(std::move(options));
}

const ClientOptions& Client::options() const { return impl_->options; }

Result<Receipt> Client::submit(const ledger::Submission& submission, Wait wait) {
    return submit_json(submission_json(submission), wait);
}

Result<Receipt> Client::submit_json(const std::string& body, Wait wait) {
    const std::string target =
        wait == Wait::certified ? "/v1/submissions?wait=certified" : "/v1/submissions";
    return impl_->submit(HttpRequest{true, target, kJson, body});
}

Result<Answer> Client::get(const std::string& path, const ReadOptions& options) {
    return impl_->get(with_query(path, options));
}

Result<Answer> Client::get_from(std::size_t node, const std::string& path) {
    TALLY_CHECK(node < impl_->nodes.size());
    auto reply =
        impl_->exchange(node, HttpRequest{false, path, {}, {}}, impl_->options.attempt_timeout);
    if (!reply) return reply.error();
    return Answer{reply->status, std::move(reply->body), std::move(reply->content_type),
                  reply->index,  reply->stale,           impl_->nodes[node]->url};
}

Result<Answer> Client::post_to(std::size_t node, const std::string& path, const std::string& body,
                               const std::string& content_type) {
    TALLY_CHECK(node < impl_->nodes.size());
    auto reply = impl_->exchange(node, HttpRequest{true, path, content_type, body},
                                 impl_->options.attempt_timeout);
    if (!reply) return reply.error();
    return Answer{reply->status, std::move(reply->body), std::move(reply->content_type),
                  reply->index,  reply->stale,           impl_->nodes[node]->url};
}

namespace {

Result<Document> document_of(Result<Answer> answer) {
    if (!answer) return answer.error();
    return Document::parse(*answer);
}

}  // namespace

Result<Document> Client::status(std::size_t node) {
    auto answer = get_from(node, "/v1/status");
    if (answer && answer->status >= 400) return problem_error(answer->status, answer->body);
    return document_of(std::move(answer));
}
Result<Document> Client::line(const std::string& id, const ReadOptions& options) {
    return document_of(get("/v1/lines/" + id, options));
}
Result<Document> Client::contract(const std::string& id, const ReadOptions& options) {
    return document_of(get("/v1/contracts/" + id, options));
}
Result<Document> Client::borrower(const std::string& id, const ReadOptions& options) {
    return document_of(get("/v1/borrowers/" + id, options));
}
Result<Document> Client::transaction(const std::string& member, const std::string& id,
                                     const ReadOptions& options) {
    return document_of(get("/v1/transactions/" + member + "/" + id, options));
}
Result<Document> Client::entry(std::uint64_t entry, const ReadOptions& options) {
    return document_of(get("/v1/entries/" + std::to_string(entry), options));
}

Result<std::string> Client::proof(std::uint64_t entry) {
    const auto deadline = Clock::now() + impl_->options.deadline;
    for (;;) {
        auto answer = get("/v1/proofs/" + std::to_string(entry));
        if (answer) return std::move(answer->body);
        if (!is(answer.error().code, "not_certified") || Clock::now() >= deadline) {
            return answer.error();
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

Result<std::uint64_t> Client::await_certified(std::uint64_t entry) {
    const auto deadline = Clock::now() + impl_->options.deadline;
    for (;;) {
        auto answer = get("/log/checkpoint");
        if (answer) {
            const auto size = checkpoint_size(answer->body);
            if (!size) return size.error();
            if (*size > entry) return *size;
        } else if (!is(answer.error().code, "not_found") &&
                   !is(answer.error().code, "not_certified")) {
            return answer.error();
        }
        if (Clock::now() >= deadline) {
            return Error{api_code("not_certified"), "no certified checkpoint covers entry " +
                                                        std::to_string(entry) +
                                                        " yet; are a majority of the nodes up?"};
        }
        std::this_thread::sleep_for(kPollInterval);
    }
}

Result<Bytes> Client::genesis() {
    auto answer = get("/v1/genesis");
    if (!answer) return answer.error();
    return to_bytes(std::string_view(answer->body));
}

}  // namespace tally::client
