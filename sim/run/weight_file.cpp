// SPDX-License-Identifier: Apache-2.0
#include "sim/run/weight_file.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "models/formats/weight_block.h"
#include "workloads/llm_formats.h"

namespace vernier::run {
namespace {

using mapper::PackedBlock;
using mapper::Region;
using quantize::StoredTensor;
using workloads::LayerRange;
using workloads::Network;
using workloads::TensorKind;

/// A weight matrix of the network: those of all repetitions of one segment.
struct Weight {
  std::string segment;
  std::string name;     ///< that all segments of this name give its operator
  std::string op_name;  ///< unique
  bool one_of_many;     ///< segments of this name
  int64_t first = 0;    ///< index of the first repetition
  int64_t repeat = 1;
  const workloads::Tensor* tensor = nullptr;
  size_t region = 0;
};

std::vector<Weight> weights_of(const mapper::MemoryMap& map, const Network& network) {
  std::vector<Weight> weights;
  int index = 0;
  for (const workloads::Segment& segment : network.segments) {
    for (const workloads::Op& op : segment.ops) {
      const int at = index++;
      if (op.kind != workloads::OpKind::gemm) continue;
      const workloads::Tensor& tensor = network.tensors[static_cast<size_t>(op.weight)];
      if (tensor.kind != TensorKind::weight) continue;
      const int region = map.op_region(at);
      VERNIER_INVARIANT(region >= 0, "'{}' has no packed weights", op.name);
      weights.push_back({segment.name, segment.plain(op.name), op.name, !segment.prefix.empty(),
                         segment.first, segment.repeat, &tensor, static_cast<size_t>(region)});
    }
  }
  return weights;
}

bool drop_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// What is wrong with one tensor; the code is empty as long as nothing is.
struct Finding {
  std::string code, message, help;
};

Finding unknown(const std::string& name, const std::vector<Weight>& weights) {
  std::vector<std::string> names;
  for (const Weight& weight : weights) {
    if (std::find(names.begin(), names.end(), weight.name) == names.end()) names.push_back(weight.name);
  }
  if (names.empty()) return {"QNT030", "no weight matrix has this name: the network has none", {}};
  std::string_view wanted = name;
  for (const Weight& weight : weights) {
    const TensorName parsed = parse_tensor_name(name, weight.segment);
    if (parsed.name.size() < wanted.size()) wanted = parsed.name;
  }
  return {"QNT030", "no weight matrix of the network has this name", suggestion(wanted, names)};
}

Finding check(const StoredTensor& stored, const Weight& weight, const machine::ArrayParams& array) {
  const quantize::QuantizedTensor& tensor = stored.tensor;
  const workloads::Tensor& wanted = *weight.tensor;
  if (tensor.rows() != wanted.rows || tensor.cols() != wanted.cols) {
    const bool transposed = tensor.rows() == wanted.cols && tensor.cols() == wanted.rows;
    return {"QNT032",
            fmt::format("found {} x {}, expected {} x {} (output channels x input channels)", tensor.rows(),
                        tensor.cols(), wanted.rows, wanted.cols),
            transposed ? "transpose it before it is quantized" : ""};
  }
  const std::string format = formats::group_format(wanted.format).name;
  if (tensor.format() != format) {
    if (weight.one_of_many) {
      const std::string layers =
          workloads::text_of(workloads::LayerRange{weight.first, weight.first + weight.repeat - 1});
      return {"QNT033",
              fmt::format("found format {}, expected {} in {} {}", tensor.format(), format, weight.segment,
                          layers),
              fmt::format("quantize it with --format {}, name it {}.I.{}, or set formats.{}.{}.{}", format,
                          weight.segment, weight.name, weight.segment, layers, weight.name)};
    }
    return {"QNT033", fmt::format("found format {}, expected {}", tensor.format(), format),
            fmt::format("quantize it with --format {}, or set formats.weight", format)};
  }
  if (stored.layout.lanes != array.lanes) {
    return {
        "QNT034",
        fmt::format("found packed for {} lanes, expected array.lanes = {}", stored.layout.lanes, array.lanes),
        fmt::format("quantize it with --rows {} --lanes {}", array.rows, array.lanes)};
  }
  return {};
}

/// Repetitions first .. last - 1 of a weight matrix, counted from its own first.
struct Target {
  const Weight* weight = nullptr;
  int64_t first = 0, last = 0;
};
struct Targets {
  std::vector<Target> found;
  Finding finding;  ///< if there is none
};

/// Where the tensor of this name goes.
Targets targets_of(const std::string& text, const std::vector<Weight>& weights) {
  Targets targets;
  for (const Weight& weight : weights) {
    if (weight.op_name != text) continue;
    targets.found.push_back({&weight, 0, weight.repeat});
    return targets;
  }
  TensorName name;
  const auto same = std::find_if(weights.begin(), weights.end(), [&](const Weight& weight) {
    name = parse_tensor_name(text, weight.segment);
    return name.name == weight.name;
  });
  if (same == weights.end()) return {{}, unknown(text, weights)};
  int64_t count = 0;
  for (const Weight& weight : weights) {
    if (weight.segment != same->segment || weight.name != same->name) continue;
    const int64_t at = name.repetition.value_or(0) - weight.first;
    count = weight.first + weight.repeat;
    if (!name.repetition) targets.found.push_back({&weight, 0, weight.repeat});
    if (name.repetition && at >= 0 && at < weight.repeat) targets.found.push_back({&weight, at, at + 1});
  }
  if (targets.found.empty()) {
    targets.finding = {"QNT031",
                       fmt::format("found repetition {} of '{}', expected one of 0..{}", *name.repetition,
                                   same->segment, count - 1),
                       {}};
  }
  return targets;
}

std::string file_name(const StoredTensor& stored) {
  return std::filesystem::path(stored.file).filename().string();
}

}  // namespace

TensorName parse_tensor_name(std::string_view text, const std::string& segment) {
  constexpr std::string_view kSuffix = ".weight";
  TensorName parsed{text, {}};
  std::string_view& rest = parsed.name;
  if (rest.size() > kSuffix.size() && rest.substr(rest.size() - kSuffix.size()) == kSuffix)
    rest.remove_suffix(kSuffix.size());
  (void)drop_prefix(rest, "model.");
  std::string_view after = rest;
  if (drop_prefix(after, segment + ".")) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), number);
    after.remove_prefix(static_cast<size_t>(end - after.data()));
    if (error == std::errc() && number >= 0 && drop_prefix(after, ".")) {
      parsed.repetition = number;
      rest = after;
    }
  }
  if (!drop_prefix(rest, "self_attn.")) (void)drop_prefix(rest, "mlp.");
  return parsed;
}

