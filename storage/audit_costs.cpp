#include "storage/audit_costs.h"

#include "ledger/queries.h"
#include "ledger/transaction_layout.h"

namespace tally::storage {

Result<AuditCosts::Wrong> AuditCosts::take(const ledger::CostTable& table, ledger::Day value_date,
                                           const ledger::RecordReader& after) {
    const auto record = ledger::read_cost_table(after, table.table);
    if (!record) return record.error();
    const bool kept = *record && (*record)->value_date == value_date &&
                      ledger::encode_body((*record)->terms) == ledger::encode_body(table);
    if (!kept) return Wrong("a cost table that is not on record as it was registered");
    std::vector<Dated>& of_product = tables_[table.product];
    if (!of_product.empty() && value_date < of_product.back().since) {
        return Wrong("a cost table of an earlier day than the one before it");
    }
    of_product.push_back({table.table, value_date});
    return Wrong{};
}

Result<AuditCosts::Wrong> AuditCosts::take(const ledger::DisclosureAck& ack, ledger::Day value_date,
                                           const ledger::RecordReader& after) {
    const auto record = ledger::read_disclosure(after, ack.disclosure);
    if (!record) return record.error();
    const bool kept = *record && (*record)->value_date == value_date &&
                      ledger::encode_body((*record)->terms) == ledger::encode_body(ack);
    if (!kept) return Wrong("an acknowledgement that is not on record as it was made");
    if (ack.shown_on > value_date || ack.seconds_read == 0) {
        return Wrong("costs that were acknowledged before they were read");
    }
    if (!seen_.try_emplace(ack.disclosure, Seen{ack.borrower, ack.table, value_date}).second) {
        return Wrong("an acknowledgement that was made before");
    }
    return Wrong{};
}

AuditCosts::Wrong AuditCosts::check(const ledger::Capture& capture,
                                    const ledger::BorrowerId& borrower,
                                    ledger::Day value_date) const {
    std::optional<ledger::CostTableId> newest;
    if (const auto found = tables_.find(capture.product); found != tables_.end()) {
        for (const Dated& one : found->second) {
            if (one.since <= value_date) newest = one.table;
        }
    }
    if (capture.cost_table != newest) {
        return "a purchase that does not cite the newest cost table of its product";
    }
    if (!newest) {
        return capture.disclosure ? Wrong("a purchase that cites an acknowledgement of no table")
                                  : Wrong{};
    }
    const auto cited = capture.disclosure ? seen_.find(*capture.disclosure) : seen_.end();
    const bool seen = cited != seen_.end() && cited->second.borrower == borrower &&
                      cited->second.table == *newest && cited->second.on <= value_date;
    return seen ? Wrong{} : Wrong("a purchase whose borrower has not acknowledged its costs");
}

}  // namespace tally::storage
