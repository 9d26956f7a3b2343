#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "cli/session.h"
#include "tests/support/catch.h"

namespace tally::cli::testing {

/// What a run of the program said.
struct Said {
    int code = 0;
    std::string out;
    std::string err;
};

inline Said run(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    Console console(out, err, false);
    const int code = run_program(arguments, console);
    return {code, out.str(), err.str()};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A folder of its own for a test, removed with it.
class Scratch {
public:
    Scratch() {
        std::string name =
            (std::filesystem::temp_directory_path() / "tallystick-cli-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(*this / name, std::ios::binary) << text;
        return *this / name;
    }
    std::string read(const std::string& name) const {
        std::ifstream file(*this / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    /// Files that hold a submission.
    std::vector<std::string> submissions() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            if (entry.path().extension() == ".tally") found.push_back(entry.path().string());
        }
        return found;
    }

private:
    std::string path_;
};

}  // namespace tally::cli::testing
