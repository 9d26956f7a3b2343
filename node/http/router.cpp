#include "node/http/router.h"

#include <array>
#include <optional>

#include "node/http/handlers.h"

namespace tally::node::http {
namespace {

constexpr auto kGet = HttpMethod::get;
constexpr auto kPost = HttpMethod::post;

constexpr std::array kRoutes = {
    Route{kPost, "/v1/submissions", kJsonMediaType, post_submission},
    Route{kPost, "/v1/proposals", kJsonMediaType, post_proposal},
    Route{kGet, "/v1/transactions/{member}/{id}", kJsonMediaType, get_transaction},
    Route{kGet, "/v1/entries/{n}", kJsonMediaType, get_entry},
    Route{kGet, "/v1/lines", kJsonMediaType, get_lines},
    Route{kGet, "/v1/lines/{id}", kJsonMediaType, get_line},
    Route{kGet, "/v1/lines/{id}/history", kJsonMediaType, get_line_history},
    Route{kGet, "/v1/contracts", kJsonMediaType, get_contracts},
    Route{kGet, "/v1/contracts/{id}", kJsonMediaType, get_contract},
    Route{kGet, "/v1/contracts/{id}/history", kJsonMediaType, get_contract_history},
    Route{kGet, "/v1/borrowers", kJsonMediaType, get_borrowers},
    Route{kGet, "/v1/borrowers/{id}", kJsonMediaType, get_borrower},
    Route{kGet, "/v1/borrowers/{id}/history", kJsonMediaType, get_borrower_history},
    Route{kGet, "/v1/members", kJsonMediaType, get_members},
    Route{kGet, "/v1/members/{member}", kJsonMediaType, get_member},
    Route{kGet, "/v1/governance", kJsonMediaType, get_governance},
    Route{kGet, "/v1/members/{member}/history", kJsonMediaType, get_member_history},
    Route{kGet, "/v1/rulesets/{id}", kJsonMediaType, get_ruleset},
    Route{kGet, "/v1/products/{id}", kJsonMediaType, get_product},
    Route{kGet, "/v1/models/{id}", kJsonMediaType, get_model},
    Route{kGet, "/v1/assessments/{id}", kJsonMediaType, get_assessment},
    Route{kGet, "/v1/cost-tables/{id}", kJsonMediaType, get_cost_table},
    Route{kGet, "/v1/disclosures/{id}", kJsonMediaType, get_disclosure},
    Route{kGet, "/v1/authorisations/{id}", kJsonMediaType, get_authorisation},
    Route{kGet, "/v1/mandates/{id}", kJsonMediaType, get_mandate},
    Route{kGet, "/v1/debits/{id}", kJsonMediaType, get_debit},
    Route{kGet, "/v1/complaints", kJsonMediaType, get_complaints},
    Route{kGet, "/v1/complaints/{id}", kJsonMediaType, get_complaint},
    Route{kGet, "/v1/recons", kJsonMediaType, get_recons},
    Route{kGet, "/v1/recons/{id}", kJsonMediaType, get_recon},
    Route{kGet, "/v1/opinions", kJsonMediaType, get_opinions},
    Route{kGet, "/v1/opinions/{id}", kJsonMediaType, get_opinion},
    Route{kGet, "/v1/hedges", kJsonMediaType, get_hedges},
    Route{kGet, "/v1/hedges/{id}", kJsonMediaType, get_hedge},
    Route{kGet, "/v1/erasures", kJsonMediaType, get_erasures},
    Route{kGet, "/v1/erasures/{id}", kJsonMediaType, get_erasure},
    Route{kGet, "/v1/alerts", kJsonMediaType, get_alerts},
    Route{kGet, "/v1/alerts/{id}", kJsonMediaType, get_alert},
    Route{kGet, "/v1/pools", kJsonMediaType, get_pools},
    Route{kGet, "/v1/pools/{id}", kJsonMediaType, get_pool},
    Route{kGet, "/v1/pools/{id}/contracts", kJsonMediaType, get_pool_contracts},
    Route{kGet, "/v1/pools/{id}/history", kJsonMediaType, get_pool_history},
    Route{kGet, "/v1/days", kJsonMediaType, get_days},
    Route{kGet, "/v1/days/{date}", kJsonMediaType, get_day},
    Route{kGet, "/v1/payments", kJsonMediaType, get_payments},
    Route{kGet, "/v1/trial-balance", kJsonMediaType, get_trial_balance},
    Route{kGet, "/v1/records/{key}", kJsonMediaType, get_record},
    Route{kGet, "/v1/proofs/{entry}", kJsonMediaType, get_proof},
    Route{kGet, "/v1/status", kJsonMediaType, get_status},
    Route{kGet, "/v1/genesis", kOctetsMediaType, get_genesis},
    Route{kGet, "/v1/blocks/{first}", kJsonMediaType, get_blocks},
    Route{kGet, "/v1/checkpoints/{size}", kTextMediaType, get_checkpoint},
    Route{kGet, "/v1/evidence", kJsonMediaType, get_evidence},
    Route{kGet, "/log/checkpoint", kTextMediaType, get_latest_checkpoint},
    Route{kGet, "/metrics", kTextMediaType, get_metrics},
    Route{kGet, "/healthz", kTextMediaType, get_health},
    Route{kGet, "/readyz", kTextMediaType, get_ready},
};

/// The values of the braces if the path fits the pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& path) {
    std::vector<std::string> values;
    std::size_t position = 0;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);  // the slash
        const std::size_t end = pattern.find('/');
        const std::string_view segment = pattern.substr(0, end);
        pattern.remove_prefix(end == std::string_view::npos ? pattern.size() : end);
        if (position == path.size()) return std::nullopt;
        const std::string& actual = path[position++];
        if (segment.front() == '{') {
            if (actual.empty()) return std::nullopt;
            values.push_back(actual);
        } else if (segment != actual) {
            return std::nullopt;
        }
    }
    if (position != path.size()) return std::nullopt;
    return values;
}

bool takes(const Route& route, HttpMethod method) {
    return route.method == method || (route.method == kGet && method == HttpMethod::head);
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

void dispatch(const ApiPtr& api, const ExchangePtr& exchange) {
    const HttpRequest& request = exchange->request();
    for (const Route& route : kRoutes) {
        auto values = match(route.pattern, request.path);
        if (!values) continue;
        exchange->set_route(route.pattern, std::move(*values));
        if (!takes(route, request.method)) {
            // No path has two methods, so that the first match decides.
            const std::string allow = route.method == kPost ? "POST" : "GET, HEAD";
            HttpResponse response =
                problem_response(api::problem_of("method_not_allowed", "this path takes " + allow));
            response.headers.emplace_back("Allow", allow);
            exchange->answer(std::move(response));
        } else if (!accepts(request.accept, route.media_type)) {
            exchange->answer(problem_response(api::problem_of(
                "not_acceptable", "this path answers " + std::string(route.media_type))));
        } else {
            route.handle(api, exchange);
        }
        return;
    }
    exchange->answer(
        problem_response(api::problem_of("not_found", "no such path: see docs/API.md")));
}

}  // namespace tally::node::http
