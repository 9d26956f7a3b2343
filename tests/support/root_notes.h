#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "crypto/checkpoint.h"
#include "crypto/note.h"
#include "tests/support/book.h"

namespace tally::testing {

/// The note of a made-up root with the two lines of each of these nodes of a Cast, by id.
inline std::string root_note(const Cast& cast, std::uint64_t size, std::string_view root,
                             std::initializer_list<std::uint32_t> nodes) {
    const std::string origin = cast.genesis().origin();
    crypto::Note note{crypto::Checkpoint{origin, size, crypto::sha256(view_of(root))}.encode(), {}};
    for (const std::uint32_t node : nodes) {
        const NodeKeys& keys = cast.node(node - 1);
        note.signatures.push_back(crypto::sign_note(note.text, origin, keys.log));
        note.signatures.push_back(crypto::cosign(note.text,
                                                 origin + "/" + cast.genesis().node(node)->name,
                                                 keys.cosignature, 1'800'000'000));
    }
    return note.encode();
}

}  // namespace tally::testing
