// SPDX-License-Identifier: Apache-2.0
// Reads the text form of a program, line by line.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <type_traits>

#include "base/error.h"
#include "models/isa/fields.h"
#include "models/isa/program_text.h"

namespace vernier::isa {
namespace {

/// A piece of a line and the column (from 1) where it begins.
struct Token {
  std::string text;
  int column = 1;
};

template <typename Enum>
std::vector<std::string> names(Enum last) {
  std::vector<std::string> all;
  for (uint8_t i = 0; i <= static_cast<uint8_t>(last); ++i) all.emplace_back(name_of(static_cast<Enum>(i)));
  return all;
}

std::vector<std::string> names_of(Opcode) { return names(Opcode::sync); }
std::vector<std::string> names_of(Queue) { return names(Queue::store); }
std::vector<std::string> names_of(Scratchpad) { return names(Scratchpad::output); }
std::vector<std::string> names_of(VectorOp) { return names(kLastVectorOp); }
std::vector<std::string> names_of(formats::ActivationFormat) {
  return names(formats::kActivationFormats.back());
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Program run() {
    bool header = false;
    size_t at = 0;
    while (at < text_.size()) {
      const size_t end = std::min(text_.find('\n', at), text_.size());
      ++line_;
      std::string_view line = text_.substr(at, end - at);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (!header) {
        if (line != kTextHeader) fail("PRG020", 1, fmt::format("a program begins with '{}'", kTextHeader));
        header = true;
      } else {
        parse_line(line);
      }
      at = end + 1;
    }
    if (!header) fail("PRG020", 1, fmt::format("empty file; a program begins with '{}'", kTextHeader));
    validate(program_);
    return std::move(program_);
  }

 private:
  [[noreturn]] void fail(const char* code, int column, const std::string& message,
                         const std::string& help = "") const {
    throw InputError(code, message, {file_, line_, column}, help);
  }

  void parse_line(std::string_view line) {
    tokens_.clear();
    split(line);
    if (tokens_.empty()) return;
    const Token head = tokens_.front();
    if (head.text == "name") {
      expect_operands(1);
      program_.name = string(tokens_[1]);
    } else if (head.text == "format") {
      expect_operands(1);
      program_.formats.push_back(string(tokens_[1]));
    } else if (head.text == "op") {
      op();
    } else if (head.text == "region") {
      expect_operands(3);
      program_.pool.push_back(
          {string(tokens_[1]), integer<uint64_t>(tokens_[2]), integer<uint64_t>(tokens_[3])});
    } else if (head.text == "semaphore") {
      expect_operands(2);
      const auto index = integer<uint64_t>(tokens_[1]);
      if (index >= kMaxSemaphores) {
        fail("PRG020", tokens_[1].column,
             fmt::format("semaphore {} is not in 0..{}", index, kMaxSemaphores - 1));
      }
      program_.semaphore_initial[index] = integer<uint32_t>(tokens_[2]);
    } else if (head.text == "dram_bytes") {
      expect_operands(1);
      program_.dram_bytes = integer<uint64_t>(tokens_[1]);
    } else if (head.text == "pool_bytes") {
      expect_operands(1);
      program_.pool_bytes = integer<uint64_t>(tokens_[1]);
    } else if (head.text == "loop") {
      expect_operands(1);
      Node node;
      node.kind = Node::Kind::loop_begin;
      node.trip_count = integer<uint64_t>(tokens_[1]);
      program_.nodes.push_back(node);
    } else if (head.text == "end") {
      expect_operands(0);
      Node node;
      node.kind = Node::Kind::loop_end;
      program_.nodes.push_back(node);
    } else {
      instruction(head);
    }
  }

  // op "name" "class" [reads=region,...] [writes=region,...]
  void op() {
    OpInfo info;
    if (tokens_.size() < 3) expect_operands(2);
    info.name = string(tokens_[1]);
    info.layer_class = string(tokens_[2]);
    for (size_t i = 3; i < tokens_.size(); ++i) {
      Token rest = tokens_[i];
      const Token key = part(rest, "=");
      if ((key.text != "reads" && key.text != "writes") || !drop(rest, '=')) {
        fail("PRG021", key.column, fmt::format("op has no field '{}'", key.text),
             suggestion(key.text, {"reads", "writes"}));
      }
      std::vector<uint32_t>& regions = key.text == "reads" ? info.reads : info.writes;
      do {
        regions.push_back(integer<uint32_t>(part(rest, ",")));
      } while (drop(rest, ','));
    }
    program_.ops.push_back(std::move(info));
  }

  // Words separated by blanks; a word in double quotes may contain blanks. '#' starts a comment.
  void split(std::string_view line) {
    for (size_t at = 0; at < line.size();) {
      if (line[at] == ' ' || line[at] == '\t') {
        ++at;
        continue;
      }
      if (line[at] == '#') return;
      const size_t begin = at;
      if (line[at] == '"') {
        for (++at; at < line.size() && line[at] != '"'; ++at) at += line[at] == '\\' ? 1 : 0;
        if (at >= line.size()) fail("PRG020", static_cast<int>(begin) + 1, "no closing quote");
        ++at;
      } else {
        while (at < line.size() && line[at] != ' ' && line[at] != '\t') ++at;
      }
      tokens_.push_back({std::string(line.substr(begin, at - begin)), static_cast<int>(begin) + 1});
    }
  }

  void expect_operands(size_t count) const {
    if (tokens_.size() == count + 1) return;
    fail("PRG020", tokens_.front().column,
         fmt::format("'{}' takes {} operand(s), found {}", tokens_.front().text, count, tokens_.size() - 1));
  }

  [[nodiscard]] std::string string(const Token& token) const {
    const std::string& raw = token.text;
    if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"') {
      fail("PRG020", token.column, fmt::format("'{}' is not a string in double quotes", raw));
    }
    std::string out;
    for (size_t i = 1; i + 1 < raw.size(); ++i) {
      if (raw[i] != '\\') {
        out += raw[i];
        continue;
      }
      ++i;
      if (raw[i] == 'x' && i + 3 < raw.size()) {
        out += static_cast<char>(
            integer<uint8_t>({raw.substr(i + 1, 2), token.column + static_cast<int>(i) + 1}, 16));
        i += 2;
      } else {
        out += raw[i];
      }
    }
    return out;
  }

