#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "client/client.h"

namespace tally::client {

/// A receipt from the answer to a submission; bad_answer naming what is missing.
Result<Receipt> receipt_of(const std::string& body);

/// Ids of the transactions of a submission, in order; an empty one where the bytes have none that
/// this build can read. Nothing: the body is not what the API takes, and there is nothing to
/// compare.
using SentIds = std::optional<std::vector<std::string>>;
SentIds sent_ids(const std::vector<Bytes>& transactions);
SentIds sent_ids(const std::string& body);
/// The header in such a body.
std::optional<Bytes> sent_header(const std::string& body);

/// The receipt is of these transactions, all of them, in this order; bad_answer naming the first
/// difference.
Status check_receipt(const Receipt& receipt, const SentIds& sent);

/// The problem document of an answer of 400 and above as an Error: its code, detail and ids. A body
/// that is none still gives an error, `api` code `http_STATUS`.
Error problem_error(int status, const std::string& body);

/// A not_found that only this node answers for: its context says so.
Error unconfirmed(const Error& not_found, const std::string& url);
/// Whether the error is one of these.
bool is_unconfirmed(const Error& error);

/// Size in a checkpoint's text (`origin LF size LF ...`); bad_answer if it is none.
Result<std::uint64_t> checkpoint_size(std::string_view note);

/// `path` with the query of the options.
std::string with_query(const std::string& path, const ReadOptions& options);

}  // namespace tally::client
