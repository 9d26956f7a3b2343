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

    /// The newest entry that two nodes know: a history that begins below it leaves something out.
    void begin_at_least(std::uint64_t known) { known_ = known; }

    /// The path of the next page, of so many items at most.
    std::string next_path(std::uint64_t limit) const;
    /// Whether this is that page: its entries descend and are below those before, none is missing
    /// that one of the account's links leads to, and one that goes on has some and leads
    /// elsewhere; bad_answer otherwise.
    Status check(const std::string& body) const;
    /// Goes on behind a page that was checked.
    void take(const boost::json::object& page);

    bool ended() const { return ended_; }
    const std::string& cursor() const { return cursor_; }

private:
    /// Of the first page.
    Status check_beginning(const boost::json::array& items) const;
    /// To which entry the account's link of the last of them leads, if to one.
    Result<std::optional<std::uint64_t>> check_items(const boost::json::array& items) const;

    std::string path_;
    std::string cursor_;
    std::optional<std::uint64_t> newest_;
    std::optional<std::uint64_t> known_;
    std::optional<std::uint64_t> last_;      // entry of the pages before
    std::optional<std::uint64_t> previous_;  // to which the account's link of one of them leads
    bool ended_ = false;
};

/// More entries than are recorded between two questions.
inline constexpr std::uint64_t kRecordedMeanwhile = 1 << 16;

/// The newest entry of this history, as two nodes say. Nothing where no two say the same.
std::optional<std::uint64_t> newest_in_history(client::Client& client, const std::string& path);

}  // namespace tally::cli
