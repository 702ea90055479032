// SPDX-License-Identifier: Apache-2.0
// Inception-v3 (Szegedy et al. 2015) in the dimensions of torchvision, without the auxiliary classifier.
#include <fmt/format.h>

#include "workloads/graph/network_builder.h"
#include "workloads/graph/networks.h"

namespace vernier::graph {
namespace {

ConvShape conv(int64_t channels, int64_t height, int64_t width, int64_t stride = 1, bool padded = true) {
  ConvShape shape;
  shape.channels = channels;
  shape.kernel = height;
  shape.kernel_width = width;
  shape.stride = stride;
  shape.pad = padded ? height / 2 : 0;
  shape.pad_width = padded ? width / 2 : 0;
  return shape;
}

/// Convolutions one after the other.
int chain(NetworkBuilder& net, const std::string& name, const Values& x,
          const std::vector<ConvShape>& shapes) {
  Values at = x;
  int index = 0;
  for (const ConvShape& shape : shapes) at = {net.conv(fmt::format("{}{}", name, index++), at, shape)};
  return at.front();
}

int pooled(NetworkBuilder& net, const std::string& at, const Values& x, int64_t channels) {
  return chain(net, at + "pool_", {net.pool(at + "pool", "AveragePool", x, 3, 1, 1)}, {conv(channels, 1, 1)});
}

Values block_a(NetworkBuilder& net, const std::string& at, const Values& x, int64_t pool) {
  return {chain(net, at + "b1_", x, {conv(64, 1, 1)}),
          chain(net, at + "b5_", x, {conv(48, 1, 1), conv(64, 5, 5)}),
          chain(net, at + "b3_", x, {conv(64, 1, 1), conv(96, 3, 3), conv(96, 3, 3)}),
          pooled(net, at, x, pool)};
}

Values block_b(NetworkBuilder& net, const std::string& at, const Values& x) {
  return {chain(net, at + "b3_", x, {conv(384, 3, 3, 2, false)}),
          chain(net, at + "b33_", x, {conv(64, 1, 1), conv(96, 3, 3), conv(96, 3, 3, 2, false)}),
          net.pool(at + "pool", "MaxPool", x, 3, 2, 0)};
}

Values block_c(NetworkBuilder& net, const std::string& at, const Values& x, int64_t narrow) {
  return {chain(net, at + "b1_", x, {conv(192, 1, 1)}),
          chain(net, at + "b7_", x, {conv(narrow, 1, 1), conv(narrow, 1, 7), conv(192, 7, 1)}),
          chain(net, at + "b77_", x,
                {conv(narrow, 1, 1), conv(narrow, 7, 1), conv(narrow, 1, 7), conv(narrow, 7, 1),
                 conv(192, 1, 7)}),
          pooled(net, at, x, 192)};
}

Values block_d(NetworkBuilder& net, const std::string& at, const Values& x) {
  return {chain(net, at + "b3_", x, {conv(192, 1, 1), conv(320, 3, 3, 2, false)}),
          chain(net, at + "b7_", x,
                {conv(192, 1, 1), conv(192, 1, 7), conv(192, 7, 1), conv(192, 3, 3, 2, false)}),
          net.pool(at + "pool", "MaxPool", x, 3, 2, 0)};
}

Values block_e(NetworkBuilder& net, const std::string& at, const Values& x) {
  const int b1 = chain(net, at + "b1_", x, {conv(320, 1, 1)});
  const int b3 = chain(net, at + "b3_", x, {conv(384, 1, 1)});
  const int b33 = chain(net, at + "b33_", x, {conv(448, 1, 1), conv(384, 3, 3)});
  return {b1,
          net.conv(at + "b3a", {b3}, conv(384, 1, 3)),
          net.conv(at + "b3b", {b3}, conv(384, 3, 1)),
          net.conv(at + "b33a", {b33}, conv(384, 1, 3)),
          net.conv(at + "b33b", {b33}, conv(384, 3, 1)),
          pooled(net, at, x, 192)};
}

}  // namespace

Graph inception_v3() {
  NetworkBuilder net("inception-v3");
  int stem = chain(net, "stem", {net.input("image", {1, 3, 299, 299})},
                   {conv(32, 3, 3, 2, false), conv(32, 3, 3, 1, false), conv(64, 3, 3)});
  stem = net.pool("pool1", "MaxPool", {stem}, 3, 2, 0);
  stem = chain(net, "stem_", {stem}, {conv(80, 1, 1), conv(192, 3, 3, 1, false)});
  Values x = {net.pool("pool2", "MaxPool", {stem}, 3, 2, 0)};
  x = block_a(net, "m5b.", x, 32);
  x = block_a(net, "m5c.", x, 64);
  x = block_a(net, "m5d.", x, 64);
  x = block_b(net, "m6a.", x);
  x = block_c(net, "m6b.", x, 128);
  x = block_c(net, "m6c.", x, 160);
  x = block_c(net, "m6d.", x, 160);
  x = block_c(net, "m6e.", x, 192);
  x = block_d(net, "m7a.", x);
  x = block_e(net, "m7b.", x);
  x = block_e(net, "m7c.", x);
  return net.finish({net.linear("fc", net.global_pool("pool", x), 1000)});
}

}  // namespace vernier::graph
