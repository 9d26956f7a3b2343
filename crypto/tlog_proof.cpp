#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "crypto/text.h"

namespace tally::crypto {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
// An inclusion proof has at most one hash per level of a tree of 2^64 - 1 leaves.
constexpr std::size_t kPathMax = 64;

Error malformed(const char* what) {
    return fail(errc::bad_encoding, std::string("tlog-proof: ") + what);
}

}  // namespace

std::string TlogProof::encode() const {
    std::string text(kHeader);
    text += '\n';
    if (!extra.empty()) text.append(kExtra).append(to_base64(extra)) += '\n';
    text.append(kIndex).append(std::to_string(index)) += '\n';
    for (const Digest& hash : path) text.append(to_base64(hash.view())) += '\n';
    text += '\n';
    text += checkpoint;
    return text;
}

Result<TlogProof> TlogProof::decode(std::string_view text) {
    TlogProof proof;
    LineReader lines(text);
    std::optional<std::string_view> line = lines.next();
    if (line != kHeader) return malformed("the first line is not c2sp.org/tlog-proof@v1");

    line = lines.next();
    if (line && line->starts_with(kExtra)) {
        std::optional<Bytes> extra = from_base64(line->substr(kExtra.size()));
        if (!extra || extra->empty()) return malformed("extra is not base64 of at least one byte");
        proof.extra = std::move(*extra);
        line = lines.next();
    }

    if (!line || !line->starts_with(kIndex)) return malformed("there is no index line");
    const std::optional<std::uint64_t> index = parse_decimal(line->substr(kIndex.size()));
    if (!index) return malformed("the index is not a decimal number");
    proof.index = *index;

    for (line = lines.next(); line && !line->empty(); line = lines.next()) {
        if (proof.path.size() == kPathMax) {
            return fail(errc::too_large, "tlog-proof: more than 64 hashes");
        }
        const std::optional<Bytes> hash = from_base64(*line);
        if (!hash || hash->size() != 32) return malformed("a hash line is not base64 of 32 bytes");
        proof.path.push_back(digest_from(*hash));
    }
    if (!line) return malformed("no empty line ends the hashes");
    if (lines.rest().empty()) return malformed("there is no checkpoint");
    proof.checkpoint = lines.rest();
    return proof;
}

}  // namespace tally::crypto
