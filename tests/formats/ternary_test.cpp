// SPDX-License-Identifier: Apache-2.0
#include "models/formats/ternary.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vernier::formats {
namespace {

TEST(Ternary, ByHand) {
  // Base 3: (+1, 0, -1, 0, +1) -> 2 + 1 * 3 + 0 * 9 + 1 * 27 + 2 * 81 = 194; (-1) and four zeros -> 0 + 3 + 9
  // + 27 + 81.
  const std::vector<int8_t> trits{1, 0, -1, 0, 1, -1};
  EXPECT_EQ(pack_trits_base3(trits), (std::vector<uint8_t>{194, 120}));
  // Two bits: 01 00 11 00 from the low end, then 01 11.
  EXPECT_EQ(pack_trits_2bit(trits), (std::vector<uint8_t>{0x31, 0x0d}));
}

TEST(Ternary, EveryByteRoundTrips) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::vector<uint8_t> bytes{static_cast<uint8_t>(byte)};
    if (byte < 243) {
      EXPECT_EQ(pack_trits_base3(unpack_trits_base3(bytes, 5)), bytes);
    } else {
      EXPECT_THROW((void)unpack_trits_base3(bytes, 5), InputError);
    }
    bool valid = true;
    for (int i = 0; i < 8; i += 2) valid = valid && ((byte >> i) & 3) != 2;
    if (valid) {
      EXPECT_EQ(pack_trits_2bit(unpack_trits_2bit(bytes, 4)), bytes);
    } else {
      EXPECT_THROW((void)unpack_trits_2bit(bytes, 4), InputError);
    }
  }
  EXPECT_THROW((void)pack_trits_2bit({2}), InternalError);
}

}  // namespace
}  // namespace vernier::formats
