// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <functional>
#include <memory>
#include <string>

namespace weft::test {

/// A store under test, and what the suite needs to do with it from outside.
class StoreForm {
 public:
  virtual ~StoreForm() = default;
  virtual store::Store& store() = 0;
  /// Ends the store in good order and starts one on the same data.
  virtual void restart() = 0;
  /// From now on the medium fails; returns when the store has noticed.
  virtual void break_medium() = 0;
  virtual void mend_medium() = 0;
};

struct StoreFormMaker {
  std::string name;
  std::function<std::unique_ptr<StoreForm>()> make;
};

}  // namespace weft::test
