#include "ledger/reference.h"

#include <algorithm>

namespace tally::ledger {
namespace {

constexpr bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// Without letters in front that a number follows at once: "tel13912345678". What a separator
/// follows is a prefix that tells a bank's number from a person's.
std::string_view without_label(std::string_view reference) {
    std::size_t letters = 0;
    while (letters < reference.size() && reference[letters] >= 'a' && reference[letters] <= 'z') {
        ++letters;
    }
    const std::string_view rest = reference.substr(letters);
    const bool number = !rest.empty() && (is_digit(rest[0]) || rest[0] == '+' || rest[0] == '(');
    return number ? rest : reference;
}

/// Without what people put between the digits of a number.
std::string bare(std::string_view reference) {
    std::string digits;
    for (const char character : reference) {
        const bool between =
            character == '-' || character == '(' || character == ')' || character == '.';
        if (!between) digits.push_back(character);
    }
    return digits;
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

/// 1[3-9] and nine more, behind a country code or none.
bool is_mobile(std::string_view text) {
    constexpr std::size_t kDigits = 11;
    for (const std::string_view prefix : {"+86", "0086", "86"}) {
        if (text.starts_with(prefix) && text.size() == kDigits + prefix.size()) {
            text.remove_prefix(prefix.size());
            break;
        }
    }
    return text.size() == kDigits && all_digits(text) && text[0] == '1' && text[1] >= '3';
}

/// Seventeen digits and the check character of GB 11643-1999.
bool is_identity_number(std::string_view text) {
    constexpr std::size_t kSize = 18;
    if (text.size() != kSize || !all_digits(text.substr(0, kSize - 1))) return false;
    // Weights are 2^(17-i) mod 11; the sum of all, check digit included, is 1 mod 11.
    int sum = 0;
    for (std::size_t place = 0; place + 1 < kSize; ++place) {
        sum = (sum + (text[place] - '0')) * 2 % 11;
    }
    const int check = (12 - sum) % 11;
    return text.back() == (check == 10 ? 'x' : static_cast<char>('0' + check));
}

}  // namespace

std::optional<std::string> canonical_reference(std::string_view source_ref) {
    if (source_ref.empty() || source_ref.size() > kSourceRefMax) return std::nullopt;
    if (source_ref.front() == ' ' || source_ref.back() == ' ') return std::nullopt;
    std::string canonical;
    for (const char character : source_ref) {
        if (character < ' ' || character > '~') return std::nullopt;
        if (character == ' ') continue;
        const bool capital = character >= 'A' && character <= 'Z';
        canonical.push_back(capital ? static_cast<char>(character - 'A' + 'a') : character);
    }
    return canonical;
}

bool looks_personal(std::string_view reference) {
    const bool named = std::none_of(reference.begin(), reference.end(), is_digit);
    if (named || reference.find('@') != std::string_view::npos) return true;
    const std::string number = bare(without_label(reference));
    return is_mobile(number) || is_identity_number(number);
}

}  // namespace tally::ledger
