#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/whole_file.h"
#include "tests/cli/offline.h"

using namespace tally::cli::testing;

namespace {

/// What a run says whose files cannot grow above so many bytes, as on a disk that fills up.
std::string run_within(rlim_t bytes, const std::vector<std::string>& arguments) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, bytes};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const Said said = run(arguments);
        const std::string told = std::to_string(said.code) + " " + said.err;
        const ssize_t written = ::write(ends[1], told.data(), told.size());
        ::_exit(written < 0 ? 1 : 0);
    }
    REQUIRE(child > 0);
    ::close(ends[1]);
    std::string told;
    char part[1024];
    for (ssize_t size = 0; (size = ::read(ends[0], part, sizeof part)) > 0;) {
        told.append(part, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return told;
}

}  // namespace

// Goal: no half of a file stands in the way of the next try, and the error says why.
TEST_CASE("What cannot be written whole is not left behind, and the reason is said") {
    const Scratch scratch;
    const std::vector<std::string> book{"generate", "--transactions",    "200", "--borrowers", "20",
                                        "--out",    scratch / "book.csv"};
    const std::string cut = run_within(4096, book);
    CHECK(cut.starts_with("1 error[io_failed]: " + (scratch / "book.csv")));
    CHECK(contains(cut, "File too large"));
    const std::string key = run_within(10, {"keygen", scratch / "lender"});
    CHECK(key.starts_with("1 error[io_failed]: " + (scratch / "lender.key")));
    CHECK(contains(key, "File too large"));
    const std::string network =
        run_within(10, {"network", "init", "--free-ports", "--dir", scratch / "net"});
    CHECK(network.starts_with("1 error[io_failed]: "));
    CHECK(contains(network, "File too large"));
    CHECK(std::filesystem::is_empty(scratch / ""));
    CHECK(run(book).code == 0);
    CHECK(run({"keygen", scratch / "lender"}).code == 0);
    CHECK(run({"network", "init", "--free-ports", "--dir", scratch / "net"}).code == 0);
}

// Goal: nothing is sent that cannot be kept, and the command that is shown can be pasted.
TEST_CASE("Where a submission cannot be kept, nothing is sent") {
    const Offline offline;
    const FakeNode node(without_records(hang_up()));
    const std::string book = offline.scratch.write("my book.csv", kHeader + change("", "100"));
    const std::string draft = offline.scratch.write(
        "draft.json", R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",)"
                      R"("line":"11111111111111111111111111111111","limit":5})");
    for (const std::string command : {"import", "submit"}) {
        const bool import = command == "import";
        const std::string& file = import ? book : draft;
        const std::string said =
            run_within(10, {command, file, "--key", "lender", "--dir", offline.dir, "--url",
                            node.url(), "--timeout", "9"});
        INFO(said);
        CHECK(said.starts_with("1 error[io_failed]: "));
        CHECK(contains(said, "so nothing of it was sent"));
        CHECK(contains(said, "tallystick " + command + " - --key lender"));
        CHECK(contains(said, import ? " < '" + file + "'" : " < " + file));
        CHECK_FALSE(contains(said, "may have arrived"));
    }
    CHECK(posts(node).empty());
    CHECK(offline.kept().empty());
}

// Goal: nobody takes rows that are booked for rows that were never sent.
TEST_CASE("An import stops at the first receipt that cannot be written, and says what is booked") {
    const Offline offline;
    const std::vector<std::string> ids{std::string(32, '4'), std::string(32, '5'),
                                       std::string(32, '6')};
    std::string text = kHeader;
    for (const std::string& id : ids) text += change(id, "100");
    const std::string book = offline.scratch.write("book.csv", text);
    std::size_t posted = 0;  // the node answers one request at a time
    const FakeNode node([&](const tally::testing::SeenRequest& request) {
        Behaviour receipt;
        receipt.headers = {{"Content-Type", "application/json"}};
        if (request.method != "POST") return without_records(receipt)(request);
        receipt.body = tally::testing::kReceipt;
        const std::string id = "00112233445566778899aabbccddeeff";
        receipt.body.replace(receipt.body.find(id), id.size(), ids.at(posted++));
        receipt.body.replace(receipt.body.find("accepted"), 8, "line_unknown");
        return receipt;
    });
    constexpr std::size_t kLimit = 65'536;
    const std::string line =
        R"({"line":2,"id":"x","outcome":"accepted","entry":4,"block":3,"repeated":false})"
        "\n";
    std::string earlier;  // no room for another one
    while (earlier.size() + line.size() <= kLimit) earlier += line;
    const std::string receipts = offline.scratch.write("receipts", earlier);
    const std::string said =
        run_within(kLimit, {"import", book, "--key", "lender", "--dir", offline.dir, "--url",
                            node.url(), "--batch", "1", "--receipts", receipts});
    INFO(said);
    CHECK(said.starts_with("1 error[io_failed]: "));
    CHECK(contains(said, "on record, not all with a receipt: 1"));
    CHECK(contains(said, "run the same import again"));
    CHECK(posts(node).size() == 1);
}

// Goal: nothing that was signed lies about under a name that nobody looks for.
TEST_CASE("A process that is ended while it writes a new file leaves nothing of it") {
    const Scratch scratch;
    const int unnamed = ::open((scratch / "").c_str(), O_TMPFILE | O_WRONLY, 0600);
    if (unnamed < 0) return;  // this file system has no files without a name
    ::close(unnamed);
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_DFL);  // ends it in the middle
        const rlimit limit{10, 10};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        (void)tally::cli::write_new(scratch / "kept.tally", std::string(100, 'x'));
        ::_exit(0);
    }
    REQUIRE(child > 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(std::filesystem::is_empty(scratch / ""));
    REQUIRE(tally::cli::write_new(scratch / "kept.tally", "text"));
    CHECK(scratch.read("kept.tally") == "text");
    CHECK_FALSE(tally::cli::write_new(scratch / "kept.tally", "other"));
    CHECK(scratch.read("kept.tally") == "text");
}

// Goal: what reads from a pipe gets the text, and a device is never replaced by a file.
TEST_CASE("What is no regular file is written into, and stays what it is") {
    const Scratch scratch;
    const std::string pipe = scratch / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(reader >= 0);
    const auto written = tally::cli::write_whole(pipe, "the text");
    char got[16];
    const ssize_t size = ::read(reader, got, sizeof got);
    ::close(reader);
    REQUIRE(written);
    CHECK(std::string(got, size < 0 ? 0 : static_cast<std::size_t>(size)) == "the text");
    CHECK(std::filesystem::is_fifo(pipe));
}
