#include "ledger/admission.h"

#include <map>
#include <string>

#include "base/hex.h"
#include "base/shown_text.h"
#include "ledger/errc.h"
#include "ledger/hidden_text.h"
#include "ledger/queries.h"
#include "ledger/time_text.h"
#include "ledger/transaction.h"

namespace tally::ledger {
namespace {

Status check_signers(const CheckedSubmission& submission, const RecordReader& reader,
                     const AdmissionContext& context) {
    for (const Signer& signer : submission.header.signers) {
        const Result<std::optional<MemberRecord>> member = read_member(reader, signer.member);
        if (!member) return member.error();
        if (!*member) {
            return fail(errc::unknown_member,
                        "signer " + to_hex(signer.member.bytes) + " is no member of this network");
        }
        const MemberBody& body = *(*member)->body;
        if (body.key_valid(signer.key, context.next_block)) continue;
        return fail(errc::key_not_valid, "key " + to_hex(signer.key.view()) +
                                             " is not a key of member " + body.name +
                                             " at this height; sign with a current one");
    }
    return {};
}

/// Counted from 1, as people count. The id may be unreadable.
std::string place(std::size_t position, const std::optional<TransactionId>& id) {
    return "transaction " + std::to_string(position + 1) +
           (id ? " (id " + to_hex(id->bytes) + ")" : "");
}

/// The rules refuse controls and changes of direction, and nothing else that is UTF-8: their list
/// never changes. Nothing new gets on record through this node that people cannot see as it is.
Status check_texts(std::size_t position, const Transaction& transaction) {
    const auto hidden = hidden_text_in(transaction);
    if (!hidden) return {};
    return fail(errc::malformed, place(position, transaction.id) + ": " + hidden->field +
                                     " has the character " + code_point_text(hidden->character) +
                                     ", which is not shown as it is (a control or format "
                                     "character); write the text without it");
}

/// The ledger would take it, and the network stop at that height.
Status check_rules(std::size_t position, const Transaction& transaction,
                   const AdmissionContext& context) {
    const auto* activation = std::get_if<RulesActivate>(&transaction.body);
    if (activation == nullptr || activation->version <= context.rules_newest) return {};
    return fail(errc::nodes_behind,
                place(position, transaction.id) + ": most of the nodes apply rules version " +
                    std::to_string(context.rules_newest) + " at most, and would stop at version " +
                    std::to_string(activation->version) +
                    ": install a release that applies it first (`tallystick governance` shows "
                    "which node applies what)");
}

/// Canonical bytes, texts that people can see, and free ids. Counts those that are on record with
/// the same bytes.
Status check_transactions(const CheckedSubmission& submission, const RecordReader& reader,
                          const AdmissionContext& context, std::size_t& known) {
    const MemberId& submitter = submission.header.signers.front().member;
    std::map<TransactionId, crypto::Digest> seen;
    for (std::size_t position = 0; position < submission.transactions.size(); ++position) {
        const Result<Transaction> transaction = decode_transaction(
            submission.transactions[position], grammar_of(context.rules_version));
        if (!transaction) {
            return Error{transaction.error().code,
                         place(position, transaction_id_of(submission.transactions[position])) +
                             ": " + transaction.error().context};
        }
        const crypto::Digest& leaf = submission.transaction_hashes[position];
        const auto [twin, added] = seen.emplace(transaction->id, leaf);
        if (!added && twin->second != leaf) {
            return fail(errc::id_reused, place(position, transaction->id) +
                                             ": the id is twice in this submission with other "
                                             "content; give each its own");
        }
        const Result<std::optional<TransactionView>> first =
            find_transaction(reader, submitter, transaction->id);
        if (!first) return first.error();
        if (!*first) {
            if (Status status = check_texts(position, *transaction); !status) return status;
            if (Status status = check_rules(position, *transaction, context); !status)
                return status;
            continue;
        }
        ++known;
        if ((*first)->leaf_hash == leaf) continue;
        return fail(errc::id_reused, place(position, transaction->id) +
                                         ": the id is on record at entry " +
                                         std::to_string((*first)->entry) +
                                         " with other content; a new transaction needs a new id");
    }
    return {};
}

}  // namespace

Status admit(const CheckedSubmission& submission, const RecordReader& reader,
             const AdmissionContext& context) {
    if (!submission.status) return submission.status;
    if (Status status = check_signers(submission, reader, context); !status) return status;
    std::size_t known = 0;
    if (Status status = check_transactions(submission, reader, context, known); !status) {
        return status;
    }
    const Millis not_after = submission.header.not_after;
    const bool wholly_known = known == submission.transactions.size();
    if (not_after.count() != 0 && context.now > not_after && !wholly_known) {
        return fail(errc::expired, "submission: not-after " + time_text(not_after) +
                                       " has passed at this node (the ledger's time, that of its "
                                       "last block, is " +
                                       time_text(context.now) +
                                       "); sign again with a later one and the same ids");
    }
    return {};
}

}  // namespace tally::ledger
