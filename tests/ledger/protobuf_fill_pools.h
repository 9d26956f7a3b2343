#pragma once

#include "ledger/transaction.h"
#include "proto/tallystick.pb.h"

// Part of tests/ledger/protobuf_fill.cpp: the bodies of pools.
namespace tally::testing {

void fill(tallystick::v1::PoolCreate& message, const ledger::PoolCreate& value);
void fill(tallystick::v1::PoolAdd& message, const ledger::PoolAdd& value);
void fill(tallystick::v1::PoolSeal& message, const ledger::PoolSeal& value);
void fill(tallystick::v1::PoolIssue& message, const ledger::PoolIssue& value);
void fill(tallystick::v1::PoolTrigger& message, const ledger::PoolTrigger& value);
void fill(tallystick::v1::BuybackInit& message, const ledger::BuybackInit& value);
void fill(tallystick::v1::BuybackSettle& message, const ledger::BuybackSettle& value);
void fill(tallystick::v1::PoolRemove& message, const ledger::PoolRemove& value);

}  // namespace tally::testing
