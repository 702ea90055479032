// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/networks.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "workloads/graph/network_builder.h"

namespace vernier::graph {
namespace {

ConvShape conv(int64_t channels, int64_t kernel, int64_t stride = 1) {
  ConvShape shape;
  shape.channels = channels;
  shape.kernel = kernel;
  shape.stride = stride;
  shape.pad = kernel / 2;
  return shape;
}

ConvShape depthwise(int64_t channels, int64_t stride) {
  ConvShape shape = conv(channels, 3, stride);
  shape.groups = channels;
  return shape;
}

int classify(NetworkBuilder& net, const Values& x) {
  return net.linear("fc", net.global_pool("pool", x), 1000);
}

Graph resnet(const char* name, const std::vector<int>& blocks, bool bottleneck) {
  NetworkBuilder net(name);
  int x = net.conv("conv1", {net.input("image", {1, 3, 224, 224})}, conv(64, 7, 2));
  x = net.pool("pool1", "MaxPool", {x}, 3, 2, 1);
  const int64_t widening = bottleneck ? 4 : 1;
  for (size_t stage = 0; stage < blocks.size(); ++stage) {
    const int64_t width = int64_t{64} << stage;
    for (int block = 0; block < blocks[stage]; ++block) {
      const std::string at = fmt::format("s{}b{}", stage, block);
      const int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      int shortcut = x;
      int y = 0;
      if (bottleneck) {
        y = net.conv(at + "c1", {x}, conv(width, 1));
        y = net.conv(at + "c2", {y}, conv(width, 3, stride));
        y = net.conv(at + "c3", {y}, conv(width * widening, 1));
      } else {
        y = net.conv(at + "c1", {x}, conv(width, 3, stride));
        y = net.conv(at + "c2", {y}, conv(width, 3));
      }
      if (stride != 1 || net.shape(x)[1] != width * widening) {
        shortcut = net.conv(at + "ds", {x}, conv(width * widening, 1, stride));
      }
      x = net.elementwise(at + "add", "Add", {y, shortcut});
    }
  }
  return net.finish({classify(net, {x})});
}

}  // namespace

Graph resnet_18() { return resnet("resnet-18", {2, 2, 2, 2}, false); }
Graph resnet_50() { return resnet("resnet-50", {3, 4, 6, 3}, true); }

Graph mobilenet_v2() {
  struct Stage {
    int64_t expansion, channels, blocks, stride;
  };
  NetworkBuilder net("mobilenet-v2");
  int x = net.conv("conv1", {net.input("image", {1, 3, 224, 224})}, conv(32, 3, 2));
  int index = 0;
  for (const Stage& stage : {Stage{1, 16, 1, 1}, Stage{6, 24, 2, 2}, Stage{6, 32, 3, 2}, Stage{6, 64, 4, 2},
                             Stage{6, 96, 3, 1}, Stage{6, 160, 3, 2}, Stage{6, 320, 1, 1}}) {
    for (int64_t block = 0; block < stage.blocks; ++block) {
      const std::string at = fmt::format("b{}", index++);
      const int64_t stride = block == 0 ? stage.stride : 1;
      const int64_t wide = net.shape(x)[1] * stage.expansion;
      int y = stage.expansion == 1 ? x : net.conv(at + "expand", {x}, conv(wide, 1));
      y = net.conv(at + "depth", {y}, depthwise(wide, stride));
      y = net.conv(at + "project", {y}, conv(stage.channels, 1));
      const bool residual = stride == 1 && net.shape(x)[1] == stage.channels;
      x = residual ? net.elementwise(at + "add", "Add", {x, y}) : y;
    }
  }
  return net.finish({classify(net, {net.conv("conv2", {x}, conv(1280, 1))})});
}

Graph densenet_121() {
  const int64_t growth = 32;
  NetworkBuilder net("densenet-121");
  int x = net.conv("conv0", {net.input("image", {1, 3, 224, 224})}, conv(64, 7, 2));
  Values block = {net.pool("pool0", "MaxPool", {x}, 3, 2, 1)};
  const auto width = [&] {
    int64_t sum = 0;
    for (const int t : block) sum += net.shape(t)[1];
    return sum;
  };
  const std::vector<int> layers = {6, 12, 24, 16};
  for (size_t stage = 0; stage < layers.size(); ++stage) {
    for (int layer = 0; layer < layers[stage]; ++layer) {
      const std::string at = fmt::format("b{}l{}", stage, layer);
      ConvShape narrow = conv(4 * growth, 1);
      narrow.norm_before = true;
      ConvShape wide = conv(growth, 3);
      wide.bias = false;  // normalised where it is read
      block.push_back(net.conv(at + "c2", {net.conv(at + "c1", block, narrow)}, wide));
    }
    if (stage + 1 == layers.size()) break;
    ConvShape halve = conv(width() / 2, 1);
    halve.norm_before = true;
    halve.bias = false;
    const std::string at = fmt::format("t{}", stage);
    block = {net.pool(at + "pool", "AveragePool", {net.conv(at + "c", block, halve)}, 2, 2, 0)};
  }
  return net.finish({net.linear("fc", net.global_pool("pool", block, true), 1000)});
}

const std::vector<BuiltNetwork>& networks() {
  static const std::vector<BuiltNetwork> list = {
      {"resnet-18", "ResNet-18, 224x224, whole layers", resnet_18},
      {"resnet-50", "ResNet-50, 224x224, whole layers", resnet_50},
      {"mobilenet-v2", "MobileNetV2 1.0, 224x224, whole layers", mobilenet_v2},
      {"inception-v3", "Inception-v3, 299x299, whole layers", inception_v3},
      {"densenet-121", "DenseNet-121, 224x224, whole layers, concatenations in place", densenet_121},
      {"darts", "DARTS (second order), ImageNet, 14 cells, separable convolutions in one operator", darts},
      {"nasnet-a-mobile", "NASNet-A (4 @ 1056), 224x224, separable convolutions in one operator",
       nasnet_a_mobile},
      {"randwire-small", "Randomly wired WS(4, 0.75), 32 nodes a stage, C = 78", randwire_small},
      {"bert-base", "BERT-base, 12 layers, 128 tokens, without embeddings", bert_base},
      {"llama-block", "A layer of Llama-2-7B, 128 tokens, attention and MLP in 8 parts each", llama_block}};
  return list;
}

Graph build_network(const std::string& name) {
  std::vector<std::string> names;
  for (const BuiltNetwork& network : networks()) {
    if (name == network.name) return network.build();
    names.emplace_back(network.name);
  }
  throw InputError("GRA021",
                   fmt::format("'{}' is no built network and no file of a known kind", printable(name)), {},
                   suggestion(name, names));
}

}  // namespace vernier::graph
