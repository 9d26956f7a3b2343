#include "base/presence.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/catch.h"

namespace tally {

TEST_CASE("What is there, what is not, and what the system does not tell are three things") {
    std::string folder =
        (std::filesystem::temp_directory_path() / "tallystick-presence-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    REQUIRE(::symlink("loop", (folder + "/loop").c_str()) == 0);
    CHECK(is_there(folder).value());
    CHECK_FALSE(is_there(folder + "/none").value());
    CHECK_FALSE(is_there("/dev/null/none").value());
    // Refused for everybody, unlike a folder without permission, which root may read.
    const auto untold = is_there(folder + "/loop/file");
    REQUIRE_FALSE(untold);
    CHECK(untold.error().context.starts_with(folder + "/loop/file: cannot be looked at: "));
    std::filesystem::remove_all(folder);
}

}  // namespace tally
