#include "ledger/workspace.h"

#include "base/check.h"
#include "ledger/errc.h"

namespace tally::ledger {
namespace {

Bytes line_key(const LineId& id) { return account_key(AccountClass::line, id.bytes); }
Bytes contract_key(const ContractId& id) { return account_key(AccountClass::contract, id.bytes); }
Bytes borrower_key(const BorrowerId& id) { return account_key(AccountClass::borrower, id.bytes); }
Bytes member_key(const MemberId& id) { return account_key(AccountClass::member, id.bytes); }
Bytes pool_log_key(const PoolId& id) { return account_key(AccountClass::pool, id.bytes); }
Bytes id_pair_key(const Workspace::IdKey& key) { return id_key(key.first, key.second); }
Bytes source_pair_key(const Workspace::SourceKey& key) { return source_key(key.first, key.second); }
Bytes only_days_key(const std::monostate&) { return days_key(); }
Bytes only_servicers_key(const std::monostate&) { return servicers_key(); }
Bytes only_calendar_key(const std::monostate&) { return calendar_key(); }
Bytes only_governance_key(const std::monostate&) { return governance_key(); }
Bytes totals_pair_key(const Workspace::TotalsKey& key) {
    return totals_key(key.first, static_cast<Day>(key.second));
}
Bytes alert_subject_key(const Workspace::AlertSubject& subject) {
    return alert_list_key(subject.first, subject.second);
}
Bytes only_awaited_key(const std::monostate&) { return awaited_key(); }
Bytes awaited_number_key(const std::uint32_t& day) {
    return awaited_day_key(static_cast<Day>(day));
}
Bytes opened_number_key(const std::uint32_t& day) { return opened_day_key(static_cast<Day>(day)); }
Bytes pool_place_key(const Workspace::PoolPlaceKey& key) {
    return pool_contract_key(key.first, key.second);
}
template <std::uint8_t kind, typename Id>
Bytes registered_key(const Id& id) {
    return registry_key(kind, id.bytes);
}

}  // namespace

Workspace::Workspace(const RecordReader& reader)
    : source_(reader),
      lines_(source_, line_key, decode_line),
      contracts_(source_, contract_key, decode_contract),
      borrowers_(source_, borrower_key, decode_borrower),
      members_(source_, member_key, decode_member),
      pool_logs_(source_, pool_log_key, decode_pool_log),
      ids_(source_, id_pair_key, decode_id),
      sources_(source_, source_pair_key, decode_source),
      days_(source_, only_days_key, decode_days),
      totals_(source_, totals_pair_key, decode_totals),
      rulesets_(source_, registered_key<kRulesetRecord, RulesetId>, decode_ruleset),
      products_(source_, registered_key<kProductRecord, ProductId>, decode_product),
      models_(source_, registered_key<kModelRecord, ModelId>, decode_model),
      assessments_(source_, registered_key<kAssessmentRecord, AssessmentId>, decode_assessment),
      authorisations_(source_, registered_key<kAuthorisationRecord, AuthorisationId>,
                      decode_authorisation),
      calendar_(source_, only_calendar_key, decode_calendar),
      mandates_(source_, registered_key<kMandateRecord, MandateId>, decode_mandate),
      debits_(source_, registered_key<kDebitRecord, DebitId>, decode_debit),
      governance_(source_, only_governance_key, decode_governance),
      keys_(source_, key_key, decode_key),
      contacts_(source_, registered_key<kContactsRecord, BorrowerId>, decode_contacts),
      complaints_(source_, registered_key<kComplaintRecord, ComplaintId>, decode_complaint),
      recons_(source_, registered_key<kReconRecord, ReconId>, decode_recon),
      opinions_(source_, registered_key<kOpinionRecord, OpinionId>, decode_opinion),
      hedges_(source_, registered_key<kHedgeRecord, HedgeId>, decode_hedge),
      customers_(source_, registered_key<kCustomerRecord, CustomerId>, decode_customer),
      erasures_(source_, registered_key<kErasureRecord, CustomerId>, decode_erasure),
      cost_tables_(source_, registered_key<kCostTableRecord, CostTableId>, decode_cost_table),
      disclosures_(source_, registered_key<kDisclosureRecord, DisclosureId>, decode_disclosure),
      alerts_(source_, registered_key<kAlertRecord, AlertId>, decode_alert),
      alert_lists_(source_, alert_subject_key, decode_alert_list),
      awaited_(source_, only_awaited_key, decode_awaited),
      awaited_days_(source_, awaited_number_key, decode_awaited_day),
      awaited_contracts_(source_, registered_key<kAwaitedContractRecord, ContractId>,
                         decode_awaited_contract),
      pools_(source_, registered_key<kPoolRecord, PoolId>, decode_pool),
      pool_contracts_(source_, pool_place_key, decode_pool_contract),
      opened_days_(source_, opened_number_key, decode_opened_day),
      servicers_(source_, only_servicers_key, decode_servicers) {}

template <typename Self, typename Visit>
void Workspace::each(Self& self, Visit visit) {
    visit(self.lines_);
    visit(self.contracts_);
    visit(self.borrowers_);
    visit(self.members_);
    visit(self.pool_logs_);
    visit(self.ids_);
    visit(self.sources_);
    visit(self.days_);
    visit(self.totals_);
    visit(self.rulesets_);
    visit(self.products_);
    visit(self.models_);
    visit(self.assessments_);
    visit(self.authorisations_);
    visit(self.calendar_);
    visit(self.mandates_);
    visit(self.debits_);
    visit(self.governance_);
    visit(self.keys_);
    visit(self.contacts_);
    visit(self.complaints_);
    visit(self.recons_);
    visit(self.opinions_);
    visit(self.hedges_);
    visit(self.customers_);
    visit(self.erasures_);
    visit(self.cost_tables_);
    visit(self.disclosures_);
    visit(self.alerts_);
    visit(self.alert_lists_);
    visit(self.awaited_);
    visit(self.awaited_days_);
    visit(self.awaited_contracts_);
    visit(self.pools_);
    visit(self.pool_contracts_);
    visit(self.opened_days_);
    visit(self.servicers_);
}

AccountHead& Workspace::edit_head(AccountClass account_class,
                                  const std::array<std::uint8_t, 16>& id) {
    switch (account_class) {
        case AccountClass::line:
            return lines_.edit(LineId{id}).head;
        case AccountClass::contract:
            return contracts_.edit(ContractId{id}).head;
        case AccountClass::borrower:
            return borrowers_.edit(BorrowerId{id}).head;
        case AccountClass::member:
            return members_.edit(MemberId{id}).head;
        case AccountClass::pool:
            return pool_logs_.edit(PoolId{id}).head;
    }
    TALLY_CHECK(false && "an account of a class that there is not");
    return members_.edit(MemberId{id}).head;
}

void Workspace::contradiction(std::string context) {
    source_.fail_with(fail(errc::corrupt_record, std::move(context)));
}

void Workspace::mark() {
    each(*this, [](auto& table) { table.mark(); });
}

void Workspace::keep() {
    each(*this, [](auto& table) { table.keep(); });
}

void Workspace::undo() {
    each(*this, [](auto& table) { table.undo(); });
}

std::vector<RecordChange> Workspace::changes(StateDigest& digest) const {
    std::vector<RecordChange> changes;
    each(*this, [&](const auto& table) { table.collect(changes, digest); });
    return changes;
}

}  // namespace tally::ledger
