#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "api/ids.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/types.h"

namespace tally::api {

/// Reads one JSON object strictly: a decoder reads all its fields and asks `finish` once. After the
/// first fault every read gives an empty value. Faults are invalid_argument and name the field with
/// its path. The object must outlive the reader.
class ObjectReader {
public:
    /// `path` is empty at the top, `schedule[2]` inside.
    explicit ObjectReader(const boost::json::value& value, std::string path = {});

    /// An integer in [least, most]; a number with a point or an exponent is refused.
    std::int64_t integer(std::string_view name,
                         std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         std::int64_t most = std::numeric_limits<std::int64_t>::max());
    std::uint64_t unsigned_integer(std::string_view name,
                                   std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    std::string text(std::string_view name);
    /// Empty where the field is left out.
    std::string optional_text(std::string_view name);
    bool boolean(std::string_view name);
    Bytes base64(std::string_view name);
    crypto::Digest digest(std::string_view name);
    ledger::Day day(std::string_view name);
    template <typename Id>
    Id id(std::string_view name) {
        return Id{id_bytes(name)};
    }
    /// Base64 texts of 32 bytes each.
    std::vector<crypto::Digest> base64_digests(std::string_view name);

    /// The raw value of a field that must be there; nullptr after a fault.
    const boost::json::value* value(std::string_view name);
    /// The raw value of a field that may be left out; nullptr without one.
    const boost::json::value* optional_value(std::string_view name);
    /// Calls `read(element, path of the element) -> Status` for each element of an array.
    template <typename Read>
    void each(std::string_view name, Read read) {
        const boost::json::array* elements = array(name);
        if (elements == nullptr) return;
        for (std::size_t i = 0; i < elements->size() && !failed(); ++i) {
            const Status status =
                read((*elements)[i], path_of(name) + "[" + std::to_string(i) + "]");
            if (!status) adopt(status.error());
        }
    }

    /// Success if nothing was refused. Fields that were not read are left alone: for documents that
    /// a newer node may have added to.
    const Status& status() const { return status_; }
    bool failed() const { return !status_.has_value(); }
    void reject(std::string_view name, std::string_view what);
    void adopt(Error error);
    /// Success if nothing was refused and every field of the object was read.
    Status finish();

private:
    IdBytes id_bytes(std::string_view name);
    const boost::json::array* array(std::string_view name);
    std::string path_of(std::string_view name) const;

    const boost::json::object* object_ = nullptr;
    std::string path_;
    std::vector<std::string_view> read_;  // names that the decoder asked for
    Status status_;
};

}  // namespace tally::api
