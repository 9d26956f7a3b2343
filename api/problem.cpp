#include "api/problem.h"

#include <algorithm>
#include <array>

#include "api/errc.h"
#include "api/ids.h"
#include "api/object_reader.h"
#include "base/shown_text.h"

namespace tally::api {
namespace {

struct KnownProblem {
    std::string_view code;
    unsigned status;
    unsigned retry_after_s;
    std::string_view title;
};

/// Every code that a client can meet. docs/API.md shows the same table; a test compares them.
constexpr std::array kKnown = {
    // The request cannot be understood.
    KnownProblem{"invalid_argument", 400, 0, "The request cannot be understood"},
    KnownProblem{"malformed", 400, 0, "The submission is not in the canonical layout"},
    KnownProblem{"not_found", 404, 0, "Nothing is on record there"},
    KnownProblem{"method_not_allowed", 405, 0, "The path does not take this method"},
    KnownProblem{"not_acceptable", 406, 0, "The path has no representation that was asked for"},
    KnownProblem{"too_large", 413, 0, "The request is larger than the network allows"},
    KnownProblem{"unsupported_media_type", 415, 0, "The body is of a type that is not read here"},
    KnownProblem{"misdirected", 421, 0, "The request was meant for another server"},
    KnownProblem{"header_too_large", 431, 0, "The request header is too long"},
    // The submission is understood and not admitted.
    KnownProblem{"bad_signature", 403, 0, "A listed signature is missing or does not verify"},
    KnownProblem{"key_not_valid", 403, 0, "A key is not that member's"},
    KnownProblem{"unknown_member", 403, 0, "The submitter is not a member of the network"},
    KnownProblem{"duplicate", 409, 0, "A transaction id is on record with other bytes"},
    KnownProblem{"id_reused", 409, 0, "A transaction id is on record with other bytes"},
    KnownProblem{"not_certified", 409, 0, "No certified checkpoint covers the entry yet"},
    KnownProblem{"nodes_behind", 409, 0, "Most of the nodes cannot apply these rules"},
    KnownProblem{"invalid_submission", 422, 0, "The submission is on record as invalid"},
    KnownProblem{"expired", 422, 0, "The submission's not-after time has passed"},
    KnownProblem{"wrong_network", 422, 0, "The submission is for another network"},
    KnownProblem{"wrong_root", 422, 0, "The header does not match the transactions"},
    // The node failed, or cannot serve now.
    KnownProblem{"internal_error", 500, 0, "The node failed"},
    KnownProblem{"no_quorum", 503, 1, "No majority of the nodes is reachable; nothing was done"},
    KnownProblem{"outcome_unknown", 503, 1, "The outcome is not known yet"},
    KnownProblem{"overloaded", 503, 1, "A queue of the node is full"},
    KnownProblem{"busy", 503, 1, "A queue of the node is full"},
    KnownProblem{"not_leader", 503, 1, "The node is not the leader"},
    KnownProblem{"not_ready", 503, 1, "The node is not that far yet"},
    KnownProblem{"shutting_down", 503, 5, "The node is ending"},
    KnownProblem{"storage_full", 503, 30, "The node's disk is full; it only reads"},
    KnownProblem{"no_space", 503, 30, "The node's disk is full"},
    KnownProblem{"corrupt_block", 503, 60, "A stored block does not hold"},
    KnownProblem{"corrupt_state", 503, 60, "A stored record does not hold"},
    KnownProblem{"corrupt_record", 503, 60, "A stored record does not hold"},
    KnownProblem{"diverged", 503, 60, "The node's state contradicts the network's"},
    KnownProblem{"halted", 503, 60, "The node stopped applying blocks"},
    KnownProblem{"unsupported_rules", 503, 60, "The node cannot apply the active rules"},
};

const KnownProblem* find_known(std::string_view code) {
    const auto* found = std::find_if(kKnown.begin(), kKnown.end(),
                                     [&](const KnownProblem& known) { return known.code == code; });
    return found == kKnown.end() ? nullptr : found;
}

}  // namespace

unsigned http_status_of(std::string_view code) {
    const KnownProblem* known = find_known(code);
    return known == nullptr ? 500 : known->status;
}

std::vector<std::string_view> known_codes() {
    std::vector<std::string_view> codes;
    codes.reserve(std::size(kKnown));
    for (const KnownProblem& known : kKnown) codes.push_back(known.code);
    return codes;
}

Problem problem_of(std::string_view code, std::string detail) {
    Problem problem;
    problem.code = std::string(code);
    detail = escaped(detail);  // it may quote a request
    problem.detail = std::move(detail);
    const KnownProblem* known = find_known(code);
    problem.title = known == nullptr ? "The node failed" : std::string(known->title);
    if (known != nullptr) {
        problem.status = known->status;
        problem.retry_after_s = known->retry_after_s;
    }
    return problem;
}

Problem problem_of(const Error& error) { return problem_of(error_name(error.code), error.context); }

Problem problem_of_unknown(const Error& error, std::vector<ledger::TransactionId> ids) {
    Problem problem = problem_of(error);
    constexpr std::string_view kAdvice =
        "retry the same ids: an id that is on record is answered with its first outcome, "
        "new ids could act twice";
    if (!problem.detail.empty()) problem.detail += "; ";
    problem.detail += kAdvice;
    problem.ids = std::move(ids);
    return problem;
}

boost::json::object to_json(const Problem& problem) {
    boost::json::object target;
    target["type"] = "urn:tallystick:error:" + problem.code;
    target["title"] = problem.title;
    target["status"] = problem.status;
    target["code"] = problem.code;
    target["detail"] = problem.detail;
    if (!problem.ids.empty()) {
        boost::json::array ids;
        for (const ledger::TransactionId& id : problem.ids) ids.emplace_back(id_text(id));
        target["ids"] = std::move(ids);
    }
    return target;
}

Result<Problem> problem_from_json(const boost::json::value& value) {
    constexpr std::uint64_t kStatusMax = 599;
    ObjectReader reader(value);
    Problem problem;
    problem.code = reader.text("code");
    problem.status = http_status_of(problem.code);
    // RFC 9457, section 3.1: all members but ours may be left out.
    if (reader.optional_value("status") != nullptr) {
        problem.status = static_cast<unsigned>(reader.unsigned_integer("status", kStatusMax));
    }
    problem.title = reader.optional_text("title");
    problem.detail = reader.optional_text("detail");
    if (reader.optional_value("ids") != nullptr) {
        reader.each("ids", [&](const boost::json::value& element, const std::string& path) {
            const boost::json::string* text = element.if_string();
            const auto id = text == nullptr ? std::nullopt
                                            : id_from_text<ledger::TransactionId>(
                                                  std::string_view(text->data(), text->size()));
            if (id) problem.ids.push_back(*id);
            return id ? Status() : Status(fail(errc::invalid_argument, path + ": not an id"));
        });
    }
    // RFC 9457 lets a server add members, so unknown ones are no fault here.
    if (!reader.status()) return reader.status().error();
    problem.retry_after_s = problem_of(problem.code, {}).retry_after_s;
    return problem;
}

}  // namespace tally::api
