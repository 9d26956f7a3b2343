#include "cli/drafts.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "api/claims.h"
#include "api/errc.h"
#include "api/ids.h"
#include "api/json_text.h"
#include "base/shown_text.h"
#include "base/utf8.h"
#include "base/wall_clock.h"
#include "book/columns.h"
#include "book/lines.h"
#include "book/local_ledger.h"
#include "book/remote_records.h"
#include "cli/answer.h"
#include "cli/book_days.h"
#include "cli/directory.h"
#include "cli/proposals.h"
#include "client/errors.h"
#include "client/on_record.h"
#include "ledger/dates.h"
#include "ledger/hidden_text.h"
#include "ledger/outcome.h"
#include "ledger/propose.h"
#include "ledger/queries.h"
#include "ledger/records.h"
#include "ledger/transaction_layout.h"
#include "ledger/trial_balance.h"
#include "ledger/type_table.h"

namespace tally::cli {
namespace {

using boost::json::object;
using boost::json::value;

Error wrong(const std::string& what) { return fail(api::errc::invalid_argument, what); }

/// The field that names what later claims rest on; empty where none do.
std::string_view basis_field(ledger::Basis basis) {
    switch (basis) {
        case ledger::Basis::none:
        case ledger::Basis::debit:  // of a contract that it does not name
        case ledger::Basis::pool:   // its claims rest on whatever came before
            break;
        case ledger::Basis::product:
            return "product";
        case ledger::Basis::line:
            return "line";
        case ledger::Basis::contract:
            return "contract";
    }
    return {};
}

std::vector<ledger::Allocation> in_order(std::vector<ledger::Allocation> parts) {
    std::ranges::sort(parts, {}, [](const ledger::Allocation& part) {
        return std::tuple(part.instalment, part.component, part.amount);
    });
    return parts;
}

/// Turns drafts into transactions, one after the other.
class Completer {
public:
    Completer(ledger::Genesis genesis, client::Client& client, const book::Signers& signers,
              const Remark& remark)
        : genesis_(std::move(genesis)),
          client_(client),
          remark_(remark),
          signers_(signers),
          records_(client, book::RemoteRecords::References::asked_for),
          local_(genesis_, records_) {}

    Result<ledger::Transaction> complete(const value& draft) {
        if (!draft.is_object()) return wrong("not an object");
        object whole = draft.get_object();
        object probe = whole;
        // What is misspelt is said before anything is looked up for it.
        if (const auto named = api::fill_claims(probe); !named) return named.error();
        if (const Status dates = api::check_dates(whole); !dates) return dates.error();
        const bool anew = !whole.contains("id");
        if (anew) {
            whole["id"] = api::id_text(new_transaction_id());
        } else if (const Status taken = take_from_record(whole); !taken) {
            return taken.error();
        }
        if (const Status dated = add_dates(whole); !dated) return dated.error();
        const auto missing = api::fill_claims(whole);
        if (!missing) return missing.error();
        auto transaction = read(whole);
        if (transaction && !missing->empty()) {
            transaction = add_claims(*transaction, std::move(whole), *missing);
        }
        if (!transaction) return transaction;
        // A node would refuse it once all have signed.
        if (const auto hidden = ledger::hidden_text_in(*transaction)) {
            return wrong(hidden->field + ": has the character " +
                         code_point_text(hidden->character) +
                         ", which is not shown as it is; write the text without it");
        }
        if (anew) tell_of_equal(*transaction);
        remember(*transaction, anew);
        return transaction;
    }

private:
    /// A draft sent again under its id leaves out the same as before, while the book has gone on:
    /// what it leaves out is what is on record under the id, so that it is the same transaction.
    Status take_from_record(object& whole) const {
        object probe = whole;
        auto left_out = api::fill_claims(probe);
        if (!left_out) return {};  // said when the claims are filled in
        for (const char* date : {"business_date", "value_date"}) {
            if (!whole.contains(date)) left_out->emplace_back(date);
        }
        if (left_out->empty()) return {};
        const auto id = api::id_from_text<ledger::TransactionId>(text_at(whole, "id"));
        if (!id) return {};  // said when the transaction is read
        const auto sought = client::look_up(client_, genesis_, signers_.front().member, *id);
        if (!sought) return sought.error();
        const auto& found = sought->found;
        if (!found && !sought->claims.empty()) {
            remark_(client::who_claims(sought->claims) + " says that " + api::id_text(*id) +
                    " is on record, which no proof shows and no other node says; what the draft "
                    "leaves out is computed as if it were not");
        }
        if (!found) return {};
        const auto transaction = api::json_object_from_text(found->transaction);
        if (!transaction || text_at(*transaction, "type") != text_at(whole, "type")) return {};
        for (const std::string& name : *left_out) {
            if (const auto* field = transaction->if_contains(name)) whole[name] = *field;
        }
        whole.erase("periods");
        return {};
    }

