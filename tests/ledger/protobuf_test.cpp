#include <random>

#include "ledger/submission.h"
#include "ledger/transaction.h"
#include "tallystick.pb.h"
#include "tests/ledger/samples.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using testing::Samples;
namespace proto = tallystick::v1;

namespace {

std::string text(const auto& id) {
    return std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

struct Filler {
    proto::Transaction& message;

    void operator()(const ledger::LimitGrant& grant) const {
        auto& body = *message.mutable_limit_grant();
        body.set_line(text(grant.line));
        body.set_borrower(text(grant.borrower));
        body.set_currency(grant.currency);
        body.set_limit(grant.limit);
        body.set_valid_from(grant.valid_from);
        body.set_valid_to(grant.valid_to);
    }
    void operator()(const ledger::LimitChange& change) const {
        auto& body = *message.mutable_limit_change();
        body.set_line(text(change.line));
        body.set_limit(change.limit);
    }
    void operator()(const ledger::Capture& capture) const {
        auto& body = *message.mutable_capture();
        body.set_contract(text(capture.contract));
        body.set_line(text(capture.line));
        body.set_principal(capture.principal);
        body.set_fee_ppm(capture.fee_ppm);
        for (const ledger::Instalment& row : capture.schedule) {
            auto& added = *body.add_schedule();
            added.set_due(row.due);
            added.set_principal(row.principal);
            added.set_fee(row.fee);
        }
        for (const ledger::FundingShare& share : capture.shares) {
            auto& added = *body.add_shares();
            added.set_funder(text(share.funder));
            added.set_share(share.share);
        }
    }
    void operator()(const ledger::Repayment& repayment) const {
        auto& body = *message.mutable_repayment();
        body.set_contract(text(repayment.contract));
        body.set_amount(repayment.amount);
        body.set_source_ref(repayment.source_ref);
        for (const ledger::Allocation& row : repayment.allocation) {
            auto& added = *body.add_allocation();
            added.set_instalment(row.instalment);
            added.set_component(static_cast<proto::Component>(row.component));
            added.set_amount(row.amount);
        }
    }
};

proto::Transaction message_of(const ledger::Transaction& transaction) {
    proto::Transaction message;
    message.set_id(text(transaction.id));
    message.set_business_date(transaction.business_date);
    message.set_value_date(transaction.value_date);
    std::visit(Filler{message}, transaction.body);
    return message;
}

}  // namespace

TEST_CASE("Protobuf writes the bytes that we write and accept", "[ledger][wire]") {
    // Goal: a client with any Protobuf library gets canonical bytes for free. Random transactions
    // over the whole range of every field; the seed is shown.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    for (int round = 0; round < 5000; ++round) {
        const ledger::Transaction transaction = samples.transaction();
        const Bytes ours = ledger::encode_transaction(transaction);
        const std::string theirs = message_of(transaction).SerializeAsString();
        REQUIRE(to_string(ours) == theirs);
        const auto decoded = ledger::decode_transaction(view_of(theirs), 1);
        INFO((decoded ? std::string() : decoded.error().context));
        REQUIRE(decoded);
        REQUIRE(ledger::encode_transaction(*decoded) == ours);
        REQUIRE(ledger::transaction_id_of(ours) == transaction.id);
    }
}

TEST_CASE("Protobuf reads what we wrote", "[ledger][wire]") {
    // Goal: the schema file says what the walk says, field by field, in the other direction.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    for (int round = 0; round < 1000; ++round) {
        const Bytes ours = ledger::encode_transaction(samples.transaction());
        proto::Transaction message;
        REQUIRE(message.ParseFromArray(ours.data(), static_cast<int>(ours.size())));
        REQUIRE(message.SerializeAsString() == to_string(ours));
        REQUIRE(message.GetReflection()->GetUnknownFields(message).empty());
    }
}

TEST_CASE("Protobuf agrees on the submission header", "[ledger][wire]") {
    // Goal: the signed bytes too are those of the schema file.
    const testing::Cast cast;
    const testing::Drafts drafts;
    for (const bool atomic : {false, true}) {
        for (const std::int64_t not_after : {std::int64_t{0}, std::int64_t{1'700'000'000'123},
                                             std::numeric_limits<std::int64_t>::max()}) {
            const Bytes transaction = {1, 2, 3};
            const ledger::SigningKey keys[] = {cast.originator().signing(),
                                               cast.funder().signing()};
            const ledger::Submission submission =
                ledger::sign_submission(cast.network(), std::span(&transaction, 1), keys, atomic,
                                        ledger::Millis(not_after));
            const auto header = ledger::SubmissionHeader::decode(submission.header).value();
            proto::SubmissionHeader message;
            message.set_network(text(header.network));
            for (const ledger::Signer& signer : header.signers) {
                auto& added = *message.add_signers();
                added.set_member(text(signer.member));
                added.set_key(text(signer.key));
            }
            message.set_atomic(header.atomic);
            message.set_transaction_count(header.transaction_count);
            message.set_transactions_root(text(header.transactions_root));
            message.set_not_after_ms(static_cast<std::uint64_t>(header.not_after.count()));
            CHECK(message.SerializeAsString() == to_string(submission.header));
        }
    }
}
