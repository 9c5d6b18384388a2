#include "zones/load/rdata_format.h"

namespace doors {

const char* rdata_format(RRType type) noexcept {
  switch (raw(type)) {
    case 1:
      return "a";  // A
    case 2:
    case 3:
    case 4:
    case 5:
    case 7:
    case 8:
    case 9:
    case 12:
    case 23:
    case 39:
      return "n";  // NS MD MF CNAME MB MG MR PTR NSAP-PTR DNAME
    case 6:
      return "nnltttt";  // SOA
    case 11:
      return "W";  // WKS
    case 13:
      return "ss";  // HINFO
    case 14:
    case 17:
    case 58:
      return "nn";  // MINFO RP TALINK
    case 15:
    case 18:
    case 21:
    case 36:
    case 107:
      return "wn";  // MX AFSDB RT KX LP
    case 16:
    case 20:
    case 56:
    case 99:
    case 258:
    case 261:
    case 262:
      return "S";  // TXT ISDN NINFO SPF AVC RESINFO WALLET
    case 19:
      return "s";  // X25
    case 24:
    case 46:
      return "TgbtDDwnB";  // SIG RRSIG
    case 25:
    case 48:
    case 57:
    case 60:
      return "wbgB";  // KEY DNSKEY RKEY CDNSKEY
    case 26:
      return "wnn";  // PX
    case 27:
      return "sss";  // GPOS
    case 28:
      return "A";  // AAAA
    case 31:
    case 32:
      return "x";  // EID NIMLOC
    case 33:
      return "wwwn";  // SRV
    case 35:
      return "wwsssn";  // NAPTR
    case 37:
      return "CwgB";  // CERT
    case 43:
    case 59:
    case 32768:
    case 32769:
      return "wgbx";  // DS CDS TA DLV
    case 44:
      return "bbx";  // SSHFP
    case 45:
      return "k";  // IPSECKEY
    case 47:
      return "nM";  // NSEC
    case 49:
    case 61:
      return "B";  // DHCID OPENPGPKEY
    case 50:
      return "bbwXhM";  // NSEC3
    case 51:
      return "bbwX";  // NSEC3PARAM
    case 52:
    case 53:
      return "bbbx";  // TLSA SMIMEA
    case 55:
      return "H";  // HIP
    case 62:
      return "lwM";  // CSYNC
    case 63:
      return "lbbx";  // ZONEMD
    case 64:
    case 65:
      return "wnv";  // SVCB HTTPS
    case 66:
      return "TYwn";  // DSYNC
    case 101:
    case 102:
      return "l";  // UID GID
    case 104:
    case 106:
      return "wi";  // NID L64
    case 105:
      return "wa";  // L32
    case 108:
      return "e";  // EUI48
    case 109:
      return "E";  // EUI64
    case 256:
      return "wwq";  // URI
    case 257:
      return "bcq";  // CAA
    case 260:
      return "r";  // AMTRELAY
    default:
      return nullptr;
  }
}

}  // namespace doors
