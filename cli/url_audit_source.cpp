#include "cli/url_audit_source.h"

#include <algorithm>
#include <chrono>

#include "cli/answer.h"
#include "crypto/base64.h"
#include "storage/errc.h"

namespace tally::cli {
namespace {

class UrlAuditSource : public storage::AuditSource {
public:
    explicit UrlAuditSource(client::Client& client) : client_(client) {}

    Result<consensus::Index> last() const override {
        const auto answer = client_.get("/v1/blocks/1?count=1");
        if (!answer) {
            // A network without a block has nothing that could be wrong.
            if (client::is(answer.error().code, "not_found")) return consensus::Index(0);
            return answer.error();
        }
        const auto document = parse_object(*answer);
        if (!document) return document.error();
        const std::int64_t commit = integer_at(*document, "commit");
        if (commit < 1) return fail(client::errc::bad_answer, answer->url + ": no commit index");
        return consensus::Index(static_cast<std::uint64_t>(commit));
    }

    Result<std::vector<consensus::Block>> read(consensus::Index first,
                                               consensus::Index last) const override {
        constexpr std::uint64_t kCountMax = 1000;
        const std::uint64_t count = std::min(kCountMax, last.value - first.value + 1);
        const auto begin = std::chrono::steady_clock::now();
        const auto answer = client_.get("/v1/blocks/" + std::to_string(first.value) +
                                        "?count=" + std::to_string(count));
        waited_ += std::chrono::steady_clock::now() - begin;
        if (!answer) return answer.error();
        const auto document = parse_object(*answer);
        if (!document) return document.error();
        std::vector<consensus::Block> blocks;
        for (const auto& item : array_at(*document, "blocks")) {
            auto block = block_of(item);
            if (!block && blocks.empty()) {
                return fail(storage::errc::corrupt_block,
                            "what the node gives for it is no block of a known kind");
            }
            // Those before it are judged first; then it is asked for by itself.
            if (!block) break;
            blocks.push_back(std::move(*block));
        }
        if (blocks.size() > count) {
            return fail(client::errc::bad_answer, answer->url + ": more blocks than asked for");
        }
        blocks_ += blocks.size();
        bytes_ += answer->body.size();
        if (const Status pace = check_pace(answer->url); !pace) return pace.error();
        return blocks;
    }

    Result<std::optional<std::string>> checkpoint(std::uint64_t size) const override {
        return note_at("/v1/checkpoints/" + std::to_string(size));
    }

    Result<std::optional<std::string>> newest_certified() const override {
        return note_at("/log/checkpoint");
    }

private:
    Result<std::optional<std::string>> note_at(const std::string& path) const {
        const auto answer = client_.get(path);
        if (answer) return std::optional<std::string>(answer->body);
        if (client::is(answer.error().code, "not_found")) return std::optional<std::string>{};
        return answer.error();
    }

    Status check_pace(const std::string& url) const {
        const auto deadline = client_.options().deadline;
        const auto shares =
            static_cast<std::int64_t>(1 + blocks_ / kBlocksShare + bytes_ / kBytesShare);
        if (waited_ <= deadline * shares) return {};
        using std::chrono::seconds;
        const auto took = std::chrono::duration_cast<seconds>(waited_);
        const auto most = std::chrono::duration_cast<seconds>(deadline * shares);
        return fail(client::errc::timed_out,
                    url + ": too slow, it gave " + std::to_string(blocks_) + " blocks in " +
                        std::to_string(took.count()) + " seconds, where " +
                        std::to_string(most.count()) +
                        " are allowed; audit it again with a longer --timeout");
    }

    static std::optional<consensus::Block> block_of(const boost::json::value& item) {
        if (!item.is_object()) return std::nullopt;
        const auto header_bytes = crypto::from_base64(text_at(item.get_object(), "header"));
        auto payload = crypto::from_base64(text_at(item.get_object(), "payload"));
        if (!header_bytes || !payload) return std::nullopt;
        auto header = consensus::BlockHeader::decode(*header_bytes);
        if (!header) return std::nullopt;
        // The stored hashes are kept as they came: the audit says what is wrong with them.
        consensus::Block block;
        block.header = *header;
        block.hash = header->hash();
        block.payload = share(std::move(*payload));
        return block;
    }

    static constexpr std::uint64_t kBlocksShare = 1000;
    static constexpr std::uint64_t kBytesShare = 8U << 20;

    client::Client& client_;
    // Reading changes what it has cost.
    mutable std::chrono::steady_clock::duration waited_{};
    mutable std::uint64_t blocks_ = 0;
    mutable std::uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<storage::AuditSource> make_url_audit_source(client::Client& client) {
    return std::make_unique<UrlAuditSource>(client);
}

}  // namespace tally::cli
