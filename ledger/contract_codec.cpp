#include "ledger/record_parts.h"
#include "ledger/room.h"
#include "ledger/submission_view.h"

// The body of a contract's record: terms, then events, each with the fields of its kind.

namespace tally::ledger {
namespace {

constexpr std::size_t kPartsMax = kComponents * kPeriodsMax;

void write_amounts(Writer& writer, const ByComponent& amounts) {
    for (const Amount amount : amounts) writer.i64(amount);
}

void read_amounts(Reader& reader, ByComponent& amounts) {
    for (Amount& amount : amounts) {
        amount = reader.i64();
        if (amount < 0) reader.reject();
    }
}

void write_parts(Writer& writer, const std::vector<Allocation>& parts) {
    writer.u8(static_cast<std::uint8_t>(parts.size()));
    for (const Allocation& part : parts) {
        writer.u8(static_cast<std::uint8_t>(part.instalment));
        writer.u8(static_cast<std::uint8_t>(part.component));
        writer.i64(part.amount);
    }
}

void read_parts(Reader& reader, std::vector<Allocation>& parts) {
    const std::size_t count = reader.u8();
    if (count > kPartsMax) reader.reject();
    for (std::size_t index = 0; index < count && !reader.failed(); ++index) {
        Allocation& part = parts.emplace_back();
        part.instalment = reader.u8();
        part.component = read_word(reader, Component::principal);
        part.amount = reader.i64();
    }
}

/// Of a pledge, a sale or a pool.
void write_title(Writer& writer, const ContractEvent& event) {
    if (event.pool) writer.raw(event.pool->bytes);
    if (pools(event.kind)) return;
    writer.raw(event.member.bytes);
    if (offers(event.kind) || sells(event.kind)) writer.i64(event.amount);
    if (offers(event.kind)) write_day(writer, event.to);
}

void read_title(Reader& reader, ContractEvent& event) {
    const bool buys_back =
        event.kind == EventKind::buyback_init || event.kind == EventKind::buyback_settle;
    if (pools(event.kind) || buys_back) read_id(reader, event.pool.emplace());
    if (pools(event.kind)) return;
    read_id(reader, event.member);
    if (offers(event.kind) || sells(event.kind)) event.amount = reader.i64();
    if (offers(event.kind)) event.to = read_day(reader);
}

void write_kind(Writer& writer, const ContractEvent& event) {
    switch (event.kind) {
        case EventKind::capture:
            return;
        case EventKind::refund:
        case EventKind::repayment:
        case EventKind::prepay:
        case EventKind::penalty:
        case EventKind::overpay_refund:
        case EventKind::merchant_settle:
            return writer.i64(event.amount);
        case EventKind::mark:
            write_day(writer, event.from);
            writer.u8(static_cast<std::uint8_t>(event.bucket));
            return writer.u8(static_cast<std::uint8_t>(event.asset_class));
        case EventKind::waive:
            return write_parts(writer, event.parts);
        case EventKind::hardship:
            write_optional(writer, event.request);
            return writer.u8(static_cast<std::uint8_t>(event.stage));
        case EventKind::grace:
            write_day(writer, event.from);
            write_day(writer, event.to);
            return write_optional(writer, event.request);
        case EventKind::reschedule:
            write_amounts(writer, event.amounts);
            writer.u8(static_cast<std::uint8_t>(event.periods));
            writer.u32(static_cast<std::uint32_t>(event.rate_ppm));
            writer.i64(event.amount);
            return write_optional(writer, event.request);
        case EventKind::charge_off:
            return write_amounts(writer, event.amounts);
        case EventKind::recovery:
            writer.i64(event.amount);
            writer.i64(event.commission);
            return writer.raw(event.member.bytes);
        case EventKind::servicer:
            return writer.raw(event.member.bytes);
        case EventKind::assign:
            writer.raw(event.member.bytes);
            return writer.u32(static_cast<std::uint32_t>(event.rate_ppm));
        case EventKind::recall:
            return;
        case EventKind::chargeback:
            writer.i64(event.amount);
            writer.u64(event.target);
            return writer.raw(event.member.bytes);
        case EventKind::debit:
            writer.i64(event.amount);
            return writer.raw(event.debit.bytes);
        case EventKind::contact:
            writer.u8(static_cast<std::uint8_t>(event.channel));
            writer.u16(static_cast<std::uint16_t>(event.minute));
            return writer.raw(event.member.bytes);
        case EventKind::pledge:
        case EventKind::release:
        case EventKind::transfer_init:
        case EventKind::transfer_settle:
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
        case EventKind::pool_add:
        case EventKind::buyback_init:
        case EventKind::buyback_settle:
        case EventKind::pool_remove:
            return write_title(writer, event);
        case EventKind::debt_settle:
            writer.i64(event.amount);
            return write_amounts(writer, event.amounts);
    }
}

void read_mark(Reader& reader, ContractEvent& event) {
    event.from = read_day(reader);
    event.bucket = reader.u8();
    event.asset_class = reader.u8();
}

void read_contact(Reader& reader, ContractEvent& event) {
    event.channel = read_word(reader, ContactChannel::other);
    event.minute = reader.u16();
    if (event.minute >= kMinutesOfDay) reader.reject();
    read_id(reader, event.member);
}

void read_kind(Reader& reader, ContractEvent& event) {
    switch (event.kind) {
        case EventKind::capture:
        case EventKind::recall:
            return;
        case EventKind::refund:
        case EventKind::repayment:
        case EventKind::prepay:
        case EventKind::penalty:
        case EventKind::overpay_refund:
        case EventKind::merchant_settle:
            event.amount = reader.i64();
            return;
        case EventKind::mark:
            return read_mark(reader, event);
        case EventKind::waive:
            return read_parts(reader, event.parts);
        case EventKind::hardship:
            read_optional(reader, event.request);
            if (!event.request) reader.reject();
            event.stage = read_word(reader, HardshipStage::refused);
            return;
        case EventKind::grace:
            event.from = read_day(reader);
            event.to = read_day(reader);
            return read_optional(reader, event.request);
        case EventKind::reschedule:
            read_amounts(reader, event.amounts);
            event.periods = reader.u8();
            event.rate_ppm = static_cast<Ppm>(reader.u32());
            event.amount = reader.i64();
            return read_optional(reader, event.request);
        case EventKind::charge_off:
            return read_amounts(reader, event.amounts);
        case EventKind::recovery:
            event.amount = reader.i64();
            event.commission = reader.i64();
            return read_id(reader, event.member);
        case EventKind::servicer:
            return read_id(reader, event.member);
        case EventKind::assign:
            read_id(reader, event.member);
            event.rate_ppm = static_cast<Ppm>(reader.u32());
            return;
        case EventKind::chargeback:
            event.amount = reader.i64();
            event.target = reader.u64();
            return read_id(reader, event.member);
        case EventKind::debit:
            event.amount = reader.i64();
            return read_id(reader, event.debit);
        case EventKind::contact:
            return read_contact(reader, event);
        case EventKind::pledge:
        case EventKind::release:
        case EventKind::transfer_init:
        case EventKind::transfer_settle:
        case EventKind::transfer_cancel:
        case EventKind::transfer_decline:
        case EventKind::pool_add:
        case EventKind::buyback_init:
        case EventKind::buyback_settle:
        case EventKind::pool_remove:
            return read_title(reader, event);
        case EventKind::debt_settle:
            event.amount = reader.i64();
            return read_amounts(reader, event.amounts);
    }
}

void write_event(Writer& writer, const ContractEvent& event) {
    writer.u8(static_cast<std::uint8_t>(event.kind));
    writer.u64(event.entry);
    write_day(writer, event.business_date);
    write_day(writer, event.value_date);
    write_day(writer, event.booked_on);
    writer.u64(event.reversed_by);
    if (event.reversed_by != kNoEntry) write_day(writer, event.reversed_on);
    write_kind(writer, event);
}

void read_event(Reader& reader, ContractEvent& event) {
    event.kind = read_word(reader, static_cast<EventKind>(kEventKinds));
    event.entry = reader.u64();
    event.business_date = read_day(reader);
    event.value_date = read_day(reader);
    event.booked_on = read_day(reader);
    event.reversed_by = reader.u64();
    if (event.reversed_by != kNoEntry) event.reversed_on = read_day(reader);
    if (!reader.failed()) read_kind(reader, event);
}

void write_terms(Writer& writer, const ScheduleTerms& terms) {
    writer.u8(static_cast<std::uint8_t>(terms.method));
    writer.u8(static_cast<std::uint8_t>(terms.day_count));
    writer.u8(static_cast<std::uint8_t>(terms.month_end));
    writer.u8(static_cast<std::uint8_t>(terms.remainder));
    writer.i64(terms.principal);
    writer.u32(static_cast<std::uint32_t>(terms.rate_ppm));
    writer.u8(static_cast<std::uint8_t>(terms.periods));
    write_day(writer, terms.anchor);
}

void read_terms(Reader& reader, ScheduleTerms& terms) {
    terms.method = read_word(reader, ScheduleMethod::annuity);
    terms.day_count = read_word(reader, DayCount::act_act);
    terms.month_end = read_word(reader, MonthEnd::roll);
    terms.remainder = read_word(reader, Remainder::spread);
    terms.principal = reader.i64();
    terms.rate_ppm = static_cast<Ppm>(reader.u32());
    terms.periods = reader.u8();
    terms.anchor = read_day(reader);
}

void read_events(Reader& reader, ContractBody& contract) {
    const std::size_t events = reader.u16();
    if (events > kEventsWithReserveMax) reader.reject();
    for (std::size_t index = 0; index < events && !reader.failed(); ++index) {
        ContractEvent& event = contract.events.emplace_back();
        read_event(reader, event);
        if (index > 0 && event.entry <= contract.events[index - 1].entry) reader.reject();
        if ((index == 0) != (event.kind == EventKind::capture)) reader.reject();
    }
    // The replay begins with the capture, so there must be one, on terms that compute.
    if (reader.failed()) return;
    if (contract.events.empty() || compute_schedule(contract.terms).outcome != Outcome::accepted) {
        reader.reject();
    }
}

}  // namespace

void write_body(Writer& writer, const ContractBody& contract) {
    writer.raw(contract.line.bytes);
    writer.raw(contract.borrower.bytes);
    writer.raw(contract.originator.bytes);
    write_currency(writer, contract.currency);
    writer.raw(contract.product.bytes);
    writer.raw(contract.ruleset.bytes);
    write_terms(writer, contract.terms);
    writer.u32(static_cast<std::uint32_t>(contract.apr_ppm));
    writer.u8(static_cast<std::uint8_t>(contract.shares.size()));
    for (const FundingShare& share : contract.shares) {
        writer.raw(share.funder.bytes);
        writer.u32(static_cast<std::uint32_t>(share.share));
    }
    writer.raw(contract.servicer.bytes);
    write_optional(writer, contract.collector);
    writer.u32(static_cast<std::uint32_t>(contract.commission_ppm));
    write_optional(writer, contract.previous);
    write_optional(writer, contract.last_mandate);
    write_optional(writer, contract.last_complaint);
    write_optional(writer, contract.merchant);
    write_optional(writer, contract.order);
    write_optional(writer, contract.cost_table);
    write_optional(writer, contract.disclosure);
    writer.u8(contract.penalty_free ? 1 : 0);
    writer.u16(static_cast<std::uint16_t>(contract.events.size()));
    for (const ContractEvent& event : contract.events) write_event(writer, event);
}

void read_body(Reader& reader, ContractBody& contract) {
    read_id(reader, contract.line);
    read_id(reader, contract.borrower);
    read_id(reader, contract.originator);
    read_currency(reader, contract.currency);
    read_id(reader, contract.product);
    read_id(reader, contract.ruleset);
    read_terms(reader, contract.terms);
    contract.apr_ppm = static_cast<Ppm>(reader.u32());
    const std::size_t shares = reader.u8();
    if (shares > kSignersMax) reader.reject();
    for (std::size_t index = 0; index < shares && !reader.failed(); ++index) {
        FundingShare& share = contract.shares.emplace_back();
        read_id(reader, share.funder);
        share.share = static_cast<Ppm>(reader.u32());
    }
    read_id(reader, contract.servicer);
    read_optional(reader, contract.collector);
    contract.commission_ppm = static_cast<Ppm>(reader.u32());
    read_optional(reader, contract.previous);
    read_optional(reader, contract.last_mandate);
    read_optional(reader, contract.last_complaint);
    read_optional(reader, contract.merchant);
    read_optional(reader, contract.order);
    read_optional(reader, contract.cost_table);
    read_optional(reader, contract.disclosure);
    const std::uint8_t penalty_free = reader.u8();
    if (penalty_free > 1) reader.reject();
    contract.penalty_free = penalty_free == 1;
    read_events(reader, contract);
}

}  // namespace tally::ledger