std::vector<WeightPlacement> match_weights(const std::vector<StoredTensor>& tensors,
                                           const mapper::MappedProgram& mapped, const Network& network,
                                           const machine::ArrayParams& array) {
  const std::vector<Weight> weights = weights_of(mapped.map, network);
  std::vector<WeightPlacement> placements;
  std::vector<Diagnostic> diagnostics;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto targets = targets_of(tensors[i].tensor.name, weights);
    Finding finding = targets.finding;
    std::vector<WeightPlacement> added;
    for (const Target& target : targets.found) {
      if (finding.code.empty()) finding = check(tensors[i], *target.weight, array);
      added.push_back({i, target.weight->region, target.first, target.last});
      const auto taken =
          std::find_if(placements.begin(), placements.end(), [&](const WeightPlacement& other) {
            return other.region == added.back().region && other.first < target.last &&
                   target.first < other.last;
          });
      if (taken == placements.end() || !finding.code.empty()) continue;
      finding = {"QNT035",
                 fmt::format("'{}' of '{}' has these weights already", tensors[taken->file].tensor.name,
                             tensors[taken->file].file),
                 "give each weight matrix once"};
    }
    if (finding.code.empty()) {
      placements.insert(placements.end(), added.begin(), added.end());
      continue;
    }
    diagnostics.push_back({finding.code,
                           {tensors[i].file, 0, 0},
                           fmt::format("tensor '{}': {}", tensors[i].tensor.name, finding.message),
                           finding.help});
  }
  if (!diagnostics.empty()) throw InputError(std::move(diagnostics));
  return placements;
}

void place_weights(const std::vector<StoredTensor>& tensors, const std::vector<WeightPlacement>& placements,
                   const mapper::MemoryMap& map, std::vector<uint8_t>& image) {
  for (const WeightPlacement& placement : placements) {
    const auto& matrix = std::get<formats::QuantizedMatrix>(tensors[placement.file].tensor.matrix);
    const Region& region = map.regions[placement.region];
    for (const PackedBlock& block : region.blocks) {
      const std::vector<uint8_t> bytes = formats::pack_weight_block(matrix, block.n0, block.k0, block.shape);
      for (int64_t repetition = placement.first; repetition < placement.last; ++repetition) {
        const uint64_t at =
            region.address + static_cast<uint64_t>(repetition) * region.repeat_stride + block.offset;
        std::copy(bytes.begin(), bytes.end(), image.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
  }
}

std::string weights_note(const std::vector<StoredTensor>& tensors,
                         const std::vector<WeightPlacement>& placements, const mapper::MappedProgram& mapped,
                         const Network& network) {
  const std::vector<Weight> weights = weights_of(mapped.map, network);
  std::vector<std::string> given;
  std::vector<std::string> random;
  const auto same = [](const Weight& a, const Weight& b) {
    return a.segment == b.segment && a.name == b.name;
  };
  for (size_t w = 0; w < weights.size(); ++w) {
    const Weight& weight = weights[w];
    const auto is_same = [&](const Weight& other) { return same(weight, other); };
    const auto begin = weights.begin();
    if (std::any_of(begin, begin + static_cast<std::ptrdiff_t>(w), is_same)) continue;
    int64_t count = 0, covered = 0;  // of all segments of this name
    for (const Weight& other : weights) count += is_same(other) ? other.repeat : 0;
    for (size_t file = 0; file < tensors.size(); ++file) {
      std::optional<LayerRange> range;
      for (const WeightPlacement& placement : placements) {
        const auto of = std::find_if(weights.begin(), weights.end(), [&](const Weight& other) {
          return other.region == placement.region && is_same(other);
        });
        if (placement.file != file || of == weights.end()) continue;
        covered += placement.last - placement.first;
        range = {range ? range->first : of->first + placement.first, of->first + placement.last - 1};
      }
      if (!range) continue;
      const bool all = range->last - range->first + 1 == count;
      given.push_back(fmt::format("{}{} from {}",
                                  all ? "" : fmt::format("{}.{}.", weight.segment, text_of(*range)),
                                  weight.name, file_name(tensors[file])));
    }
    if (covered == 0) random.push_back(weight.name);
    if (covered > 0 && covered < count)
      random.push_back(fmt::format("{} ({} of {} repetitions)", weight.name, count - covered, count));
  }
  return fmt::format("weights: {}; random: {}.", fmt::join(given, ", "),
                     random.empty() ? "none" : fmt::format("{}", fmt::join(random, ", ")));
}

}  // namespace vernier::run
