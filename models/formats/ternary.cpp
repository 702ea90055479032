// SPDX-License-Identifier: Apache-2.0
#include "models/formats/ternary.h"

#include "base/error.h"

namespace vernier::formats {
namespace {

constexpr size_t kPerByteBase3 = 5;
constexpr size_t kPerByte2Bit = 4;

int checked(int8_t trit) {
  VERNIER_INVARIANT(trit >= -1 && trit <= 1, "{} is not a trit", trit);
  return trit;
}

}  // namespace

std::vector<uint8_t> pack_trits_base3(const std::vector<int8_t>& trits) {
  std::vector<uint8_t> bytes((trits.size() + kPerByteBase3 - 1) / kPerByteBase3);
  for (size_t b = 0; b < bytes.size(); ++b) {
    int value = 0;
    for (size_t i = kPerByteBase3; i-- > 0;) {
      const size_t at = b * kPerByteBase3 + i;
      value = 3 * value + 1 + (at < trits.size() ? checked(trits[at]) : 0);
    }
    bytes[b] = static_cast<uint8_t>(value);
  }
  return bytes;
}

std::vector<int8_t> unpack_trits_base3(const std::vector<uint8_t>& bytes, size_t count) {
  VERNIER_INVARIANT(count <= bytes.size() * kPerByteBase3, "{} trits in {} bytes", count, bytes.size());
  std::vector<int8_t> trits(count);
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i % kPerByteBase3 == 0) {
      value = bytes[i / kPerByteBase3];
      if (value > 242) throw InputError("FMT006", fmt::format("byte {} is not five base-3 digits", value));
    }
    trits[i] = static_cast<int8_t>(value % 3 - 1);
    value /= 3;
  }
  return trits;
}

std::vector<uint8_t> pack_trits_2bit(const std::vector<int8_t>& trits) {
  std::vector<uint8_t> bytes((trits.size() + kPerByte2Bit - 1) / kPerByte2Bit);
  for (size_t i = 0; i < trits.size(); ++i) {
    const int code = checked(trits[i]) & 3;
    bytes[i / kPerByte2Bit] =
        static_cast<uint8_t>(bytes[i / kPerByte2Bit] | code << (2 * (i % kPerByte2Bit)));
  }
  return bytes;
}

std::vector<int8_t> unpack_trits_2bit(const std::vector<uint8_t>& bytes, size_t count) {
  VERNIER_INVARIANT(count <= bytes.size() * kPerByte2Bit, "{} trits in {} bytes", count, bytes.size());
  std::vector<int8_t> trits(count);
  for (size_t i = 0; i < count; ++i) {
    const int code = (bytes[i / kPerByte2Bit] >> (2 * (i % kPerByte2Bit))) & 3;
    if (code == 2) throw InputError("FMT006", fmt::format("2-bit code {} is not a trit", code));
    trits[i] = static_cast<int8_t>(code == 3 ? -1 : code);
  }
  return trits;
}

}  // namespace vernier::formats
