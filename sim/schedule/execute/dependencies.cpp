// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/execute/dependencies.h"

#include <algorithm>

#include "base/error.h"

namespace vernier::schedule {

using isa::Instruction;
using isa::Queue;

DependencyBuilder::DependencyBuilder(isa::Program& program, size_t dram_tensors)
    : program_(program), regions_(program.pool.size()), tensors_(dram_tensors) {}

DependencyBuilder::PerQueue DependencyBuilder::needed(const Touched& touched) const {
  PerQueue last = extra_;
  const auto after = [&last](const PerQueue& positions) {
    for (size_t q = 0; q < last.size(); ++q) last[q] = std::max(last[q], positions[q]);
  };
  for (const uint32_t region : touched.reads) after(regions_[region].writes);
  for (const uint32_t tensor : touched.dram_reads) after(tensors_[tensor].writes);
  for (const uint32_t tensor : touched.dram_writes) {
    after(tensors_[tensor].reads);
    after(tensors_[tensor].writes);
  }
  for (const uint32_t region : touched.writes) {
    const isa::PoolRegion& place = program_.pool[region];
    for (size_t other = 0; other < regions_.size(); ++other) {
      const isa::PoolRegion& taken = program_.pool[other];
      if (taken.address >= place.address + place.bytes || place.address >= taken.address + taken.bytes)
        continue;
      after(regions_[other].reads);
      after(regions_[other].writes);
    }
  }
  return last;
}

void DependencyBuilder::wait(Instruction& instruction, const PerQueue& needed) {
  const auto own = static_cast<size_t>(instruction.queue);
  for (size_t q = 0; q < needed.size(); ++q) {
    if (q == own || needed[q] <= awaited_[own][q]) continue;
    awaited_[own][q] = needed[q];
    const auto semaphore = static_cast<uint8_t>(isa::kQueueCount * own + q);
    instruction.waits.at(instruction.wait_count++) = {semaphore, 1};
    Instruction& poster = program_.nodes[nodes_[q][needed[q] - 1]].instruction;
    poster.posts.at(poster.post_count++) = {semaphore, 1};
  }
  extra_ = {};
}

void DependencyBuilder::append(const Instruction& instruction) {
  const auto queue = static_cast<size_t>(instruction.queue);
  ++issued_[queue];
  nodes_[queue].push_back(program_.nodes.size());
  program_.nodes.push_back({isa::Node::Kind::instruction, 0, instruction});
}

void DependencyBuilder::note(Queue queue, const Touched& touched) {
  const auto q = static_cast<size_t>(queue);
  for (const uint32_t region : touched.reads) regions_[region].reads[q] = issued_[q];
  for (const uint32_t region : touched.writes) regions_[region].writes[q] = issued_[q];
  for (const uint32_t tensor : touched.dram_reads) tensors_[tensor].reads[q] = issued_[q];
  for (const uint32_t tensor : touched.dram_writes) tensors_[tensor].writes[q] = issued_[q];
}

void DependencyBuilder::add(Instruction instruction, const Touched& touched) {
  wait(instruction, needed(touched));
  append(instruction);
  note(instruction.queue, touched);
}

void DependencyBuilder::add_loop(const Instruction& instruction, uint64_t count, const Touched& touched) {
  Instruction sync;
  sync.opcode = isa::Opcode::sync;
  sync.queue = instruction.queue;
  sync.op = instruction.op;
  Instruction first = sync;
  wait(first, needed(touched));
  append(first);
  program_.nodes.push_back({isa::Node::Kind::loop_begin, count, {}});
  program_.nodes.push_back({isa::Node::Kind::instruction, 0, instruction});
  program_.nodes.push_back({isa::Node::Kind::loop_end, 0, {}});
  append(sync);
  note(instruction.queue, touched);
}

}  // namespace vernier::schedule
