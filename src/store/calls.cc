// SPDX-License-Identifier: Apache-2.0
#include "store/calls.h"

namespace weft::store {

namespace {

/// A call's share of the queue beside its bytes: the call itself, its names and its place.
constexpr std::size_t kCallBytes = 256;

template <class Which>
concept Reads = requires(Which call) { call.answer.found.error(); };
template <class Which>
concept Answers = requires(Which call) { call.answer.tell(); };

}  // namespace

bool is_read(const Call& call) {
  return std::visit([]<class Which>(const Which&) { return Reads<Which>; }, call);
}

std::size_t waiting_bytes(const Call& call) {
  return kCallBytes +
         std::visit(ForEach{
                        [](const AppendCall& append) { return append.row.push.size(); },
                        [](const StartOverCall& start) { return start.base.state.size(); },
                        [](const SaveLastSeenCall& save) { return save.row.presence.size(); },
                        [](const auto&) { return std::size_t{0}; },
                    },
                    call);
}

void answer(Call& call) {
  std::visit(
      []<class Which>(Which& which) {
        if constexpr (Answers<Which>) which.answer.tell();
      },
      call);
}

void give_up(Call& call, const StoreError& error) {
  std::visit(
      [&]<class Which>(Which& which) {
        if constexpr (Reads<Which>) {
          which.answer.found = Failure(error);
          which.answer.tell();
        } else {
          std::unreachable();
        }
      },
      call);
}

}  // namespace weft::store
