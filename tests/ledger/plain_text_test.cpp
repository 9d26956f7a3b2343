#include "ledger/plain_text.h"

#include <string>

#include "base/shown_text.h"
#include "ledger/errc.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

std::string utf8(char32_t character) {
    if (character < 0x80) return {static_cast<char>(character)};
    if (character < 0x800) {
        return {static_cast<char>(0xC0 | (character >> 6)),
                static_cast<char>(0x80 | (character & 0x3F))};
    }
    return {static_cast<char>(0xE0 | (character >> 12)),
            static_cast<char>(0x80 | ((character >> 6) & 0x3F)),
            static_cast<char>(0x80 | (character & 0x3F))};
}

}  // namespace

TEST_CASE("The rules refuse controls and changes of direction, and nothing else",
          "[ledger][canonical]") {
    // Goal: the list by number, so that no later Unicode changes what a block led to.
    std::size_t refused = 0;
    for (char32_t character = 0; character < 0xD800; ++character) {
        const bool is = first_not_plain("a" + utf8(character) + "b").has_value();
        const bool control = character < 0x20 || (character >= 0x7F && character <= 0x9F);
        const bool turns = character == 0x61C || character == 0x200E || character == 0x200F ||
                           (character >= 0x202A && character <= 0x202E) ||
                           (character >= 0x2066 && character <= 0x2069);
        if (is != (control || turns)) FAIL("character " << static_cast<unsigned>(character));
        // What the rules refuse is shown escaped, whatever that table grows to.
        if (is) CHECK(is_hidden(character));
        refused += is ? 1 : 0;
    }
    CHECK(refused == 32 + 33 + 1 + 2 + 5 + 4);
    CHECK(first_not_plain("caf\xc3\xa9 \xe2\x80\x8f") == U'\u200f');
    CHECK_FALSE(first_not_plain("\xf0\x9f\x93\x92 \xe5\xbc\xa0"));
    CHECK_FALSE(first_not_plain(""));
}

TEST_CASE("A text with a control is a malformed transaction on record", "[ledger][rules]") {
    // Goal: whoever leads, by every node alike; such an id is not used up.
    Stage stage;
    for (const char* text : {"a\nb", "\x1b[2J", "\xc2\x9b", "a\xe2\x80\xaegnol", "\xd8\x9c"}) {
        const Transaction freeze = stage.draft(LimitFreeze{Stage::kLine, text});
        const auto decoded = decode_transaction(encode_transaction(freeze), kRulesVersion);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == errc::malformed);
        CHECK(decoded.error().context.find("limit_freeze.reason: has the character U+") == 0);
        require_refused(stage.book, freeze, {stage.lender}, Outcome::malformed_transaction);
        const Transaction model = stage.draft(ModelRegister{id_of<ModelId>(1), text, {}});
        require_refused(stage.book, model, {stage.lender}, Outcome::malformed_transaction);
    }
    Transaction seen = stage.draft(LimitFreeze{Stage::kLine, "a\tb"});
    stage.refuse(seen, Outcome::malformed_transaction);
    seen.body = LimitFreeze{Stage::kLine, "a b \xe2\x80\x8b"};
    stage.accept(seen);
}
