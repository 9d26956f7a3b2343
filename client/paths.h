#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/client.h"

namespace tally::client {

/// Percent-encoded (RFC 3986): stands in a segment of a path, or in a query, as itself.
std::string url_text(std::string_view text);

/// `/v1/members/len%20der/history`: whatever a person or a node says stays in its segment. Fails
/// with invalid_argument for an empty segment, which would be another path.
Result<std::string> url_path(std::initializer_list<std::string_view> segments);

/// `/v1/contracts?owner=lender&limit=5` for `contracts`.
std::string list_path(std::string_view plural, const ListQuery& query);
/// `/v1/payments?source_ref=bank-17&member=lender`: in the book of that lender; no member: of any.
std::string payment_path(std::string_view source_ref, std::string_view member);

/// Client::get of such a path, or its error.
Result<Answer> get_at(Client& client, const Result<std::string>& path,
                      const ReadOptions& options = {});

}  // namespace tally::client
