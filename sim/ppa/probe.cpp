// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/probe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vernier::ppa {
namespace {

namespace fs = std::filesystem;

/// Drives in_i of the probe from a file of bytes, eight bits each, and writes out_o the same way.
constexpr const char* kMain =
    "#include <cstdio>\n#include <cstring>\n#include <vector>\n"
    "#include \"Vprobe.h\"\n#include \"verilated.h\"\n"
    R"(int main(int, char** argv) {
  VerilatedContext context;
  Vprobe probe(&context);
  std::FILE* in = std::fopen(argv[1], "rb");
  std::FILE* out = std::fopen(argv[2], "wb");
  const size_t reset = std::strtoul(argv[3], nullptr, 10);
  std::vector<char> bytes(IN_BYTES);
  for (size_t cycle = 0; in && out; ++cycle) {
    if (cycle >= reset && std::fread(bytes.data(), 1, bytes.size(), in) != bytes.size()) break;
    probe.rst_ni = cycle >= reset;
    std::memcpy(&probe.in_i, bytes.data(), bytes.size());
    probe.clk_i = 0;
    probe.eval();
    if (std::fwrite(&probe.out_o, 1, OUT_BYTES, out) != OUT_BYTES) return 1;
    probe.clk_i = 1;
    probe.eval();
  }
  probe.final();
  return in && out && std::fclose(out) == 0 ? 0 : 1;
}
)";

/// Vectors of more than 64 bits, which Verilator keeps as 32-bit words in a row.
size_t padded(size_t bits) { return (std::max<size_t>(bits, 65) + 31) / 32 * 32; }

const char* top_of(const Bench& bench) { return bench.array.weight_stationary() ? "ws_array" : "pe_array"; }

/// Bits that are recorded in a cycle.
size_t width_of(const std::vector<ProbedBlock>& blocks) {
  size_t bits = 0;
  for (const ProbedBlock& block : blocks) {
    for (const BlockPort& port : block.ports) bits += port.bits;
    ++bits;  // the event
  }
  return bits;
}

std::string probe_text(const Bench& bench, const std::vector<ProbedBlock>& blocks, const Stimulus& stimulus,
                       size_t in_bits, size_t out_bits) {
  const bool stationary = bench.array.weight_stationary();
  const std::string lanes = stationary ? "" : fmt::format(", .LANES({})", bench.array.lanes);
  std::string text = fmt::format(
      "module probe (\n  input logic clk_i, input logic rst_ni,\n  input logic [{}:0] in_i,\n"
      "  output logic [{}:0] out_o\n);\n  {} #(.ROWS({}), .COLS({}){}) u_array (\n"
      "    .clk_i, .rst_ni,\n",
      in_bits - 1, out_bits - 1, top_of(bench), bench.array.rows, bench.array.cols, lanes);
  size_t at = 0;
  for (const PinWidth& pin : stimulus.pins) {
    text += fmt::format("    .{}(in_i[{} +: {}]),\n", pin.name, at, pin.bits);
    at += pin.bits;
  }
  const std::vector<const char*> own =
      stationary ? std::vector<const char*>{"weight_ready_o", "act_ready_o", "partial_token_o", "out_token_o"}
                 : std::vector<const char*>{"step_ready_o", "partial_col_o", "out_col_o"};
  for (const char* output : own) text += fmt::format("    .{}(),\n", output);
  for (const char* output : {"partial_req_o", "out_valid_o", "out_data_o"})
    text += fmt::format("    .{}(),\n", output);
  text += "    .busy_o()\n  );\n";
  at = 0;
  const auto tap = [&](const std::string& signal, size_t bits) {
    text += fmt::format("  assign out_o[{} +: {}] = u_array.{};\n", at, bits, signal);
    at += bits;
  };
  for (const ProbedBlock& block : blocks) {
    for (const BlockPort& port : block.ports) {
      tap(block.place == "." ? port.name : block.place + "." + port.name, port.bits);
    }
    tap(block.event, 1);
  }
  if (at < out_bits) text += fmt::format("  assign out_o[{} +: {}] = '0;\n", at, out_bits - at);
  return text + "endmodule\n";
}

}  // namespace

