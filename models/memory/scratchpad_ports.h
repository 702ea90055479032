// SPDX-License-Identifier: Apache-2.0
// Who may access a scratchpad in a cycle (docs/memory.md, section Scratchpad ports).
#pragma once

#include <cstdint>

#include "models/isa/instruction.h"
#include "models/machine/machine.h"

namespace vernier::memory {

/// In the order in which they claim in every cycle.
enum class PortUser : uint8_t { compute, vector, store, load };

/// Accesses in one cycle, together: one read (write) of every group in the mask; bit i: group i.
struct PortClaim {
  uint64_t reads = 0, writes = 0;
};

/// The ports of one scratchpad. Claims come in the order of cycles, within a cycle in the order of users. A
/// user that claims an access again in the same cycle shares it.
class ScratchpadPorts {
 public:
  explicit ScratchpadPorts(machine::PortKind kind) : kind_(kind) {}

  /// True if all of it is left over; then it is taken.
  bool claim(uint64_t cycle, PortUser user, PortClaim claim);
  /// What claim() would say.
  [[nodiscard]] bool free(uint64_t cycle, PortUser user, PortClaim claim) const;

 private:
  [[nodiscard]] bool fits(PortClaim claim) const;

  machine::PortKind kind_;
  uint64_t cycle_ = 0;
  PortUser user_ = PortUser::compute;
  PortClaim own_;                  // of user_ in cycle_
  PortClaim taken_;                // r1w1
  uint64_t once_ = 0, twice_ = 0;  // rw1, rw2: groups with one access (at least), with two
};

/// The three of a machine.
struct Scratchpads {
  ScratchpadPorts weight, activation, output;

  explicit Scratchpads(const machine::Machine& machine)
      : weight(machine.weight_spad.ports),
        activation(machine.activation_spad.ports),
        output(machine.output_spad.ports) {}

  [[nodiscard]] ScratchpadPorts& of(isa::Scratchpad which) {
    switch (which) {
      case isa::Scratchpad::weight:
        return weight;
      case isa::Scratchpad::activation:
        return activation;
      case isa::Scratchpad::output:
        break;
    }
    return output;
  }
};

}  // namespace vernier::memory
