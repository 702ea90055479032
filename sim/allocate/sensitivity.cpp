// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/sensitivity.h"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <map>
#include <optional>
#include <random>

#include "base/error.h"
#include "sim/quantize/statistics.h"
#include "sim/run/image.h"
#include "sim/run/weight_file.h"

namespace vernier::allocate {
namespace {

/// What a file says about one layer: a factor, or a number for each format.
struct Given {
  std::optional<double> factor;
  std::map<std::string, double> by_format;
};

[[noreturn]] void refuse(const std::string& file, const YAML::Mark& mark, const std::string& message,
                         const std::string& help = {}) {
  throw InputError("ALC003", message, {file, mark.line + 1, mark.column + 1}, help);
}

double number(const YAML::Node& node, const std::string& file, const std::string& key) {
  double value = -1;
  if (node.IsScalar() && YAML::convert<double>::decode(node, value) && std::isfinite(value) && value >= 0)
    return value;
  refuse(file, node.Mark(), fmt::format("{}: allowed: a number from 0", key));
}

Given read_given(const YAML::Node& node, const Layer& layer, const std::string& file) {
  Given given;
  const std::string key = "layers." + layer.name;
  if (!node.IsMap()) {
    given.factor = number(node, file, key);
    return given;
  }
  for (const Choice& choice : layer.choices) {
    const YAML::Node value = node[choice.format];
    if (!value.IsDefined()) refuse(file, node.Mark(), fmt::format("{}: nothing for {}", key, choice.format));
    given.by_format[choice.format] = number(value, file, key + "." + choice.format);
  }
  return given;
}

std::vector<Given> read_file(const std::string& file, const std::vector<Layer>& layers) {
  YAML::Node root;
  try {
    root = YAML::LoadFile(file);
  } catch (const YAML::Exception& error) {
    throw InputError("ALC003", "cannot be read: " + error.msg,
                     {file, error.mark.line + 1, error.mark.column + 1});
  }
  const YAML::Node map = root.IsMap() ? root["layers"] : YAML::Node(YAML::NodeType::Undefined);
  if (!map.IsDefined() || !map.IsMap())
    throw InputError("ALC003", "allowed: a map 'layers' from layer to number, or to numbers by format",
                     {file, 0, 0});
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.push_back(layer.name);
  for (const auto& entry : map) {
    const auto name = entry.first.as<std::string>("");
    if (std::find(names.begin(), names.end(), name) == names.end())
      refuse(file, entry.first.Mark(), fmt::format("layers.{}: the network has no such layer", name),
             suggestion(name, names));
  }
  std::vector<Given> given;
  for (const Layer& layer : layers) {
    const YAML::Node node = map[layer.name];
    if (!node.IsDefined()) refuse(file, map.Mark(), fmt::format("layers.{} is missing", layer.name));
    given.push_back(read_given(node, layer, file));
  }
  return given;
}

double squared_error(const workloads::RealTensor& tensor, const std::string& format) {
  const quantize::QuantizedTensor quantized =
      quantize::quantize_tensor(tensor, quantize::TensorFormat(format));
  return quantize::error_statistics(tensor, quantized).squared_errors.value();
}

workloads::RealTensor random_rows(const Layer& layer, std::mt19937_64& random) {
  workloads::RealTensor tensor;
  tensor.info.name = layer.name;
  tensor.rows = std::min(layer.n, kRandomRows);
  tensor.cols = layer.k;
  tensor.values.resize(static_cast<size_t>(tensor.rows * tensor.cols));
  run::fill_random_weights(tensor.values, layer.k, random);
  return tensor;
}

/// A tensor of a file.
struct Found {
  const workloads::TensorFile* file = nullptr;
  std::string path, name;
};

class WeightFiles {
 public:
  explicit WeightFiles(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      files_.push_back(workloads::open_tensors(workloads::open_bytes(path)));
      for (const workloads::TensorInfo& info : files_.back()->tensors())
        all_.push_back({files_.back().get(), path, info.name});
    }
  }

