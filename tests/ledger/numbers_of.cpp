#include "tests/ledger/numbers_of.h"

#include <array>
#include <limits>

#include "base/check.h"
#include "ledger/dates.h"
#include "ledger/opened_days.h"
#include "ledger/records.h"
#include "ledger/transaction_layout.h"
#include "tests/support/book.h"

namespace tally::testing {

using namespace ledger;

namespace {

template <typename Number>
constexpr Number edge(std::size_t value) {
    using Limits = std::numeric_limits<Number>;
    constexpr auto of = [](std::int64_t number) { return static_cast<Number>(number); };
    constexpr bool kWide = sizeof(Number) == 8;
    constexpr std::array<Number, kEdgeValues> kValues = {
        Limits::min(),
        Limits::max(),
        of(0),
        of(1),
        of(-1),
        of(2),
        of(36),
        of(37),
        of(256),
        of(1'000'000),
        of(10'000'001),
        of(Drafts::kToday - 1),
        of(Drafts::kToday + 1),
        of(kDayMax),
        of(kDayMax + 1),
        static_cast<Number>(Limits::max() - 1),
        kWide ? of(kPrincipalEnd - 1) : of(255),
        kWide ? of(kPrincipalEnd) : of(-2),
    };
    return kValues.at(value);
}

/// Visits every number; sets the one at `target`.
class Numbers {
public:
    explicit Numbers(std::size_t target = ~std::size_t{0}, std::size_t value = 0)
        : target_(target), value_(value) {}

    std::size_t seen() const { return seen_; }

    void amount(std::uint32_t, std::string_view, Amount& of, Presence = {}) { number(of); }
    void day(std::uint32_t, std::string_view, Day& of, Presence = {}) { number(of); }
    void days(std::uint32_t, std::string_view, Day& of, Presence = {}) { number(of); }
    void ppm(std::uint32_t, std::string_view, Ppm& of, Presence = {}) { number(of); }
    void count(std::uint32_t, std::string_view, std::uint32_t& of, Presence = {}) { number(of); }
    void days_list(std::uint32_t, std::string_view, std::vector<Day>& list) {
        for (Day& of : list) number(of);
    }
    template <typename Element>
    void list(std::uint32_t, std::string_view, std::vector<Element>& elements, Presence = {}) {
        for (Element& element : elements) describe(*this, element);
    }

    // No numbers.
    template <typename... Rest>
    void id(Rest&&...) {}
    template <typename... Rest>
    void optional_id(Rest&&...) {}
    template <typename... Rest>
    void member(Rest&&...) {}
    template <typename... Rest>
    void digest(Rest&&...) {}
    template <typename... Rest>
    void key(Rest&&...) {}
    template <typename... Rest>
    void optional_digest(Rest&&...) {}
    template <typename... Rest>
    void text(Rest&&...) {}
    template <typename... Rest>
    void flag(Rest&&...) {}
    template <typename... Rest>
    void word(Rest&&...) {}
    template <typename... Rest>
    void order(Rest&&...) {}

private:
    template <typename Number>
    void number(Number& of) {
        if (seen_++ == target_) of = edge<Number>(value_);
    }

    std::size_t target_;
    std::size_t value_;
    std::size_t seen_ = 0;
};

std::size_t walk(Transaction& transaction, Numbers numbers) {
    describe(numbers, transaction);
    std::visit([&numbers](auto& body) { describe(numbers, body); }, transaction.body);
    return numbers.seen();
}

}  // namespace

std::size_t count_numbers(const Transaction& transaction) {
    Transaction copy = transaction;
    return walk(copy, Numbers());
}

void set_number(Transaction& transaction, std::size_t place, std::size_t value) {
    TALLY_CHECK(walk(transaction, Numbers(place, value)) > place);
}

namespace {

/// Of alerts, first payments, pools and opened days.
bool later_record_decodes(ByteView key, ByteView value) {
    switch (key[0]) {
        case kAlertRecord:
            return decode_alert(value).has_value();
        case kAlertListRecord:
            return decode_alert_list(value).has_value();
        case kAwaitedRecord:
            return decode_awaited(value).has_value();
        case kAwaitedDayRecord:
            return decode_awaited_day(value).has_value();
        case kAwaitedContractRecord:
            return decode_awaited_contract(value).has_value();
        case static_cast<std::uint8_t>(AccountClass::pool):
            return decode_pool_log(value).has_value();
        case kPoolRecord:
            return decode_pool(value).has_value();
        case kPoolContractRecord:
            return decode_pool_contract(value).has_value();
        case kOpenedDayRecord:
            return decode_opened_day(value).has_value();
        case kServicersRecord:
            return decode_servicers(value).has_value();
        default:
            return false;
    }
}

}  // namespace

bool record_decodes(ByteView key, ByteView value) {
    switch (key[0]) {
        case static_cast<std::uint8_t>(AccountClass::line):
            return decode_line(value).has_value();
        case static_cast<std::uint8_t>(AccountClass::contract):
            return decode_contract(value).has_value();
        case static_cast<std::uint8_t>(AccountClass::borrower):
            return decode_borrower(value).has_value();
        case static_cast<std::uint8_t>(AccountClass::member):
            return decode_member(value).has_value();
        case kIdRecord:
            return decode_id(value).has_value();
        case kSourceRecord:
            return decode_source(value).has_value();
        case kDaysRecord:
            return decode_days(value).has_value();
        case kTotalsRecord:
            return decode_totals(value).has_value();
        case kRulesetRecord:
            return decode_ruleset(value).has_value();
        case kProductRecord:
            return decode_product(value).has_value();
        case kModelRecord:
            return decode_model(value).has_value();
        case kAssessmentRecord:
            return decode_assessment(value).has_value();
        case kGovernanceRecord:
            return decode_governance(value).has_value();
        case kKeyRecord:
            return decode_key(value).has_value();
        case kCalendarRecord:
            return decode_calendar(value).has_value();
        case kAuthorisationRecord:
            return decode_authorisation(value).has_value();
        case kMandateRecord:
            return decode_mandate(value).has_value();
        case kDebitRecord:
            return decode_debit(value).has_value();
        case kContactsRecord:
            return decode_contacts(value).has_value();
        case kComplaintRecord:
            return decode_complaint(value).has_value();
        case kReconRecord:
            return decode_recon(value).has_value();
        case kOpinionRecord:
            return decode_opinion(value).has_value();
        case kHedgeRecord:
            return decode_hedge(value).has_value();
        case kCustomerRecord:
            return decode_customer(value).has_value();
        case kErasureRecord:
            return decode_erasure(value).has_value();
        case kCostTableRecord:
            return decode_cost_table(value).has_value();
        case kDisclosureRecord:
            return decode_disclosure(value).has_value();
        default:
            return key[0] == kGenesisRecord || later_record_decodes(key, value);
    }
}

}  // namespace tally::testing
