#include "cli/escaped_stream.h"

#include <string_view>

#include "base/shown_text.h"

namespace tally::cli {

EscapedStream::Buffer::~Buffer() { target_ << escaped(rest_); }

std::streamsize EscapedStream::Buffer::xsputn(const char* text, std::streamsize size) {
    const std::string_view added(text, static_cast<std::size_t>(size));
    if (rest_.empty()) {
        std::string_view whole = added;
        target_ << escape_lines(whole);
        rest_ = whole;
    } else {
        const std::string joined = rest_ + std::string(added);
        std::string_view whole = joined;
        target_ << escape_lines(whole);
        rest_ = whole;
    }
    return target_ ? size : 0;
}

EscapedStream::Buffer::int_type EscapedStream::Buffer::overflow(int_type character) {
    if (traits_type::eq_int_type(character, traits_type::eof())) return 0;
    const char one = traits_type::to_char_type(character);
    return xsputn(&one, 1) == 1 ? character : traits_type::eof();
}

int EscapedStream::Buffer::sync() { return target_.flush() ? 0 : -1; }

}  // namespace tally::cli
