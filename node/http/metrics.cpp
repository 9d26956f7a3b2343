#include "node/http/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace tally::node::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

ClientMetric point(MetricType type, double value, std::vector<ClientMetric::Label> labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (type == MetricType::Counter) {
        metric.counter.value = value;
    } else {
        metric.gauge.value = value;
    }
    return metric;
}

/// Collects families that are read from the node rather than counted here.
class Families {
public:
    template <typename Number>
    void counter(const char* name, const char* help, Number value) {
        add(name, help, MetricType::Counter)
            .metric.push_back(point(MetricType::Counter, static_cast<double>(value)));
    }
    template <typename Number>
    void gauge(const char* name, const char* help, Number value) {
        add(name, help, MetricType::Gauge)
            .metric.push_back(point(MetricType::Gauge, static_cast<double>(value)));
    }
    MetricFamily& add(const char* name, const char* help, MetricType type) {
        return families_.emplace_back(MetricFamily{name, help, type, {}});
    }
    std::vector<MetricFamily> take() { return std::move(families_); }

private:
    std::vector<MetricFamily> families_;
};

void add_counters(const NodeCounters& counters, Families& target) {
    target.counter("tallystick_submissions_total", "Submissions answered", counters.submissions);
    MetricFamily& outcomes = target.add("tallystick_transactions_total",
                                        "Transactions on record by outcome", MetricType::Counter);
    outcomes.metric.push_back(point(MetricType::Counter,
                                    static_cast<double>(counters.transactions_accepted),
                                    {{"outcome", "accepted"}}));
    outcomes.metric.push_back(point(MetricType::Counter,
                                    static_cast<double>(counters.transactions_refused),
                                    {{"outcome", "refused"}}));
    target.counter("tallystick_admission_refused_total", "Submissions refused off the record",
                   counters.admission_refused);
    target.counter("tallystick_forwarded_total", "Submissions passed on to the leader",
                   counters.forwarded);
    target.counter("tallystick_blocks_applied_total", "Blocks applied", counters.blocks_applied);
    target.counter("tallystick_seals_total", "Seals applied", counters.seals);
    target.counter("tallystick_elections_total", "Elections begun here", counters.elections);
    target.counter("tallystick_log_syncs_total", "Group commits", counters.log_syncs);
    target.counter("tallystick_log_bytes_total", "Bytes of blocks made durable",
                   counters.log_bytes);
    target.counter("tallystick_checkpoint_messages_total",
                   "Messages about checkpoint signatures that were sent to peers",
                   counters.checkpoint_messages);
    target.counter("tallystick_policy_refusals_total", "Blocks of others that were refused",
                   counters.policy_refusals);
}

