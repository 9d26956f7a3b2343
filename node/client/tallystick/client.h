#pragma once

// What `find_package(Tallystick)` and `tallystick::client` give: submit, read, verify. Everything
// is documented in the headers below.
#include "ledger/schedule.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"
#include "node/client/client.h"
#include "node/client/errors.h"
#include "node/client/proof.h"
#include "node/client/trust.h"

namespace tallystick {

using namespace tally::client;
namespace ledger = tally::ledger;
namespace crypto = tally::crypto;

}  // namespace tallystick
