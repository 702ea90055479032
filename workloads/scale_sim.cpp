// SPDX-License-Identifier: Apache-2.0
#include "workloads/scale_sim.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/printable.h"

namespace vernier::workloads {
namespace {

constexpr int64_t kMaxSize = int64_t{1} << 24;
constexpr size_t kMaxLayers = 100000;
constexpr uint64_t kMaxMacs = uint64_t{1} << 55;  ///< of a layer

std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r\xef\xbb\xbf");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") + 1 - from);
}

/// Fields of a line; most topologies end each with a comma, which makes no field.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  size_t at = 0;
  while (at <= line.size()) {
    const size_t comma = std::min(line.find(',', at), line.size());
    fields.push_back(trimmed(line.substr(at, comma - at)));
    at = comma + 1;
  }
  while (!fields.empty() && fields.back().empty()) fields.pop_back();
  return fields;
}

class Topology {
 public:
  explicit Topology(const std::string& path) : path_(path) {}

  graph::Graph read() {
    std::error_code ignored;
    std::ifstream in(path_, std::ios::binary);
    if (!std::filesystem::is_regular_file(path_, ignored) || !in) {
      throw InputError("SCS001", "is no file that can be read", {path_, 0, 0});
    }
    graph_.name = std::filesystem::path(path_).stem().string();
    std::string line;
    bool gemms = false;
    for (line_ = 1; std::getline(in, line); ++line_) {
      const std::vector<std::string> fields = fields_of(line);
      if (fields.empty()) continue;
      if (header_.empty()) {
        header_ = fields;
        gemms = header(fields);
      } else if (gemms) {
        gemm(fields);
      } else {
        convolution(fields);
      }
    }
    if (graph_.operators.empty()) {
      throw InputError("SCS001", "has no layers", {path_, 0, 0},
                       "a topology has a header and a line per layer");
    }
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(const std::string& message, const std::string& help = {}) const {
    throw InputError("SCS002", message, {path_, line_, 0}, help);
  }

  /// True for GEMMs. Names of columns vary in blanks and capitals.
  [[nodiscard]] bool header(const std::vector<std::string>& fields) const {
    const auto plain = [](std::string text) {
      std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
      return text;
    };
    if (fields.size() >= 4 && plain(fields[1]) == "m" && plain(fields[2]) == "n" && plain(fields[3]) == "k")
      return true;
    if (fields.size() >= 8 && plain(fields[1]).find("ifmap") != std::string::npos) return false;
    fail("is no header of a topology",
         "allowed: 'Layer, M, N, K' and 'Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, "
         "Channels, "
         "Num Filter, Strides'");
  }

  [[nodiscard]] int64_t number(const std::vector<std::string>& fields, size_t index) const {
    const std::string& text = fields[index];
    int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size() || value < 1 || value > kMaxSize) {
      fail(fmt::format("{}: '{}' is not in 1..{}",
                       index < header_.size() ? printable(header_[index]) : "stride", printable(text),
                       kMaxSize));
    }
    return value;
  }

  /// The columns that a line has to have, and up to `most`; behind them only the sparsity of dense weights.
  void check(std::vector<std::string>& fields, size_t least, size_t most) const {
    if (!fields.empty() && fields.back().find(':') != std::string::npos) {
      if (fields.back() != "1:1")
        fail(fmt::format("sparsity {}: weights are dense here", printable(fields.back())));
      fields.pop_back();
    }
    if (fields.size() < least || fields.size() > most) {
      fail(fmt::format("has {} columns, and {} are due", fields.size(), least));
    }
    if (fields[0].empty()) fail("a layer without a name");
  }

  void gemm(std::vector<std::string> fields) {
    check(fields, 4, 4);
    const int64_t m = number(fields, 1);
    const int64_t n = number(fields, 2);
    const int64_t k = number(fields, 3);
    layer(fields[0], "MatMul", {m, k}, {k, n}, {m, n}, {m, n, k, 1}, {});
  }

