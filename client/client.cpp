#include "client/client.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "client/answers.h"
#include "client/caller.h"
#include "client/http.h"
#include "client/paths.h"

namespace tally::client {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kJson = "application/json";
constexpr milliseconds kPollInterval{50};

Answer answer_of(HttpReply reply, const std::string& url) {
    return {reply.status, std::move(reply.body), std::move(reply.content_type),
            reply.index,  reply.stale,           url};
}

/// What an answer to a read of this path must be, and show.
std::function<Status(const HttpReply&)> form_for(const std::string& path,
                                                 const AnswerCheck& holds) {
    return [path, holds](const HttpReply& reply) -> Status {
        Status form = form_of_read(path, reply);
        return form && holds ? holds(reply.body) : form;
    };
}

Question read_of(const std::string& target, std::function<Status(const HttpReply&)> form) {
    Question question;
    question.request.target = target;
    question.form = std::move(form);
    return question;
}

/// `header`: of the submission in the body, as far as it is known.
Question submission_of(const std::string& body, Wait wait, const std::optional<Bytes>& header) {
    const std::string target =
        wait == Wait::certified ? "/v1/submissions?wait=certified" : "/v1/submissions";
    Question question;
    question.request = {true, target, kJson, body};
    if (!header) return question;
    const auto decoded = ledger::SubmissionHeader::decode(*header);
    if (decoded) question.not_after = decoded->not_after;
    return question;
}

}  // namespace

struct Client::Impl {
    explicit Impl(std::unique_ptr<Caller> nodes) : caller(std::move(nodes)) {}

    Clock::time_point deadline() const { return Clock::now() + caller->options().deadline; }

    Result<Receipt> submit(Question question, const SentIds& sent) const {
        question.submission = true;
        question.form = [&sent](const HttpReply& reply) -> Status {
            const auto receipt = receipt_of(reply.body);
            Status ours = receipt ? check_receipt(*receipt, sent) : Status(receipt.error());
            if (ours) return {};
            return fail(errc::bad_answer,
                        "not what a node answers to this submission: " + ours.error().context);
        };
        const CallOutcome call = caller->call(question, deadline());
        const bool ended = !call.answer || call.answer->status >= 400;
        if (ended) return why_not(call, caller->options().only_node);
        auto receipt = receipt_of(call.answer->body);
        if (receipt) receipt->attempts = call.attempts;
        if (receipt) receipt->url = call.answer->url;
        return receipt;
    }

    /// Why a submission has no receipt. An earlier attempt may still commit, whatever a later one
    /// is told; and whoever refuses alone may have booked what it refuses.
    static Error why_not(const CallOutcome& call, bool only_node) {
        const bool shown = !call.answer || call.repeated || only_node;
        if (!call.may_have_arrived && shown) return call.last;
        std::string why = call.last.context;
        if (call.answer && why.find(call.answer->url) == std::string::npos) {
            why = call.answer->url + ": " + why;
        }
        const std::string last = call.last.code.message() + ": " + why;
        if (call.may_have_arrived) {
            return fail(errc::outcome_unknown,
                        "no answer for good in time after " + std::to_string(call.attempts) +
                            (call.attempts == 1 ? " attempt" : " attempts") +
                            ", and the submission may have arrived; submit the same "
                            "bytes again, which is safe (last: " +
                            last + ")");
        }
        return fail(errc::outcome_unknown,
                    call.answer->url +
                        " refuses it, and no second node says so: it may have passed on what it "
                        "refuses; submit the same bytes again, which is safe, to another node too "
                        "(" +
                        last + ")");
    }

