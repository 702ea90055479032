// SPDX-License-Identifier: Apache-2.0
// Recursive descent, lowest precedence first: or, and, not, comparison, sum, product, sign, operand.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/sweep/expression_node.h"

namespace vernier::sweep {
namespace {

using Node = Expression::Node;
using Kind = Expression::Kind;
using Pointer = std::shared_ptr<const Node>;
using config::Unit;

constexpr int kDeepest = 100;      // parentheses and signs within each other
constexpr size_t kLongest = 1000;  // characters

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

const char* words(Kind kind) {
  return kind == Kind::number ? "a number" : kind == Kind::text ? "a text" : "true or false";
}

class Parser {
 public:
  Parser(const std::string& text, const NameTable& table, const std::vector<std::string>& known,
         const SourceLocation& place)
      : text_(text), table_(table), known_(known), place_(place) {}

  ParsedExpression parse() {
    if (text_.size() > kLongest) fail(fmt::format("an expression has at most {} characters", kLongest));
    ParsedExpression parsed;
    parsed.root = disjunction();
    skip_blanks();
    if (at_ != text_.size()) fail(fmt::format("'{}' is not expected here", text_.substr(at_)));
    parsed.names = std::move(names_);
    parsed.needs_run = needs_run_;
    return parsed;
  }

 private:
  Pointer disjunction() {
    Pointer left = conjunction();
    while (take_word("or")) left = logical(Operator::logical_or, left, conjunction());
    return left;
  }
  Pointer conjunction() {
    Pointer left = negation();
    while (take_word("and")) left = logical(Operator::logical_and, left, negation());
    return left;
  }
  Pointer negation() {
    if (!take_word("not")) return comparison();
    const Deeper deeper(*this);
    return logical(Operator::logical_not, negation(), nullptr);
  }

  Pointer comparison() {
    Pointer left = sum();
    const std::optional<Operator> op = comparator();
    if (!op) return left;
    Pointer right = sum();
    if (comparator()) fail("comparisons do not chain; join them with `and`");
    if (left->kind != right->kind || left->kind == Kind::truth) {
      mismatch(fmt::format("{} is compared with {}", words(left->kind), words(right->kind)));
    }
    if (left->kind == Kind::text && *op != Operator::equal && *op != Operator::not_equal)
      mismatch("texts are compared with == and != only");
    check_units(*left, *right);
    return make(*op, Kind::truth, Unit::none, left, right);
  }

  std::optional<Operator> comparator() {
    if (take("<=")) return Operator::less_equal;
    if (take(">=")) return Operator::greater_equal;
    if (take("==")) return Operator::equal;
    if (take("!=")) return Operator::not_equal;
    if (take("<")) return Operator::less;
    if (take(">")) return Operator::greater;
    return std::nullopt;
  }

  Pointer sum() {
    Pointer left = product();
    for (;;) {
      const bool plus = take("+");
      if (!plus && !take("-")) return left;
      Pointer right = product();
      check_numbers(*left, *right);
      check_units(*left, *right);
      left = make(plus ? Operator::add : Operator::subtract, Kind::number,
                  left->unit == Unit::none ? right->unit : left->unit, left, right,
                  left->needs_unit || right->needs_unit);
    }
  }

  Pointer product() {
    Pointer left = signed_operand();
    for (;;) {
      const bool times = take("*");
      if (!times && !take("/")) return left;
      Pointer right = signed_operand();
      check_numbers(*left, *right);
      // A pure factor keeps the unit; what else comes out is not followed.
      const bool keeps = right->unit == Unit::none || (times && left->unit == Unit::none);
      const Unit unit = !keeps                     ? Unit::none
                        : left->unit == Unit::none ? (times ? right->unit : Unit::none)
                                                   : left->unit;
      left = make(times ? Operator::multiply : Operator::divide, Kind::number, unit, left, right,
                  unit != Unit::none && (left->needs_unit || right->needs_unit));
    }
  }

  Pointer signed_operand() {
    if (!take("-")) return operand();
    const Deeper deeper(*this);
    Pointer of = signed_operand();
    check_numbers(*of, *of);
    return make(Operator::negate, Kind::number, of->unit, of, nullptr, of->needs_unit);
  }

  Pointer operand() {
    skip_blanks();
    if (at_ == text_.size()) fail("it ends where a value is due");
    const char c = text_[at_];
    if (take("(")) {
      const Deeper deeper(*this);
      Pointer inner = disjunction();
      if (!take(")")) fail("a ')' is missing");
      return inner;
    }
    if (c == '\'' || c == '"') return quoted(c);
    if (is_digit(c)) return number();
    if (is_letter(c)) return name();
    fail(fmt::format("'{}' is not expected here", text_.substr(at_)));
  }

  Pointer quoted(char quote) {
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string::npos) fail("the text in quotes does not end");
    auto node = std::make_shared<Node>();
    node->kind = Kind::text;
    node->value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return node;
  }

