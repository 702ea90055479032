// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/liberty_syntax.h"

#include <cctype>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::ppa {
namespace {

constexpr int kDeepest = 32;  // groups inside each other

/// Words, strings without their quotes, and single characters.
class Lexer {
 public:
  Lexer(std::string_view text, const std::string& path) : text_(text), path_(path) { next(); }

  struct Token {
    std::string text;
    bool quoted = false;
    bool end = false;
    int line = 1;
  };

  [[nodiscard]] const Token& token() const { return token_; }
  [[nodiscard]] bool is(char symbol) const {
    return !token_.quoted && token_.text.size() == 1 && token_.text[0] == symbol;
  }
  Token take() {
    Token taken = token_;
    next();
    return taken;
  }
  void expect(char symbol) {
    if (!is(symbol)) refuse(fmt::format("'{}' is missing", symbol));
    next();
  }
  [[noreturn]] void refuse(const std::string& what) const {
    const std::string found = token_.end ? "the end of the file" : "'" + printable(token_.text) + "'";
    throw InputError("PPA003", fmt::format("not a Liberty file: {} before {}", what, found),
                     {path_, token_.line, 0});
  }

 private:
  static bool is_symbol(char c) {
    return c == '(' || c == ')' || c == '{' || c == '}' || c == ':' || c == ';' || c == ',';
  }

  void skip() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c == '/' && text_.substr(at_, 2) == "/*") {
        const size_t end = text_.find("*/", at_ + 2);
        const size_t stop = end == std::string_view::npos ? text_.size() : end + 1;
        for (; at_ < stop; ++at_) line_ += text_[at_] == '\n' ? 1 : 0;
      } else if (c == '/' && text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
      } else if (c != '\\' && std::isspace(static_cast<unsigned char>(c)) == 0) {
        return;
      }
    }
  }

  void next() {
    skip();
    token_ = {"", false, false, line_};
    if (at_ >= text_.size()) {
      token_.end = true;
      return;
    }
    if (text_[at_] == '"') {
      token_.quoted = true;
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\n') ++line_;
        if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') continue;
        token_.text += text_[at_];
      }
      if (at_ >= text_.size()) refuse("a string does not end");
      ++at_;
      return;
    }
    if (is_symbol(text_[at_])) {
      token_.text = text_[at_++];
      return;
    }
    while (at_ < text_.size() && !is_symbol(text_[at_]) && text_[at_] != '"' && text_[at_] != '\\' &&
           std::isspace(static_cast<unsigned char>(text_[at_])) == 0) {
      token_.text += text_[at_++];
    }
  }

  std::string_view text_;
  const std::string& path_;
  size_t at_ = 0;
  int line_ = 1;
  Token token_;
};

/// The value of `name : value;`, which may be of several words ("0.9 * VDD").
std::string simple_value(Lexer& lexer) {
  const int line = lexer.token().line;
  std::string value;
  while (!lexer.token().end && !lexer.is(';') && !lexer.is('}') && lexer.token().line == line) {
    if (!value.empty()) value += ' ';
    value += lexer.take().text;
  }
  if (value.empty()) lexer.refuse("a value is missing");
  return value;
}

void parse_contents(Lexer& lexer, LibertyGroup& group, int depth);

/// Whatever begins with a name, into `parent`.
void parse_statement(Lexer& lexer, LibertyGroup& parent, int depth) {
  const Lexer::Token name = lexer.take();
  const bool starts_like_name =
      !name.text.empty() &&
      (std::isalpha(static_cast<unsigned char>(name.text[0])) != 0 || name.text[0] == '_');
  if (name.quoted || !starts_like_name) lexer.refuse("a name is missing");
  if (lexer.is(':')) {
    lexer.take();
    parent.attributes.push_back({name.text, {simple_value(lexer)}});
  } else {
    lexer.expect('(');
    std::vector<std::string> arguments;
    while (!lexer.is(')')) {
      if (lexer.token().end || lexer.is('{') || lexer.is(';')) lexer.refuse("')' is missing");
      if (lexer.is(',')) {
        lexer.take();
      } else {
        arguments.push_back(lexer.take().text);
      }
    }
    lexer.take();
    if (lexer.is('{')) {
      LibertyGroup group;
      group.type = name.text;
      group.arguments = std::move(arguments);
      group.line = name.line;
      lexer.take();
      parse_contents(lexer, group, depth + 1);
      lexer.expect('}');
      parent.groups.push_back(std::move(group));
    } else {
      parent.attributes.emplace_back(name.text, std::move(arguments));
    }
  }
  if (lexer.is(';')) lexer.take();
}

void parse_contents(Lexer& lexer, LibertyGroup& group, int depth) {
  if (depth > kDeepest) lexer.refuse("groups are too deep");
  while (!lexer.token().end && !lexer.is('}')) {
    if (lexer.is(';')) {
      lexer.take();
      continue;
    }
    parse_statement(lexer, group, depth);
  }
}

}  // namespace

std::string LibertyGroup::value(std::string_view name) const {
  const std::vector<std::string> all = values(name);
  return all.empty() ? "" : all.front();
}

std::vector<std::string> LibertyGroup::values(std::string_view name) const {
  for (const auto& [key, list] : attributes) {
    if (key == name) return list;
  }
  return {};
}

const LibertyGroup* LibertyGroup::find(std::string_view group_type) const {
  for (const LibertyGroup& group : groups) {
    if (group.type == group_type) return &group;
  }
  return nullptr;
}

LibertyGroup parse_liberty(std::string_view text, const std::string& path) {
  Lexer lexer(text, path);
  LibertyGroup root;
  parse_contents(lexer, root, 0);
  if (!lexer.token().end) lexer.refuse("a group is missing");
  if (root.groups.size() != 1 || root.groups[0].type != "library") {
    throw InputError("PPA003", "not a Liberty file: there is no group 'library'", {path, 0, 0});
  }
  return std::move(root.groups[0]);
}

}  // namespace vernier::ppa