void add_gauges(const NodeStatus& status, Families& target) {
    const bool leads = status.soft.role == consensus::Role::leader;
    target.gauge("tallystick_leader", "1 on the leader", leads ? 1 : 0);
    target.gauge("tallystick_has_leader", "1 if a leader is known",
                 status.soft.leader == consensus::kNobody ? 0 : 1);
    target.gauge("tallystick_term", "Election period", status.soft.term.value);
    target.gauge("tallystick_commit_index", "Last committed block", status.soft.commit.value);
    target.gauge("tallystick_last_index", "Last durable block", status.last_index);
    target.gauge("tallystick_applied_index", "Last applied block", status.applied.index.value);
    target.gauge("tallystick_log_size", "Entries of the transparency log",
                 status.applied.head.entry_count);
    target.gauge("tallystick_certified_size", "Entries under the newest certified checkpoint",
                 status.certified_size.value_or(0));
    target.gauge("tallystick_uncertified_seconds",
                 "How long the newest signed checkpoint waits for a majority",
                 status.uncertified
                     ? static_cast<double>(status.uncertified->waiting.count()) / 1000.0
                     : 0.0);
    target.gauge("tallystick_queued_bytes", "Submissions waiting for a block", status.queued_bytes);
    target.gauge("tallystick_free_bytes", "Free space of the data folder", status.free_bytes);
    target.gauge("tallystick_ready", "1 when /readyz says ok", status.ready ? 1 : 0);
    target.gauge("tallystick_read_only", "1 when no writes are taken",
                 status.read_only.empty() ? 0 : 1);
    std::uint64_t faults = 0;
    for (const PeerStatus& peer : status.peers) faults += peer.faults;
    target.counter("tallystick_peer_faults_total", "Messages that no correct node sends", faults);
    target.gauge("tallystick_behind", "1 when this node has not kept up for seconds",
                 status.behind ? 1 : 0);
    target.gauge("tallystick_recovering",
                 "1 while this node may have forgotten what it promised and counts in no quorum",
                 status.recovering ? 1 : 0);
    target.gauge("tallystick_damaged_blocks", "Stored blocks that the disk does not give back",
                 status.scrub.damaged);
    target.counter("tallystick_mended_blocks_total", "Damaged blocks that were mended",
                   status.scrub.mended);
    target.gauge("tallystick_scrub_block", "Last block that the scrub under way has read",
                 status.scrub.block);
    target.gauge(
        "tallystick_scrub_ended_seconds",
        "End of the last whole scrub, POSIX time; 0 for none since the start",
        status.scrub.ended ? static_cast<double>(status.scrub.ended->count()) / 1000.0 : 0.0);
    target.gauge("tallystick_diverged", "1 when the leader holds another history",
                 status.diverged.empty() ? 0 : 1);
    target.gauge("tallystick_halted", "1 when applying stopped", status.halted.empty() ? 0 : 1);
    target.gauge("tallystick_start_time_seconds", "Start of the process, POSIX time",
                 static_cast<double>(status.started.count()) / 1000.0);
    MetricFamily& reachable =
        target.add("tallystick_peer_reachable", "1 if the peer answers", MetricType::Gauge);
    for (const PeerStatus& peer : status.peers) {
        reachable.metric.push_back(
            point(MetricType::Gauge, peer.reachable ? 1 : 0, {{"peer", peer.name}}));
    }
    MetricFamily& evidence = target.add("tallystick_evidence_records",
                                        "Records of evidence against a node", MetricType::Gauge);
    for (const Accused& accused : status.accused) {
        evidence.metric.push_back(
            point(MetricType::Gauge, static_cast<double>(accused.records),
                  {{"node", accused.name}, {"charge", charge_name(accused.charge)}}));
    }
    MetricFamily& match =
        target.add("tallystick_peer_match_index", "Last block the peer has, as its leader knows",
                   MetricType::Gauge);
    for (const PeerStatus& peer : status.peers) {
        if (!peer.match) continue;
        match.metric.push_back(
            point(MetricType::Gauge, static_cast<double>(*peer.match), {{"peer", peer.name}}));
    }
}

}  // namespace

struct HttpMetrics::Impl {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& requests =
        prometheus::BuildCounter()
            .Name("tallystick_http_requests_total")
            .Help("Requests answered, by route and status")
            .Register(registry);
    prometheus::Family<prometheus::Histogram>& seconds =
        prometheus::BuildHistogram()
            .Name("tallystick_http_request_seconds")
            .Help("Time from a request's header to its answer, by route and status class")
            .Register(registry);
    prometheus::Gauge& open = prometheus::BuildGauge()
                                  .Name("tallystick_http_connections")
                                  .Help("Open connections of the API")
                                  .Register(registry)
                                  .Add({});
    prometheus::Counter& refused = prometheus::BuildCounter()
                                       .Name("tallystick_http_turned_away_total")
                                       .Help("Connections refused at the bound")
                                       .Register(registry)
                                       .Add({});
};

HttpMetrics::HttpMetrics() : impl_(std::make_unique<Impl>()) {}
HttpMetrics::~HttpMetrics() = default;

void HttpMetrics::observe(std::string_view route, unsigned status,
                          std::chrono::nanoseconds duration) {
    const std::string name(route);
    impl_->requests.Add({{"route", name}, {"status", std::to_string(status)}}).Increment();
    const std::string status_class = std::to_string(status / 100) + "xx";
    impl_->seconds.Add({{"route", name}, {"status", status_class}}, kSeconds)
        .Observe(std::chrono::duration<double>(duration).count());
}

void HttpMetrics::connections(std::size_t open) { impl_->open.Set(static_cast<double>(open)); }

void HttpMetrics::turned_away() { impl_->refused.Increment(); }

std::string HttpMetrics::text(const NodeStatus& status, const NodeCounters& counters) const {
    Families node;
    add_counters(counters, node);
    add_gauges(status, node);
    std::vector<MetricFamily> all = node.take();
    for (MetricFamily& family : impl_->registry.Collect()) all.push_back(std::move(family));
    return prometheus::TextSerializer().Serialize(all);
}

}  // namespace tally::node::http
