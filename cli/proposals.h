#pragma once

#include <boost/json.hpp>
#include <string>

#include "base/result.h"
#include "client/client.h"

namespace tally::cli {

/// What nodes say such a transaction would have to claim: the transaction with its claims set. It
/// is what two of them say alike, where two can be asked, since a member is about to sign it. Fails
/// with the outcome that stands in the way as the error's code, with what the node answered, or
/// with the client's error.
Result<boost::json::object> propose(client::Client& client, const boost::json::object& transaction);

}  // namespace tally::cli
