// What chaos does to the folders of nodes, and what the documentation says then.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/cluster/chaos.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;

void must_end_well(const std::string& arguments) {
    const Ended ended = run_binary(arguments);
    if (ended.code != 0) {
        throw ClusterError("`tallystick " + arguments + "` ends with " +
                           std::to_string(ended.code) + ":\n" + ended.output);
    }
}

/// It reads its whole disk within seconds.
void scrub_fast(const std::string& folder) {
    const std::string path = folder + "/node.toml";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::string content = text.str();
    const auto place = content.find("scrub_days = 7");
    if (place == std::string::npos) return;
    content.replace(place, std::string("scrub_days = 7").size(),
                    "scrub_days = 1\nscrub_pause_ms = 20");
    std::ofstream(path, std::ios::trunc) << content;
}

/// The database's own diary and lock are no data.
std::vector<fs::path> data_files(const std::string& folder) {
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(folder)) {
        const std::string name = file.path().filename().string();
        if (!file.is_regular_file() || file.file_size() == 0) continue;
        if (!name.starts_with("LOG") && name != "LOCK") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

std::string Chaos::copy_of(std::size_t node) const {
    return cluster_.folder() + "/copy-" + name(node);
}

void Chaos::start(std::size_t node) {
    try {
        cluster_.start(node);
    } catch (const ClusterError& error) {
        // Whether it may refuse to start is judged where it is helped.
        say_("  " + name(node) + " does not start");
    }
}

void Chaos::copy_folder(std::size_t node) {
    cluster_.stop(node);
    fs::remove_all(copy_of(node));
    fs::copy(node_folder(cluster_, node), copy_of(node), fs::copy_options::recursive);
    copied_.insert(node);
}

void Chaos::put_back(std::size_t node) {
    if (!copied_.contains(node)) {
        say_("  there is no copy yet: this is the first");
        return copy_folder(node);
    }
    cluster_.kill(node);
    fs::remove_all(node_folder(cluster_, node));
    fs::copy(copy_of(node), node_folder(cluster_, node), fs::copy_options::recursive);
    // What rotted may have been in the copy already.
    if (rotten_.contains(node)) scrub_fast(node_folder(cluster_, node));
}

void Chaos::lose_blocks(std::size_t node) {
    cluster_.stop(node);
    fs::remove_all(node_folder(cluster_, node) + "/blocks");
    must_end_well("node recover --dir " + node_folder(cluster_, node));
}

void Chaos::rot(const ChaosStep& step, std::size_t node) {
    cluster_.stop(node);
    const auto files = data_files(node_folder(cluster_, node) + "/blocks");
    const fs::path& path = files.at(step.place % files.size());
    const std::uint64_t byte = (step.place >> 20U) % fs::file_size(path);
    say_("  byte " + std::to_string(byte) + " of " + std::to_string(fs::file_size(path)) + " of " +
         path.string());
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(byte));
    const auto value = static_cast<char>(file.get() ^ (1 << (step.place % 8)));
    file.seekp(static_cast<std::streamoff>(byte));
    file.put(value);
    rotten_.insert(node);
    scrub_fast(node_folder(cluster_, node));
}

/// Does what a node that has ended advises; only one whose disk rotted may need it.
void Chaos::help(Outage& outage) {
    const std::string log = cluster_.log(outage.node, 30);
    if (!rotten_.contains(outage.node) || ++outage.helped > 3) {
        throw ClusterError(name(outage.node) + " has ended, or does not start:\n" + log);
    }
    say_("  " + name(outage.node) +
         " says: " + log.substr(log.rfind("error[") == log.npos ? 0 : log.rfind("error[")));
    const std::string begin = "`tallystick node recover";
    const auto from = log.rfind(begin);
    if (from != std::string::npos) {
        const auto first = from + std::string("`tallystick ").size();
        const std::string advice = log.substr(first, log.find('`', first) - first);
        say_("  tallystick " + advice);
        must_end_well(advice);
    }
    start(outage.node);
}

}  // namespace tally::testing
