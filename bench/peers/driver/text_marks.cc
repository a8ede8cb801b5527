// SPDX-License-Identifier: Apache-2.0
#include "text_marks.h"

namespace weft::peers {

void count_text_marks(ByteView text, std::string_view before_x, std::string_view before_y,
                      const Person& receiver, Deliveries& deliveries) {
  for (;;) {
    const std::size_t at = text.find(before_x);
    if (at == ByteView::npos) return;
    text.remove_prefix(at + before_x.size());
    const auto stamp = take_decimal(text);
    if (!stamp || !text.starts_with(before_y)) continue;
    text.remove_prefix(before_y.size());
    const auto mark = take_decimal(text);
    if (mark) deliveries.add(receiver, *mark, *stamp);
  }
}

}  // namespace weft::peers
