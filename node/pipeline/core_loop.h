#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <variant>

#include "node/driver/driver.h"
#include "node/pipeline/event_queue.h"
#include "node/service.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// This machine's time, for whatever drives a machine of node/driver.
driver::Moment moment_now();

/// Gives the driver a thread, the time, and callbacks for its tickets. Everything is decided in
/// node/driver; nothing is decided here.
class CoreLoop {
public:
    /// `perform` does on the driver's thread, without blocking, what the actions say, but for the
    /// answers, which are given here. `state` outlives the loop.
    CoreLoop(driver::Driver driver, const storage::StateStore& state,
             std::function<void(driver::Actions&)> perform);
    ~CoreLoop();

    void start();
    /// Ends the thread; every pending callback is answered first.
    void stop();

    // From any thread.
    /// Dropped when too much waits, as the network may do.
    void on_message(consensus::Message message, consensus::PolicyVerdict verdict);
    /// For events whose number another bound already limits.
    void tell(driver::Event event);
    /// The ticket is given here.
    void submit(driver::SubmissionArrived arrived, std::function<void(Result<SubmitReceipt>)> done);
    void read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done);

    /// At most 20 ms and a turn old; a change of leader, term or commit is in it at once.
    driver::DriverView view() const;
    /// Bytes of all submissions between submit and answer.
    std::uint64_t queued_bytes() const { return queued_bytes_; }
    /// Only after stop.
    consensus::HardState hard_state() const { return driver_.core().hard_state(); }

private:
    struct Submit {
        driver::SubmissionArrived arrived;
        std::function<void(Result<SubmitReceipt>)> done;
    };
    struct Read {
        ReadOptions options;
        std::function<void(Result<ReadPoint>)> done;
    };
    struct Waiting {
        std::function<void(Result<SubmitReceipt>)> done;
        std::uint64_t bytes = 0;
    };
    using Call = std::variant<driver::Event, Submit, Read>;

    void run();
    void turn();
    void act();
    void take(driver::Event event, driver::Moment now) { driver_.handle(std::move(event), now); }
    void take(Submit call, driver::Moment now);
    void take(Read call, driver::Moment now);
    void answer(driver::Actions& actions);
    void publish_view(driver::Moment now);

    driver::Driver driver_;
    const storage::StateStore& state_;
    std::function<void(driver::Actions&)> perform_;
    EventQueue<Call> queue_;

    // Owned by the driver's thread.
    driver::Ticket next_ticket_ = 1;
    driver::Clock::time_point next_view_{};
    consensus::SoftState shown_;
    std::map<driver::Ticket, Waiting> submissions_;
    std::map<driver::Ticket, std::function<void(Result<ReadPoint>)>> reads_;

    std::atomic<std::uint64_t> queued_bytes_{0};
    mutable std::mutex mutex_;
    driver::DriverView view_;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace tally::node::pipeline
