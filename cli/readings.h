#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>

#include "cli/readable.h"
#include "cli/target.h"
#include "client/client.h"

namespace tally::cli {

/// What a network must be asked for before its transactions can be read: the currency of what a
/// transaction is about, and the members' names.
class Readings {
public:
    /// Names come from the target's trust file, if there is one. The client must outlive it.
    Readings(client::Client& client, const Target& target);

    /// How to read this transaction. What cannot be learnt is left out.
    Reading reading_of(const boost::json::object& transaction);

private:
    std::string currency_of(const boost::json::object& transaction);

    client::Client& client_;
    std::optional<client::NetworkTrust> trust_;
    std::map<std::string, std::string> currencies_;  // by path
};

}  // namespace tally::cli
