#include "cli/confirm.h"

#include <istream>

#include "api/errc.h"
#include "client/errors.h"

namespace tally::cli {

void add_yes_option(const Command& command, bool& yes) { command.flag("--yes", yes, "Do not ask"); }

Status confirm(Console& console, bool yes, const std::string& question) {
    if (yes) return {};
    std::istream* person = console.person;
    if (person == nullptr) {
        return fail(api::errc::invalid_argument,
                    question + " Nobody is here to be asked: nothing was done; --yes says yes");
    }
    console.out.flush();
    console.err << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(*person, answer);
    if (answer == "y" || answer == "Y" || answer == "yes") return {};
    return Error{client::api_code("declined"), "nothing was done"};
}

}  // namespace tally::cli
