#include "tests/support/lying_node.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "crypto/base64.h"

namespace tally::testing {
namespace {

constexpr std::string_view kBlocks = "/v1/blocks/";
constexpr std::string_view kCheckpoints = "/v1/checkpoints/";
constexpr std::string_view kCount = "count=";

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Behaviour json(int status, const boost::json::object& document, const char* type) {
    Behaviour behaviour;
    behaviour.status = status;
    behaviour.body = boost::json::serialize(document);
    behaviour.headers = {{"Content-Type", type}};
    return behaviour;
}

Behaviour not_found() {
    return json(404, {{"status", 404}, {"code", "not_found"}, {"detail", "there is none"}},
                "application/problem+json");
}

Behaviour note(const std::optional<std::string>& text) {
    if (!text) return not_found();
    Behaviour behaviour;
    behaviour.body = *text;
    behaviour.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    return behaviour;
}

Behaviour blocks(const LyingLedger& ledger, std::uint64_t first, std::uint64_t count) {
    const std::uint64_t commit = ledger.blocks.size();
    if (first == 0 || first > commit) return not_found();
    boost::json::array list;
    for (std::uint64_t index = first; index <= commit && list.size() < count; ++index) {
        const consensus::Block& block = ledger.blocks[index - 1];
        list.push_back({{"header", crypto::to_base64(block.header.encode())},
                        {"payload", crypto::to_base64(*block.payload)}});
    }
    return json(200, {{"blocks", std::move(list)}, {"commit", commit}}, "application/json");
}

Behaviour answer(const LyingLedger& ledger, const std::string& target) {
    const std::string_view text = target;
    if (text == "/log/checkpoint") return note(ledger.newest);
    if (text.starts_with(kCheckpoints)) {
        return note(*ledger.checkpoint(number_of(text.substr(kCheckpoints.size()))));
    }
    if (!text.starts_with(kBlocks)) return not_found();
    const std::size_t count = text.find(kCount);
    return blocks(ledger, number_of(text.substr(kBlocks.size())),
                  count == text.npos ? 100 : number_of(text.substr(count + kCount.size())));
}

}  // namespace

LyingNode::LyingNode(const LyingLedger& ledger)
    : server_([&ledger](const SeenRequest& request) { return answer(ledger, request.target); }) {}

LyingNode::LyingNode(const LyingLedger& ledger, std::chrono::milliseconds delay)
    : server_([&ledger, delay](const SeenRequest& request) {
          if (!request.target.starts_with(kBlocks)) return answer(ledger, request.target);
          const std::size_t query = request.target.find('?');
          Behaviour one = answer(ledger, request.target.substr(0, query) + "?count=1");
          one.delay = delay;
          return one;
      }) {}

}  // namespace tally::testing
