// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/synthesis.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"

namespace vernier::ppa {
namespace {

namespace fs = std::filesystem;

std::string in_quotes(const fs::path& path) { return "\"" + fs::absolute(path).string() + "\""; }

/// Reads the sources and makes the block the top module.
std::string read_block(const Target& target, const Bench& bench, const Block& block) {
  std::string text = fmt::format("read_verilog -sv -DSYNTHESIS -DVERNIER_PE={} -I {}", bench.rtl,
                                 fs::absolute(target.rtl / "common").string());
  for (const std::string& source : sources_of(target.rtl, bench.rtl, block.module))
    text += " " + in_quotes(source);
  text += fmt::format("\nhierarchy -check -top {}", block.module);
  for (const auto& [name, value] : block.parameters) text += fmt::format(" -chparam {} {}", name, value);
  return text + "\n";
}

/// What Yosys has abc do for a library and a clock, without `&fraig -x` and `scorr`.
std::string unswept_script(double clock_ps) {
  return fmt::format(
      "strash\ndc2\ndretime\nretime -o -D {0:.0f}\nstrash\n&get -n\n&dch -f\n&nf -D {0:.0f}\n&put\n"
      "buffer\nupsize -D {0:.0f}\ndnsize -D {0:.0f}\nstime -p\n",
      clock_ps);
}

std::vector<BlockPort> ports_of(const nlohmann::ordered_json& module) {
  std::vector<BlockPort> ports;
  for (const auto& [name, port] : module["ports"].items()) {
    if (name == "clk_i" || name == "rst_ni") continue;
    ports.push_back({name, port["direction"] == "input", port["bits"].size()});
  }
  return ports;
}

void run_yosys(const Tools& tools, const std::string& script, const fs::path& folder,
               const std::string& name) {
  fs::create_directories(folder);
  const std::string path = (folder / (name + ".ys")).string();
  write_file(path, script);
  run_tool({tools.yosys.path, "-q", "-s", path}, (folder / (name + ".log")).string());
}

nlohmann::ordered_json read_json(const fs::path& path) {
  return nlohmann::ordered_json::parse(read_file(path.string()));
}

/// A word of OpenSTA's output.
double number(const std::string& text, const std::string& line) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  VERNIER_INVARIANT(end != text.c_str(), "opensta: '{}' has no number", line);
  return value;
}

/// "g12/Y ^ 0.100000:0.110000 v 0.090000:0.100000": the mean of the two latter ones.
double mean_slew(const std::string& line) {
  std::istringstream in(line);
  std::string pin, rises, rise, falls, fall;
  in >> pin >> rises >> rise >> falls >> fall;
  const auto longest = [&](const std::string& range) {
    return number(range.substr(range.find(':') + 1), line);
  };
  return (longest(rise) + longest(fall)) / 2;
}

std::string sta_script(const Target& target, const Netlist& netlist, const fs::path& verilog) {
  const double slew = target.library->fastest_slew_ns;
  const bool clocked = netlist.port("clk_i") != nullptr;
  std::string inputs, outputs;
  for (const NetlistPort& port : netlist.ports) {
    if (port.name == "clk_i" || port.name == "rst_ni") continue;
    for (size_t bit = 0; bit < port.nets.size(); ++bit) {
      (port.input ? inputs : outputs) +=
          port.nets.size() == 1 ? fmt::format(" {}[0]", port.name) : fmt::format(" {}[{}]", port.name, bit);
    }
  }
  std::string text = "set sta_report_default_digits 6\nproc measure {} {\n";
  const auto must = [&](const std::string& command) {
    text += fmt::format("  if {{ ![{}] }} {{ error \"{} failed\" }}\n", command,
                        command.substr(0, command.find(' ')));
  };
  must(fmt::format("read_liberty {{{}}}", fs::absolute(target.library->file).string()));
  must(fmt::format("read_verilog {{{}}}", fs::absolute(verilog).string()));
  must("link_design " + netlist.top);
  text += fmt::format("  create_clock -name clk -period {:.6f}{}\n", target.clock_ns,
                      clocked ? " [get_ports {clk_i[0]}]" : "");
  if (clocked) text += fmt::format("  set_clock_transition {:.6f} [get_clocks clk]\n", slew);
  if (netlist.port("rst_ni") != nullptr) text += "  set_false_path -from [get_ports {rst_ni[0]}]\n";
  text += fmt::format("  set inputs [get_ports {{{}}}]\n  set outputs [get_ports {{{}}}]\n", inputs, outputs);
  text += fmt::format(
      "  set_input_transition {:.6f} $inputs\n  set_input_delay 0 -clock clk $inputs\n"
      "  set_output_delay 0 -clock clk $outputs\n  report_worst_slack\n",
      slew);
  for (size_t i = 0; i < netlist.gates.size(); ++i) {
    const Gate& gate = netlist.gates[i];
    for (size_t pin = 0; pin < gate.nets.size(); ++pin) {
      if (gate.cell->pins[pin].input || gate.nets[pin] == kNoNet) continue;
      text += fmt::format("  report_slews g{}/{}\n", i, gate.cell->pins[pin].name);
    }
  }
  return text +
         "}\nif { [catch measure message] } { puts \"measure failed: $message\"; exit 1 }\nputs "
         "measured\nexit\n";
}

}  // namespace

