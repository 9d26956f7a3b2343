#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/output.h"
#include "client/client.h"

namespace tally::cli {

/// A page of a list, and the answer that it came in.
struct ListPage {
    boost::json::object document;
    client::Answer answer;
};

/// Says what of a row does not hold; bad_answer.
using RowCheck = std::function<Status(const boost::json::object& row)>;

/// What goes up in a list: ids, or places that follow each other from 0.
enum class ListOrder : std::uint8_t { ids, places };

/// Pages of a list, as docs/API.md has them. Rows ascend, within a page and from one to the next,
/// so that none comes twice and no walk goes in a circle; a node whose page is otherwise is passed
/// over for the next one.
class ListPages {
public:
    /// `plural`: lines, contracts, complaints, alerts and so on; `query`: without a cursor.
    ListPages(std::string plural, client::ListQuery query, RowCheck holds = {},
              ListOrder order = ListOrder::ids)
        : plural_(std::move(plural)),
          query_(std::move(query)),
          holds_(std::move(holds)),
          order_(order) {}

    /// The next page, of so many rows at most. Fails with the client's error; with bad_answer,
    /// naming the node whose page led there, where no node goes on behind it.
    Result<ListPage> next(client::Client& client, std::uint64_t limit,
                          const client::ReadOptions& read);
    bool ended() const { return ended_; }
    /// Where the next page begins; empty at the end.
    const std::string& cursor() const { return query_.cursor; }

private:
    Status check(const std::string& body) const;
    Status check_rows(const boost::json::array& rows) const;
    Status check_places(const boost::json::array& rows) const;

    std::string plural_;
    client::ListQuery query_;
    RowCheck holds_;
    ListOrder order_;
    std::string last_;         ///< id of the last row
    std::uint64_t seen_ = 0;   ///< rows so far
    std::string giver_;        ///< URL of the node that gave the cursor
    std::uint64_t empty_ = 0;  ///< pages without rows, one after the other
    std::optional<std::chrono::steady_clock::time_point> since_;  ///< when the last row came
    bool ended_ = false;
};

/// Rows of a list, gathered.
struct ListRows {
    boost::json::array items;
    std::string next;   ///< cursor; empty: there are no more
    std::string as_of;  ///< of the last page
};

/// Pages of a list until there are `limit` rows (0: all) or no more. A page may be empty and go on.
/// `what`: contracts, for the progress.
Result<ListRows> gather_rows(Console& console, client::Client& client, ListPages pages,
                             const std::string& what, std::uint64_t limit, bool local);

/// Rows without --limit.
inline constexpr std::uint64_t kRowsUsual = 20;

}  // namespace tally::cli
