#include "book/lines.h"

#include "base/utf8.h"

namespace tally::book {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

const char* other_encoding(std::string_view begin) {
    const bool marked = begin.starts_with("\xff\xfe") || begin.starts_with("\xfe\xff");
    // In UTF-16 one of the two bytes of an ASCII character, with which our files begin, is zero.
    const bool wide = begin.size() >= 2 && (begin[0] == '\0') != (begin[1] == '\0');
    if (!marked && !wide) return nullptr;
    return "is UTF-16: save the file as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8";
}

std::string_view without_byte_order_mark(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text;
}

bool LineReader::next(std::string& line) {
    line.clear();
    bool any = false;
    for (int next = source_.get(); next != std::istream::traits_type::eof(); next = source_.get()) {
        any = true;
        if (next == '\n') break;
        if (line.size() <= bytes_max_) line.push_back(static_cast<char>(next));
    }
    if (any) ++number_;
    if (number_ == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return any;
}

const char* LineReader::fault_of(const std::string& line) {
    if (line.find('\r') != std::string::npos) return "a lone carriage return";
    if (line.find('\0') != std::string::npos) return "a zero byte";
    if (!is_utf8(line)) {
        return "not UTF-8: save the file as UTF-8, or convert it (from GBK: iconv -f GB18030 -t "
               "UTF-8)";
    }
    return nullptr;
}

}  // namespace tally::book
