#include "node/http/submission_body.h"

#include <algorithm>
#include <boost/json.hpp>

#include "api/errc.h"
#include "api/json_text.h"
#include "api/object_reader.h"
#include "crypto/base64.h"
#include "ledger/errc.h"
#include "ledger/submission_view.h"
#include "proto/tallystick.pb.h"

namespace tally::node::http {
namespace {

constexpr std::size_t kDepthMax = 4;

Result<crypto::Signature> signature_from(ByteView bytes, const std::string& path) {
    crypto::Signature signature;
    if (bytes.size() != signature.bytes.size()) {
        return fail(api::errc::invalid_argument, path + ": a signature has 64 bytes");
    }
    std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
    return signature;
}

Result<Bytes> bytes_from(const boost::json::value& element, const std::string& path) {
    const boost::json::string* text = element.if_string();
    auto bytes = text == nullptr
                     ? std::nullopt
                     : crypto::from_base64(std::string_view(text->data(), text->size()));
    if (!bytes) return fail(api::errc::invalid_argument, path + ": not base64 text");
    return std::move(*bytes);
}

/// More are nobody's: no header lists so many signers, and a submission has no bytes for them.
Status add_signature(ledger::Submission& submission, ByteView bytes, const std::string& path) {
    if (submission.signatures.size() == ledger::kSignersMax) {
        return fail(ledger::errc::malformed,
                    path + ": more than " + std::to_string(ledger::kSignersMax) + " signatures");
    }
    const auto signature = signature_from(bytes, path);
    if (!signature) return signature.error();
    submission.signatures.push_back(*signature);
    return {};
}

}  // namespace

Result<ledger::Submission> submission_from_json(const std::string& body) {
    const auto document = api::json_from_text(body, kDepthMax);
    if (!document) return Error{document.error().code, "body: " + document.error().context};
    api::ObjectReader reader(*document);
    ledger::Submission submission;
    submission.header = reader.base64("header");
    reader.each("signatures",
                [&](const boost::json::value& element, const std::string& path) -> Status {
                    const auto bytes = bytes_from(element, path);
                    if (!bytes) return bytes.error();
                    return add_signature(submission, *bytes, path);
                });
    reader.each("transactions",
                [&](const boost::json::value& element, const std::string& path) -> Status {
                    auto bytes = bytes_from(element, path);
                    if (!bytes) return bytes.error();
                    submission.transactions.push_back(std::move(*bytes));
                    return {};
                });
    if (const Status status = reader.finish(); !status) return status.error();
    return submission;
}

Result<ledger::Submission> submission_from_protobuf(const std::string& body) {
    ::tallystick::v1::Submission message;
    const bool parsed = message.ParseFromString(body);
    if (!parsed ||
        !::tallystick::v1::Submission::GetReflection()->GetUnknownFields(message).empty()) {
        return fail(ledger::errc::malformed, "body: not a tallystick.v1.Submission");
    }
    ledger::Submission submission;
    submission.header = to_bytes(message.header());
    for (int i = 0; i < message.signatures_size(); ++i) {
        const Status added = add_signature(submission, view_of(message.signatures(i)),
                                           "signatures[" + std::to_string(i) + "]");
        if (!added) return added.error();
    }
    for (const std::string& transaction : message.transactions()) {
        submission.transactions.push_back(to_bytes(transaction));
    }
    return submission;
}

}  // namespace tally::node::http
