#include "node/evidence_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "api/errc.h"
#include "api/json_text.h"
#include "api/object_reader.h"
#include "api/times.h"
#include "base/hex.h"
#include "base/overloaded.h"

namespace tally::node {
namespace {

using boost::json::object;
using storage::BlockConflict;
using storage::DamagedEvidence;
using storage::Evidence;
using storage::RootConflict;

constexpr std::size_t kRecordsMax = 100'000;

object to_json(const Evidence& evidence) {
    object target;
    std::visit(Overloaded{[&](const RootConflict& conflict) {
                              target["kind"] = "roots";
                              target["node"] = conflict.node;
                              target["size"] = conflict.size;
                              boost::json::array notes;
                              for (const auto& note : conflict.notes) notes.emplace_back(note);
                              target["notes"] = std::move(notes);
                          },
                          [&](const BlockConflict& conflict) {
                              target["kind"] = "blocks";
                              target["node"] = conflict.node;
                              target["index"] = conflict.index;
                              target["own"] = to_hex(conflict.own.view());
                              target["other"] = to_hex(conflict.other.view());
                          }},
               evidence.what);
    target["found"] = api::time_text(evidence.found);
    return target;
}

Status read_note(const boost::json::value& element, const std::string& path,
                 RootConflict& conflict) {
    if (!element.is_string()) return fail(api::errc::invalid_argument, path + ": not a text");
    if (conflict.notes.size() == RootConflict::kNotesMax) {
        return fail(api::errc::invalid_argument, path + ": more notes than a record has");
    }
    conflict.notes.emplace_back(element.as_string());
    return {};
}

Result<Evidence> read_record(const boost::json::value& element, const std::string& path) {
    api::ObjectReader reader(element, path);
    Evidence evidence;
    const std::string kind = reader.text("kind");
    const auto node = static_cast<std::uint32_t>(reader.unsigned_integer("node", 0xFFFFFFFF));
    if (kind == "roots") {
        RootConflict conflict;
        conflict.node = node;
        conflict.size = reader.unsigned_integer("size");
        reader.each("notes", [&conflict](const boost::json::value& note, const std::string& at) {
            return read_note(note, at, conflict);
        });
        evidence.what = std::move(conflict);
    } else if (kind == "blocks") {
        BlockConflict conflict;
        conflict.node = node;
        conflict.index = reader.unsigned_integer("index");
        conflict.own = reader.digest("own");
        conflict.other = reader.digest("other");
        evidence.what = conflict;
    } else {
        reader.reject("kind", "neither roots nor blocks");
    }
    const auto found = api::time_from_text(reader.text("found"));
    if (!found) reader.reject("found", "not a time");
    if (Status status = reader.finish(); !status) return status.error();
    evidence.found = *found;
    return evidence;
}

Result<DamagedEvidence> read_damaged(const boost::json::value& element, const std::string& path) {
    api::ObjectReader reader(element, path);
    DamagedEvidence one{reader.text("record"), reader.text("why")};
    if (Status status = reader.finish(); !status) return status.error();
    return one;
}

/// `kind: missing` of `evidence[2].kind: missing`: the path is said beside it.
std::string without(const std::string& path, const std::string& fault) {
    if (!fault.starts_with(path)) return fault;
    return fault.substr(std::min(fault.find_first_not_of(".: ", path.size()), fault.size()));
}

/// The elements of `name` into `target`; one that cannot be read hides no other and is damaged.
template <typename Record>
void read_each(api::ObjectReader& reader, const char* name,
               Result<Record> (*read)(const boost::json::value&, const std::string&),
               std::vector<Record>& target, std::vector<DamagedEvidence>& damaged) {
    std::size_t count = 0;
    reader.each(name, [&](const boost::json::value& element, const std::string& path) {
        if (++count > kRecordsMax) {
            return Status(fail(api::errc::invalid_argument, path + ": too many records"));
        }
        auto record = read(element, path);
        if (record) target.push_back(std::move(*record));
        if (!record) damaged.push_back({path, without(path, record.error().context)});
        return Status();
    });
}

}  // namespace

std::string encode_evidence_document(const EvidenceDocument& document) {
    boost::json::array records;
    for (const Evidence& evidence : document.records) records.push_back(to_json(evidence));
    object target{{"network", to_hex(document.network.view())}, {"evidence", std::move(records)}};
    if (!document.damaged.empty()) {
        boost::json::array damaged;
        for (const DamagedEvidence& each : document.damaged) {
            damaged.push_back({{"record", each.record}, {"why", each.why}});
        }
        target["damaged"] = std::move(damaged);
    }
    return boost::json::serialize(target) + "\n";
}

Result<EvidenceDocument> decode_evidence_document(std::string_view text) {
    const auto value = api::json_from_text(text);
    if (!value) return value.error();
    api::ObjectReader reader(*value);
    EvidenceDocument document;
    document.network = reader.digest("network");
    read_each(reader, "evidence", read_record, document.records, document.damaged);
    if (reader.optional_value("damaged") != nullptr) {
        read_each(reader, "damaged", read_damaged, document.damaged, document.damaged);
    }
    if (Status status = reader.finish(); !status) return status.error();
    return document;
}

}  // namespace tally::node
