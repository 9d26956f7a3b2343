#include "tests/node/http/fake_service.h"

#include <chrono>
#include <utility>

#include "crypto/checkpoint.h"
#include "crypto/note.h"
#include "storage/errc.h"

namespace tally::node::http::test {

using consensus::Block;
using consensus::BlockKind;

Result<std::vector<Block>> FaultyBlocks::read(consensus::Index first, consensus::Index last,
                                              std::size_t bytes_max) const {
    {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return !closed_; });
    }
    if (damaged_ != 0 && first.value <= damaged_ && damaged_ <= last.value) {
        return fail(storage::errc::corrupt_block,
                    "block " + std::to_string(damaged_) + ": payload_hash");
    }
    return store_->read(first, last, bytes_max);
}

void FaultyBlocks::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

void FaultyBlocks::open() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = false;
    }
    opened_.notify_all();
}

FakeService::FakeService(const testing::CastOptions& options)
    : cast_(options),
      blocks_(cast_.network()),
      state_(storage::make_memory_state_store(cast_.genesis())),
      applier_(cast_.genesis(), *state_) {
    status_.id = consensus::NodeId(1);
    status_.name = "node-1";
    status_.soft = {consensus::Role::leader, consensus::NodeId(1), consensus::Term(3), {}, {}};
    status_.leader_name = "node-1";
    status_.ready = true;
    status_.started = cast_.genesis().created;
    status_.free_bytes = 1'000'000;
    for (std::uint32_t id = 2; id <= options.nodes; ++id) {
        PeerStatus peer;
        peer.id = consensus::NodeId(id);
        peer.name = "node-" + std::to_string(id);
        peer.address = "127.0.0.1:720" + std::to_string(id);
        peer.reachable = true;
        peer.since = cast_.genesis().created;
        status_.peers.push_back(peer);
    }
}

storage::Applied FakeService::append(BlockKind kind, Bytes payload) {
    const consensus::ChainTip tip = blocks_.tip();
    consensus::BlockHeader header;
    header.network = cast_.network();
    header.index = tip.index.next();
    header.term = consensus::Term(3);
    header.time = cast_.genesis().created + std::chrono::seconds(header.index.value);
    header.kind = kind;
    header.previous = tip.hash;
    const Block block = consensus::make_block(header, share(std::move(payload)));
    consensus::LogWrite write;
    write.blocks.push_back(block);
    write.hard_state = {consensus::Term(3), consensus::NodeId(1), header.index};
    const Status written = blocks_.write(write);
    TALLY_CHECK(written);
    auto applied = applier_.apply(block, storage::plain_checker(cast_.genesis()));
    TALLY_CHECK(applied);
    status_.soft.commit = header.index;
    status_.last_index = header.index.value;
    status_.applied = applied->point;
    ++counters_.blocks_applied;
    return std::move(*applied);
}

SubmitReceipt FakeService::apply(const SharedBytes& submission) {
    const std::lock_guard lock(mutex_);
    const storage::Applied applied =
        append(BlockKind::submissions, ledger::encode_payload(std::vector{submission}));
    SubmitReceipt receipt;
    receipt.block = applied.point.index.value;
    receipt.block_time = applied.point.head.time;
    receipt.applied_index = receipt.block;
    receipt.result = applied.result.submissions.front();
    ++counters_.submissions;
    return receipt;
}

ledger::TransactionResult FakeService::apply_one(
    const ledger::Transaction& transaction, std::initializer_list<const testing::Party*> signers) {
    return apply(cast_.sign(std::vector{transaction}, signers)).result.transactions.front();
}

