#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/client.h"

namespace tally::cli {

/// Pages of a history, as docs/API.md has them: each goes on where the one before ended, so that a
/// walk comes to its end whatever a node says.
class HistoryPages {
public:
    /// `path`: of what the history is, `/v1/members/lender`.
    explicit HistoryPages(std::string path) : path_(std::move(path)) {}

    /// The newest entry that its first page may have; a history that begins further up would have
    /// no end in anybody's time.
    void begin_at_most(std::uint64_t newest) { newest_ = newest; }

    /// The path of the next page, of so many items at most.
    std::string next_path(std::uint64_t limit) const;
    /// Whether this is that page: its entries descend and are below those before, and one that goes
    /// on has some and leads elsewhere; bad_answer otherwise.
    Status check(const std::string& body) const;
    /// Goes on behind a page that was checked.
    void take(const boost::json::object& page);

    bool ended() const { return ended_; }
    const std::string& cursor() const { return cursor_; }

private:
    std::string path_;
    std::string cursor_;
    std::optional<std::uint64_t> newest_;
    std::optional<std::uint64_t> last_;  // entry of the pages before
    bool ended_ = false;
};

/// The newest entry that a page of this history may begin with, as two nodes say, and some more for
/// what is recorded meanwhile. Nothing where no two say the same.
std::optional<std::uint64_t> newest_in_history(client::Client& client, const std::string& path);

}  // namespace tally::cli
