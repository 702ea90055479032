// SPDX-License-Identifier: Apache-2.0
#include "sim/ppa/block_list.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "base/digest.h"
#include "base/error.h"
#include "sim/ppa/tools.h"

namespace vernier::ppa {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word && word[0] != '#';) words.push_back(word);
  return words;
}

std::string owner_of(const Block& block) { return block.name.substr(0, block.name.find('.')); }

/// Files of a folder with this ending, sorted.
std::vector<fs::path> files(const fs::path& folder, const char* ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ending) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::set<std::string> identifiers(const std::string& text) {
  static const std::regex word(R"([A-Za-z_]\w*)");
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), word), end; it != end; ++it) found.insert(it->str());
  return found;
}

}  // namespace

BlockList read_block_list(const std::string& text, const std::string& path) {
  BlockList list;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto refuse = [&](const std::string& what) {
      throw InputError("PPA008", what, {path, number, 0},
                       "bench NAME PE ROWS COLS LANES WEIGHTS ACTIVATIONS [lut_unsymmetric | "
                       "weight_stationary [fp8_mac]], "
                       "or block NAME MODULE BENCH PLACE EVENT MACS [PARAMETER=VALUE...] [unswept]");
    };
    const auto whole = [&](const std::string& word) {
      if (word.empty() || word.size() > 6 || word.find_first_not_of("0123456789") != std::string::npos) {
        refuse(fmt::format("found '{}', a whole number is needed", word));
      }
      return std::stoi(word);
    };
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    const bool stationary = words.size() > 8 && words[8] == "weight_stationary";
    const std::string other = stationary ? "fp8_mac" : "lut_unsymmetric";
    const size_t plain = stationary ? 9 : 8;
    const bool swapped = words.size() == plain + 1 && words[plain] == other;
    if (words[0] == "bench" && (words.size() == plain || swapped)) {
      Bench bench;
      bench.name = words[1];
      bench.array = {
          words[2],
          whole(words[3]),
          whole(words[4]),
          whole(words[5]),
          stationary ? machine::Delivery::systolic : machine::Delivery::broadcast,
          stationary ? machine::Dataflow::weight_stationary : machine::Dataflow::output_stationary};
      bench.weights = words[6];
      bench.activations = words[7];
      bench.rtl = swapped ? other : bench.array.pe;
      list.benches.push_back(std::move(bench));
    } else if (words[0] == "block" && words.size() >= 7) {
      Block block;
      block.name = words[1];
      block.module = words[2];
      const auto bench = std::find_if(list.benches.begin(), list.benches.end(),
                                      [&](const Bench& own) { return own.name == words[3]; });
      if (bench == list.benches.end()) refuse(fmt::format("there is no bench '{}' above", words[3]));
      block.bench = static_cast<size_t>(bench - list.benches.begin());
      block.place = words[4];
      block.event = words[5];
      block.macs = whole(words[6]);
      for (size_t i = 7; i < words.size(); ++i) {
        if (words[i] == "unswept") {
          block.unswept = true;
          continue;
        }
        const size_t equals = words[i].find('=');
        if (equals == std::string::npos)
          refuse(fmt::format("'{}' is neither PARAMETER=VALUE nor unswept", words[i]));
        block.parameters.emplace_back(words[i].substr(0, equals), words[i].substr(equals + 1));
      }
      list.blocks.push_back(std::move(block));
    } else {
      refuse(fmt::format("found '{}'", line));
    }
  }
  return list;
}

std::vector<const Block*> select(const BlockList& list, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const Block& block : list.blocks) {
    if (std::find(known.begin(), known.end(), owner_of(block)) == known.end())
      known.push_back(owner_of(block));
  }
  for (const Block& block : list.blocks) known.push_back(block.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw InputError("PPA005", fmt::format("there is no block '{}'", name), {}, suggestion(name, known));
    }
  }
  std::vector<const Block*> chosen;
  for (const Block& block : list.blocks) {
    const bool asked = names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                         return name == block.name || name == owner_of(block);
                       });
    if (asked) chosen.push_back(&block);
  }
  return chosen;
}

std::vector<std::string> sources_of(const fs::path& rtl, const std::string& pe, const std::string& module) {
  std::map<std::string, fs::path> modules;
  std::vector<fs::path> folders{rtl / "common", rtl / "array", rtl / "array" / "weight_stationary",
                                rtl / "pe" / pe};
  if (pe == "lut_unsymmetric") folders.push_back(rtl / "pe" / "lut");  // which it is made of
  for (const fs::path& folder : folders) {
    for (const fs::path& file : files(folder, ".sv")) modules[file.stem().string()] = file;
  }
  if (modules.count(module) == 0) {
    throw InputError(
        "PPA008", fmt::format("there is no module '{}' in rtl/common, rtl/array or rtl/pe/{}", module, pe));
  }
  std::set<std::string> needed{module};
  std::vector<std::string> left{module};
  while (!left.empty()) {
    const std::string text = read_file(modules[left.back()].string());
    left.pop_back();
    std::set<std::string> names = identifiers(text);
    if (names.count("VERNIER_PE") != 0) {  // the array names its PE by macros
      const bool stationary = names.count("VERNIER_PE_WS") != 0;
      for (const char* part : {"_pkg", "_output"}) names.insert(pe + part);
      for (const char* part : {"", "_decoder", "_column"}) {
        if (!stationary) names.insert(pe + part);
      }
      if (stationary) names.insert(pe + "_ws");
    }
    for (const std::string& name : names) {
      if (modules.count(name) != 0 && needed.insert(name).second) left.push_back(name);
    }
  }
  std::vector<std::string> sources;
  for (const bool packages : {true, false}) {
    for (const std::string& name : needed) {
      const bool package = name.size() > 4 && name.compare(name.size() - 4, 4, "_pkg") == 0;
      if (package == packages) sources.push_back(modules[name].string());
    }
  }
  return sources;
}

std::string source_digest(const fs::path& rtl, const std::vector<std::string>& sources) {
  Digest digest;
  std::set<std::string> includes;
  static const std::regex include(R"re(`include\s+"([^"]+)")re");
  for (const std::string& path : sources) {
    const std::string text = read_file(path);
    digest.add(text);
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it)
      includes.insert((*it)[1]);
  }
  std::vector<std::string> left(includes.begin(), includes.end());
  while (!left.empty()) {
    const std::string text = read_file((rtl / "common" / left.back()).string());
    left.pop_back();
    digest.add(text);
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
      if (includes.insert((*it)[1]).second) left.push_back((*it)[1]);
    }
  }
  return digest.text();
}

}  // namespace vernier::ppa
