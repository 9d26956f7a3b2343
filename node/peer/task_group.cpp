#include "node/peer/task_group.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "base/check.h"

namespace tally::node::peer {

namespace asio = boost::asio;

TaskGroup::TaskGroup(asio::io_context& network) : network_(network), look_(network) {}

void TaskGroup::spawn(Task<void> task, std::string name) {
    {
        const std::lock_guard lock(mutex_);
        ++running_;
    }
    asio::co_spawn(
        network_, std::move(task),
        [self = shared_from_this(), name = std::move(name)](const std::exception_ptr& thrown) {
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (const std::exception& exception) {
                spdlog::error("peer: {} ended: {}", name, exception.what());
            }
            self->ended();
        });
}

void TaskGroup::ended() {
    const std::lock_guard lock(mutex_);
    TALLY_CHECK(running_ > 0);
    if (--running_ == 0) idle_.notify_all();
}

bool TaskGroup::wait_idle(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return idle_.wait_for(lock, timeout, [this] { return running_ == 0; });
}

void TaskGroup::watch(const std::shared_ptr<Connection>& connection) {
    connections_.push_back(connection);
    if (stopping_) connection->close("stopping");
}

void TaskGroup::start() {
    started_ = true;
    spawn(hold_deadlines(shared_from_this()), "deadlines");
}

void TaskGroup::stop() {
    stopping_ = true;
    look_.cancel();
    for (const auto& watched : connections_) {
        if (const auto connection = watched.lock()) connection->close("stopping");
    }
}

Task<void> TaskGroup::hold_deadlines(std::shared_ptr<TaskGroup> self) {
    while (!self->stopping_) {
        self->look_.expires_after(kLookInterval);
        co_await self->look_.async_wait(kAwait);
        const auto now = Connection::Clock::now();
        std::erase_if(self->connections_, [now](const std::weak_ptr<Connection>& watched) {
            const auto connection = watched.lock();
            if (connection) connection->expire(now);
            return !connection;
        });
    }
}

}  // namespace tally::node::peer
