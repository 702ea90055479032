// SPDX-License-Identifier: Apache-2.0
// DRAM parts with random numbers: any organisation, timing, controller that a part file may hold. Small, so
// that banks, queues and refreshes meet often.
#pragma once

#include <algorithm>
#include <random>

#include "models/dram/part.h"

namespace vernier::dram {

using Random = std::mt19937_64;

inline int pick(Random& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
}

inline Part random_part(Random& random) {
  Part part;
  part.name = "random";
  part.clock_hz = static_cast<uint64_t>(pick(random, 1, 40)) * 50'000'000;
  Organisation& o = part.organisation;
  o.ranks = pick(random, 1, 2);
  o.bank_groups = pick(random, 1, 4);
  o.banks_per_group = pick(random, 1, 4);
  o.rows = pick(random, 2, 40);
  o.burst_bytes = 32 << pick(random, 0, 1);
  o.row_bytes = int64_t{o.burst_bytes} * pick(random, 1, 3) * (1 << pick(random, 0, 4));
  Timing& t = part.timing;
  t.BL = pick(random, 1, 4);
  t.CL = pick(random, 1, 24);
  t.CWL = pick(random, 0, pick(random, 0, 3) > 0 ? t.CL : t.CL + t.BL + 1);
  t.RCD = pick(random, 1, 20);
  t.RP = pick(random, 1, 20);
  t.RAS = pick(random, t.RCD, 40);
  t.RC = t.RAS + t.RP + pick(random, 0, 8);
  t.RRD_S = pick(random, 1, 6);
  t.RRD_L = t.RRD_S + pick(random, 0, 4);
  t.FAW = pick(random, t.RRD_S, 40);
  t.CCD_S = pick(random, t.BL, t.BL + 1);
  t.CCD_L = t.CCD_S + pick(random, 0, 4);
  t.WTR_S = pick(random, 0, 5);
  t.WTR_L = t.WTR_S + pick(random, 0, 8);
  t.WR = pick(random, 0, 20);
  t.RTP = pick(random, 0, 12);
  t.RTRS = pick(random, 0, 3);
  t.RFCpb = pick(random, 1, 60);
  t.RFC = t.RFCpb + pick(random, 0, 100);
  t.REFI = pick(random, 200, 1500);
  t.PBR2ACT = pick(random, 0, std::min(t.RFCpb, 20));
  part.command_clocks = {pick(random, 1, 3), pick(random, 1, 2), pick(random, 1, 2), pick(random, 1, 2)};
  Controller& c = part.controller;
  c.read_queue = pick(random, 1, 32);
  c.write_queue = pick(random, 1, 32);
  c.write_high = pick(random, 0, c.write_queue);
  c.write_low = pick(random, 0, c.write_queue);
  c.row_policy = static_cast<RowPolicy>(pick(random, 0, 2));
  c.idle_clocks = pick(random, 0, 100);
  c.return_clocks = pick(random, 1, 12);
  c.refresh = static_cast<Refresh>(pick(random, 0, 2));
  std::shuffle(c.mapping.begin(), c.mapping.end(), random);
  return part;
}

/// No request of this part waits for ever: water marks as docs/memory.md sets them, time between refreshes.
inline void make_steady(Random& random, Part& part) {
  Controller& c = part.controller;
  c.write_high = c.write_queue * 4 / 5;
  c.write_low = (c.write_queue + 4) / 5;
  part.timing.REFI = pick(random, 600, 3000);
  part.timing.RFCpb = std::min(part.timing.RFCpb, part.timing.REFI / part.organisation.banks() / 3);
  part.timing.PBR2ACT = std::min(part.timing.PBR2ACT, part.timing.RFCpb);
}

}  // namespace vernier::dram
