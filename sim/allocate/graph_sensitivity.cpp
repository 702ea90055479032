// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/graph_sensitivity.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include "base/error.h"
#include "base/printable.h"
#include "sim/quantize/statistics.h"
#include "workloads/onnx/weights.h"

namespace vernier::allocate {
namespace {

using graph::Tensor;
using workloads::RealTensor;

/// Tensors of files by name; the first file that has a name counts.
class Values {
 public:
  explicit Values(const GraphValues& values) : explicit_(!values.weights.empty()) {
    for (const std::string& path : values.weights)
      add(workloads::open_tensors(workloads::open_bytes(path)), path);
    if (explicit_ || values.onnx.empty()) return;
    try {
      onnx_ = onnx::read_weights(values.onnx).bytes;
    } catch (const InputError& error) {
      if (error.diagnostics().front().code != "ONX011") throw;
      return;  // none of floating point: quantized already
    }
    add(workloads::open_tensors(workloads::view_bytes(onnx_, values.onnx)), values.onnx);
  }

  /// The matrix of a parameter, if the files have one that can be read so.
  [[nodiscard]] std::optional<RealTensor> find(const GraphParameter& parameter, const Tensor& tensor,
                                               const std::string& layer) const {
    const auto found = files_.find(tensor.name);
    if (found == files_.end()) {
      if (explicit_) fail(tensor, layer, "no tensor has this name", {});
      return std::nullopt;
    }
    const auto& [file, path] = found->second;
    if (parameter.order == GraphParameter::Order::unknown) {
      if (explicit_) fail(tensor, layer, "how its operator multiplies by it is not known here", path);
      return std::nullopt;
    }
    RealTensor real = file->read(tensor.name);
    if (real.rows * real.cols != parameter.rows * parameter.cols) {
      fail(tensor, layer,
           fmt::format("has {} elements, {} x {} are due", real.rows * real.cols, parameter.rows,
                       parameter.cols),
           path);
    }
    real.values = as_matrix(parameter, std::move(real.values));
    real.rows = parameter.rows;
    real.cols = parameter.cols;
    return real;
  }

 private:
  [[noreturn]] static void fail(const Tensor& tensor, const std::string& layer, const std::string& what,
                                const std::string& path) {
    throw InputError("ALC004",
                     fmt::format("--weights: parameter '{}' of layer '{}': {}", printable(tensor.name),
                                 printable(layer), what),
                     {path, 0, 0}, "tensors have the names of the graph; `vernier import --out` writes them");
  }

  void add(std::unique_ptr<workloads::TensorFile> file, const std::string& path) {
    for (const workloads::TensorInfo& info : file->tensors()) {
      if (info.is_real) files_.emplace(info.name, std::pair(file.get(), path));
    }
    open_.push_back(std::move(file));
  }

  bool explicit_;
  std::string onnx_;  ///< a safetensors file
  std::vector<std::unique_ptr<workloads::TensorFile>> open_;
  std::map<std::string, std::pair<const workloads::TensorFile*, std::string>> files_;
};

}  // namespace

std::vector<float> as_matrix(const GraphParameter& parameter, std::vector<float> values) {
  if (parameter.order == GraphParameter::Order::rows) return values;
  std::vector<float> turned(values.size());
  const auto k = static_cast<size_t>(parameter.cols), n = static_cast<size_t>(parameter.block_rows);
  for (size_t block = 0; block < values.size(); block += k * n) {
    for (size_t row = 0; row < n; ++row) {
      for (size_t col = 0; col < k; ++col) turned[block + row * k + col] = values[block + col * n + row];
    }
  }
  return turned;
}

std::vector<Errors> errors_of(const std::vector<Layer>& layers, const graph::Graph& graph,
                              const std::vector<GraphLayer>& graph_layers, const GraphValues& values,
                              std::string& of_what) {
  const Values files(values);
  std::mt19937_64 random(values.seed);
  std::vector<Errors> all;
  size_t parameters = 0, drawn = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    std::vector<quantize::Sum> sums(layers[i].choices.size());
    for (const GraphParameter& parameter : graph_layers[i].parameters) {
      const Tensor& tensor = graph.tensors[static_cast<size_t>(parameter.tensor)];
      std::optional<RealTensor> real = files.find(parameter, tensor, layers[i].name);
      ++parameters;
      double copies = 1;
      if (!real) {
        ++drawn;
        real = random_tensor(tensor.name, std::min(parameter.rows, kRandomRows), parameter.cols, random);
        copies = static_cast<double>(parameter.rows) / static_cast<double>(real->rows);
      }
      for (size_t f = 0; f < sums.size(); ++f)
        sums[f].add(copies * squared_error(*real, layers[i].choices[f].format));
    }
    Errors errors;
    for (const quantize::Sum& sum : sums) errors.all.push_back(sum.value());
    errors.single = {errors.all};
    all.push_back(std::move(errors));
  }
  const std::string invented = random_note(values.seed, std::to_string(kRandomRows));
  of_what = drawn == parameters ? invented : "squared quantization error of the parameters in the files";
  if (drawn > 0 && drawn < parameters) {
    of_what += fmt::format("; of {} of {} parameters, which have no real values there, {}", drawn, parameters,
                           invented);
  }
  return all;
}

}  // namespace vernier::allocate
