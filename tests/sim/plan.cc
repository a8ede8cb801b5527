// SPDX-License-Identifier: Apache-2.0
#include "sim/plan.h"

#include "sim/random.h"

namespace weft::sim {

Plan plan_for(std::uint64_t seed) {
  using std::chrono::milliseconds;
  Random random(seed * 0x9e3779b97f4a7c15U + 1);
  Plan plan;
  plan.seed = seed;
  plan.clients = random.between(2, 12);
  plan.canvases = random.between(1, 3);
  plan.steps = random.between(150, 600);
  plan.has_keys = random.percent(60);
  if (plan.has_keys && random.one_in(3)) plan.token_life = random.ms_between(2'500, 6'000);

  auto& room = plan.router.room;
  room.presence.grace = random.ms_between(300, 2'000);
  room.presence.idle_after = random.ms_between(500, 3'000);
  room.presence.bytes_max = 1024;
  room.limits.presence_bytes_max = 1024;
  room.snapshot_pushes = random.between(2, 25);
  if (random.one_in(2)) {  // else everything at once
    room.encode_bytes_max = random.between(1, 5'000);
    room.load_bytes_max = random.between(200, 20'000);
    room.welcome_frames_max = random.between(1, 8);
  }
  room.history.pushes_max = random.one_in(3) ? random.between(1, 10) : 4'000;
  if (random.one_in(4)) room.history.bytes_max = random.between(200, 4'000);
  if (random.one_in(3)) room.limits.entities_max = random.between(4, 12);
  if (random.one_in(3)) room.limits.entity_bytes_max = random.between(60, 120);
  if (random.one_in(4)) {
    room.limits.pushes_per_second = static_cast<std::uint32_t>(random.between(5, 30));
  }
  if (random.one_in(4)) room.limits.cursors_per_second = 5;
  if (random.one_in(4)) room.limits.presence_per_second = 3;
  if (random.one_in(4)) room.limits.events_per_second = 3;

  plan.router.times.ping_after = random.ms_between(200, 1'500);
  plan.router.times.silence_max = random.ms_between(1'000, 1'500);
  if (random.one_in(3)) {
    plan.socket_bytes_max = random.between(200, 4'000);
    if (random.one_in(2)) plan.outbox = {random.between(3'000, 20'000), milliseconds(600)};
  }
  if (random.one_in(12)) {
    plan.text_bytes_max = 30'000;
    plan.outbox = {};
    room.limits.entities_max = 100'000;
    room.limits.entity_bytes_max = 64 * 1024;
  }
  if (random.one_in(4)) plan.moves_bytes = random.between(20, 60);
  plan.acts = random.between(10, 50);
  plan.disturbs = random.between(3, 25);
  return plan;
}

Plan cluster_plan_for(std::uint64_t seed) {
  Plan plan = plan_for(seed);
  Random random(seed * 0x9e3779b97f4a7c15U + 2);
  ClusterPlan& cluster = plan.cluster;
  cluster.instances = random.between(2, 3);
  cluster.delay_max = random.ms_between(0, 40);
  cluster.log_delay_max = random.ms_between(0, 60);
  cluster.dead_after = random.ms_between(400, 1'500);
  cluster.is_faithful = random.one_in(4);
  if (!cluster.is_faithful && random.one_in(2)) cluster.loses = random.between(1, 30);
  return plan;
}

}  // namespace weft::sim
