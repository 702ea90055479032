// SPDX-License-Identifier: Apache-2.0
// A queue in one array: no allocation once it has its size.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace vernier::engine {

template <typename T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] T& operator[](size_t i) { return places_[(begin_ + i) & (places_.size() - 1)]; }
  [[nodiscard]] const T& operator[](size_t i) const { return places_[(begin_ + i) & (places_.size() - 1)]; }
  [[nodiscard]] T& front() { return (*this)[0]; }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] T& back() { return (*this)[size_ - 1]; }

  void push(T value) {
    if (size_ == places_.size()) grow();
    places_[(begin_ + size_++) & (places_.size() - 1)] = std::move(value);
  }
  void pop() {
    begin_ = (begin_ + 1) & (places_.size() - 1);
    --size_;
  }

 private:
  void grow() {
    std::vector<T> larger(places_.empty() ? 4 : 2 * places_.size());
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    places_ = std::move(larger);
    begin_ = 0;
  }

  std::vector<T> places_;  // a power of two, or none
  size_t begin_ = 0, size_ = 0;
};

}  // namespace vernier::engine