std::vector<std::vector<BlockPort>> elaborate(const Tools& tools, const Target& target, const Bench& bench,
                                              const std::vector<const Block*>& blocks,
                                              const fs::path& folder) {
  std::string script;
  for (const Block* block : blocks) {
    script += "design -reset\n" + read_block(target, bench, *block) +
              fmt::format("proc\nwrite_json {}\n", in_quotes(folder / (block->name + ".json")));
  }
  run_yosys(tools, script, folder, "elaborate");
  std::vector<std::vector<BlockPort>> ports;
  for (const Block* block : blocks) {
    const nlohmann::ordered_json json = read_json(folder / (block->name + ".json"));
    ports.push_back(ports_of(json["modules"][block->module]));
  }
  return ports;
}

Netlist synthesize(const Tools& tools, const Target& target, const Bench& bench, const Block& block,
                   const fs::path& folder) {
  const std::string liberty = in_quotes(target.library->file);
  fs::create_directories(folder);
  // With a driving cell abc also buffers nets that drive much and sizes gates for the clock.
  write_file((folder / "abc.constr").string(),
             fmt::format("set_driving_cell {}\nset_load 0.0 [all_outputs]\n",
                         target.library->smallest_inverter()->name));
  const double clock_ps = target.clock_ns * 1000;
  std::string script;
  if (block.unswept) {
    write_file((folder / "abc.script").string(), unswept_script(clock_ps));
    script = " -script " + in_quotes(folder / "abc.script");
  }
  run_yosys(
      tools,
      read_block(target, bench, block) +
          fmt::format("synth -noshare -flatten -top {0} -run begin:fine\nopt -full\nsynth -noshare -flatten "
                      "-top {0} -run fine:check\n"
                      "dfflibmap -liberty {1}\nabc -liberty {1} -D {2:.0f} -constr {3}{5}\nsetundef -zero\n"
                      "opt_clean -purge\nwrite_json {4}\n",
                      block.module, liberty, clock_ps, in_quotes(folder / "abc.constr"),
                      in_quotes(folder / "netlist.json"), script),
      folder, "synthesis");
  return read_netlist(read_json(folder / "netlist.json"), block.module, *target.library);
}

Timing time_netlist(const Tools& tools, const Target& target, const Netlist& netlist,
                    const fs::path& folder) {
  Timing timing;
  timing.slews_ns.assign(static_cast<size_t>(netlist.nets), target.library->fastest_slew_ns);
  if (netlist.gates.empty()) return timing;
  const fs::path verilog = folder / "netlist.v";
  write_file(verilog.string(), write_verilog(netlist));
  const std::string script = (folder / "timing.tcl").string();
  const std::string log = (folder / "timing.log").string();
  write_file(script, sta_script(target, netlist, verilog));
  run_tool({tools.opensta.path, "-no_init", "-no_splash", "-exit", script}, log);
  std::istringstream lines(read_file(log));
  std::string line;
  bool finished = false;
  size_t slews = 0, expected = 0;
  for (const Gate& gate : netlist.gates) {
    for (size_t pin = 0; pin < gate.nets.size(); ++pin) {
      expected += !gate.cell->pins[pin].input && gate.nets[pin] != kNoNet ? 1 : 0;
    }
  }
  while (std::getline(lines, line)) {
    if (line.rfind("worst slack ", 0) == 0) {
      timing.slack_ns = number(line.substr(12), line);
      timing.has_paths = std::isfinite(timing.slack_ns);
    } else if (line.size() > 1 && line[0] == 'g' && line.find(" ^ ") != std::string::npos) {
      const size_t slash = line.find('/');
      const Gate& gate = netlist.gates.at(std::strtoul(line.c_str() + 1, nullptr, 10));
      const int pin = gate.cell->pin(line.substr(slash + 1, line.find(' ') - slash - 1));
      const double slew = mean_slew(line);
      if (std::isfinite(slew))
        timing.slews_ns[static_cast<size_t>(gate.nets[static_cast<size_t>(pin)])] = slew;
      ++slews;
    }
    finished = finished || line == "measured";
  }
  if (!finished || slews != expected) {
    throw CheckFailed(
        fmt::format("opensta did not finish, or timed {} of {} pins ({})", slews, expected, log));
  }
  return timing;
}

}  // namespace vernier::ppa
