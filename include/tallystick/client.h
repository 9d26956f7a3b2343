#pragma once

// What `find_package(Tallystick)` and `tallystick::client` give: submit, read, verify. Everything
// is documented in the headers below.
#include "client/client.h"
#include "client/errors.h"
#include "client/proof.h"
#include "client/trust.h"
#include "ledger/schedule.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"

namespace tallystick {

using namespace tally::client;
namespace ledger = tally::ledger;
namespace crypto = tally::crypto;

}  // namespace tallystick
