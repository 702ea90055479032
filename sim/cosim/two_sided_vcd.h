// SPDX-License-Identifier: Apache-2.0
// Both sides of a comparison as VCD text: scope `rtl` and one for the other side, each with all pins, inputs
// being shared. A cycle takes one nanosecond; a value at t ns is the one that holds in cycle t.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vernier::cosim {

struct PublishedWaveform {
  std::string file;  ///< empty if none was written
  std::string text;  ///< for reports: the file and why it is no FST, or "none: ..." and why
};

class TwoSidedVcd {
 public:
  /// `other`: the name of the other side's scope. Keeps cycles from `begin` on.
  TwoSidedVcd(std::string other, uint64_t begin) : other_(std::move(other)), begin_(begin) {}

  /// A cycle begins. False: it is not kept, so that nothing may be put. Else put every pin, the same in every
  /// cycle: inputs, outputs of the RTL, outputs of the other side.
  bool start_cycle(uint64_t cycle);
  void put(const char* name, uint64_t value, size_t bits) { put(name, &value, 1, bits); }
  /// Words from the lowest bits up. Null: the pin means nothing and keeps its value.
  template <class Word>
  void put(const char* name, const Word* words, size_t count, size_t bits_each) {
    std::string value(count * bits_each, '0');
    for (size_t i = 0; words != nullptr && i < value.size(); ++i) {
      if ((words[i / bits_each] >> (i % bits_each) & 1U) != 0) value[value.size() - 1 - i] = '1';
    }
    put_text(name, std::move(value), words != nullptr);
  }
  /// What was put in this cycle so far are the inputs.
  void inputs_end() { input_count_ = next_; }

  /// The cycle shown last.
  [[nodiscard]] uint64_t now() const { return now_; }
  /// Writes the VCD file. `inside`: a VCD file of 1 ps from Verilator that begins no earlier; its signals
  /// appear below a scope `inside`. Empty: none. Throws InputError TRC001.
  void write(const std::string& path, const std::string& inside) const;
  /// Writes `folder`/`name`.fst, or .vcd without vcd2fst.
  [[nodiscard]] PublishedWaveform publish(const std::string& folder, const std::string& name,
                                          const std::string& inside = {}) const;

 private:
  struct Signal {
    std::string name;
    size_t bits = 0;
    std::string value;  // as written last
  };
  struct Moment {
    uint64_t cycle = 0;
    std::string changes;
  };

  void put_text(const char* name, std::string value, bool means_something);
  [[nodiscard]] std::string scope(const std::string& name, size_t first, size_t end) const;

  std::string other_;
  uint64_t begin_;
  uint64_t now_ = 0;
  std::vector<Signal> signals_;
  size_t input_count_ = 0;
  size_t next_ = 0;  // signal that the next put() is about
  std::vector<Moment> moments_;
};

}  // namespace vernier::cosim