    Result<Answer> ask(Question question, Clock::time_point until) const {
        if (!question.form) {
            question.form = form_for(question.request.target, {});
        }
        CallOutcome call = caller->call(question, until);
        if (call.answer && call.answer->status < 400) return std::move(*call.answer);
        const bool doubtful = call.answer && (call.answer->stale || call.alone);
        if (doubtful && is(call.last.code, "not_found")) {
            return unconfirmed(call.last, call.answer->url);
        }
        return call.last;
    }
    Result<Answer> get(const std::string& target, Clock::time_point until,
                       const AnswerCheck& holds = {}) const {
        return ask(read_of(target, form_for(target, holds)), until);
    }
    /// What two nodes say alike, if any two do soon enough.
    std::optional<Answer> agreed(const std::string& target, const AnswerCheck& holds) const {
        constexpr milliseconds kPatience{1000};
        Question question = read_of(target, form_for(target, holds));
        question.meaning = [](const HttpReply& reply) { return reply.body; };
        CallOutcome call = caller->call(question, std::min(deadline(), Clock::now() + kPatience));
        const bool both = call.answer && call.repeated && call.answer->status < 400;
        return both ? std::move(call.answer) : std::nullopt;
    }
    Result<Heard> hear(Question question, const Meaning& meaning) const {
        question.form = form_for(question.request.target, {});
        question.meaning = [&meaning](const HttpReply& reply) { return meaning(reply.body); };
        CallOutcome call = caller->call(question, deadline());
        if (!call.answer) return call.last;
        Heard heard;
        if (call.repeated) heard.agreed = std::move(*call.answer);
        heard.said = std::move(call.said);
        return heard;
    }

    Result<Answer> exchange(std::size_t node, const HttpRequest& request) const {
        auto reply = caller->exchange(node, request);
        if (!reply) return reply.error();
        if (const auto foreign = caller->of_another_network(node, *reply)) return *foreign;
        return answer_of(std::move(*reply), caller->options().urls[node]);
    }