storage::StoredCheckpoint FakeService::seal(bool certified) {
    const std::lock_guard lock(mutex_);
    const storage::Applied applied = append(BlockKind::seal, {});
    crypto::Checkpoint checkpoint;
    checkpoint.origin = cast_.genesis().origin();
    checkpoint.size = applied.point.frontier.size();
    checkpoint.root = applied.point.frontier.root();
    crypto::Note note;
    note.text = checkpoint.encode();
    note.signatures.push_back(crypto::sign_note(note.text, checkpoint.origin, cast_.node(0).log));
    for (std::size_t i = 0; certified && i < 2; ++i) {
        const std::string name = checkpoint.origin + "/" + cast_.genesis().nodes[i].name;
        note.signatures.push_back(crypto::cosign(note.text, name, cast_.node(i).cosignature, 1));
    }
    storage::StoredCheckpoint stored{checkpoint.size, note.encode(), certified};
    const Status put = blocks_.put_checkpoint(stored);
    TALLY_CHECK(put);
    if (certified) status_.certified_size = stored.size;
    ++counters_.seals;
    return stored;
}

void FakeService::fail_submits(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    submit_error_ = std::move(error);
}

void FakeService::fail_reads(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    read_error_ = std::move(error);
}

void FakeService::set_stale(bool stale) {
    const std::lock_guard lock(mutex_);
    stale_ = stale;
}

void FakeService::hold_submits(bool hold) {
    const std::lock_guard lock(mutex_);
    hold_submits_ = hold;
}

void FakeService::hold_reads(bool hold) {
    const std::lock_guard lock(mutex_);
    hold_reads_ = hold;
}

void FakeService::hold(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(work));
    held_changed_.notify_all();
}

std::size_t FakeService::held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
}

bool FakeService::wait_held(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return held_changed_.wait_for(lock, std::chrono::seconds(10),
                                  [this, count] { return held_.size() >= count; });
}

void FakeService::release() {
    std::vector<std::function<void()>> work;
    {
        const std::lock_guard lock(mutex_);
        work.swap(held_);
    }
    for (const auto& one : work) one();
}

void FakeService::drop_held() {
    std::vector<std::function<void()>> work;
    const std::lock_guard lock(mutex_);
    work.swap(held_);
}

void FakeService::change_status(const std::function<void(NodeStatus&)>& change) {
    const std::lock_guard lock(mutex_);
    change(status_);
}

ReadOptions FakeService::last_read() const {
    const std::lock_guard lock(mutex_);
    return last_read_;
}

SubmitWait FakeService::last_wait() const {
    const std::lock_guard lock(mutex_);
    return last_wait_;
}

void FakeService::submit(SharedBytes submission, SubmitWait wait, SubmitDone done) {
    std::optional<Error> error;
    bool held = false;
    {
        const std::lock_guard lock(mutex_);
        last_wait_ = wait;
        error = submit_error_;
        held = hold_submits_;
    }
    if (error) {
        done(*error);
        return;
    }
    const ledger::CheckedSubmission checked = cast_.check(submission);
    if (!checked.status) {
        done(checked.status.error());
        return;
    }
    auto work = [this, submission = std::move(submission), wait, done = std::move(done)] {
        SubmitReceipt receipt = apply(submission);
        if (wait == SubmitWait::certified) receipt.certified_size = seal().size;
        done(std::move(receipt));
    };
    if (held) {
        hold(std::move(work));
    } else {
        work();
    }
}

void FakeService::read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) {
    std::optional<Error> error;
    bool held = false;
    bool stale = false;
    {
        const std::lock_guard lock(mutex_);
        last_read_ = options;
        error = read_error_;
        held = hold_reads_;
        stale = stale_ && options.confirm;
    }
    auto view = state_->view();
    if (!error && options.min_index > view->applied().index.value) {
        error = fail(api::errc::not_ready, "min_index is not applied yet");
    }
    if (error) {
        done(*error);
        return;
    }
    auto work = [point = ReadPoint{std::move(view), stale}, done = std::move(done)] {
        done(point);
    };
    if (held) {
        hold(std::move(work));
    } else {
        work();
    }
}

NodeStatus FakeService::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

NodeCounters FakeService::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

}  // namespace tally::node::http::test
