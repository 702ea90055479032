// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/functional/functional_engine.h"

#include "models/array/gemm_block.h"
#include "models/memory/copy.h"
#include "models/vector/vector_unit.h"

namespace vernier::engine {

void run_functional(const isa::Program& program, const machine::Machine& machine,
                    machine::MemoryImage& image) {
  std::vector<formats::GroupFormat> formats;
  for (const std::string& name : program.formats) formats.push_back(formats::group_format(name));
  isa::Cursor cursor(program);
  isa::IssuedInstruction issued;
  while (cursor.next(issued)) {
    switch (issued.instruction->opcode) {
      case isa::Opcode::load:
      case isa::Opcode::store:
        memory::copy_transfer(issued, image);
        break;
      case isa::Opcode::gemm:
        array::gemm_golden(issued, formats[issued.instruction->format], machine, image);
        break;
      case isa::Opcode::vector:
        vector::vector_execute(issued, program, machine, image);
        break;
      case isa::Opcode::sync:
        break;
    }
  }
}

}  // namespace vernier::engine
