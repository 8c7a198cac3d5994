// SPDX-License-Identifier: MIT
#include "pack/reader.hpp"

namespace pack {

std::string_view describe(Error error) {
  switch (error) {
    case Error::None:
      return "undamaged";
    case Error::TooShort:
      return "shorter than its superblock says";
    case Error::Misaligned:
      return "read to a misaligned address";
    case Error::BadMagic:
      return "not a pack";
    case Error::BadVersion:
      return "a pack of another version";
    case Error::BadHeaderCrc:
      return "checksum of the superblock is wrong";
    case Error::BadLayout:
      return "numbers in the superblock do not fit together";
    case Error::BadDirectoryCrc:
      return "checksum of the directory is wrong";
    case Error::BadEntry:
      return "an entry of the directory is malformed";
    case Error::NotSorted:
      return "the directory is out of order";
    case Error::OutOfBounds:
      return "a file lies outside the content or over another one";
    case Error::BadContentCrc:
      return "checksum of the content is wrong";
    case Error::BadSumsCrc:
      return "checksum of the checksums is wrong";
  }
  return "unknown";
}

}  // namespace pack
