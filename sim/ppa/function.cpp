// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/function.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <stdexcept>

namespace vernier::ppa {
namespace {

/// Columns of the truth table of kMostInputs variables.
constexpr uint64_t kVariable[kMostInputs] = {0xaaaaaaaaaaaaaaaaU, 0xccccccccccccccccU, 0xf0f0f0f0f0f0f0f0U,
                                             0xff00ff00ff00ff00U, 0xffff0000ffff0000U, 0xffffffff00000000U};

/// Recursive descent; values are whole truth tables.
class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  TruthTable parse() {
    table_.bits = sum();
    if (peek() != '\0') fail();
    return table_;
  }

 private:
  [[noreturn]] void fail() const {
    throw std::invalid_argument(fmt::format("'{}' is no function (position {})", text_, at_ + 1));
  }
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  uint64_t sum() {
    uint64_t value = product();
    while (peek() == '|' || peek() == '+') {
      ++at_;
      value |= product();
    }
    return value;
  }
  uint64_t product() {
    uint64_t value = difference();
    for (char c = peek(); c != '\0' && c != ')' && c != '|' && c != '+'; c = peek()) {
      if (c == '&' || c == '*') ++at_;
      value &= difference();
    }
    return value;
  }
  uint64_t difference() {
    uint64_t value = factor();
    while (peek() == '^') {
      ++at_;
      value ^= factor();
    }
    return value;
  }
  uint64_t factor() {
    uint64_t value = 0;
    const char c = peek();
    if (c == '!') {
      ++at_;
      return ~factor();
    }
    if (++depth_ > 64) fail();
    if (c == '(') {
      ++at_;
      value = sum();
      if (peek() != ')') fail();
      ++at_;
    } else if (c == '0' || c == '1') {
      ++at_;
      value = c == '1' ? ~uint64_t{0} : 0;
    } else {
      value = variable();
    }
    for (; peek() == '\''; ++at_) value = ~value;
    --depth_;
    return value;
  }
  uint64_t variable() {
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '_' || text_[at_] == '[' || text_[at_] == ']')) {
      ++at_;
    }
    if (at_ == begin) fail();
    const std::string name = text_.substr(begin, at_ - begin);
    auto found = std::find(table_.variables.begin(), table_.variables.end(), name);
    if (found == table_.variables.end()) {
      if (table_.variables.size() == kMostInputs) {
        throw std::invalid_argument(fmt::format("'{}' has more than {} inputs", text_, kMostInputs));
      }
      found = table_.variables.insert(table_.variables.end(), name);
    }
    return kVariable[found - table_.variables.begin()];
  }

  const std::string& text_;
  size_t at_ = 0;
  int depth_ = 0;
  TruthTable table_;
};

}  // namespace

bool TruthTable::same_as(const TruthTable& other) const {
  const size_t count = variables.size();
  if (count != other.variables.size()) return false;
  std::vector<unsigned> order(count);
  std::iota(order.begin(), order.end(), 0U);
  do {
    bool same = true;
    for (unsigned i = 0; same && i < 1U << count; ++i) {
      unsigned j = 0;
      for (size_t v = 0; v < count; ++v) j |= (i >> v & 1U) << order[v];
      same = at(i) == other.at(j);
    }
    if (same) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

TruthTable truth_table(const std::string& expression) { return Parser(expression).parse(); }

}  // namespace vernier::ppa
