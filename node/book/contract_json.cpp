#include "node/book/contract_json.h"

#include <limits>
#include <string>

#include "ledger/dates.h"
#include "ledger/schedule.h"
#include "node/errc.h"

namespace tally::book {
namespace {

Error wrong(const std::string& field, const std::string& what) {
    return fail(node::errc::invalid_argument, "contract: " + field + ": " + what);
}

/// Reads integers and texts of one object; keeps the first fault.
class Fields {
public:
    Fields(const boost::json::object& object, std::string path)
        : object_(object), path_(std::move(path)) {}

    std::int64_t integer(const char* name, std::int64_t least, std::int64_t most) {
        const auto* found = object_.if_contains(name);
        if (found != nullptr) {
            boost::json::error_code inexact;
            const auto number = found->to_number<std::int64_t>(inexact);
            if (!inexact && number >= least && number <= most) return number;
        }
        return reject(name, "not an integer in range");
    }
    std::string text(const char* name) {
        const auto* found = object_.if_contains(name);
        if (found != nullptr && found->is_string()) return std::string(found->get_string());
        reject(name, "not a text");
        return {};
    }
    const Status& status() const { return status_; }

private:
    std::int64_t reject(const char* name, const char* what) {
        if (status_) status_ = wrong(path_ + name, what);
        return 0;
    }

    const boost::json::object& object_;
    std::string path_;
    Status status_;
};

}  // namespace

Result<ledger::ContractBody> contract_from_json(const boost::json::value& value) {
    if (!value.is_object()) return wrong("document", "not an object");
    const auto& object = value.get_object();
    Fields fields(object, "");
    ledger::ContractBody body;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    body.terms.principal = fields.integer("principal", 1, kMost);
    body.terms.fee_ppm = static_cast<ledger::Ppm>(fields.integer("fee_ppm", 0, ledger::kFeePpmMax));
    body.terms.periods =
        static_cast<std::uint32_t>(fields.integer("periods", 1, ledger::kPeriodsMax));
    const std::string anchor = fields.text("value_date");
    const std::string status = fields.text("status");
    if (!fields.status()) return fields.status().error();
    const auto day = ledger::day_from_text(anchor);
    if (!day) return wrong("value_date", "not a date");
    body.terms.anchor = *day;
    body.status =
        status == "ACTIVE" ? ledger::ContractStatus::active : ledger::ContractStatus::closed_paid;

    const ledger::Schedule schedule = ledger::compute_schedule(body.terms);
    if (schedule.outcome != ledger::Outcome::accepted) return wrong("terms", "no schedule follows");
    const auto* rows = object.if_contains("schedule");
    if (rows == nullptr || !rows->is_array() || rows->get_array().size() != schedule.rows.size()) {
        return wrong("schedule", "not one row a period");
    }
    for (std::size_t i = 0; i < schedule.rows.size(); ++i) {
        const std::string path = "schedule[" + std::to_string(i) + "]";
        const auto& row = rows->get_array()[i];
        if (!row.is_object()) return wrong(path, "not an object");
        Fields parts(row.get_object(), path + ".");
        ledger::RowPaid paid;
        paid.principal = parts.integer("principal_paid", 0, schedule.rows[i].principal);
        paid.fee = parts.integer("fee_paid", 0, schedule.rows[i].fee);
        if (!parts.status()) return parts.status().error();
        body.paid.push_back(paid);
    }
    return body;
}

}  // namespace tally::book
