#include "node/pipeline/log_writer.h"

#include <utility>

namespace tally::node::pipeline {

LogWriter::LogWriter(storage::BlockStore& blocks, std::function<void(driver::CommitGroup)> written,
                     std::function<void(const Error&)> failed)
    : blocks_(blocks),
      written_(std::move(written)),
      failed_(std::move(failed)),
      queue_(0),
      thread_([this] { run(); }) {}

LogWriter::~LogWriter() {
    queue_.push_always(Stop{});
    thread_.join();
}

void LogWriter::append(consensus::AppendTask task) { queue_.push_always(std::move(task)); }

bool LogWriter::write_all() {
    while (!groups_.empty()) {
        driver::CommitGroup group = groups_.take();
        const Status written = blocks_.write(group.write);
        if (!written) {
            failed_(written.error());
            return false;
        }
        ++syncs_;
        bytes_ += group.bytes;
        written_(std::move(group));
    }
    return true;
}

void LogWriter::run() {
    for (;;) {
        bool stop = false;
        for (auto& event : queue_.take()) {
            if (auto* task = std::get_if<consensus::AppendTask>(&event)) {
                groups_.add(std::move(*task));
            } else {
                stop = true;
            }
        }
        if (!write_all() || stop) return;
    }
}

}  // namespace tally::node::pipeline
