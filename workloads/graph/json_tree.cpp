// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/json_tree.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::graph {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxShown = 40;  // characters of a wrong value that a message repeats

/// Walks over the text and counts lines. The parser reads one character beyond a number, which may be a line
/// feed: the line is that of the character before the last one read.
struct Place {
  int line = 1;
  bool feed = false;

  void take(char c) {
    if (feed) ++line;
    feed = c == '\n';
  }
};

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Place* place) : at_(at), place_(place) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    place_->take(*at_++);
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Place* place_;
};

/// Builds the tree from the parser's events.
class Builder {
 public:
  using Json = nlohmann::json;

  Builder(const std::string& file, std::string_view text, const Place& place)
      : file_(file), text_(text), place_(place) {}

  bool null() { return add(JsonTree::Kind::null); }
  bool boolean(bool value) { return add(JsonTree::Kind::boolean, value ? 1 : 0); }
  bool number_integer(Json::number_integer_t value) {
    return add(JsonTree::Kind::other_number, 0, std::to_string(value));
  }
  bool number_unsigned(Json::number_unsigned_t value) { return add(JsonTree::Kind::natural, value); }
  bool number_float(Json::number_float_t, const std::string& written) {
    return add(JsonTree::Kind::other_number, 0, written);
  }
  bool string(std::string& value) { return add(JsonTree::Kind::text, 0, std::move(value)); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(size_t) { return open(JsonTree::Kind::object); }
  bool start_array(size_t) { return open(JsonTree::Kind::list); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& value) {
    keys_.back() = std::move(value);
    return true;
  }
  bool parse_error(size_t byte, const std::string&, const nlohmann::detail::exception& error) {
    const std::string_view before = text_.substr(0, byte == 0 ? 0 : std::min(byte - 1, text_.size()));
    const size_t feed = before.rfind('\n');
    const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
    const auto column = static_cast<int>(before.size() - (feed == before.npos ? 0 : feed + 1)) + 1;
    std::string what = error.what();
    const size_t colon = what.find(": ");
    if (colon != what.npos) what = what.substr(colon + 2);
    throw InputError("GRA001", "not JSON: " + what, {file_, line, column});
  }

  JsonTree take() { return std::move(root_); }

 private:
  JsonTree& place_for_next() {
    if (open_.empty()) return root_;
    JsonTree& parent = *open_.back();
    if (parent.kind == JsonTree::Kind::list) return parent.elements.emplace_back();
    return parent.members.emplace_back(std::move(keys_.back()), JsonTree{}).second;
  }
  bool add(JsonTree::Kind kind, uint64_t natural = 0, std::string text = {}) {
    JsonTree& tree = place_for_next();
    tree.kind = kind;
    tree.line = place_.line;
    tree.natural = natural;
    tree.text = std::move(text);
    return true;
  }
  bool open(JsonTree::Kind kind) {
    if (open_.size() == kMaxDepth) {
      throw InputError("GRA001", fmt::format("lists and objects are nested more than {} deep", kMaxDepth),
                       {file_, place_.line, 0});
    }
    JsonTree& tree = place_for_next();
    tree.kind = kind;
    tree.line = place_.line;
    // What is open is the last element of its parent: nothing is added there before it is closed.
    open_.push_back(&tree);
    keys_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  const std::string& file_;
  std::string_view text_;
  const Place& place_;
  JsonTree root_;
  std::vector<JsonTree*> open_;
  std::vector<std::string> keys_;  // of each open object, the key whose value is next
};

}  // namespace

const JsonTree* JsonTree::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string JsonTree::described() const {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return natural != 0 ? "true" : "false";
    case Kind::natural:
      return fmt::format("the number {}", natural);
    case Kind::other_number:
      return "the number " + text;
    case Kind::text:
      return fmt::format("the text \"{}{}\"", printable(text.substr(0, kMaxShown)),
                         text.size() > kMaxShown ? "..." : "");
    case Kind::list:
      return "a list";
    case Kind::object:
      return "an object";
  }
  return "";
}

JsonTree parse_json_tree(std::string_view text, const std::string& file) {
  Place place;
  Builder builder(file, text, place);
  const CountingIterator begin(text.data(), &place);
  const CountingIterator end(text.data() + text.size(), &place);
  nlohmann::json::sax_parse(begin, end, &builder);
  return builder.take();
}

}  // namespace vernier::graph
