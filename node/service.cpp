#include "node/service.h"

namespace tally::node {

std::string charge_name(Charge charge) {
    switch (charge) {
        case Charge::sent_other_block:
            return "sent_other_block";
        case Charge::differs:
            return "differs";
        case Charge::contradicts_certified:
            return "contradicts_certified";
        case Charge::signed_two_roots:
            return "signed_two_roots";
    }
    return "unknown";
}

std::string charge_words(Charge charge) {
    switch (charge) {
        case Charge::sent_other_block:
            return "sent a block that contradicts a committed one";
        case Charge::differs:
            return "signed another root than others, undecided";
        case Charge::contradicts_certified:
            return "signed another root than the certified one";
        case Charge::signed_two_roots:
            return "signed two roots of one size";
    }
    return "unknown";
}

}  // namespace tally::node
