// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/coverage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "base/error.h"

namespace vernier::cosim {
namespace {

namespace fs = std::filesystem;

/// The fields of a line of Verilator's coverage file: C '<1>key<2>value<1>key<2>value...' count.
std::map<std::string, std::string> fields_of(const std::string& line) {
  std::map<std::string, std::string> fields;
  for (size_t at = line.find('\x01'); at != std::string::npos;) {
    const size_t next = line.find('\x01', at + 1);
    const size_t end = next != std::string::npos ? next : line.rfind('\'');
    const size_t middle = line.find('\x02', at);
    if (middle < end)
      fields[line.substr(at + 1, middle - at - 1)] = line.substr(middle + 1, end - middle - 1);
    at = next;
  }
  return fields;
}

double percent(uint64_t hit, uint64_t all) {
  return all == 0 ? 100.0 : 100.0 * static_cast<double>(hit) / static_cast<double>(all);
}

std::string text_of(const std::string& name, const CoverageCount& count) {
  return fmt::format("  {:28} lines {:5.1f} % ({} of {}), toggles {:5.1f} % ({} of {}), {} excluded\n", name,
                     count.line_percent(), count.lines_hit, count.lines, count.toggle_percent(),
                     count.bits_hit, count.bits, count.excluded);
}

nlohmann::ordered_json json_of(const CoverageCount& count) {
  return {{"lines", count.lines},
          {"lines_hit", count.lines_hit},
          {"bits", count.bits},
          {"bits_hit", count.bits_hit},
          {"excluded", count.excluded}};
}

/// Bits of a module and their lines as "bitmod.sv:29: lane_sig[3:0]": bits next to each other together.
std::vector<std::string> joined(const std::string& module,
                                const std::vector<std::pair<std::string, int>>& bits) {
  std::map<std::pair<int, std::string>, std::vector<int>> signals;  // indices by line and name
  for (const auto& [bit, line] : bits) {
    const size_t bracket = bit.find('[');
    std::vector<int>& indices = signals[{line, bit.substr(0, bracket)}];
    if (bracket != std::string::npos) indices.push_back(std::stoi(bit.substr(bracket + 1)));
  }
  std::vector<std::string> texts;
  for (auto& [signal, indices] : signals) {
    const std::string name = fmt::format("{}.sv:{}: {}", module, signal.first, signal.second);
    if (indices.empty()) texts.push_back(name);
    std::sort(indices.rbegin(), indices.rend());
    for (size_t i = 0; i < indices.size();) {
      size_t end = i + 1;
      while (end < indices.size() && indices[end] == indices[end - 1] - 1) ++end;
      texts.push_back(end == i + 1 ? fmt::format("{}[{}]", name, indices[i])
                                   : fmt::format("{}[{}:{}]", name, indices[i], indices[end - 1]));
      i = end;
    }
  }
  return texts;
}

}  // namespace

bool Exclusion::is_for(const std::string& pe) const {
  return pes.empty() || std::find(pes.begin(), pes.end(), pe) != pes.end();
}

bool Exclusion::covers(const std::string& bit) const {
  const size_t bracket = bit.find('[');
  if (bit.substr(0, bracket) != signal) return false;
  if (high < 0) return true;
  if (bracket == std::string::npos) return false;
  const int index = std::stoi(bit.substr(bracket + 1));
  return low <= index && index <= high;
}

std::vector<Exclusion> parse_exclusions(const std::string& text, const std::string& path) {
  // [pe,pe/]module signal[bits]: reason
  static const std::regex form(
      R"((?:([a-z0-9_,]+)/)?([a-z0-9_]+)\s+([A-Za-z0-9_.]+)(?:\[(\d+)(?::(\d+))?\])?\s*:\s*(\S.*))");
  std::vector<Exclusion> exclusions;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    const auto refuse = [&] {
      throw InputError("COS004", fmt::format("{}:{}: '{}' is not '[pe,pe/]module signal[bits]: reason'", path,
                                             number, line));
    };
    std::smatch match;
    if (!std::regex_match(line, match, form)) refuse();
    Exclusion exclusion{{}, match[2], match[3], -1, -1, match[6], number};
    std::istringstream pes(match[1]);
    for (std::string pe; std::getline(pes, pe, ',');) exclusion.pes.push_back(pe);
    if (match[4].matched) {
      exclusion.high = std::stoi(match[4]);
      exclusion.low = match[5].matched ? std::stoi(match[5]) : exclusion.high;
      if (exclusion.low > exclusion.high) refuse();
    }
    exclusions.push_back(std::move(exclusion));
  }
  return exclusions;
}