  template <typename Integer>
  [[nodiscard]] Integer integer(const Token& token, int base = 10) const {
    Integer value = 0;
    const char* end = token.text.data() + token.text.size();
    const auto [stop, error] = std::from_chars(token.text.data(), end, value, base);
    if (error != std::errc{} || stop != end || token.text.empty()) {
      fail("PRG020", token.column,
           fmt::format("'{}' is not an integer in {}..{}", token.text, std::numeric_limits<Integer>::min(),
                       std::numeric_limits<Integer>::max()));
    }
    return value;
  }

  void instruction(const Token& head) {
    const std::vector<std::string> opcodes = names_of(Opcode::load);
    Node node;
    Instruction& in = node.instruction;
    if (!pick(head.text, in.opcode)) {
      std::vector<std::string> known = {"name",       "format",     "op",   "region", "semaphore",
                                        "dram_bytes", "pool_bytes", "loop", "end"};
      known.insert(known.end(), opcodes.begin(), opcodes.end());
      fail("PRG021", head.column, fmt::format("unknown line '{}'", head.text), suggestion(head.text, known));
    }
    in.queue = queue_of(in.opcode);
    std::map<std::string, Token> values;
    for (size_t i = 1; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      const size_t equal = token.text.find('=');
      if (equal == std::string::npos)
        fail("PRG020", token.column, fmt::format("'{}' is not key=value", token.text));
      const Token value{token.text.substr(equal + 1), token.column + static_cast<int>(equal) + 1};
      if (!values.emplace(token.text.substr(0, equal), value).second) {
        fail("PRG020", token.column, fmt::format("'{}' twice", token.text.substr(0, equal)));
      }
    }
    std::vector<std::string> known = {"wait", "post"};
    visit_fields(in, [&](const char* name, auto& field, auto... fallback) {
      known.emplace_back(name);
      const auto found = values.find(name);
      if (found == values.end() && sizeof...(fallback) > 0) return;
      if (found == values.end()) fail("PRG020", head.column, fmt::format("{} without {}=", head.text, name));
      parse(found->second, field);
      values.erase(found);
    });
    list("wait", values, in.waits, in.wait_count);
    list("post", values, in.posts, in.post_count);
    if (!values.empty()) {
      const auto& [key, token] = *values.begin();
      fail("PRG021", token.column - static_cast<int>(key.size()) - 1,
           fmt::format("{} has no field '{}'", head.text, key), suggestion(key, known));
    }
    program_.nodes.push_back(node);
  }

