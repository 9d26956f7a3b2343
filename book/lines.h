#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

namespace tally::book {

/// What encoding these first bytes of a file show, and how to get UTF-8 of it: a phrase, or null if
/// they are as UTF-8 begins.
const char* other_encoding(std::string_view begin);
/// The text without the byte order mark that it may begin with.
std::string_view without_byte_order_mark(std::string_view text);

/// Lines of a text file in UTF-8: without their LF or CRLF, the first without a byte order mark.
class LineReader {
public:
    /// Of a longer line, a part above the bound is kept, so that whoever looks sees that it is too
    /// long. The stream must outlive the reader.
    LineReader(std::istream& source, std::size_t bytes_max)
        : source_(source), bytes_max_(bytes_max) {}

    /// False at the end of the file.
    bool next(std::string& line);
    /// Of the line read last, from 1.
    std::uint64_t number() const { return number_; }
    /// A phrase about what no line of a book may hold, or null.
    static const char* fault_of(const std::string& line);

private:
    std::istream& source_;
    const std::size_t bytes_max_;
    std::uint64_t number_ = 0;
};

}  // namespace tally::book
