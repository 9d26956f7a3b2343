#include "api/errc.h"
#include "base/hex.h"
#include "ledger/transaction_words.h"
#include "node/http/alert_json.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

// Early warnings: which entry raised them, what was measured, what was decided.

namespace tally::node::http {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

array answers_json(const ledger::AlertRecord& alert) {
    array answers;
    for (const ledger::AlertAnswer& answer : alert.answers) {
        answers.push_back({{"disposition", ledger::word_of(answer.disposition)},
                           {"reason", answer.reason},
                           {"value_date", day_json(answer.value_date)},
                           {"entry", answer.entry}});
    }
    return answers;
}

Result<HttpResponse> alert_response(const ReadContext& context) {
    const auto id = path_id<ledger::AlertId>(context.parameter(0), "alert");
    if (!id) return id.error();
    const auto alert = ledger::read_alert(context.view, *id);
    if (!alert) return alert.error();
    if (!*alert) return fail(api::errc::not_found, "alert " + api::id_text(*id));
    return json_response(to_json(*id, **alert, context.names()));
}

}  // namespace

std::string_view status_name(const ledger::AlertRecord& alert) {
    if (alert.answers.empty()) return "OPEN";
    switch (alert.answers.back().disposition) {
        case ledger::Disposition::confirmed:
            return "CONFIRMED";
        case ledger::Disposition::dismissed:
            return "DISMISSED";
        case ledger::Disposition::escalated:
            return "ESCALATED";
    }
    return "UNKNOWN";
}

object to_json(const ledger::AlertId& id, const ledger::AlertRecord& alert,
               const api::MemberNames& names) {
    object target;
    target["id"] = api::id_text(id);
    target["status"] = status_name(alert);
    target["rule"] = ledger::word_of(alert.rule);
    target["raised_by"] = alert.by_hand ? "servicer" : "nodes";
    target["owner"] = member_json(alert.owner, names);
    target["line"] = alert.pool ? value(nullptr) : value(api::id_text(alert.line));
    target["contract"] = id_json(alert.contract);
    target["pool"] = id_json(alert.pool);
    target["entry"] = alert.entry;
    target["business_date"] = day_json(alert.business_date);
    target["as_of"] = day_json(alert.as_of);
    target["measured"] = alert.by_hand ? value(nullptr) : value(alert.measured);
    target["threshold"] = alert.by_hand ? value(nullptr) : value(alert.threshold);
    target["reason"] = alert.by_hand ? value(alert.reason) : value(nullptr);
    target["evidence"] = alert.evidence ? value(to_hex(alert.evidence->view())) : value(nullptr);
    target["answers"] = answers_json(alert);
    return target;
}

void add_alerts(object& target, const ledger::AlertsView& alerts, const api::MemberNames& names) {
    array items;
    for (const auto& [id, alert] : alerts.alerts) items.push_back(to_json(id, alert, names));
    target["alerts"] = std::move(items);
    target["alerts_whole"] = alerts.whole;
}

void get_alert(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, alert_response);
}

}  // namespace tally::node::http
