// SPDX-License-Identifier: Apache-2.0
#include "sim/run/what_if.h"

#include <utility>

#include "base/error.h"

namespace vernier::run {
namespace {

dram::Part& part_of(machine::Machine& machine) {
  VERNIER_INVARIANT(machine.dram.kind == machine::DramKind::part, "'{}' has no DRAM part", machine.name);
  return machine.dram.memory.part;
}

}  // namespace

machine::Machine without_refresh(machine::Machine machine) {
  part_of(machine).controller.refresh = dram::Refresh::off;
  return machine;
}

machine::Machine without_bank_groups(machine::Machine machine) {
  machine = without_refresh(std::move(machine));
  dram::Timing& t = part_of(machine).timing;
  t.RRD_L = t.RRD_S;
  t.CCD_L = t.CCD_S;
  t.WTR_L = t.WTR_S;
  return machine;
}

machine::Machine without_rows(machine::Machine machine) {
  machine = without_bank_groups(std::move(machine));
  dram::Part& part = part_of(machine);
  part.controller.row_policy = dram::RowPolicy::open;
  dram::Organisation& organisation = part.organisation;
  organisation.row_bytes = static_cast<int64_t>(organisation.capacity_bytes());
  organisation.ranks = organisation.bank_groups = organisation.banks_per_group = 1;
  organisation.rows = 1;
  dram::Timing& t = part.timing;
  t.RCD = t.RP = t.RAS = t.RC = t.RRD_S = t.RRD_L = t.FAW = 0;
  return machine;
}

machine::Machine with_perfect_dram(machine::Machine machine) {
  machine = without_rows(std::move(machine));
  dram::Part& part = part_of(machine);
  dram::Timing& t = part.timing;
  // So that every distance of docs/memory.md between two column commands comes out as BL: RD to WR is
  // CL + BL + 2 - CWL, WR to RD is CWL + BL + WTR.
  t.CL = 0;
  t.CWL = 2;
  t.WTR_S = t.WTR_L = -2;
  t.CCD_S = t.CCD_L = t.BL;
  part.command_clocks = {};
  part.controller.return_clocks = 1;
  return machine;
}

machine::Machine with_double_ports(machine::Machine machine) {
  for (machine::ScratchpadParams* spad :
       {&machine.weight_spad, &machine.activation_spad, &machine.output_spad})
    spad->ports = machine::PortKind::rw2;
  return machine;
}

}  // namespace vernier::run
