// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/details_json.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/printable.h"
#include "models/formats/group_format.h"

namespace vernier::graph {
namespace {

using Kind = JsonTree::Kind;

constexpr size_t kMaxRank = 16;
constexpr int64_t kMaxDimension = (int64_t{1} << 31) - 1;
constexpr int64_t kMaxElements = int64_t{1} << 40;
constexpr int64_t kMaxAttribute = int64_t{1} << 40;
constexpr uint64_t kMaxWork = uint64_t{1} << 62;  ///< of a graph

bool parse_integer(const JsonTree& tree, int64_t& value) {
  if (tree.kind == Kind::natural && tree.natural <= static_cast<uint64_t>(INT64_MAX)) {
    value = static_cast<int64_t>(tree.natural);
    return true;
  }
  if (tree.kind != Kind::other_number) return false;
  const char* end = tree.text.data() + tree.text.size();
  const auto [stop, error] = std::from_chars(tree.text.data(), end, value);
  return error == std::errc() && stop == end;
}

}  // namespace

std::vector<int64_t> DetailsReader::integers(const JsonTree& list, const std::string& path, int64_t least,
                                             int64_t most) {
  const std::string due = fmt::format("a list of integers in {}..{}", least, most);
  if (list.kind != Kind::list) {
    complain_(list, path, due);
    return {};
  }
  std::vector<int64_t> found;
  for (const JsonTree& element : list.elements) {
    int64_t value = 0;
    if (!parse_integer(element, value) || value < least || value > most) {
      complain_(element, path, due);
      return {};
    }
    found.push_back(value);
  }
  return found;
}

void DetailsReader::read(const JsonTree& tree, const std::string& path, Tensor& tensor) {
  if (const JsonTree* format = tree.find("format")) {
    if (format->kind != Kind::text) complain_(*format, path + ".format", "a text");
    tensor.format = printable(format->text);
  }
  if (const JsonTree* format = tree.find("weight_format")) read_weight_format(*format, path, tensor);
  const JsonTree* shape = tree.find("shape");
  if (shape == nullptr) return;
  tensor.shape = integers(*shape, path + ".shape", 1, kMaxDimension);
  int64_t elements = 1;
  for (const int64_t dimension : tensor.shape)
    elements = elements > kMaxElements / dimension ? 0 : elements * dimension;
  if (elements == 0 || tensor.shape.size() > kMaxRank) {
    complain_(*shape, path + ".shape",
              fmt::format("a shape of at most {} dimensions and 2^40 elements", kMaxRank));
    tensor.shape.clear();
  }
}

void DetailsReader::read_weight_format(const JsonTree& format, const std::string& path, Tensor& tensor) {
  const std::string key = path + ".weight_format";
  if (tensor.kind != TensorKind::weight)
    return complain_(format, key, "nothing (a tensor of kind \"weight\" can have one)");
  try {
    if (format.kind == Kind::text) tensor.weight_format = formats::group_format(format.text).name;
  } catch (const InputError&) {  // the complaint says where
  }
  if (tensor.weight_format.empty() || formats::group_format(tensor.weight_format).unit_scale)
    complain_(format, key, "a weight format with scales (`vernier list format`)");
}

void DetailsReader::add_work(const JsonTree& at, const std::string& path, uint64_t work) {
  work_ += work;
  if (work <= kMaxWork && work_ <= kMaxWork) return;
  complain_(at, path, "work of which a graph has at most 2^62");
  work_ = 0;
}

void DetailsReader::read(const JsonTree& tree, const std::string& path, Operator& op) {
  if (const JsonTree* attributes = tree.find("attributes")) {
    if (attributes->kind != Kind::object)
      complain_(*attributes, path + ".attributes", "an object of lists of integers");
    for (const auto& [name, list] : attributes->members) {
      op.attributes[printable(name)] = integers(list, path + ".attributes", -kMaxAttribute, kMaxAttribute);
    }
  }
  if (const JsonTree* gemms = tree.find("gemms")) {
    const char* due = "a list of products [m, n, k, groups]";
    if (gemms->kind != Kind::list) complain_(*gemms, path + ".gemms", due);
    for (const JsonTree& element : gemms->elements) {
      const std::vector<int64_t> sizes = integers(element, path + ".gemms", 1, kMaxElements);
      if (sizes.empty()) return;
      if (sizes.size() != 4) return complain_(element, path + ".gemms", due);
      __uint128_t macs = 1;
      for (const int64_t size : sizes) macs = macs > kMaxWork ? macs : macs * static_cast<uint64_t>(size);
      add_work(element, path + ".gemms", macs > kMaxWork ? kMaxWork + 1 : static_cast<uint64_t>(macs));
      op.gemms.push_back({sizes[0], sizes[1], sizes[2], sizes[3]});
    }
  }
  if (const JsonTree* elements = tree.find("vector_elements")) {
    if (elements->kind != Kind::natural)
      return complain_(*elements, path + ".vector_elements", "a whole number >= 0");
    add_work(*elements, path + ".vector_elements", elements->natural);
    op.vector_elements = elements->natural;
  }
}

void write_details(const Tensor& tensor, nlohmann::ordered_json& json) {
  if (!tensor.shape.empty()) json["shape"] = tensor.shape;
  if (!tensor.format.empty()) json["format"] = tensor.format;
  if (!tensor.weight_format.empty()) json["weight_format"] = tensor.weight_format;
}

void write_details(const Operator& op, nlohmann::ordered_json& json) {
  for (const auto& [name, numbers] : op.attributes) json["attributes"][name] = numbers;
  for (const Gemm& gemm : op.gemms) json["gemms"].push_back({gemm.m, gemm.n, gemm.k, gemm.groups});
  if (op.vector_elements > 0) json["vector_elements"] = op.vector_elements;
}

}  // namespace vernier::graph