    /// The id of the transaction there; empty where it cannot be read now.
    std::string id_at(std::uint64_t entry) const {
        const auto answer = client_.get("/v1/entries/" + std::to_string(entry));
        const auto document =
            answer ? api::json_object_from_text(answer->body) : Result<object>(answer.error());
        return document ? text_at(object_at(*document, "transaction"), "id") : std::string();
    }

    /// A waiver has nothing of its own by which a second one of the same would be refused. No more
    /// than a remark: what cannot be read now is said when it is submitted.
    void tell_of_equal(const ledger::Transaction& transaction) const {
        const auto* waive = std::get_if<ledger::Waive>(&transaction.body);
        if (waive == nullptr) return;
        const auto parts = in_order(waive->parts);
        for (const ledger::Transaction& earlier : earlier_) {
            const auto* one = std::get_if<ledger::Waive>(&earlier.body);
            if (one == nullptr || one->contract != waive->contract) continue;
            if (in_order(one->parts) != parts) continue;
            remark_("two WAIVEs of the same amounts for one contract; both are sent");
            return;
        }
        const auto contract = ledger::read_contract(records_, waive->contract, {});
        if (!contract || !*contract) return;
        for (const ledger::ContractEvent& event : (*contract)->body.events) {
            const bool equal = event.kind == ledger::EventKind::waive &&
                               event.reversed_by == ledger::kNoEntry &&
                               in_order(event.parts) == parts;
            if (!equal) continue;
            const std::string id = id_at(event.entry);
            remark_("a WAIVE of the same amounts is on record for this contract, entry " +
                    std::to_string(event.entry) + ", on " + ledger::day_text(event.value_date) +
                    "; this is another one. To send that one again, give the draft its id" +
                    (id.empty() ? ", which that entry shows" : R"(: "id": ")" + id + "\""));
            return;
        }
    }

    Status add_dates(object& whole) {
        if (!whole.contains("business_date")) {
            const std::string type = text_at(whole, "type");
            if (type == "DAY_OPEN") return wrong("business_date: is missing: which day to open?");
            if (type == "DAY_CANCEL") {
                return wrong("business_date: is missing: which day to cancel?");
            }
            const auto day = business_day(type == "DAY_CLOSE");
            if (!day) return day.error();
            // Filled in, the same file sent once more would close the next day.
            if (type == "DAY_CLOSE") {
                return wrong(
                    "business_date: is missing: which day to close? The oldest open one is " +
                    ledger::day_text(*day));
            }
            whole["business_date"] = ledger::day_text(*day);
        }
        if (!whole.contains("value_date")) whole["value_date"] = whole["business_date"];
        return {};
    }

    Result<ledger::Day> business_day(bool oldest) {
        if (!oldest && opened_) return *opened_;
        if (!days_) {
            auto days = read_days(client_);
            if (!days) {
                return Error{days.error().code,
                             "business_date: is missing, and the open days are "
                             "not to be had: " +
                                 days.error().context};
            }
            days_ = std::move(*days);
        }
        if (days_->open.empty()) {
            return wrong("business_date: is missing, and no day is open (DAY_OPEN opens one)");
        }
        return oldest ? days_->open.front() : days_->open.back();
    }

