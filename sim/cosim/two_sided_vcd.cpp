// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/two_sided_vcd.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "sim/engine/waveform_file.h"

namespace vernier::cosim {
namespace {

/// A bit takes no blank before its identifier, a vector does. Ours begin with p, those of the inside with r.
std::string assignment(const std::string& value, const std::string& id) {
  return value.size() == 1 ? value + id + "\n" : "b" + value + " " + id + "\n";
}

/// Lines of a VCD file of Verilator, its identifiers made distinct from ours.
class Inside {
 public:
  explicit Inside(const std::string& path) : file_(path) {
    for (std::string line; std::getline(file_, line) && line.find("$enddefinitions") == std::string::npos;) {
      const size_t at = line.find_first_not_of(' ');
      if (at == std::string::npos) continue;
      if (line.compare(at, 6, "$scope") == 0 || line.compare(at, 8, "$upscope") == 0) {
        declarations += line + "\n";
      } else if (line.compare(at, 4, "$var") == 0) {  // $var wire 8 ID name [7:0] $end
        size_t id = at;
        for (int field = 0; field < 3; ++field) id = line.find_first_not_of(' ', line.find(' ', id));
        declarations += line.insert(id, "r") + "\n";
      }
    }
    advance();
  }

  /// Writes what happens up to this time, in picoseconds.
  void copy_until(uint64_t limit, std::ofstream& out, uint64_t& time) {
    while (has_line_ && (line_.empty() || line_[0] != '#' || std::stoull(line_.substr(1)) <= limit)) {
      if (!line_.empty() && line_[0] == '#') {
        const uint64_t at = std::stoull(line_.substr(1));
        if (at != time) out << line_ << "\n";
        time = at;
      } else if (!line_.empty() && line_[0] != '$') {
        const size_t id = line_[0] == 'b' ? line_.find(' ') + 1 : 1;
        out << line_.insert(id, "r") << "\n";
      }
      advance();
    }
  }

  std::string declarations;

 private:
  void advance() { has_line_ = static_cast<bool>(std::getline(file_, line_)); }

  std::ifstream file_;
  std::string line_;
  bool has_line_ = false;
};

}  // namespace

bool TwoSidedVcd::start_cycle(uint64_t cycle) {
  now_ = cycle;
  next_ = 0;
  if (cycle < begin_) return false;
  moments_.push_back({cycle, ""});
  return true;
}

void TwoSidedVcd::put_text(const char* name, std::string value, bool means_something) {
  const bool known = next_ < signals_.size();
  if (!known) signals_.push_back({name, value.size(), ""});
  Signal& signal = signals_[next_];
  if (!known || (means_something && signal.value != value)) {
    signal.value = std::move(value);
    moments_.back().changes += assignment(signal.value, fmt::format("p{}", next_));
  }
  ++next_;
}

std::string TwoSidedVcd::scope(const std::string& name, size_t first, size_t end) const {
  std::string text = fmt::format("$scope module {} $end\n", name);
  const auto declare = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      const Signal& signal = signals_[i];
      text += fmt::format("$var wire {} p{} {}{} $end\n", signal.bits, i, signal.name,
                          signal.bits == 1 ? "" : fmt::format(" [{}:0]", signal.bits - 1));
    }
  };
  declare(0, input_count_);
  declare(first, end);
  return text;
}

void TwoSidedVcd::write(const std::string& path, const std::string& inside) const {
  std::ofstream out(path, std::ios::binary);
  Inside rtl(inside);
  const size_t other = (input_count_ + signals_.size()) / 2;
  out << "$timescale 1ps $end\n$scope module cosim $end\n" << scope("rtl", input_count_, other);
  if (!rtl.declarations.empty()) {
    out << "$scope module inside $end\n" << rtl.declarations << "$upscope $end\n";
  }
  out << "$upscope $end\n"
      << scope(other_, other, signals_.size()) << "$upscope $end\n$upscope $end\n$enddefinitions $end\n";
  uint64_t time = UINT64_MAX;
  for (const Moment& moment : moments_) {
    const uint64_t at = moment.cycle * 1000;
    rtl.copy_until(at, out, time);
    if (at != time) out << fmt::format("#{}\n", at);
    time = at;
    out << moment.changes;
  }
  rtl.copy_until((now_ + 1) * 1000 - 1, out, time);
  out << fmt::format("#{}\n", (now_ + 1) * 1000) << std::flush;
  if (!out) throw InputError("TRC001", fmt::format("cannot write the waveform '{}'", path));
}

PublishedWaveform TwoSidedVcd::publish(const std::string& folder, const std::string& name,
                                       const std::string& inside) const {
  try {
    const bool fst = engine::WaveformFile::can_convert();
    engine::WaveformFile file((std::filesystem::path(folder) / name).string(), fst);
    write(file.vcd(), inside);
    file.publish();
    return {file.path(), file.path() + (fst ? "" : " (no FST: vcd2fst is not in PATH)")};
  } catch (const InputError& error) {  // the mismatch matters more
    return {"", fmt::format("none: {}", error.diagnostics().front().message)};
  }
}

}  // namespace vernier::cosim
