#include "node/pipeline/log_writer.h"

#include <iterator>
#include <utility>

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kMergedBytesMax = 16 << 20;

std::size_t size_of(const consensus::LogWrite& write) {
    std::size_t bytes = 0;
    for (const auto& block : write.blocks) bytes += block.size_bytes();
    return bytes;
}

}  // namespace

void merge_into(consensus::LogWrite& target, consensus::LogWrite later) {
    target.hard_state = later.hard_state;
    if (later.blocks.empty()) return;
    const consensus::Index first = later.blocks.front().header.index;
    while (!target.blocks.empty() && target.blocks.back().header.index >= first) {
        target.blocks.pop_back();
    }
    TALLY_CHECK(target.blocks.empty() || target.blocks.back().header.index.next() == first);
    target.blocks.insert(target.blocks.end(), std::make_move_iterator(later.blocks.begin()),
                         std::make_move_iterator(later.blocks.end()));
}

LogWriter::LogWriter(storage::BlockStore& blocks, Hooks hooks)
    : blocks_(blocks), hooks_(std::move(hooks)), queue_(0), thread_([this] { run(); }) {}

LogWriter::~LogWriter() {
    queue_.push_always(Stop{});
    thread_.join();
}

void LogWriter::append(consensus::AppendTask task) { queue_.push_always(std::move(task)); }

bool LogWriter::write(std::vector<consensus::AppendTask>& tasks) {
    consensus::LogWrite merged = std::move(tasks.front().write);
    for (std::size_t number = 1; number < tasks.size(); ++number) {
        merge_into(merged, std::move(tasks[number].write));
    }
    const std::size_t bytes = size_of(merged);
    const Status written = blocks_.write(merged);
    if (!written) {
        hooks_.failed(written.error());
        return false;
    }
    ++syncs_;
    bytes_ += bytes;
    std::vector<std::uint64_t> sequences;
    for (auto& task : tasks) {
        for (auto& message : task.release) hooks_.send(std::move(message));
        sequences.push_back(task.sequence);
    }
    hooks_.done(std::move(sequences));
    tasks.clear();
    return true;
}

void LogWriter::run() {
    for (;;) {
        std::vector<consensus::AppendTask> tasks;
        std::size_t bytes = 0;
        for (auto& event : queue_.take()) {
            if (std::holds_alternative<Stop>(event)) {
                if (!tasks.empty()) write(tasks);
                return;
            }
            auto& task = std::get<consensus::AppendTask>(event);
            const std::size_t more = size_of(task.write);
            if (!tasks.empty() && bytes + more > kMergedBytesMax) {
                if (!write(tasks)) return;
                bytes = 0;
            }
            bytes += more;
            tasks.push_back(std::move(task));
        }
        if (!tasks.empty() && !write(tasks)) return;
    }
}

}  // namespace tally::node::pipeline
