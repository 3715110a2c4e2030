// SPDX-License-Identifier: Apache-2.0
//
// Everything that a program may use. Nothing here needs Node, a network or a clock.
export * from "./bytes.js";
export * from "./checkpoint.js";
export * from "./entry.js";
export * from "./folder.js";
export * from "./key.js";
export * from "./limits.js";
export * from "./note.js";
export * from "./policy.js";
export * from "./receipt.js";
export * from "./refused.js";
export * from "./tiles.js";
export * from "./tree.js";
