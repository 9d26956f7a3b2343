#pragma once

#include <memory>

#include "storage/files_in_use.h"
#include "storage/held_folder.h"

namespace rocksdb {
class FileSystem;
}

namespace tally::storage {

/// The files of `base`; every path in the folder is reached through the folder as it was opened.
/// Those that are needed are noted in `in_use`.
std::shared_ptr<rocksdb::FileSystem> held_files(const std::shared_ptr<rocksdb::FileSystem>& base,
                                                std::shared_ptr<const HeldFolder> folder,
                                                std::shared_ptr<FilesInUse> in_use);

}  // namespace tally::storage
