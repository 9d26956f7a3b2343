#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "api/errc.h"
#include "network/own_binary.h"
#include "network/process.h"

namespace tally::network {
namespace {

namespace fs = std::filesystem;

/// Set by the installed package, see set_installed_binary. Written before threads start.
std::string& installed_binary() {
    static std::string path;
    return path;
}

/// Whether this process is a tallystick, see run_own_binary. Written likewise.
bool& own_binary() {
    static bool own = false;
    return own;
}

bool usable(const std::string& path) { return !path.empty() && ::access(path.c_str(), X_OK) == 0; }

}  // namespace

void set_installed_binary(const std::string& path) { installed_binary() = path; }
void run_own_binary() { own_binary() = true; }

Result<std::string> find_binary() {
    if (const char* named = ::getenv("TALLYSTICK_BINARY"); named != nullptr && *named != '\0') {
        if (usable(named)) return std::string(named);
        return fail(api::errc::bad_config,
                    "TALLYSTICK_BINARY is " + std::string(named) + ", which cannot be run");
    }
    std::error_code ignored;
    const fs::path self = fs::read_symlink("/proc/self/exe", ignored);
    if (own_binary() || self.filename() == "tallystick") {
        if (usable(self)) return self.string();
        return fail(api::errc::bad_config, self.string() +
                                               ": this program's own file is gone, so that no node "
                                               "can be started; set TALLYSTICK_BINARY");
    }
    for (const std::string& path :
         {installed_binary(), std::string(TALLY_BUILD_BINARY), std::string(TALLY_INSTALL_BINARY)}) {
        if (usable(path)) return path;
    }
    return fail(api::errc::bad_config, "no tallystick to start nodes with; set TALLYSTICK_BINARY");
}

}  // namespace tally::network
