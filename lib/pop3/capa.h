/* Capability lists (RFC 2449): the lines of a CAPA reply and what they mean. */
#ifndef POP3_CAPA_H
#define POP3_CAPA_H

#include "base/slice.h"
#include "pop3/reader.h"
#include "pop3/sasl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pop3_capa;

struct pop3_capa *pop3_capa_new(void); /* NULL: no memory */
void pop3_capa_free(struct pop3_capa *c);
/* Adds one line of the reply (raw, unstuffed, without line end), and the same without secrets for
 * people. POP3_ERROR_LINE: more than POP3_CAPA_LINES_MAX or POP3_CAPA_OCTETS_MAX. */
enum pop3_error pop3_capa_add(struct pop3_capa *c, struct slice line, struct slice shown);
size_t pop3_capa_count(const struct pop3_capa *c);
/* Line i as it is shown, and its tag, the first word. Never NULL. */
struct slice pop3_capa_line(const struct pop3_capa *c, size_t i);
struct slice pop3_capa_tag(const struct pop3_capa *c, size_t i);
/* Is the tag offered (case-insensitive)? *args, when not NULL, becomes the rest of the raw line: to
 * be compared with, never shown. */
bool pop3_capa_find(const struct pop3_capa *c, struct slice tag, struct slice *args);
/* The rest of the tag's line as it is shown; empty when the tag is not offered. */
struct slice pop3_capa_shown(const struct pop3_capa *c, struct slice tag);
/* The SASL mechanisms offered, as bits 1u << enum auth_mech. */
uint32_t pop3_capa_sasl(const struct pop3_capa *c);

#endif
