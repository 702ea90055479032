// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/result.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace vernier::ppa {
namespace {

/// The same text for the same number everywhere; six digits are more than any of them is worth.
std::string digits(double value) { return fmt::format("{:.6g}", value); }

/// Feature size by library: Liberty does not say it.
int process_nm(const std::string& library) { return library == "osu018_stdcells" ? 180 : 0; }

std::string head_yaml(const TableHead& head) {
  std::string text = "schema: 1\n";
  const int process = process_nm(head.library);
  text += fmt::format("library: {{name: {}, file_digest: {}{}, voltage_v: {}, temperature_c: {}}}\n",
                      head.library, head.library_digest,
                      process == 0 ? "" : fmt::format(", process_nm: {}", process), digits(head.voltage_v),
                      digits(head.temperature_c));
  text += fmt::format("tools: {{yosys: \"{}\", opensta: \"{}\", verilator: \"{}\"}}\n",
                      head.tools.yosys.version, head.tools.opensta.version, head.tools.verilator.version);
  return text + fmt::format("clock_ns: {}\n", digits(head.clock_ns));
}

nlohmann::ordered_json block_json(const BlockResult& block) {
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  for (const auto& [name, value] : block.parameters) parameters[name] = value;
  nlohmann::ordered_json json{
      {"name", block.name},
      {"module", block.module},
      {"parameters", parameters},
      {"source_digest", block.source_digest},
      {"mapping", block.unswept ? "unswept" : "swept"},
      {"stimulus",
       {{"kind", block.stimulus_kind},
        {"format", block.stimulus_format},
        {"activations", block.stimulus_activations},
        {"seed", block.seed},
        {"cycles", block.cycles},
        {"digest", block.stimulus_digest}}},
      {"area_um2", block.area_um2},
      {"nand2_equivalents", block.nand2_equivalents},
      {"sequential_share", block.sequential_share},
      {"longest_path_ns", block.longest_path_ns},
      {"max_clock_mhz", block.max_clock_mhz},
      {"slack_ns", block.slack_ns},
      {"meets_clock", block.meets_clock()},
      {"active_pj_per_cycle",
       {{"internal", block.internal_pj}, {"switching", block.switching_pj}, {"total", block.active_pj()}}},
      {"idle_pj_per_cycle", block.idle_pj},
      {"macs_per_cycle", block.macs_per_cycle}};
  if (block.macs_per_cycle > 0) json["pj_per_mac"] = block.active_pj() / block.macs_per_cycle;
  json["leakage_uw"] = block.leakage_uw;
  return json;
}

}  // namespace

std::string block_yaml(const BlockResult& block) {
  std::string parameters;
  for (const auto& [name, value] : block.parameters) {
    parameters += fmt::format("{}{}: {}", parameters.empty() ? "" : ", ", name, value);
  }
  std::string text =
      fmt::format("  - name: {}\n    module: {}\n    parameters: {{{}}}\n    source_digest: {}\n", block.name,
                  block.module, parameters, block.source_digest);
  if (block.unswept) text += "    mapping: unswept\n";
  text += fmt::format(
      "    stimulus: {{kind: {}, format: {}, activations: {}, seed: {}, cycles: {}, digest: {}}}\n",
      block.stimulus_kind, block.stimulus_format, block.stimulus_activations, block.seed, block.cycles,
      block.stimulus_digest);
  const auto line = [&text](const char* name, double value) {
    text += fmt::format("    {}: {}\n", name, digits(value));
  };
  line("area_um2", block.area_um2);
  line("nand2_equivalents", block.nand2_equivalents);
  line("sequential_share", block.sequential_share);
  line("longest_path_ns", block.longest_path_ns);
  line("max_clock_mhz", block.max_clock_mhz);
  line("slack_ns", block.slack_ns);
  text += fmt::format("    meets_clock: {}\n", block.meets_clock());
  text += fmt::format("    active_pj_per_cycle: {{internal: {}, switching: {}, total: {}}}\n",
                      digits(block.internal_pj), digits(block.switching_pj), digits(block.active_pj()));
  line("idle_pj_per_cycle", block.idle_pj);
  line("macs_per_cycle", block.macs_per_cycle);
  if (block.macs_per_cycle > 0) line("pj_per_mac", block.active_pj() / block.macs_per_cycle);
  line("leakage_uw", block.leakage_uw);
  return text;
}

