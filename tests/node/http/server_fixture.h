#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "node/http/server.h"
#include "tests/node/http/fake_service.h"
#include "tests/node/http/http_client.h"

namespace tally::node::http::test {

/// A server on a port of the system's choice over a FakeService, with a network thread of its own.
class ServerFixture {
public:
    explicit ServerFixture(const HttpLimits& limits = {}, const testing::CastOptions& options = {});
    ~ServerFixture();

    FakeService& service() { return service_; }
    const testing::Cast& cast() const { return service_.cast(); }
    testing::Drafts& drafts() { return service_.drafts(); }
    HttpServer& server() { return *server_; }
    std::uint16_t port() const { return server_->port(); }
    /// A connection of its own for each request.
    Reply get(const std::string& target) { return HttpClient(port()).get(target); }
    Reply post(const std::string& target, const std::string& body,
               const std::string& type = "application/json") {
        return HttpClient(port()).post(target, body, type);
    }

    /// The terms that all tests share, the first day, and the assessments of borrowers 1 to this
    /// number, in one block. Its leaves: 6 and one for each borrower.
    void open_book(std::uint64_t borrowers);
    /// open_book(1), then a line of 5000.00, borrower 1, and a contract of 1000.00 in three parts
    /// on it, first two payments made, the limit raised: five accepted transactions in five blocks.
    void make_small_book();
    /// One transaction with its claims filled in by the rules; the result.
    ledger::TransactionResult apply_proposed(ledger::Transaction transaction,
                                             std::initializer_list<const testing::Party*> signers);

private:
    FakeService service_;
    boost::asio::io_context network_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<HttpServer> server_;
    std::thread thread_;
};

/// What make_small_book leaves behind: blocks and leaves; the leaves of its opening.
inline constexpr std::uint64_t kSmallBookBlocks = 6;
inline constexpr std::uint64_t kSmallBookLeaves = 17;
inline constexpr std::uint64_t kOpeningLeaves = 7;

boost::json::object object_of(const Reply& reply);
/// The code of a problem document, which must be one: right media type, status and type.
std::string problem_code(const Reply& reply);
std::string text_at(const boost::json::object& object, std::string_view name);
std::uint64_t number_at(const boost::json::object& object, std::string_view name);

std::string line_id(std::uint64_t number);  ///< hexadecimal id_of<LineId>(number)
/// The JSON body of an encoded submission.
std::string json_body(const SharedBytes& submission);
/// The Protobuf body of it.
std::string protobuf_body(const SharedBytes& submission);

}  // namespace tally::node::http::test
