// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/deadlock.h"

namespace vernier::engine {

InputError deadlock(const isa::Program& program,
                    const std::array<const isa::Instruction*, isa::kQueueCount>& heads,
                    const SemaphoreValues& semaphores, uint64_t cycle) {
  std::string what = fmt::format("program '{}' deadlocks in cycle {}:", program.name, cycle);
  for (size_t q = 0; q < heads.size(); ++q) {
    const isa::Instruction* head = heads[q];
    if (head == nullptr) continue;
    const char* op = head->op < program.ops.size() ? program.ops[head->op].name.c_str() : "?";
    what += fmt::format(" {} queue: {} of '{}' waits for", isa::name_of(static_cast<isa::Queue>(q)),
                        isa::name_of(head->opcode), op);
    bool any = false;
    for (int i = 0; i < head->wait_count; ++i) {
      const isa::SemaphoreUse& wait = head->waits[i];
      if (semaphores[wait.semaphore] >= wait.count) continue;
      what += fmt::format(" semaphore {} >= {} (it is {})", wait.semaphore, wait.count,
                          semaphores[wait.semaphore]);
      any = true;
    }
    if (!any) what += " its turn";
    what += ";";
  }
  return {
      "PRG051", what, {}, "every wait must be matched by a post of an instruction that can run before it"};
}

}  // namespace vernier::engine
