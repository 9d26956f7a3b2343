#include "client/verdict.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string_view>
#include <utility>

#include "api/json_text.h"
#include "api/problem.h"
#include "base/wall_clock.h"
#include "client/answers.h"
#include "client/errors.h"

// One node may be of another network, behind a proxy that answers for it, behind in its log, or
// hostile. So nothing that it says is final but what the call can check itself: a receipt of what
// was sent, or a document of the form that was asked for. The others are asked for all the rest.

namespace tally::client {
namespace {

/// A problem document of ours: a code that is documented, with its own status. Anything else may
/// come from a proxy in between, or from a node that this build does not know.
bool is_documented(int status, const std::string& code) {
    const auto documented = api::known_codes();
    return std::ranges::find(documented, code) != documented.end() &&
           std::cmp_equal(status, api::http_status_of(code));
}

/// No time of the submission's own has passed, so that nobody can say that it came too late.
bool cannot_be_over(const Question& question) {
    const auto& not_after = question.not_after;
    return not_after && (not_after->count() == 0 || wall_now() <= *not_after);
}

/// Of an answer to a submission that is none of status 200. Only a problem document of ours, about
/// the submission, says that nothing was booked.
Verdict refusal_of(const Question& question, int status, const std::string& code) {
    if (status < 400 || !is_documented(status, code)) return Verdict::unknown;
    // No node answers a submission so; what is not certified is on record. What is about that
    // server's name or network comes from somebody who got the bytes, and may have passed them on.
    for (const std::string_view other :
         {"not_found", "method_not_allowed", "not_acceptable", "outcome_unknown", "internal_error",
          "not_certified", "wrong_network", "misdirected"}) {
        if (code == other) return Verdict::unknown;
    }
    if (status == 503) return Verdict::not_arrived;
    if (status >= 500) return Verdict::unknown;
    if (code == "expired" && cannot_be_over(question)) return Verdict::unknown;
    return Verdict::refused;
}

/// About that server, which will say the same of every request.
bool is_of_the_server(const std::string& code) {
    return code == "misdirected" || code == "wrong_network";
}

Verdict missing_of(int status, const std::string& code) {
    if (status == 429 || status == 503) return Verdict::not_arrived;
    if (status >= 500) return Verdict::unknown;
    if (status < 400 || !is_documented(status, code)) return Verdict::elsewhere;
    return is_of_the_server(code) ? Verdict::elsewhere : Verdict::refused;
}

/// What is only about one node names it.
Error named(const std::string& url, const Error& error) {
    if (!is(error.code, "misdirected")) return {error.code, url + ": " + error.context};
    return {error.code, url + ": " + error.context +
                            "; that server takes no requests under this name: add it to host_names "
                            "in the [api] part of its node's configuration, or ask another node "
                            "with --url"};
}

}  // namespace

Judgement judge(const Question& question, const std::string& url, const Result<HttpReply>& reply,
                const std::optional<Error>& foreign) {
    if (!reply) {
        const Error& why = reply.error();
        const bool arrived = !is(why.code, "unreachable");
        // Its answer has no end, or one too far away: the next one would be no other.
        return {arrived ? Verdict::unknown : Verdict::not_arrived, why,
                !is(why.code, "bad_answer")};
    }
    // Whether a submission went anywhere from there, nothing that it says shows.
    if (foreign) {
        return {question.submission ? Verdict::unknown : Verdict::elsewhere, *foreign, false};
    }
    if (reply->status == 200) {
        const Status form = question.form ? question.form(*reply) : Status{};
        if (form && question.meaning) {
            return {Verdict::said, fail(errc::bad_answer, url + ": no other node says the same"),
                    false};
        }
        if (form) return {Verdict::answered, {}, true};
        const Error wrong{form.error().code, url + ": " + form.error().context};
        // What a node has not yet is no fault of its own: another one may have it.
        const bool not_yet = is(wrong.code, "not_certified") && !question.submission;
        if (not_yet) return {Verdict::refused, wrong, false};
        return {question.submission ? Verdict::unknown : Verdict::elsewhere, wrong, false};
    }
    const Error said = problem_error(reply->status, reply->body);
    const std::string code = said.code.message();
    const Verdict verdict = question.submission ? refusal_of(question, reply->status, code)
                                                : missing_of(reply->status, code);
    const bool for_ever =
        verdict == Verdict::elsewhere || (verdict == Verdict::unknown && is_of_the_server(code));
    const bool again = !for_ever && verdict != Verdict::refused;
    return {verdict, for_ever ? named(url, said) : said, again};
}

namespace {

struct Form {
    std::string_view part;    ///< of the path, after /v1/
    std::string_view member;  ///< that every such document has
};

/// docs/API.md. A history has its own, whatever it is one of.
constexpr std::array kForms = {
    Form{"transactions", "outcome"},
    Form{"entries", "kind"},
    Form{"lines", "status"},
    Form{"contracts", "status"},
    Form{"borrowers", "lines"},
    Form{"rulesets", "entry"},
    Form{"products", "entry"},
    Form{"models", "entry"},
    Form{"assessments", "entry"},
    Form{"cost-tables", "entry"},
    Form{"disclosures", "entry"},
    Form{"authorisations", "status"},
    Form{"days", "open"},
    Form{"trial-balance", "rows"},
    Form{"records", "value"},
    Form{"proofs", "format"},
    Form{"blocks", "blocks"},
    Form{"status", "network"},
    Form{"evidence", "network"},
    Form{"proposals", "outcome"},
};

/// The member for this path; nothing for one that this build does not know.
std::optional<std::string_view> member_of(std::string_view path) {
    path = path.substr(0, path.find('?'));
    if (path.ends_with("/history")) return "items";
    path.remove_prefix(std::string_view("/v1/").size());
    const bool one = path.find('/') != std::string_view::npos;
    path = path.substr(0, path.find('/'));
    if (path == "payments") return "items";
    if (path == "days" && one) return "rows";
    const bool listed = path == "lines" || path == "contracts" || path == "borrowers";
    if (listed && !one) return "items";
    const auto* form = std::ranges::find(kForms, path, &Form::part);
    return form == kForms.end() ? std::nullopt : std::optional(form->member);
}

}  // namespace

Status form_of_read(const std::string& path, const HttpReply& reply) {
    if (path.starts_with("/log/checkpoint") || path.starts_with("/v1/checkpoints/")) {
        const auto size = checkpoint_size(reply.body);
        return size ? Status{} : Status(size.error());
    }
    if (!path.starts_with("/v1/")) return {};
    if (path.starts_with("/v1/genesis")) {
        if (!reply.content_type.starts_with("text/")) return {};
        return fail(errc::bad_answer, reply.content_type + " where octets were asked for");
    }
    const auto document = api::json_object_from_text(reply.body);
    if (!document) return fail(errc::bad_answer, document.error().context);
    const auto member = member_of(path);
    if (!member || document->contains(*member)) return {};
    return fail(errc::bad_answer, std::string(*member) + ": is not in the answer");
}

}  // namespace tally::client
