#include "api/object_reader.h"

#include <algorithm>

#include "api/errc.h"
#include "api/json_number.h"
#include "base/closest_word.h"
#include "crypto/base64.h"
#include "ledger/dates.h"

namespace tally::api {
namespace {

/// The field that nobody has asked for and that was meant for `name`; or nothing.
std::string_view misspelt(const boost::json::object* object,
                          const std::vector<std::string_view>& read, std::string_view name) {
    if (object == nullptr) return {};
    for (const auto& member : *object) {
        const std::string_view there(member.key().data(), member.key().size());
        if (std::find(read.begin(), read.end(), there) != read.end()) continue;
        if (closest_word(there, std::span(&name, 1)).empty()) continue;
        return there;
    }
    return {};
}

}  // namespace

ObjectReader::ObjectReader(const boost::json::value& value, std::string path)
    : object_(value.if_object()), path_(std::move(path)) {
    if (object_ == nullptr) {
        adopt(fail(errc::invalid_argument, (path_.empty() ? "value" : path_) + ": not an object"));
    }
}

std::string ObjectReader::path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void ObjectReader::adopt(Error error) {
    if (!failed()) status_ = std::move(error);
}

void ObjectReader::reject(std::string_view name, std::string_view what) {
    adopt(fail(errc::invalid_argument, path_of(name) + ": " + std::string(what)));
}

const boost::json::value* ObjectReader::optional_value(std::string_view name) {
    if (failed()) return nullptr;
    read_.push_back(name);
    return object_->if_contains(name);
}

const boost::json::value* ObjectReader::value(std::string_view name) {
    const boost::json::value* found = optional_value(name);
    if (found != nullptr || failed()) return found;
    const std::string_view there = misspelt(object_, read_, name);
    if (there.empty()) {
        reject(name, "missing");
    } else {
        reject(there, "unknown field; did you mean " + std::string(name) + "?");
    }
    return found;
}

std::int64_t ObjectReader::integer(std::string_view name, std::int64_t least, std::int64_t most) {
    const boost::json::value* found = value(name);
    if (found == nullptr) return 0;
    if (!found->is_int64() && !found->is_uint64()) {
        reject(name, is_beyond_64_bits(*found) ? "out of range" : "not an integer");
        return 0;
    }
    const bool fits =
        found->is_int64() && found->get_int64() >= least && found->get_int64() <= most;
    if (!fits) {
        reject(name, "out of range");
        return 0;
    }
    return found->get_int64();
}

std::uint64_t ObjectReader::unsigned_integer(std::string_view name, std::uint64_t most) {
    const boost::json::value* found = value(name);
    if (found == nullptr) return 0;
    if (!found->is_int64() && !found->is_uint64()) {
        reject(name, is_beyond_64_bits(*found) ? "out of range" : "not an integer");
        return 0;
    }
    const bool negative = found->is_int64() && found->get_int64() < 0;
    const std::uint64_t number =
        found->is_uint64() ? found->get_uint64() : static_cast<std::uint64_t>(found->get_int64());
    if (negative || number > most) {
        reject(name, "out of range");
        return 0;
    }
    return number;
}

std::string ObjectReader::text(std::string_view name) {
    const boost::json::value* found = value(name);
    if (found == nullptr) return {};
    if (!found->is_string()) {
        reject(name, "not a text");
        return {};
    }
    const boost::json::string& text = found->get_string();
    return {text.data(), text.size()};
}

std::string ObjectReader::optional_text(std::string_view name) {
    return optional_value(name) == nullptr ? std::string() : text(name);
}

bool ObjectReader::boolean(std::string_view name) {
    const boost::json::value* found = value(name);
    if (found == nullptr) return false;
    if (!found->is_bool()) {
        reject(name, "neither true nor false");
        return false;
    }
    return found->get_bool();
}

Bytes ObjectReader::base64(std::string_view name) {
    const std::string encoded = text(name);
    if (failed()) return {};
    auto bytes = crypto::from_base64(encoded);
    if (!bytes) {
        reject(name, "not base64 (RFC 4648, section 4, padded)");
        return {};
    }
    return std::move(*bytes);
}

crypto::Digest ObjectReader::digest(std::string_view name) {
    const std::string digits = text(name);
    if (failed()) return {};
    const auto digest = digest_from_text(digits);
    if (!digest) reject(name, "not 64 hexadecimal digits");
    return digest.value_or(crypto::Digest{});
}

IdBytes ObjectReader::id_bytes(std::string_view name) {
    const std::string digits = text(name);
    if (failed()) return {};
    const auto id = id_bytes_from_text(digits);
    if (!id) reject(name, "not an id: 32 hexadecimal digits or a UUID");
    return id.value_or(IdBytes{});
}

ledger::Day ObjectReader::day(std::string_view name) {
    const boost::json::value* found = value(name);
    if (found == nullptr) return 0;
    if (found->is_int64()) {
        // A number stands for a day that ISO 8601 text cannot show, and for no other.
        const auto number =
            static_cast<ledger::Day>(integer(name, std::numeric_limits<ledger::Day>::min(),
                                             std::numeric_limits<ledger::Day>::max()));
        if (!failed() && ledger::day_in_range(number)) reject(name, "not a date YYYY-MM-DD");
        return number;
    }
    if (!found->is_string()) {
        reject(name, "not a date YYYY-MM-DD");
        return 0;
    }
    const auto day = ledger::day_from_text(text(name));
    if (!day) reject(name, "not a date YYYY-MM-DD that exists");
    return day.value_or(0);
}

const boost::json::array* ObjectReader::array(std::string_view name) {
    const boost::json::value* found = value(name);
    if (found == nullptr) return nullptr;
    if (!found->is_array()) {
        reject(name, "not an array");
        return nullptr;
    }
    return &found->get_array();
}

std::vector<crypto::Digest> ObjectReader::base64_digests(std::string_view name) {
    std::vector<crypto::Digest> digests;
    each(name, [&](const boost::json::value& element, const std::string& path) -> Status {
        const boost::json::string* text = element.if_string();
        const auto bytes = text == nullptr
                               ? std::nullopt
                               : crypto::from_base64(std::string_view(text->data(), text->size()));
        if (!bytes || bytes->size() != crypto::Digest{}.bytes.size()) {
            return fail(errc::invalid_argument, path + ": not the base64 of 32 bytes");
        }
        digests.push_back(crypto::digest_from(*bytes));
        return {};
    });
    return digests;
}

Status ObjectReader::finish() {
    if (failed()) return status_;
    for (const auto& member : *object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(read_.begin(), read_.end(), name) == read_.end()) {
            reject(name, "unknown field" + did_you_mean(name, read_));
            break;
        }
    }
    return status_;
}

}  // namespace tally::api
