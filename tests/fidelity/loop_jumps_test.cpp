// SPDX-License-Identifier: Apache-2.0
// What `fast` leaves out of loops changes nothing: random networks whose layers repeat, random instruction
// streams that repeat, and a language model of real size.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/config/load.h"
#include "sim/config/network_formats.h"
#include "sim/engine/attribution.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/hazards.h"
#include "sim/run/network_facts.h"
#include "tests/fidelity/compare.h"
#include "tests/fidelity/random_case.h"
#include "tests/fidelity/random_stream.h"
#include "workloads/workload.h"

namespace vernier::fidelity {
namespace {

struct Seen {
  engine::EngineTotals totals;
  std::vector<report::LayerRow> rows;
  std::vector<engine::InstructionRecord> records;
};

enum class Mode { leave_out, leave_out_and_record, follow_and_record };

Seen observe(const isa::Program& program, const machine::Machine& machine, const run::NetworkFacts& facts,
             bool ordered, Mode mode) {
  engine::RunLog log;
  engine::HazardObserver hazards(program, machine);
  engine::AttributionObserver attribution(program, machine, facts.kv_weights, facts.kv_results,
                                          facts.kv_operands);
  engine::RecordingObserver recording;
  if (ordered) log.add_observer(hazards);
  log.add_observer(attribution);
  if (mode != Mode::leave_out) log.add_observer(recording);
  Seen seen;
  seen.totals = engine::run_fast(program, machine, log, {mode != Mode::follow_and_record});
  run::check_against_engine(attribution, seen.totals, machine);
  seen.rows = attribution.rows();
  seen.records = recording.records();
  return seen;
}

std::vector<uint64_t> numbers(const engine::EngineTotals& totals) {
  return {totals.cycles, totals.instructions,        totals.dram_bursts,
          totals.macs,   totals.vector_stall_cycles, totals.dma_refused_cycles};
}

bool same_rows(const report::LayerRow& a, const report::LayerRow& b) {
  const auto counts = [](const report::LayerRow& row) {
    return std::vector<uint64_t>{row.cycles,
                                 row.compute,
                                 row.fill,
                                 row.drain,
                                 row.operand_stall,
                                 row.load_stall,
                                 row.store_stall,
                                 row.vector,
                                 row.idle,
                                 row.macs,
                                 row.instructions,
                                 row.weight_bytes,
                                 row.kv_bytes,
                                 row.activation_read_bytes,
                                 row.output_write_bytes};
  };
  return counts(a) == counts(b) && a.ideal_cycles == b.ideal_cycles && a.events == b.events;
}

/// Every instruction, every row. Returns the share of instructions that were left out.
double check(const isa::Program& program, const machine::Machine& machine, const run::NetworkFacts& facts,
             bool ordered) {
  isa::validate(program);
  const Seen followed = observe(program, machine, facts, ordered, Mode::follow_and_record);
  EXPECT_EQ(followed.totals.left_out, 0U);
  double left_out = 0;
  for (const Mode mode : {Mode::leave_out, Mode::leave_out_and_record}) {
    const Seen jumping = observe(program, machine, facts, ordered, mode);
    EXPECT_EQ(numbers(jumping.totals), numbers(followed.totals));
    EXPECT_TRUE(jumping.totals.counts == followed.totals.counts);
    EXPECT_TRUE(mode == Mode::leave_out || jumping.records == followed.records);
    for (size_t op = 0; op < jumping.rows.size(); ++op)
      EXPECT_TRUE(same_rows(jumping.rows[op], followed.rows[op])) << jumping.rows[op].name;
    left_out =
        static_cast<double>(jumping.totals.left_out) / static_cast<double>(jumping.totals.instructions);
  }
  return left_out;
}

double check(const workloads::Network& network, const machine::Machine& machine) {
  const mapper::MappedProgram mapped = mapper::map_network(network, machine);
  return check(mapped.program, machine, run::facts_of(network, mapped.map), true);
}

/// The program again and again. What a turn posts too much is taken at its end, what it lacks is posted.
isa::Program again(isa::Program program, uint64_t turns, std::mt19937_64& random, int64_t burst_bytes) {
  std::array<int64_t, isa::kMaxSemaphores> left{};
  isa::Cursor cursor(program);
  for (isa::IssuedInstruction issued; cursor.next(issued);) {
    const isa::Instruction& in = *issued.instruction;
    for (size_t i = 0; i < in.wait_count; ++i) left[in.waits[i].semaphore] -= in.waits[i].count;
    for (size_t i = 0; i < in.post_count; ++i) left[in.posts[i].semaphore] += in.posts[i].count;
  }
  for (isa::Node& node : program.nodes) {
    isa::Instruction& in = node.instruction;
    for (isa::Address* address : {&in.spad, &in.dram, &in.weight, &in.activation, &in.out, &in.src0, &in.src1,
                                  &in.dst, &in.factors}) {
      std::copy_backward(address->stride.begin(), address->stride.end() - 1, address->stride.end());
      address->stride[0] = address->wrap == 0 ? 0 : static_cast<int64_t>(address->wrap) * pick(random, -1, 1);
    }
    if (in.dram.wrap == 0) in.dram.stride[0] = burst_bytes * pick(random, 0, 3);
  }
  for (uint8_t s = 0; s < left.size(); ++s) {
    if (left[s] == 0) continue;
    isa::Node node;
    node.instruction.queue = static_cast<isa::Queue>(s / 16);
    const isa::SemaphoreUse use{s, static_cast<uint16_t>(std::abs(left[s]))};
    if (left[s] > 0) {
      node.instruction.waits[node.instruction.wait_count++] = use;
    } else {
      node.instruction.posts[node.instruction.post_count++] = use;
    }
    program.nodes.push_back(node);
  }
  isa::Node begin, end;
  begin.kind = isa::Node::Kind::loop_begin;
  begin.trip_count = turns;
  end.kind = isa::Node::Kind::loop_end;
  program.nodes.insert(program.nodes.begin(), begin);
  program.nodes.push_back(end);
  return program;
}

TEST(LoopJumps, streams_that_repeat) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t cases = environment("VERNIER_CASES", 200);
  uint64_t jumped = 0;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    std::mt19937_64 random(seed ^ 0x100b);
    machine::Machine machine = random_stream_machine(random);
    machine.dram.stall_permille = 0;
    isa::Program program = random_stream(random, machine);
    program = again(std::move(program), static_cast<uint64_t>(pick(random, 5, 60)), random,
                    machine.dram.burst_bytes);
    SCOPED_TRACE(fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1", seed));
    run::NetworkFacts nothing_known;
    nothing_known.kv_weights = nothing_known.kv_results = {false};
    nothing_known.kv_operands.resize(1);
    jumped += check(program, machine, nothing_known, false) > 0.5 ? 1 : 0;
    if (HasFailure()) return;
  }
  fmt::print("{} of {} cases left out more than half of their instructions\n", jumped, cases);
  EXPECT_TRUE(cases < 200 || jumped >= cases / 4);
}

TEST(LoopJumps, layers_that_repeat) {
  const uint64_t first = environment("VERNIER_SEED", 1);
  const uint64_t cases = environment("VERNIER_CASES", 120);
  uint64_t jumped = 0;
  for (uint64_t seed = first; seed < first + cases; ++seed) {
    RandomCase random = random_case(seed);
    std::mt19937_64 more(seed);
    for (workloads::Segment& segment : random.network.segments) segment.repeat = pick(more, 4, 40);
    if (seed % 4 != 0) random.machine.dram.stall_permille = 0;
    if (seed % 2 == 0) random_ports(more, random.machine);
    static_cast<void>(map_with_growth(random));
    SCOPED_TRACE(
        fmt::format("seed {0}; reproduce: VERNIER_SEED={0} VERNIER_CASES=1\n{1}", seed, describe(random)));
    jumped += check(random.network, random.machine) > 0.5 ? 1 : 0;
    if (HasFailure()) return;
  }
  fmt::print("{} of {} cases left out more than half of their instructions\n", jumped, cases);
  EXPECT_TRUE(cases < 120 || jumped >= cases / 4);
}

TEST(LoopJumps, language_models_of_real_size) {
  const std::string root = VERNIER_SOURCE_DIR;
  for (const char* phase : {"decode", "prefill"}) {
    const workloads::Workload workload = workloads::load_workload(
        root + "/workloads/llm/llama-2-7b.yaml", {{"num_hidden_layers", "6"}, {"vocab_size", "640"}});
    config::ResolveOptions resolve;
    resolve.phase = phase;
    const config::AcceleratorConfig accelerator =
        config::load_accelerator(root + "/configs/accelerators/bitmod.yaml", resolve);
    workloads::LlmOptions llm;
    llm.phase = resolve.phase == "decode" ? workloads::Phase::decode : workloads::Phase::prefill;
    llm.tokens = 4;
    const workloads::Network network =
        workloads::build_network(workload, llm, config::network_formats(accelerator));
    EXPECT_GT(check(network, accelerator.machine), 0.3) << phase;
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace vernier::fidelity
