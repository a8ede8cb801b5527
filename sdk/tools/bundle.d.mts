// SPDX-License-Identifier: Apache-2.0

export const options: { readonly [name: string]: unknown };