std::vector<Recording> run_rtl(const Tools& tools, const fs::path& rtl, const Bench& bench,
                               const std::vector<ProbedBlock>& blocks, const Stimulus& stimulus,
                               const fs::path& folder) {
  size_t in_bits = 0;
  for (const PinWidth& pin : stimulus.pins) in_bits += pin.bits;
  in_bits = padded(in_bits);
  const size_t out_bits = padded(width_of(blocks));
  fs::create_directories(folder);
  const auto path = [&](const char* name) { return (folder / name).string(); };
  write_file(path("probe.sv"), probe_text(bench, blocks, stimulus, in_bits, out_bits));
  write_file(path("main.cpp"), kMain);
  std::string bytes;
  for (const CycleBits& cycle : stimulus.cycles) {
    std::string packed(in_bits / 8, '\0');
    for (size_t i = 0; i < cycle.size(); ++i)
      packed[i / 8] = static_cast<char>(packed[i / 8] | cycle[i] << (i % 8));
    bytes += packed;
  }
  write_file(path("stimulus.bin"), bytes);

  std::vector<std::string> command{
      tools.verilator.path,
      "--cc",
      "--exe",
      "--build",
      "-O3",
      "--x-assign",
      "fast",
      "--x-initial",
      "fast",
      "--no-assert",
      "-Wno-fatal",
      "-Wno-lint",
      "-Wno-style",
      "--top-module",
      "probe",
      "--prefix",
      "Vprobe",
      "--Mdir",
      path("obj"),
      "-o",
      "probe",
      "-CFLAGS",
      fmt::format("-O0 -w -DIN_BYTES={} -DOUT_BYTES={}", in_bits / 8, out_bits / 8),
      "-MAKEFLAGS",
      "-s",
      "-I" + (rtl / "common").string(),
      "-DVERNIER_PE=" + bench.rtl};
  for (const std::string& source : sources_of(rtl, bench.rtl, top_of(bench)))
    command.push_back(fs::absolute(source).string());
  command.push_back(path("probe.sv"));
  command.push_back(path("main.cpp"));
  run_tool(command, path("verilator.log"));
  run_tool({path("obj/probe"), path("stimulus.bin"), path("rtl.bin"), std::to_string(kResetCycles)},
           path("rtl.log"));

  return read_recordings(blocks, kResetCycles + stimulus.cycles.size(), path("rtl.bin"));
}

std::vector<Recording> read_recordings(const std::vector<ProbedBlock>& blocks, size_t cycles,
                                       const std::string& path) {
  const std::string bytes = read_file(path);
  const size_t stride = padded(width_of(blocks)) / 8;
  if (bytes.size() != stride * cycles) {
    throw CheckFailed(fmt::format("'{}' has {} bytes, not {}", path, bytes.size(), stride * cycles));
  }
  std::vector<Recording> recordings(blocks.size());
  for (size_t b = 0; b < blocks.size(); ++b) recordings[b].ports = blocks[b].ports;
  for (size_t cycle = 0; cycle < cycles; ++cycle) {
    size_t at = 0;
    const auto bit = [&] {
      const auto byte = static_cast<uint8_t>(bytes[cycle * stride + at / 8]);
      return static_cast<uint8_t>(byte >> (at++ % 8) & 1U);
    };
    for (size_t b = 0; b < blocks.size(); ++b) {
      CycleBits bits;
      for (const BlockPort& port : blocks[b].ports) {
        for (size_t i = 0; i < port.bits; ++i) bits.push_back(bit());
      }
      recordings[b].cycles.push_back(std::move(bits));
      recordings[b].event.push_back(bit() != 0);
      recordings[b].reset.push_back(cycle < kResetCycles);
    }
  }
  return recordings;
}

}  // namespace vernier::ppa
