// SPDX-License-Identifier: Apache-2.0
#include "sim/config/checks.h"

#include <algorithm>

#include "base/error.h"
#include "models/array/weight_stationary/ws_rules.h"
#include "models/formats/group_format.h"
#include "sim/config/network_formats.h"
#include "sim/config/part_file.h"
#include "sim/config/pe_rules.h"

namespace vernier::config {
namespace {

using Result = std::optional<Problem>;

/// A transfer occupies the bus for whole cycles (docs/timing.md, DRAM).
Result burst_fills_bus(const AcceleratorConfig& config) {
  const machine::DramParams& dram = config.machine.dram;
  if (dram.kind != machine::DramKind::ideal) return std::nullopt;
  if (dram.burst_bytes * 8 % dram.bits_per_cycle == 0) return std::nullopt;
  return Problem{"CFG020",
                 fmt::format("{} byte = {} bit is not a multiple of dram.width, {} bit", dram.burst_bytes,
                             dram.burst_bytes * 8, dram.bits_per_cycle),
                 "choose a burst of whole bus cycles"};
}

/// Groups are equal parts of a scratchpad, and few enough for a mask of them.
Result groups_are_equal(const char* pad_name, const machine::ScratchpadParams& pad) {
  constexpr int kMostGroups = 64;
  const int stripe = pad.line_banks();
  if (pad.banks % stripe != 0) {
    return Problem{"CFG031", fmt::format("{} does not divide {}.banks, {}", stripe, pad_name, pad.banks), {}};
  }
  if (pad.groups() > kMostGroups) {
    return Problem{"CFG031",
                   fmt::format("{} makes {} groups of {} banks, at most {} are allowed", stripe, pad.groups(),
                               pad.banks, kMostGroups),
                   fmt::format("give at least {}", (pad.banks + kMostGroups - 1) / kMostGroups)};
  }
  if (pad.capacity_bytes % static_cast<uint64_t>(pad.groups()) != 0) {
    return Problem{"CFG031",
                   fmt::format("{} makes {} groups, which do not divide {}.capacity, {} byte", stripe,
                               pad.groups(), pad_name, pad.capacity_bytes),
                   {}};
  }
  return std::nullopt;
}

Result interleave_fits(const AcceleratorConfig& config) {
  return config.machine.dram.kind == machine::DramKind::part ? refused_interleave(config.machine.dram.memory)
                                                             : std::nullopt;
}

/// DMA moves data at the width of the DRAM bus without buffering.
Result port_takes_bus(const AcceleratorConfig& config, const char* pad_name,
                      const machine::ScratchpadParams& pad) {
  if (config.machine.dram.kind != machine::DramKind::ideal ||
      config.machine.dram.bits_per_cycle <= pad.port_bits())
    return std::nullopt;
  return Problem{"CFG021",
                 fmt::format("{} bit is more than the port of {} moves per cycle, {} x {} bit = {} bit",
                             config.machine.dram.bits_per_cycle, pad_name, pad.line_banks(),
                             pad.bank_width_bits, pad.port_bits()),
                 fmt::format("raise {}.banks or {}.bank_width", pad_name, pad_name)};
}

Result pe_has_lanes(const AcceleratorConfig& config) {
  const machine::ArrayParams& array = config.machine.array;
  const LaneRange range = lanes_of(array.pe);
  if (array.lanes >= range.lower && array.lanes <= range.upper && array.lanes % range.lower == 0) {
    return std::nullopt;
  }
  std::string allowed = fmt::format("in {}..{}", range.lower, range.upper);
  if (range.lower > 1) allowed += fmt::format(" in steps of {}", range.lower);
  if (range.lower == range.upper) allowed = std::to_string(range.lower);
  return Problem{
      "CFG022", fmt::format("{} is not {}, which {} is built with", array.lanes, allowed, array.pe), {}};
}

Result pe_takes(const AcceleratorConfig& config, const std::string& format) {
  if (formats::group_format(format).unit_scale) {
    return Problem{"CFG023",
                   fmt::format("{} has no scales: it is how programs read codes of a cache", format),
                   "leave out _unit"};
  }
  const std::optional<std::string> why = refusal(config.machine.array.pe, formats::group_format(format));
  if (!why) return std::nullopt;
  return Problem{"CFG023",
                 fmt::format("array.pe {} does not compute with {}", config.machine.array.pe, format), *why};
}

/// Activations reach the array in a format its PEs take (network_formats.h).
Result pe_takes_activations(const AcceleratorConfig& config) {
  const std::string& pe = config.machine.array.pe;
  const std::vector<formats::ActivationFormat> taken = activations_of(pe);
  const formats::ActivationFormat wanted = config.formats.activation;
  const formats::ActivationFormat array = array_activations(config);
  if (formats::is_table(array) && wanted != formats::ActivationFormat::fp16) {
    return Problem{
        "CFG027",
        fmt::format("tables of {} activations are made in the array only", formats::name_of(wanted)),
        "use fp16, or lut.precompute: in_array"};
  }
  if (taken.empty() || std::find(taken.begin(), taken.end(), array) != taken.end()) return std::nullopt;
  return Problem{"CFG027",
                 fmt::format("array.pe {} does not take activations in {}", pe, formats::name_of(array)),
                 fmt::format("it takes {}", formats::names_of(taken))};
}

/// A step never straddles groups (models/formats/weight_block.h).
Result lanes_divide_group(const AcceleratorConfig& config, const std::string& format) {
  const int group = formats::group_format(format).group_size;
  if (group % config.machine.array.lanes == 0) return std::nullopt;
  return Problem{"CFG024",
                 fmt::format("groups of {} elements ({}) are not a multiple of array.lanes, {}", group,
                             format, config.machine.array.lanes),
                 {}};
}

Result weights_can_stay(const AcceleratorConfig& config) {
  if (!config.machine.array.weight_stationary()) return std::nullopt;
  if (config.machine.array.pe == kDeclaredPe)
    return Problem{"CFG029", "weight_stationary with array.pe declared, of which only numbers are known", {}};
  if (const auto why = array::ws_reject_array(config.machine.array)) return Problem{"CFG029", *why, {}};
  return std::nullopt;
}

Result stays_without_groups(const AcceleratorConfig& config, const std::string& format) {
  if (!config.machine.array.weight_stationary()) return std::nullopt;
  const auto why = array::ws_reject_format(formats::group_format(format));
  if (!why) return std::nullopt;
  return Problem{"CFG030", *why, {}};
}

Result declared_has_cycles(const AcceleratorConfig& config) {
  if (config.machine.array.pe != kDeclaredPe || config.analytical.cycles_per_step > 0) return std::nullopt;
  return Problem{"CFG025", "0 with array.pe declared, which does not say how many cycles a step takes",
                 "give at least 1"};
}

Result stalls_have_length(const AcceleratorConfig& config) {
  if (config.machine.dram.kind != machine::DramKind::ideal || config.machine.dram.stall_permille == 0 ||
      config.machine.dram.stall_max_cycles > 0)
    return std::nullopt;
  return Problem{"CFG026", "0 cycle with dram.stall_permille above 0",
                 "give at least 1 cycle, or set dram.stall_permille to 0"};
}

std::vector<CrossCheck> make_checks() {
  std::vector<CrossCheck> checks;
  checks.push_back({"CFG020", {"dram.burst", "dram.width"}, burst_fills_bus});
  checks.push_back({"CFG032", {"dram.interleave", "dram.kind"}, interleave_fits});
  checks.push_back({"CFG036", {"dram.refresh", "dram.kind"}, refused_refresh});
  const auto add_port = [&checks](const char* name, auto pad) {
    const std::string prefix = name;
    checks.push_back(
        {"CFG031",
         {prefix + ".stripe_banks", prefix + ".banks", prefix + ".capacity"},
         [name, pad](const AcceleratorConfig& c) { return groups_are_equal(name, c.machine.*pad); }});
    checks.push_back(
        {"CFG021",
         {"dram.width", prefix + ".banks", prefix + ".bank_width"},
         [name, pad](const AcceleratorConfig& c) { return port_takes_bus(c, name, c.machine.*pad); }});
  };
  add_port("weight_scratchpad", &machine::Machine::weight_spad);
  add_port("activation_scratchpad", &machine::Machine::activation_spad);
  add_port("output_scratchpad", &machine::Machine::output_spad);
  checks.push_back({"CFG022", {"array.lanes", "array.pe"}, pe_has_lanes});
  const auto add_format = [&checks](const char* path, auto format, bool (*counts)(const FormatChoice&)) {
    checks.push_back({"CFG023", {path, "array.pe"}, [format, counts](const AcceleratorConfig& c) {
                        return counts(c.formats) ? pe_takes(c, c.formats.*format) : std::nullopt;
                      }});
    checks.push_back({"CFG024", {path, "array.lanes"}, [format, counts](const AcceleratorConfig& c) {
                        return counts(c.formats) ? lanes_divide_group(c, c.formats.*format) : std::nullopt;
                      }});
    checks.push_back({"CFG030", {path, "array.dataflow"}, [format, counts](const AcceleratorConfig& c) {
                        return counts(c.formats) ? stays_without_groups(c, c.formats.*format) : std::nullopt;
                      }});
  };
  checks.push_back(
      {"CFG029", {"array.dataflow", "array.pe", "array.lanes", "array.delivery"}, weights_can_stay});
  add_format("formats.weight", &FormatChoice::weight, [](const FormatChoice&) { return true; });
  // Whoever gave the format is told: formats.kv counts where the other two leave it.
  add_format("formats.kv", &FormatChoice::kv,
             [](const FormatChoice& f) { return f.key == f.kv || f.value == f.kv; });
  add_format("formats.key", &FormatChoice::key, [](const FormatChoice& f) { return f.key != f.kv; });
  add_format("formats.value", &FormatChoice::value, [](const FormatChoice& f) { return f.value != f.kv; });
  checks.push_back(
      {"CFG027", {"formats.activation", "array.pe", "lut.precompute", "lut.table"}, pe_takes_activations});
  checks.push_back({"CFG025", {"analytical.cycles_per_step", "array.pe"}, declared_has_cycles});
  checks.push_back({"CFG026", {"dram.stall_max", "dram.stall_permille"}, stalls_have_length});
  return checks;
}

}  // namespace

const std::vector<CrossCheck>& cross_checks() {
  static const std::vector<CrossCheck> checks = make_checks();
  return checks;
}

}  // namespace vernier::config
