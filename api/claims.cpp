#include "api/claims.h"

#include <algorithm>
#include <string_view>

#include "api/errc.h"
#include "base/closest_word.h"
#include "ledger/dates.h"
#include "ledger/propose.h"
#include "ledger/schedule.h"
#include "ledger/transaction_layout.h"
#include "ledger/type_table.h"

namespace tally::api {
namespace {

using boost::json::object;
using boost::json::value;

/// Empty rows, as many as `periods` says.
Result<boost::json::array> rows_of(object& whole) {
    const auto* given = whole.if_contains("periods");
    const auto* periods = given == nullptr ? nullptr : given->if_int64();
    if (periods == nullptr || *periods < 1 || *periods > ledger::kPeriodsMax) {
        return fail(errc::invalid_argument, "schedule: is missing; give it, or periods (1 to " +
                                                std::to_string(ledger::kPeriodsMax) +
                                                ") to have it computed");
    }
    const object row{{"due", "1970-01-01"}, {"principal", 0}, {"fee", 0}, {"interest", 0}};
    boost::json::array rows(static_cast<std::size_t>(*periods), row);
    whole.erase("periods");
    return rows;
}

/// What stands in for a claim until it is known.
Result<value> placeholder_of(const ledger::Claim& claim, object& whole) {
    switch (claim.form) {
        case ledger::Claim::Form::number:
            break;
        case ledger::Claim::Form::text:
            return value(claim.usual);
        case ledger::Claim::Form::member:
            return value(std::string(2 * ledger::MemberId{}.bytes.size(), '0'));
        case ledger::Claim::Form::list:
            return value(boost::json::array{});
        case ledger::Claim::Form::schedule: {
            auto rows = rows_of(whole);
            if (!rows) return rows.error();
            return value(std::move(*rows));
        }
        case ledger::Claim::Form::digest:
            return value(std::string(2 * crypto::Digest{}.bytes.size(), '0'));
        case ledger::Claim::Form::day:
            return value(ledger::day_text(0));
    }
    return value(0);
}

/// A misspelt field is not the same as one left out.
Status check_names(const object& draft, std::string_view type) {
    const auto fields = fields_of(type);
    if (!fields) return {};
    std::vector<std::string_view> known{"type", "id", "business_date", "value_date", "periods"};
    for (const Field& field : *fields) known.push_back(field.name);
    for (const auto& member : draft) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        return fail(errc::invalid_argument,
                    std::string(name) + ": unknown field" + did_you_mean(name, known));
    }
    return {};
}

Status check_date(const object& whole, const Field& field, const std::string& path) {
    const std::string name = path + std::string(field.name);
    const auto* found = whole.if_contains(field.name);
    if (found == nullptr) return {};
    if (field.kind == FieldKind::day && found->is_number()) {
        return fail(errc::invalid_argument,
                    name + ": a number is no date: write YYYY-MM-DD, as text");
    }
    const auto* elements = found->if_array();
    if (field.kind != FieldKind::list || elements == nullptr) return {};
    for (std::size_t i = 0; i < elements->size(); ++i) {
        const auto* element = (*elements)[i].if_object();
        if (element == nullptr) continue;
        for (const Field& part : field.elements) {
            const Status status = check_date(*element, part, name + "[" + std::to_string(i) + "].");
            if (!status) return status;
        }
    }
    return {};
}

}  // namespace

Status check_dates(const object& draft) {
    std::vector<Field> fields{{"business_date", FieldKind::day}, {"value_date", FieldKind::day}};
    const auto* type = draft.if_contains("type");
    const auto body =
        type != nullptr && type->is_string() ? fields_of(type->get_string()) : std::nullopt;
    if (body) fields.insert(fields.end(), body->begin(), body->end());
    for (const Field& field : fields) {
        const Status status = check_date(draft, field, {});
        if (!status) return status;
    }
    return {};
}

Result<std::vector<std::string>> fill_claims(object& draft) {
    std::vector<std::string> missing;
    const auto* type = draft.if_contains("type");
    if (type == nullptr || !type->is_string()) return missing;
    const auto place = ledger::type_from_name(type->get_string());
    if (!place) return missing;
    if (Status named = check_names(draft, type->get_string()); !named) return named.error();
    for (const ledger::Claim& claim : ledger::kTypeFacts[*place].claims) {
        if (draft.contains(claim.field)) continue;
        auto placeholder = placeholder_of(claim, draft);
        if (!placeholder) return placeholder.error();
        draft[claim.field] = std::move(*placeholder);
        missing.emplace_back(claim.field);
    }
    return missing;
}

Result<CompletedDraft> complete_draft(object draft, const ledger::RecordReader& records,
                                      const MemberResolver& resolver) {
    const auto missing = fill_claims(draft);
    if (!missing) return missing.error();
    auto transaction = transaction_from_json(draft, resolver);
    if (!transaction) return transaction.error();
    CompletedDraft completed{*std::move(transaction)};
    if (missing->empty()) return completed;
    ledger::Transaction proposed = completed.transaction;
    const auto outcome = ledger::propose(proposed, records);
    if (!outcome) return outcome.error();
    completed.claims = *outcome;
    if (*outcome != ledger::Outcome::accepted) return completed;
    const object whole = to_json(proposed);
    for (const std::string& name : *missing) {
        // One that only some values of the type have may be left out for good.
        if (const auto* claim = whole.if_contains(name)) {
            draft[name] = *claim;
        } else {
            draft.erase(name);
        }
    }
    transaction = transaction_from_json(draft, resolver);
    if (!transaction) return transaction.error();
    completed.transaction = *std::move(transaction);
    return completed;
}

}  // namespace tally::api
