// SPDX-License-Identifier: Apache-2.0
#include "sim/run/weight_file.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "models/formats/weight_block.h"

namespace vernier::run {
namespace {

using mapper::PackedBlock;
using mapper::Region;
using quantize::StoredTensor;
using workloads::Network;
using workloads::TensorKind;

/// A weight matrix of the network.
struct Weight {
  std::string segment;
  std::string name;  ///< of its operator
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
      weights.push_back({segment.name, op.name, segment.repeat, &tensor, static_cast<size_t>(region)});
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
  names.reserve(weights.size());
  for (const Weight& weight : weights) names.push_back(weight.name);
  if (names.empty()) return {"QNT030", "no weight matrix has this name: the network has none", {}};
  std::string_view wanted = name;
  for (const Weight& weight : weights) {
    const TensorName parsed = parse_tensor_name(name, weight.segment);
    if (parsed.name.size() < wanted.size()) wanted = parsed.name;
  }
  return {"QNT030", "no weight matrix of the network has this name", suggestion(wanted, names)};
}

Finding check(const StoredTensor& stored, const Weight& weight, const TensorName& name,
              const machine::ArrayParams& array) {
  const quantize::QuantizedTensor& tensor = stored.tensor;
  const workloads::Tensor& wanted = *weight.tensor;
  if (name.repetition && *name.repetition >= weight.repeat) {
    return {"QNT031",
            fmt::format("found repetition {} of '{}', expected one of 0..{}", *name.repetition,
                        weight.segment, weight.repeat - 1),
            {}};
  }
  if (tensor.rows() != wanted.rows || tensor.cols() != wanted.cols) {
    const bool transposed = tensor.rows() == wanted.cols && tensor.cols() == wanted.rows;
    return {"QNT032",
            fmt::format("found {} x {}, expected {} x {} (output channels x input channels)", tensor.rows(),
                        tensor.cols(), wanted.rows, wanted.cols),
            transposed ? "transpose it before it is quantized" : ""};
  }
  const std::string format = formats::group_format(wanted.format).name;
  if (tensor.format() != format) {
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
    const std::string& text = tensors[i].tensor.name;
    TensorName name{text, {}};
    auto weight = std::find_if(weights.begin(), weights.end(),
                               [&](const Weight& candidate) { return candidate.name == text; });
    if (weight == weights.end()) {
      weight = std::find_if(weights.begin(), weights.end(), [&](const Weight& candidate) {
        name = parse_tensor_name(text, candidate.segment);
        return name.name == candidate.name;
      });
    }
    const bool found = weight != weights.end();
    Finding finding = found ? check(tensors[i], *weight, name, array) : unknown(text, weights);
    if (finding.code.empty()) {
      const WeightPlacement placement{i, weight->region, name.repetition.value_or(0),
                                      name.repetition ? *name.repetition + 1 : weight->repeat};
      const auto taken =
          std::find_if(placements.begin(), placements.end(), [&](const WeightPlacement& other) {
            return other.region == placement.region && other.first < placement.last &&
                   placement.first < other.last;
          });
      if (taken == placements.end()) {
        placements.push_back(placement);
        continue;
      }
      finding = {"QNT035",
                 fmt::format("'{}' of '{}' has these weights already", tensors[taken->file].tensor.name,
                             tensors[taken->file].file),
                 "give each weight matrix once"};
    }
    diagnostics.push_back({finding.code,
                           {tensors[i].file, 0, 0},
                           fmt::format("tensor '{}': {}", text, finding.message),
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
  std::vector<std::string> given;
  std::vector<std::string> random;
  for (const Weight& weight : weights_of(mapped.map, network)) {
    int64_t covered = 0;
    for (const WeightPlacement& placement : placements) {
      if (placement.region != weight.region) continue;
      const int64_t count = placement.last - placement.first;
      covered += count;
      const std::string which =
          count == weight.repeat ? "" : fmt::format("{}.{}.", weight.segment, placement.first);
      given.push_back(fmt::format("{}{} from {}", which, weight.name, file_name(tensors[placement.file])));
    }
    if (covered == 0) random.push_back(weight.name);
    if (covered > 0 && covered < weight.repeat) {
      random.push_back(
          fmt::format("{} ({} of {} repetitions)", weight.name, weight.repeat - covered, weight.repeat));
    }
  }
  return fmt::format("weights: {}; random: {}.", fmt::join(given, ", "),
                     random.empty() ? "none" : fmt::format("{}", fmt::join(random, ", ")));
}

}  // namespace vernier::run
