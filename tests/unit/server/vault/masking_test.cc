// SPDX-License-Identifier: Apache-2.0

#include "server/vault/masking.h"

#include <gtest/gtest.h>

namespace jejak::vault {
namespace {

std::string MaskedName(const std::string& name) {
  v1::Person plain;
  plain.set_name(name);
  v1::Person masked;
  MaskPerson(plain, &masked);
  return masked.name();
}

TEST(MaskingTest, APersonIsMaskedFieldByField) {
  v1::Person plain;
  plain.set_subject("s00000000000000000000000000000001");
  plain.set_name("Siti Aminah");
  plain.set_national_id("3273010101900007");
  plain.set_birth_date("1990-01-01");
  plain.set_sex(v1::SEX_FEMALE);
  plain.set_address("Jalan Merdeka 1");
  plain.set_phone("+628123456789");
  plain.mutable_sealed()->set_nonce("nonce");
  v1::Person masked;
  MaskPerson(plain, &masked);
  EXPECT_EQ(masked.subject(), plain.subject());
  EXPECT_EQ(masked.name(), "S••• A•••");
  EXPECT_EQ(masked.national_id(), "32••••••••••0007");
  EXPECT_EQ(masked.birth_date(), "•••");
  EXPECT_EQ(masked.sex(), v1::SEX_UNSPECIFIED);
  EXPECT_EQ(masked.address(), "•••");
  EXPECT_EQ(masked.phone(), "•••");
  EXPECT_TRUE(masked.masked());
  EXPECT_FALSE(masked.has_sealed());
}

TEST(MaskingTest, WhatIsAbsentStaysAbsent) {
  v1::Person masked;
  MaskPerson(v1::Person(), &masked);
  v1::Person expected;
  expected.set_masked(true);
  EXPECT_EQ(masked.SerializeAsString(), expected.SerializeAsString());
}

TEST(MaskingTest, TheFirstLetterMayHaveSeveralBytes) {
  EXPECT_EQ(MaskedName("Élodie Ñuñez"), "É••• Ñ•••");
  EXPECT_EQ(MaskedName("  Budi\t \nSantoso "), "B••• S•••");
}

TEST(MaskingTest, BytesThatAreNoCharactersAreLeftOut) { EXPECT_EQ(MaskedName("\x80\x81"), "•••"); }

TEST(MaskingTest, ANationalIdOfAnotherShapeShowsNoDigit) {
  v1::Person plain;
  plain.set_national_id("1234567");
  v1::Person masked;
  MaskPerson(plain, &masked);
  EXPECT_EQ(masked.national_id(), "••••••••••");
}

TEST(MaskingTest, APersonCanBeMaskedInPlace) {
  v1::Person person;
  person.set_name("Budi");
  MaskPerson(person, &person);
  EXPECT_EQ(person.name(), "B•••");
}

}  // namespace
}  // namespace jejak::vault
