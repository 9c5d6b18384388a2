#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/text_encoding.h"
#include "zones/tsig/key.h"

namespace doors {

inline std::vector<std::byte> octets_from_hex(std::string_view hex) { return *from_hex(hex); }

inline TsigKey key_of(std::string_view name, TsigAlgorithm algorithm, std::string_view secret) {
  const Octets octets = octets_of(secret);
  return {*Name::parse(name), algorithm, {octets.begin(), octets.end()}, 0};
}

/// "www.example. A", as dig of BIND 9.18 signed it with the key "Key.example.", secret "secretsecretsecret".
struct SignedQuery {
  TsigAlgorithm algorithm;
  std::uint64_t time_signed;
  std::string_view hex;
};
inline constexpr std::size_t signed_query_tsig_offset = 12 + 13 + 4;
inline constexpr SignedQuery signed_queries[] = {
    {TsigAlgorithm::hmac_md5, 0x6b01afec,
     "55e70020000100000000000103777777076578616d706c650000010001036b6579076578616d706c650000fa00ff00000000003"
     "a08686d6163"
     "2d6d6435077369672d616c670372656703696e740000006b01afec012c0010c05c1da53a24eefc30f39461e06188fd55e700000"
     "000"},
    {TsigAlgorithm::hmac_sha1, 0x6b01afea,
     "562a0020000100000000000103777777076578616d706c650000010001036b6579076578616d706c650000fa00ff00000000002"
     "f09686d6163"
     "2d736861310000006b01afea012c0014cdc894e10ef6601244af1b90becfc1ff68d201bc562a00000000"},
    {TsigAlgorithm::hmac_sha224, 0x6b01afed,
     "ba820020000100000000000103777777076578616d706c650000010001036b6579076578616d706c650000fa00ff00000000003"
     "90b686d6163"
     "2d7368613232340000006b01afed012c001cbb4052c76a4073b0d996f9e4ddfe9d35bc1786505ffd53d4c5919baeba820000000"
     "0"},
    {TsigAlgorithm::hmac_sha256, 0x6b01afe9,
     "b9e80020000100000000000103777777076578616d706c650000010001036b6579076578616d706c650000fa00ff00000000003"
     "d0b686d6163"
     "2d7368613235360000006b01afe9012c002051864682cd942174a4ce1c5be79065eb50ad9e2bcd42ab0b1da83e22759ffb30b9e"
     "800000000"},
    {TsigAlgorithm::hmac_sha384, 0x6b01afee,
     "a8200020000100000000000103777777076578616d706c650000010001036b6579076578616d706c650000fa00ff00000000004"
     "d0b686d6163"
     "2d7368613338340000006b01afee012c0030664817608ab27a43f47048f7ad6272fd061dedcee21a690239d9df7c8affa8348f9"
     "e7b7647994e"
     "dc91a7e7b1dec3cf11a82000000000"},
    {TsigAlgorithm::hmac_sha512, 0x6b01afeb,
     "e5470020000100000000000103777777076578616d706c650000010001036b6579076578616d706c650000fa00ff00000000005"
     "d0b686d6163"
     "2d7368613531320000006b01afeb012c0040cf8d83265ab273f45c22ed711321bfb2373329ec136025e552f3754673165ba7352"
     "dbd789d5fdf"
     "b7402a0c974a1017ef2f3d0a57bb4957d7356ea24d7d1ca383e54700000000"},
};

inline TsigKey key_of(const SignedQuery& query) {
  return key_of("key.example.", query.algorithm, "secretsecretsecret");
}

}  // namespace doors
