// SPDX-License-Identifier: Apache-2.0
#include "sim/run/image.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/error.h"
#include "models/formats/encode_activations.h"
#include "models/formats/ieee.h"
#include "models/formats/weight_block.h"

namespace vernier::run {
namespace {

using mapper::PackedBlock;
using mapper::Region;
using mapper::RegionKind;

/// std::normal_distribution differs between libraries; this is the same everywhere: the sum of 12 uniforms
/// (Irwin-Hall) has variance 1 and is close enough to normal for test data.
float normal(std::mt19937_64& random) {
  uint64_t sum = 0;
  for (int i = 0; i < 3; ++i) {
    const uint64_t bits = random();
    sum += (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
  }
  return static_cast<float>(sum) / 65536.0F - 6.0F;
}

void fill_tensor(const Region& region, const workloads::Tensor& tensor, std::mt19937_64& random,
                 std::vector<uint8_t>& image) {
  const bool parameter = tensor.kind == workloads::TensorKind::weight;
  const auto format = parameter ? formats::ActivationFormat::fp16 : formats::activation_format(tensor.format);
  const uint16_t scale = formats::fp16_from_double(tensor.scale);
  uint16_t values[formats::kTableGroup];
  const uint64_t count = formats::is_table(format) ? formats::kTableGroup : 1;
  const uint64_t bytes = formats::activation_bytes(format, count);
  for (uint64_t at = 0; at + bytes <= region.bytes; at += bytes) {
    for (uint64_t i = 0; i < count; ++i) values[i] = formats::fp16_from_float(normal(random));
    formats::encode_activations(format, scale, values, count, &image[region.address + at]);
  }
}

/// Codes of a matrix of n x k whose columns are groups of n elements with one scale each, which are put at
/// `scales` of the image.
formats::QuantizedMatrix quantize_columns(const std::vector<float>& values, int64_t n, int64_t k,
                                          const formats::GroupFormat& format, uint8_t* scales) {
  std::vector<float> columns(values.size());
  for (int64_t row = 0; row < n; ++row) {
    for (int64_t col = 0; col < k; ++col)
      columns[static_cast<size_t>(col * n + row)] = values[static_cast<size_t>(row * k + col)];
  }
  const formats::GroupFormat grouped =
      formats::group_format(fmt::format("int{}_g{}", format.element_bits, n));
  const formats::QuantizedMatrix quantized = formats::quantize(columns.data(), k, n, grouped);
  std::vector<float> integers(values.size());
  for (int64_t col = 0; col < k; ++col) {
    const uint16_t scale = quantized.scales[static_cast<size_t>(col)];
    scales[2 * col] = static_cast<uint8_t>(scale);
    scales[2 * col + 1] = static_cast<uint8_t>(scale >> 8U);
    for (int64_t row = 0; row < n; ++row)
      integers[static_cast<size_t>(row * k + col)] = static_cast<float>(quantized.integer_value(col, row));
  }
  return formats::quantize(integers.data(), n, k, format);
}

/// `scales`: the region of the scales of a cache that has them outside, else null.
void fill_packed(const Region& region, const formats::GroupFormat& format, const Region* scales,
                 std::mt19937_64& random, std::vector<uint8_t>& image) {
  int64_t n = 0;
  int64_t k = 0;
  for (const PackedBlock& block : region.blocks) {
    n = std::max(n, block.n0 + block.shape.n);
    k = std::max(k, block.k0 + block.shape.k);
  }
  std::vector<float> values(static_cast<size_t>(n * k));
  for (int64_t repeat = 0; repeat < region.repeat; ++repeat) {
    for (int64_t batch = 0; batch < region.batch; ++batch) {
      fill_random_weights(values, k, random);
      const auto scales_at = [&] {
        return &image[scales->address + static_cast<uint64_t>(repeat) * scales->repeat_stride +
                      static_cast<uint64_t>(batch * k) * 2];
      };
      const formats::QuantizedMatrix weights = scales == nullptr
                                                   ? formats::quantize(values.data(), n, k, format)
                                                   : quantize_columns(values, n, k, format, scales_at());
      const uint64_t base = region.address + static_cast<uint64_t>(repeat) * region.repeat_stride +
                            static_cast<uint64_t>(batch) * region.batch_stride;
      for (const PackedBlock& block : region.blocks) {
        const std::vector<uint8_t> bytes =
            formats::pack_weight_block(weights, block.n0, block.k0, block.shape);
        std::copy(bytes.begin(), bytes.end(),
                  image.begin() + static_cast<std::ptrdiff_t>(base + block.offset));
      }
    }
  }
}

/// Regions in the order in which they take random numbers: as they lie, but those of one thing in several
/// segments of a name side by side, so that a repetition has the same numbers whatever the segments are.
std::vector<const Region*> in_order(const std::vector<Region>& regions, const workloads::Network& network) {
  std::map<std::string, std::string> plain;  // names of what only one of several segments has
  for (const workloads::Segment& segment : network.segments) {
    if (segment.prefix.empty()) continue;
    const auto add = [&](int tensor) {
      if (tensor < 0) return;
      const std::string& name = network.tensors[static_cast<size_t>(tensor)].name;
      plain[name] = segment.name + " " + segment.plain(name);
    };
    for (const workloads::Op& op : segment.ops) {
      for (const int tensor : {op.weight, op.src0.tensor, op.src1.tensor, op.dst.tensor}) add(tensor);
    }
  }
  std::map<std::pair<std::string, RegionKind>, std::vector<const Region*>> same;
  for (const Region& region : regions) {
    if (const auto at = plain.find(region.name); at != plain.end())
      same[{at->second, region.kind}].push_back(&region);
  }
  std::vector<const Region*> order;
  for (const Region& region : regions) {
    const auto at = plain.find(region.name);
    if (at == plain.end()) {
      order.push_back(&region);
    } else {
      const std::vector<const Region*> all = std::exchange(same[{at->second, region.kind}], {});
      order.insert(order.end(), all.begin(), all.end());
    }
  }
  return order;
}

}  // namespace

void fill_random_weights(std::vector<float>& values, int64_t k, std::mt19937_64& random) {
  const float deviation = 1.0F / std::sqrt(static_cast<float>(k));
  for (float& value : values) {
    value = normal(random) * deviation;
    if (random() % 100 == 0) value *= 10.0F;
  }
}

std::vector<uint8_t> random_image(const mapper::MappedProgram& mapped, const workloads::Network& network,
                                  uint64_t seed) {
  if (mapped.map.bytes > kMaxImageBytes) {
    throw InputError("RUN001",
                     fmt::format("'{}' needs a DRAM image of {} MiB; values are computed for at most {} MiB",
                                 network.name, mapped.map.bytes >> 20, kMaxImageBytes >> 20),
                     {}, "run it without values, or take a smaller workload");
  }
  std::vector<uint8_t> image(mapped.map.bytes);
  std::mt19937_64 random(seed);
  for (const Region* at : in_order(mapped.map.regions, network)) {
    const Region& region = *at;
    const workloads::Tensor& tensor = network.tensors[static_cast<size_t>(region.tensor)];
    // Scales of a cache come with its codes.
    if (tensor.kind == workloads::TensorKind::kv_scales) continue;
    if (region.kind == RegionKind::tensor) fill_tensor(region, tensor, random, image);
    if (region.kind == RegionKind::packed) {
      const Region* scales =
          tensor.scales < 0
              ? nullptr
              : &mapped.map.regions[static_cast<size_t>(mapped.map.tensor_region(tensor.scales))];
      fill_packed(region, formats::group_format(tensor.format), scales, random, image);
    }
  }
  return image;
}

}  // namespace vernier::run