CoverageCount& CoverageCount::operator+=(const CoverageCount& other) {
  lines += other.lines;
  lines_hit += other.lines_hit;
  bits += other.bits;
  bits_hit += other.bits_hit;
  excluded += other.excluded;
  return *this;
}

double CoverageCount::line_percent() const { return percent(lines_hit, lines); }
double CoverageCount::toggle_percent() const { return percent(bits_hit, bits); }

void Coverage::add(const std::string& pe, array::IArrayInside& rtl) {
  const fs::path file =
      fs::temp_directory_path() / fmt::format("vernier_coverage_{}_{}.dat", ::getpid(), fmt::ptr(&rtl));
  if (!rtl.write_coverage(file.string())) return;
  std::ifstream in(file, std::ios::binary);
  add(pe, std::string(std::istreambuf_iterator<char>(in), {}));
  fs::remove(file);
}

void Coverage::add(const std::string& pe, const std::string& text) {
  struct Counted {
    std::string module, name;
    int line = 0;
    bool toggle = false;
    uint64_t count = 0, instances = 0;
  };
  std::map<std::string, Counted> points;  // by name with the parameters of the module
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, 2, "C ") != 0) continue;
    std::map<std::string, std::string> fields = fields_of(line);
    const int number = std::stoi(fields["l"]);
    const bool toggle = fields["page"].compare(0, 8, "v_toggle") == 0;
    const std::string name = toggle ? fields["o"] : fmt::format("{}:{} {}", number, fields["n"], fields["o"]);
    Counted& point = points[fields["page"] + " " + name];
    point.module = fs::path(fields["f"]).stem().string();
    point.name = name;
    point.line = number;
    point.toggle = toggle;
    point.count += std::stoull(line.substr(line.rfind(' ') + 1));
    ++point.instances;
  }
  const std::lock_guard<std::mutex> lock(adding_);
  Pe& reached = pes_[pe];
  ++reached.arrays;
  for (const auto& [key, counted] : points) {
    Point& point = (counted.toggle ? reached.bits : reached.lines)[counted.module][counted.name];
    point.line = counted.line;
    // Instances may share one counter. With more changes than instances one of them changed twice: both ways.
    point.reached = point.reached || counted.count > (counted.toggle ? counted.instances : 0);
  }
}

bool Coverage::excluded(const std::string& pe, const std::string& module, const std::string& bit) const {
  return std::any_of(exclusions_.begin(), exclusions_.end(), [&](const Exclusion& exclusion) {
    return exclusion.is_for(pe) && exclusion.module == module && exclusion.covers(bit);
  });
}

std::vector<PeCoverage> Coverage::per_pe() const {
  std::vector<PeCoverage> all;
  for (const auto& [pe, reached] : pes_) {
    PeCoverage result{pe, reached.arrays, {}, {}, {}};
    for (const auto& [module, points] : reached.lines) {
      CoverageCount& count = result.modules[module];
      for (const auto& [name, point] : points) {
        ++count.lines;
        if (point.reached) {
          ++count.lines_hit;
        } else {
          result.missed.push_back(
              fmt::format("{}.sv:{}: line ({})", module, point.line, name.substr(name.find(' ') + 1)));
        }
      }
    }
    for (const auto& [module, points] : reached.bits) {
      CoverageCount& count = result.modules[module];
      std::vector<std::pair<std::string, int>> missed;
      for (const auto& [bit, point] : points) {
        if (!point.reached && excluded(pe, module, bit)) {
          ++count.excluded;
          continue;
        }
        ++count.bits;
        count.bits_hit += point.reached ? 1 : 0;
        if (!point.reached) missed.emplace_back(bit, point.line);
      }
      for (const std::string& bits : joined(module, missed)) result.missed.push_back(bits);
    }
    for (const auto& [module, count] : result.modules) result.total += count;
    all.push_back(std::move(result));
  }
  return all;
}

