// Stands in for `tallystick node --config FILE` in tests of processes: it listens nowhere, but
// writes run.json as a node does, and removes it when it is told to end. A file in the node's
// folder makes it misbehave: `fail` (ends at once, its text on stderr), `deaf` (SIGTERM has no
// effect), `silent` (never writes run.json).

#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "node/config.h"

namespace {

bool told(const std::string& folder, const char* what) {
    return std::filesystem::exists(folder + "/" + what);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4 || std::string(arguments[1]) != "node") return 2;
    const auto config = tally::node::NodeConfig::load(arguments[3]);
    if (!config) return 1;
    const std::string& folder = config->folder;
    if (told(folder, "fail")) {
        std::ifstream reason(folder + "/fail");
        const std::string text{std::istreambuf_iterator<char>(reason),
                               std::istreambuf_iterator<char>()};
        std::fprintf(stderr, "%s\n", text.c_str());
        return 1;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    const std::string path = folder + "/run.json";
    if (!told(folder, "silent")) {
        std::ofstream(path + ".new") << boost::json::object{
            {"pid", ::getpid()}, {"api", config->api_listen}, {"peer", config->peer_listen}};
        std::filesystem::rename(path + ".new", path);
    }
    std::printf("stand-in listens\n");
    std::fflush(stdout);
    int signal = 0;
    do {
        sigwait(&ends, &signal);
    } while (told(folder, "deaf"));
    std::filesystem::remove(path);
    return 0;
}
