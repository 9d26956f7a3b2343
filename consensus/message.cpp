#include "consensus/message.h"

namespace tally::consensus {

std::string_view refusal_name(Refusal refusal) {
    switch (refusal) {
        case Refusal::none:
            return "none";
        case Refusal::log_mismatch:
            return "log_mismatch";
        case Refusal::chain:
            return "chain";
        case Refusal::signature:
            return "signature";
        case Refusal::submission:
            return "submission";
        case Refusal::clock:
            return "clock";
        case Refusal::not_ready:
            return "not_ready";
        case Refusal::diverged:
            return "diverged";
    }
    return "unknown";
}

bool is_policy(Refusal refusal) {
    return refusal == Refusal::signature || refusal == Refusal::submission ||
           refusal == Refusal::clock;
}

}  // namespace tally::consensus