    std::unique_ptr<Caller> caller;
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::create(ClientOptions options) {
    auto caller = Caller::create(std::move(options));
    if (!caller) return caller.error();
    return Client(std::make_unique<Impl>(std::move(*caller)));
}

Result<Client> Client::create(std::vector<std::string> urls) {
    ClientOptions options;
    options.urls = std::move(urls);
    return create(std::move(options));
}

const ClientOptions& Client::options() const { return impl_->caller->options(); }

Result<Receipt> Client::submit(const ledger::Submission& submission, Wait wait) {
    return impl_->submit(submission_of(submission_json(submission), wait, submission.header),
                         sent_ids(submission.transactions));
}

Result<Receipt> Client::submit_json(const std::string& body, Wait wait) {
    return impl_->submit(submission_of(body, wait, sent_header(body)), sent_ids(body));
}

Result<Answer> Client::get(const std::string& path, const ReadOptions& options,
                           const AnswerCheck& holds) {
    const std::string target = with_query(path, options);
    const bool several = impl_->caller->options().urls.size() > 1;
    if (!impl_->caller->options().agreed || !several) {
        return impl_->get(target, impl_->deadline(), holds);
    }
    if (auto answer = impl_->agreed(target, holds)) return *std::move(answer);
    auto answer = impl_->get(target, impl_->deadline(), holds);
    if (answer) answer->alone = true;
    return answer;
}

Result<Heard> Client::hear(const std::string& path, const Meaning& meaning,
                           const ReadOptions& options) {
    return impl_->hear(read_of(with_query(path, options), {}), meaning);
}

Result<Heard> Client::hear_query(const std::string& path, const std::string& body,
                                 const Meaning& meaning) {
    Question question;
    question.request = {true, path, kJson, body};
    return impl_->hear(std::move(question), meaning);
}

Result<Answer> Client::get_from(std::size_t node, const std::string& path) {
    return impl_->exchange(node, HttpRequest{false, path, {}, {}});
}

Result<Answer> Client::post_to(std::size_t node, const std::string& path, const std::string& body,
                               const std::string& content_type) {
    return impl_->exchange(node, HttpRequest{true, path, content_type, body});
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
    return document_of(get_at(*this, url_path({"v1", "lines", id}), options));
}
Result<Document> Client::contract(const std::string& id, const ReadOptions& options) {
    return document_of(get_at(*this, url_path({"v1", "contracts", id}), options));
}
Result<Document> Client::borrower(const std::string& id, const ReadOptions& options) {
    return document_of(get_at(*this, url_path({"v1", "borrowers", id}), options));
}
Result<Document> Client::lines(const ListQuery& query, const ReadOptions& options) {
    return document_of(get(list_path("lines", query), options));
}
Result<Document> Client::contracts(const ListQuery& query, const ReadOptions& options) {
    return document_of(get(list_path("contracts", query), options));
}
Result<Document> Client::borrowers(const ListQuery& query, const ReadOptions& options) {
    return document_of(get(list_path("borrowers", query), options));
}
Result<Document> Client::payment(const std::string& source_ref, const std::string& member,
                                 const ReadOptions& options) {
    return document_of(get(payment_path(source_ref, member), options));
}
Result<Document> Client::day(const std::string& date, const ReadOptions& options) {
    return document_of(get_at(*this, url_path({"v1", "days", date}), options));
}
Result<Document> Client::transaction(const std::string& member, const std::string& id,
                                     const ReadOptions& options) {
    return document_of(get_at(*this, url_path({"v1", "transactions", member, id}), options));
}
Result<Document> Client::entry(std::uint64_t entry, const ReadOptions& options) {
    return document_of(get("/v1/entries/" + std::to_string(entry), options));
}

namespace {

/// The check says more than the form does.
Question proof_question(std::uint64_t entry, const ProofCheck& holds) {
    Question question = read_of("/v1/proofs/" + std::to_string(entry), {});
    if (holds) question.form = [&holds](const HttpReply& reply) { return holds(reply.body); };
    return question;
}

}  // namespace

Result<std::string> Client::proof_at_once(std::uint64_t entry, const ProofCheck& holds) {
    auto answer = impl_->ask(proof_question(entry, holds), impl_->deadline());
    if (!answer) return answer.error();
    return std::move(answer->body);
}

// The last question may find no time left: then what was answered before it counts.
Result<std::string> Client::proof(std::uint64_t entry, const ProofCheck& holds) {
    const auto deadline = impl_->deadline();
    const Question question = proof_question(entry, holds);
    std::optional<Error> not_yet;
    for (;;) {
        auto answer = impl_->ask(question, deadline);
        if (answer) return std::move(answer->body);
        const bool uncertified = is(answer.error().code, "not_certified");
        if (uncertified) not_yet = answer.error();
        const bool over = Clock::now() + kPollInterval >= deadline;
        if (over && not_yet) return *not_yet;
        if (over || !uncertified) return answer.error();
        impl_->caller->begin_elsewhere();
        std::this_thread::sleep_for(kPollInterval);
    }
}

// A checkpoint that is no news is one node's word, like not_found: the others are asked too.
Result<std::uint64_t> Client::await_certified(std::uint64_t entry) {
    const auto deadline = impl_->deadline();
    const auto covers = [entry](const HttpReply& reply) -> Status {
        const auto size = checkpoint_size(reply.body);
        if (!size) return size.error();
        if (*size > entry) return {};
        return Error{api_code("not_certified"),
                     "its newest checkpoint has " + std::to_string(*size) + " entries"};
    };
    const Question question{.request = {false, "/log/checkpoint", {}, {}},
                            .not_after = {},
                            .form = covers,
                            .meaning = {}};
    bool answered = false;
    for (;;) {
        const auto answer = impl_->ask(question, deadline);
        const auto size = answer ? checkpoint_size(answer->body) : Result<std::uint64_t>(0);
        if (size && *size > entry) return *size;
        const bool none_yet = answer || is(answer.error().code, "not_found") ||
                              is(answer.error().code, "not_certified");
        const bool over = Clock::now() + kPollInterval >= deadline;
        if (!none_yet && !(over && answered)) return answer.error();
        answered = true;
        if (over) {
            return Error{api_code("not_certified"), "no certified checkpoint covers entry " +
                                                        std::to_string(entry) +
                                                        " yet; are a majority of the nodes up?"};
        }
        impl_->caller->begin_elsewhere();
        std::this_thread::sleep_for(kPollInterval);
    }
}

Result<Bytes> Client::genesis() {
    auto answer = get("/v1/genesis");
    if (!answer) return answer.error();
    return to_bytes(std::string_view(answer->body));
}

}  // namespace tally::client
