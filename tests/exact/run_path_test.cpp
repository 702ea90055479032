// SPDX-License-Identifier: Apache-2.0
// The way of `vernier run --values --weights`: configuration, workload file, real weights quantized and read
// from a .vqt file. The weights are such that quantization loses nothing, so results are due from the real
// numbers; those of the configurations are random stored numbers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "models/pe/registry.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/run/weight_file.h"
#include "tests/exact/reference.h"
#include "tests/exact/sweep.h"
#include "workloads/workload.h"

namespace vernier::exact {
namespace {

using formats::ActivationFormat;

/// Changes a group so that quantization finds its scale, selector and zero point again: it has the largest
/// value of the format, what only this selector can say, and no code that is never written.
void make_recoverable(Weights& weights, int64_t row, int64_t begin, int64_t end) {
  const Spec& spec = weights.spec;
  const auto codes = weights.codes.begin() + row * weights.k;
  const auto most = static_cast<uint16_t>((1 << spec.bits) - 1);
  const auto half = static_cast<uint16_t>(1 << (spec.bits - 1));
  const auto set_first = [&](std::initializer_list<int> first) {
    std::copy(first.begin(), first.end(), codes + begin);
  };
  if (spec.asymmetric) return set_first({0, most});
  switch (spec.coding) {
    case Coding::fp16:
      return;
    case Coding::integer:
      std::replace(codes + begin, codes + end, half, static_cast<uint16_t>(half - 1));
      return set_first({half - 1});
    case Coding::lut:
      if (spec.bits > 1) std::replace(codes + begin, codes + end, uint16_t{0}, most);
      return spec.bits > 1 ? set_first({most}) : void();
    case Coding::bitmod:
      return set_first({half, half - 1, 1});
    case Coding::ant:
      std::replace(codes + begin, codes + end, half, uint16_t{1});
      return set_first({7, 5, 1});
    case Coding::olive:
      for (int64_t i = begin; i < end; i += 2) {
        uint16_t none = 0;
        uint16_t& first = codes[i];
        uint16_t& second = i + 1 < end ? codes[i + 1] : none;
        if (first == 8 && (second % 8 == 0 || i + 1 == end)) first = 3;
        if (second == 8 && first % 8 == 0) first = 1;
      }
      return set_first({7, 8, 1, 7});
  }
}

Weights recoverable_weights(std::mt19937_64& random, const Spec& spec, int64_t n, int64_t k) {
  Weights weights = random_weights(random, spec, n, k, true);
  const int64_t group = spec.group_size == 0 ? k : spec.group_size;
  for (int64_t row = 0; row < n; ++row) {
    for (int64_t begin = 0; begin < k; begin += group) {
      const size_t at = weights.group_of(row, begin);
      if (spec.integer_scale && begin == 0) weights.scales[at] = spec.dual_grained ? 18 : 255;
      if (spec.coding == Coding::ant)
        weights.selectors[at] = static_cast<uint16_t>(weights.selectors[at] % 3);
      make_recoverable(weights, row, begin, std::min(k, begin + group));
    }
  }
  for (uint16_t& scale : weights.channel_scales) scale = static_cast<uint16_t>(scale & 0x7c00);
  return weights;
}

std::vector<Real> real_numbers(const Weights& weights) {
  std::vector<Real> values;
  for (int64_t row = 0; row < weights.n; ++row) {
    for (int64_t col = 0; col < weights.k; ++col) {
      const Real units = (weights.integer(row, col) - weights.zero(row, col)) * weights.spec.unit();
      values.push_back(units * weights.scale(row, col) * half_value(weights.channel(row)));
    }
  }
  return values;
}

/// The weights as a .vqt file has them, quantized from real numbers.
quantize::StoredTensor stored(const Weights& weights, const std::string& format, int lanes) {
  workloads::RealTensor real;
  real.info.name = "model.product.weight";
  real.rows = weights.n;
  real.cols = weights.k;
  for (const Real value : real_numbers(weights)) real.values.push_back(static_cast<float>(value));
  const quantize::QuantizedTensor tensor = quantize::quantize_tensor(real, quantize::TensorFormat(format));
  return quantize::read_tensor(quantize::write_tensor(tensor, {2, lanes}), "product.vqt");
}

workloads::Network gemm_list(const Shape& shape, const workloads::LlmFormats& formats) {
  const std::string text = fmt::format("gemms: [{{name: product, m: {}, n: {}, k: {}, repeat: {}}}]", shape.m,
                                       shape.n, shape.k, shape.repeat);
  return workloads::build_network(workloads::parse_workload(text, "list.yaml"), {}, formats);
}

/// What the first operator reads.
workloads::View input_of(const workloads::Network& network) {
  const workloads::Op& first = network.segments.front().ops.front();
  return first.kind == workloads::OpKind::gemm ? first.act : first.src0;
}

class RunPath : public testing::TestWithParam<const pe::PeDescriptor*> {};

TEST_P(RunPath, computes_with_the_real_weights_that_were_quantized) {
  for (const machine::ArrayParams& array : arrays_of(*GetParam())) {
    const int64_t group = 3 * group_unit(array);
    uint64_t seed = 0;
    for (const std::string& format : formats_of(*GetParam(), array, group)) {
      if (format.find("_unit") != std::string::npos) continue;  // not for weights
      SCOPED_TRACE(fmt::format("{} {} seed {}", array.pe, format, ++seed));
      std::mt19937_64 random(seed);
      Product product;
      product.machine = machine_around(array);
      for (machine::ScratchpadParams* spad :
           {&product.machine.weight_spad, &product.machine.activation_spad, &product.machine.output_spad})
        spad->capacity_bytes = 1 << 16;
      product.weight_format = format;
      product.activations = GetParam()->activations[seed % GetParam()->activations.size()];
      product.clocked = seed % 3 == 0;
      product.shape.n = array.rows + 2;
      product.shape.k = 2 * group + 8;
      product.shape.m = product.shape.k;
      product.shape.repeat = 2;
      for (int64_t row = 0; row < product.shape.m; ++row) {
        for (int64_t col = 0; col < product.shape.k; ++col) product.inputs.push_back(one_hot(row, col));
      }
      const Weights weights = recoverable_weights(random, spec_of(format), product.shape.n, product.shape.k);
      product.weights = {weights, weights};
      const workloads::Network network =
          gemm_list(product.shape, {format, "fp16", {product.activations, seed % 2 == 0}});
      const mapper::MappedProgram mapped = mapper::map_network(network, product.machine);
      const workloads::Op& gemm = network.segments.back().ops.back();
      const auto place_all = [&](std::vector<uint8_t>& image) {
        const std::vector<quantize::StoredTensor> files = {stored(weights, format, array.lanes)};
        run::place_weights(files, run::match_weights(files, mapped, network, array), mapped.map, image);
        place_rows(mapped.map, input_of(network), product.shape, product.shape.k, product.inputs, image);
      };
      if (!holds(product, run_program(product, mapped, gemm.out, place_all),
                 [](int64_t) { return Due::exact; })) {
        return;
      }
    }
  }
}

// What a step appends to a cache, byte by byte. Two-level scales times codes have more bits than fp16 inputs.
TEST_P(RunPath, appends_to_a_cache_the_numbers_that_were_quantized) {
  const machine::ArrayParams array = arrays_of(*GetParam()).front();
  const int64_t group = 3 * group_unit(array), rows = array.rows + 2, cols = 2 * group + 8;
  uint64_t seed = 0;
  int compared = 0, left_out = 0;
  for (const std::string& format : formats_of(*GetParam(), array, group)) {
    const Spec spec = spec_of(format);
    if (format.find("_unit") != std::string::npos) continue;
    if (spec.integer_scale) {
      ++left_out;
      continue;
    }
    SCOPED_TRACE(fmt::format("{} {} seed {}", array.pe, format, ++seed));
    std::mt19937_64 random(seed);
    const Weights weights = recoverable_weights(random, spec, rows, cols);
    workloads::Network network;
    network.name = "append";
    network.phase = "gemm";
    network.tensors = {{"input", workloads::TensorKind::input, rows, cols, "fp16", 1},
                       {"cache", workloads::TensorKind::kv_cache, rows, cols, format, 1}};
    workloads::Op op;
    op.kind = workloads::OpKind::vector;
    op.name = "append";
    op.layer_class = "attention";
    op.vector_kind = workloads::VectorKind::quantize;
    op.rows = rows;
    op.cols = cols;
    op.src0 = {0, 0, 0, rows * cols, cols, 1};
    op.dst = {1, 0, 0, rows * cols, cols, 1};
    network.segments = {{"all", 1, {op}}};
    machine::Machine machine = machine_around(array);
    const mapper::MappedProgram mapped = map(network, machine, true);
    std::vector<uint16_t> inputs;
    for (const Real value : real_numbers(weights)) inputs.push_back(half_of(value));
    std::vector<uint8_t> image(mapped.map.bytes);
    Shape shape;
    shape.m = rows;
    place_rows(mapped.map, {0, 0, 0, 0, cols, 1}, shape, cols, inputs, image);
    const Images after = run_engines(mapped, machine, image, true);
    const mapper::Region& region = mapped.map.regions[static_cast<size_t>(mapped.map.op_region(0))];
    ASSERT_EQ(region.batch, 1);
    const std::vector<uint8_t> due = pack(weights, {0, 0, rows, cols, array.rows, array.lanes, true});
    for (const std::vector<uint8_t>* dram : {&after.functional, &after.systemc}) {
      const auto at = dram->begin() + static_cast<std::ptrdiff_t>(region.address);
      ASSERT_EQ(std::vector<uint8_t>(at, at + static_cast<std::ptrdiff_t>(due.size())), due);
    }
    ++compared;
  }
  EXPECT_GT(compared + left_out, 0);
}

INSTANTIATE_TEST_SUITE_P(Pe, RunPath, testing::ValuesIn(pe::all()),
                         [](const auto& pe) { return pe.param->name; });

/// A GEMM on a configuration as it resolves, in the formats that it asks for.
bool check_configuration(const std::string& file, const config::ResolveOptions& options, uint64_t seed,
                         const std::string& activations = "") {
  const config::AcceleratorConfig loaded = config::load_accelerator(file, options);
  const workloads::LlmFormats wanted = config::network_formats(loaded);
  if (!activations.empty()) {
    EXPECT_EQ(formats::name_of(wanted.activations.format), activations);
  }
  std::mt19937_64 random(seed);
  Product product;
  product.machine = loaded.machine;
  product.weight_format = wanted.weight;
  product.activations = wanted.activations.format;
  product.clocked = seed % 4 == 1;
  Shape& shape = product.shape;
  const Spec spec = spec_of(wanted.weight);
  shape.n = product.machine.array.channel_tile() + 3;
  shape.k = 2 * 128 + 20;
  shape.m = 14;
  for (int64_t row = 0; row < shape.m; ++row) {
    const int64_t hot = row * (shape.k - 1) / (shape.m - 1);
    for (int64_t col = 0; col < shape.k; ++col) product.inputs.push_back(one_hot(hot, col));
  }
  product.weights = {random_weights(random, spec, shape.n, shape.k, false)};
  const workloads::Network network = gemm_list(shape, wanted);
  const mapper::MappedProgram mapped = mapper::map_network(network, product.machine);
  const workloads::Op& gemm = network.segments.back().ops.back();
  const auto place_all = [&](std::vector<uint8_t>& image) {
    place_rows(mapped.map, input_of(network), shape, shape.k, product.inputs, image);
    place(
        mapped.map, gemm.weight, [&](int64_t, int64_t) -> const Weights& { return product.weights[0]; },
        image);
  };
  return holds(product, run_program(product, mapped, gemm.out, place_all),
               [](int64_t) { return Due::exact; });
}

TEST(Configurations, all_that_are_shipped) {
  uint64_t seed = 0;
  const std::filesystem::path folder = std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    for (const char* phase : {"prefill", "decode"}) {
      SCOPED_TRACE(fmt::format("{} {}", entry.path().filename().string(), phase));
      if (!check_configuration(entry.path(), {phase, {}}, ++seed)) return;
    }
  }
  EXPECT_GE(seed, 20U);
}

TEST(Configurations, every_place_where_tables_are_made) {
  const std::string file = std::string(VERNIER_SOURCE_DIR) + "/configs/accelerators/lut.yaml";
  for (const char* weight : {"lut4_asym_g128", "lut2_g128"}) {
    const std::string weights = std::string("formats.weight=") + weight;
    for (const char* precompute : {"fused", "separate"}) {
      for (const char* table : {"fp16", "int8"}) {
        SCOPED_TRACE(fmt::format("{} {} {}", weight, precompute, table));
        const std::vector<std::string> sets = {weights, std::string("lut.precompute=") + precompute,
                                               std::string("lut.table=") + table};
        if (!check_configuration(file, {"prefill", sets}, 1, std::string("table_") + table)) return;
      }
    }
    for (const char* activation : {"fp16", "int8", "fp8_e4m3"}) {
      SCOPED_TRACE(fmt::format("{} in_array {}", weight, activation));
      const std::vector<std::string> sets = {weights, "lut.precompute=in_array",
                                             std::string("formats.activation=") + activation};
      if (!check_configuration(file, {"prefill", sets}, 3, activation)) return;
    }
  }
}

}  // namespace
}  // namespace vernier::exact
