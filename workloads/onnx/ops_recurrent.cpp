// SPDX-License-Identifier: Apache-2.0
// LSTM, GRU and RNN: per direction one GEMM of all steps' inputs, one GEMM per step of the state, and the
// gates in the vector unit.
#include "base/error.h"
#include "workloads/onnx/node_context.h"

namespace vernier::onnx {
namespace {

void recur(NodeContext& node, int64_t gates) {
  const Shape& x = node.ranked(0, 3, 3);
  const Shape& w = node.ranked(1, 3, 3);
  const Shape& r = node.ranked(2, 3, 3);
  const bool batch_first = node.integer("layout", 0) != 0;
  const int64_t steps = x[batch_first ? 1 : 0];
  const int64_t batch = x[batch_first ? 0 : 1];
  const std::string direction = node.text("direction", "forward");
  node.expect(direction == "forward" || direction == "reverse" || direction == "bidirectional",
              "direction is none of forward, reverse, bidirectional");
  const int64_t directions = direction == "bidirectional" ? 2 : 1;
  const int64_t hidden = r[2];
  node.expect(hidden >= 1 && node.integer("hidden_size", hidden) == hidden &&
                  w == Shape{directions, node.product({gates, hidden}), x[2]} &&
                  r == Shape{directions, node.product({gates, hidden}), hidden},
              fmt::format("weights {} and {} do not fit the input {} with {} gates and {} direction{}",
                          text_of(w), text_of(r), text_of(x), gates, directions, directions == 1 ? "" : "s"));
  if (node.has(4)) node.is_parameter(4);  // lengths of the sequences
  const ElementType type = node.in(0).type;
  const Shape state = batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
  node.result(
      0, type,
      batch_first ? Shape{batch, steps, directions, hidden} : Shape{steps, directions, batch, hidden});
  if (node.node().outputs.size() > 1) node.result(1, type, state);
  if (node.node().outputs.size() > 2) node.result(2, type, state);
  node.gemm(node.product({steps, batch}), gates * hidden, x[2], directions);
  node.gemm(batch, gates * hidden, hidden, node.product({steps, directions}));
  node.vector_work(node.product({steps, batch, directions, gates, hidden}));
  node.note("hidden", {hidden});
}

void lstm(NodeContext& node) { recur(node, 4); }
void gru(NodeContext& node) { recur(node, 3); }
void rnn(NodeContext& node) { recur(node, 1); }

}  // namespace

const HandlerList& recurrent_handlers() {
  static const HandlerList list = {{"LSTM", lstm}, {"GRU", gru}, {"RNN", rnn}};
  return list;
}

}  // namespace vernier::onnx
