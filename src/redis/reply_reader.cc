// SPDX-License-Identifier: Apache-2.0
#include "redis/reply_reader.h"

#include <hiredis/read.h>
#include <new>
#include <utility>

namespace weft::redis {

/// Makes Reply values where hiredis asks for objects. The root is on the heap until next() takes
/// it; the others stand in their parents' items, which are made whole when the array begins.
struct ReplyReader::Builder {
  ReplyLimits limits;
  std::size_t bytes = 0;     // of the texts of the reply in the making
  std::size_t elements = 0;  // of all its arrays

  static Builder& of(const redisReadTask* task) { return *static_cast<Builder*>(task->privdata); }

  static Reply* place(const redisReadTask* task) {
    if (task->parent == nullptr) return new Reply;
    return &static_cast<Reply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
  }
  // hiredis takes a null pointer for "no memory", which ends the reader: what a limit should do.
  static void* create_string(const redisReadTask* task, char* text, std::size_t size) {
    Builder& builder = of(task);
    builder.bytes += size;
    if (builder.bytes > builder.limits.bytes_max) return nullptr;
    Reply* reply = place(task);
    reply->kind = task->type == REDIS_REPLY_ERROR ? Reply::Kind::error : Reply::Kind::text;
    reply->text.assign(text, size);
    return reply;
  }
  static void* create_array(const redisReadTask* task, int elements) {
    Builder& builder = of(task);
    builder.elements += static_cast<std::size_t>(elements);
    if (elements < 0 || builder.elements > builder.limits.elements_max) return nullptr;
    Reply* reply = place(task);
    reply->kind = Reply::Kind::array;
    reply->items.resize(static_cast<std::size_t>(elements));
    return reply;
  }
  static void* create_integer(const redisReadTask* task, long long value) {
    Reply* reply = place(task);
    reply->kind = Reply::Kind::integer;
    reply->integer = value;
    return reply;
  }
  static void* create_nil(const redisReadTask* task) { return place(task); }
  static void free_root(void* root) { delete static_cast<Reply*>(root); }

  static redisReplyObjectFunctions functions;
};

redisReplyObjectFunctions ReplyReader::Builder::functions = {
    create_string, create_array, create_integer, create_nil, free_root,
};

ReplyReader::ReplyReader(ReplyLimits limits)
    : limits_(limits),
      builder_(std::make_unique<Builder>(Builder{.limits = limits})),
      reader_(redisReaderCreateWithFunctions(&Builder::functions)) {
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->privdata = builder_.get();
}

ReplyReader::~ReplyReader() {
  redisReaderFree(reader_);
}

void ReplyReader::feed(ByteView bytes) {
  redisReaderFeed(reader_, bytes.data(), bytes.size());
}

Result<std::optional<Reply>, std::string> ReplyReader::next() {
  void* root = nullptr;
  if (redisReaderGetReply(reader_, &root) != REDIS_OK) {
    if (reader_->err == REDIS_ERR_OOM) return Failure(std::string("a reply passes its limits"));
    return Failure("a reply is not RESP2: " + std::string(reader_->errstr));
  }
  if (root == nullptr) {
    if (reader_->len - reader_->pos > limits_.bytes_max) {
      return Failure(std::string("a reply passes its limits"));
    }
    return std::nullopt;
  }
  builder_->bytes = 0;
  builder_->elements = 0;
  const std::unique_ptr<Reply> owner(static_cast<Reply*>(root));
  return std::move(*owner);
}

}  // namespace weft::redis
