#pragma once

#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "base/check.h"

namespace tally {

/// An expected failure: a stable code and a sentence of context for a person. `where` and what to
/// do belong in the sentence; programs decide on the code alone.
struct Error {
    std::error_code code;
    std::string context;
};

/// Either a value or an Error. Names follow std::expected, so that the move to C++23 is mechanical;
/// unlike it, a wrong access aborts instead of throwing, and a dropped result is a warning.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() & {
        TALLY_CHECK(has_value());
        return *std::get_if<0>(&content_);
    }
    const T& value() const& {
        TALLY_CHECK(has_value());
        return *std::get_if<0>(&content_);
    }
    T&& value() && {
        TALLY_CHECK(has_value());
        return std::move(*std::get_if<0>(&content_));
    }
    const Error& error() const& {
        TALLY_CHECK(!has_value());
        return *std::get_if<1>(&content_);
    }
    Error&& error() && {
        TALLY_CHECK(!has_value());
        return std::move(*std::get_if<1>(&content_));
    }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Error> content_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    bool has_value() const { return !failed_; }
    explicit operator bool() const { return has_value(); }
    const Error& error() const {
        TALLY_CHECK(failed_);
        return error_;
    }

private:
    Error error_;
    bool failed_ = false;
};

using Status = Result<void>;

/// Makes an Error from a folder's errc enum (found through make_error_code by ADL).
template <typename Errc>
Error fail(Errc code, std::string context = {}) {
    return Error{make_error_code(code), std::move(context)};
}

}  // namespace tally
