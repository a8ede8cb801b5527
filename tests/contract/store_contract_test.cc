// SPDX-License-Identifier: Apache-2.0
#include "store_forms.h"

namespace weft::test {

INSTANTIATE_TEST_SUITE_P(Forms, StoreContract, testing::ValuesIn(store_forms()), form_name);

}  // namespace weft::test
