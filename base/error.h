// SPDX-License-Identifier: Apache-2.0
// The three ways a run can fail, and the helpers that word the messages.
//   InputError    the user's input is wrong        -> exit 2, printed as `error[CODE]: ...`
//   CheckFailed   the thing checked does not hold  -> exit 1
//   InternalError a bug in Vernier                 -> exit 3, printed as `bug[...]`
// Library code throws; only main() turns an exception into an exit status.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vernier {

/// Where in a user's file something was found. line and column count from 1; 0 = unknown.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:column", leaving out what is unknown.
  [[nodiscard]] std::string text() const;
};

/// One finding about user input, complete enough to act on.
struct Diagnostic {
  std::string code;         ///< stable identifier, e.g. "CFG012"
  SourceLocation location;  ///< may be empty (command line)
  std::string message;      ///< "array.rows: 0 is not in 1..4096"
  std::string help;         ///< "did you mean 'array.rows'?"; may be empty

  /// `error[CFG012]: file:14:9: message` and, on a second line, `  help: ...`.
  [[nodiscard]] std::string text() const;
};

/// The input is wrong: carries every finding of one pass.
class InputError : public std::runtime_error {
 public:
  explicit InputError(std::vector<Diagnostic> diagnostics);
  InputError(std::string code, std::string message, SourceLocation location = {}, std::string help = {});
  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// The comparison or check the user asked for does not hold.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A broken invariant of the program itself.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws InternalError naming the source position and the identity that failed.
[[noreturn]] void fail_invariant(const char* file, int line, const char* identity, const std::string& detail);

/// The known name nearest to `name` by edit distance, or empty if none is close (distance at most
/// max(2, length/3)).
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

/// "did you mean 'x'?" or "allowed: a, b, c" for an unknown name.
std::string suggestion(std::string_view name, const std::vector<std::string>& known);

}  // namespace vernier

/// Invariant that is always checked, in release builds too. Usage:
///   VERNIER_INVARIANT(bytes_in == bytes_out, "{} != {}", bytes_in, bytes_out);
#define VERNIER_INVARIANT(identity, ...)                                                  \
  do {                                                                                    \
    if (!(identity)) {                                                                    \
      ::vernier::fail_invariant(__FILE__, __LINE__, #identity, fmt::format(__VA_ARGS__)); \
    }                                                                                     \
  } while (false)
