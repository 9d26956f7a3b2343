#include "tests/cluster/liar.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "crypto/checkpoint.h"
#include "crypto/note.h"
#include "tests/cluster/workload.h"

namespace tally::testing {
namespace {

template <typename T>
T value_of(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().context);
    return std::move(*result);
}

}  // namespace

Liar::Liar(const LocalCluster& cluster, std::size_t node)
    : genesis_(cluster.genesis()),
      config_(value_of(node::NodeConfig::load(node_folder(cluster, node) + "/node.toml"))),
      keys_(value_of(node::NodeKeys::read(node_folder(cluster, node)))),
      work_(network_.get_executor()) {
    node::peer::PeerHandlers deaf;
    deaf.message = [](const consensus::Message&) {};
    transport_ = value_of(
        node::peer::PeerTransport::create(network_, config_, genesis_, keys_.tls, {1}, deaf));
    thread_ = std::thread([this] { network_.run(); });
    transport_->start();
}

Liar::~Liar() {
    transport_->stop();
    work_.reset();
    network_.stop();
    thread_.join();
}

void Liar::sign(std::uint64_t size, std::string_view root) {
    node::CheckpointSignatures lie{size, crypto::sha256(view_of(root)), {}};
    const std::string origin = genesis_.origin();
    const std::string text = crypto::Checkpoint{origin, size, lie.root}.encode();
    const std::string name = origin + "/" + genesis_.node(config_.id.value)->name;
    lie.lines = {crypto::sign_note(text, origin, keys_.log),
                 crypto::cosign(text, name, keys_.cosignature, 1'800'000'000)};
    for (const auto& peer : config_.peers) transport_->send(peer.id, lie);
}

}  // namespace tally::testing
