// SPDX-License-Identifier: Apache-2.0
// docs/example-2x2.md says what is true: its numbers, read from the page, against every engine.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/error.h"
#include "models/array/pe_array_model.h"
#include "models/formats/ieee.h"
#include "models/machine/memory_image.h"
#include "models/pe/registry.h"
#include "sim/config/load.h"
#include "sim/engine/fast/fast_engine.h"
#include "sim/engine/functional/functional_engine.h"
#include "sim/engine/systemc/systemc_engine.h"
#include "sim/mapper/mapper.h"
#include "tests/example/example_page.h"
#include "workloads/workload.h"
#if VERNIER_HAS_RTL
#include "sim/rtl_adaptor/rtl_pe_array.h"
#endif

namespace vernier::example {
namespace {

const std::string kSource = VERNIER_SOURCE_DIR;

std::string page_text() {
  std::ifstream in(kSource + "/docs/example-2x2.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// An example with everything needed to run it.
struct Case {
  Example example;
  config::AcceleratorConfig config;
  workloads::Network network;
  mapper::MappedProgram mapped;
};

Case prepare(const Example& example) {
  config::ResolveOptions options;
  workloads::Overrides overrides;
  for (const std::string& set : example.sets) {
    const size_t equals = set.find('=');
    if (config::is_key(set.substr(0, equals))) {
      options.sets.push_back(set);
    } else {
      overrides.emplace_back(set.substr(0, equals), set.substr(equals + 1));
    }
  }
  Case result;
  result.example = example;
  result.config = config::load_accelerator(kSource + "/configs/accelerators/example_2x2.yaml", options);
  const auto workload = workloads::load_workload(kSource + "/workloads/gemm/example-2x2.yaml", overrides);
  result.network =
      workloads::build_network(workload, {}, {result.config.formats.weight, result.config.formats.kv});
  result.mapped = mapper::map_network(result.network, result.config.machine);
  return result;
}

uint16_t fp16(double value) { return formats::fp16_from_float(static_cast<float>(value)); }

uint16_t code_of(const formats::GroupFormat& format, double integer, int selector) {
  for (uint16_t code = 0; code < 1 << format.element_bits; ++code) {
    if (format.integer_value(code, selector) == integer) return code;
  }
  throw InternalError(fmt::format("{} is no value of {} with selector {}", integer, format.name, selector));
}

formats::QuantizedMatrix weights_of(const Example& example, const formats::GroupFormat& format) {
  formats::QuantizedMatrix weights;
  weights.format = format;
  weights.rows = static_cast<int64_t>(example.weight.size());
  weights.cols = static_cast<int64_t>(example.weight[0].size());
  for (size_t n = 0; n < example.weight.size(); ++n) {
    for (size_t k = 0; k < example.weight[n].size(); ++k) {
      if (example.scale.empty()) {
        weights.codes.push_back(fp16(example.weight[n][k]));
      } else {
        const double selector = example.selector[n][k / static_cast<size_t>(format.group_size)];
        weights.codes.push_back(code_of(format, example.weight[n][k], static_cast<int>(selector)));
      }
    }
    if (example.scale.empty()) continue;
    for (const double scale : example.scale[n]) weights.scales.push_back(static_cast<uint16_t>(scale));
    for (const double selector : example.selector[n]) {
      weights.selectors.push_back(static_cast<uint8_t>(selector));
    }
    weights.channel_scales.push_back(fp16(example.channel_scale[n]));
  }
  return weights;
}

uint64_t address_of(const Case& c, int tensor) {
  return c.mapped.map.regions[static_cast<size_t>(c.mapped.map.tensor_region(tensor))].address;
}

machine::MemoryImage image_of(const Case& c) {
  const workloads::Op& op = c.network.segments.at(0).ops.at(0);
  std::vector<uint8_t> dram(c.mapped.map.bytes);
  uint64_t at = address_of(c, op.act.tensor);
  for (const std::vector<double>& token : c.example.activation) {
    for (const double value : token) {
      const uint16_t bits = fp16(value);
      std::memcpy(&dram[at], &bits, sizeof(bits));
      at += sizeof(bits);
    }
  }
  const mapper::Region& packed = c.mapped.map.regions[static_cast<size_t>(c.mapped.map.op_region(0))];
  EXPECT_EQ(packed.blocks.size(), 1U) << "the example is one block";
  const auto& format = c.network.tensors[static_cast<size_t>(op.weight)].format;
  const std::vector<uint8_t> block = formats::pack_weight_block(
      weights_of(c.example, formats::group_format(format)), 0, 0, packed.blocks.at(0).shape);
  std::copy(block.begin(), block.end(), dram.begin() + static_cast<std::ptrdiff_t>(packed.address));
  return {c.config.machine, dram};
}

Matrix output_of(const Case& c, const machine::MemoryImage& image) {
  uint64_t at = address_of(c, c.network.segments.at(0).ops.at(0).out.tensor);
  Matrix output;
  for (size_t m = 0; m < c.example.activation.size(); ++m) {
    output.emplace_back();
    for (size_t n = 0; n < c.example.weight.size(); ++n) {
      uint16_t bits = 0;
      std::memcpy(&bits, &image.dram[at], sizeof(bits));
      output.back().push_back(static_cast<double>(formats::fp16_to_float(bits)));
      at += sizeof(bits);
    }
  }
  return output;
}

/// The names the page uses, in the order in which the instructions end.
void expect_intervals(const Example& example, const engine::RecordingObserver& recording, uint64_t cycles) {
  const std::vector<std::string> names{"W", "A", "G", "Y"};
  ASSERT_EQ(recording.records().size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const engine::InstructionRecord& record = recording.records()[i];
    const Interval& claimed = example.instructions.at(names[i]);
    EXPECT_EQ(record.start, claimed.start) << names[i];
    EXPECT_EQ(record.end, claimed.end) << names[i];
    EXPECT_EQ(record.bursts, claimed.bursts) << names[i];
  }
  EXPECT_EQ(cycles, example.cycles);
}

/// Passes everything on and writes down, in the page's words, what the pins show in every cycle.
class WatchedArray : public array::IPeArray {
 public:
  WatchedArray(std::unique_ptr<array::IPeArray> watched, std::vector<std::string>& seen)
      : watched_(std::move(watched)), seen_(seen) {}
  [[nodiscard]] const array::ArrayOutputs& outputs() const override { return watched_->outputs(); }
  void reset() override { watched_->reset(); }
  void tick(const array::ArrayInputs& inputs) override {
    const array::ArrayOutputs& outputs = watched_->outputs();
    std::string events;
    if (inputs.start) events = "start";
    if (inputs.step_valid && outputs.step_ready) events = fmt::format("accept {}", ++steps_);
    if (outputs.out_valid && inputs.out_ready) events = fmt::format("column {}", outputs.out_col);
    seen_.push_back(events);
    watched_->tick(inputs);
  }

 private:
  std::unique_ptr<array::IPeArray> watched_;
  std::vector<std::string>& seen_;
  int steps_ = 0;
};

std::unique_ptr<array::IPeArray> array_model(const Case& c) {
  std::vector<formats::GroupFormat> formats;
  for (const std::string& name : c.mapped.program.formats) formats.push_back(formats::group_format(name));
  return std::make_unique<array::PeArrayModel>(c.config.machine.array, formats);
}

/// What the pins of the array showed in each cycle of the pass, the first being the one after the pop.
std::vector<std::string> expect_netlist(const Case& c, std::unique_ptr<array::IPeArray> watched) {
  std::vector<std::string> seen;
  machine::MemoryImage image = image_of(c);
  engine::RunLog log;
  engine::RecordingObserver recording;
  log.add_observer(recording);
  engine::SystemcOptions options;
  options.image = &image;
  options.array = std::make_unique<WatchedArray>(std::move(watched), seen);
  const auto totals = engine::run_systemc(c.mapped.program, c.config.machine, log, std::move(options));
  expect_intervals(c.example, recording, totals.cycles);
  EXPECT_EQ(output_of(c, image), c.example.output);
  return seen;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Example& example : read_examples(page_text())) all.push_back(prepare(example));
  return all;
}

TEST(Example, has_both_examples) {
  const std::vector<Case> all = cases();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].example.name, "fp16");
  EXPECT_EQ(all[1].example.name, "bitmod");
}

TEST(Example, results_are_the_products_of_the_matrices) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.example.name);
    const Example& e = c.example;
    for (size_t m = 0; m < e.activation.size(); ++m) {
      for (size_t n = 0; n < e.weight.size(); ++n) {
        double sum = 0;
        for (size_t k = 0; k < e.weight[n].size(); ++k) {
          const double unit = e.scale.empty() ? 1 : e.scale[n][k / 8] * e.channel_scale[n] / 2;
          sum += e.activation[m][k] * e.weight[n][k] * unit;
        }
        EXPECT_EQ(e.output.at(m).at(n), sum) << "token " << m << " channel " << n;
      }
    }
  }
}

