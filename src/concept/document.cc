// SPDX-License-Identifier: Apache-2.0
#include "concept/document.h"

#include "concept/entity_table.h"
#include "concept/evaluator.h"
#include "concept/loader.h"

#include <cassert>
#include <cstdint>

namespace weft::concept_sync {

struct Document::State {
  explicit State(const protocol::Limits& limits_in) : limits(limits_in) {}

  const protocol::Limits limits;
  EntityTable table;
  Evaluator evaluator{table, limits};
  std::optional<Loader> loader;  // from the first load_part until finish_loading
};

Document::Document(const protocol::Limits& limits) : state_(std::make_unique<State>(limits)) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Outcome Document::apply(const protocol::OpList& push) {
  assert(!state_->loader);
  return state_->evaluator.apply(push);
}

std::size_t Document::entity_count() const {
  return state_->table.size();
}

std::size_t Document::encoded_bytes() const {
  return state_->table.encoded_bytes();
}

bool Document::is_encoded() const {
  return state_->table.pages().is_encoded();
}

std::size_t Document::encode(std::size_t bytes_max) const {
  return state_->table.pages().encode(bytes_max);
}

std::vector<SnapshotPart> Document::parts() const {
  return state_->table.pages().parts();
}

std::vector<SnapshotPart> Document::snapshot() const {
  while (!is_encoded()) encode(SIZE_MAX);
  return parts();
}

bool Document::has_encoding() const {
  return state_->table.pages().has_frames();
}

void Document::forget_encoding() {
  state_->table.pages().forget_frames();
}

Result<void, protocol::DecodeError> Document::load_part(std::uint32_t count, ByteView entities) {
  if (!state_->loader) {
    assert(state_->table.size() == 0);
    state_->loader.emplace(state_->table);
  }
  return state_->loader->load_part(count, entities);
}

Result<bool, protocol::DecodeError> Document::finish_loading(std::size_t entities_max) {
  if (!state_->loader) return true;
  const auto finished = state_->loader->finish(entities_max);
  if (finished && *finished) state_->loader.reset();
  return finished;
}

}  // namespace weft::concept_sync
