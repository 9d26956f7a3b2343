#include "node/pipeline/logging.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <sstream>

#include "tests/support/catch.h"

using namespace tally;

// Goal: whoever reads the log sees one line for each message, and nothing of it moves the cursor.
TEST_CASE("what peers and files say is written into the log escaped") {
    std::ostringstream text;
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    sink->set_formatter(node::pipeline::log_formatter());
    spdlog::logger logger("test", sink);
    logger.warn("peer says {}",
                "\x1b[2J\nerror: \xe2\x80\xae"
                "done \xe5\xbc\xa0");
    const std::string line = text.str();
    CHECK_THAT(line, Catch::Matchers::EndsWith(
                         "Z warning peer says \\u001b[2J\\u000aerror: \\u202edone \xe5\xbc\xa0\n"));
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}
