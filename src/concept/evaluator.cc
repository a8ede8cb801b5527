// SPDX-License-Identifier: Apache-2.0
#include "concept/evaluator.h"

#include "concept/removal.h"
#include "protocol/msgpack.h"

#include <string_view>
#include <utility>

namespace weft::concept_sync {

namespace {

using protocol::AckOutcome;
using protocol::ErrorCode;
using protocol::Op;
using protocol::OpKind;
using protocol::OpList;
using protocol::Property;

/// Effective ops up to this long keep their memory from push to push.
constexpr std::size_t kEffectiveBytesKept = 65'536;

std::string quoted(std::string_view name) {
  return '"' + std::string(name) + '"';
}

}  // namespace

Outcome Evaluator::apply(const OpList& push) {
  if (effective_.capacity() > kEffectiveBytesKept) effective_ = Bytes();
  effective_.clear();
  effective_count_ = 0;
  as_asked_ = true;
  parent_steps_ = 0;

  Outcome outcome;
  for (std::size_t i = 0; i < push.ops.size(); ++i) {
    if (auto checked = play(push, push.ops[i]); !checked) {
      table_.take_back();
      outcome.kind = AckOutcome::rejected;
      protocol::append_array(outcome.effective, 0);
      outcome.rejection = protocol::Rejection{
          checked.error().code, std::move(checked.error().message), static_cast<std::uint32_t>(i)};
      return outcome;
    }
  }
  table_.keep();

  outcome.kind = effective_count_ == 0 ? AckOutcome::no_effect
                 : as_asked_           ? AckOutcome::commit
                                       : AckOutcome::rebased;
  constexpr std::size_t kArrayHeaderBytesMax = 5;
  outcome.effective.reserve(kArrayHeaderBytesMax + effective_.size());
  protocol::append_array(outcome.effective, effective_count_);
  outcome.effective.append(effective_);
  return outcome;
}

Evaluator::Checked Evaluator::play(const OpList& push, const Op& op) {
  if (op.kind == OpKind::create) return create(op, push.properties_of(op));

  Entity* const live = table_.find(op.id);
  if (live == nullptr) {  // K6, K8
    as_asked_ = false;
    return {};
  }
  if (op.kind == OpKind::set) return set(*live, push.properties_of(op));
  erase(*live);
  return {};
}

Evaluator::Checked Evaluator::create(const Op& op, std::span<const Property> properties) {
  const auto place = table_.place_of(op.id);
  if (place != table_.end() && place->second.id == op.id) {
    Entity& live = place->second;
    if (live.type != op.type) {  // K4
      return Failure<Refusal>({ErrorCode::type_conflict,
                               "The entity " + quoted(op.id) + " lives already, with the type " +
                                   quoted(live.type) + ", not " + quoted(op.type) + "."});
    }
    as_asked_ = false;  // K3
    return set(live, properties);
  }
  if (table_.size() >= limits_.entities_max) {  // K17
    return Failure<Refusal>({ErrorCode::too_many, "A canvas may have at most " +
                                                      std::to_string(limits_.entities_max) +
                                                      " entities (entities_max)."});
  }
  wanted_.clear();
  for (const Property& property : properties) {
    if (is_nil(property.value)) {  // K2
      as_asked_ = false;
    } else {
      wanted_.push_back(property);
    }
  }
  Entity& entity = table_.add(place, op.id, op.type);
  if (auto checked = write_wanted(entity, 0); !checked) return checked;
  protocol::append_create(effective_, op.id, op.type, wanted_);
  ++effective_count_;
  return {};
}

Evaluator::Checked Evaluator::set(Entity& entity, std::span<const Property> properties) {
  wanted_.assign(properties.begin(), properties.end());
  if (auto checked = write_wanted(entity, entity.encoded_bytes()); !checked) return checked;
  protocol::append_set(effective_, entity.id, wanted_);
  ++effective_count_;
  return {};
}

void Evaluator::erase(Entity& entity) {
  const std::vector<Entity*> removal = removal_of(entity);
  if (removal.size() > 1) as_asked_ = false;  // K7
  for (Entity* const doomed : removal) {
    protocol::append_erase(effective_, doomed->id);
    table_.erase(*doomed);
  }
  effective_count_ += static_cast<std::uint32_t>(removal.size());
}

Evaluator::Checked Evaluator::write_wanted(Entity& entity, std::size_t bytes_before) {
  References references{entity.parent, entity.from, entity.to};
  bool refers = false;
  for (Property& property : wanted_) {
    Checked checked;
    if (property.key == protocol::kFromKey) {
      checked = read_link_end(entity, property, references.from);
    } else if (property.key == protocol::kToKey) {
      checked = read_link_end(entity, property, references.to);
    } else if (property.key == protocol::kParentKey) {
      checked = read_parent(entity, property, references.parent);
    } else {
      continue;
    }
    if (!checked) return checked;
    refers = true;
  }
  table_.write(entity, wanted_);
  if (refers) table_.refer(entity, references);
  return check_size(entity, bytes_before);
}

Evaluator::Checked Evaluator::read_link_end(const Entity& link, const Property& property,
                                            Entity*& end) {
  if (!link.is_link) {  // K11
    return Failure<Refusal>({ErrorCode::bad_op, "Only a link has " + std::string(property.key) +
                                                    "; " + quoted(link.id) + " is not one."});
  }
  const auto id = protocol::MsgpackReader(property.value).read_string();
  if (!id) {
    return Failure<Refusal>(
        {ErrorCode::bad_op, std::string(property.key) + " must be the id of an entity."});
  }
  end = table_.find(*id);
  if (end == nullptr || end->is_link) {  // K9
    return Failure<Refusal>(
        {ErrorCode::bad_reference,
         std::string(property.key) + " of the link " + quoted(link.id) + " names " + quoted(*id) +
             (end == nullptr ? ", which is not on this canvas." : ", which is itself a link.")});
  }
  return {};
}

Evaluator::Checked Evaluator::read_parent(const Entity& node, Property& property, Entity*& parent) {
  if (node.is_link) {  // K11
    return Failure<Refusal>(
        {ErrorCode::bad_op, "A link has no parent; " + quoted(node.id) + " is one."});
  }
  Entity* const current = std::exchange(parent, nullptr);
  if (is_nil(property.value)) return {};
  const protocol::Parent asked = protocol::decode_parent(property.value);
  if (asked.id.empty()) return {};

  Entity* const candidate = table_.find(asked.id);
  bool can_be = candidate != nullptr && !candidate->is_link;
  if (can_be && candidate != current) {
    const auto closes_cycle = would_close_cycle(node, *candidate);
    if (!closes_cycle) return Failure<Refusal>(closes_cycle.error());
    can_be = !*closes_cycle;
  }
  if (can_be) {
    parent = candidate;
    return {};
  }
  as_asked_ = false;  // K10
  root_parent_.clear();
  protocol::append_parent(root_parent_, {.id = {}, .index = asked.index});
  property.value = root_parent_;
  return {};
}

Result<bool, Evaluator::Refusal> Evaluator::would_close_cycle(const Entity& node,
                                                              const Entity& parent) {
  if (&parent == &node) return true;
  // A node without children is nobody's ancestor. This spares almost every op the walk.
  if (node.children.empty()) return false;
  for (const Entity* ancestor = parent.parent; ancestor != nullptr; ancestor = ancestor->parent) {
    if (ancestor == &node) return true;
    if (++parent_steps_ > kParentStepsMax) {  // K19
      return Failure<Refusal>({ErrorCode::too_many, "The moves of one push may pass at most " +
                                                        std::to_string(kParentStepsMax) +
                                                        " ancestors in all (parent_steps_max)."});
    }
  }
  return false;
}

Evaluator::Checked Evaluator::check_size(const Entity& entity, std::size_t bytes_before) const {
  const std::size_t bytes = entity.encoded_bytes();
  // What is too large from a time of higher limits may change; it must not grow.
  if (bytes <= bytes_before) return {};
  if (bytes > limits_.entity_bytes_max) {  // K16
    return Failure<Refusal>({ErrorCode::too_large, "An entity may have at most " +
                                                       std::to_string(limits_.entity_bytes_max) +
                                                       " bytes (entity_bytes_max); " +
                                                       quoted(entity.id) + " would have " +
                                                       std::to_string(bytes) + "."});
  }
  if (table_.encoded_bytes() > limits_.document_bytes_max) {  // K22
    return Failure<Refusal>(
        {ErrorCode::too_large,
         "A canvas may have at most " + std::to_string(limits_.document_bytes_max) +
             " bytes (document_bytes_max); with this change of " + quoted(entity.id) +
             " it would have " + std::to_string(table_.encoded_bytes()) + "."});
  }
  return {};
}

}  // namespace weft::concept_sync