  template <typename Enum>
  [[nodiscard]] static bool pick(const std::string& name, Enum& value) {
    const std::vector<std::string> all = names_of(value);
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i] != name) continue;
      value = static_cast<Enum>(i);
      return true;
    }
    return false;
  }

  template <typename Field>
  void parse(const Token& token, Field& field) const {
    if constexpr (std::is_same_v<Field, Address>) {
      address(token, field);
    } else if constexpr (std::is_enum_v<Field>) {
      if (!pick(token.text, field)) {
        fail("PRG021", token.column, fmt::format("unknown name '{}'", token.text),
             suggestion(token.text, names_of(field)));
      }
    } else if constexpr (std::is_same_v<Field, bool>) {
      if (token.text != "0" && token.text != "1") {
        fail("PRG020", token.column, fmt::format("'{}' is neither 0 nor 1", token.text));
      }
      field = token.text == "1";
    } else if constexpr (std::is_same_v<Field, float>) {
      field = finite(token);
    } else if constexpr (std::is_same_v<Field, uint16_t>) {
      const float value = finite(token);
      field = formats::fp16_from_float(value);
      if (formats::fp16_to_float(field) != value) {
        fail("PRG020", token.column, fmt::format("'{}' is not an fp16 number", token.text));
      }
    } else {
      field = integer<Field>(token);
    }
  }

  [[nodiscard]] float finite(const Token& token) const {
    char* end = nullptr;
    const float value = std::strtof(token.text.c_str(), &end);
    if (token.text.empty() || *end != '\0' || !std::isfinite(value)) {
      fail("PRG020", token.column, fmt::format("'{}' is not a finite number", token.text));
    }
    return value;
  }

  // Cuts the part of `rest` that begins with `mark` and ends before any of `stops`.
  static Token part(Token& rest, const char* stops) {
    const size_t end = std::min(rest.text.find_first_of(stops), rest.text.size());
    Token out{rest.text.substr(0, end), rest.column};
    rest.text.erase(0, end);
    rest.column += static_cast<int>(end);
    return out;
  }

  static bool drop(Token& rest, char mark) {
    if (rest.text.empty() || rest.text.front() != mark) return false;
    rest.text.erase(0, 1);
    ++rest.column;
    return true;
  }

  void address(Token rest, Address& out) const {
    out.base = integer<uint64_t>(part(rest, "+%:"));
    if (drop(rest, '+')) out.offset = integer<uint64_t>(part(rest, "%:"));
    if (drop(rest, '%')) out.wrap = integer<uint64_t>(part(rest, ":"));
    if (drop(rest, ':')) {
      size_t level = 0;
      do {
        if (level == kMaxLoopDepth)
          fail("PRG020", rest.column, fmt::format("more than {} strides", kMaxLoopDepth));
        out.stride[level++] = integer<int64_t>(part(rest, ","));
      } while (drop(rest, ','));
    }
    if (!rest.text.empty()) fail("PRG020", rest.column, fmt::format("'{}' after an address", rest.text));
  }

  void list(const char* key, std::map<std::string, Token>& values, std::array<SemaphoreUse, kMaxSyncs>& out,
            uint8_t& count) const {
    const auto found = values.find(key);
    if (found == values.end()) return;
    Token rest = found->second;
    values.erase(found);
    do {
      if (count == kMaxSyncs) fail("PRG020", rest.column, fmt::format("more than {} semaphores", kMaxSyncs));
      const auto semaphore = integer<uint8_t>(part(rest, ":,"));
      if (!drop(rest, ':')) fail("PRG020", rest.column, "a semaphore is written identifier:count");
      out[count++] = {semaphore, integer<uint16_t>(part(rest, ","))};
    } while (drop(rest, ','));
  }

  std::string_view text_;
  const std::string& file_;
  int line_ = 0;
  std::vector<Token> tokens_;
  Program program_;
};

}  // namespace

Program parse_text(std::string_view text, const std::string& file) { return Parser(text, file).run(); }

}  // namespace vernier::isa
