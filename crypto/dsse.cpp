#include "crypto/dsse.h"

#include <string>

namespace tally::crypto {

Bytes dsse_pae(std::string_view media_type, ByteView body) {
    // DSSE protocol, version 1: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body, where LEN is
    // decimal without leading zeroes.
    std::string head = "DSSEv1 ";
    head += std::to_string(media_type.size());
    head += ' ';
    head += media_type;
    head += ' ';
    head += std::to_string(body.size());
    head += ' ';

    Bytes encoded;
    encoded.reserve(head.size() + body.size());
    append(encoded, view_of(head));
    append(encoded, body);
    return encoded;
}

}  // namespace tally::crypto
