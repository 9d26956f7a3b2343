#include "storage/rocks.h"

#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include <filesystem>
#include <set>

#include "base/check.h"
#include "base/open_files.h"
#include "base/presence.h"
#include "base/shell_word.h"
#include "base/shown_text.h"
#include "storage/held_folder.h"
#include "storage/how_to_end.h"
#include "storage/open_files.h"
#include "storage/rocks_log_order.h"

namespace tally::storage {
namespace {

/// For read-only use: RocksDB would otherwise leave a log file in the folder that it reads.
class SilentLogger : public rocksdb::Logger {
public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

/// After a failed write the node stops. RocksDB would try again by itself, above all when the disk
/// was full: later data could then reach a disk that lost earlier data, and closing would wait for
/// the attempt.
class NoRecovery : public rocksdb::EventListener {
public:
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                              bool* auto_recovery) override {
        *auto_recovery = false;
    }
};

/// Which logs of a database repeat what others of it have; nothing of it is changed.
std::set<std::uint64_t> stray_logs(const std::string& path, rocksdb::DBOptions options,
                                   const std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
    LogOrder counted(LogOrder::Repeats::counted);
    options.wal_filter = &counted;
    options.info_log = std::make_shared<SilentLogger>();
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &opened);
    const std::unique_ptr<rocksdb::DB> db(opened);
    if (!status.ok()) return {};
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
        db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    }
    return counted.strays();
}

/// What an operator has to know when RocksDB asserts: it names a line of its source.
std::string last_words_on(const std::string& path, errc corruption) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const auto node = is_there(folder + "/node.toml");
    const std::string named = node && *node ? folder : "FOLDER";
    const std::string again = "If the disk is full, make room on it and run the same again. ";
    const std::string other =
        corruption == errc::corrupt_state
            ? "Otherwise remove " + path + ", which is derived, and run the same again"
            : "Otherwise `" + shell_command({"node", "recover", "--dir", named}) +
                  "`, with the node stopped, keeps the blocks that can be read, and lets the node "
                  "get what it lacks from the others (docs/OPERATIONS.md, \"Files of two copies\")";
    return "error[" + make_error_code(corruption).message() + "]: " +
           escaped(path +
                   ": the storage library gave up, at the line above. Files of this folder do not "
                   "fit together, as after some of an older copy were put back into a folder that "
                   "has gone on, or its disk is full. " +
                   again + other) +
           "\n";
}

}  // namespace

NumberKey key_of(std::uint64_t number) {
    NumberKey key;
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    }
    return key;
}

std::uint64_t number_of(ByteView key) {
    TALLY_CHECK(key.size() == 8);
    std::uint64_t number = 0;
    for (const std::uint8_t byte : key) number = number << 8 | byte;
    return number;
}

Error rocks_error(const rocksdb::Status& status, errc corruption, const std::string& where) {
    TALLY_CHECK(!status.ok());
    const std::string text = HeldFolder::spelled_out(status.ToString());
    const std::string context = where + ": " + text;
    if (status.IsNoSpace()) return fail(errc::no_space, context);
    if (status.IsIOError()) {
        const bool locked = text.find("lock hold by current process") != std::string::npos ||
                            text.find("While lock file") != std::string::npos;
        if (locked) {
            const std::string folder = std::filesystem::path(where).parent_path().string();
            return fail(errc::in_use, where + " is open in another process; " + how_to_end(folder));
        }
        // A file that the manifest names and that is gone is damage, not a failing disk.
        if (status.IsPathNotFound()) return fail(corruption, context);
        return fail(errc::io_error, context);
    }
    if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound()) {
        return fail(corruption, context);
    }
    return fail(errc::io_error, context);
}

Result<std::shared_ptr<Database>> Database::open(
    const std::string& path, const rocksdb::DBOptions& options,
    const std::vector<rocksdb::ColumnFamilyDescriptor>& families, Mode mode, errc corruption) {
    std::shared_ptr<Database> database(new Database());
    rocksdb::DB* db = nullptr;
    rocksdb::Status status;
    rocksdb::DBOptions chosen = options;
    chosen.create_if_missing = mode == Mode::create;
    chosen.create_missing_column_families = mode != Mode::read_only;
    const auto order = chosen.paranoid_checks
                           ? std::make_shared<LogOrder>(LogOrder::Repeats::refused)
                           : std::make_shared<LogOrder>(LogOrder::Repeats::left_out,
                                                        stray_logs(path, chosen, families));
    chosen.wal_filter = order.get();
    database->order_ = order;
    database->last_words_ = std::make_unique<AbortWords>(last_words_on(path, corruption));
    const AbortScope scope(*database->last_words_);
    if (mode == Mode::read_only) {
        // Every table stays open from the start, so that a writer beside us may delete its file.
        chosen.max_open_files = -1;
        chosen.info_log = std::make_shared<SilentLogger>();
        status = rocksdb::DB::OpenForReadOnly(chosen, path, families, &database->handles_, &db);
    } else {
        status = rocksdb::DB::Open(chosen, path, families, &database->handles_, &db);
    }
    database->db_.reset(db);
    if (!order->fault().empty()) return fail(corruption, path + ": " + order->fault());
    if (!status.ok()) return rocks_error(status, corruption, path);
    TALLY_CHECK(database->handles_.size() == families.size());
    return database;
}

Database::~Database() {
    if (!db_) return;
    const AbortScope scope(*last_words_);
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
        db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    }
    db_->Close().PermitUncheckedError();
    db_.reset();
}

rocksdb::Status Database::write(const rocksdb::WriteOptions& options,
                                rocksdb::WriteBatch& batch) const {
    const AbortScope scope(*last_words_);
    return db_->Write(options, &batch);
}

rocksdb::DBOptions base_options(rocksdb::Env* env) {
    rocksdb::DBOptions options;
    if (env != nullptr) options.env = env;
    options.paranoid_checks = true;
    options.max_open_files = static_cast<int>(database_files(open_files_limit()));
    options.max_background_jobs = 2;
    options.max_bgerror_resume_count = 0;
    options.listeners.push_back(std::make_shared<NoRecovery>());
    // Space set aside and given back costs a start more than it saves on a manifest this small.
    options.manifest_preallocation_size = 64 << 10;
    options.keep_log_file_num = 2;
    options.max_log_file_size = 4 << 20;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    return options;
}

}  // namespace tally::storage