TEST(Example, fast_engine_agrees) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.example.name);
    engine::RunLog log;
    engine::RecordingObserver recording;
    log.add_observer(recording);
    const auto totals = engine::run_fast(c.mapped.program, c.config.machine, log);
    expect_intervals(c.example, recording, totals.cycles);
  }
}

TEST(Example, golden_values_agree) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.example.name);
    machine::MemoryImage image = image_of(c);
    engine::run_functional(c.mapped.program, c.config.machine, image);
    EXPECT_EQ(output_of(c, image), c.example.output);
  }
}

TEST(Example, systemc_agrees) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.example.name);
    expect_netlist(c, array_model(c));
  }
}

#if VERNIER_HAS_RTL
TEST(Example, rtl_agrees) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.example.name);
    const auto model = expect_netlist(c, array_model(c));
    const auto rtl = expect_netlist(c, rtl_adaptor::RtlPeArray::create(c.config.machine.array));
    EXPECT_EQ(rtl, model) << "what the pins show, cycle by cycle";
  }
}
#endif

TEST(Example, systolic_delivery_adds_two_cycles) {
  Example systolic = read_examples(page_text()).at(0);
  systolic.sets.emplace_back("array.delivery=systolic");
  const Case c = prepare(systolic);
  engine::RunLog log;
  EXPECT_EQ(engine::run_fast(c.mapped.program, c.config.machine, log).cycles, systolic.cycles + 2);
  EXPECT_NE(page_text().find(fmt::format("{} cycles.", systolic.cycles + 2)), std::string::npos);
}

