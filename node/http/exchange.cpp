#include "node/http/exchange.h"

#include <utility>

#include "api/errc.h"

namespace tally::node::http {

Exchange::Exchange(HttpRequest request, Deliver deliver)
    : request_(std::move(request)), deliver_(std::move(deliver)) {}

Exchange::~Exchange() { abandon("internal_error", "the request was dropped without an answer"); }

void Exchange::set_route(std::string_view pattern, std::vector<std::string> parameters) {
    route_ = pattern;
    parameters_ = std::move(parameters);
}

void Exchange::answer(HttpResponse response) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(answered_, true)) return;
    }
    deliver_(std::move(response));
}

void Exchange::refuse(const Error& error) {
    std::vector<ledger::TransactionId> ids;
    if (error.code == api::errc::outcome_unknown) {
        const std::lock_guard lock(mutex_);
        ids = ids_;
    }
    const bool unknown = error.code == api::errc::outcome_unknown;
    answer(problem_response(unknown ? api::problem_of_unknown(error, std::move(ids))
                                    : api::problem_of(error)));
}

void Exchange::passed_on(std::vector<ledger::TransactionId> ids) {
    const std::lock_guard lock(mutex_);
    passed_on_ = true;
    ids_ = std::move(ids);
}

void Exchange::abandon(std::string_view code, std::string detail) {
    bool unknown = false;
    {
        const std::lock_guard lock(mutex_);
        if (answered_) return;
        unknown = passed_on_;
    }
    if (unknown) {
        refuse(fail(api::errc::outcome_unknown, std::move(detail)));
    } else {
        answer(problem_response(api::problem_of(code, std::move(detail))));
    }
}

}  // namespace tally::node::http
