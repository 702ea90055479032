// SPDX-License-Identifier: Apache-2.0
#include "tests/exact/product.h"

#include "base/error.h"
#include "sim/engine/functional/functional_engine.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "workloads/activation_formats.h"

namespace vernier::exact {
namespace {

using workloads::Network;
using workloads::Op;
using workloads::OpKind;
using workloads::TensorKind;

enum Tensor { kInput, kWeight, kOutput, kMade };

/// Heads lie side by side in a token's row, as in attention.
workloads::View heads(int tensor, const Shape& shape, int64_t width) {
  const int64_t row = shape.batch * shape.outer * width;
  return {tensor, 0, shape.outer * width, width, row, 1};
}

Network network_of(const Product& product) {
  const Shape& shape = product.shape;
  const int64_t heads_in = shape.batch * shape.outer;
  Network network;
  network.name = "product";
  network.phase = "gemm";
  const TensorKind kind = shape.batch > 1 ? TensorKind::kv_cache : TensorKind::weight;
  network.tensors = {
      {"input", TensorKind::input, shape.m, heads_in * shape.k, "fp16", 1},
      {"weight", kind, shape.n, shape.k, product.weight_format, shape.batch},
      {"output", TensorKind::output, shape.m, heads_in * shape.n, "fp16", 1},
      {"made", TensorKind::activation, shape.m, heads_in * shape.k, "fp16", 1},
  };
  std::vector<Op> ops;
  if (product.route != Route::input) {
    Op copy;
    copy.kind = OpKind::vector;
    copy.name = "copy";
    copy.layer_class = "vector";
    copy.vector_kind = workloads::VectorKind::copy;
    copy.rows = shape.m;
    copy.cols = heads_in * shape.k;
    copy.src0 = {kInput, 0, 0, 0, copy.cols, 1};
    copy.dst = {kMade, 0, 0, 0, copy.cols, 1};
    ops.push_back(copy);
  }
  Op gemm;
  gemm.name = "gemm";
  gemm.layer_class = "gemm";
  gemm.batch = shape.batch;
  gemm.m_outer = shape.outer;
  gemm.m = shape.m;
  gemm.n = shape.n;
  gemm.k = shape.k;
  gemm.act = heads(product.route == Route::input ? kInput : kMade, shape, shape.k);
  gemm.weight = kWeight;
  gemm.out = heads(kOutput, shape, shape.n);
  ops.push_back(gemm);
  network.segments = {{"all", shape.repeat, ops}};
  workloads::convert_activations(network, {product.activations, product.route != Route::separate});
  return network;
}

}  // namespace

mapper::MappedProgram map(const Network& network, machine::Machine& machine, bool roomy,
                          const mapper::MappingOptions& options) {
  const auto spads = {&machine.weight_spad, &machine.activation_spad, &machine.output_spad};
  for (machine::ScratchpadParams* spad : spads) spad->capacity_bytes = roomy ? 1 << 18 : 64;
  for (int attempt = 0; attempt < 16; ++attempt) {
    try {
      return mapper::map_network(network, machine, options);
    } catch (const InputError& error) {
      const std::vector<Diagnostic>& findings = error.diagnostics();
      if (findings.front().code != "MAP001") throw;
      // Only the one that is too small grows.
      for (const Diagnostic& finding : findings) {
        const std::string& text = finding.message;
        machine::ScratchpadParams& spad =
            text.find("weight scratchpad") != std::string::npos       ? machine.weight_spad
            : text.find("activation scratchpad") != std::string::npos ? machine.activation_spad
                                                                      : machine.output_spad;
        spad.capacity_bytes *= 2;
      }
    }
  }
  throw InternalError("the mapper rejects every buffer size");
}

machine::Machine machine_around(const machine::ArrayParams& array) {
  machine::Machine machine;
  machine.name = "exact";
  machine.clock_hz = 1e9;
  machine.array = array;
  machine.dram.latency_cycles = 3;
  machine.dram.bits_per_cycle = 128;
  machine.dram.burst_bytes = 16;
  for (machine::ScratchpadParams* spad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad}) {
    spad->banks = 1;
    spad->bank_width_bits = 1024;
    spad->read_latency_cycles = 1;
  }
  machine.dma_max_in_flight = 64;
  machine.vector = {16, 2};
  machine.sequencer.queue_depth = 8;
  return machine;
}

