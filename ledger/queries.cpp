#include "ledger/queries.h"

#include "ledger/errc.h"

namespace tally::ledger {
namespace {

/// Reads and decodes; nothing when there is no record.
template <typename Record>
Result<std::optional<Record>> read(const RecordReader& reader, const Bytes& key,
                                   Result<Record> (*decode)(ByteView)) {
    const Result<std::optional<Bytes>> value = reader.get(key);
    if (!value) return value.error();
    if (!*value) return std::optional<Record>{};
    Result<Record> record = decode(**value);
    if (!record) return record.error();
    return std::optional<Record>(*std::move(record));
}

Error broken_chain(std::string_view what) {
    return fail(errc::corrupt_record, "the chain of " + std::string(what) + " is broken");
}

/// The line's contracts, newest first.
Status list_contracts(const RecordReader& reader, LineView& line) {
    std::optional<ContractId> next = line.body.last_contract;
    while (next && line.contracts.size() < kListMax) {
        line.contracts.push_back(*next);
        const auto record = read<ContractRecord>(
            reader, account_key(AccountClass::contract, next->bytes), decode_contract);
        if (!record) return record.error();
        if (!*record || !(*record)->body) return broken_chain("a line's contracts");
        next = (*record)->body->previous;
    }
    return {};
}

}  // namespace

Result<std::optional<LineView>> read_line(const RecordReader& reader, const LineId& id) {
    const auto record =
        read<LineRecord>(reader, account_key(AccountClass::line, id.bytes), decode_line);
    if (!record) return record.error();
    if (!*record || !(*record)->body) return std::optional<LineView>{};
    LineView view;
    view.id = id;
    view.log = (*record)->head;
    view.body = *(*record)->body;
    view.available = view.body.available();
    if (const Status status = list_contracts(reader, view); !status) return status.error();
    return std::optional<LineView>(std::move(view));
}

Result<std::optional<ContractView>> read_contract(const RecordReader& reader,
                                                  const ContractId& id) {
    const auto record = read<ContractRecord>(reader, account_key(AccountClass::contract, id.bytes),
                                             decode_contract);
    if (!record) return record.error();
    if (!*record || !(*record)->body) return std::optional<ContractView>{};
    ContractView view;
    view.id = id;
    view.log = (*record)->head;
    view.body = *(*record)->body;
    const std::vector<Instalment> agreed = compute_schedule(view.body.terms).rows;
    for (std::size_t index = 0; index < agreed.size(); ++index) {
        RowView& row = view.rows.emplace_back();
        row.agreed = agreed[index];
        row.paid = view.body.paid[index];
        row.fee_outstanding = row.agreed.fee - row.paid.fee;
        row.principal_outstanding = row.agreed.principal - row.paid.principal;
        view.fee_outstanding += row.fee_outstanding;
        view.principal_outstanding += row.principal_outstanding;
        view.paid += row.paid.fee + row.paid.principal;
    }
    view.payable = view.fee_outstanding + view.principal_outstanding;
    return std::optional<ContractView>(std::move(view));
}

std::optional<std::vector<Allocation>> ContractView::allocation_of(Amount amount,
                                                                   Day value_date) const {
    if (amount <= 0 || amount > payable) return std::nullopt;
    return allocate(body.outstanding(), amount, value_date);
}

Result<std::optional<BorrowerView>> read_borrower(const RecordReader& reader,
                                                  const BorrowerId& id) {
    const auto record = read<BorrowerRecord>(reader, account_key(AccountClass::borrower, id.bytes),
                                             decode_borrower);
    if (!record) return record.error();
    if (!*record || !(*record)->body) return std::optional<BorrowerView>{};
    BorrowerView view;
    view.id = id;
    view.log = (*record)->head;
    view.body = *(*record)->body;
    std::optional<LineId> next = view.body.last_line;
    while (next && view.lines.size() < kListMax) {
        Result<std::optional<LineView>> line = read_line(reader, *next);
        if (!line) return line.error();
        if (!*line) return broken_chain("a borrower's lines");
        next = (*line)->body.previous;
        view.lines.push_back(std::move(**line));
    }
    return std::optional<BorrowerView>(std::move(view));
}

Result<std::optional<MemberRecord>> read_member(const RecordReader& reader, const MemberId& id) {
    auto record =
        read<MemberRecord>(reader, account_key(AccountClass::member, id.bytes), decode_member);
    if (!record) return record.error();
    if (*record && !(*record)->body) return std::optional<MemberRecord>{};
    return record;
}

Result<std::optional<TransactionView>> find_transaction(const RecordReader& reader,
                                                        const MemberId& submitter,
                                                        const TransactionId& id) {
    const auto record = read<IdRecord>(reader, id_key(submitter, id), decode_id);
    if (!record) return record.error();
    if (!*record) return std::optional<TransactionView>{};
    const IdRecord& found = **record;
    return std::optional<TransactionView>(
        TransactionView{found.entry, found.outcome, found.block_index, found.leaf_hash});
}

Result<std::optional<AccountHead>> account_head(const RecordReader& reader,
                                                AccountClass account_class,
                                                const std::array<std::uint8_t, 16>& id) {
    const auto head = read<AccountHead>(reader, account_key(account_class, id), decode_head);
    if (!head) return head.error();
    if (*head && (*head)->count == 0) return std::optional<AccountHead>{};
    return head;
}

}  // namespace tally::ledger
