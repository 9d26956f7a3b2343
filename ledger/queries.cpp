#include "ledger/queries.h"

#include <algorithm>

#include "ledger/dates.h"
#include "ledger/errc.h"
#include "ledger/read_record.h"
#include "ledger/reference.h"
#include "ledger/trial_balance.h"
#include "ledger/wide.h"

namespace tally::ledger {
namespace {

constexpr bool now(const PointInTime& point) { return point.as_of > kDayMax; }

/// The book's newest day, if a point leaves its date open.
Result<PointInTime> dated(const RecordReader& reader, PointInTime point, Day at_least) {
    if (!now(point)) return point;
    const auto days = read_days(reader);
    if (!days) return days.error();
    const Day newest =
        days->open.empty() ? days->last_closed.value_or(at_least) : days->open.back();
    point.as_of = std::max(newest, at_least);
    return point;
}

/// Events as known at the point: the others are not there, and reversals after it neither.
void forget_later(ContractBody& body, std::uint64_t known_at) {
    std::erase_if(body.events,
                  [known_at](const ContractEvent& event) { return event.entry > known_at; });
    for (ContractEvent& event : body.events) {
        if (event.reversed_by != kNoEntry && event.reversed_by > known_at) {
            event.reversed_by = kNoEntry;
        }
    }
}

Result<Position> position_at(const RecordReader& reader, const ContractBody& body,
                             const PointInTime& point) {
    const auto terms = read_terms(reader, body);
    if (!terms) return terms.error();
    return position_of(body, terms->rules(), point);
}

/// Contracts of the line known at the point, newest first, and what they use of it. Walks no more
/// than `budget` allows, and takes off what it walked.
Status list_contracts(const RecordReader& reader, const PointInTime& point, LineView& view,
                      std::size_t& budget) {
    std::optional<ContractId> next = view.body.last_contract;
    Wide used = 0;
    for (; next; --budget) {
        if (budget == 0) {
            view.whole = false;
            break;
        }
        const auto record = read_record<ContractRecord>(
            reader, account_key(AccountClass::contract, next->bytes), decode_contract);
        if (!record) return record.error();
        if (!*record || !(*record)->body) return broken_chain("a line's contracts");
        const ContractBody& body = *(*record)->body;
        const ContractEvent& capture = body.events.front();
        if (capture.entry <= point.known_at && capture.value_date <= point.as_of) {
            view.contracts.push_back(*next);
            if (!now(point) || point.known_at != PointInTime{}.known_at) {
                const auto position = position_at(reader, body, point);
                if (!position) return position.error();
                used += position->outstanding[place_of(Component::principal)];
            }
        }
        next = body.previous;
    }
    view.used = static_cast<Amount>(used);
    return {};
}

/// What was reserved at the point.
Status list_authorisations(const RecordReader& reader, const PointInTime& point, LineView& view) {
    std::optional<AuthorisationId> next = view.body.last_authorisation;
    Wide reserved = 0;
    for (std::size_t walked = 0; next; ++walked) {
        if (walked == kListMax) {
            view.whole = false;
            break;
        }
        const auto record = read_authorisation(reader, *next);
        if (!record) return record.error();
        if (!*record) return broken_chain("a line's authorisations");
        const AuthorisationRecord& authorisation = **record;
        const bool opened =
            authorisation.entry <= point.known_at && authorisation.opened <= point.as_of;
        const bool closed = authorisation.status != AuthorisationStatus::reserved &&
                            authorisation.closed_entry <= point.known_at &&
                            authorisation.closed <= point.as_of;
        if (opened && !closed) reserved += authorisation.amount;
        next = authorisation.previous;
    }
    view.reserved = static_cast<Amount>(reserved);
    return {};
}

/// Status and limit by the changes up to the point; false if the line was not granted by then.
bool changes_until(const PointInTime& point, LineView& view) {
    bool granted = false;
    view.status = LineStatus::active;
    for (const LineEvent& event : view.body.events) {
        if (event.entry > point.known_at || event.value_date > point.as_of) break;
        granted = true;
        view.limit = event.limit;
        if (event.change == LineChange::freeze) view.status = LineStatus::frozen;
        if (event.change == LineChange::unfreeze) view.status = LineStatus::active;
        if (event.change == LineChange::close) view.status = LineStatus::closed;
    }
    return granted;
}

}  // namespace

namespace {

Result<std::optional<LineView>> read_line_within(const RecordReader& reader, const LineId& id,
                                                 const PointInTime& point, std::size_t& budget) {
    const auto record =
        read_record<LineRecord>(reader, account_key(AccountClass::line, id.bytes), decode_line);
    if (!record) return record.error();
    if (!*record || !(*record)->body) return std::optional<LineView>{};
    LineView view;
    view.id = id;
    view.log = (*record)->head;
    view.body = *(*record)->body;
    if (!changes_until(point, view)) return std::optional<LineView>{};
    if (const Status status = list_contracts(reader, point, view, budget); !status) {
        return status.error();
    }
    if (now(point) && point.known_at == PointInTime{}.known_at) {
        view.used = view.body.used;
        view.reserved = view.body.reserved;
    } else {
        const Status status = list_authorisations(reader, point, view);
        if (!status) return status.error();
    }
    LineBody then = view.body;
    then.status = view.status;
    then.limit = view.limit;
    then.used = view.used;
    then.reserved = view.reserved;
    view.available = then.available();
    return std::optional<LineView>(std::move(view));
}

}  // namespace

Result<std::optional<LineView>> read_line(const RecordReader& reader, const LineId& id,
                                          const PointInTime& point) {
    std::size_t budget = kListMax;
    return read_line_within(reader, id, point, budget);
}

Result<std::optional<ContractView>> read_contract(const RecordReader& reader, const ContractId& id,
                                                  const PointInTime& point) {
    auto record = read_record<ContractRecord>(reader, account_key(AccountClass::contract, id.bytes),
                                              decode_contract);
    if (!record) return record.error();
    if (!*record) return std::optional<ContractView>{};
    return view_contract(reader, id, std::move(**record), point);
}

Result<std::optional<ContractView>> view_contract(const RecordReader& reader, const ContractId& id,
                                                  ContractRecord record, const PointInTime& point) {
    if (!record.body) return std::optional<ContractView>{};
    ContractView view;
    view.id = id;
    view.log = record.head;
    view.body = std::move(*record.body);
    const ContractEvent& capture = view.body.events.front();
    if (capture.entry > point.known_at) return std::optional<ContractView>{};
    const auto at = dated(reader, point, capture.value_date);
    if (!at) return at.error();
    if (capture.value_date > at->as_of) return std::optional<ContractView>{};
    forget_later(view.body, point.known_at);
    auto position = position_at(reader, view.body, *at);
    if (!position) return position.error();
    view.position = *std::move(position);
    view.as_of = at->as_of;
    return std::optional<ContractView>(std::move(view));
}

Result<ContractTerms> read_terms(const RecordReader& reader, const ContractBody& contract) {
    const auto ruleset = read_ruleset(reader, contract.ruleset);
    if (!ruleset) return ruleset.error();
    const auto product = read_product(reader, contract.product);
    if (!product) return product.error();
    if (!*ruleset || !*product) {
        return fail(errc::corrupt_record, "a contract's ruleset or product is not there");
    }
    return ContractTerms{**ruleset, **product};
}

Result<std::optional<RulesetRecord>> read_ruleset(const RecordReader& reader, const RulesetId& id) {
    return read_record<RulesetRecord>(reader, registry_key(kRulesetRecord, id.bytes),
                                      decode_ruleset);
}

Result<std::optional<ProductRecord>> read_product(const RecordReader& reader, const ProductId& id) {
    return read_record<ProductRecord>(reader, registry_key(kProductRecord, id.bytes),
                                      decode_product);
}

Result<std::optional<ModelRecord>> read_model(const RecordReader& reader, const ModelId& id) {
    return read_record<ModelRecord>(reader, registry_key(kModelRecord, id.bytes), decode_model);
}

Result<std::optional<AssessmentRecord>> read_assessment(const RecordReader& reader,
                                                        const AssessmentId& id) {
    return read_record<AssessmentRecord>(reader, registry_key(kAssessmentRecord, id.bytes),
                                         decode_assessment);
}

Result<std::optional<AuthorisationRecord>> read_authorisation(const RecordReader& reader,
                                                              const AuthorisationId& id) {
    return read_record<AuthorisationRecord>(reader, registry_key(kAuthorisationRecord, id.bytes),
                                            decode_authorisation);
}

Result<std::optional<BorrowerView>> read_borrower(const RecordReader& reader, const BorrowerId& id,
                                                  const PointInTime& point) {
    const auto record = read_record<BorrowerRecord>(
        reader, account_key(AccountClass::borrower, id.bytes), decode_borrower);
    if (!record) return record.error();
    if (!*record || !(*record)->body) return std::optional<BorrowerView>{};
    BorrowerView view;
    view.id = id;
    view.log = (*record)->head;
    view.body = *(*record)->body;
    std::size_t budget = kListMax;  // of all lines together: each contract may be a replay
    std::optional<LineId> next = view.body.last_line;
    for (std::size_t walked = 0; next && walked < kListMax; ++walked) {
        const auto line = read_record<LineRecord>(
            reader, account_key(AccountClass::line, next->bytes), decode_line);
        if (!line) return line.error();
        if (!*line || !(*line)->body) return broken_chain("a borrower's lines");
        Result<std::optional<LineView>> at = read_line_within(reader, *next, point, budget);
        if (!at) return at.error();
        if (*at) view.lines.push_back(std::move(**at));
        next = (*line)->body->previous;
    }
    if (view.lines.empty()) return std::optional<BorrowerView>{};
    return std::optional<BorrowerView>(std::move(view));
}

Result<GovernanceRecord> read_governance(const RecordReader& reader) {
    auto record = read_record<GovernanceRecord>(reader, governance_key(), decode_governance);
    if (!record) return record.error();
    if (!*record) return fail(errc::corrupt_record, "nothing is on record of who governs");
    return **std::move(record);
}

Result<std::optional<KeyRecord>> read_key(const RecordReader& reader,
                                          const crypto::PublicKey& key) {
    return read_record<KeyRecord>(reader, key_key(key), decode_key);
}

Result<std::optional<MemberRecord>> read_member(const RecordReader& reader, const MemberId& id) {
    auto record = read_record<MemberRecord>(reader, account_key(AccountClass::member, id.bytes),
                                            decode_member);
    if (!record) return record.error();
    if (*record && !(*record)->body) return std::optional<MemberRecord>{};
    return record;
}

Result<std::optional<TransactionView>> find_transaction(const RecordReader& reader,
                                                        const MemberId& submitter,
                                                        const TransactionId& id) {
    const auto record = read_record<IdRecord>(reader, id_key(submitter, id), decode_id);
    if (!record) return record.error();
    if (!*record) return std::optional<TransactionView>{};
    const IdRecord& found = **record;
    return std::optional<TransactionView>(
        TransactionView{found.entry, found.outcome, found.block_index, found.leaf_hash});
}

Result<std::optional<PaymentView>> find_payment(const RecordReader& reader, const MemberId& lender,
                                                std::string_view source_ref) {
    const std::optional<std::string> reference = canonical_reference(source_ref);
    if (!reference) return std::optional<PaymentView>{};
    const auto source =
        read_record<SourceRecord>(reader, source_key(lender, *reference), decode_source);
    if (!source) return source.error();
    if (!*source) return std::optional<PaymentView>{};
    PaymentView payment{.entry = (*source)->entry, .contract = (*source)->contract};
    const auto contract = read_record<ContractRecord>(
        reader, account_key(AccountClass::contract, payment.contract.bytes), decode_contract);
    if (!contract) return contract.error();
    if (!*contract || !(*contract)->body) return broken_chain("a payment's contract");
    const std::vector<ContractEvent>& events = (*contract)->body->events;
    const auto event = std::find_if(events.begin(), events.end(), [&](const auto& candidate) {
        return candidate.entry == payment.entry;
    });
    if (event == events.end()) return broken_chain("a payment's contract");
    payment.reversed_by = event->reversed_by;
    return std::optional(payment);
}

Result<std::optional<AccountHead>> account_head(const RecordReader& reader,
                                                AccountClass account_class,
                                                const std::array<std::uint8_t, 16>& id) {
    auto head = read_record<AccountHead>(reader, account_key(account_class, id), decode_head);
    if (!head) return head.error();
    if (*head && (*head)->count == 0) return std::optional<AccountHead>{};
    return head;
}

}  // namespace tally::ledger