    Result<ledger::Transaction> add_claims(const ledger::Transaction& draft, object whole,
                                           const std::vector<std::string>& missing) {
        const object written = api::to_json(draft);
        const std::string& field = missing.front();
        const auto proposed =
            rests_on_earlier(written) ? propose_here(draft) : propose(client_, written);
        if (!proposed) {
            const Error& why = proposed.error();
            const bool refused = book::outcome_from_code(why.code.message()).has_value();
            return Error{why.code,
                         refused ? why.context + "; so nobody can say what was left out, " + field
                                 : field + ": is missing, and no node can say it: " + why.context};
        }
        for (const std::string& name : missing) {
            const auto* claim = proposed->if_contains(name);
            if (claim != nullptr) whole[name] = *claim;
        }
        return read(whole);
    }

    /// Names that the genesis does not have are asked for once.
    Result<ledger::Transaction> read(const object& whole) {
        bool unknown = false;
        const auto known = resolver_of(genesis_);
        const auto resolver = [&](std::string_view name) {
            const auto member = known(name);
            unknown = unknown || !member;
            return member;
        };
        auto transaction = api::transaction_from_json(whole, resolver);
        if (transaction || !unknown || std::exchange(learnt_, true)) return transaction;
        auto grown = with_later_members(client_, genesis_);
        if (!grown) return transaction;
        genesis_.later = std::move(grown->later);
        return api::transaction_from_json(whole, resolver_of(genesis_));
    }

    /// The same computed here, where the drafts before are known. One that the rules refuse has no
    /// effect, as it will have none on the network.
    Result<object> propose_here(ledger::Transaction draft) {
        const auto read_failed = [](const Error& error) {
            return Error{error.code, "the book cannot be read: " + error.context};
        };
        for (; applied_ < earlier_.size(); ++applied_) {
            const auto outcomes = local_.apply(std::span(&earlier_[applied_], 1), signers_);
            if (!outcomes) return read_failed(outcomes.error());
        }
        const auto closed = on_closed_day(draft);
        if (!closed) return read_failed(closed.error());
        const auto outcome =
            *closed ? propose_correction(draft) : ledger::propose(draft, local_.records());
        if (!outcome) return read_failed(outcome.error());
        if (*outcome == ledger::Outcome::accepted) return api::to_json(draft);
        return Error{client::api_code(ledger::outcome_code(*outcome)),
                     std::string(ledger::outcome_text(*outcome))};
    }

    Result<bool> on_closed_day(const ledger::Transaction& draft) const {
        const auto days = ledger::read_days(records_);
        if (!days) return days.error();
        return days->is_closed(draft.business_date) &&
               !std::holds_alternative<ledger::DayClose>(draft.body);
    }

    /// What corrects a closed day is booked all or none, so that one draft of it alone would be
    /// refused: it is computed as if the days of all of them were open.
    Result<ledger::Outcome> propose_correction(ledger::Transaction& draft) {
        book::LocalLedger trial(genesis_, records_);
        std::vector<ledger::Day> days{draft.business_date};
        for (const ledger::Transaction& one : earlier_) days.push_back(one.business_date);
        if (const Status opened = trial.force_open(days); !opened) return opened.error();
        for (const ledger::Transaction& one : earlier_) {
            const auto outcomes = trial.apply(std::span(&one, 1), signers_);
            if (!outcomes) return outcomes.error();
        }
        return ledger::propose(draft, trial.records());
    }

