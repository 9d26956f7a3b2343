#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "client/client.h"

namespace tally::client {

/// Hears the nodes once (Client::hear).
using Hearing = std::function<Result<Heard>()>;

/// What two nodes answer alike, or what the only one answers that gives an answer at all. They are
/// heard up to three times, since something may be booked between two answers. A refusal is an
/// Error with the node's code. Fails with bad_answer where no two agree, naming what each of them
/// says of the subject; with the client's error where no node says anything.
Result<Answer> agreed_answer(const Hearing& hearing, const Meaning& meaning,
                             const std::string& subject);

}  // namespace tally::client
