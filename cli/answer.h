#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/output.h"
#include "client/client.h"

namespace tally::cli {

/// The object that an answer is; bad_answer otherwise.
Result<boost::json::object> parse_object(const client::Answer& answer);

// Values of an answer for print: what is not there is empty or 0.
std::string text_at(const boost::json::object& source, std::string_view name);
std::int64_t integer_at(const boost::json::object& source, const char* name);
std::string number_at(const boost::json::object& source, const char* name);
/// In the `currency` of the same object.
std::string amount_at(const boost::json::object& source, const char* name);
const boost::json::array& array_at(const boost::json::object& source, const char* name);
const boost::json::object& object_at(const boost::json::object& source, const char* name);
/// What it is where it is not there is `otherwise`.
bool flag_at(const boost::json::object& source, const char* name, bool otherwise);
/// Name of a `{"member","name"}`, its id without one.
std::string member_at(const boost::json::object& source, const char* name);

/// What a node, `giver`, did whose page of `what` gave a cursor that the others refuse; bad_answer.
Error led_astray(const std::string& giver, const std::string& what, const Error& refused);

/// Says on `err` that no quorum confirmed an answer.
void warn_if_stale(Console& console, const client::Answer& answer);

/// Shows the object that an answer is: as it is for machines, through `print` for people.
Exit show_answer(Console& console, const Result<client::Answer>& answer,
                 const std::function<void(const boost::json::object&)>& print);

}  // namespace tally::cli
