// SPDX-License-Identifier: Apache-2.0
// What the numbers of a DRAM part must have to do with each other.
#include "base/error.h"
#include "sim/config/part_file.h"

namespace vernier::config {
namespace {

using Result = std::optional<Problem>;
using dram::Timing;

const dram::Part& part_of(const AcceleratorConfig& config) { return config.machine.dram.memory.part; }

std::string key_of(const char* name) { return std::string("timing.") + name; }

/// Timing contradictions: `broken` looks at the parameters, `why` says it with their values.
template <typename Broken, typename Why>
CrossCheck timing_rule(std::vector<const char*> names, Broken broken, Why why) {
  CrossCheck check;
  check.code = "CFG033";
  for (const char* name : names) check.paths.push_back(key_of(name));
  check.check = [broken, why](const AcceleratorConfig& config) -> Result {
    const Timing& t = part_of(config).timing;
    if (!broken(t)) return std::nullopt;
    return Problem{"CFG033", why(t), {}};
  };
  return check;
}

struct Named {
  const char* name;
  int Timing::*field;
};

/// `small` must not be above `large`.
CrossCheck ordered(Named small, Named large) {
  return timing_rule(
      {large.name, small.name}, [=](const Timing& t) { return t.*small.field > t.*large.field; },
      [=](const Timing& t) {
        return fmt::format("{} is less than {}, {}", t.*large.field, small.name, t.*small.field);
      });
}

void add_timing_rules(std::vector<CrossCheck>& checks) {
  using T = Timing;
  checks.push_back(timing_rule(
      {"RC", "RAS", "RP"}, [](const T& t) { return t.RAS + t.RP > t.RC; },
      [](const T& t) {
        return fmt::format("{} is less than RAS + RP = {} + {} = {}", t.RC, t.RAS, t.RP, t.RAS + t.RP);
      }));
  checks.push_back(ordered({"RCD", &T::RCD}, {"RAS", &T::RAS}));
  checks.push_back(ordered({"RRD_S", &T::RRD_S}, {"RRD_L", &T::RRD_L}));
  checks.push_back(ordered({"RRD_S", &T::RRD_S}, {"FAW", &T::FAW}));
  checks.push_back(ordered({"CCD_S", &T::CCD_S}, {"CCD_L", &T::CCD_L}));
  checks.push_back(ordered({"BL", &T::BL}, {"CCD_S", &T::CCD_S}));
  checks.push_back(ordered({"WTR_S", &T::WTR_S}, {"WTR_L", &T::WTR_L}));
  checks.push_back(timing_rule(
      {"CWL", "CL", "BL"}, [](const T& t) { return t.read_to_write() < 1; },
      [](const T& t) {
        return fmt::format("{} puts written data before that of an earlier read: CL + BL + 2 = {}", t.CWL,
                           t.CL + t.BL + 2);
      }));
  checks.push_back(timing_rule(
      {"REFI", "RFC"}, [](const T& t) { return t.REFI <= t.RFC; },
      [](const T& t) { return fmt::format("{} leaves nothing beside RFC, {}", t.REFI, t.RFC); }));
  checks.push_back(ordered({"RFCpb", &T::RFCpb}, {"RFC", &T::RFC}));
  checks.push_back(timing_rule(
      {"PBR2ACT", "RFCpb"}, [](const T& t) { return t.PBR2ACT > t.RFCpb; },
      [](const T& t) { return fmt::format("{} is more than RFCpb, {}", t.PBR2ACT, t.RFCpb); }));
}

/// Every bank has its turn within REFI.
Result banks_fit_interval(const AcceleratorConfig& config) {
  const dram::Part& part = part_of(config);
  const int banks = part.organisation.banks();
  if (part.timing.RFCpb == 0 || part.timing.REFI / banks > part.timing.RFCpb) return std::nullopt;
  return Problem{
      "CFG033",
      fmt::format("{} is not less than REFI / banks = {} / {} = {}, the time a bank has for its refresh",
                  part.timing.RFCpb, part.timing.REFI, banks, part.timing.REFI / banks),
      {}};
}

Result bursts_fill_row(const AcceleratorConfig& config) {
  const dram::Organisation& o = part_of(config).organisation;
  if (o.row_bytes % o.burst_bytes == 0) return std::nullopt;
  return Problem{
      "CFG034",
      fmt::format("{} byte is not a multiple of organisation.burst, {} byte", o.row_bytes, o.burst_bytes),
      {}};
}

Result marks_in_queue(const AcceleratorConfig& config) {
  const dram::Controller& c = part_of(config).controller;
  if (c.write_high >= c.write_queue) {
    return Problem{"CFG035",
                   fmt::format("{} is not below controller.write_queue, {}, so that it is never passed",
                               c.write_high, c.write_queue),
                   fmt::format("four fifths of the queue is usual: {}", c.write_queue * 4 / 5)};
  }
  if (c.write_low < c.write_high) return std::nullopt;
  return Problem{
      "CFG035", fmt::format("{} is not above controller.write_low, {}", c.write_high, c.write_low), {}};
}

Result can_refresh_banks(const AcceleratorConfig& config) {
  const dram::Part& part = part_of(config);
  if (part.controller.refresh != dram::Refresh::per_bank || part.timing.RFCpb > 0) return std::nullopt;
  return Problem{"CFG036",
                 fmt::format("per_bank, but {} has no refresh of single banks: timing.RFCpb is 0", part.name),
                 "use all_bank"};
}

std::vector<CrossCheck> make_part_checks() {
  std::vector<CrossCheck> checks;
  add_timing_rules(checks);
  checks.push_back(
      {"CFG033",
       {"timing.RFCpb", "timing.REFI", "organisation.bank_groups", "organisation.banks_per_group"},
       banks_fit_interval});
  checks.push_back({"CFG034", {"organisation.row", "organisation.burst"}, bursts_fill_row});
  checks.push_back({"CFG035",
                    {"controller.write_high", "controller.write_low", "controller.write_queue"},
                    marks_in_queue});
  checks.push_back({"CFG036", {"controller.refresh", "timing.RFCpb"}, can_refresh_banks});
  return checks;
}

}  // namespace

const std::vector<CrossCheck>& part_checks() {
  static const std::vector<CrossCheck> checks = make_part_checks();
  return checks;
}

std::optional<Problem> refused_interleave(const dram::Memory& memory) {
  const dram::Organisation& o = memory.part.organisation;
  const auto burst = static_cast<uint64_t>(o.burst_bytes);
  const auto row = static_cast<uint64_t>(o.row_bytes);
  if (memory.interleave_bytes % burst == 0 && row % memory.interleave_bytes == 0) return std::nullopt;
  return Problem{
      "CFG032",
      fmt::format("{} byte is not a multiple of the burst of {}, {} byte, that divides its row, {} byte",
                  memory.interleave_bytes, memory.part.name, burst, row),
      {}};
}

std::optional<Problem> refused_refresh(const AcceleratorConfig& config) { return can_refresh_banks(config); }

}  // namespace vernier::config
