// SPDX-License-Identifier: Apache-2.0
//
// File: limits.h
//
// Every bound on what comes from outside or grows with use, in one place. server/doc/limits.md says
// what a user meets when a bound is reached.

#ifndef JEJAK_SERVER_BASE_LIMITS_H_
#define JEJAK_SERVER_BASE_LIMITS_H_

#include "absl/time/time.h"

#include <cstddef>
#include <cstdint>

namespace jejak::limits {

// --- Requests.
inline constexpr int kRequestBytesMax = 1 << 20;
inline constexpr int kResponseBytesMax = 4 << 20;
inline constexpr int kMetadataBytesMax = 8 << 10;
inline constexpr int kConcurrentStreamsMax = 256;
inline constexpr absl::Duration kDeadlineDefault = absl::Seconds(15);
inline constexpr absl::Duration kDeadlineMax = absl::Seconds(60);
// A string or bytes field without bounds of its own.
inline constexpr std::size_t kStringBytesDefault = 1024;
// A repeated field without bounds of its own.
inline constexpr std::size_t kItemsDefault = 64;
// Messages inside messages.
inline constexpr int kNestingDepthMax = 16;
inline constexpr std::size_t kResourceNameBytesMax = 200;
inline constexpr std::size_t kActorBytesMax = 128;

// --- Errors. gRPC 1.51 loses error details above 7.9 KB.
inline constexpr std::size_t kErrorDetailBytesMax = 4096;
inline constexpr std::size_t kErrorMessageBytesMax = 1024;
inline constexpr std::size_t kViolationsMax = 20;
// Names that a refusal lists of those there are.
inline constexpr std::size_t kNamesListedMax = 80;

// --- Lists.
inline constexpr std::uint32_t kPageSizeDefault = 50;
inline constexpr std::uint32_t kPageSizeMax = 500;
inline constexpr std::size_t kPageTokenBytesMax = 1024;
inline constexpr std::size_t kFilterBytesMax = 1024;
inline constexpr std::size_t kFilterConditionsMax = 16;
inline constexpr std::size_t kOrderByFieldsMax = 4;
// A page ends after the item with which it reaches this size, so that it stays below
// kResponseBytesMax.
inline constexpr std::size_t kPageBytesMax = 2 << 20;
// A list that is ordered by something else than the name is sorted in memory.
inline constexpr std::size_t kSortedRowsMax = 20'000;
// Rows or positions that one page may look at.
inline constexpr std::size_t kScannedRowsMax = 200'000;
inline constexpr std::size_t kScannedPositionsMax = 10'000;

// --- The log. formats.md section 1: an entry is kept below 4 KiB; 65,535 is the format's ceiling.
inline constexpr std::size_t kEntryBytesMax = 4096;
inline constexpr std::size_t kPayloadBytesMax = 512 << 10;
inline constexpr std::size_t kTagsMax = 64;
inline constexpr std::size_t kEventsPerCommandMax = 512;
inline constexpr std::size_t kClaimKeyBytesMax = 512;
inline constexpr std::size_t kClaimHolderBytesMax = 512;
inline constexpr std::size_t kClaimsPerCommandMax = 4096;
inline constexpr std::size_t kRequestKeyBytesMax = 256;
// A stored outcome, with its refusal, notices and shown streams.
inline constexpr std::size_t kOutcomeBytesMax = 256 << 10;
// How soon after one checkpoint the next is signed, unless somebody waits for it; and how many may.
inline constexpr absl::Duration kCheckpointInterval = absl::Seconds(1);
inline constexpr std::size_t kCheckpointWaitersMax = 4096;
// How often the deadlines of those that wait are looked at.
inline constexpr absl::Duration kWaitersLookedAtInterval = absl::Milliseconds(50);
// Cells of one record of an upgrade of the log, e.g. tiles of 8 KiB.
inline constexpr std::size_t kUpgradeCellsPerRecord = 256;
// Stream heads that the log keeps in memory beside those not durable yet.
inline constexpr std::size_t kStreamHeadsCachedMax = 100'000;
// The head anchor reaches the disk at most this long after its record, unless it is strict.
inline constexpr absl::Duration kAnchorSyncInterval = absl::Milliseconds(100);

// --- Proofs. A tree of less than 2^62 leaves needs no more hashes, and a witness takes no more.
inline constexpr std::size_t kProofHashesMax = 63;
// A signed note. The format asks for at least 16 signatures.
inline constexpr std::size_t kNoteBytesMax = 1 << 20;
inline constexpr std::size_t kNoteSignaturesMax = 100;
// A proof file: a note, the proof, and extra data of the application.
inline constexpr std::size_t kProofFileBytesMax = 1 << 20;
// What is posted to a witness: the proof, and a note with what a dozen post-quantum cosigners add.
inline constexpr std::size_t kAddCheckpointBytesMax = 128 << 10;
// A policy file, and its logs, witnesses and groups of each.
inline constexpr std::size_t kPolicyBytesMax = 256 << 10;
inline constexpr std::size_t kPolicyItemsMax = 256;
// Tiles that the making of proofs keeps in memory, 8 KiB each. One proof needs at most two a level.
inline constexpr std::size_t kProofTilesCachedMax = 32;

// --- The sequencer.
inline constexpr std::size_t kQueueCommandsMax = 4096;
// Of all requests in the queue together.
inline constexpr std::size_t kQueueBytesMax = 64 << 20;
inline constexpr std::size_t kBatchCommandsMax = 512;
inline constexpr std::size_t kBatchBytesMax = 4 << 20;
inline constexpr std::size_t kStateCacheStreamsMax = 50'000;

// --- Reads and subscriptions.
inline constexpr std::size_t kReadQueueMax = 4096;
inline constexpr std::size_t kSubscriptionsMax = 4096;
// Calls that wait for the view: reads, and subscriptions that have caught up.
inline constexpr std::size_t kViewWaitersMax = kReadQueueMax + kSubscriptionsMax;
// What waits to be sent to one subscriber ends with the message with which it reaches this size.
inline constexpr std::size_t kSubscriptionBytesMax = 64 << 10;
// Events that one turn of a subscription sends, and looks at, before others have theirs.
inline constexpr std::uint32_t kSubscriptionTurnEvents = 32;
inline constexpr std::size_t kSubscriptionTurnLookedAt = 500;
inline constexpr std::size_t kSubscriptionTurnSteps = 5'000;
// A subscription without events says how far it is after so many positions, and so long.
inline constexpr std::uint64_t kSubscriptionSilentPositions = 10'000;
inline constexpr absl::Duration kSubscriptionSilentTime = absl::Seconds(20);
// A subscription that had caught up and is more events behind says so.
inline constexpr std::uint64_t kFellBehindEvents = 10'000;
// A message that its subscriber does not take for so long is the last one.
inline constexpr absl::Duration kSlowSubscriberTime = absl::Seconds(30);

// --- Searches.
// Events a page of a search looks at.
inline constexpr std::size_t kSearchedRowsMax = 2'000;
// Steps in lists that it takes: lists that are long and have little in common take many.
inline constexpr std::size_t kSearchStepsMax = 50'000;
// Events a count looks at, and values of a facet that it shows.
inline constexpr std::size_t kCountedEventsMax = 100'000;
inline constexpr std::size_t kFacetValuesMax = 100;
// Lists of months a condition on the occurred time may open.
inline constexpr int kSearchMonthsMax = 120;
// Events between the two moments of a diff, and changes in its answer.
inline constexpr std::size_t kDiffEventsMax = 10'000;
inline constexpr std::size_t kDiffChangesMax = 10'000;
// Words of an event that can be searched for, and their bytes.
inline constexpr std::size_t kWordsPerTextMax = 512;
inline constexpr std::size_t kWordBytesMax = 40;
// An office and those above it.
inline constexpr std::size_t kOfficeLevelsMax = 10;

// --- Reports.
// An expression of a plan: its text, how deep it nests, its parts, and what a cell may take to
// evaluate.
inline constexpr std::size_t kReportExpressionBytesMax = 512;
inline constexpr std::size_t kReportExpressionDepthMax = 16;
inline constexpr std::size_t kReportExpressionNodesMax = 128;
inline constexpr std::uint64_t kReportStepsMax = 100'000;
// A plan: its sections, their columns, and how many sections a section can be inside of.
inline constexpr std::size_t kReportSectionsMax = 16;
inline constexpr std::size_t kReportColumnsMax = 24;
inline constexpr std::size_t kReportParametersMax = 16;
inline constexpr std::size_t kReportArgumentBytesMax = 300;
// An answer: its rows and bytes, and the resources and events that are looked at for it. Over them
// it is truncated, and says so.
inline constexpr std::uint64_t kReportRowsMax = 200'000;
inline constexpr std::uint64_t kReportBytesMax = 64ull << 20;
inline constexpr std::uint64_t kReportLookedAtMax = 5'000'000;
// Streams whose revisions one section checks.
inline constexpr std::size_t kReportStreamsMax = 50'000;
// Programs whose policies a header names.
inline constexpr std::size_t kReportProgramsMax = 64;
// Operations that are held, running ones included; of one actor; and for how long after their end.
inline constexpr std::size_t kOperationsMax = 64;
inline constexpr std::size_t kOperationsPerActorMax = 8;
inline constexpr std::uint64_t kOperationsBytesMax = 512ull << 20;
inline constexpr absl::Duration kOperationHeld = absl::Hours(1);

// --- Content.
inline constexpr std::size_t kContentChunkBytesMax = 64 << 10;
inline constexpr std::uint64_t kContentBytesMax = 64ull << 20;
// Uploads and downloads at a time, together, and the longest that one may take.
inline constexpr int kTransfersMax = 64;
inline constexpr absl::Duration kTransferTimeMax = absl::Minutes(10);

// --- Regions.
inline constexpr std::size_t kRegionFileBytesMax = 16 << 20;
inline constexpr std::size_t kRegionsPerFileMax = 500'000;
inline constexpr std::size_t kRegionTitleBytesMax = 100;
// Parsed catalogs that are kept: the active one, and the one that is being prepared.
inline constexpr std::size_t kRegionTablesCachedMax = 2;

// --- Resources: what one of them gathers over time, so that its state and row stay small.
inline constexpr std::size_t kConsentsPerAgenMax = 32;
inline constexpr std::size_t kAttendanceMax = 300;
inline constexpr std::size_t kMeetingDecisionsMax = 200;
inline constexpr std::size_t kMeetingFollowUpsMax = 200;
inline constexpr std::size_t kDocumentVersionsMax = 200;
inline constexpr std::size_t kSignaturesPerVersionMax = 50;
// Each subject of a disclosure is a tag, "agen:" and a name of at most 109 bytes; so many leave
// room for the rest of an entry of kEntryBytesMax.
inline constexpr std::size_t kSubjectsPerDisclosureMax = 28;

// --- The domain.
// Most lokus in one regency and program where its policy sets no limit. A policy sets no more.
inline constexpr std::uint32_t kLokusPerOfficeMax = 100'000;

// --- The vault.
inline constexpr std::size_t kPersonBytesMax = 4096;
inline constexpr std::size_t kPersonsPerRequestMax = 128;
inline constexpr std::size_t kSubjectPoolKeys = 256;
inline constexpr std::size_t kKeyCacheEntries = 10'000;

}  // namespace jejak::limits

#endif  // JEJAK_SERVER_BASE_LIMITS_H_
