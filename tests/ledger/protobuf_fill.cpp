#include "tests/ledger/protobuf_fill.h"

#include "tests/ledger/protobuf_fill_pools.h"

namespace tally::testing {

namespace proto = tallystick::v1;

namespace {

using testing::fill;  // that of the pools

// Each struct is taken apart by a structured binding, which must name all its members.

void fill_days(auto* list, const std::vector<ledger::Day>& days) {
    for (const ledger::Day day : days) list->Add()->set_days(day);
}

std::string order_text(const std::array<ledger::Component, ledger::kComponents>& order) {
    std::string text;
    for (const ledger::Component component : order) text += static_cast<char>(component);
    return text;
}

void fill(proto::Instalment& message, const ledger::Instalment& value) {
    const auto& [due, principal, fee, interest] = value;
    message.set_due(due);
    message.set_principal(principal);
    message.set_fee(fee);
    message.set_interest(interest);
}

void fill(proto::FundingShare& message, const ledger::FundingShare& value) {
    const auto& [funder, share] = value;
    message.set_funder(bytes_text(funder));
    message.set_share(share);
}

void fill(proto::Allocation& message, const ledger::Allocation& value) {
    const auto& [instalment, component, amount] = value;
    message.set_instalment(instalment);
    message.set_component(static_cast<proto::Component>(component));
    message.set_amount(amount);
}

void fill(proto::ProductTerm& message, const ledger::ProductTerm& value) {
    const auto& [band, periods, rate_ppm] = value;
    message.set_band(band);
    message.set_periods(periods);
    message.set_rate_ppm(rate_ppm);
}

void fill(proto::BookBalance& message, const ledger::BookBalance& value) {
    const auto& [lender, currency, account, balance] = value;
    message.set_lender(bytes_text(lender));
    message.set_currency(currency);
    message.set_account(account);
    message.set_balance(balance);
}

void fill(proto::GivenRole& message, const ledger::GivenRole& value) {
    message.set_role(static_cast<proto::Role>(value.role));
}

void fill(proto::NewKey& message, const ledger::NewKey& value) {
    const auto& [suite, key, possession] = value;
    message.set_suite(static_cast<proto::Suite>(suite));
    message.set_key(bytes_text(key));
    message.set_possession(bytes_text(possession));
}

void fill(proto::NamedKey& message, const ledger::NamedKey& value) {
    const auto& [suite, key] = value;
    message.set_suite(static_cast<proto::Suite>(suite));
    message.set_key(bytes_text(key));
}

void fill(proto::DatedCap& message, const ledger::DatedCap& value) {
    const auto& [valid_from, apr_ppm] = value;
    message.set_valid_from(valid_from);
    message.set_apr_ppm(apr_ppm);
}

void fill(proto::CostRow& message, const ledger::CostRow& value) {
    const auto& [item, collector, member, basis, rate_ppm, when] = value;
    message.set_item(item);
    message.set_collector(static_cast<proto::CostCollector>(collector));
    if (member) message.set_member(bytes_text(*member));
    message.set_basis(static_cast<proto::CostBasis>(basis));
    message.set_rate_ppm(rate_ppm);
    message.set_when(static_cast<proto::CostWhen>(when));
}

/// Lists of messages.
template <typename Element>
void fill_list(auto* list, const std::vector<Element>& elements) {
    for (const Element& element : elements) fill(*list->Add(), element);
}

void fill(proto::LimitGrant& message, const ledger::LimitGrant& value) {
    const auto& [line, borrower, currency, limit, valid_from, valid_to, assessment] = value;
    message.set_line(bytes_text(line));
    message.set_borrower(bytes_text(borrower));
    message.set_currency(currency);
    message.set_limit(limit);
    message.set_valid_from(valid_from);
    message.set_valid_to(valid_to);
    message.set_assessment(bytes_text(assessment));
}

void fill(proto::LimitChange& message, const ledger::LimitChange& value) {
    const auto& [line, limit, assessment] = value;
    message.set_line(bytes_text(line));
    message.set_limit(limit);
    if (assessment) message.set_assessment(bytes_text(*assessment));
}

void fill(proto::Capture& message, const ledger::Capture& value) {
    const auto& [contract, line, principal, product, rate_ppm, apr_ppm, terms_hash, authorisation,
                 schedule, shares, servicer, merchant, order, cost_table, disclosure] = value;
    message.set_contract(bytes_text(contract));
    message.set_line(bytes_text(line));
    message.set_principal(principal);
    message.set_product(bytes_text(product));
    message.set_rate_ppm(rate_ppm);
    message.set_apr_ppm(apr_ppm);
    message.set_terms_hash(bytes_text(terms_hash));
    if (authorisation) message.set_authorisation(bytes_text(*authorisation));
    fill_list(message.mutable_schedule(), schedule);
    if (merchant) message.set_merchant(bytes_text(*merchant));
    if (order) message.set_order(bytes_text(*order));
    if (cost_table) message.set_cost_table(bytes_text(*cost_table));
    if (disclosure) message.set_disclosure(bytes_text(*disclosure));
    fill_list(message.mutable_shares(), shares);
    message.set_servicer(bytes_text(servicer));
}

void fill(proto::Repayment& message, const ledger::Repayment& value) {
    const auto& [contract, amount, source_ref, allocation] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
    message.set_source_ref(source_ref);
    fill_list(message.mutable_allocation(), allocation);
}

void fill(proto::RulesetRegister& message, const ledger::RulesetRegister& value) {
    const auto& [ruleset, bucket_days, class_days, order, principal_first_after, penalty_ppm_day,
                 penalty_cap_ppm, grace_days, grace_grants_max, grace_grant_days_max,
                 reschedules_max, backdating_days_max, overpayment, lag_days_max,
                 charge_off_days_min, observation_rows, contact_from, contact_to, contacts_per_day,
                 forbearance_first, apr_caps, alert_limit_use_ppm, alert_first_payment_days,
                 alert_missed_debits] = value;
    message.set_ruleset(bytes_text(ruleset));
    fill_days(message.mutable_bucket_days(), bucket_days);
    fill_days(message.mutable_class_days(), class_days);
    message.set_order(order_text(order));
    message.set_principal_first_after(principal_first_after);
    message.set_penalty_ppm_day(penalty_ppm_day);
    message.set_penalty_cap_ppm(penalty_cap_ppm);
    message.set_grace_days(grace_days);
    message.set_grace_grants_max(grace_grants_max);
    message.set_grace_grant_days_max(grace_grant_days_max);
    message.set_reschedules_max(reschedules_max);
    message.set_backdating_days_max(backdating_days_max);
    message.set_overpayment(static_cast<proto::Overpayment>(overpayment));
    message.set_lag_days_max(lag_days_max);
    message.set_charge_off_days_min(charge_off_days_min);
    message.set_observation_rows(observation_rows);
    message.set_contact_from(contact_from);
    message.set_contact_to(contact_to);
    message.set_contacts_per_day(contacts_per_day);
    message.set_forbearance_first(forbearance_first);
    fill_list(message.mutable_apr_caps(), apr_caps);
    message.set_alert_limit_use_ppm(alert_limit_use_ppm);
    message.set_alert_first_payment_days(alert_first_payment_days);
    message.set_alert_missed_debits(alert_missed_debits);
}

void fill(proto::ProductRegister& message, const ledger::ProductRegister& value) {
    const auto& [product, ruleset, currency, method, day_count, month_end, remainder, prepayment,
                 minimum, apr_cap_ppm, terms, servicer, refund] = value;
    message.set_product(bytes_text(product));
    message.set_ruleset(bytes_text(ruleset));
    message.set_currency(currency);
    message.set_method(static_cast<proto::ScheduleMethod>(method));
    message.set_day_count(static_cast<proto::DayCount>(day_count));
    message.set_month_end(static_cast<proto::MonthEnd>(month_end));
    message.set_remainder(static_cast<proto::Remainder>(remainder));
    message.set_prepayment(static_cast<proto::Prepayment>(prepayment));
    message.set_minimum(minimum);
    message.set_apr_cap_ppm(apr_cap_ppm);
    fill_list(message.mutable_terms(), terms);
    message.set_servicer(bytes_text(servicer));
    message.set_refund(static_cast<proto::RefundPolicy>(refund));
}

void fill(proto::ModelRegister& message, const ledger::ModelRegister& value) {
    const auto& [model, name, commitment] = value;
    message.set_model(bytes_text(model));
    message.set_name(name);
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::Assessment& message, const ledger::Assessment& value) {
    const auto& [assessment, borrower, model, inputs, band, decision, reasons, currency, limit,
                 valid_to] = value;
    message.set_assessment(bytes_text(assessment));
    message.set_borrower(bytes_text(borrower));
    message.set_model(bytes_text(model));
    message.set_inputs(bytes_text(inputs));
    message.set_band(band);
    message.set_decision(static_cast<proto::Decision>(decision));
    message.set_reasons(reasons);
    message.set_currency(currency);
    message.set_limit(limit);
    message.set_valid_to(valid_to);
}

void fill(proto::LimitFreeze& message, const ledger::LimitFreeze& value) {
    const auto& [line, reason] = value;
    message.set_line(bytes_text(line));
    message.set_reason(reason);
}

void fill(proto::LimitUnfreeze& message, const ledger::LimitUnfreeze& value) {
    const auto& [line, reason] = value;
    message.set_line(bytes_text(line));
    message.set_reason(reason);
}

void fill(proto::LimitClose& message, const ledger::LimitClose& value) {
    const auto& [line] = value;
    message.set_line(bytes_text(line));
}

void fill(proto::PurchaseAuth& message, const ledger::PurchaseAuth& value) {
    const auto& [authorisation, line, amount, expires] = value;
    message.set_authorisation(bytes_text(authorisation));
    message.set_line(bytes_text(line));
    message.set_amount(amount);
    message.set_expires(expires);
}

void fill(proto::PurchaseVoid& message, const ledger::PurchaseVoid& value) {
    const auto& [authorisation] = value;
    message.set_authorisation(bytes_text(authorisation));
}

void fill(proto::PurchaseExpire& message, const ledger::PurchaseExpire& value) {
    const auto& [authorisation] = value;
    message.set_authorisation(bytes_text(authorisation));
}

void fill(proto::MerchantRefund& message, const ledger::MerchantRefund& value) {
    const auto& [contract, amount, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
    message.set_source_ref(source_ref);
}

void fill(proto::PrepaySettle& message, const ledger::PrepaySettle& value) {
    const auto& [contract, amount, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
    message.set_source_ref(source_ref);
}

void fill(proto::PenaltyAssess& message, const ledger::PenaltyAssess& value) {
    const auto& [contract, amount] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
}

void fill(proto::OverdueMark& message, const ledger::OverdueMark& value) {
    const auto& [contract, days_past_due, bucket, asset_class] = value;
    message.set_contract(bytes_text(contract));
    message.set_days_past_due(days_past_due);
    message.set_bucket(bucket);
    message.set_asset_class(asset_class);
}

void fill(proto::Waive& message, const ledger::Waive& value) {
    const auto& [contract, parts] = value;
    message.set_contract(bytes_text(contract));
    fill_list(message.mutable_parts(), parts);
}

void fill(proto::HardshipRequest& message, const ledger::HardshipRequest& value) {
    const auto& [request, contract, stage, reason, evidence] = value;
    message.set_request(bytes_text(request));
    message.set_contract(bytes_text(contract));
    message.set_stage(static_cast<proto::HardshipStage>(stage));
    message.set_reason(reason);
    if (evidence) message.set_evidence(bytes_text(*evidence));
}

void fill(proto::GraceGrant& message, const ledger::GraceGrant& value) {
    const auto& [contract, from, to, request] = value;
    message.set_contract(bytes_text(contract));
    message.set_from(from);
    message.set_to(to);
    if (request) message.set_request(bytes_text(*request));
}

void fill(proto::Reschedule& message, const ledger::Reschedule& value) {
    const auto& [contract, rate_ppm, carried_penalty, carried_fee, carried_interest, schedule,
                 request, waived_penalty] = value;
    message.set_waived_penalty(waived_penalty);
    message.set_contract(bytes_text(contract));
    message.set_rate_ppm(rate_ppm);
    message.set_carried_penalty(carried_penalty);
    message.set_carried_fee(carried_fee);
    message.set_carried_interest(carried_interest);
    fill_list(message.mutable_schedule(), schedule);
    if (request) message.set_request(bytes_text(*request));
}

void fill(proto::ChargeOff& message, const ledger::ChargeOff& value) {
    const auto& [contract, penalty, fee, interest, principal, reason] = value;
    message.set_reason(reason);
    message.set_contract(bytes_text(contract));
    message.set_penalty(penalty);
    message.set_fee(fee);
    message.set_interest(interest);
    message.set_principal(principal);
}

void fill(proto::Recovery& message, const ledger::Recovery& value) {
    const auto& [contract, amount, commission, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
    message.set_commission(commission);
    message.set_source_ref(source_ref);
}

void fill(proto::Reversal& message, const ledger::Reversal& value) {
    const auto& [submitter, target, contract, reason, reposted_on] = value;
    if (reposted_on) message.set_reposted_on(bytes_text(*reposted_on));
    message.set_submitter(bytes_text(submitter));
    message.set_target(bytes_text(target));
    message.set_contract(bytes_text(contract));
    message.set_reason(reason);
}

void fill(proto::ServicerChange& message, const ledger::ServicerChange& value) {
    const auto& [contract, servicer] = value;
    message.set_contract(bytes_text(contract));
    message.set_servicer(bytes_text(servicer));
}

void fill(proto::OverpayRefund& message, const ledger::OverpayRefund& value) {
    const auto& [contract, amount, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
    message.set_source_ref(source_ref);
}

void fill(proto::CollectionAssign& message, const ledger::CollectionAssign& value) {
    const auto& [contract, collector, commission_ppm] = value;
    message.set_contract(bytes_text(contract));
    message.set_collector(bytes_text(collector));
    message.set_commission_ppm(commission_ppm);
}

void fill(proto::Chargeback& message, const ledger::Chargeback& value) {
    const auto& [contract, submitter, target, amount, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_submitter(bytes_text(submitter));
    message.set_target(bytes_text(target));
    message.set_amount(amount);
    message.set_source_ref(source_ref);
}

void fill(proto::MandateRegister& message, const ledger::MandateRegister& value) {
    const auto& [mandate, contract, amount_max, valid_from, valid_to, commitment] = value;
    message.set_mandate(bytes_text(mandate));
    message.set_contract(bytes_text(contract));
    message.set_amount_max(amount_max);
    message.set_valid_from(valid_from);
    message.set_valid_to(valid_to);
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::DebitInstruct& message, const ledger::DebitInstruct& value) {
    const auto& [debit, mandate, amount, due] = value;
    message.set_debit(bytes_text(debit));
    message.set_mandate(bytes_text(mandate));
    message.set_amount(amount);
    message.set_due(due);
}

void fill(proto::DebitResult& message, const ledger::DebitResult& value) {
    const auto& [debit, result, reason, source_ref] = value;
    message.set_debit(bytes_text(debit));
    message.set_result(static_cast<proto::DebitOutcome>(result));
    message.set_reason(reason);
    message.set_source_ref(source_ref);
}

void fill(proto::MemberAdd& message, const ledger::MemberAdd& value) {
    const auto& [name, roles, keys] = value;
    message.set_name(name);
    fill_list(message.mutable_roles(), roles);
    fill_list(message.mutable_keys(), keys);
}

void fill(proto::KeyRotate& message, const ledger::KeyRotate& value) {
    const auto& [member, keys, retired] = value;
    message.set_member(bytes_text(member));
    fill_list(message.mutable_keys(), keys);
    fill_list(message.mutable_retired(), retired);
}

void fill(proto::KeyRevoke& message, const ledger::KeyRevoke& value) {
    const auto& [member, keys, reason] = value;
    message.set_member(bytes_text(member));
    fill_list(message.mutable_keys(), keys);
    message.set_reason(reason);
}

void fill(proto::MerchantSettle& message, const ledger::MerchantSettle& value) {
    const auto& [contract, amount, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
    message.set_source_ref(source_ref);
}

void fill(proto::DebtSettle& message, const ledger::DebtSettle& value) {
    const auto& [contract, amount, source_ref, penalty, fee, interest, principal] = value;
    message.set_contract(bytes_text(contract));
    message.set_amount(amount);
    message.set_source_ref(source_ref);
    message.set_penalty(penalty);
    message.set_fee(fee);
    message.set_interest(interest);
    message.set_principal(principal);
}

void fill(proto::CostTable& message, const ledger::CostTable& value) {
    const auto& [table, product, rows] = value;
    message.set_table(bytes_text(table));
    message.set_product(bytes_text(product));
    fill_list(message.mutable_rows(), rows);
}

void fill(proto::DisclosureAck& message, const ledger::DisclosureAck& value) {
    const auto& [disclosure, borrower, table, shown_on, seconds_read, commitment] = value;
    message.set_disclosure(bytes_text(disclosure));
    message.set_borrower(bytes_text(borrower));
    message.set_table(bytes_text(table));
    message.set_shown_on(shown_on);
    message.set_seconds_read(seconds_read);
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::RulesActivate& message, const ledger::RulesActivate& value) {
    const auto& [version, height] = value;
    message.set_version(version);
    message.set_height(height);
}

void fill(proto::ContactLog& message, const ledger::ContactLog& value) {
    const auto& [contract, channel, minute, note] = value;
    message.set_contract(bytes_text(contract));
    message.set_channel(static_cast<proto::ContactChannel>(channel));
    message.set_minute(minute);
    if (note) message.set_note(bytes_text(*note));
}

void fill(proto::ComplaintOpen& message, const ledger::ComplaintOpen& value) {
    const auto& [complaint, contract, category, commitment] = value;
    message.set_complaint(bytes_text(complaint));
    message.set_contract(bytes_text(contract));
    message.set_category(static_cast<proto::ComplaintCategory>(category));
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::ComplaintClose& message, const ledger::ComplaintClose& value) {
    const auto& [complaint, result, commitment] = value;
    message.set_complaint(bytes_text(complaint));
    message.set_result(static_cast<proto::ComplaintResult>(result));
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::ReconResult& message, const ledger::ReconResult& value) {
    const auto& [recon, lender, day, match, amount_diff, date_diff, status_diff, only_ledger,
                 only_file, duplicate, commitment] = value;
    message.set_recon(bytes_text(recon));
    message.set_lender(bytes_text(lender));
    message.set_day(day);
    message.set_match(match);
    message.set_amount_diff(amount_diff);
    message.set_date_diff(date_diff);
    message.set_status_diff(status_diff);
    message.set_only_ledger(only_ledger);
    message.set_only_file(only_file);
    message.set_duplicate(duplicate);
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::AuditOpinion& message, const ledger::AuditOpinion& value) {
    const auto& [opinion, lender, from, to, conclusion, ledger_size, commitment] = value;
    message.set_opinion(bytes_text(opinion));
    message.set_lender(bytes_text(lender));
    message.set_from(from);
    message.set_to(to);
    message.set_conclusion(static_cast<proto::AuditConclusion>(conclusion));
    message.set_ledger_size(ledger_size);
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::HedgeRegister& message, const ledger::HedgeRegister& value) {
    const auto& [hedge, kind, currency, notional, from, to, commitment] = value;
    message.set_hedge(bytes_text(hedge));
    message.set_kind(static_cast<proto::HedgeKind>(kind));
    message.set_currency(currency);
    message.set_notional(notional);
    message.set_from(from);
    message.set_to(to);
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::ErasureCert& message, const ledger::ErasureCert& value) {
    const auto& [borrower, commitment] = value;
    message.set_borrower(bytes_text(borrower));
    message.set_commitment(bytes_text(commitment));
}

void fill(proto::Pledge& message, const ledger::Pledge& value) {
    const auto& [contract, funder] = value;
    message.set_contract(bytes_text(contract));
    message.set_funder(bytes_text(funder));
}

void fill(proto::TransferInit& message, const ledger::TransferInit& value) {
    const auto& [contract, buyer, price, valid_until] = value;
    message.set_contract(bytes_text(contract));
    message.set_buyer(bytes_text(buyer));
    message.set_price(price);
    message.set_valid_until(valid_until);
}

void fill(proto::TransferSettle& message, const ledger::TransferSettle& value) {
    const auto& [contract, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_source_ref(source_ref);
}

void fill(proto::Alert& message, const ledger::Alert& value) {
    const auto& [alert, contract, rule, reason, evidence] = value;
    message.set_alert(bytes_text(alert));
    message.set_contract(bytes_text(contract));
    message.set_rule(static_cast<proto::AlertRule>(rule));
    message.set_reason(reason);
    if (evidence) message.set_evidence(bytes_text(*evidence));
}

void fill(proto::AlertDisposition& message, const ledger::AlertDisposition& value) {
    const auto& [alert, disposition, reason] = value;
    message.set_alert(bytes_text(alert));
    message.set_disposition(static_cast<proto::Disposition>(disposition));
    message.set_reason(reason);
}

void fill(proto::DayClose& message, const ledger::DayClose& value) {
    const auto& [balances] = value;
    fill_list(message.mutable_balances(), balances);
}

struct Filler {
    proto::Transaction& message;

    void operator()(const ledger::LimitGrant& value) const {
        fill(*message.mutable_limit_grant(), value);
    }
    void operator()(const ledger::Pledge& value) const { fill(*message.mutable_pledge(), value); }
    void operator()(const ledger::Release& value) const {
        message.mutable_release()->set_contract(bytes_text(value.contract));
    }
    void operator()(const ledger::TransferInit& value) const {
        fill(*message.mutable_transfer_init(), value);
    }
    void operator()(const ledger::TransferSettle& value) const {
        fill(*message.mutable_transfer_settle(), value);
    }
    void operator()(const ledger::TransferCancel& value) const {
        message.mutable_transfer_cancel()->set_contract(bytes_text(value.contract));
    }
    void operator()(const ledger::TransferDecline& value) const {
        message.mutable_transfer_decline()->set_contract(bytes_text(value.contract));
    }
    void operator()(const ledger::LimitChange& value) const {
        fill(*message.mutable_limit_change(), value);
    }
    void operator()(const ledger::Capture& value) const { fill(*message.mutable_capture(), value); }
    void operator()(const ledger::Repayment& value) const {
        fill(*message.mutable_repayment(), value);
    }
    void operator()(const ledger::RulesetRegister& value) const {
        fill(*message.mutable_ruleset_register(), value);
    }
    void operator()(const ledger::ProductRegister& value) const {
        fill(*message.mutable_product_register(), value);
    }
    void operator()(const ledger::ModelRegister& value) const {
        fill(*message.mutable_model_register(), value);
    }
    void operator()(const ledger::Assessment& value) const {
        fill(*message.mutable_assessment(), value);
    }
    void operator()(const ledger::LimitFreeze& value) const {
        fill(*message.mutable_limit_freeze(), value);
    }
    void operator()(const ledger::LimitUnfreeze& value) const {
        fill(*message.mutable_limit_unfreeze(), value);
    }
    void operator()(const ledger::LimitClose& value) const {
        fill(*message.mutable_limit_close(), value);
    }
    void operator()(const ledger::PurchaseAuth& value) const {
        fill(*message.mutable_purchase_auth(), value);
    }
    void operator()(const ledger::PurchaseVoid& value) const {
        fill(*message.mutable_purchase_void(), value);
    }
    void operator()(const ledger::PurchaseExpire& value) const {
        fill(*message.mutable_purchase_expire(), value);
    }
    void operator()(const ledger::MerchantRefund& value) const {
        fill(*message.mutable_merchant_refund(), value);
    }
    void operator()(const ledger::PrepaySettle& value) const {
        fill(*message.mutable_prepay_settle(), value);
    }
    void operator()(const ledger::PenaltyAssess& value) const {
        fill(*message.mutable_penalty_assess(), value);
    }
    void operator()(const ledger::OverdueMark& value) const {
        fill(*message.mutable_overdue_mark(), value);
    }
    void operator()(const ledger::Waive& value) const { fill(*message.mutable_waive(), value); }
    void operator()(const ledger::HardshipRequest& value) const {
        fill(*message.mutable_hardship_request(), value);
    }
    void operator()(const ledger::GraceGrant& value) const {
        fill(*message.mutable_grace_grant(), value);
    }
    void operator()(const ledger::Reschedule& value) const {
        fill(*message.mutable_reschedule(), value);
    }
    void operator()(const ledger::ChargeOff& value) const {
        fill(*message.mutable_charge_off(), value);
    }
    void operator()(const ledger::Recovery& value) const {
        fill(*message.mutable_recovery(), value);
    }
    void operator()(const ledger::Reversal& value) const {
        fill(*message.mutable_reversal(), value);
    }
    void operator()(const ledger::DayOpen& /*value*/) const { message.mutable_day_open(); }
    void operator()(const ledger::DayClose& value) const {
        fill(*message.mutable_day_close(), value);
    }
    void operator()(const ledger::DayCancel& /*value*/) const { message.mutable_day_cancel(); }
    void operator()(const ledger::ServicerChange& value) const {
        fill(*message.mutable_servicer_change(), value);
    }
    void operator()(const ledger::OverpayRefund& value) const {
        fill(*message.mutable_overpay_refund(), value);
    }
    void operator()(const ledger::CollectionAssign& value) const {
        fill(*message.mutable_collection_assign(), value);
    }
    void operator()(const ledger::CollectionRecall& value) const {
        message.mutable_collection_recall()->set_contract(bytes_text(value.contract));
    }
    void operator()(const ledger::Chargeback& value) const {
        fill(*message.mutable_chargeback(), value);
    }
    void operator()(const ledger::MandateRegister& value) const {
        fill(*message.mutable_mandate_register(), value);
    }
    void operator()(const ledger::MandateRevoke& value) const {
        message.mutable_mandate_revoke()->set_mandate(bytes_text(value.mandate));
    }
    void operator()(const ledger::DebitInstruct& value) const {
        fill(*message.mutable_debit_instruct(), value);
    }
    void operator()(const ledger::DebitResult& value) const {
        fill(*message.mutable_debit_result(), value);
    }
    void operator()(const ledger::MemberAdd& value) const {
        fill(*message.mutable_member_add(), value);
    }
    void operator()(const ledger::KeyRotate& value) const {
        fill(*message.mutable_key_rotate(), value);
    }
    void operator()(const ledger::KeyRevoke& value) const {
        fill(*message.mutable_key_revoke(), value);
    }
    void operator()(const ledger::MerchantSettle& value) const {
        fill(*message.mutable_merchant_settle(), value);
    }
    void operator()(const ledger::DebtSettle& value) const {
        fill(*message.mutable_debt_settle(), value);
    }
    void operator()(const ledger::CostTable& value) const {
        fill(*message.mutable_cost_table(), value);
    }
    void operator()(const ledger::DisclosureAck& value) const {
        fill(*message.mutable_disclosure_ack(), value);
    }
    void operator()(const ledger::RulesActivate& value) const {
        fill(*message.mutable_rules_activate(), value);
    }
    void operator()(const ledger::ContactLog& value) const {
        fill(*message.mutable_contact_log(), value);
    }
    void operator()(const ledger::ComplaintOpen& value) const {
        fill(*message.mutable_complaint_open(), value);
    }
    void operator()(const ledger::ComplaintClose& value) const {
        fill(*message.mutable_complaint_close(), value);
    }
    void operator()(const ledger::ReconResult& value) const {
        fill(*message.mutable_recon_result(), value);
    }
    void operator()(const ledger::AuditOpinion& value) const {
        fill(*message.mutable_audit_opinion(), value);
    }
    void operator()(const ledger::HedgeRegister& value) const {
        fill(*message.mutable_hedge_register(), value);
    }
    void operator()(const ledger::ErasureCert& value) const {
        fill(*message.mutable_erasure_cert(), value);
    }
    void operator()(const ledger::Alert& value) const { fill(*message.mutable_alert(), value); }
    void operator()(const ledger::AlertDisposition& value) const {
        fill(*message.mutable_alert_disposition(), value);
    }
    void operator()(const ledger::PoolCreate& value) const {
        fill(*message.mutable_pool_create(), value);
    }
    void operator()(const ledger::PoolAdd& value) const {
        fill(*message.mutable_pool_add(), value);
    }
    void operator()(const ledger::PoolSeal& value) const {
        fill(*message.mutable_pool_seal(), value);
    }
    void operator()(const ledger::PoolIssue& value) const {
        fill(*message.mutable_pool_issue(), value);
    }
    void operator()(const ledger::PoolTrigger& value) const {
        fill(*message.mutable_pool_trigger(), value);
    }
    void operator()(const ledger::PoolClose& value) const {
        message.mutable_pool_close()->set_pool(bytes_text(value.pool));
    }
    void operator()(const ledger::BuybackInit& value) const {
        fill(*message.mutable_buyback_init(), value);
    }
    void operator()(const ledger::BuybackSettle& value) const {
        fill(*message.mutable_buyback_settle(), value);
    }
    void operator()(const ledger::PoolRemove& value) const {
        fill(*message.mutable_pool_remove(), value);
    }
};

}  // namespace

proto::Transaction message_of(const ledger::Transaction& transaction) {
    const auto& [id, business_date, value_date, body] = transaction;
    proto::Transaction message;
    message.set_id(bytes_text(id));
    message.set_business_date(business_date);
    message.set_value_date(value_date);
    std::visit(Filler{message}, body);
    return message;
}

}  // namespace tally::testing
