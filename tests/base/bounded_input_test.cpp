#include "base/bounded_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/catch.h"

using namespace tally;

namespace {

/// A folder of its own, removed at the end.
struct Folder {
    Folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "tallystick-input-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::string path;
};

bool is(const Result<std::string>& text, std::errc code) {
    return !text && text.error().code == std::make_error_condition(code);
}

}  // namespace

TEST_CASE("A file is read whole up to the bound and refused above it") {
    const Folder folder;
    const std::string path = folder.path + "/file";
    std::ofstream(path, std::ios::binary) << std::string("a\0b", 3) << std::string(99'997, 'x');
    const auto whole = read_bounded(path, 100'000);
    REQUIRE(whole);
    CHECK(whole->size() == 100'000);
    CHECK(whole->substr(0, 3) == std::string("a\0b", 3));
    const auto above = read_bounded(path, 99'999);
    CHECK(is(above, std::errc::file_too_large));
    CHECK(above.error().context == path + ": is larger than the 99999 bytes that are read here");
    std::ofstream(path, std::ios::trunc).close();
    CHECK(read_bounded(path, 0).value().empty());
}

// Goal: nothing that has no end, or is far too large, is waited for or held.
TEST_CASE("Devices, huge files, folders and pipes are refused at the bound") {
    const Folder folder;
    CHECK(is(read_bounded("/dev/zero", 1000), std::errc::file_too_large));
    const std::string huge = folder.path + "/huge";
    std::ofstream(huge).close();
    std::filesystem::resize_file(huge, std::uintmax_t{6} << 30);  // sparse
    CHECK(is(read_bounded(huge, 1000), std::errc::file_too_large));
    CHECK(is(read_bounded(folder.path, 1000), std::errc::is_a_directory));
    CHECK(is(read_bounded(folder.path + "/none", 1000), std::errc::no_such_file_or_directory));
}

TEST_CASE("A pipe is read until its writer is done, and not waited for when it has none") {
    const Folder folder;
    const std::string path = folder.path + "/pipe";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(read_bounded(path, 1000).value().empty());

    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    // As a shell's `<(command)` gives it: the writer is there, and slower than the reader.
    std::thread writer([&] {
        for (int part = 0; part < 20; ++part) {
            std::this_thread::yield();
            if (::write(ends[1], "0123456789", 10) != 10) break;
        }
        ::close(ends[1]);
    });
    const auto text = read_bounded("/dev/fd/" + std::to_string(ends[0]), 1000);
    writer.join();
    ::close(ends[0]);
    REQUIRE(text);
    CHECK(text->size() == 200);
}
