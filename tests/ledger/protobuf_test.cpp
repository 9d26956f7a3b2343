#include <limits>
#include <random>

#include "crypto/ed25519.h"
#include "ledger/submission.h"
#include "ledger/transaction_layout.h"
#include "ledger/type_table.h"
#include "tests/ledger/protobuf_fill.h"
#include "tests/ledger/samples.h"
#include "tests/support/catch.h"

using namespace tally;
using testing::bytes_text;
using testing::message_of;
using testing::Samples;
namespace proto = tallystick::v1;
namespace reflection = google::protobuf;

namespace {

void require_same(const ledger::Transaction& transaction) {
    INFO(ledger::type_name(transaction.body));
    const Bytes ours = ledger::encode_transaction(transaction);
    const std::string theirs = message_of(transaction).SerializeAsString();
    REQUIRE(to_string(ours) == theirs);
    const auto decoded = ledger::decode_transaction(view_of(theirs), ledger::kRulesVersion);
    INFO((decoded ? std::string() : decoded.error().context));
    REQUIRE(decoded);
    REQUIRE(ledger::encode_transaction(*decoded) == ours);
    // Not only the same bytes: each member came back into its own place.
    REQUIRE(message_of(*decoded).SerializeAsString() == theirs);
    REQUIRE(ledger::transaction_id_of(ours) == transaction.id);
}

/// A visitor that holds a description against the message of the schema file.
class SchemaCheck {
public:
    explicit SchemaCheck(const reflection::Descriptor& message) : message_(message) {}

    using Type = reflection::FieldDescriptor;
    void id(int n, std::string_view name, const auto&) { expect(n, name, Type::TYPE_BYTES); }
    void member(int n, std::string_view name, const auto& v) { id(n, name, v); }
    void digest(int n, std::string_view name, const auto& v) { id(n, name, v); }
    void optional_id(int n, std::string_view name, const auto& v) { id(n, name, v); }
    void optional_digest(int n, std::string_view name, const auto& v) { id(n, name, v); }
    void key(int n, std::string_view name, const auto& v) { id(n, name, v); }
    void order(int n, std::string_view name, const auto& v) { id(n, name, v); }
    void text(int n, std::string_view name, const auto&, auto...) {
        expect(n, name, Type::TYPE_STRING);
    }
    void amount(int n, std::string_view name, ledger::Amount, auto...) {
        expect(n, name, Type::TYPE_SINT64);
    }
    void day(int n, std::string_view name, ledger::Day, auto...) {
        expect(n, name, Type::TYPE_SINT32);
    }
    void days(int n, std::string_view name, ledger::Day, auto...) {
        expect(n, name, Type::TYPE_SINT32);
    }
    void ppm(int n, std::string_view name, ledger::Ppm, auto...) {
        expect(n, name, Type::TYPE_SINT32);
    }
    void count(int n, std::string_view name, std::uint32_t, auto...) {
        expect(n, name, Type::TYPE_UINT32);
    }
    void flag(int n, std::string_view name, bool) { expect(n, name, Type::TYPE_BOOL); }
    void word(int n, std::string_view name, auto) { expect(n, name, Type::TYPE_ENUM); }
    void days_list(int n, std::string_view name, const auto&) {
        const auto* field = expect(n, name, Type::TYPE_MESSAGE);
        CHECK(field->is_repeated());
        CHECK(field->message_type()->FindFieldByNumber(1)->type() == Type::TYPE_SINT32);
    }
    template <typename Element>
    void list(int n, std::string_view name, const std::vector<Element>&, auto...) {
        const auto* field = expect(n, name, Type::TYPE_MESSAGE);
        CHECK(field->is_repeated());
        SchemaCheck inner(*field->message_type());
        const Element element;
        describe(inner, element);
        inner.finish();
    }
    void finish() const { CHECK(seen_ == message_.field_count()); }

private:
    const reflection::FieldDescriptor* expect(int number, std::string_view name, Type::Type type) {
        INFO(message_.name() << "." << name);
        const auto* field = message_.FindFieldByNumber(number);
        REQUIRE(field != nullptr);
        CHECK(field->name() == name);
        CHECK(field->type() == type);
        // Ascending: the decoder reads in one sweep.
        CHECK(number > last_);
        last_ = number;
        ++seen_;
        return field;
    }

