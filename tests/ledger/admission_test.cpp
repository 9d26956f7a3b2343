#include "ledger/admission.h"

#include "ledger/errc.h"
#include "ledger/ledger.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

struct Setting {
    Book book;
    const Party* lender = &book.cast().originator();

    Status admit_now(const CheckedSubmission& checked, Millis now) const {
        return admit(checked, book.records(), {kRulesVersion, book.next_block(), now});
    }
    Status admit_now(const std::vector<Transaction>& transactions, const Party* signer,
                     Millis not_after = Millis(0), Millis now = Millis(1000)) const {
        return admit_now(
            book.cast().check(book.cast().sign(transactions, {signer}, false, not_after)), now);
    }
};

bool mentions(const Status& status, std::string_view word) {
    return status.error().context.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("What apply would judge passes admission", "[ledger][admission]") {
    // Goal: good submissions pass, and so do those whose refusal belongs on record.
    Setting setting;
    Drafts& drafts = setting.book.drafts();
    CHECK(setting.admit_now({drafts.grant(id_of<LineId>(1), id_of<BorrowerId>(1), 5)},
                            setting.lender));
    CHECK(setting.admit_now({drafts.change(id_of<LineId>(9), 5)}, setting.lender));
    CHECK(setting.admit_now({drafts.change(id_of<LineId>(9), 5)}, &setting.book.cast().auditor()));
}

TEST_CASE("Admission passes on what the check found", "[ledger][admission]") {
    // Goal: errors of the bytes come first and unchanged.
    Setting setting;
    const CheckedSubmission checked = setting.book.cast().check(share({1, 2}));
    CHECK(setting.admit_now(checked, Millis(0)).error().code == errc::malformed);
}

TEST_CASE("Admission knows members and keys", "[ledger][admission]") {
    // Goal: a stranger, and a known member under a key that is not its own.
    Setting setting;
    const Cast& cast = setting.book.cast();
    const Transaction grant =
        setting.book.drafts().grant(id_of<LineId>(1), id_of<BorrowerId>(1), 5);
    CHECK(setting.admit_now({grant}, &cast.stranger()).error().code == errc::unknown_member);
    const Party impostor{"lender", cast.originator().id, key_of(99, "impostor")};
    const Status status = setting.admit_now({grant}, &impostor);
    CHECK(status.error().code == errc::key_not_valid);
    CHECK(mentions(status, "member lender"));
}

TEST_CASE("Admission refuses ids with other bytes and names the place", "[ledger][admission]") {
    // Goal: on record, or twice in the submission; the same bytes are a retry and pass.
    Setting setting;
    Drafts& drafts = setting.book.drafts();
    setting.book.ensure_assessed(id_of<BorrowerId>(1));
    Transaction grant = drafts.grant(id_of<LineId>(1), id_of<BorrowerId>(1), 5);
    REQUIRE(setting.book.submit_one(grant, {setting.lender}) == Outcome::accepted);
    CHECK(setting.admit_now({grant}, setting.lender));
    Transaction other = grant;
    other.value_date += 1;
    const Status status =
        setting.admit_now({drafts.change(id_of<LineId>(1), 3), other}, setting.lender);
    CHECK(status.error().code == errc::id_reused);
    CHECK(mentions(status, "transaction 2"));
    CHECK(mentions(status, "entry " + std::to_string(setting.book.entries().size() - 1)));
    CHECK(setting.admit_now({other}, &setting.book.cast().other_originator()));

    const Transaction fresh = drafts.change(id_of<LineId>(1), 3);
    Transaction twin = fresh;
    CHECK(setting.admit_now({fresh, twin}, setting.lender));
    twin.value_date += 1;
    CHECK(setting.admit_now({fresh, twin}, setting.lender).error().code == errc::id_reused);
}

TEST_CASE("Admission refuses texts that people do not see as they are", "[ledger][admission]") {
    // Goal: every text of every type, at any depth; what is on record already is no new text.
    Setting setting;
    Drafts& drafts = setting.book.drafts();
    for (const char* hidden : {"a\nb", "\x1b[2J", "\xc2\x9b", "\xe2\x80\xaegnol", "x\xe2\x80\x8b",
                               "\xef\xbb\xbfx", "\xe2\x80\xa8", "\x7f"}) {
        for (const TransactionBody& body :
             {TransactionBody(LimitFreeze{id_of<LineId>(1), hidden}),
              TransactionBody(ModelRegister{id_of<ModelId>(1), hidden, {}})}) {
            const Status status = setting.admit_now(
                {drafts.change(id_of<LineId>(1), 3), drafts.draft(body)}, setting.lender);
            REQUIRE_FALSE(status);
            CHECK(status.error().code == errc::malformed);
            CHECK(mentions(status, "transaction 2 (id "));
            CHECK(mentions(status, " has the character U+"));
        }
    }
    const Transaction seen =
        drafts.draft(LimitFreeze{id_of<LineId>(1), "caf\xc3\xa9 \xe5\xbc\xa0\xe4\xb8\x89"});
    CHECK(setting.admit_now({seen}, setting.lender));
    // Recorded by nodes that did not ask: its retry is answered.
    const Transaction old = drafts.draft(LimitFreeze{id_of<LineId>(1), "a\xe2\x80\x8b"});
    setting.book.submit_one(old, {setting.lender});
    CHECK(setting.admit_now({old}, setting.lender));
}

TEST_CASE("Admission refuses what is malformed or too old", "[ledger][admission]") {
    // Goal: off the record; but a retry of what is on record passes even after not-after.
    Setting setting;
    setting.book.ensure_assessed(id_of<BorrowerId>(1));
    const Transaction grant =
        setting.book.drafts().grant(id_of<LineId>(1), id_of<BorrowerId>(1), 5);
    const std::vector<Bytes> bytes = {encode_transaction(grant), Bytes{0x00}};
    const Status status = setting.admit_now(
        setting.book.cast().check(setting.book.cast().sign_bytes(bytes, {setting.lender})),
        Millis(0));
    CHECK(status.error().code == errc::malformed);
    CHECK(mentions(status, "transaction 2"));

    CHECK(setting.admit_now({grant}, setting.lender, Millis(1000), Millis(1000)));
    const Status late = setting.admit_now({grant}, setting.lender, Millis(1000), Millis(1001));
    CHECK(late.error().code == errc::expired);
    // Goal: a clock that goes on while no block comes is not what was compared.
    CHECK(mentions(late, "the ledger's time, that of its last block, is 1970-01-01T00:00:01.001Z"));
    REQUIRE(setting.book.submit_one(grant, {setting.lender}) == Outcome::accepted);
    CHECK(setting.admit_now({grant}, setting.lender, Millis(1000), Millis(1001)));
}
