#include "ledger/queries.h"
#include "ledger/read_record.h"

// Alerts by id, and those on a contract or a line.

namespace tally::ledger {

Result<std::optional<AlertRecord>> read_alert(const RecordReader& reader, const AlertId& id) {
    return read_record<AlertRecord>(reader, registry_key(kAlertRecord, id.bytes), decode_alert);
}

Result<AlertsView> read_alerts(const RecordReader& reader, AccountClass on,
                               const std::array<std::uint8_t, 16>& id, std::uint64_t known_at) {
    AlertsView view;
    const auto list =
        read_record<AlertListRecord>(reader, alert_list_key(on, id), decode_alert_list);
    if (!list) return list.error();
    if (!*list) return view;
    std::optional<AlertId> next = (*list)->last;
    for (std::size_t walked = 0; next; ++walked) {
        if (walked == kListMax) {
            view.whole = false;
            break;
        }
        auto record = read_alert(reader, *next);
        if (!record) return record.error();
        if (!*record) return broken_chain("alerts");
        AlertRecord& alert = **record;
        const std::optional<AlertId> previous = alert.previous;
        std::erase_if(alert.answers,
                      [known_at](const AlertAnswer& answer) { return answer.entry > known_at; });
        if (alert.entry <= known_at) view.alerts.push_back({*next, std::move(alert)});
        next = previous;
    }
    return view;
}

Result<AwaitedRecord> read_awaited(const RecordReader& reader) {
    const auto record = read_record<AwaitedRecord>(reader, awaited_key(), decode_awaited);
    if (!record) return record.error();
    return record->value_or(AwaitedRecord{});
}

}  // namespace tally::ledger