  /// The tensor of one execution of a layer: one that names the execution comes before one that does not.
  [[nodiscard]] Found find(const Layer& layer, int64_t repetition) const {
    const Found* general = nullptr;
    for (const Found& found : all_) {
      const run::TensorName name = run::parse_tensor_name(found.name, layer.segment);
      if (name.name != layer.name && found.name != layer.name) continue;
      if (name.repetition == repetition) return found;
      if (!name.repetition) general = &found;
    }
    if (general != nullptr) return *general;
    throw InputError("ALC004",
                     layer.repeat == 1
                         ? fmt::format("--weights: no tensor is named like layer '{}'", layer.name)
                         : fmt::format("--weights: no tensor is named like layer '{}' of {} {}", layer.name,
                                       layer.segment, repetition),
                     {}, "names are those of docs/quantize.md, \"In runs\"");
  }

 private:
  std::vector<std::unique_ptr<workloads::TensorFile>> files_;
  std::vector<Found> all_;
};

workloads::RealTensor read(const Found& found, const Layer& layer) {
  workloads::RealTensor tensor = found.file->read(found.name);
  if (tensor.rows == layer.n && tensor.cols == layer.k) return tensor;
  throw InputError("ALC004",
                   fmt::format("tensor '{}' is {} x {}, layer '{}' has {} output channels and {} inputs",
                               found.name, tensor.rows, tensor.cols, layer.name, layer.n, layer.k),
                   {found.path, 0, 0});
}

void add_real_errors(std::vector<Layer>& layers, const std::vector<std::string>& paths) {
  const WeightFiles files(paths);
  for (Layer& layer : layers) {
    std::vector<quantize::Sum> errors(layer.choices.size());
    for (int64_t repetition = 0; repetition < layer.repeat; ++repetition) {
      const workloads::RealTensor tensor = read(files.find(layer, repetition), layer);
      for (size_t i = 0; i < errors.size(); ++i)
        errors[i].add(squared_error(tensor, layer.choices[i].format));
    }
    for (size_t i = 0; i < errors.size(); ++i) layer.choices[i].sensitivity = errors[i].value();
  }
}

void add_random_errors(std::vector<Layer>& layers, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (Layer& layer : layers) {
    const workloads::RealTensor tensor = random_rows(layer, random);
    const double copies =
        static_cast<double>(layer.n) / static_cast<double>(tensor.rows) * static_cast<double>(layer.repeat);
    for (Choice& choice : layer.choices) choice.sensitivity = copies * squared_error(tensor, choice.format);
  }
}

}  // namespace

std::string add_sensitivities(std::vector<Layer>& layers, const SensitivitySource& source) {
  std::vector<Given> given(layers.size());
  if (!source.file.empty()) given = read_file(source.file, layers);
  const auto numbers = [](const Given& one) { return !one.by_format.empty(); };
  const bool all_given = std::all_of(given.begin(), given.end(), numbers);
  std::string said = "sensitivity: as given";
  if (!all_given && !source.weights.empty()) {
    add_real_errors(layers, source.weights);
    said = "sensitivity: squared quantization error of the weights in the files";
  } else if (!all_given) {
    add_random_errors(layers, source.seed);
    said = fmt::format(
        "sensitivity: squared quantization error of random weights (seed {}, {} rows of each "
        "matrix, scaled to all), not of a trained network",
        source.seed, kRandomRows);
  }
  bool factors = false;
  for (size_t i = 0; i < layers.size(); ++i) {
    factors = factors || given[i].factor.has_value();
    for (Choice& choice : layers[i].choices) {
      choice.sensitivity = numbers(given[i]) ? given[i].by_format.at(choice.format)
                                             : choice.sensitivity * given[i].factor.value_or(1);
    }
  }
  if (factors) said += ", times the factors of the file";
  return said + ".";
}

}  // namespace vernier::allocate
