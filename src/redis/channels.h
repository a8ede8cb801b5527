// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "util/bytes.h"

namespace weft::redis {

/// What a channel tells its listener. Called on the shard, never from inside a call into Channels.
class ChannelListener {
 public:
  virtual ~ChannelListener() = default;
  /// The subscription is confirmed: whatever is published from now on comes, until channel_lost.
  /// Comes again after each channel_lost, when the link is back.
  virtual void channel_ready(ByteView channel) = 0;
  /// The link broke, went deaf, or the slot moved: messages may be missing from now on (perhaps
  /// already since the last one that came) until channel_ready.
  virtual void channel_lost(ByteView channel) = 0;
  /// `payload` lives until the call returns. Only between channel_ready and channel_lost.
  virtual void channel_message(ByteView channel, ByteView payload) = 0;
};

/// Sharded Pub/Sub (SSUBSCRIBE, Redis 7), seen by one shard: all calls and answers happen there. A
/// channel has at most one listener here. Publishing is a command: SPUBLISH with the channel as its
/// key.
class Channels {
 public:
  virtual ~Channels() = default;

  /// Requires: not subscribed. `listener` must outlive the subscription. Goes on until unsubscribe,
  /// over every break of the link.
  virtual void subscribe(ByteView channel, ChannelListener& listener) = 0;
  /// Nothing reaches the listener after this. Does nothing when not subscribed.
  virtual void unsubscribe(ByteView channel) = 0;
};

}  // namespace weft::redis
