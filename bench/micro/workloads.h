// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace weft::bench {

// Each registers the workloads of one file; main.cc lists them all.
void add_decode_workloads();
void add_cursor_workloads();
void add_room_workloads();
void add_view_workloads();
void add_concept_workloads();
void add_join_workloads();
void add_outbox_workloads();
void add_deflate_workloads();
void add_store_workloads();

}  // namespace weft::bench
