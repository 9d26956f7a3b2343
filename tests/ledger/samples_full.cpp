#include "tests/ledger/samples.h"

namespace tally::testing {

using namespace ledger;

namespace {

/// Converts to any id or digest: equal bytes of this value.
struct Filled {
    std::uint8_t byte;

    template <typename Id>
    requires requires(Id id) { id.bytes; }
    operator Id() const {
        Id id;
        id.bytes.fill(byte);
        return id;
    }
};

const std::vector<Instalment> kRows = {{100, 101, 102, 103}, {104, 105, 106, 107}};
const std::vector<Allocation> kParts = {{3, Component::interest, 10}, {0, Component::penalty, 11}};

NewKey new_key(std::uint8_t byte) {
    NewKey key;
    key.key = Filled{byte};
    key.possession = Filled{static_cast<std::uint8_t>(byte + 0x40)};
    return key;
}
NamedKey named_key(std::uint8_t byte) {
    NamedKey key;
    key.key = Filled{byte};
    return key;
}

std::vector<TransactionBody> bodies() {
    using enum Component;
    return {
        LimitGrant{Filled{1}, Filled{2}, "CNY", 3, 4, 5, Filled{6}},
        LimitChange{Filled{1}, 2, Filled{3}},
        Capture{Filled{1},
                Filled{2},
                3,
                Filled{4},
                5,
                6,
                Filled{7},
                Filled{8},
                kRows,
                {{Filled{9}, 10}, {Filled{11}, 12}},
                Filled{13},
                Filled{14},
                Filled{15},
                Filled{6},
                Filled{7}},
        Repayment{Filled{1}, 2, "pay-1", kParts},
        RulesetRegister{Filled{1},
                        {30, 60, 90},
                        {1, 31, 91, 181},
                        {principal, interest, penalty, fee},
                        2,
                        3,
                        4,
                        5,
                        6,
                        7,
                        8,
                        9,
                        Overpayment::credit,
                        10,
                        11,
                        12,
                        13,
                        14,
                        15,
                        true,
                        {{17, 18}, {19, 20}},
                        22,
                        23,
                        24},
        ProductRegister{Filled{1},
                        Filled{2},
                        "EUR",
                        ScheduleMethod::annuity,
                        DayCount::act_act,
                        MonthEnd::roll,
                        Remainder::spread,
                        Prepayment::all_charges,
                        3,
                        4,
                        {{5, 6, 7}, {8, 9, 10}},
                        Filled{11},
                        RefundPolicy::last_rows_first},
        ModelRegister{Filled{1}, "model", Filled{2}},
        Assessment{Filled{1}, Filled{2}, Filled{3}, Filled{4}, 5, Decision::declined, "r-1", "USD",
                   6, 7},
    };
}

std::vector<TransactionBody> later_bodies() {
    return {
        LimitFreeze{Filled{1}, "freeze"},
        LimitUnfreeze{Filled{1}, "thaw"},
        LimitClose{Filled{1}},
        PurchaseAuth{Filled{1}, Filled{2}, 3, 4},
        PurchaseVoid{Filled{1}},
        PurchaseExpire{Filled{1}},
        MerchantRefund{Filled{1}, 2, "refund-1"},
        PrepaySettle{Filled{1}, 2, "settle-1"},
        PenaltyAssess{Filled{1}, 2},
        OverdueMark{Filled{1}, 2, 3, 4},
        Waive{Filled{1}, kParts},
        HardshipRequest{Filled{1}, Filled{2}, HardshipStage::refused, "illness", Filled{3}},
        GraceGrant{Filled{1}, 2, 3, Filled{4}},
        Reschedule{Filled{1}, 2, 3, 4, 5, kRows, Filled{6}, 7},
        ChargeOff{Filled{1}, 2, 3, 4, 5, "lost"},
        Recovery{Filled{1}, 2, 3, "found-1"},
        Reversal{Filled{1}, Filled{2}, Filled{3}, "error", Filled{4}},
        DayOpen{},
        DayClose{{{Filled{1}, "CNY", 1, 2}, {Filled{2}, "EUR", 3, -4}}},
        DayCancel{},
        ServicerChange{Filled{1}, Filled{2}},
        OverpayRefund{Filled{1}, 2, "back-1"},
        CollectionAssign{Filled{1}, Filled{2}, 3},
        CollectionRecall{Filled{1}},
        Chargeback{Filled{1}, Filled{2}, Filled{3}, 4, "bank-1"},
        MandateRegister{Filled{1}, Filled{2}, 3, 4, 5, Filled{6}},
        MandateRevoke{Filled{1}},
        DebitInstruct{Filled{1}, Filled{2}, 3, 4},
        DebitResult{Filled{1}, DebitOutcome::failed, "no money", "debit-1"},
        MemberAdd{"bank-2", {{RoleName::funder}, {RoleName::governance}}, {new_key(1), new_key(3)}},
        KeyRotate{Filled{1}, {new_key(2)}, {named_key(4), named_key(5)}},
        KeyRevoke{Filled{1}, {named_key(2)}, "stolen"},
        RulesActivate{4, 100'000},
        ContactLog{Filled{1}, ContactChannel::visit, 2, Filled{3}},
        ComplaintOpen{Filled{1}, Filled{2}, ComplaintCategory::privacy, Filled{3}},
        ComplaintClose{Filled{1}, ComplaintResult::rejected, Filled{2}},
        ReconResult{Filled{1}, Filled{2}, 3, 4, 5, 6, 7, 8, 9, 10, Filled{11}},
        AuditOpinion{Filled{1}, Filled{2}, 3, 4, AuditConclusion::adverse, 5, Filled{6}},
        HedgeRegister{Filled{1}, HedgeKind::currency_forward, "EUR", 2, 3, 4, Filled{5}},
        ErasureCert{Filled{1}, Filled{2}},
        Pledge{Filled{1}, Filled{2}},
        Release{Filled{1}},
        TransferInit{Filled{1}, Filled{2}, 3, 4},
        TransferSettle{Filled{1}, "price-1"},
        TransferCancel{Filled{1}},
        TransferDecline{Filled{1}},
        MerchantSettle{Filled{1}, 2, "shop-1"},
        DebtSettle{Filled{1}, 2, "deal-1", 3, 4, 5, 6},
        CostTable{Filled{1},
                  Filled{2},
                  {{"fee", CostCollector::originator, Filled{3}, CostBasis::principal, 4,
                    CostWhen::normal},
                   {"penalty",
                    CostCollector::third_party,
                    {},
                    CostBasis::balance,
                    5,
                    CostWhen::in_default}}},
        DisclosureAck{Filled{1}, Filled{2}, Filled{3}, 4, 5, Filled{6}},
        Alert{Filled{1}, Filled{2}, AlertRule::roll_rate, "worse", Filled{3}},
        AlertDisposition{Filled{1}, Disposition::escalated, "upwards"},
    };
}

std::vector<TransactionBody> pool_bodies() {
    return {
        PoolCreate{Filled{1}, "CNY", Filled{2}, Filled{3}, 4, 5, 6, 7},
        PoolAdd{Filled{1}, Filled{2}},
        PoolSeal{Filled{1}, 2, 3, Filled{4}},
        PoolIssue{Filled{1}, {{"senior", 2, 3}, {"junior", 4, 5}}},
        PoolTrigger{Filled{1}, TriggerReason::servicer_event, 2},
        PoolClose{Filled{1}},
        BuybackInit{Filled{1}, 2, 3},
        BuybackSettle{Filled{1}, "back-1"},
        PoolRemove{Filled{1}, Filled{2}},
    };
}

}  // namespace

std::vector<Transaction> full_samples() {
    std::vector<Transaction> samples;
    for (std::vector<TransactionBody> part : {bodies(), later_bodies(), pool_bodies()}) {
        for (TransactionBody& body : part) {
            samples.push_back({Filled{0xA1}, 19'753, 19'754, std::move(body)});
        }
    }
    return samples;
}

}  // namespace tally::testing
