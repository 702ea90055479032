// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/pin_waveform.h"

#include <fmt/format.h>

#include <fstream>

#include "base/error.h"
#include "models/pe/registry.h"

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

PinWaveform::PinWaveform(const machine::ArrayParams& array, uint64_t begin)
    : rows_(static_cast<size_t>(array.rows)),
      weight_slots_(rows_ * static_cast<size_t>(array.lanes)),
      acts_(static_cast<size_t>(array.cols) * static_cast<size_t>(array.lanes) *
            static_cast<size_t>(pe::pe(array.pe).act_slot_words)),
      slot_bits_(static_cast<size_t>(pe::pe(array.pe).weight_slot_bits)),
      begin_(begin) {}

void PinWaveform::cycle(uint64_t cycle, const array::ArrayInputs& in, const array::ArrayOutputs& rtl,
                        const array::ArrayOutputs& systemc) {
  now_ = cycle;
  if (cycle < begin_) return;
  changes_.clear();
  next_ = 0;
  inputs(in);
  input_count_ = next_;
  outputs(rtl);
  outputs(systemc);
  if (!changes_.empty()) moments_.push_back({cycle, changes_});
}

void PinWaveform::inputs(const array::ArrayInputs& in) {
  put("start", in.start, 1);
  put("rows", static_cast<uint64_t>(in.rows), 13);
  put("cols", static_cast<uint64_t>(in.cols), 13);
  put("format", in.format, 8);
  put("final", in.final, 1);
  put("accumulate", in.accumulate, 1);
  put("step_valid", in.step_valid, 1);
  put("step_weights", in.weights, weight_slots_, slot_bits_);
  put("step_acts", in.acts, acts_, 16);
  put("step_group_last", in.group_last, 1);
  put("step_pass_last", in.pass_last, 1);
  put("step_scales", in.scales, rows_, 16);
  put("step_tags", in.tags, rows_, 8);
  put("channel_scales", in.channel_scales, rows_, 16);
  put("partial", in.partial, rows_, 32);
  put("out_ready", in.out_ready, 1);
}

void PinWaveform::outputs(const array::ArrayOutputs& out) {
  put("step_ready", out.step_ready, 1);
  put("partial_req", out.partial_req, 1);
  put("partial_col", static_cast<uint64_t>(out.partial_col), 13);
  put("out_valid", out.out_valid, 1);
  put("out_col", static_cast<uint64_t>(out.out_col), 13);
  put("out_data", out.out_valid ? out.out_data : nullptr, rows_, 32);
  put("busy", out.busy, 1);
}

void PinWaveform::put(const char* name, uint64_t value, size_t bits) { put(name, &value, 1, bits); }

/// Words from the lowest bits up. Null: the pin means nothing and keeps its value.
template <class Word>
void PinWaveform::put(const char* name, const Word* words, size_t count, size_t bits_each) {
  std::string value(count * bits_each, '0');
  for (size_t i = 0; words != nullptr && i < value.size(); ++i) {
    if ((words[i / bits_each] >> (i % bits_each) & 1U) != 0) value[value.size() - 1 - i] = '1';
  }
  const bool known = next_ < signals_.size();
  if (!known) signals_.push_back({name, value.size(), ""});
  Signal& signal = signals_[next_];
  if (!known || (words != nullptr && signal.value != value)) {
    signal.value = std::move(value);
    changes_ += assignment(signal.value, fmt::format("p{}", next_));
  }
  ++next_;
}

std::string PinWaveform::scope(const char* name, size_t first, size_t end) const {
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

void PinWaveform::write(const std::string& path, const std::string& inside) const {
  std::ofstream out(path, std::ios::binary);
  Inside rtl(inside);
  const size_t systemc = (input_count_ + signals_.size()) / 2;
  out << "$timescale 1ps $end\n$scope module cosim $end\n" << scope("rtl", input_count_, systemc);
  if (!rtl.declarations.empty()) {
    out << "$scope module inside $end\n" << rtl.declarations << "$upscope $end\n";
  }
  out << "$upscope $end\n"
      << scope("systemc", systemc, signals_.size()) << "$upscope $end\n$upscope $end\n$enddefinitions $end\n";
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

}  // namespace vernier::cosim
