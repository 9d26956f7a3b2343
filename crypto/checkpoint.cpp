#include "crypto/checkpoint.h"

#include "crypto/base64.h"
#include "crypto/errc.h"
#include "crypto/note.h"
#include "crypto/text.h"

namespace tally::crypto {
namespace {

Error malformed(const char* what) {
    return fail(errc::bad_encoding, std::string("checkpoint: ") + what);
}

}  // namespace

std::string Checkpoint::encode() const {
    // An origin with a line feed could forge the lines below it.
    TALLY_CHECK(is_key_name(origin));
    return origin + "\n" + std::to_string(size) + "\n" + to_base64(root.view()) + "\n";
}

Result<Checkpoint> Checkpoint::decode(std::string_view text) {
    if (!is_plain_text(text)) return malformed("not UTF-8, or a control character");
    Checkpoint checkpoint;
    LineReader lines(text);
    const std::optional<std::string_view> origin = lines.next();
    const std::optional<std::string_view> size_line = lines.next();
    const std::optional<std::string_view> root_line = lines.next();
    if (!root_line) return malformed("fewer than three lines");
    if (!is_key_name(*origin)) return malformed("the origin is empty or has a space or a plus");
    checkpoint.origin = *origin;

    const std::optional<std::uint64_t> size = parse_decimal(*size_line);
    if (!size) return malformed("the size is not a canonical decimal number");
    checkpoint.size = *size;

    const std::optional<Bytes> root = from_base64(*root_line);
    if (!root) return malformed("the root is not base64");
    if (root->size() != 32) return malformed("the root does not have 32 bytes");
    checkpoint.root = digest_from(*root);

    while (!lines.rest().empty()) {
        const std::optional<std::string_view> extension = lines.next();
        if (!extension) return malformed("the last line has no line feed");
        if (extension->empty()) return malformed("an extension line is empty");
    }
    return checkpoint;
}

}  // namespace tally::crypto
