/*
 * What can be seen of a text: one table for names that people shall recognize, for JSON and the
 * audit trail, and for terminals.
 */
#ifndef LIB_BASE_UNICODE_H
#define LIB_BASE_UNICODE_H

#include "lib/base/str.h"

/* Of one well-formed sequence (str_utf8_sequence). */
uint32_t unicode_point(struct str sequence);
/* What ends, hides or turns a line, or does not show at all: controls, separators of lines
 * and paragraphs, and Default_Ignorable_Code_Point (Unicode 15.0, DerivedCoreProperties). */
bool unicode_is_hidden(uint32_t point);
/* A letter, or a digit, that leaves a mark: not a blank, a symbol, or a mark on nothing. */
bool unicode_is_word(uint32_t point);

#endif
