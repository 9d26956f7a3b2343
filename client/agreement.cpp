#include "client/agreement.h"

#include "client/answers.h"
#include "client/errors.h"

namespace tally::client {
namespace {

constexpr int kRounds = 3;
constexpr std::size_t kTellingMax = 240;  // bytes of what one node says

std::string told(const Answer& answer, const Meaning& meaning) {
    std::string text = answer.status == 200 ? meaning(answer.body)
                                            : problem_error(answer.status, answer.body).context;
    if (text.size() > kTellingMax) text = text.substr(0, kTellingMax) + "...";
    return answer.url + " says " + text;
}

}  // namespace

Result<Answer> agreed_answer(const Hearing& hearing, const Meaning& meaning,
                             const std::string& subject) {
    std::string differing;
    for (int round = 0; round < kRounds; ++round) {
        auto heard = hearing();
        if (!heard) return heard.error();
        if (heard->agreed || heard->said.size() == 1) {
            Answer& answer = heard->agreed ? *heard->agreed : heard->said.front();
            if (answer.status == 200) return std::move(answer);
            return problem_error(answer.status, answer.body);
        }
        differing.clear();
        for (const Answer& answer : heard->said) differing += "; " + told(answer, meaning);
    }
    return fail(errc::bad_answer, "no two nodes say the same of " + subject + differing);
}

}  // namespace tally::client
