#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace tally::cli {

/// A stream in front of another one, through which no control character but the line feed goes, no
/// bidirectional control and nothing that is not UTF-8 (base/shown_text.h): what a node, a file or
/// a name on the command line says can neither move the cursor nor hide. JSON keeps its meaning.
/// Nothing is held back but the bytes of a character that has not all its bytes yet.
class EscapedStream : public std::ostream {
public:
    /// `target` outlives it.
    explicit EscapedStream(std::ostream& target) : std::ostream(nullptr), buffer_(target) {
        rdbuf(&buffer_);
    }

private:
    class Buffer : public std::streambuf {
    public:
        explicit Buffer(std::ostream& target) : target_(target) {}
        ~Buffer() override;
        Buffer(const Buffer&) = delete;
        Buffer& operator=(const Buffer&) = delete;

    protected:
        int_type overflow(int_type character) override;
        std::streamsize xsputn(const char* text, std::streamsize size) override;
        int sync() override;

    private:
        std::ostream& target_;
        std::string rest_;  // of a character whose other bytes have not come yet
    };

    Buffer buffer_;
};

}  // namespace tally::cli
