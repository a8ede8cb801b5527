// SPDX-License-Identifier: Apache-2.0
#include "store_contract.h"

#include "store_forms.h"

namespace weft::test {

INSTANTIATE_TEST_SUITE_P(Forms, StoreContract, testing::ValuesIn(store_forms()),
                         [](const auto& form) { return form.param.name; });

}  // namespace weft::test