void put_half(std::vector<uint8_t>& image, uint64_t address, uint16_t bits) {
  image[address] = static_cast<uint8_t>(bits);
  image[address + 1] = static_cast<uint8_t>(bits >> 8);
}

uint16_t half_at(const std::vector<uint8_t>& image, uint64_t address) {
  return static_cast<uint16_t>(image[address] | image[address + 1] << 8);
}

uint64_t address_of(const mapper::MemoryMap& map, const workloads::View& view, const Shape& shape,
                    int64_t row, int64_t col) {
  const int64_t head = row / shape.m;
  const int64_t element = view.offset + head / shape.outer * view.batch_stride +
                          head % shape.outer * view.outer_stride + row % shape.m * view.row_stride + col;
  return map.regions[static_cast<size_t>(map.tensor_region(view.tensor))].address +
         static_cast<uint64_t>(2 * element);
}

void place_rows(const mapper::MemoryMap& map, const workloads::View& view, const Shape& shape, int64_t width,
                const std::vector<uint16_t>& rows, std::vector<uint8_t>& image) {
  for (int64_t row = 0; row < shape.tokens(); ++row) {
    for (int64_t col = 0; col < width; ++col)
      put_half(image, address_of(map, view, shape, row, col), rows[static_cast<size_t>(row * width + col)]);
  }
}

void place(const mapper::MemoryMap& map, int tensor,
           const std::function<const Weights&(int64_t repeat, int64_t batch)>& of,
           std::vector<uint8_t>& image) {
  for (const mapper::Region& region : map.regions) {
    if (region.kind != mapper::RegionKind::packed || region.tensor != tensor) continue;
    for (int64_t instance = 0; instance < region.repeat * region.batch; ++instance) {
      const int64_t repeat = instance / region.batch, batch = instance % region.batch;
      for (const mapper::PackedBlock& block : region.blocks) {
        const std::vector<uint8_t> bytes =
            pack(of(repeat, batch), {block.n0, block.k0, block.shape.n, block.shape.k, block.shape.rows,
                                     block.shape.lanes, block.shape.with_channel_scales});
        const uint64_t at = region.address + static_cast<uint64_t>(repeat) * region.repeat_stride +
                            static_cast<uint64_t>(batch) * region.batch_stride + block.offset;
        std::copy(bytes.begin(), bytes.end(), image.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
  }
}

Images run_engines(const mapper::MappedProgram& mapped, const machine::Machine& machine,
                   const std::vector<uint8_t>& before, bool clocked) {
  machine::MemoryImage functional(machine, before);
  engine::run_functional(mapped.program, machine, functional);
  if (!clocked) return {std::move(functional.dram), {}};
  machine::MemoryImage image(machine, before);
  engine::RunLog log;
  engine::SystemcOptions options;
  options.image = &image;
  engine::run_systemc(mapped.program, machine, log, std::move(options));
  return {std::move(functional.dram), std::move(image.dram)};
}

Results run_program(const Product& product, const mapper::MappedProgram& mapped, const workloads::View& out,
                    const Place& place_operands) {
  const Shape& shape = product.shape;
  std::vector<uint8_t> image(mapped.map.bytes);
  place_operands(image);
  const Images after = run_engines(mapped, product.machine, image, product.clocked);
  Results results;
  for (const mapper::Region& region : mapped.map.regions) {
    if (region.kind == mapper::RegionKind::packed) results.block_k = region.blocks.front().shape.k;
  }
  for (int64_t row = 0; row < shape.tokens(); ++row) {
    for (int64_t col = 0; col < shape.n; ++col) {
      const uint64_t at = address_of(mapped.map, out, shape, row, col);
      results.functional.push_back(half_at(after.functional, at));
      if (product.clocked) results.systemc.push_back(half_at(after.systemc, at));
    }
  }
  return results;
}

Results run(const Product& product) {
  Product sized = product;
  const Shape& shape = product.shape;
  const mapper::MappedProgram mapped = map(network_of(product), sized.machine, product.roomy);
  return run_program(sized, mapped, heads(kOutput, shape, shape.n), [&](std::vector<uint8_t>& image) {
    place_rows(mapped.map, heads(kInput, shape, shape.k), shape, shape.k, product.inputs, image);
    place(
        mapped.map, kWeight,
        [&](int64_t repeat, int64_t batch) -> const Weights& {
          return product.weights[static_cast<size_t>(repeat * shape.batch + batch)];
        },
        image);
  });
}

}  // namespace vernier::exact
