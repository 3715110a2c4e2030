// SPDX-License-Identifier: Apache-2.0
//
// File: test_keys.h
//
// Public test keys, and what was signed with them, from outside of this project: the test data of
// Tessera (transparency-dev). Never for real use.

#ifndef JEJAK_TESTS_UNIT_SERVER_AUDIT_TEST_KEYS_H_
#define JEJAK_TESTS_UNIT_SERVER_AUDIT_TEST_KEYS_H_

namespace jejak::audit {

inline constexpr char kLogKey[] =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
inline constexpr char kLogPrivateKey[] =
    "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";

// The same key in both forms: with the type of a cosignature, and as it is published.
inline constexpr char kWitnessKey[] = "Wit1+9b3fb2d5+BFhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk";
inline constexpr char kWitnessKeyAsPublished[] =
    "Wit1+55ee4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk";
inline constexpr char kWitnessPrivateKey[] =
    "PRIVATE+KEY+Wit1+9b3fb2d5+BOadRiG7XM4XiieCHzD8lxysXMwcViy5nYsoXURWGrlE";
inline constexpr char kWitness2KeyAsPublished[] =
    "Wit2+85ecc407+AWVbwFJte9wMQIPSnEnj4KibeO6vSIOEDUTDp3o63c2x";

// The tree of the leaves "one", "two", "three", ... with 1 and 15 leaves.
inline constexpr char kCheckpoint1Text[] =
    "example.com/log/testdata\n1\n0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=\n";
inline constexpr char kCheckpoint1[] =
    "example.com/log/testdata\n1\n0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=\n\n"
    "\xE2\x80\x94 example.com/log/testdata "
    "M9e0lhr9kuLxGdAtaUrhm84TQffVsLdcy808sN0a3WyniNlfcr9+bywoiIke1YYciCNjJGkCgIlQ8b16jhsmg/"
    "SChAM=\n";
inline constexpr char kCheckpoint15[] =
    "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n\n"
    "\xE2\x80\x94 example.com/log/testdata "
    "M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/"
    "fmwlM/dlPWF74ewI=\n";

// By the witness over kCheckpoint1Text, at 1700000000.
inline constexpr char kCosignature1[] =
    "\xE2\x80\x94 Wit1 "
    "mz+y1QAAAABlU/EAvakouyDGnuSPwMI2rpmNuFTLc812dnumrKhCseHrLESRAANzRGvXTvCyyyED2/"
    "IHFG673zoGudciq4viv5GQDA==\n";

// Of other sources: an example of C2SP's signed-note kind.
inline constexpr char kExampleKey[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
inline constexpr char kExampleNote[] =
    "This is an example message.\n\n"
    "\xE2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

}  // namespace jejak::audit

#endif  // JEJAK_TESTS_UNIT_SERVER_AUDIT_TEST_KEYS_H_
