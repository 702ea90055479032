// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/hazards.h"

#include <algorithm>

#include "base/error.h"
#include "models/formats/weight_block.h"
#include "models/vector/vector_unit.h"

namespace vernier::engine {

using isa::Opcode;

HazardObserver::HazardObserver(const isa::Program& program, const machine::Machine& machine)
    : program_(program), machine_(machine) {
  for (const std::string& name : program.formats) formats_.push_back(formats::group_format(name));
}

std::vector<HazardObserver::Access> HazardObserver::accesses_of(const isa::IssuedInstruction& issued) const {
  const isa::Instruction& instruction = *issued.instruction;
  std::vector<Access> accesses;
  accesses.reserve(7);  // no instruction has more, but for those of pooled programs
  if (program_.pool_bytes != 0) {
    const isa::PoolAccess regions = isa::pool_access(program_, issued);
    const auto add = [&](const std::vector<uint32_t>& list, bool writes) {
      for (const uint32_t index : list) {
        const isa::PoolRegion& region = program_.pool[index];
        accesses.push_back({Space::pool, region.address, region.address + region.bytes, writes, {}});
      }
    };
    add(regions.reads, false);
    add(regions.writes, true);
  }
  switch (instruction.opcode) {
    case Opcode::sync:
      break;
    case Opcode::load:
    case Opcode::store: {
      const bool is_load = instruction.opcode == Opcode::load;
      const memory::Transfer transfer{issued.dram, instruction.rows, instruction.row_bytes,
                                      instruction.dram_stride};
      accesses.push_back({Space::dram, transfer.dram,
                          transfer.dram + (transfer.rows - 1) * transfer.stride + transfer.row_bytes,
                          !is_load, transfer});
      if (program_.pool_bytes != 0) break;
      accesses.push_back({static_cast<Space>(instruction.scratchpad),
                          issued.spad,
                          issued.spad + transfer.bytes(),
                          is_load,
                          {}});
      break;
    }
    case Opcode::gemm: {
      if (program_.pool_bytes != 0) break;
      const formats::GroupFormat& format = formats_[instruction.format];
      const uint64_t weight_bytes =
          formats::weight_block_bytes(format, array::weight_shape(instruction, machine_.array));
      accesses.push_back({Space::weight, issued.weight, issued.weight + weight_bytes, false, {}});
      accesses.push_back({Space::activation,
                          issued.activation,
                          issued.activation + array::activation_block_bytes(instruction),
                          false,
                          {}});
      accesses.push_back({Space::output,
                          issued.out,
                          issued.out + array::output_block_bytes(machine_.array, instruction),
                          true,
                          {}});
      break;
    }
    case Opcode::vector: {
      if (program_.pool_bytes != 0) break;
      const vector::VectorFootprint footprint = vector::vector_footprint(issued, program_, machine_);
      for (const vector::ByteRange& range : footprint.reads) {
        accesses.push_back({Space::output, range.lo, range.hi, false, {}});
      }
      for (const vector::ByteRange& range : footprint.state) {
        accesses.push_back({Space::output, range.lo, range.hi, true, {}});
      }
      accesses.push_back(
          {static_cast<Space>(instruction.dst_scratchpad), footprint.write.lo, footprint.write.hi, true, {}});
      break;
    }
  }
  return accesses;
}

bool HazardObserver::conflict(const Access& a, const Access& b) {
  if (a.space != b.space || (!a.writes && !b.writes)) return false;
  if (a.begin >= b.end || b.begin >= a.end) return false;
  return a.space != Space::dram || memory::overlap_in_dram(a.transfer, b.transfer);
}

const char* HazardObserver::name_of(Space space) {
  if (space == Space::dram) return "DRAM";
  return space == Space::pool ? "the pool" : isa::name_of(static_cast<isa::Scratchpad>(space));
}

void HazardObserver::on_start(const isa::IssuedInstruction& issued, uint64_t cycle) {
  InFlight starting{issued, accesses_of(issued)};
  for (const InFlight& other : in_flight_) {
    for (const Access& theirs : other.accesses) {
      for (const Access& ours : starting.accesses) {
        if (!conflict(ours, theirs)) continue;
        throw InputError(
            "PRG050",
            fmt::format("in cycle {} {} number {} {} bytes [{}, {}) of {} while {} number {} {} [{}, {})",
                        cycle, isa::name_of(issued.instruction->opcode), issued.sequence,
                        ours.writes ? "writes" : "reads", ours.begin, ours.end, name_of(ours.space),
                        isa::name_of(other.issued.instruction->opcode), other.issued.sequence,
                        theirs.writes ? "writes" : "reads", theirs.begin, theirs.end),
            {}, "order them with a semaphore: the result would depend on timing");
      }
    }
  }
  in_flight_.push_back(std::move(starting));
}

void HazardObserver::on_end(const isa::IssuedInstruction& issued, uint64_t, uint64_t) {
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), [&issued](const InFlight& other) {
    return other.issued.sequence == issued.sequence;
  });
  VERNIER_INVARIANT(found != in_flight_.end(), "instruction {} ended without a start", issued.sequence);
  in_flight_.erase(found);
}

bool HazardObserver::can_repeat(const Loop& loop) const {
  const auto meet = [](const Loop::Transfer& a, const Loop::Transfer& b) {
    return a.step != b.step && a.begin < b.end && b.begin < a.end;
  };
  return std::none_of(loop.transfers.begin(), loop.transfers.end(), [&](const Loop::Transfer& store) {
    return store.instruction->opcode == Opcode::store &&
           std::any_of(loop.transfers.begin(), loop.transfers.end(),
                       [&](const Loop::Transfer& other) { return meet(store, other); });
  });
}

void HazardObserver::jump(const Jump& jump) {
  for (InFlight& instruction : in_flight_) {
    const uint64_t bytes = jump.dram_bytes(*instruction.issued.instruction);
    jump.move(instruction.issued);
    for (Access& access : instruction.accesses) {
      if (access.space != Space::dram) continue;
      access.begin += bytes;
      access.end += bytes;
      access.transfer.dram += bytes;
    }
  }
}

}  // namespace vernier::engine
