#pragma once

#include <string>

#include "base/result.h"
#include "ledger/submission.h"

namespace tally::node::http {

/// `{"header":b64,"signatures":[b64],"transactions":[b64]}`; strict, invalid_argument names the
/// field.
Result<ledger::Submission> submission_from_json(const std::string& body);

/// tallystick.v1.Submission (proto/tallystick.proto); malformed when it does not parse.
Result<ledger::Submission> submission_from_protobuf(const std::string& body);

}  // namespace tally::node::http
