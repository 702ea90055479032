// SPDX-License-Identifier: Apache-2.0
// Marks a hot function to be built for AVX2 too and chosen when the program starts. Results do not depend
// on the choice: integer code is exact, and floating-point contraction is off everywhere.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define VERNIER_SIMD __attribute__((target_clones("avx2", "default")))
#else
#define VERNIER_SIMD
#endif
