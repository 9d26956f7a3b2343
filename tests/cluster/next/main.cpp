// A made-up next release: a node that applies one rules version more than this one, with the rules
// of this one. For tests of how a network goes from one version to the next.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "ledger/types.h"
#include "node/pipeline/run_node.h"

int main(int count, char** words) {
    const bool node = count == 4 && std::string_view(words[1]) == "node" &&
                      std::string_view(words[2]) == "--config";
    if (!node) {
        std::fputs("usage: next_release node --config FILE\n", stderr);
        return EXIT_FAILURE;
    }
    return tally::node::pipeline::run_node(words[3], tally::ledger::kRulesVersion + 1);
}