Coverage::Points Coverage::hidden(const std::string& pe, const Exclusion& exclusion) const {
  Points hidden;
  const auto reached = pes_.find(pe);
  if (reached == pes_.end()) return hidden;
  const auto bits = reached->second.bits.find(exclusion.module);
  if (bits == reached->second.bits.end()) return hidden;
  std::copy_if(bits->second.begin(), bits->second.end(), std::inserter(hidden, hidden.end()),
               [&exclusion](const auto& bit) { return exclusion.covers(bit.first); });
  return hidden;
}

std::vector<std::string> Coverage::stale(bool all_blocks) const {
  std::vector<std::string> every_pe;
  for (const auto& [pe, reached] : pes_) every_pe.push_back(pe);
  std::vector<std::string> findings;
  for (const Exclusion& exclusion : exclusions_) {
    const auto add = [&](const std::string& what) {
      findings.push_back(fmt::format("the exclusion in line {} ({} {}) is wrong: {}", exclusion.line,
                                     exclusion.module, exclusion.signal, what));
    };
    bool found = false;
    for (const std::string& pe : exclusion.pes.empty() ? every_pe : exclusion.pes) {
      const Points bits = hidden(pe, exclusion);
      const auto changed =
          std::find_if(bits.begin(), bits.end(), [](const auto& bit) { return bit.second.reached; });
      if (changed != bits.end()) add(fmt::format("{} changes in {}", changed->first, pe));
      found = found || !bits.empty();
      if (!all_blocks) continue;
      if (bits.empty() && !exclusion.pes.empty()) add(fmt::format("{} has no such bits", pe));
      const bool some_missing = exclusion.high >= 0 && bits.size() < exclusion.width();
      if (!bits.empty() && some_missing) add(fmt::format("{} has only some of these bits", pe));
    }
    if (all_blocks && exclusion.pes.empty() && !found) add("there are no such bits");
  }
  return findings;
}

std::string Coverage::text() const {
  std::string text;
  for (const PeCoverage& pe : per_pe()) {
    text += fmt::format("coverage of {} over {} array{}\n", pe.pe, pe.arrays, pe.arrays == 1 ? "" : "s");
    for (const auto& [module, count] : pe.modules) text += text_of(module, count);
    text += text_of("all", pe.total);
    for (const std::string& missed : pe.missed) text += fmt::format("  not reached: {}\n", missed);
  }
  return text;
}

nlohmann::ordered_json Coverage::to_json() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const PeCoverage& pe : per_pe()) {
    nlohmann::ordered_json json{{"pe", pe.pe}, {"arrays", pe.arrays}, {"total", json_of(pe.total)}};
    for (const auto& [module, count] : pe.modules) json["modules"][module] = json_of(count);
    json["not_reached"] = pe.missed;
    list.push_back(std::move(json));
  }
  return list;
}

void Coverage::check(bool all_blocks) const {
  std::vector<std::string> findings;
  for (const PeCoverage& pe : per_pe()) {
    if (pe.total.toggle_percent() >= kToggleGoal) continue;
    findings.push_back(fmt::format("{:.1f} % of the bits of {} change, not {} %", pe.total.toggle_percent(),
                                   pe.pe, kToggleGoal));
  }
  for (std::string& finding : stale(all_blocks)) findings.push_back(std::move(finding));
  if (!findings.empty()) throw CheckFailed(fmt::format("coverage: {}", fmt::join(findings, "; ")));
}

}  // namespace vernier::cosim
