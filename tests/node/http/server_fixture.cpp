#include "tests/node/http/server_fixture.h"

#include "api/ids.h"
#include "api/problem.h"
#include "crypto/base64.h"
#include "ledger/propose.h"
#include "tests/support/catch.h"

namespace tally::node::http::test {

using testing::id_of;

ServerFixture::ServerFixture(const HttpLimits& limits, const testing::CastOptions& options)
    : service_(options), work_(boost::asio::make_work_guard(network_)) {
    auto server = HttpServer::create(network_, {"127.0.0.1:0", {"book.example"}, limits}, service_);
    REQUIRE(server);
    server_ = std::move(*server);
    server_->start();
    thread_ = std::thread([this] { network_.run(); });
}

ServerFixture::~ServerFixture() {
    server_->stop(std::chrono::milliseconds(0));
    work_.reset();
    network_.stop();
    thread_.join();
    server_.reset();
    service_.drop_held();
}

void ServerFixture::open_book(std::uint64_t borrowers) {
    const testing::Cast& cast = service_.cast();
    std::vector<ledger::Transaction> opening = drafts().opening();
    for (std::uint64_t number = 1; number <= borrowers; ++number) {
        opening.push_back(drafts().assessment(id_of<ledger::BorrowerId>(number)));
    }
    const auto receipt = service_.apply(
        cast.sign(opening, {&cast.originator(), &cast.regulator(), &cast.servicer()}));
    for (const ledger::TransactionResult& result : receipt.result.transactions) {
        REQUIRE(result.outcome == ledger::Outcome::accepted);
    }
}

ledger::TransactionResult ServerFixture::apply_proposed(
    ledger::Transaction transaction, std::initializer_list<const testing::Party*> signers) {
    service_.read({}, [&](Result<ReadPoint> point) {
        const auto outcome = ledger::propose(transaction, *point->view);
        REQUIRE(outcome);
        REQUIRE(*outcome == ledger::Outcome::accepted);
    });
    return service_.apply_one(transaction, signers);
}

void ServerFixture::make_small_book() {
    open_book(1);
    const testing::Cast& cast = service_.cast();
    const auto line = id_of<ledger::LineId>(1);
    const auto contract = id_of<ledger::ContractId>(1);
    const auto accepted = [](const ledger::TransactionResult& result) {
        REQUIRE(result.outcome == ledger::Outcome::accepted);
    };
    accepted(service_.apply_one(drafts().grant(line, id_of<ledger::BorrowerId>(1), 500'000),
                                {&cast.originator()}));
    accepted(service_.apply_one(drafts().capture(contract, line, cast.funder().id, 100'000),
                                {&cast.originator(), &cast.funder()}));
    for (const ledger::Amount amount : {33'833, 20'000}) {
        accepted(apply_proposed(drafts().repayment(contract, amount, {}), {&cast.servicer()}));
    }
    accepted(service_.apply_one(drafts().change(line, 600'000), {&cast.originator()}));
}

boost::json::object object_of(const Reply& reply) {
    INFO(reply.body);
    const auto value = boost::json::parse(reply.body);
    REQUIRE(value.is_object());
    return value.get_object();
}

std::string problem_code(const Reply& reply) {
    INFO(reply.status << " " << reply.body);
    REQUIRE(reply.header("content-type") == "application/problem+json");
    const auto object = object_of(reply);
    const std::string code = text_at(object, "code");
    CHECK(text_at(object, "type") == "urn:tallystick:error:" + code);
    CHECK(number_at(object, "status") == reply.status);
    CHECK(reply.status == api::http_status_of(code));
    CHECK(reply.has("retry-after") == (reply.status == 503));
    CHECK_FALSE(text_at(object, "title").empty());
    return code;
}

std::string text_at(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    INFO(name);
    REQUIRE(value != nullptr);
    REQUIRE(value->is_string());
    return std::string(value->get_string());
}

std::uint64_t number_at(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    INFO(name);
    REQUIRE(value != nullptr);
    REQUIRE((value->is_int64() || value->is_uint64()));
    return value->to_number<std::uint64_t>();
}

std::string line_id(std::uint64_t number) { return api::id_text(id_of<ledger::LineId>(number)); }

std::string json_body(const SharedBytes& submission) {
    const auto parts = ledger::Submission::decode(*submission);
    REQUIRE(parts);
    boost::json::array signatures;
    for (const auto& signature : parts->signatures) {
        signatures.emplace_back(crypto::to_base64(signature.view()));
    }
    boost::json::array transactions;
    for (const Bytes& bytes : parts->transactions) {
        transactions.emplace_back(crypto::to_base64(bytes));
    }
    return boost::json::serialize(boost::json::object{{"header", crypto::to_base64(parts->header)},
                                                      {"signatures", signatures},
                                                      {"transactions", transactions}});
}

namespace {

/// One length-delimited field of a Protobuf message, written here so that the test does not rest on
/// the library that the server uses.
void add_field(std::string& target, char tag, ByteView bytes) {
    target.push_back(tag);
    std::size_t length = bytes.size();
    while (length >= 0x80) {
        target.push_back(static_cast<char>(0x80 | (length & 0x7F)));
        length >>= 7;
    }
    target.push_back(static_cast<char>(length));
    target.append(text_of(bytes));
}

}  // namespace

std::string protobuf_body(const SharedBytes& submission) {
    const auto parts = ledger::Submission::decode(*submission);
    REQUIRE(parts);
    std::string body;
    add_field(body, 0x0A, parts->header);
    for (const auto& signature : parts->signatures) add_field(body, 0x12, signature.view());
    for (const Bytes& bytes : parts->transactions) add_field(body, 0x1A, bytes);
    return body;
}

}  // namespace tally::node::http::test