/// Names in flight in a cycle, in the order W, A.
std::string in_flight(const Example& example, const std::vector<std::string>& names, uint64_t cycle) {
  std::string text;
  for (const std::string& name : names) {
    const Interval& interval = example.instructions.at(name);
    if (cycle < interval.start || cycle >= interval.end) continue;
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

TEST(Example, diagrams_show_what_is_in_flight) {
  for (const Case& c : cases()) {
    const std::vector<DiagramCycle> diagram = read_diagram(page_text(), c.example.name);
    ASSERT_EQ(diagram.size(), c.example.cycles) << c.example.name;
    const std::string dispatched = "WAGY";
    for (uint64_t t = 0; t < diagram.size(); ++t) {
      SCOPED_TRACE(fmt::format("{} cycle {}", c.example.name, t));
      EXPECT_EQ(diagram[t].dispatch, t < 4 ? dispatched.substr(t, 1) : "");
      EXPECT_EQ(diagram[t].load, in_flight(c.example, {"W", "A"}, t));
      EXPECT_EQ(diagram[t].gemm, in_flight(c.example, {"G"}, t));
      EXPECT_EQ(diagram[t].store, in_flight(c.example, {"Y"}, t));
    }
  }
}

// Every burst is on the bus for its cycles, and the last one of a transfer leaves it one latency before the
// transfer ends.
TEST(Example, diagrams_show_the_bus) {
  for (const Case& c : cases()) {
    const std::vector<DiagramCycle> diagram = read_diagram(page_text(), c.example.name);
    const machine::DramParams& dram = c.config.machine.dram;
    uint64_t busy = 0;
    for (const std::string name : {"W", "A", "Y"}) {
      const Interval& interval = c.example.instructions.at(name);
      for (uint64_t i = 0; i < interval.bursts; ++i) {
        const std::string burst = fmt::format("{}{}", name, i);
        uint64_t first = 0;
        while (first < diagram.size() && diagram[first].bus != burst) ++first;
        for (int j = 0; j < dram.burst_cycles(); ++j, ++busy) {
          EXPECT_EQ(diagram.at(first + static_cast<uint64_t>(j)).bus, burst) << c.example.name;
        }
        if (i + 1 < interval.bursts) continue;
        EXPECT_EQ(first + static_cast<uint64_t>(dram.burst_cycles() + dram.latency_cycles), interval.end)
            << c.example.name << " " << name;
      }
    }
    for (const DiagramCycle& cycle : diagram) busy -= cycle.bus.empty() ? 0 : 1;
    EXPECT_EQ(busy, 0U) << c.example.name << ": nothing else is on the bus";
  }
}

// Pins are compared with those of the array; terms are inside it, and follow from the steps and the drain.
TEST(Example, diagrams_show_the_array) {
  for (const Case& c : cases()) {
    const std::vector<std::string> pins = expect_netlist(c, array_model(c));
    const std::vector<DiagramCycle> diagram = read_diagram(page_text(), c.example.name);
    const uint64_t first = c.example.instructions.at("G").start + 1;
    uint64_t terms = 0;
    uint64_t last_term = 0;
    uint64_t column_0 = 0;
    for (uint64_t t = 0; t < diagram.size(); ++t) {
      SCOPED_TRACE(fmt::format("{} cycle {}", c.example.name, t));
      std::string text = diagram[t].array;
      if (text.rfind("term", 0) == 0) {
        ++terms;
        last_term = t;
        const size_t comma = text.find(", ");
        text = comma == std::string::npos ? "" : text.substr(comma + 2);
      }
      if (text == "wait") text.clear();
      if (text == "column 0") column_0 = t;
      EXPECT_EQ(text, t >= first && t - first < pins.size() ? pins[t - first] : "");
    }
    const pe::PeDescriptor& pe = pe::pe(c.config.machine.array.pe);
    const formats::GroupFormat format = formats::group_format(c.mapped.program.formats.at(0));
    const uint64_t steps = c.example.weight[0].size() / static_cast<uint64_t>(c.config.machine.array.lanes);
    EXPECT_EQ(terms, steps * static_cast<uint64_t>(pe.cycles_per_step(format)));
    EXPECT_EQ(last_term + static_cast<uint64_t>(pe.tail_cycles) + 2, column_0);
  }
}

}  // namespace
}  // namespace vernier::example
