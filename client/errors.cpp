#include "client/errors.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/errc.h"
#include "api/problem.h"
#include "crypto/errc.h"
#include "ledger/errc.h"

namespace tally::client {
namespace {

constexpr std::array kNames = {
    ErrorName{errc::unreachable, "unreachable"},
    ErrorName{errc::timed_out, "timed_out"},
    ErrorName{errc::connection_lost, "connection_lost"},
    ErrorName{errc::outcome_unknown, "outcome_unknown"},
    ErrorName{errc::bad_answer, "bad_answer"},
    ErrorName{errc::bad_url, "bad_url"},
    ErrorName{errc::bad_file, "bad_file"},
};

constexpr int kNamesMax = 256;

/// Names that are no error of ours but documented, and behind them those that a newer node may use:
/// numbered in the order in which they are met.
class ApiCategory final : public NamedCategory {
public:
    ApiCategory() {
        for (const std::string_view known : api::known_codes()) names_.emplace_back(known);
    }
    const char* name() const noexcept override { return "answer"; }
    std::string message(int code) const override {
        const std::lock_guard lock(mutex_);
        const auto position = static_cast<std::size_t>(code) - 1;
        return position < names_.size() ? names_[position] : "unknown";
    }
    /// Every name has a code, until there are too many of them.
    std::optional<int> code_of(std::string_view name) const override {
        const std::lock_guard lock(mutex_);
        const auto known = std::find(names_.begin(), names_.end(), name);
        const auto place = static_cast<int>(known - names_.begin());
        if (known != names_.end()) return place + 1;
        // A hostile node must not fill our memory with names.
        if (place == kNamesMax) return std::nullopt;
        names_.emplace_back(name);
        return place + 1;
    }
    bool knows(int code) const override {
        const std::lock_guard lock(mutex_);
        return code > 0 && static_cast<std::size_t>(code) <= names_.size();
    }

private:
    mutable std::mutex mutex_;
    mutable std::vector<std::string> names_;  // guarded by mutex_
};

const ApiCategory& api_category() {
    static const ApiCategory instance;
    return instance;
}

}  // namespace

const NamedCategory& category() {
    static const TableCategory<kNames> instance("client");
    return instance;
}

std::error_code make_error_code(errc code) { return {static_cast<int>(code), category()}; }

std::error_code api_code(std::string_view name) {
    // Where two folders share a name, the node's and the ledger's, which the API answers with, come
    // first.
    for (const NamedCategory* owner :
         {&api::category(), &ledger::category(), &crypto::category()}) {
        if (const auto code = owner->code_of(name)) return {*code, *owner};
    }
    return {api_category().code_of(name).value_or(kNamesMax + 1), api_category()};
}

bool is(const std::error_code& code, std::string_view name) { return code.message() == name; }

}  // namespace tally::client
