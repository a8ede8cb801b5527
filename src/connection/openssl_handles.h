// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

namespace weft::connection {

/// unique_ptr over an OpenSSL object and its free function.
template <auto free_function>
struct OpensslDeleter {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

inline void free_openssl_bytes(void* bytes) {
  OPENSSL_free(bytes);
}

using BioHandle = std::unique_ptr<BIO, OpensslDeleter<BIO_free>>;
using BignumHandle = std::unique_ptr<BIGNUM, OpensslDeleter<BN_clear_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, OpensslDeleter<ECDSA_SIG_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, OpensslDeleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, OpensslDeleter<OSSL_PARAM_free>>;

template <class T>
using OpensslBytes = std::unique_ptr<T, OpensslDeleter<free_openssl_bytes>>;

/// Leaves this thread's OpenSSL error queue as it was: a refused signature must not look like an
/// error of the next TLS read on the same thread.
class OpensslErrorScope {
 public:
  OpensslErrorScope() { ERR_set_mark(); }
  ~OpensslErrorScope() { ERR_pop_to_mark(); }
  OpensslErrorScope(const OpensslErrorScope&) = delete;
  OpensslErrorScope& operator=(const OpensslErrorScope&) = delete;
};

}  // namespace weft::connection
