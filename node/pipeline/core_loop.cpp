#include "node/pipeline/core_loop.h"

#include <utility>

#include "base/wall_clock.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kQueueMax = 65'536;
constexpr std::size_t kCallsPerTurnMax = 256;
constexpr std::chrono::milliseconds kViewAge{20};

}  // namespace

driver::Moment moment_now() { return {driver::Clock::now(), wall_now()}; }

CoreLoop::CoreLoop(driver::Driver driver, const storage::StateStore& state,
                   std::function<void(driver::Actions&)> perform)
    : driver_(std::move(driver)),
      state_(state),
      perform_(std::move(perform)),
      queue_(kQueueMax),
      view_(driver_.view()) {}

CoreLoop::~CoreLoop() { stop(); }

void CoreLoop::start() {
    thread_ = std::thread([this] { run(); });
}

void CoreLoop::stop() {
    if (!thread_.joinable()) return;
    tell(driver::ShutDown{});
    thread_.join();
}

void CoreLoop::on_message(consensus::Message message, consensus::PolicyVerdict verdict) {
    queue_.push(driver::Event(driver::MessageReceived{std::move(message), std::move(verdict)}));
}
void CoreLoop::tell(driver::Event event) { queue_.push_always(std::move(event)); }
void CoreLoop::submit(driver::SubmissionArrived arrived,
                      std::function<void(Result<SubmitReceipt>)> done) {
    queued_bytes_ += arrived.bytes->size();
    queue_.push_always(Submit{std::move(arrived), std::move(done)});
}
void CoreLoop::read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) {
    queue_.push_always(Read{options, std::move(done)});
}

driver::DriverView CoreLoop::view() const {
    const std::lock_guard lock(mutex_);
    return view_;
}

void CoreLoop::run() {
    while (!driver_.stopped()) turn();
    // Whoever came after the end is answered as well: a callback is never lost.
    turn();
}

void CoreLoop::turn() {
    const auto deadline = driver_.stopped() ? driver::Clock::time_point{} : driver_.next_tick();
    std::size_t taken = 0;
    for (auto& call : queue_.take_until(deadline)) {
        const driver::Moment now = moment_now();
        std::visit([&](auto&& content) { take(std::forward<decltype(content)>(content), now); },
                   std::move(call));
        // What was decided must not wait for a long queue: the disk would be idle meanwhile.
        if (++taken % kCallsPerTurnMax == 0) act();
    }
    act();
}

void CoreLoop::act() {
    const driver::Moment now = moment_now();
    driver::Actions actions = driver_.take_actions(now);
    perform_(actions);
    publish_view(now);
    answer(actions);
}

void CoreLoop::take(Submit call, driver::Moment now) {
    call.arrived.ticket = next_ticket_++;
    submissions_.emplace(call.arrived.ticket,
                         Waiting{std::move(call.done), call.arrived.bytes->size()});
    driver_.handle(std::move(call.arrived), now);
}

void CoreLoop::take(Read call, driver::Moment now) {
    const driver::Ticket ticket = next_ticket_++;
    reads_.emplace(ticket, std::move(call.done));
    driver_.handle(driver::ReadArrived{ticket, call.options}, now);
}

void CoreLoop::answer(driver::Actions& actions) {
    for (auto& answer : actions.submission_answers) {
        auto waiting = submissions_.extract(answer.ticket);
        TALLY_CHECK(!waiting.empty());
        queued_bytes_ -= waiting.mapped().bytes;
        waiting.mapped().done(std::move(answer.result));
    }
    for (const auto& answer : actions.read_answers) {
        auto waiting = reads_.extract(answer.ticket);
        TALLY_CHECK(!waiting.empty());
        if (answer.status) {
            waiting.mapped()(ReadPoint{state_.view(), answer.stale});
        } else {
            waiting.mapped()(answer.status.error());
        }
    }
}

/// Not at every turn: progress is a list with texts. A change of leader, term or commit is shown at
/// once, the rest soon.
void CoreLoop::publish_view(driver::Moment now) {
    if (now.steady < next_view_ && driver_.soft_state() == shown_) return;
    next_view_ = now.steady + kViewAge;
    shown_ = driver_.soft_state();
    driver::DriverView view = driver_.view();
    const std::lock_guard lock(mutex_);
    view_ = std::move(view);
}

}  // namespace tally::node::pipeline
