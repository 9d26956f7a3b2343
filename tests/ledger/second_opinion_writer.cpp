#include <algorithm>

#include "ledger/trial_balance.h"
#include "tests/ledger/second_opinion_writer.h"

namespace tally::testing::opinion {

using namespace ledger;

RulesetRegister Writer::ruleset() {
    RulesetRegister ruleset;
    Day bound = 0;
    for (std::uint64_t count = 1 + below(12); count > 0; --count) {
        ruleset.bucket_days.push_back(bound += 1 + days(chance(50) ? 5 : 40));
    }
    bound = 0;
    for (int count = 0; count < 4; ++count) {
        ruleset.class_days.push_back(bound += 1 + days(chance(50) ? 5 : 60));
    }
    std::shuffle(ruleset.order.begin(), ruleset.order.end(), random_);
    ruleset.principal_first_after = chance(40) ? 0 : 1 + days(60);
    ruleset.penalty_ppm_day = static_cast<Ppm>(
        one_of<std::uint64_t>({0, 1, 499, 500, 500, 501, below(20'000), below(20'000), 1'000'000}));
    ruleset.penalty_cap_ppm = static_cast<Ppm>(
        one_of<std::uint64_t>({0, 1, below(30'000), below(300'000), 1'000'000, 10'000'000}));
    ruleset.grace_days = chance(50) ? 0 : days(12);
    ruleset.grace_grants_max = static_cast<std::uint32_t>(below(5));
    ruleset.grace_grant_days_max = days(80);
    ruleset.reschedules_max = static_cast<std::uint32_t>(below(4));
    ruleset.backdating_days_max = one_of<Day>({0, 1, 7, 30, 60, 120, 365});
    ruleset.overpayment = chance(50) ? Overpayment::credit : Overpayment::refuse;
    ruleset.charge_off_days_min = chance(60) ? 0 : days(40);
    ruleset.observation_rows = static_cast<std::uint32_t>(below(5));
    if (chance(90)) {
        ruleset.contact_from = 480;
        ruleset.contact_to = 1'320;
        ruleset.contacts_per_day = static_cast<std::uint32_t>(1 + below(3));
    }
    ruleset.forbearance_first = chance(20);
    return ruleset;
}

ProductRegister Writer::product() {
    ProductRegister product;
    product.method = chance(50) ? ScheduleMethod::annuity : ScheduleMethod::equal_principal;
    product.day_count =
        one_of<DayCount>({DayCount::thirty_360, DayCount::act_365, DayCount::act_act});
    product.month_end = chance(50) ? MonthEnd::clamp : MonthEnd::roll;
    product.remainder = one_of<Remainder>({Remainder::last, Remainder::first, Remainder::spread});
    product.prepayment = chance(50) ? Prepayment::running_period : Prepayment::all_charges;
    product.refund = chance(50) ? RefundPolicy::spread : RefundPolicy::last_rows_first;
    product.apr_cap_ppm = one_of<Ppm>({100'000, 240'000, 360'000, 10'000'000});
    for (std::uint32_t periods = 1; periods <= kPeriodsMax; ++periods) {
        const std::uint64_t most = product.method == ScheduleMethod::annuity ? 600'000 : 20'000;
        // Mostly within the cap, so that something is sold.
        Ppm rate = chance(10) ? 0 : static_cast<Ppm>(below(most));
        const bool yearly = product.method == ScheduleMethod::annuity;
        const Ppm dear = yearly ? product.apr_cap_ppm : product.apr_cap_ppm / 24;
        if (rate > dear && chance(95)) rate %= dear;
        product.terms.push_back({1, periods, rate});
    }
    return product;
}

Amount Writer::limit() { return one_of<Amount>({60'000, 150'000, 1'000'000, Amount{1} << 52}); }

Amount Writer::near(Wide amount) {
    const auto exact = static_cast<Amount>(amount);
    return chance(60) ? exact : exact + (chance(50) ? 1 : -1);
}

/// Sums at which something changes, one more, one less, and any amount.
Amount Writer::amount_for(const Picture& picture) {
    if (picture.rows.empty() || picture.owed() == 0) return 1 + static_cast<Amount>(below(1000));
    if (chance(2)) return 0;
    std::vector<Wide> edges{1};
    if (chance(25)) edges.push_back(picture.owed());
    if (chance(10)) edges.push_back(picture.owed(Component::principal));
    Wide sum = 0;
    for (const Row& row : picture.rows) {
        for (const auto& [component, amount] : row.owed) {
            if (amount > 0 && chance(30)) edges.push_back(sum + amount);
            if (amount > 0 && chance(30)) edges.push_back(amount);
        }
        sum += sum_of(row.owed);
        if (sum_of(row.owed) > 0) edges.push_back(sum);
        if (edges.size() > 12) break;
    }
    if (chance(25)) {
        return 1 + static_cast<Amount>(below(static_cast<std::uint64_t>(picture.owed())));
    }
    return std::max<Amount>(1, near(one_of(edges)));
}

/// When a contract comes to a bound of its ruleset, or the day after.
Day Writer::bound_of(const Contract& contract, const Picture& picture) {
    const RulesetRegister& ruleset = contract.ruleset();
    const std::size_t oldest = picture.oldest_overdue();
    if (oldest == picture.rows.size()) return picture.day;
    const Day delinquent =
        one_of<Day>({0, ruleset.principal_first_after, one_of(ruleset.bucket_days),
                     one_of(ruleset.class_days) - 1});
    Day day = picture.rows[oldest].due + ruleset.grace_days + delinquent + days(2);
    for (const Day pause : picture.paused) {
        if (pause > picture.rows[oldest].due && pause <= day) ++day;
    }
    return day;
}

void Writer::pass_time(Trial& trial) {
    if (chance(40)) return;
    const Day today = trial.today();
    std::vector<Day> days_of_interest{today + 1, today + 1 + days(5), today + 1 + days(40)};
    for (const auto& [id, contract] : trial.contracts()) {
        const Picture picture = contract.at(today);
        days_of_interest.push_back(bound_of(contract, picture));
        for (const Row& row : picture.rows) {
            if (row.due < today || row.due > today + 70) continue;
            days_of_interest.push_back(row.due + days(3) - 1);
            break;
        }
    }
    if (chance(6)) days_of_interest = {today + 30 + days(140)};
    trial.advance(one_of(days_of_interest));
}

Day Writer::value_date(const Trial& trial, const Contract& contract) {
    const Day today = trial.today();
    if (chance(60)) return today;
    const Day back = contract.ruleset().backdating_days_max;
    std::vector<Day> choices{today - days(static_cast<std::uint64_t>(back) + 1), today - back,
                             today - days(4)};
    for (const Row& row : contract.at(today).rows) {
        if (row.due < today + 2 && row.due >= today - back) {
            choices.push_back(row.due + days(3) - 1);
        }
    }
    const Day bound = bound_of(contract, contract.at(today));
    if (bound <= today && bound >= today - back) choices.push_back(bound);
    for (const Happening& event : contract.story()) {
        if (event.transaction.value_date >= today - back) {
            choices.push_back(event.transaction.value_date);
        }
    }
    if (chance(5)) choices = {today + 1, today - back - 1, contract.begin() - 1};
    return std::max<Day>(1, one_of(choices));
}

std::string Writer::disguised(std::string reference) {
    const std::size_t place = reference.find('r');
    if (place != std::string::npos && chance(50)) reference[place] = 'R';
    if (chance(20)) reference.insert(1 + below(reference.size() - 1), 1 + below(2), ' ');
    return reference;
}

std::string Writer::reference(const Trial& trial) {
    if (chance(4)) {
        const std::vector<std::string> known = trial.references();
        if (!known.empty()) return disguised(one_of(known));
    }
    if (chance(2)) {
        return one_of<std::string>({"", " r-1", "r-1 ", "Li Lei", "a1@b.cn", "13912345678",
                                    "+86 139-1234-5678", "11010519491231002X", "r-1\n",
                                    "Tel13912345678", "id 11010519491231002X",
                                    std::string(65, '7')});
    }
    return disguised("reference-" + std::to_string(++last_id_));
}

Transaction Writer::purchase(Trial& trial) {
    const Wide available = std::max<Wide>(1, trial.available());
    const Day today = trial.today();
    if (chance(12)) {
        return trial.draft(PurchaseAuth{id_of<AuthorisationId>(++last_id_), Trial::kLine,
                                        near(chance(30) ? available : available / 2), today + 1000},
                           today);
    }
    if (!trial.reserved().empty() && chance(40)) {
        voided_.push_back(trial.reserved().begin()->first);
        return trial.draft(PurchaseVoid{voided_.back()}, today);
    }
    if (!voided_.empty() && chance(10)) return trial.draft(PurchaseVoid{voided_.back()}, today);
    Capture capture;
    capture.contract = id_of<ContractId>(1000 + ++last_id_);
    capture.line = Trial::kLine;
    capture.principal = 1000 + static_cast<Amount>(below(chance(50) ? 20'000 : 200'000));
    if (chance(3)) capture.principal = static_cast<Amount>(below(Amount{1} << 50));
    if (chance(10)) capture.principal = near(std::min<Wide>(available, Amount{1} << 49));
    if (!trial.contracts().empty())
        capture.principal = std::min<Amount>(capture.principal, near(available));
    if (!trial.reserved().empty() && chance(50)) {
        capture.authorisation = trial.reserved().begin()->first;
        capture.principal = near(trial.reserved().begin()->second);
    }
    capture.product = Trial::kProduct;
    capture.schedule.resize(1 + below(chance(60) ? 6 : 36));
    capture.shares = {{trial.funder(), 1'000'000}};
    if (chance(80)) capture.merchant = id_of<MerchantId>(below(3));
    if (chance(20)) capture.servicer = trial.cast().other_servicer().id;
    if (chance(2)) capture.servicer = trial.cast().collector().id;
    const Day value = chance(70) ? today : std::max(Drafts::kToday, today - days(8));
    return trial.proposed(trial.draft(std::move(capture), value));
}

Trial::Signers Writer::signers(const Trial& trial, const TransactionBody& body) {
    Trial::Signers all = trial.usual_signers(body);
    if (chance(93)) return all;
    const std::size_t place = below(all.size());
    if (all[place] == "lender" && chance(50)) {
        all[place] = "lender-b";
    } else if (all[place].starts_with("servicer") && chance(60)) {
        const std::string other = all[place] == "servicer-b" ? "servicer" : "servicer-b";
        if (std::find(all.begin(), all.end(), other) == all.end()) all[place] = other;
    } else if (all[place] == "trustee" && chance(70)) {
        all[place] = "trustee-b";
    } else if (all[place] == "bank" && chance(70)) {
        all[place] = "bank-b";
    } else if (all.size() > 1) {
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(place));
    } else {
        all[place] = "auditor";
    }
    return all;
}

TransactionBody Writer::usual(Trial& trial, ContractId id, const Picture& picture) {
    const RulesetRegister& ruleset = trial.contracts().at(id).ruleset();
    const Day threshold = ruleset.principal_first_after;
    const bool at_threshold = threshold > 0 && picture.delinquent_days(ruleset) == threshold;
    switch (at_threshold ? 0 : below(10)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return Repayment{id, amount_for(picture), reference(trial), {}};
        case 4:
        case 5:
        case 6:
            return PenaltyAssess{id, 1};
        case 7:
            return OverdueMark{id, 0, 0, 0};
        default:
            return reversal(trial, id);
    }
}

TransactionBody Writer::rare(Trial& trial, ContractId id, const Picture& picture) {
    const Wide left = picture.principal - picture.refunds;
    switch (below(32)) {
        case 0:
            return PrepaySettle{id, 1, reference(trial)};
        case 1:
        case 2:
            return MerchantRefund{
                id, std::max<Amount>(1, chance(40) ? near(left) : amount_for(picture)),
                reference(trial)};
        case 3:
            return waiver(id, picture);
        case 4:
        case 5:
        case 6:
            return grace(id, picture);
        case 7:
        case 8:
            return replan(id, picture);
        case 9:
        case 30:
            return ChargeOff{id, 0, 0, 0, 0, chance(95) ? "gone" : ""};
        case 10:
        case 11:
            return servicing(trial, id);
        case 12:
        case 13:
            return chargeback(trial, id);
        case 14: {
            const Amount credit = near(picture.credit);
            return OverpayRefund{id, chance(70) ? credit : credit / 2, reference(trial)};
        }
        case 15:
        case 16:
        case 17:
        case 18:
        case 19:
        case 20:
            return debit(trial, id, picture);
        case 21:
            return ContactLog{id,
                              ContactChannel::visit,
                              one_of<std::uint32_t>({479, 480, 700, 1'000, 1'319, 1'320}),
                              {}};
        case 22:
        case 23:
        case 24:
        case 25:
            return title(trial, id, picture);
        case 26:
        case 27: {
            const Amount amount = near(left - picture.to_merchant);
            return MerchantSettle{id, chance(50) ? amount : std::max<Amount>(1, amount / 2),
                                  reference(trial)};
        }
        case 28:
        case 29:
            return settlement(trial, id, picture);
        default:
            return HardshipRequest{
                chance(70) || picture.asked.empty() ? id_of<HardshipId>(++last_id_)
                                                    : *picture.asked.begin(),
                id, chance(70) ? HardshipStage::requested : HardshipStage::refused, "income lost",
                std::nullopt};
    }
}

/// What the second opinion would claim, so that it is not only ever asked to agree.
void Writer::claim(Transaction& transaction, const Contract& contract) {
    const Picture picture = contract.at(transaction.value_date);
    if (!picture.captured) return;
    const RulesetRegister& ruleset = contract.ruleset();
    if (auto* payment = std::get_if<Repayment>(&transaction.body)) {
        payment->allocation = picture.spread(ruleset, payment->amount);
    } else if (auto* settle = std::get_if<PrepaySettle>(&transaction.body)) {
        settle->amount = static_cast<Amount>(
            picture.settlement(contract.product().prepayment, contract.ruleset()));
    } else if (auto* penalty = std::get_if<PenaltyAssess>(&transaction.body)) {
        penalty->amount = static_cast<Amount>(picture.accrued(ruleset) - picture.assessed);
    } else if (auto* mark = std::get_if<OverdueMark>(&transaction.body)) {
        *mark = {mark->contract, picture.days_past_due(), picture.bucket(ruleset),
                 picture.asset_class(ruleset)};
    } else if (auto* loss = std::get_if<ChargeOff>(&transaction.body)) {
        const Sums lost = picture.loss();
        loss->penalty = narrow(in(lost, Component::penalty));
        loss->fee = narrow(in(lost, Component::fee));
        loss->interest = narrow(in(lost, Component::interest));
        loss->principal = narrow(in(lost, Component::principal));
    } else if (auto* part = std::get_if<DebtSettle>(&transaction.body)) {
        const Sums left = picture.left_by(ruleset, std::max<Amount>(0, part->amount));
        const auto of = [&left](Component component) {
            return narrow(std::max<Wide>(0, in(left, component)));
        };
        part->penalty = of(Component::penalty);
        part->fee = of(Component::fee);
        part->interest = of(Component::interest);
        part->principal = of(Component::principal);
    }
}

void Writer::spoil(TransactionBody& body) {
    const Amount by = chance(50) ? 1 : -1;
    if (auto* payment = std::get_if<Repayment>(&body)) {
        if (payment->allocation.empty()) return;
        if (chance(50)) {
            one_of<Allocation*>({&payment->allocation.front(), &payment->allocation.back()})
                ->amount += by;
        } else {
            std::swap(payment->allocation.front(), payment->allocation.back());
        }
    } else if (auto* settle = std::get_if<PrepaySettle>(&body)) {
        settle->amount += by;
    } else if (auto* penalty = std::get_if<PenaltyAssess>(&body)) {
        penalty->amount += by;
    } else if (auto* mark = std::get_if<OverdueMark>(&body)) {
        ++*one_of<std::uint32_t*>({&mark->bucket, &mark->asset_class});
        if (chance(50)) mark->days_past_due += 1;
    } else if (auto* loss = std::get_if<ChargeOff>(&body)) {
        *one_of<Amount*>({&loss->penalty, &loss->fee, &loss->interest, &loss->principal}) += by;
    } else if (auto* part = std::get_if<DebtSettle>(&body)) {
        *one_of<Amount*>({&part->penalty, &part->fee, &part->interest, &part->principal}) += by;
    } else if (auto* plan = std::get_if<Reschedule>(&body)) {
        *one_of<Amount*>({&plan->carried_penalty, &plan->carried_fee, &plan->carried_interest,
                          &plan->schedule.front().principal}) += by;
    }
}

/// Booked on a day that is still open, though later ones are.
void Writer::on_an_older_day(const Trial& trial, Transaction& transaction) {
    const TransactionBody& body = transaction.body;
    const bool own_day = std::holds_alternative<Reschedule>(body);
    const bool fits =
        own_day || std::holds_alternative<Repayment>(body) ||
        std::holds_alternative<MerchantRefund>(body) || std::holds_alternative<Waive>(body) ||
        std::holds_alternative<GraceGrant>(body) || std::holds_alternative<PrepaySettle>(body) ||
        std::holds_alternative<DebtSettle>(body) || std::holds_alternative<MerchantSettle>(body);
    const Day older = one_of(read_days(trial.book().records()).value().open);
    if (!fits || older > trial.today() || (!own_day && older < transaction.value_date)) return;
    transaction.business_date = older;
    if (own_day) transaction.value_date = older;
}

Transaction Writer::next(Trial& trial, ContractId id) {
    const Contract& contract = trial.contracts().at(id);
    const Day day = value_date(trial, contract);
    const Picture picture = contract.at(day);
    TransactionBody body = chance(60) ? usual(trial, id, picture) : rare(trial, id, picture);
    if (picture.gave_up && chance(80)) body = loss(trial, id, picture);
    // An offer that nobody answers soon runs out.
    if (trial.titles().at(id).offer && chance(30)) body = title(trial, id, picture);
    if (picture.credit > 0 && chance(20)) {
        body = OverpayRefund{id, near(picture.credit), reference(trial)};
    }
    // Losing a contract early would leave little to test.
    const bool ends =
        std::holds_alternative<ChargeOff>(body) || std::holds_alternative<DebtSettle>(body);
    if (ends && !picture.gave_up && chance(50)) body = grace(id, picture);
    const bool of_title =
        std::holds_alternative<Pledge>(body) || std::holds_alternative<Release>(body) ||
        std::holds_alternative<TransferInit>(body) || std::holds_alternative<TransferSettle>(body);
    const bool today =
        std::holds_alternative<Reversal>(body) || (of_title && chance(95)) ||
        ((std::holds_alternative<Chargeback>(body) || std::holds_alternative<Reschedule>(body)) &&
         chance(95));
    Transaction transaction = trial.draft(std::move(body), today ? trial.today() : day);
    if (chance(8)) on_an_older_day(trial, transaction);
    auto* plan = std::get_if<Reschedule>(&transaction.body);
    if (plan != nullptr && chance(30)) {
        const Wide penalty = in(picture.arrears(contract.ruleset()), Component::penalty);
        plan->waived_penalty = chance(50) ? near(penalty) : near(penalty / 2);
    }
    if (chance(70) || plan != nullptr) {
        transaction = trial.proposed(std::move(transaction));
    } else {
        claim(transaction, contract);
    }
    if (chance(6)) spoil(transaction.body);
    return transaction;
}

void Writer::run(Trial& trial, std::size_t events) {
    for (std::size_t event = 0; event < events && trial.difference().empty(); ++event) {
        pass_time(trial);
        if (chance(8)) trial.close_days(1 + below(6));
        std::vector<ContractId> ids, active;
        for (const auto& [id, contract] : trial.contracts()) {
            ids.push_back(id);
            if (contract.at(trial.today()).status() == ContractStatus::active) active.push_back(id);
        }
        const std::uint64_t seldom = pools_ && active.size() < 4 ? 12 : 3;
        const bool buys = ids.empty() || chance(active.empty() ? 30 : seldom);
        const bool goes_on = !active.empty() && chance(85);
        ContractId named;
        if (trial.frozen() ? chance(25) : chance(1)) {
            trial.send(trial.draft(LimitUnfreeze{Trial::kLine, "trusted"}, trial.today()));
            continue;
        }
        if (pools_ && !buys && chance(55)) {
            const Transaction transaction = pooled(trial);
            trial.send(transaction, signers(trial, transaction.body));
            const auto contract = trial.concerned(transaction.body);
            if (!contract || !trial.contracts().contains(*contract)) continue;
            named = *contract;
        } else if (!buys && chance(6)) {
            named = one_of(ids);
            correct(trial, named);
        } else {
            const Transaction transaction =
                buys ? purchase(trial) : next(trial, one_of(goes_on ? active : ids));
            trial.send(transaction, signers(trial, transaction.body));
            const auto contract = trial.concerned(transaction.body);
            if (!contract || !trial.contracts().contains(*contract)) continue;
            named = *contract;
        }
        trial.compare(named, {trial.today()});
        const Day begin = trial.contracts().at(named).begin();
        for (int look = 0; look < 2; ++look) {
            const auto span = static_cast<std::uint64_t>(trial.today() - begin + 40);
            trial.compare(named, {begin - 2 + days(span), below(trial.last_entry() + 1)});
        }
    }
}

}  // namespace tally::testing::opinion
