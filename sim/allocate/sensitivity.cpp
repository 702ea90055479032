// SPDX-License-Identifier: Apache-2.0
#include "sim/allocate/sensitivity.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

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

Given read_given(const YAML::Node& node, const std::string& name, const Layer& layer,
                 const std::string& file) {
  Given given;
  const std::string key = "layers." + name;
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

/// By the names of operators and of single executions.
using GivenByName = std::map<std::string, Given>;

/// "layers.5.q_proj"
std::string execution_name(const Layer& layer, int64_t index) {
  return fmt::format("{}.{}.{}", layer.segment, index, layer.op);
}

[[noreturn]] void refuse_unknown(const std::string& file, const YAML::Node& key,
                                 const std::vector<Layer>& layers) {
  const auto name = key.as<std::string>("");
  std::vector<std::string> ops, all;
  for (const Layer& layer : layers) {
    if (layer.first == 0) ops.push_back(layer.op);
    for (int64_t i = layer.first; i < layer.first + layer.repeat; ++i)
      all.push_back(execution_name(layer, i));
  }
  all.insert(all.end(), ops.begin(), ops.end());
  const std::string near = nearest_name(name, all);
  refuse(file, key.Mark(), fmt::format("layers.{}: the network has no such layer", name),
         near.empty() ? fmt::format("allowed: {}, or one execution, {}", fmt::join(ops, ", "), all.front())
                      : fmt::format("did you mean '{}'?", near));
}

GivenByName read_file(const std::string& file, const std::vector<Layer>& layers) {
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
  std::map<std::string, const Layer*> known;
  for (const Layer& layer : layers) {
    known[layer.op] = &layer;
    for (int64_t i = layer.first; i < layer.first + layer.repeat; ++i)
      known[execution_name(layer, i)] = &layer;
  }
  GivenByName given;
  for (const auto& entry : map) {
    const auto name = entry.first.as<std::string>("");
    const auto layer = known.find(name);
    if (layer == known.end()) refuse_unknown(file, entry.first, layers);
    given[name] = read_given(entry.second, name, *layer->second, file);
  }
  for (const Layer& layer : layers) {
    for (int64_t i = layer.first; i < layer.first + layer.repeat; ++i) {
      const std::string one = execution_name(layer, i);
      if (given.count(layer.op) != 0 || given.count(one) != 0) continue;
      refuse(file, map.Mark(),
             layer.is_whole() && i == 0
                 ? fmt::format("layers.{} is missing", layer.op)
                 : fmt::format("layers.{} is missing, and layers.{}, too", one, layer.op));
    }
  }
  return given;
}

/// 64 rows of an operator are shared out among its layers.
int64_t random_rows(const Layer& layer) {
  const int64_t share = (kRandomRows * layer.repeat + layer.of - 1) / layer.of;
  return std::min(layer.n, std::max(share, kLeastRandomRows));
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
      if (name.name != layer.op && found.name != layer.op) continue;
      if (name.repetition == repetition) return found;
      if (!name.repetition) general = &found;
    }
    if (general != nullptr) return *general;
    throw InputError("ALC004",
                     layer.of == 1 ? fmt::format("--weights: no tensor is named like layer '{}'", layer.op)
                                   : fmt::format("--weights: no tensor is named like layer '{}' of {} {}",
                                                 layer.op, layer.segment, repetition),
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

std::vector<Errors> real_errors(const std::vector<Layer>& layers, const std::vector<std::string>& paths) {
  const WeightFiles files(paths);
  std::vector<Errors> errors;
  for (const Layer& layer : layers) {
    std::vector<quantize::Sum> sums(layer.choices.size());
    Errors found;
    for (int64_t repetition = layer.first; repetition < layer.first + layer.repeat; ++repetition) {
      const workloads::RealTensor tensor = read(files.find(layer, repetition), layer);
      found.single.emplace_back();
      for (size_t i = 0; i < sums.size(); ++i) {
        found.single.back().push_back(squared_error(tensor, layer.choices[i].format));
        sums[i].add(found.single.back().back());
      }
    }
    for (const quantize::Sum& sum : sums) found.all.push_back(sum.value());
    errors.push_back(std::move(found));
  }
  return errors;
}

std::vector<Errors> random_errors(const std::vector<Layer>& layers, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Errors> errors;
  for (const Layer& layer : layers) {
    const workloads::RealTensor tensor = random_tensor(layer.name, random_rows(layer), layer.k, random);
    const double copies =
        static_cast<double>(layer.n) / static_cast<double>(tensor.rows) * static_cast<double>(layer.repeat);
    Errors found;
    for (const Choice& choice : layer.choices)
      found.all.push_back(copies * squared_error(tensor, choice.format));
    std::vector<double> each = found.all;
    for (double& error : each) error /= static_cast<double>(layer.repeat);
    found.single.assign(static_cast<size_t>(layer.repeat), each);
    errors.push_back(std::move(found));
  }
  return errors;
}

/// "64", "4 to 64"
std::string random_rows(const std::vector<Layer>& layers) {
  int64_t least = kRandomRows, most = 0;
  for (const Layer& layer : layers) {
    if (random_rows(layer) == layer.n) continue;
    least = std::min(least, random_rows(layer));
    most = std::max(most, random_rows(layer));
  }
  return fmt::format("{}{}", least < most ? fmt::format("{} to ", least) : "", std::max(most, least));
}

/// The sensitivity of a layer in its choice `i`. `errors` is null if the file has every number.
double sensitivity_of(const Layer& layer, size_t i, const GivenByName& given, const Errors* errors) {
  const auto general = given.find(layer.op);
  quantize::Sum sum;
  int64_t of_operator = 0;  // executions of which the file says nothing of their own
  double their_errors = 0;
  quantize::Sum left;
  for (int64_t index = 0; index < layer.repeat; ++index) {
    const auto own = given.find(execution_name(layer, layer.first + index));
    const double error = errors == nullptr ? 0 : errors->single[static_cast<size_t>(index)][i];
    if (own == given.end()) {
      ++of_operator;
      left.add(error);
    } else {
      sum.add(own->second.factor ? *own->second.factor * error
                                 : own->second.by_format.at(layer.choices[i].format));
    }
  }
  if (of_operator == 0) return sum.value();
  their_errors = of_operator == layer.repeat && errors != nullptr ? errors->all[i] : left.value();
  if (general == given.end()) {
    sum.add(their_errors);
  } else if (general->second.factor) {
    sum.add(*general->second.factor * their_errors);
  } else {
    // The number is of all executions: these have their share.
    const double number = general->second.by_format.at(layer.choices[i].format);
    sum.add(of_operator == layer.of
                ? number
                : number * static_cast<double>(of_operator) / static_cast<double>(layer.of));
  }
  return sum.value();
}

}  // namespace

double squared_error(const workloads::RealTensor& tensor, const std::string& format) {
  const quantize::QuantizedTensor quantized =
      quantize::quantize_tensor(tensor, quantize::TensorFormat(format));
  return quantize::error_statistics(tensor, quantized).squared_errors.value();
}

workloads::RealTensor random_tensor(const std::string& name, int64_t rows, int64_t k,
                                    std::mt19937_64& random) {
  workloads::RealTensor tensor;
  tensor.info.name = name;
  tensor.rows = rows;
  tensor.cols = k;
  tensor.values.resize(static_cast<size_t>(tensor.rows * tensor.cols));
  run::fill_random_weights(tensor.values, k, random);
  return tensor;
}

std::string random_note(uint64_t seed, const std::string& rows) {
  return fmt::format(
      "squared quantization error of random weights (seed {}, {} rows of each matrix, scaled to "
      "all), not of a trained network",
      seed, rows);
}

std::string add_sensitivities(std::vector<Layer>& layers, const std::string& file,
                              const ErrorsOf& errors_of) {
  GivenByName given;
  if (!file.empty()) given = read_file(file, layers);
  const bool factors =
      std::any_of(given.begin(), given.end(), [](const auto& one) { return one.second.factor.has_value(); });
  std::string of_what = "as given";
  std::vector<Errors> errors;
  if (given.empty() || factors) errors = errors_of(of_what);
  for (size_t l = 0; l < layers.size(); ++l) {
    for (size_t i = 0; i < layers[l].choices.size(); ++i) {
      layers[l].choices[i].sensitivity =
          sensitivity_of(layers[l], i, given, errors.empty() ? nullptr : &errors[l]);
    }
  }
  return fmt::format("sensitivity: {}{}.", of_what, factors ? ", times the factors of the file" : "");
}

std::string add_sensitivities(std::vector<Layer>& layers, const SensitivitySource& source) {
  return add_sensitivities(layers, source.file, [&](std::string& of_what) {
    if (source.weights.empty()) {
      of_what = random_note(source.seed, random_rows(layers));
      return random_errors(layers, source.seed);
    }
    of_what = "squared quantization error of the weights in the files";
    return real_errors(layers, source.weights);
  });
}

}  // namespace vernier::allocate
