// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx/inputs.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::onnx {

void Inputs::fail(const char* code, const std::string& message, const std::string& help) const {
  throw InputError(code, message, {model_.file, 0, 0}, help);
}

Shape Inputs::resolve(const Declaration& declared) {
  Shape shape;
  for (size_t i = 0; i < declared.shape.size(); ++i) {
    const Dimension& dimension = declared.shape[i];
    if (dimension.value > 0) {
      shape.push_back(dimension.value);
      continue;
    }
    const std::string by_place = fmt::format("{}.{}", declared.name, i);
    names_.insert(by_place);
    if (!dimension.name.empty()) names_.insert(dimension.name);
    auto given = options_.dims.find(by_place);
    if (given == options_.dims.end()) given = options_.dims.find(dimension.name);
    if (given == options_.dims.end()) {
      const std::string name = printable(dimension.name.empty() ? by_place : dimension.name);
      fail("ONX004",
           dimension.name.empty()
               ? fmt::format("dimension {} of '{}' is not known", i, printable(declared.name))
               : fmt::format("dimension {} of '{}' is not known: '{}'", i, printable(declared.name), name),
           fmt::format("give its size with --dim {}=VALUE", name));
    }
    if (given->second < 1 || given->second > kMaxDimension) {
      fail("ONX009", fmt::format("--dim {}: {} is not in 1..{}", given->first, given->second, kMaxDimension));
    }
    shape.push_back(given->second);
  }
  if (!elements_of(shape)) {
    fail("ONX008",
         fmt::format("'{}' has the shape {}; a tensor has at most {} dimensions of 0..{} and 2^40 elements",
                     printable(declared.name), text_of(shape), kMaxRank, kMaxDimension));
  }
  return shape;
}

Numbers Inputs::parse(const Declaration& input, const std::string& text) const {
  Numbers numbers;
  const char* end = text.data() + text.size();
  bool fits = !text.empty();
  if (is_real(input.type)) {
    char* stop = nullptr;
    numbers.reals = {std::strtod(text.c_str(), &stop)};
    fits = fits && stop == text.c_str() + text.size() && std::isfinite(numbers.reals[0]);
  } else if (input.type == ElementType::boolean && (text == "true" || text == "false")) {
    numbers.integers = {text == "true" ? 1 : 0};
  } else {
    numbers.integers = {0};
    const auto [stop, error] = std::from_chars(text.data(), end, numbers.integers[0]);
    fits = fits && error == std::errc() && stop == end;
  }
  const bool range = input.type != ElementType::boolean || (numbers.integers[0] | 1) == 1;
  if (!fits || !range || !round_to(input.type, numbers)) {
    fail("ONX009", fmt::format("--input {}: '{}' is no value of type {}", printable(input.name),
                               printable(text), name_of(input.type)));
  }
  return numbers;
}

Value Inputs::value(const Declaration& input) {
  if (input.type == ElementType::none) {
    fail("ONX005", fmt::format("input '{}' is no tensor of a known type", printable(input.name)));
  }
  Value value{input.type, resolve(input), nullptr, nullptr};
  Storage storage{input.name, input.type, value.shape, false, false, -1};
  given_.insert(input.name);
  const auto given = options_.inputs.find(input.name);
  const bool single = value.elements() == 1;
  if (given != options_.inputs.end()) {
    if (!single) {
      fail("ONX009", fmt::format("--input {}: the input has the shape {}, not one element",
                                 printable(input.name), text_of(value.shape)));
    }
    storage.constant = true;
    value.numbers = std::make_shared<const Numbers>(parse(input, given->second));
  } else if (single) {
    undecided_.push_back(input.name);
  }
  value.storage = std::make_shared<Storage>(std::move(storage));
  return value;
}

void Inputs::check_all_used() const {
  for (const auto& [name, text] : options_.inputs) {
    if (given_.count(name) == 0) {
      fail("ONX009", fmt::format("--input {}: the network has no such input", printable(name)),
           suggestion(name, {given_.begin(), given_.end()}));
    }
  }
  for (const auto& [name, size] : options_.dims) {
    if (names_.count(name) != 0) continue;
    const std::vector<std::string> known(names_.begin(), names_.end());
    fail("ONX009", fmt::format("--dim {}: no input has such a dimension", printable(name)),
         known.empty() ? "all dimensions are known" : printable(suggestion(name, known)));
  }
}

std::string Inputs::suggest_values() const {
  if (undecided_.empty())
    return "conditions have to follow from shapes, constants and values given with --input";
  std::string options;
  for (const std::string& name : undecided_) options += fmt::format(" --input {}=VALUE", printable(name));
  return "give the values of inputs of one element with" + options;
}

}  // namespace vernier::onnx
