#include "tests/ledger/protobuf_fill_pools.h"

#include "tests/ledger/protobuf_fill.h"

namespace tally::testing {

namespace proto = tallystick::v1;

void fill(proto::PoolCreate& message, const ledger::PoolCreate& value) {
    const auto& [pool, currency, trustee, buyer, revolving_until, balance_min, below_days,
                 roll_ppm] = value;
    message.set_pool(bytes_text(pool));
    message.set_currency(currency);
    message.set_trustee(bytes_text(trustee));
    message.set_buyer(bytes_text(buyer));
    message.set_revolving_until(revolving_until);
    message.set_balance_min(balance_min);
    message.set_below_days(below_days);
    message.set_roll_ppm(roll_ppm);
}

void fill(proto::PoolAdd& message, const ledger::PoolAdd& value) {
    const auto& [pool, contract] = value;
    message.set_pool(bytes_text(pool));
    message.set_contract(bytes_text(contract));
}

void fill(proto::PoolSeal& message, const ledger::PoolSeal& value) {
    const auto& [pool, contracts, principal, root] = value;
    message.set_pool(bytes_text(pool));
    message.set_contracts(contracts);
    message.set_principal(principal);
    message.set_root(bytes_text(root));
}

namespace {

void fill(proto::PoolNote& message, const ledger::PoolNote& value) {
    const auto& [name, amount, rate_ppm] = value;
    message.set_name(name);
    message.set_amount(amount);
    message.set_rate_ppm(rate_ppm);
}

}  // namespace

void fill(proto::PoolIssue& message, const ledger::PoolIssue& value) {
    const auto& [pool, notes] = value;
    message.set_pool(bytes_text(pool));
    for (const ledger::PoolNote& note : notes) fill(*message.add_notes(), note);
}

void fill(proto::PoolTrigger& message, const ledger::PoolTrigger& value) {
    const auto& [pool, reason, below_since] = value;
    message.set_pool(bytes_text(pool));
    message.set_reason(static_cast<proto::TriggerReason>(reason));
    message.set_below_since(below_since);
}

void fill(proto::BuybackInit& message, const ledger::BuybackInit& value) {
    const auto& [contract, price, valid_until] = value;
    message.set_contract(bytes_text(contract));
    message.set_price(price);
    message.set_valid_until(valid_until);
}

void fill(proto::BuybackSettle& message, const ledger::BuybackSettle& value) {
    const auto& [contract, source_ref] = value;
    message.set_contract(bytes_text(contract));
    message.set_source_ref(source_ref);
}

void fill(proto::PoolRemove& message, const ledger::PoolRemove& value) {
    const auto& [pool, contract] = value;
    message.set_pool(bytes_text(pool));
    message.set_contract(bytes_text(contract));
}

}  // namespace tally::testing