    const reflection::Descriptor& message_;
    int last_ = 0;
    int seen_ = 0;
};

}  // namespace

TEST_CASE("Protobuf writes the bytes that we write and accept", "[ledger][wire]") {
    // Goal: a client with any Protobuf library gets canonical bytes for free. All types full and
    // minimal, and random ones over the whole range of every field; the seed is shown.
    for (const ledger::Transaction& sample : testing::full_samples()) require_same(sample);
    for (const ledger::Transaction& sample : testing::minimal_samples()) require_same(sample);
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    for (int round = 0; round < 10'000; ++round) require_same(samples.transaction());
}

TEST_CASE("Protobuf reads what we wrote", "[ledger][wire]") {
    // Goal: the schema file says what the walk says, field by field, in the other direction.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    Samples samples(seed);
    for (int round = 0; round < 2000; ++round) {
        const ledger::Transaction transaction = samples.transaction();
        INFO(ledger::type_name(transaction.body));
        const Bytes ours = ledger::encode_transaction(transaction);
        proto::Transaction message;
        REQUIRE(message.ParseFromArray(ours.data(), static_cast<int>(ours.size())));
        REQUIRE(message.SerializeAsString() == to_string(ours));
        message.DiscardUnknownFields();
        REQUIRE(message.SerializeAsString() == to_string(ours));
    }
}

TEST_CASE("The schema file and the descriptions name the same fields", "[ledger][wire]") {
    // Goal: numbers, names and types, in both directions; names are those of JSON too.
    const reflection::Descriptor& message = *proto::Transaction::descriptor();
    CHECK(message.oneof_decl(0)->field_count() ==
          static_cast<int>(ledger::kTransactionTypes.size()));
    for (std::size_t type = 0; type < ledger::kTransactionTypes.size(); ++type) {
        const auto* field =
            message.FindFieldByNumber(static_cast<int>(ledger::kFirstBodyField + type));
        REQUIRE(field != nullptr);
        std::string name = field->name();
        for (char& letter : name) letter = static_cast<char>(std::toupper(letter));
        CHECK(name == ledger::kTransactionTypes[type]);
        SchemaCheck check(*field->message_type());
        const ledger::TransactionBody sample = ledger::body_of_type(type);
        std::visit([&](const auto& body) { describe(check, body); }, sample);
        check.finish();
    }
}

TEST_CASE("Protobuf agrees on the submission header", "[ledger][wire]") {
    // Goal: the signed bytes too are those of the schema file.
    const auto first = crypto::SecretKey::from_seed(Bytes(32, 1)).value();
    const auto second = crypto::SecretKey::from_seed(Bytes(32, 2)).value();
    const ledger::SigningKey keys[] = {{ledger::MemberId{{1}}, &first},
                                       {ledger::MemberId{{2}}, &second}};
    const crypto::Digest network{{7}};
    for (const bool atomic : {false, true}) {
        for (const std::int64_t not_after : {std::int64_t{0}, std::int64_t{1'700'000'000'123},
                                             std::numeric_limits<std::int64_t>::max()}) {
            const Bytes transaction = {1, 2, 3};
            const ledger::Submission submission = ledger::sign_submission(
                network, std::span(&transaction, 1), keys, atomic, ledger::Millis(not_after));
            const auto header = ledger::SubmissionHeader::decode(submission.header).value();
            proto::SubmissionHeader message;
            message.set_network(bytes_text(header.network));
            for (const ledger::Signer& signer : header.signers) {
                auto& added = *message.add_signers();
                added.set_member(bytes_text(signer.member));
                added.set_key(bytes_text(signer.key));
                added.set_suite(1);
            }
            message.set_atomic(header.atomic);
            message.set_transaction_count(header.transaction_count);
            message.set_transactions_root(bytes_text(header.transactions_root));
            message.set_not_after_ms(static_cast<std::uint64_t>(header.not_after.count()));
            CHECK(message.SerializeAsString() == to_string(submission.header));
        }
    }
}
