// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/regression.h"

#include <algorithm>

#include "base/error.h"
#include "sim/cosim/pair.h"
#include "sim/cosim/reproduce.h"

namespace vernier::cosim {
namespace {

nlohmann::ordered_json events_as_json(const std::vector<Event>& events) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Event& event : events) list.push_back(event.text());
  return list;
}

nlohmann::ordered_json mismatch_as_json(const Mismatch& mismatch) {
  const Difference& difference = mismatch.difference;
  nlohmann::ordered_json json{
      {"seed", mismatch.seed},        {"vector", mismatch.vector},   {"vector_text", mismatch.vector_text},
      {"cycle", difference.cycle},    {"signal", difference.signal}, {"rtl", difference.rtl},
      {"systemc", difference.systemc}};
  if (!difference.golden.empty()) json["golden"] = difference.golden;
  json["rtl_events"] = events_as_json(mismatch.rtl_events);
  json["systemc_events"] = events_as_json(mismatch.systemc_events);
  json["reproduce"] = mismatch.command;
  if (!mismatch.waveform.empty()) json["waveform"] = mismatch.waveform;
  return json;
}

std::string events_as_text(const char* side, const std::vector<Event>& events) {
  std::string text = fmt::format("  last events, {}:\n", side);
  for (const Event& event : events) text += fmt::format("    {}\n", event.text());
  return text;
}

}  // namespace

std::string Block::name() const {
  return fmt::format("{}_{}x{}x{}_{}", array.pe, array.rows, array.cols, array.lanes,
                     array.delivery == machine::Delivery::systolic ? "systolic" : "broadcast");
}

std::vector<Block> select(const std::vector<Block>& blocks, const std::vector<std::string>& names) {
  const auto is_named = [&names](const Block& block) {
    return names.empty() || std::any_of(names.begin(), names.end(), [&block](const std::string& name) {
             return name == block.name() || name == block.array.pe;
           });
  };
  std::vector<std::string> known;
  known.reserve(blocks.size());
  for (const Block& block : blocks) known.push_back(block.name());
  for (const Block& block : blocks) {
    if (std::find(known.begin(), known.end(), block.array.pe) == known.end()) known.push_back(block.array.pe);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw InputError("COS001", fmt::format("'{}' is no block with RTL in this program", name), {},
                     suggestion(name, known));
  }
  std::vector<Block> selected;
  std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(selected), is_named);
  return selected;
}

BlockResult run_block(const Block& block, const Options& options, const Progress& progress) {
  BlockResult result{block, {}, {}};
  Pair pair(block);
  for (uint64_t done = 0; done < options.vectors && !result.mismatch; ++done) {
    if (progress) progress(done);
    const uint64_t index = options.first + done;
    const TestVector vector = make_vector(block.array, options.seed, index);
    const uint64_t before = pair.lockstep.tally().cycles;
    const auto difference = pair.lockstep.run(vector);
    if (!difference) {
      note(result.formats, vector, pair.lockstep.tally().cycles - before);
      continue;
    }
    const auto& rtl = pair.lockstep.rtl_events().last();
    const auto& systemc = pair.lockstep.systemc_events().last();
    Reproduction again = reproduce(block, options, index, difference->cycle);
    result.mismatch = Mismatch{block.name(),
                               options.seed,
                               index,
                               vector.text(),
                               *difference,
                               {rtl.begin(), rtl.end()},
                               {systemc.begin(), systemc.end()},
                               std::move(again.command),
                               std::move(again.waveform)};
  }
  result.tally = pair.lockstep.tally();
  return result;
}

std::string Mismatch::text() const {
  std::string text =
      fmt::format("mismatch in {}, seed {}, vector {}, cycle {}\n", block, seed, vector, difference.cycle);
  text += fmt::format("  signal     {}\n", difference.signal);
  text += fmt::format("  rtl        {}\n", difference.rtl);
  text += fmt::format("  systemc    {}\n", difference.systemc);
  if (!difference.golden.empty()) text += fmt::format("  golden     {}\n", difference.golden);
  text += fmt::format("  vector     {}\n", vector_text);
  text += events_as_text("rtl", rtl_events) + events_as_text("systemc", systemc_events);
  if (!waveform.empty()) text += fmt::format("  waveform   {}\n", waveform);
  return text + fmt::format("  reproduce  {}\n", command);
}

std::string line(const BlockResult& result) {
  const Tally& tally = result.tally;
  return fmt::format("{:28} {:7} vectors {:9} cycles {:8} events {:6} resets  {}", result.block.name(),
                     tally.vectors, tally.cycles, tally.events, tally.resets,
                     result.mismatch ? "MISMATCH" : "ok");
}

nlohmann::ordered_json to_json(const Options& options, const std::vector<BlockResult>& results) {
  nlohmann::ordered_json json{
      {"schema", 1}, {"seed", options.seed}, {"first", options.first}, {"vectors", options.vectors}};
  json["blocks"] = nlohmann::ordered_json::array();
  for (const BlockResult& result : results) {
    nlohmann::ordered_json block{{"name", result.block.name()},     {"pe", result.block.array.pe},
                                 {"vectors", result.tally.vectors}, {"cycles", result.tally.cycles},
                                 {"events", result.tally.events},   {"resets", result.tally.resets}};
    block["mismatch"] = result.mismatch ? mismatch_as_json(*result.mismatch) : nlohmann::ordered_json();
    json["blocks"].push_back(std::move(block));
  }
  return json;
}

void check(const std::vector<BlockResult>& results) {
  std::vector<std::string> names;
  for (const BlockResult& result : results) {
    if (result.mismatch) names.push_back(result.block.name());
  }
  if (names.empty()) return;
  throw CheckFailed(fmt::format("RTL, SystemC model and golden functions differ in {} of {} blocks: {}",
                                names.size(), results.size(), fmt::join(names, ", ")));
}

}  // namespace vernier::cosim
