#pragma once

#include <fstream>
#include <map>
#include <string>

namespace tally::testing {

/// Name to hexadecimal digits.
using FormatExamples = std::map<std::string, std::string>;

/// A document of docs/, by file name.
std::ifstream open_document(const std::string& name);

/// The worked examples of docs/FORMAT.md are shared by two tests: those whose names begin with
/// `stored ` are bytes on disk, the others are hashed or signed.
enum class ExampleKind { hashed, stored };

/// Compares each fenced block of docs/FORMAT.md that begins with `example NAME` with what the code
/// makes. Fails for one that differs, that is missing, and that only the document has.
void check_examples(const FormatExamples& expected, ExampleKind kind);

}  // namespace tally::testing
