#include "storage/audit_chain.h"

#include "base/hex.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;

namespace {

std::string differs(const crypto::Digest& found, const crypto::Digest& expected) {
    return "is " + to_hex(found.view()) + ", should be " + to_hex(expected.view());
}

std::string differs(std::uint64_t found, std::uint64_t expected) {
    return "is " + std::to_string(found) + ", should be " + std::to_string(expected);
}

}  // namespace

std::optional<AuditFinding> check_chain_fields(const Block& block, const ChainTip& previous,
                                               const crypto::Digest& network) {
    const consensus::BlockHeader& header = block.header;
    const std::uint64_t index = previous.index.value + 1;
    const auto finding = [index](const char* field, std::string detail) {
        return AuditFinding{index, field, std::move(detail)};
    };
    if (header.network != network) return finding("network", differs(header.network, network));
    if (header.index.value != index) return finding("index", differs(header.index.value, index));
    if (header.previous != previous.hash) {
        return finding("previous", differs(header.previous, previous.hash));
    }
    if (header.term < previous.term || header.term.value == 0) {
        return finding("term", "is " + std::to_string(header.term.value) +
                                   ", and the block before it has " +
                                   std::to_string(previous.term.value));
    }
    if (header.time < previous.time) {
        return finding("time", std::to_string((previous.time - header.time).count()) +
                                   " ms before the block before it");
    }
    if (header.kind > consensus::BlockKind::configuration) return finding("kind", "is unknown");
    if (!block.payload || header.payload_size != block.payload->size()) {
        return finding("payload_size",
                       differs(block.payload ? block.payload->size() : 0, header.payload_size));
    }
    const crypto::Digest payload = consensus::payload_hash(*block.payload);
    if (header.payload_hash != payload) {
        return finding("payload_hash",
                       "of what is stored " + differs(payload, header.payload_hash));
    }
    if (block.hash != header.hash()) return finding("hash", differs(block.hash, header.hash()));
    return std::nullopt;
}

}  // namespace tally::storage