  void convolution(std::vector<std::string> fields) {
    check(fields, 8, 9);
    const bool depthwise = fields[0].find("DP") != std::string::npos;
    const int64_t height = number(fields, 1), width = number(fields, 2);
    const int64_t rows = number(fields, 3), cols = number(fields, 4);
    const int64_t channels = number(fields, 5), filters = number(fields, 6);
    const int64_t down = number(fields, 7), right = fields.size() > 8 ? number(fields, 8) : down;
    if (rows > height || cols > width)
      fail(fmt::format("a filter of {}x{} on {}x{}", rows, cols, height, width));
    // As SCALE-Sim counts: a last window that begins inside the input counts, and reads beyond its end.
    const int64_t out_height = (height - rows + down - 1) / down + 1;
    const int64_t out_width = (width - cols + right - 1) / right + 1;
    const int64_t groups = depthwise ? channels : 1;
    graph::Attributes attributes = {
        {"kernel", {rows, cols}},
        {"strides", {down, right}},
        {"dilations", {1, 1}},
        {"pads", {0, 0, (out_height - 1) * down + rows - height, (out_width - 1) * right + cols - width}}};
    if (groups > 1) attributes["groups"] = {groups};
    layer(fields[0], "Conv", {1, channels, height, width}, {filters * groups, channels / groups, rows, cols},
          {1, filters * groups, out_height, out_width},
          {out_height * out_width, filters, rows * cols * (channels / groups), groups}, attributes);
  }

  int tensor(const std::string& name, graph::TensorKind kind, const std::vector<int64_t>& shape) {
    __uint128_t bytes = 1;
    for (const int64_t dimension : shape) bytes *= static_cast<uint64_t>(dimension);  // four of 2^24
    if (bytes > (uint64_t{1} << 40U)) fail(fmt::format("tensor {} would have more than 2^40 bytes", name));
    graph::Tensor tensor;
    tensor.name = name;
    tensor.kind = kind;
    tensor.bytes = static_cast<uint64_t>(bytes);
    tensor.shape = shape;
    tensor.format = "int8";
    graph_.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph_.tensors.size()) - 1;
  }

  void layer(const std::string& given, const std::string& kind, const std::vector<int64_t>& in,
             const std::vector<int64_t>& weight, const std::vector<int64_t>& out, const graph::Gemm& gemm,
             graph::Attributes attributes) {
    const std::string name = printable(given);
    if (!names_.insert(name).second) fail(fmt::format("layer '{}' stands twice", name));
    if (graph_.operators.size() == kMaxLayers) fail(fmt::format("more than {} layers", kMaxLayers));
    const double macs = static_cast<double>(gemm.m) * static_cast<double>(gemm.n) *
                        static_cast<double>(gemm.k) * static_cast<double>(gemm.groups);
    if (macs > static_cast<double>(kMaxMacs) / 2) fail("a layer of more than 2^54 multiply-accumulates");
    macs_ += macs;
    if (macs_ > 4e18) fail("more multiply-accumulates than are counted (4e18)");
    const int index = static_cast<int>(graph_.operators.size());
    graph::Operator op;
    op.name = name;
    op.kind = kind;
    op.inputs = {tensor(name + ".in", graph::TensorKind::input, in),
                 tensor(name + ".weight", graph::TensorKind::weight, weight)};
    op.outputs = {tensor(name + ".out", graph::TensorKind::activation, out)};
    for (const int t : op.inputs) graph_.tensors[static_cast<size_t>(t)].consumers = {index};
    graph_.tensors[static_cast<size_t>(op.outputs[0])].producer = index;
    graph_.tensors[static_cast<size_t>(op.outputs[0])].output = true;
    op.gemms = {gemm};
    op.attributes = std::move(attributes);
    graph_.operators.push_back(std::move(op));
  }

  const std::string& path_;
  int line_ = 0;
  std::vector<std::string> header_;
  std::set<std::string> names_;
  double macs_ = 0;
  graph::Graph graph_;
};

}  // namespace

graph::Graph load_scale_sim(const std::string& path) { return Topology(path).read(); }

}  // namespace vernier::workloads
