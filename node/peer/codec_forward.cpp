#include <utility>

#include "api/errc.h"
#include "crypto/errc.h"
#include "ledger/errc.h"
#include "node/peer/codec.h"
#include "node/peer/codec_parts.h"
#include "storage/errc.h"

// Forwards, their replies and checkpoint signatures to and from their Protobuf form. An error
// crosses by the name of its category and its number. One that this build does not know becomes
// outcome_unknown: the words for it are "retry the same ids", which is safe whatever happened.

namespace tally::node::peer {
namespace {

void put_failure(wire::Failure& target, const Error& source) {
    target.set_category(source.code.category().name());
    target.set_code(static_cast<std::uint32_t>(source.code.value()));
    target.set_context(bounded(source.context));
}

Error get_failure(const wire::Failure& source) {
    const NamedCategory* const known[] = {&api::category(), &ledger::category(),
                                          &consensus::category(), &storage::category(),
                                          &crypto::category()};
    const auto code = static_cast<int>(source.code());
    for (const NamedCategory* category : known) {
        if (source.category() != category->name()) continue;
        // 0 would mean success.
        if (!category->knows(code)) break;
        return Error{{code, *category}, source.context()};
    }
    return fail(api::errc::outcome_unknown,
                "the leader answered with an error unknown to this build");
}

void put_receipt(wire::Receipt& target, const SubmitReceipt& source) {
    target.set_block(source.block);
    target.set_block_time(source.block_time.count());
    target.set_replayed(source.replayed);
    target.set_valid(source.result.valid);
    target.set_header_entry(source.result.header_entry);
    target.set_applied_index(source.applied_index);
    if (source.certified_size) target.set_certified_size(*source.certified_size);
    target.mutable_transactions()->Reserve(static_cast<int>(source.result.transactions.size()));
    for (const ledger::TransactionResult& transaction : source.result.transactions) {
        wire::Transaction& item = *target.add_transactions();
        item.set_id(std::string(text_of(transaction.id.bytes)));
        item.set_outcome(static_cast<std::uint32_t>(transaction.outcome));
        item.set_entry(transaction.entry);
        item.set_repeated(transaction.repeated);
    }
}

Result<ledger::TransactionResult> get_transaction(const wire::Transaction& source) {
    ledger::TransactionResult result;
    if (source.id().size() != result.id.bytes.size()) return bad("receipt: transaction id");
    std::copy(source.id().begin(), source.id().end(), result.id.bytes.begin());
    if (source.outcome() > UINT16_MAX) return bad("receipt: unknown outcome");
    const auto outcome = ledger::outcome_from(static_cast<std::uint16_t>(source.outcome()));
    if (!outcome) return bad("receipt: unknown outcome");
    result.outcome = *outcome;
    result.entry = source.entry();
    result.repeated = source.repeated();
    return result;
}

Result<SubmitReceipt> get_receipt(const wire::Receipt& source) {
    if (!is_wall_time(source.block_time())) return bad("receipt: block time out of range");
    if (static_cast<std::size_t>(source.transactions_size()) > kReplyTransactionsMax) {
        return bad("receipt: too many transactions");
    }
    SubmitReceipt receipt;
    receipt.block = source.block();
    receipt.block_time = consensus::Millis(source.block_time());
    receipt.replayed = source.replayed();
    receipt.result.valid = source.valid();
    receipt.result.header_entry = source.header_entry();
    receipt.applied_index = source.applied_index();
    if (source.has_certified_size()) receipt.certified_size = source.certified_size();
    receipt.result.transactions.reserve(static_cast<std::size_t>(source.transactions_size()));
    for (const wire::Transaction& item : source.transactions()) {
        Result<ledger::TransactionResult> transaction = get_transaction(item);
        if (!transaction) return transaction.error();
        receipt.result.transactions.push_back(*std::move(transaction));
    }
    return receipt;
}

}  // namespace

Frame encode(const ForwardRequest& request) {
    wire::Envelope envelope;
    envelope.mutable_forward()->set_id(request.id);
    Frame frame = frame_of(envelope);
    frame.attach({}, request.submission);
    frame.finish();
    return frame;
}

Frame encode(const ForwardReply& reply) {
    wire::Envelope envelope;
    wire::ForwardReply& target = *envelope.mutable_forward_reply();
    target.set_id(reply.id);
    if (reply.result) {
        put_receipt(*target.mutable_receipt(), *reply.result);
    } else {
        put_failure(*target.mutable_failure(), reply.result.error());
    }
    Frame frame = frame_of(envelope);
    frame.finish();
    return frame;
}

Frame encode(const CheckpointSignatures& signatures) {
    wire::Envelope envelope;
    wire::CheckpointSignatures& target = *envelope.mutable_signatures();
    target.set_size(signatures.size);
    target.set_root(std::string(text_of(signatures.root.view())));
    for (const crypto::NoteSignature& line : signatures.lines) {
        wire::Line& item = *target.add_lines();
        item.set_name(line.name);
        item.set_key_id(line.key_id);
        item.set_blob(std::string(text_of(line.blob)));
    }
    target.set_answer_wanted(signatures.answer_wanted);
    Frame frame = frame_of(envelope);
    frame.finish();
    return frame;
}

Result<Envelope> decode_forward_reply(const wire::ForwardReply& source) {
    switch (source.result_case()) {
        case wire::ForwardReply::kReceipt: {
            Result<SubmitReceipt> receipt = get_receipt(source.receipt());
            if (!receipt) return receipt.error();
            return Envelope(ForwardReply{source.id(), std::move(receipt)});
        }
        case wire::ForwardReply::kFailure:
            if (source.failure().context().size() > kTextBytesMax) {
                return bad("forward reply: context too long");
            }
            return Envelope(ForwardReply{source.id(), get_failure(source.failure())});
        case wire::ForwardReply::RESULT_NOT_SET:
            break;
    }
    return bad("forward reply: no result");
}

Result<Envelope> decode_signatures(const wire::CheckpointSignatures& source) {
    CheckpointSignatures signatures;
    signatures.size = source.size();
    if (source.root().size() != signatures.root.bytes.size()) return bad("signatures: root");
    signatures.root = crypto::digest_from(view_of(source.root()));
    if (source.lines_size() > 2) return bad("signatures: more than two lines");
    for (const wire::Line& line : source.lines()) {
        // Ed25519 alone, or the time before it (C2SP tlog-cosignature).
        const bool sized = line.blob().size() == 64 || line.blob().size() == 72;
        if (!sized || line.name().size() > kNoteNameBytesMax) return bad("signatures: line");
        signatures.lines.push_back({line.name(), line.key_id(), to_bytes(line.blob())});
    }
    signatures.answer_wanted = source.answer_wanted();
    return Envelope(std::move(signatures));
}

}  // namespace tally::node::peer
