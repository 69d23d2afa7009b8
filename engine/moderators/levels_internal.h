/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file levels_internal.h  Levels of texts: each once, in the order of their bytes. */
#ifndef TQ_MODERATORS_LEVELS_INTERNAL_H
#define TQ_MODERATORS_LEVELS_INTERNAL_H

#include <stddef.h>

/* Sort text[n] and keep one of each at its front; how many they are. */
size_t levels_of(size_t n, const char **text);
/* The index of a text among them, which it must be. */
size_t levels_find(size_t n, const char *const *level, const char *text);

#endif
