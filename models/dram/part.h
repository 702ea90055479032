// SPDX-License-Identifier: Apache-2.0
// A DRAM part and its controller as plain resolved numbers. Times are in clocks of the command clock (CK).
// Every rule: docs/memory.md. The data of shipped parts, with its sources: configs/dram/.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace vernier::dram {

/// Fields of a channel-local address above the bytes of a burst.
enum class Field : uint8_t { row, rank, bank_group, bank, column };
inline constexpr int kFieldCount = 5;

struct Organisation {
  int ranks = 1;            ///< 1..8
  int bank_groups = 1;      ///< 1..16
  int banks_per_group = 1;  ///< 1..32
  int64_t rows = 0;         ///< per bank
  int64_t row_bytes = 0;    ///< of one rank of a channel; a multiple of burst_bytes
  int burst_bytes = 0;      ///< moved by one column command

  [[nodiscard]] int banks() const { return bank_groups * banks_per_group; }  ///< of one rank
  [[nodiscard]] int64_t columns() const { return row_bytes / burst_bytes; }  ///< bursts of a row
  [[nodiscard]] uint64_t capacity_bytes() const {                            ///< of one channel
    return static_cast<uint64_t>(ranks) * static_cast<uint64_t>(banks()) * static_cast<uint64_t>(rows) *
           static_cast<uint64_t>(row_bytes);
  }
};

/// Timing parameters in clocks, >= 0; names of the JEDEC standards without the leading t.
struct Timing {
  int CL = 0, CWL = 0;  ///< read and write latency
  int BL = 0;           ///< clocks a burst occupies the data bus
  int RCD = 0, RP = 0, RAS = 0, RC = 0;
  int RRD_S = 0, RRD_L = 0, FAW = 0;
  int CCD_S = 0, CCD_L = 0;
  int WTR_S = 0, WTR_L = 0, WR = 0, RTP = 0;
  int RTRS = 0;  ///< bubble between bursts of different ranks
  int RFC = 0, REFI = 0;
  int RFCpb = 0, PBR2ACT = 0;  ///< per-bank refresh; 0 = the part has none

  [[nodiscard]] int read_to_write() const { return CL + BL + 2 - CWL; }
  [[nodiscard]] int write_to_read(bool same_group) const { return CWL + BL + (same_group ? WTR_L : WTR_S); }
  [[nodiscard]] int write_to_precharge() const { return CWL + BL + WR; }
  [[nodiscard]] int other_rank_read_to_read() const { return BL + RTRS; }
  [[nodiscard]] int other_rank_read_to_write() const { return CL + BL + RTRS - CWL; }
  [[nodiscard]] int other_rank_write_to_write() const { return BL + RTRS; }
  [[nodiscard]] int other_rank_write_to_read() const {
    const int clocks = CWL + BL + RTRS - CL;
    return clocks < 1 ? 1 : clocks;
  }
};

/// Clocks of the command bus that a command takes, >= 1.
struct CommandClocks {
  int activate = 1, precharge = 1, column = 1, refresh = 1;
};

enum class RowPolicy : uint8_t { open, closed, adaptive };
enum class Refresh : uint8_t { off, all_bank, per_bank };

struct Controller {
  int read_queue = 32, write_queue = 32;  ///< entries, 1..256
  int write_high = 25;                    ///< more entries than this: write mode
  int write_low = 7;                      ///< fewer than this, and reads waiting: read mode
  RowPolicy row_policy = RowPolicy::open;
  int idle_clocks = 0;    ///< adaptive
  int return_clocks = 1;  ///< from the end of a read's data to its delivery, >= 1
  Refresh refresh = Refresh::all_bank;
  /// Most significant first.
  std::array<Field, kFieldCount> mapping = {Field::row, Field::bank, Field::bank_group, Field::rank,
                                            Field::column};
};

struct Part {
  std::string name;       ///< e.g. "DDR4-2400"
  uint64_t clock_hz = 0;  ///< of the command clock
  Organisation organisation;
  Timing timing;
  CommandClocks command_clocks;
  Controller controller;
};

/// Channels of a part, interleaved.
struct Memory {
  Part part;
  int channels = 1;                 ///< 1..64
  uint64_t interleave_bytes = 256;  ///< multiple of the burst, divides the row

  /// Peak of the data buses.
  [[nodiscard]] double bytes_per_second() const {
    return static_cast<double>(channels) * part.organisation.burst_bytes *
           static_cast<double>(part.clock_hz) / part.timing.BL;
  }
};

}  // namespace vernier::dram
