// SPDX-License-Identifier: Apache-2.0
// One channel ahead of the engine: while only a load stream is active, into a scratchpad that refuses
// nothing, its future is known as far as the load goes. It is made of stretches, and a stretch that began in
// the same state before is looked up (docs/memory.md, section What `fast` does). If a store starts, the
// channel is taken back.
#pragma once

#include <cstdint>
#include <vector>

#include "models/dram/channel_image.h"
#include "models/dram/locator.h"
#include "sim/engine/fast/channel_streams.h"
#include "sim/engine/fast/course_table.h"
#include "sim/engine/fast/stretch_table.h"
#include "sim/engine/fast/write_trail.h"

namespace vernier::engine {

class StreamsAhead {
 public:
  static constexpr uint64_t kNever = ChannelStreams::kNever;

  /// The tables are shared by channels of the same memory.
  StreamsAhead(const dram::Part& part, ChannelStreams& streams, StretchTable& table, CourseTable& courses);

  [[nodiscard]] bool active() const { return active_; }
  /// If the channel has a load and nothing else to do, and its state can be told: gets active. `clock`: first
  /// one that the engine may still change.
  void try_enter(uint64_t clock);
  /// A load with bursts in this channel was popped in `cycle`, all before were accepted.
  void start_load(uint64_t cycle, const BurstSource& source, const StreamJob& job);
  /// To the last accepted burst of the load.
  void run_ahead();
  /// Tells when the loads will be written if no other starts; nothing if only the streams know the state,
  /// whose bounds hold then.
  void foresee_ends();
  /// No load ends earlier that has not been told of, if all offers of the load are accepted.
  [[nodiscard]] uint64_t end_bound() const {
    return streams_.ratio_.cycle_of(place_.clock + streams_.read_clocks_) + 1;
  }
  /// The channel is as it was when `clock` clocks were executed, or some fewer, and no longer active.
  void leave(uint64_t clock);
  /// Leaves if nothing is known but what the streams know, and the engine has come this far.
  void settle(uint64_t clock);

  /// What was looked up instead of executed, for tests.
  struct Followed {
    uint64_t dues = 0, rests = 0;           ///< stretches with a refresh falling due; to rest
    uint64_t courses = 0, course_dues = 0;  ///< courses without and with a refresh in them
  };
  [[nodiscard]] const Followed& followed_counts() const { return counts_; }

 private:
  using Position = ChannelStreams::Position;
  using Key = StretchTable::Key;
  using Stretch = StretchTable::Stretch;
  static constexpr uint64_t kOffers = 64;  ///< of a stretch, at most
  // What a row is to a bank (row_code()).
  static constexpr uint64_t kNamedLast = 1, kColdClosed = 5, kColdHit = 6, kColdOther = 7;
  static constexpr int kNameBits = 3;
  static constexpr uint64_t kRowMask = (1 << kNameBits) - 1;

  /// Where the channel is; its streams have the rest.
  struct Place {
    Place(const dram::Part& part, const WriteTrail& empty) : banks(part), trail(empty) {}
    dram::BankNames banks;
    uint32_t state = StretchTable::kNone;  // kNone: only the streams know
    uint64_t clock = 0;
    dram::ChannelCounts counts;
    std::vector<uint64_t> write_bursts;
    uint64_t write_banks = 0;  // theirs: bits of flat banks, modulo 64
    dram::ChannelImage::Cold cold;
    dram::RefreshCalendar::Due due;  // the next one
    WriteTrail trail;                // since only the streams knew
  };

  [[nodiscard]] bool lone() const;
  [[nodiscard]] bool ends_known() const { return foreseen_ || streams_.at_.unwritten.empty(); }
  bool follow(uint64_t limit);
  [[nodiscard]] bool key_of_offers(uint64_t offers, Key& key);
  void set_writes(std::vector<uint64_t> bursts);
  [[nodiscard]] bool meets_writes(int bank, int64_t row, uint64_t first, uint64_t end) const;
  [[nodiscard]] Due next_due() const { return due_of(place_); }
  [[nodiscard]] static Due due_of(const Place& place);
  [[nodiscard]] const Stretch* find(const Key& key) const;
  void apply(const Stretch& stretch, uint64_t touched = 0);
  [[nodiscard]] uint16_t open_ranks(uint64_t touched) const;
  [[nodiscard]] Key key_without_offers(uint32_t delay) const;
  void cool(const Cooling& cooling, uint64_t touched);
  [[nodiscard]] bool note_cooled(Cooling& cooling, const dram::ChannelImage::Cold& before,
                                 uint64_t touched) const;
  void write(const Stretch& stretch);
  void accept(uint64_t offers);
  void tell_writes(const Stretch& stretch);
  [[nodiscard]] uint64_t course_offers() const;
  [[nodiscard]] bool key_of_course(uint64_t offers, Course::Key& key, uint64_t& touched) const;
  bool follow_course();
  void record_course(Course::Key key, uint64_t touched);
  void name_course(const Course& course);
  void apply(const Course& course, uint64_t touched);
  void tell_ends(uint64_t written);
  void rest(uint64_t until);
  bool come_to_rest();
  [[nodiscard]] bool phased() const;
  [[nodiscard]] uint64_t period(bool phased) const;
  [[nodiscard]] bool any_phase(uint32_t state) const { return table_.words(state)[0] == 0; }
  void begin_trail();
  void restart_trail();
  [[nodiscard]] uint64_t row_code(int bank, int64_t row) const;
  void note_row(int bank, int64_t row, uint64_t code);
  void name_rows(const Key& key);
  [[nodiscard]] uint64_t cold_banks_of(const Key& key) const;
  const Stretch* simulate(Key key, bool remember);
  void name_open_rows();
  [[nodiscard]] uint32_t capture();
  void materialise();
  void forget_ends();
  void save_anchor();

  ChannelStreams& streams_;
  StretchTable& table_;
  CourseTable& courses_;
  Followed counts_;
  const Stretch* followed_ = nullptr;  // the last one; null: it is not remembered
  std::vector<uint32_t> steps_;
  dram::RefreshCalendar calendar_;
  bool possible_ = true;
  uint64_t block_ = 1;                // bursts of consecutive numbers that share a row number
  uint64_t cycle_ = 1;                // banks that they visit in turn
  std::vector<int16_t> next_bank_;    // in that turn
  std::vector<uint64_t> rank_banks_;  // bits of flat banks
  std::vector<int16_t>
      turn_of_bank_;  // flat banks with the same turn are followed by banks that differ as they do

  DmaSlots slots_;  // of all loads that are not written
  bool active_ = false;
  bool concrete_ = false;  // the streams are in this place in every respect
  bool foreseen_ = false;
  bool restless_ = false;  // refreshes fall due too often for it to come to rest
  uint64_t retry_ = 0;     // number of accepted bursts before the next attempt to enter
  dram::RowNames rows_;
  Place place_;
  // Where it is taken back to.
  Place anchor_;
  Position anchor_position_;
  dram::RowNames anchor_rows_;
  StretchTable::Words words_;
  std::vector<ChannelStreams::Write> writes_;
  std::vector<uint16_t> relative_;
};

}  // namespace vernier::engine