    /// Whether an earlier draft made or changed the contract, line or product, or may have. The
    /// balances of a day and the sums of a pool rest on everything.
    bool rests_on_earlier(const object& written) const {
        const std::string type = text_at(written, "type");
        const auto place = ledger::type_from_name(type);
        const bool of_pool = place && ledger::kTypeFacts[*place].basis == ledger::Basis::pool;
        if (type == "DAY_CLOSE" || of_pool) return !earlier_.empty();
        if (of_unnamed_) return true;
        return std::ranges::any_of(written, [this](const auto& member) {
            const auto& [name, field] = member;
            return name != "id" && field.is_string() &&
                   named_.contains(std::string(field.get_string()));
        });
    }

    /// What comes behind may rest on it, so it is judged as the network will: by what is on record
    /// under its own id, unless that is new, and under those that it cites.
    void remember(const ledger::Transaction& transaction, bool is_new) {
        earlier_.push_back(transaction);
        records_.ask_for_cited(transaction);
        if (!is_new) records_.ask_for(ledger::id_key(signers_.front().member, transaction.id));
        if (std::holds_alternative<ledger::DayOpen>(transaction.body)) {
            opened_ = transaction.business_date;
        }
        const ledger::Basis basis = ledger::facts_of(transaction.body).basis;
        of_unnamed_ = of_unnamed_ || basis == ledger::Basis::debit;
        const std::string_view changed = basis_field(basis);
        if (changed.empty()) return;
        const std::string id = text_at(api::to_json(transaction), changed);
        if (!id.empty()) named_.insert(id);
    }

    ledger::Genesis genesis_;  ///< with later members, once one was named
    bool learnt_ = false;
    client::Client& client_;
    const Remark& remark_;
    std::optional<BookDays> days_;
    std::optional<ledger::Day> opened_;  // by a draft
    std::set<std::string> named_;        // ids in earlier drafts
    bool of_unnamed_ = false;  // an earlier draft changed a contract that it does not name
    std::vector<ledger::Transaction> earlier_;
    const book::Signers& signers_;
    book::RemoteRecords records_;
    book::LocalLedger local_;
    std::size_t applied_ = 0;  // of the earlier ones, to the local ledger
};

/// What a text that is no JSON seems to be, and which command takes it; else empty.
std::string other_kind(std::string_view text) {
    if (const char* encoding = book::other_encoding(text)) return encoding;
    if (!is_utf8(text)) {
        return "is not UTF-8: save the file as UTF-8, or convert it (from GBK: iconv -f GB18030 "
               "-t UTF-8)";
    }
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::string_view whole = line.substr(0, line.find('\r'));
    if (whole.starts_with('{') && api::json_object_from_text(whole)) {
        return "seems to be a book, a JSON object a line: `tallystick import` takes it";
    }
    const bool table = !whole.empty() && whole.front() != '{' && whole.front() != '[' &&
                       whole.find_first_of(",;\t") != std::string_view::npos;
    return table ? "seems to be a book in CSV: `tallystick import` takes it" : "";
}

}  // namespace

Result<std::vector<ledger::Transaction>> complete_transactions(const std::string& text,
                                                               const ledger::Genesis& genesis,
                                                               client::Client& client,
                                                               const book::Signers& signers,
                                                               const Remark& remark) {
    auto document = api::json_from_text(text);
    if (!document || !is_utf8(text)) {
        const std::string kind = other_kind(text);
        return wrong(kind.empty() ? document.error().context : kind);
    }
    if (document->is_object()) *document = boost::json::array{*document};
    if (!document->is_array()) return wrong("neither a transaction nor a list of them");
    if (document->get_array().empty()) return wrong("an empty list: there is nothing to send");
    Completer completer(genesis, client, signers, remark);
    std::vector<ledger::Transaction> transactions;
    for (const value& draft : document->get_array()) {
        auto transaction = completer.complete(draft);
        if (!transaction) {
            return Error{transaction.error().code, "transaction " +
                                                       std::to_string(transactions.size() + 1) +
                                                       ": " + transaction.error().context};
        }
        transactions.push_back(std::move(*transaction));
    }
    return transactions;
}

ledger::TransactionId new_transaction_id() { return {api::uuid7_bytes(wall_now())}; }

}  // namespace tally::cli
