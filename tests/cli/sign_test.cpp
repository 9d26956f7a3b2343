// Several who sign one file, at once or while another one looks at it.

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <istream>
#include <streambuf>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/offline.h"
#include "tests/cli/program.h"

namespace tally::cli::testing {
namespace {

/// Somebody who is asked, does something meanwhile, and then says yes.
class BusyPerson : public std::streambuf {
public:
    explicit BusyPerson(std::function<void()> act) : act_(std::move(act)) {}

protected:
    int_type underflow() override {
        if (said_) return traits_type::eof();
        said_ = true;
        act_();
        setg(answer_.data(), answer_.data(), answer_.data() + answer_.size());
        return traits_type::to_int_type(answer_.front());
    }

private:
    std::function<void()> act_;
    std::string answer_ = "y\n";
    bool said_ = false;
};

Said sign_asked(const std::vector<std::string>& arguments, std::function<void()> meanwhile) {
    BusyPerson person(std::move(meanwhile));
    std::istream input(&person);
    std::ostringstream out;
    std::ostringstream err;
    Console console(out, err, false);
    console.person = &input;
    const int code = run_program(arguments, console);
    return {code, out.str(), err.str()};
}

constexpr const char* kChange = R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
    "line":"11111111111111111111111111111111","limit":5})";

const std::vector<std::string> kSigners{"lender", "lender-2", "funder", "auditor", "regulator"};

std::string prepared(const Offline& offline, const std::string& name) {
    const std::string draft = offline.scratch.write("draft.json", kChange);
    std::vector<std::string> words{"prepare",   draft,   "--dir",
                                   offline.dir, "--out", offline.scratch / name};
    for (const std::string& signer : kSigners) {
        words.insert(words.end(), {"--signer", signer});
    }
    const Said said = run(words);
    INFO(said.err);
    REQUIRE(said.code == 0);
    return offline.scratch / name;
}

std::vector<std::string> signing(const Offline& offline, const std::string& file,
                                 const std::string& key) {
    return {"sign", file, "--key", key, "--dir", offline.dir};
}

}  // namespace

// Goal: a signature that was reported is in the file.
TEST_CASE("Those who sign one file at once all have their signature in it") {
    const Offline offline;
    for (int round = 0; round < 10; ++round) {
        const std::string name = "round" + std::to_string(round) + ".tally";
        const std::string file = prepared(offline, name);
        std::vector<pid_t> children;
        for (const std::string& key : kSigners) {
            const pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                auto words = signing(offline, file, key);
                words.emplace_back("--yes");
                ::_exit(run(words).code);
            }
            children.push_back(child);
        }
        for (const pid_t child : children) {
            int status = 0;
            REQUIRE(::waitpid(child, &status, 0) == child);
            CHECK(status == 0);
        }
        CHECK_FALSE(contains(offline.scratch.read(name), "\"signature\":null"));
    }
}

TEST_CASE("What changed while somebody was asked is taken up, or refused, and never undone") {
    const Offline offline;
    const std::string file = prepared(offline, "asked.tally");
    const Said both = sign_asked(signing(offline, file, "lender"), [&] {
        auto words = signing(offline, file, "funder");
        words.emplace_back("--yes");
        REQUIRE(run(words).code == 0);
    });
    INFO(both.err);
    CHECK(both.code == 0);
    CHECK(contains(both.out, "missing  lender-2, auditor, regulator"));

    const std::string other = offline.scratch.read("asked.tally");
    const std::string second = prepared(offline, "second.tally");
    const std::string another = offline.scratch.read("second.tally");
    REQUIRE(another != other);  // another transaction id
    const Said changed = sign_asked(signing(offline, file, "auditor"),
                                    [&] { offline.scratch.write("asked.tally", another); });
    CHECK(changed.code == 1);
    CHECK(contains(changed.err, "error[bad_file]: " + file + ": was changed since it was shown"));
    CHECK(contains(changed.err, "tallystick sign " + file + " --show"));
    CHECK(offline.scratch.read("asked.tally") == another);
}

}  // namespace tally::cli::testing
