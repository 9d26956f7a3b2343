// Stands in for `tallystick node --config FILE` in tests of processes: it listens nowhere, but
// writes run.json as a node does, and removes it when it is told to end. A file in the node's
// folder makes it misbehave: `fail` (ends at once, its text on stderr), `deaf` (SIGTERM has no
// effect), `silent` (never writes run.json), `slow` (writes it after 300 ms). With `answers`, which
// holds a number, it does listen, and says that it follows n1: ready once it has been asked so
// often, a block further each time; `stuck` stays at the first block, and `advice` is what it says
// is wrong, `diverged` where it has two histories, `network` the network that it says it serves.

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "node/config.h"

namespace {

bool told(const std::string& folder, const char* what) {
    return std::filesystem::exists(folder + "/" + what);
}

/// What a file holds; empty without one.
std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// One answer for each connection, for ever.
void answer_all(const tally::node::NodeConfig& config, int listener, int replayed_after) {
    const bool leads = config.id.value == 1;
    const bool stuck = told(config.folder, "stuck");
    const std::string advice = text_of(config.folder + "/advice");
    const std::string diverged = text_of(config.folder + "/diverged");
    std::string network = text_of(config.folder + "/network");
    if (!network.empty()) network = "Tally-Network: " + network + "\r\n";
    for (int asked = 0;;) {
        const int socket = ::accept(listener, nullptr, nullptr);
        if (socket < 0) return;
        char request[4096];
        const ssize_t size = ::read(socket, request, sizeof request);
        const std::string head(request, size > 0 ? static_cast<std::size_t>(size) : 0);
        const bool status = head.find(" /v1/status ") != std::string::npos;
        if (status && !stuck) ++asked;
        const bool ready = asked >= replayed_after;
        const std::string body = status ? boost::json::serialize(boost::json::object{
                                              {"pid", ::getpid()},
                                              {"role", leads ? "leader" : "follower"},
                                              {"leader", ready ? "n1" : ""},
                                              {"applied_index", std::min(asked, replayed_after)},
                                              {"last_index", replayed_after},
                                              {"advice", advice},
                                              {"diverged", diverged}})
                                        : "ok";
        const std::string answer =
            std::string("HTTP/1.1 ") + (ready || status ? "200" : "503") + " x\r\n" + network +
            "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
            body;
        (void)!::write(socket, answer.data(), answer.size());
        ::close(socket);
    }
}

void begin_to_answer(const tally::node::NodeConfig& config) {
    std::ifstream file(config.folder + "/answers");
    int replayed_after = 0;
    file >> replayed_after;
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const auto port = std::stoul(config.api_listen.substr(config.api_listen.rfind(':') + 1));
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 16) != 0) {
        std::perror("stand-in cannot listen");
        std::_Exit(1);
    }
    std::thread(answer_all, config, listener, replayed_after).detach();
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4 || std::string(arguments[1]) != "node") return 2;
    const auto config = tally::node::NodeConfig::load(arguments[3]);
    if (!config) return 1;
    const std::string& folder = config->folder;
    if (told(folder, "fail")) {
        std::fprintf(stderr, "%s\n", text_of(folder + "/fail").c_str());
        return 1;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    if (told(folder, "answers")) begin_to_answer(*config);
    if (told(folder, "slow")) std::this_thread::sleep_for(std::chrono::milliseconds(300));
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
