// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/regression.h"

#include <algorithm>

#include "base/error.h"
#include "sim/cosim/coverage.h"
#include "sim/cosim/pair.h"
#include "sim/cosim/reproduce.h"

namespace vernier::cosim {
namespace {

std::vector<std::string> texts_of(const std::deque<Event>& events) {
  std::vector<std::string> texts;
  texts.reserve(events.size());
  for (const Event& event : events) texts.push_back(event.text());
  return texts;
}

nlohmann::ordered_json mismatch_as_json(const Mismatch& mismatch) {
  const Difference& difference = mismatch.difference;
  nlohmann::ordered_json json{
      {"seed", mismatch.seed},     {"vector", mismatch.vector},   {"vector_text", mismatch.vector_text},
      {"cycle", difference.cycle}, {"signal", difference.signal}, {"rtl", difference.rtl}};
  if (!difference.systemc.empty()) json["systemc"] = difference.systemc;
  if (!difference.golden.empty()) json["golden"] = difference.golden;
  json["rtl_events"] = mismatch.rtl_events;
  json[mismatch.other_side() + "_events"] = mismatch.other_events;
  json["reproduce"] = mismatch.command;
  if (!mismatch.waveform.text.empty()) json["waveform"] = mismatch.waveform.text;
  return json;
}

std::string events_as_text(const std::string& side, const std::vector<std::string>& events) {
  std::string text = fmt::format("  last events, {}:\n", side);
  for (const std::string& event : events) text += fmt::format("    {}\n", event);
  return text;
}

template <class Dataflow>
BlockResult run(const ArrayBlock<Dataflow>& block, const Options& options, const Progress& progress) {
  BlockResult result{block.name(), block.array.pe, {}, {}, {}};
  Pair<Dataflow> pair(block);
  const uint64_t besides = options.coverage != nullptr ? Dataflow::kForCoverage.size() : 0;
  for (uint64_t done = 0; done < besides + options.vectors && !result.mismatch; ++done) {
    if (progress) progress(done);
    const uint64_t index = done < besides ? Dataflow::kForCoverage.at(done) : options.first + done - besides;
    const auto vector = Dataflow::make_vector(block.array, options.seed, index, options.weights);
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
                               texts_of(rtl),
                               texts_of(systemc),
                               std::move(again.command),
                               std::move(again.waveform)};
  }
  if (options.coverage != nullptr) options.coverage->add(block.array.pe, *pair.rtl);
  result.tally = pair.lockstep.tally();
  return result;
}

template <class Dataflow>
Unit unit(const ArrayBlock<Dataflow>& block) {
  return {block.name(), block.array.pe,
          [block](const Options& options, const Progress& progress) { return run(block, options, progress); },
          block.array};
}

}  // namespace

BlockResult run_block(const Block& block, const Options& options, const Progress& progress) {
  return run(block, options, progress);
}

BlockResult run_block(const WsBlock& block, const Options& options, const Progress& progress) {
  return run(block, options, progress);
}

Unit unit_of(const Block& block) { return unit(block); }

Unit unit_of(const WsBlock& block) { return unit(block); }

std::vector<Unit> select(const std::vector<Unit>& units, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  known.reserve(units.size());
  for (const Unit& unit : units) known.push_back(unit.name);
  for (const Unit& unit : units) {
    if (std::find(known.begin(), known.end(), unit.pe) == known.end()) known.push_back(unit.pe);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw InputError("COS001", fmt::format("'{}' is no block with RTL in this program", name), {},
                     suggestion(name, known));
  }
  std::vector<Unit> selected;
  std::copy_if(units.begin(), units.end(), std::back_inserter(selected), [&names](const Unit& unit) {
    return names.empty() || std::find(names.begin(), names.end(), unit.name) != names.end() ||
           std::find(names.begin(), names.end(), unit.pe) != names.end();
  });
  return selected;
}

std::string Mismatch::text() const {
  std::string text =
      fmt::format("mismatch in {}, seed {}, vector {}, cycle {}\n", block, seed, vector, difference.cycle);
  text += fmt::format("  signal     {}\n", difference.signal);
  text += fmt::format("  rtl        {}\n", difference.rtl);
  if (!difference.systemc.empty()) text += fmt::format("  systemc    {}\n", difference.systemc);
  if (!difference.golden.empty()) text += fmt::format("  golden     {}\n", difference.golden);
  text += fmt::format("  vector     {}\n", vector_text);
  text += events_as_text("rtl", rtl_events) + events_as_text(other_side(), other_events);
  if (!waveform.text.empty()) text += fmt::format("  waveform   {}\n", waveform.text);
  return text + fmt::format("  reproduce  {}\n", command);
}

std::string line(const BlockResult& result) {
  const Tally& tally = result.tally;
  return fmt::format("{:28} {:7} vectors {:9} cycles {:8} events {:6} resets  {}", result.name, tally.vectors,
                     tally.cycles, tally.events, tally.resets, result.mismatch ? "MISMATCH" : "ok");
}

nlohmann::ordered_json to_json(const Options& options, const std::vector<BlockResult>& results) {
  nlohmann::ordered_json json{
      {"schema", 1}, {"seed", options.seed}, {"first", options.first}, {"vectors", options.vectors}};
  json["blocks"] = nlohmann::ordered_json::array();
  for (const BlockResult& result : results) {
    nlohmann::ordered_json block{{"name", result.name},
                                 {"pe", result.pe},
                                 {"vectors", result.tally.vectors},
                                 {"cycles", result.tally.cycles},
                                 {"events", result.tally.events},
                                 {"resets", result.tally.resets}};
    block["mismatch"] = result.mismatch ? mismatch_as_json(*result.mismatch) : nlohmann::ordered_json();
    json["blocks"].push_back(std::move(block));
  }
  json["files"] = nlohmann::ordered_json::array();
  for (const BlockResult& result : results) {
    if (result.mismatch && !result.mismatch->waveform.file.empty())
      json["files"].push_back(result.mismatch->waveform.file);
  }
  return json;
}

void check(const std::vector<BlockResult>& results) {
  std::vector<std::string> names;
  for (const BlockResult& result : results) {
    if (result.mismatch) names.push_back(result.name);
  }
  if (names.empty()) return;
  throw CheckFailed(fmt::format("RTL, SystemC model and golden functions differ in {} of {} blocks: {}",
                                names.size(), results.size(), fmt::join(names, ", ")));
}

}  // namespace vernier::cosim