  Pointer number() {
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto read = std::from_chars(begin, text_.data() + text_.size(), value);
    if (read.ec != std::errc() || !std::isfinite(value)) fail("a number is out of range");
    at_ += static_cast<size_t>(read.ptr - begin);
    auto node = std::make_shared<Node>();
    skip_blanks();
    const size_t unit_begin = at_;
    const std::string word = peek_word();
    if (!word.empty() && word != "and" && word != "or" && word != "not") {
      at_ += word.size();
      double factor = 0;
      node->unit = unit_of(word, factor);
      if (node->unit == Unit::none) {
        at_ = unit_begin;
        fail(fmt::format("'{}' is not a unit", word));
      }
      value *= factor;
    }
    node->value = value;
    return node;
  }

  static Unit unit_of(const std::string& word, double& factor) {
    for (const Unit unit : {Unit::byte, Unit::bit, Unit::hertz, Unit::cycle}) {
      for (const config::UnitSpelling& spelling : config::spellings(unit)) {
        if (word != spelling.name) continue;
        factor = static_cast<double>(spelling.factor);
        return unit;
      }
    }
    return Unit::none;
  }

  Pointer name() {
    const std::string word = peek_word();
    const std::optional<NameFacts> facts = table_(word);
    if (!facts) {
      throw InputError(
          "SWP012",
          fmt::format("'{}': '{}' is neither a key of the accelerator, nor an axis, nor a metric", text_,
                      word),
          place_, suggestion_for(word));
    }
    at_ += word.size();
    auto node = std::make_shared<Node>();
    node->op = Operator::name;
    node->kind = facts->is_text ? Kind::text : Kind::number;
    node->unit = facts->unit;
    node->needs_unit = facts->needs_unit;
    const auto known = std::find(names_.begin(), names_.end(), word);
    node->index = static_cast<size_t>(known - names_.begin());
    if (known == names_.end()) names_.push_back(word);
    needs_run_ |= facts->is_metric;
    return node;
  }

  std::string suggestion_for(const std::string& word) const {
    if (std::find(known_.begin(), known_.end(), word) != known_.end())
      return "a key of the workload: its value is known only if an axis or `set` gives it";
    const std::string nearest = nearest_name(word, known_);
    return nearest.empty()
               ? "`vernier list keys` has the keys, docs/glossary.md the metrics; texts are quoted"
               : fmt::format("did you mean '{}'?", nearest);
  }

  Pointer logical(Operator op, Pointer left, Pointer right) {
    if (left->kind != Kind::truth || (right && right->kind != Kind::truth))
      mismatch("and, or, not join comparisons");
    return make(op, Kind::truth, Unit::none, std::move(left), std::move(right));
  }

  static Pointer make(Operator op, Kind kind, Unit unit, Pointer left, Pointer right,
                      bool needs_unit = false) {
    auto node = std::make_shared<Node>();
    node->op = op;
    node->kind = kind;
    node->unit = unit;
    node->needs_unit = needs_unit;
    node->left = std::move(left);
    node->right = std::move(right);
    return node;
  }

  void check_numbers(const Node& left, const Node& right) {
    if (left.kind != Kind::number || right.kind != Kind::number) mismatch("arithmetic needs numbers");
  }

  void check_units(const Node& left, const Node& right) {
    if (left.unit == right.unit) return;
    if (left.unit != Unit::none && right.unit != Unit::none) {
      mismatch(fmt::format("{} do not go with {}", config::name_of(left.unit), config::name_of(right.unit)));
    }
    const Node& with = left.unit == Unit::none ? right : left;
    const Node& without = left.unit == Unit::none ? left : right;
    if (with.needs_unit && without.op == Operator::literal)
      mismatch(fmt::format("the number needs a unit, as in '{} {}'", std::get<double>(without.value),
                           config::spellings(with.unit).front().name));
    if (with.op == Operator::literal)
      mismatch(fmt::format("what it goes with has no unit, but {} is written", config::name_of(with.unit)));
  }

  bool take(std::string_view symbol) {
    skip_blanks();
    if (text_.compare(at_, symbol.size(), symbol) != 0) return false;
    at_ += symbol.size();
    return true;
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (peek_word() != word) return false;
    at_ += word.size();
    return true;
  }
  [[nodiscard]] std::string peek_word() const {
    size_t end = at_;
    if (end < text_.size() && is_letter(text_[end])) {
      while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.'))
        ++end;
    }
    return text_.substr(at_, end - at_);
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw InputError("SWP010", fmt::format("'{}', character {}: {}", text_, at_ + 1, why), place_);
  }
  [[noreturn]] void mismatch(const std::string& why) const {
    throw InputError("SWP011", fmt::format("'{}', before character {}: {}", text_, at_ + 1, why), place_);
  }

  struct Deeper {
    explicit Deeper(Parser& parser_) : parser(parser_) {
      if (++parser.depth_ > kDeepest) parser.fail("it is nested too deeply");
    }
    ~Deeper() { --parser.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& parser;
  };

  const std::string& text_;
  const NameTable& table_;
  const std::vector<std::string>& known_;
  const SourceLocation& place_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> names_;
  bool needs_run_ = false;
};

}  // namespace

ParsedExpression parse_expression(const std::string& text, const NameTable& table,
                                  const std::vector<std::string>& known, const SourceLocation& place) {
  return Parser(text, table, known, place).parse();
}

}  // namespace vernier::sweep
