// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/printable.h"

namespace vernier {
namespace {

std::string join_texts(const std::vector<Diagnostic>& diagnostics) {
  std::string all;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!all.empty()) all += '\n';
    all += diagnostic.text();
  }
  return all;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string SourceLocation::text() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string Diagnostic::text() const {
  const std::string place = location.text();
  std::string out = fmt::format("error[{}]: {}{}{}", code, place, place.empty() ? "" : ": ", message);
  if (!help.empty()) out += "\n  help: " + help;
  return printable(std::move(out), "\n\t");
}

InputError::InputError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(join_texts(diagnostics)), diagnostics_(std::move(diagnostics)) {}

InputError::InputError(std::string code, std::string message, SourceLocation location, std::string help)
    : InputError(std::vector<Diagnostic>{
          {std::move(code), std::move(location), std::move(message), std::move(help)}}) {}

void fail_invariant(const char* file, int line, const char* identity, const std::string& detail) {
  throw InternalError(fmt::format("bug[{}:{}]: invariant broken: {} ({})", file, line, identity, detail));
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  if (!nearest.empty()) return fmt::format("did you mean '{}'?", nearest);
  return fmt::format("allowed: {}", fmt::join(known, ", "));
}

}  // namespace vernier
