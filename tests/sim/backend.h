// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bus/bus.h"
#include "log/log.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace weft::sim {

/// What one life of an instance stands on.
struct Seams {
  std::unique_ptr<log::Log> log;
  std::unique_ptr<bus::Bus> bus;
};

/// What outlives the instances: where the log is kept, and what lies between them.
class Backend {
 public:
  using Post = std::function<void(std::function<void()>)>;
  virtual ~Backend() = default;
  /// A life begins.
  [[nodiscard]] virtual Seams begin(std::size_t instance, Post post) = 0;
  /// A life is about to end without a word.
  virtual void crash(Seams& seams) = 0;
  /// A life has ended in good order.
  virtual void stopped() = 0;
};

}  // namespace weft::sim
