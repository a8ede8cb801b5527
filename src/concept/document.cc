// SPDX-License-Identifier: Apache-2.0
#include "concept/document.h"

#include "concept/entity_table.h"
#include "concept/evaluator.h"
#include "concept/loader.h"

#include <cassert>

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

std::vector<Document::Part> Document::encode_parts(std::size_t part_bytes_max) const {
  std::vector<Part> parts(1);
  for (const auto& [id, entity] : state_->table.entities()) {
    if (parts.back().count > 0 &&
        parts.back().entities.size() + entity.encoded_bytes() > part_bytes_max) {
      parts.emplace_back();
    }
    append_entity(parts.back().entities, entity);
    ++parts.back().count;
  }
  return parts;
}

Result<void, protocol::DecodeError> Document::load_part(std::uint32_t count, ByteView entities) {
  if (!state_->loader) {
    assert(state_->table.size() == 0);
    state_->loader.emplace(state_->table);
  }
  return state_->loader->load_part(count, entities);
}

Result<void, protocol::DecodeError> Document::finish_loading() {
  if (!state_->loader) return {};
  if (auto checked = state_->loader->finish(); !checked) return checked;
  state_->loader.reset();
  return {};
}

}  // namespace weft::concept_sync
