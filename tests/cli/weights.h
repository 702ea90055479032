// SPDX-License-Identifier: Apache-2.0
// Runs with weights from files on a small accelerator, and what is then in memory.
#pragma once

#include <cstdlib>
#include <random>

#include "models/formats/ieee.h"
#include "models/formats/weight_block.h"
#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/run/simulate.h"
#include "tests/cli/program.h"
#include "tests/quantize/tensor_bytes.h"
#include "workloads/workload.h"

namespace vernier::cli::testing {

/// Takes int4 with groups of 16; scratchpads so small that weights are loaded in several blocks.
inline constexpr const char* kAccelerator = R"(name: tiny
clock: "1 GHz"
array: {pe: fp16_mac, rows: 4, cols: 4, lanes: 1}
weight_scratchpad: {capacity: "256 byte", banks: 8, bank_width: "128 bit"}
activation_scratchpad: {capacity: "1 KiB", banks: 8, bank_width: "128 bit"}
output_scratchpad: {capacity: "1 KiB", banks: 8, bank_width: "128 bit"}
dram: {latency: "100 cycle", width: "256 bit"}
formats: {weight: int4_g16, kv: fp16}
)";

inline constexpr int kM = 3, kN = 10, kK = 136;

class Weights : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    write_file(folder_ / "tiny.yaml", kAccelerator);
    write_file(folder_ / "gemm.yaml",
               "name: small\ngemms:\n  - {name: q_proj, m: 3, n: 10, k: 136}\n"
               "  - {name: other, m: 3, n: 5, k: 136, repeat: 2}\n");
  }

  /// Writes NAME.npy, quantizes it into NAME/NAME.FORMAT.vqt and returns that path.
  [[nodiscard]] std::string quantized(const std::string& name, const std::vector<float>& values, int cols,
                                      const std::string& format = "int4_g16",
                                      const std::string& lanes = "1") const {
    const std::string shape = fmt::format("({}, {})", values.size() / static_cast<size_t>(cols), cols);
    write_file(folder_ / (name + ".npy"),
               workloads::npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }",
                              workloads::fp32_bytes(values)));
    expect_done({"quantize", name + ".npy", "--format", format, "--out", "packed_" + name, "--rows", "4",
                 "--lanes", lanes});
    return "packed_" + name + "/" + name + "." + format + ".vqt";
  }

  [[nodiscard]] static std::vector<std::string> run_with(const std::vector<std::string>& files) {
    std::vector<std::string> arguments = {"run",        "tiny.yaml", "gemm.yaml",
                                          "--fidelity", "systemc",   "--values"};
    for (const std::string& file : files) arguments.insert(arguments.end(), {"--weights", file});
    return arguments;
  }

  [[nodiscard]] config::AcceleratorConfig accelerator() const {
    return config::load_accelerator((folder_ / "tiny.yaml").string(), {"gemm", {}});
  }
  [[nodiscard]] workloads::Network network() const {
    return workloads::build_network(workloads::load_workload((folder_ / "gemm.yaml").string(), {}), {},
                                    config::network_formats(accelerator()));
  }
  /// The DRAM image with which a run of the network begins.
  [[nodiscard]] std::vector<uint8_t> image(const workloads::Network& network,
                                           const std::vector<std::string>& files) const {
    std::vector<uint8_t> seen;
    simulate(network, files, [&seen](machine::MemoryImage& memory) { seen = memory.dram; });
    return seen;
  }
  /// The results of the first GEMM, kM x kN, on activations that are integers.
  [[nodiscard]] std::vector<double> results(const std::vector<int>& activations,
                                            const std::string& file) const;

  /// A run on the SystemC model; `prepare` may look at its memory and change it before it begins.
  machine::MemoryImage simulate(const workloads::Network& network, const std::vector<std::string>& files,
                                const std::function<void(machine::MemoryImage&)>& prepare) const {
    run::SimulateOptions options;
    options.fidelity = run::Fidelity::systemc;
    options.values_seed = 1;
    options.check_values = false;
    std::vector<std::string> paths;
    for (const std::string& file : files) paths.push_back((folder_ / file).string());
    options.weights = quantize::read_tensors(paths);
    machine::MemoryImage after;
    (void)run::simulate(accelerator(), network, options,
                        [&](const isa::Program& program, const machine::Machine& machine, engine::RunLog& log,
                            machine::MemoryImage* memory, const run::SimulateOptions&) {
                          prepare(*memory);
                          engine::SystemcOptions systemc;
                          systemc.image = memory;
                          const auto totals = engine::run_systemc(program, machine, log, std::move(systemc));
                          after = *memory;
                          return totals;
                        });
    return after;
  }
};

inline std::vector<double> Weights::results(const std::vector<int>& activations,
                                            const std::string& file) const {
  const workloads::Network net = network();
  const workloads::Op& op = net.segments[0].ops[0];
  const mapper::MemoryMap map = mapper::map_network(net, accelerator().machine).map;
  const auto address = [&map](int tensor) {
    return map.regions[static_cast<size_t>(map.tensor_region(tensor))].address;
  };
  const machine::MemoryImage after = simulate(net, {file}, [&](machine::MemoryImage& memory) {
    uint64_t at = address(op.act.tensor);
    for (const int value : activations) {
      const uint16_t bits = formats::fp16_from_float(static_cast<float>(value));
      memory.dram[at++] = static_cast<uint8_t>(bits & 0xff);
      memory.dram[at++] = static_cast<uint8_t>(bits >> 8);
    }
  });
  std::vector<double> values;
  for (uint64_t i = 0, at = address(op.out.tensor); i < uint64_t{kM} * kN; ++i, at += 2) {
    values.push_back(formats::fp16_to_float(static_cast<uint16_t>(after.dram[at] | after.dram[at + 1] << 8)));
  }
  return values;
}

/// Integers -6..6 and one 7 in each group of 16: int4 holds them with the scale 1, so nothing is rounded.
inline std::vector<float> integer_weights() {
  std::mt19937 random(5);
  std::vector<float> values;
  for (int n = 0; n < kN; ++n) {
    for (int k = 0; k < kK; ++k) {
      values.push_back(k % 16 == (n % 8) ? 7.0F : static_cast<float>(static_cast<int>(random() % 13) - 6));
    }
  }
  return values;
}

inline std::vector<uint16_t> codes_of(const std::vector<float>& weights) {
  std::vector<uint16_t> codes;
  for (const float value : weights) codes.push_back(static_cast<uint16_t>(static_cast<int>(value) & 15));
  return codes;
}

/// The weights that repetition `repetition` of a GEMM begins with, as codes.
inline std::vector<uint16_t> codes_in(const std::vector<uint8_t>& image, const mapper::MemoryMap& map,
                                      int64_t repetition, int op = 0) {
  const mapper::Region& region = map.regions[static_cast<size_t>(map.op_region(op))];
  std::vector<uint16_t> codes(size_t{kN} * kK);
  for (const mapper::PackedBlock& block : region.blocks) {
    const uint64_t at =
        region.address + static_cast<uint64_t>(repetition) * region.repeat_stride + block.offset;
    const formats::QuantizedMatrix part =
        formats::unpack_weight_block(formats::group_format("int4_g16"), &image[at], block.shape);
    for (int64_t n = 0; n < part.rows; ++n) {
      for (int64_t k = 0; k < part.cols; ++k) {
        codes[static_cast<size_t>((block.n0 + n) * kK + block.k0 + k)] =
            part.codes[static_cast<size_t>(n * part.cols + k)];
      }
    }
  }
  return codes;
}

}  // namespace vernier::cli::testing
