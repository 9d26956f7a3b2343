#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/http.h"
#include "ledger/types.h"

namespace tally::client {

/// What a call asks of the nodes, and what counts as an answer to it.
struct Question {
    HttpRequest request;
    bool submission = false;
    /// Of a submission whose header can be read: its own not-after, 0 for none.
    std::optional<ledger::Millis> not_after;
    /// An answer with status 200 is one to this question; without it every one is.
    std::function<Status(const HttpReply&)> form;
    /// Where one node's word does not do: what such an answer says, in words that two nodes share
    /// that say the same. Without it the first answer ends the call.
    std::function<std::string(const HttpReply&)> meaning;
};

/// What one attempt on one node means for the call as a whole.
enum class Verdict : std::uint8_t {
    answered,     ///< for good
    said,         ///< an answer with a meaning: it counts once it is not one node's word alone
    refused,      ///< a refusal in the form that is documented: likewise
    elsewhere,    ///< did nothing, and this node never will: only others can answer
    not_arrived,  ///< did nothing, and may do something the next time
    unknown,      ///< a submission may have arrived
};

struct Judgement {
    Verdict verdict = Verdict::unknown;
    Error why;          ///< of all verdicts but `answered`
    bool again = true;  ///< whether the same node may be asked once more by the same call
};

/// Judges what came of one attempt on the node at `url`. `foreign`: why the node is of another
/// network, if it is.
Judgement judge(const Question& question, const std::string& url, const Result<HttpReply>& reply,
                const std::optional<Error>& foreign);

/// Whether an answer to a read of this path has the form that docs/API.md says: a JSON object with
/// the member that every such object has, a signed note, or octets that are no page. bad_answer.
Status form_of_read(const std::string& path, const HttpReply& reply);

}  // namespace tally::client