std::string to_yaml(const TableHead& head, const std::vector<BlockResult>& blocks) {
  std::string text =
      "# Area, timing and energy of the RTL, written by `vernier ppa`; docs/ppa.md says what the numbers "
      "mean.\n" +
      head_yaml(head) + "blocks:\n";
  for (const BlockResult& block : blocks) text += block_yaml(block);
  return text;
}

BlockResult parse_block(const std::string& yaml) {
  const YAML::Node list = YAML::Load(yaml);
  const YAML::Node node = list[0];
  BlockResult block;
  const auto text = [](const YAML::Node& value) { return value.as<std::string>(); };
  block.name = text(node["name"]);
  block.module = text(node["module"]);
  for (const auto& parameter : node["parameters"])
    block.parameters.emplace_back(text(parameter.first), text(parameter.second));
  block.source_digest = text(node["source_digest"]);
  block.unswept = node["mapping"].IsDefined();
  const YAML::Node stimulus = node["stimulus"];
  block.stimulus_kind = text(stimulus["kind"]);
  block.stimulus_format = text(stimulus["format"]);
  block.stimulus_activations = text(stimulus["activations"]);
  block.stimulus_digest = text(stimulus["digest"]);
  block.seed = stimulus["seed"].as<uint64_t>();
  block.cycles = stimulus["cycles"].as<uint64_t>();
  const auto number = [&node](const char* name) { return node[name].as<double>(); };
  block.area_um2 = number("area_um2");
  block.nand2_equivalents = number("nand2_equivalents");
  block.sequential_share = number("sequential_share");
  block.longest_path_ns = number("longest_path_ns");
  block.max_clock_mhz = number("max_clock_mhz");
  block.slack_ns = number("slack_ns");
  block.internal_pj = node["active_pj_per_cycle"]["internal"].as<double>();
  block.switching_pj = node["active_pj_per_cycle"]["switching"].as<double>();
  block.idle_pj = number("idle_pj_per_cycle");
  block.macs_per_cycle = number("macs_per_cycle");
  block.leakage_uw = number("leakage_uw");
  return block;
}

nlohmann::ordered_json to_json(const TableHead& head, const std::vector<BlockResult>& blocks) {
  nlohmann::ordered_json json{{"schema", 1},
                              {"command", "ppa"},
                              {"library",
                               {{"name", head.library},
                                {"file_digest", head.library_digest},
                                {"voltage_v", head.voltage_v},
                                {"temperature_c", head.temperature_c}}},
                              {"tools",
                               {{"yosys", head.tools.yosys.version},
                                {"opensta", head.tools.opensta.version},
                                {"verilator", head.tools.verilator.version}}},
                              {"clock_ns", head.clock_ns},
                              {"blocks", nlohmann::ordered_json::array()}};
  for (const BlockResult& block : blocks) json["blocks"].push_back(block_json(block));
  return json;
}

std::string to_text(const std::vector<BlockResult>& blocks) {
  size_t width = 5;
  for (const BlockResult& block : blocks) width = std::max(width, block.name.size());
  std::string text = fmt::format("{:{}}  {:>10}  {:>8}  {:>6}  {:>8}  {:>8}  {:>10}  {:>8}  {:>7}  {:>8}\n",
                                 "block", width, "area um2", "gates", "seq. %", "path ns", "max. MHz",
                                 "active pJ", "idle pJ", "pJ/MAC", "leak. uW");
  for (const BlockResult& b : blocks) {
    text += fmt::format(
        "{:{}}  {:10.0f}  {:8.0f}  {:6.1f}  {:7.2f}{}  {:>8}  {:10.3f}  {:8.3f}  {:>7}  {:8.4f}\n", b.name,
        width, b.area_um2, b.nand2_equivalents, 100 * b.sequential_share, b.longest_path_ns,
        b.meets_clock() ? ' ' : '!', b.max_clock_mhz > 0 ? fmt::format("{:.1f}", b.max_clock_mhz) : "-",
        b.active_pj(), b.idle_pj,
        b.macs_per_cycle > 0 ? fmt::format("{:.3f}", b.active_pj() / b.macs_per_cycle) : "-", b.leakage_uw);
  }
  return text;
}

}  // namespace vernier::ppa
