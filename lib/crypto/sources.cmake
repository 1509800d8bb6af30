cupel_room(crypto NEEDS base codec LIBRARIES OpenSSL::Crypto
  SOURCES digest.cpp public_key.cpp signature.cpp cose_signature.cpp x509.cpp crl.cpp revocation.cpp chain.cpp chain_cache.cpp anchors.cpp asn1.cpp key_set.cpp tagged_values.cpp hmac.cpp authenticode.cpp rsa_quotients.cpp)
