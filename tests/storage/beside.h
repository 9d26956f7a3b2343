#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "ledger/entry.h"
#include "storage/audit_book.h"
#include "tests/storage/audit_opening.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

namespace tally::testing::beside {

using namespace ledger;

constexpr LineId kLine{{0x71}};
constexpr ContractId kContract{{0x72}};
constexpr BorrowerId kBorrower{{0x73}};

/// The second set of books of an audit, beside an honest book and beside doctored ones: what the
/// rules refuse reads as accepted, or a record says what no transaction said.
class Beside {
public:
    Beside() {
        audit_opening(book_, audit_);
        book_.ensure_assessed(kBorrower);
        honest(drafts().grant(kLine, kBorrower, 100'000), {&cast().originator()});
        honest(drafts().capture(kContract, kLine, cast().funder().id, 30'000),
               {&cast().originator(), &cast().funder()});
    }
    Book& book() { return book_; }
    Drafts& drafts() { return book_.drafts(); }
    const Cast& cast() const { return book_.cast(); }

    BlockResult apply(const Transaction& transaction, std::initializer_list<const Party*> signers) {
        const bool claimed = std::exchange(as_it_is_, false);
        const Transaction proposed = claimed ? transaction : book_.proposed(transaction);
        const SharedBytes submission = cast().sign(std::span(&proposed, 1), signers);
        return book_.apply(std::span(&submission, 1));
    }
    /// The next transaction keeps the claims that it has.
    void keep_claims() { as_it_is_ = true; }
    /// What the audit finds in a block; nothing: "".
    std::string found(const BlockResult& result) {
        const auto finding = audit_.check(result, book_.records());
        REQUIRE(finding);
        return finding->value_or("");
    }
    /// Accepted by both.
    Transaction honest(const Transaction& transaction,
                       std::initializer_list<const Party*> signers) {
        const BlockResult result = apply(transaction, signers);
        REQUIRE(result.submissions[0].transactions[0].outcome == Outcome::accepted);
        REQUIRE(found(result) == "");
        return transaction;
    }
    /// Refused by the rules with this outcome; what the audit finds if a node accepted it.
    std::string if_accepted(const Transaction& transaction, Outcome refusal,
                            std::initializer_list<const Party*> signers) {
        BlockResult result = apply(transaction, signers);
        REQUIRE(result.submissions[0].transactions[0].outcome == refusal);
        for (Bytes& bytes : result.entries) {
            Entry entry = decode_entry(bytes).value();
            auto* row = std::get_if<TransactionEntry>(&entry);
            if (row == nullptr) continue;
            row->outcome = Outcome::accepted;
            bytes = encode_entry(entry);
        }
        return found(result);
    }
    Transaction draft(TransactionBody body, Day day = Drafts::kToday) {
        book_.ensure_day(day);
        return drafts().draft(std::move(body), day);
    }
    /// A contract that was given up, 200 days late.
    void charge_off() {
        honest(draft(ChargeOff{kContract, 0, 0, 0, 0, "gone"}, kLate), {&cast().originator()});
    }
    void change_contract(void (*change)(ContractBody&)) {
        auto view = book_.contract(kContract).value();
        change(view.body);
        book_.force(account_key(AccountClass::contract, kContract.bytes),
                    encode_record(ContractRecord{view.log, view.body}));
    }
    static constexpr Day kLate = Drafts::kToday + 230;

private:
    Book book_{{}, Opening::none};
    storage::AuditBook audit_;
    bool as_it_is_ = false;
};

inline Repayment payment(Amount amount, std::string reference) {
    return {kContract, amount, std::move(reference), {}};
}

inline bool says(const std::string& finding, const std::string& part) {
    INFO(finding);
    return finding.find(part) != std::string::npos;
}

}  // namespace tally::testing::beside
