#include "client/on_record.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "api/ids.h"
#include "api/json_text.h"
#include "client/errors.h"

namespace tally::client {
namespace {

namespace json = boost::json;

std::optional<std::uint64_t> number_at(const json::object& object, const char* name) {
    const auto* found = object.if_contains(name);
    if (found == nullptr || !found->is_int64() || found->get_int64() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(found->get_int64());
}

std::optional<RecordedTransaction> claim_in(const std::string& body) {
    const auto document = api::json_object_from_text(body);
    if (!document) return std::nullopt;
    const auto entry = number_at(*document, "entry");
    const auto* outcome = document->if_contains("outcome");
    if (!entry || outcome == nullptr || !outcome->is_string()) return std::nullopt;
    RecordedTransaction claim;
    claim.entry = *entry;
    claim.outcome = std::string(outcome->get_string());
    if (!stands_under_id(claim.outcome)) return std::nullopt;
    claim.block = number_at(*document, "block").value_or(0);
    const auto* transaction = document->if_contains("transaction");
    if (transaction != nullptr && transaction->is_object()) {
        claim.transaction = json::serialize(*transaction);
    }
    return claim;
}

/// What two nodes that have the same on record share.
std::string meaning_of(const std::string& body) {
    const auto claim = claim_in(body);
    if (!claim) return body;
    return claim->outcome + " " + std::to_string(claim->entry) + " " +
           std::to_string(claim->block) + " " + claim->transaction;
}

RecordedTransaction proven(const ProofReport& report) {
    return {report.outcome, report.entry, report.block, report.transaction, {}};
}

/// What two nodes say alike, and what each of them says for itself.
Sought sort(const Heard& heard) {
    Sought sought;
    for (const Answer& answer : heard.said) {
        auto claim = answer.status == 200 ? claim_in(answer.body) : std::nullopt;
        if (!claim) continue;
        claim->url = answer.url;
        sought.claims.push_back(std::move(*claim));
    }
    if (heard.agreed && heard.agreed->status == 200) {
        sought.found = claim_in(heard.agreed->body);
        if (sought.found) sought.found->url = heard.agreed->url;
    }
    return sought;
}

}  // namespace

ProofCheck proof_of(const ledger::Genesis& genesis, std::uint64_t entry,
                    const ledger::MemberId& member, const ledger::TransactionId& id,
                    ProofReport& report) {
    return [&genesis, &report, entry, member, id](const std::string& text) -> Status {
        report = verify_proof(text, genesis);
        if (!report.verified) {
            return fail(errc::bad_answer,
                        "the proof does not hold: " + report.failed_field + ": " + report.failure);
        }
        const bool asked = report.entry == entry && report.submitter == api::id_text(member) &&
                           report.transaction_id == api::id_text(id);
        if (!asked) return fail(errc::bad_answer, "the proof is of another transaction");
        if (!stands_under_id(report.outcome)) {
            return fail(errc::bad_answer, "the proof is of an attempt (" + report.outcome +
                                              "), not of what stands under the id");
        }
        return {};
    };
}

namespace {

Result<Heard> ask(Client& client, const ledger::MemberId& member, const ledger::TransactionId& id) {
    return client.hear("/v1/transactions/" + api::id_text(member) + "/" + api::id_text(id),
                       meaning_of);
}

/// Nobody found it, and somebody who denies it does not know whether it is so by now.
bool is_open(const Result<Heard>& heard) {
    if (!heard) return false;
    const bool found = heard->agreed && heard->agreed->status == 200;
    return !found && std::ranges::any_of(heard->said, [](const Answer& answer) {
        return answer.status != 200 && answer.stale;
    });
}

}  // namespace

Result<Sought> look_up(Client& client, const ledger::Genesis& genesis,
                       const ledger::MemberId& member, const ledger::TransactionId& id,
                       bool committed) {
    constexpr std::chrono::milliseconds kPause{100};
    const auto until = std::chrono::steady_clock::now() + client.options().deadline;
    auto heard = ask(client, member, id);
    while (committed && is_open(heard) && std::chrono::steady_clock::now() + kPause < until) {
        std::this_thread::sleep_for(kPause);
        heard = ask(client, member, id);
    }
    if (!heard) return heard.error();
    Sought sought = sort(*heard);
    std::set<std::uint64_t> entries;
    for (const RecordedTransaction& claim : sought.claims) entries.insert(claim.entry);
    const bool denied =
        std::ranges::any_of(heard->said, [](const Answer& answer) { return answer.status != 200; });
    for (const bool waiting : {false, true}) {
        if (waiting && (denied || sought.found)) break;
        for (const std::uint64_t entry : entries) {
            ProofReport report;
            const ProofCheck holds = proof_of(genesis, entry, member, id, report);
            const auto proof =
                waiting ? client.proof(entry, holds) : client.proof_at_once(entry, holds);
            if (!proof) continue;
            sought.found = proven(report);
            return sought;
        }
    }
    return sought;
}

std::string who_claims(const std::vector<RecordedTransaction>& claims) {
    std::string urls;
    for (const RecordedTransaction& claim : claims)
        urls += (urls.empty() ? "" : " and ") + claim.url;
    return urls;
}

}  // namespace tally::client
