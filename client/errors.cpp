#include "client/errors.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/errc.h"
#include "crypto/errc.h"
#include "ledger/errc.h"

namespace tally::client {
namespace {

class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "client"; }
    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::unreachable:
                return "unreachable";
            case errc::timed_out:
                return "timed_out";
            case errc::connection_lost:
                return "connection_lost";
            case errc::outcome_unknown:
                return "outcome_unknown";
            case errc::bad_answer:
                return "bad_answer";
            case errc::bad_url:
                return "bad_url";
            case errc::bad_file:
                return "bad_file";
        }
        return "unknown";
    }
};

/// Names that a newer node may use: numbered in the order in which they are met.
class ApiCategory final : public std::error_category {
public:
    const char* name() const noexcept override { return "answer"; }
    std::string message(int code) const override {
        const std::lock_guard lock(mutex_);
        const auto position = static_cast<std::size_t>(code) - 1;
        return position < names_.size() ? names_[position] : "unknown";
    }
    int number_of(std::string_view name) const {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i] == name) return static_cast<int>(i) + 1;
        }
        // A hostile node must not fill our memory with names.
        if (names_.size() == kNamesMax) return static_cast<int>(kNamesMax) + 1;
        names_.emplace_back(name);
        return static_cast<int>(names_.size());
    }

private:
    static constexpr std::size_t kNamesMax = 256;
    mutable std::mutex mutex_;
    mutable std::vector<std::string> names_;  // guarded by mutex_
};

const ApiCategory& api_category() {
    static const ApiCategory instance;
    return instance;
}

/// Every code of ours by its name; where two folders share one, the node's and the ledger's, which
/// the API answers with, come first.
std::map<std::string, std::error_code, std::less<>> known_codes() {
    constexpr int kCodesMax = 64;
    std::map<std::string, std::error_code, std::less<>> codes;
    for (const std::error_category* owner :
         {&api::category(), &ledger::category(), &crypto::category()}) {
        for (int code = 1; code <= kCodesMax; ++code) {
            codes.emplace(owner->message(code), std::error_code(code, *owner));
        }
    }
    return codes;
}

}  // namespace

const std::error_category& category() {
    static const Category instance;
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

std::error_code api_code(std::string_view name) {
    static const auto codes = known_codes();
    const auto found = codes.find(name);
    if (found != codes.end()) return found->second;
    return {api_category().number_of(name), api_category()};
}

bool is(const std::error_code& code, std::string_view name) { return code.message() == name; }

}  // namespace tally::client
