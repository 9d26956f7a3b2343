#include "node/http/conduct_json.h"

#include "api/transaction_json.h"
#include "base/hex.h"
#include "ledger/transaction_words.h"
#include "node/http/json_parts.h"

#include <algorithm>

namespace tally::node::http {
namespace {

using boost::json::object;
using boost::json::value;

/// What was registered, with names in place of members' ids, by whom, and where.
template <typename Record>
object registered(const Record& record, const api::MemberNames& names) {
    ledger::Transaction transaction;
    transaction.body = record.terms;
    object target = api::to_json(transaction);
    for (const std::string_view name : {"id", "business_date", "value_date", "type"}) {
        target.erase(name);
    }
    if constexpr (requires { record.terms.lender; }) {
        target["lender"] = member_json(record.terms.lender, names);
    }
    target["owner"] = member_json(record.owner, names);
    target["entry"] = record.entry;
    return target;
}

}  // namespace

std::string_view status_name(const ledger::ComplaintRecord& complaint) {
    return complaint.answer ? "CLOSED" : "OPEN";
}

object to_json(const ledger::ComplaintRecord& complaint, const api::MemberNames& names) {
    object target = registered(complaint, names);
    target["status"] = status_name(complaint);
    target["value_date"] = day_json(complaint.value_date);
    target["answer"] = nullptr;
    if (complaint.answer) {
        const ledger::ComplaintRecord::Answer& answer = *complaint.answer;
        target["answer"] = {{"result", ledger::word_of(answer.said.result)},
                            {"commitment", to_hex(answer.said.commitment.view())},
                            {"owner", member_json(answer.owner, names)},
                            {"value_date", day_json(answer.value_date)},
                            {"entry", answer.entry}};
    }
    return target;
}

object to_json(const ledger::ReconRecord& recon, const api::MemberNames& names) {
    return registered(recon, names);
}

object to_json(const ledger::OpinionRecord& opinion, const api::MemberNames& names) {
    return registered(opinion, names);
}

object to_json(const ledger::HedgeRecord& hedge, const api::MemberNames& names) {
    return registered(hedge, names);
}

object to_json(const ledger::ErasureRecord& erasure, const api::MemberNames& names) {
    object target = registered(erasure, names);
    target["value_date"] = day_json(erasure.value_date);
    return target;
}

boost::json::array to_json(const ledger::ContactsRecord& contacts) {
    boost::json::array days;
    std::for_each(contacts.days.rbegin(), contacts.days.rend(), [&days](const auto& day) {
        days.push_back(object{{"day", day_json(day.day)}, {"count", day.count}});
    });
    return days;
}

}  // namespace tally::node::http
